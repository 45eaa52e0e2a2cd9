// SPDX-License-Identifier: LGPL-2.1-or-later
#include "patch.h"

#include "ondisk.h"
#include "reference.h"

#include <string.h>

typedef unsigned long long ull;

/* An exact copy, which is changed then. */
static void copy_item(const struct zr_item *item, uint8_t *bytes, struct zr_new_item *made)
{
	if (item->size)
		memcpy(bytes, item->data, item->size);
	*made = (struct zr_new_item){
		.key = item->key,
		.data = bytes,
		.size = item->size,
	};
}

static int find_parent(const struct zr_relayout *relayout, const struct zr_item *item,
		       uint64_t parent, uint64_t *to, struct zr_error *err)
{
	*to = zr_address_map_find(&relayout->blocks, parent);
	if (*to != ZR_ADDRESS_NONE)
		return 0;
	return zr_fail(err, ZR_E_EXTENT,
		       "extent item: logical %llu, back reference to a parent at logical %llu "
		       "that is no tree block of a subvolume",
		       (ull)item->key.objectid, (ull)parent);
}

static bool has_parent(const struct zr_reference *reference)
{
	return reference->kind == ZR_REFERENCE_PARENT_NODE ||
	       reference->kind == ZR_REFERENCE_PARENT_LEAF;
}

/* Where a back reference to data has its count: the last four bytes, inline or not. */
static bool has_count(const struct zr_reference *reference)
{
	return reference->kind == ZR_REFERENCE_FILE || reference->kind == ZR_REFERENCE_PARENT_LEAF;
}

/*
 * How many of the file extents that a back reference counts become holes.
 * @end: behind it; the last four bytes are the count
 */
static int count_dropped(const struct zr_relayout *relayout, uint64_t extent,
			 const struct zr_reference *reference, const uint8_t *end,
			 uint64_t *dropped, struct zr_error *err)
{
	struct le32 count;

	*dropped = has_count(reference)
			   ? zr_prealloc_dropped(&relayout->prealloc, extent, reference)
			   : 0;
	if (!*dropped)
		return 0;
	memcpy(&count, end - sizeof(count), sizeof(count));
	if (*dropped > le32_get(count))
		return zr_fail(err, ZR_E_EXTENT,
			       "extent item: logical %llu, a back reference counts %u file extents "
			       "of at least %llu",
			       (ull)extent, le32_get(count), (ull)*dropped);
	return 0;
}

/*
 * Take from the count at the end of a back reference what becomes holes.
 * @end: behind it
 * @left: set to whether anything is left of it
 */
static int drop_references(const struct zr_relayout *relayout, uint64_t extent,
			   const struct zr_reference *reference, uint8_t *end, bool *left,
			   struct zr_error *err)
{
	uint64_t dropped;
	struct le32 count;
	int rc = count_dropped(relayout, extent, reference, end, &dropped, err);

	*left = true;
	if (rc || !dropped)
		return rc;
	memcpy(&count, end - sizeof(count), sizeof(count));
	*left = le32_get(count) > dropped;
	count = le32_set(le32_get(count) - (uint32_t)dropped);
	memcpy(end - sizeof(count), &count, sizeof(count));
	return 0;
}

/* A back reference is in @bytes; the address of a parent stands behind its type byte. */
static int patch_parent(const struct zr_relayout *relayout, const struct zr_item *item,
			const struct zr_reference *reference, uint8_t *bytes, struct zr_error *err)
{
	struct le64 address;
	uint64_t to;
	int rc;

	if (!has_parent(reference))
		return 0;
	rc = find_parent(relayout, item, reference->parent, &to, err);
	if (rc)
		return rc;
	address = le64_set(to);
	memcpy(bytes + 1, &address, sizeof(address));
	return 0;
}

static int patch_inline(const struct zr_relayout *relayout, const struct zr_item *item,
			uint8_t *bytes, struct zr_new_item *made, struct zr_error *err)
{
	uint32_t at = zr_reference_inline_start(item);
	struct zr_reference reference;
	uint32_t start = at;
	int rc;

	made->size = at;
	while (!(rc = zr_reference_inline_next(item, &at, &reference, err))) {
		uint32_t size = at - start;
		bool left;

		memcpy(bytes + made->size, item->data + start, size);
		rc = patch_parent(relayout, item, &reference, bytes + made->size, err);
		if (!rc)
			rc = drop_references(relayout, item->key.objectid, &reference,
					     bytes + made->size + size, &left, err);
		if (rc)
			return rc;
		made->size += left ? size : 0;
		start = at;
	}
	return rc < 0 ? rc : 0;
}

