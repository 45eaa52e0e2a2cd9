// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reference.h"

#include "ondisk.h"

typedef unsigned long long ull;

/* What a kind of reference has behind its type byte, or behind the key of an item of its own. */
struct layout {
	uint8_t key_type;
	enum zr_reference_kind kind;
	uint32_t inline_size; /* without the type byte */
	uint32_t item_size;
};

static const struct layout layouts[] = {
	{ BTRFS_EXTENT_OWNER_REF_KEY, ZR_REFERENCE_OTHER, 8, 8 },
	{ BTRFS_TREE_BLOCK_REF_KEY, ZR_REFERENCE_TREE, 8, 0 },
	{ BTRFS_SHARED_BLOCK_REF_KEY, ZR_REFERENCE_PARENT_NODE, 8, 0 },
	{ BTRFS_EXTENT_DATA_REF_KEY, ZR_REFERENCE_FILE, sizeof(struct btrfs_extent_data_ref),
	  sizeof(struct btrfs_extent_data_ref) },
	{ BTRFS_SHARED_DATA_REF_KEY, ZR_REFERENCE_PARENT_LEAF, 8 + sizeof(struct le32),
	  sizeof(struct le32) },
};

static const struct layout *find_layout(uint8_t key_type)
{
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].key_type == key_type)
			return &layouts[i];
	return NULL;
}

static void take_file(const uint8_t *data, struct zr_reference *reference)
{
	const struct btrfs_extent_data_ref *disk = (const void *)data;

	reference->tree = le64_get(disk->root);
	reference->inode = le64_get(disk->objectid);
	reference->offset = le64_get(disk->offset);
}

/* Of all kinds but FILE the number is a tree or a parent. */
static void take_number(enum zr_reference_kind kind, uint64_t number,
			struct zr_reference *reference)
{
	if (kind == ZR_REFERENCE_TREE)
		reference->tree = number;
	else
		reference->parent = number;
}

uint32_t zr_reference_inline_start(const struct zr_item *item)
{
	const struct btrfs_extent_item *disk = (const void *)item->data;
	uint32_t start = sizeof(*disk);

	if (item->key.type == BTRFS_EXTENT_ITEM_KEY &&
	    (le64_get(disk->flags) & BTRFS_EXTENT_FLAG_TREE_BLOCK))
		start += sizeof(struct btrfs_tree_block_info);
	return start;
}

int zr_reference_inline_next(const struct zr_item *item, uint32_t *at,
			     struct zr_reference *reference, struct zr_error *err)
{
	const struct layout *layout;
	const uint8_t *data;

	*reference = (struct zr_reference){ 0 };
	if (*at == item->size)
		return 1;
	layout = *at < item->size ? find_layout(item->data[*at]) : NULL;
	if (!layout || item->size - *at - 1 < layout->inline_size)
		return zr_fail(err, ZR_E_EXTENT,
			       "extent item: logical %llu, invalid back reference at byte %u",
			       (ull)item->key.objectid, *at);
	data = item->data + *at + 1;
	reference->kind = layout->kind;
	if (layout->kind == ZR_REFERENCE_FILE)
		take_file(data, reference);
	else
		take_number(layout->kind, le64_get(*(const struct le64 *)data), reference);
	*at += 1 + layout->inline_size;
	return 0;
}

int zr_reference_decode(const struct zr_item *item, struct zr_reference *reference,
			struct zr_error *err)
{
	const struct layout *layout = find_layout(item->key.type);

	*reference = (struct zr_reference){ 0 };
	if (!layout)
		return 1;
	if (item->size != layout->item_size)
		return zr_fail(err, ZR_E_ITEM,
			       "back reference: key (" ZR_KEY_FMT
			       "), invalid item size, found %u expected %u",
			       ZR_KEY_ARGS(item->key), item->size, layout->item_size);
	reference->kind = layout->kind;
	if (layout->kind == ZR_REFERENCE_FILE)
		take_file(item->data, reference);
	else
		take_number(layout->kind, item->key.offset, reference);
	return 0;
}

/* The name stands behind a head of a fixed size; other names may follow it. */
static int take_name(const struct zr_item *item, uint32_t head, uint64_t directory, uint16_t len,
		     struct zr_name *name, struct zr_error *err)
{
	if (!len || item->size - head < len)
		return zr_fail(err, ZR_E_ITEM,
			       "name: key (" ZR_KEY_FMT "), invalid name length %u in %u bytes",
			       ZR_KEY_ARGS(item->key), len, item->size);
	name->directory = directory;
	name->bytes = item->data + head;
	name->len = len;
	return 0;
}

static int fail_short(const struct zr_item *item, struct zr_error *err)
{
	return zr_fail(err, ZR_E_ITEM, "name: key (" ZR_KEY_FMT "), invalid item size %u",
		       ZR_KEY_ARGS(item->key), item->size);
}

int zr_inode_name_decode(const struct zr_item *item, struct zr_name *name, struct zr_error *err)
{
	const struct btrfs_inode_ref *ref = (const void *)item->data;
	const struct btrfs_inode_extref *extref = (const void *)item->data;

	if (item->key.type == BTRFS_INODE_REF_KEY && item->size >= sizeof(*ref))
		return take_name(item, sizeof(*ref), item->key.offset, le16_get(ref->name_len),
				 name, err);
	if (item->key.type == BTRFS_INODE_EXTREF_KEY && item->size >= sizeof(*extref))
		return take_name(item, sizeof(*extref), le64_get(extref->parent_objectid),
				 le16_get(extref->name_len), name, err);
	return fail_short(item, err);
}

int zr_subvolume_name_decode(const struct zr_item *item, struct zr_name *name, struct zr_error *err)
{
	const struct btrfs_root_ref *ref = (const void *)item->data;

	if (item->size < sizeof(*ref))
		return fail_short(item, err);
	return take_name(item, sizeof(*ref), le64_get(ref->dirid), le16_get(ref->name_len), name,
			 err);
}