/* The number of all references of an extent, which goes down by those of holes. */
static int patch_count(const struct zr_relayout *relayout, const struct zr_item *item,
		       uint8_t *bytes, struct zr_error *err)
{
	struct btrfs_extent_item *extent = (struct btrfs_extent_item *)bytes;
	uint64_t dropped = zr_prealloc_references(&relayout->prealloc, item->key.objectid);
	uint64_t refs = le64_get(extent->refs);

	if (!dropped)
		return 0;
	if (refs <= dropped)
		return zr_fail(err, ZR_E_EXTENT,
			       "extent item: logical %llu, %llu references, of which %llu are of "
			       "holes",
			       (ull)item->key.objectid, (ull)refs, (ull)dropped);
	extent->refs = le64_set(refs - dropped);
	return 0;
}

/* Where the extent that an item is about lies now. */
static uint64_t find_extent(const struct zr_relayout *relayout, uint64_t logical)
{
	uint64_t to = zr_address_map_find(&relayout->blocks, logical);

	return to == ZR_ADDRESS_NONE ? zr_address_map_find(&relayout->data, logical) : to;
}

static bool is_extent(const struct zr_item *item)
{
	return item->key.type == BTRFS_EXTENT_ITEM_KEY || item->key.type == BTRFS_METADATA_ITEM_KEY;
}

static int patch_reference(const struct zr_relayout *relayout, const struct zr_item *item,
			   uint8_t *bytes, struct zr_new_item *made, struct zr_error *err)
{
	struct zr_reference reference;
	bool left;
	int rc = zr_reference_decode(item, &reference, err);

	if (rc < 0)
		return rc;
	if (rc || reference.kind == ZR_REFERENCE_OTHER || made->key.objectid == ZR_ADDRESS_NONE)
		return zr_fail(err, ZR_E_ITEM,
			       "extent tree: key (" ZR_KEY_FMT ") is not known here, or of no "
			       "extent",
			       ZR_KEY_ARGS(item->key));
	rc = drop_references(relayout, item->key.objectid, &reference, bytes + item->size, &left,
			     err);
	if (!rc && has_parent(&reference))
		rc = find_parent(relayout, item, reference.parent, &made->key.offset, err);
	return rc ? rc : !left;
}

int zr_patch_extent(const struct zr_relayout *relayout, const struct zr_item *item, uint8_t *bytes,
		    struct zr_new_item *made, struct zr_error *err)
{
	int rc;

	copy_item(item, bytes, made);
	made->key.objectid = find_extent(relayout, item->key.objectid);
	if (!is_extent(item))
		return patch_reference(relayout, item, bytes, made, err);
	rc = patch_count(relayout, item, bytes, err);
	return rc ? rc : patch_inline(relayout, item, bytes, made, err);
}

int zr_extent_is_cache(const struct zr_item *item, struct zr_error *err)
{
	uint32_t at = zr_reference_inline_start(item);
	struct zr_reference reference;
	int rc;

	/* Simple quotas name the owner first. */
	do
		rc = zr_reference_inline_next(item, &at, &reference, err);
	while (!rc && reference.kind == ZR_REFERENCE_OTHER);
	if (rc)
		return rc < 0 ? rc : 0;
	return reference.kind == ZR_REFERENCE_FILE && reference.tree == BTRFS_ROOT_TREE_OBJECTID;
}

static int count_inline_holes(const struct zr_relayout *relayout, const struct zr_item *item,
			      uint64_t *holes, struct zr_error *err)
{
	uint32_t at = zr_reference_inline_start(item);
	struct zr_reference reference;
	int rc;

	while (!(rc = zr_reference_inline_next(item, &at, &reference, err))) {
		uint64_t dropped;

		rc = count_dropped(relayout, item->key.objectid, &reference, item->data + at,
				   &dropped, err);
		if (rc)
			return rc;
		*holes += dropped;
	}
	return rc < 0 ? rc : 0;
}

int zr_extent_count_holes(const struct zr_relayout *relayout, const struct zr_item *item,
			  uint64_t *holes, struct zr_error *err)
{
	struct zr_reference reference;
	uint64_t dropped = 0;
	int rc;

	if (is_extent(item))
		return count_inline_holes(relayout, item, holes, err);
	rc = zr_reference_decode(item, &reference, err);
	if (!rc)
		rc = count_dropped(relayout, item->key.objectid, &reference,
				   item->data + item->size, &dropped, err);
	*holes += dropped;
	return rc < 0 ? rc : 0;
}

bool zr_extent_is_hole(const struct zr_relayout *relayout, const struct zr_item *item)
{
	const struct btrfs_extent_item *extent = (const void *)item->data;
	uint64_t dropped = zr_prealloc_references(&relayout->prealloc, item->key.objectid);

	return dropped && dropped == le64_get(extent->refs);
}

bool zr_root_item_is_dropped(const struct zr_item *item)
{
	if (item->key.objectid == BTRFS_FREE_SPACE_OBJECTID)
		return true;
	return item->key.objectid >= BTRFS_FIRST_FREE_OBJECTID &&
	       item->key.objectid <= BTRFS_LAST_FREE_OBJECTID &&
	       (item->key.type == BTRFS_INODE_ITEM_KEY || item->key.type == BTRFS_EXTENT_DATA_KEY);
}

static void set_new_root(const struct zr_relayout *relayout, enum zr_new_tree_name name,
			 uint32_t size, struct btrfs_root_item *root)
{
	const struct zr_new_tree *tree = &relayout->trees[name];
	uint64_t logical = tree->blocks ? zr_relayout_block(relayout, tree, tree->blocks - 1) : 0;

	root->bytenr = le64_set(logical);
	root->generation = le64_set(relayout->header.generation);
	root->bytes_used = le64_set(tree->blocks * relayout->layout.nodesize);
	root->level = tree->levels ? (uint8_t)(tree->levels - 1) : 0;
	if (size >= sizeof(*root))
		root->generation_v2 = root->generation;
}

static int set_kept_root(const struct zr_relayout *relayout, const struct zr_item *item,
			 struct btrfs_root_item *root, struct zr_error *err)
{
	uint64_t from = le64_get(root->bytenr);
	uint64_t to = zr_address_map_find(&relayout->blocks, from);

	if (to == ZR_ADDRESS_NONE)
		return zr_fail(
			err, ZR_E_ROOT,
			"root item: tree %llu, its root at logical %llu is in no extent item",
			(ull)item->key.objectid, (ull)from);
	root->bytenr = le64_set(to);
	return 0;
}

int zr_patch_root(const struct zr_relayout *relayout, const struct zr_item *item, uint8_t *bytes,
		  struct zr_new_item *made, struct zr_error *err)
{
	struct btrfs_root_item *root = (struct btrfs_root_item *)bytes;
	enum zr_new_tree_name name = zr_relayout_find_tree(item->key.objectid);

	copy_item(item, bytes, made);
	if (item->key.type != BTRFS_ROOT_ITEM_KEY)
		return 0;
	if (name == ZR_NEW_TREES)
		return set_kept_root(relayout, item, root, err);
	set_new_root(relayout, name, item->size, root);
	return 0;
}

void zr_make_free_space_root(const struct zr_relayout *relayout, uint8_t *bytes,
			     struct zr_new_item *made)
{
	struct btrfs_root_item root = {
		.inode = {
			.generation = le64_set(1),
			.size = le64_set(3),
			.nbytes = le64_set(relayout->layout.nodesize),
			.nlink = le32_set(1),
			.mode = le32_set(0040755),
		},
		.refs = le32_set(1),
	};

	set_new_root(relayout, ZR_NEW_FREE_SPACE_TREE, sizeof(root), &root);
	memcpy(bytes, &root, sizeof(root));
	*made = (struct zr_new_item){
		.key = { BTRFS_FREE_SPACE_TREE_OBJECTID, BTRFS_ROOT_ITEM_KEY, 0 },
		.data = bytes,
		.size = sizeof(root),
	};
}
