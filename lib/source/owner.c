// SPDX-License-Identifier: LGPL-2.1-or-later
/* Who uses a range: from an extent by its back references to the files and trees that have it. */
#include "buffer.h"
#include "extent.h"
#include "ondisk.h"
#include "range.h"
#include "reference.h"
#include "subvolume.h"

#include <search.h>
#include <stdlib.h>
#include <zreplace/finding.h>

/* The most bytes of a file in one compressed extent (BTRFS_MAX_UNCOMPRESSED). */
#define UNCOMPRESSED_MAX (128ULL << 10)

/* What was done: several references lead to the same place when trees share blocks. */
enum step_kind {
	STEP_OWNER, /* told: tree, inode, offset */
	STEP_FILE, /* looked for in all subvolumes: inode, offset of the extent in the file */
	STEP_NODE, /* followed: logical */
};

struct step {
	enum step_kind kind;
	uint64_t of[3];
};

struct search {
	struct zr_source *source;
	struct zr_extent extent;
	uint64_t logical;
	uint64_t len;
	zr_owner_fn found;
	void *context;
	void *steps; /* tsearch() */
	unsigned int above; /* levels between the tree block and the node that is followed */
	int failed; /* the first failure that did not end the search */
	char path[ZR_PATH_MAX];
};

static int compare_steps(const void *a, const void *b)
{
	const struct step *left = a;
	const struct step *right = b;
	int order = (left->kind > right->kind) - (left->kind < right->kind);
	int i;

	for (i = 0; !order && i < 3; i++)
		order = (left->of[i] > right->of[i]) - (left->of[i] < right->of[i]);
	return order;
}

/* Whether a step is done for the first time. Returns 0, 1 or -ZR_E_NO_MEMORY. */
static int is_new(struct search *search, struct step step, struct zr_error *err)
{
	struct step *copy = malloc(sizeof(*copy));
	struct step *const *kept;

	if (!copy)
		return zr_fail_nomem(err);
	*copy = step;
	kept = tsearch(copy, &search->steps, compare_steps);
	if (kept && *kept == copy)
		return 1;
	free(copy);
	return kept ? 0 : zr_fail_nomem(err);
}

/* Bad metadata hides the owners that it names; the others are found all the same. */
static int go_on(struct search *search, int rc)
{
	enum zr_error_class class = zr_error_class(rc);

	if (class != ZR_CLASS_CORRUPT && class != ZR_CLASS_SOURCE_IO)
		return rc;
	if (!search->failed)
		search->failed = rc;
	return 0;
}

static int emit_tree(struct search *search, uint64_t tree, struct zr_error *err)
{
	const struct zr_owner owner = { .tree = tree, .level = search->extent.level };
	int rc = is_new(search, (struct step){ STEP_OWNER, { tree } }, err);

	if (rc > 0)
		search->found(&owner, search->context);
	return rc < 0 ? rc : 0;
}

static int emit_file(struct search *search, uint64_t tree, uint64_t inode, uint64_t offset,
		     struct zr_error *err)
{
	struct zr_owner owner = { .tree = tree, .inode = inode, .offset = offset };
	int rc = is_new(search, (struct step){ STEP_OWNER, { tree, inode, offset } }, err);

	if (rc <= 0)
		return rc;
	/* A file whose path cannot be told is an owner all the same. */
	if (!zr_inode_path(search->source, tree, inode, search->path, NULL))
		owner.path = search->path;
	search->found(&owner, search->context);
	return 0;
}

/*
 * Whether a part of a file has bytes of the range.
 * @offset: of the part in the file; then of the first such byte
 */
static bool covers(const struct search *search, const struct zr_file_extent *part, uint64_t *offset)
{
	uint64_t start = part->disk.logical + part->offset;
	uint64_t end = search->logical + search->len;

	if (part->disk.logical != search->extent.logical)
		return false;
	if (part->compressed)
		return true;
	if (start >= end || start + part->len <= search->logical)
		return false;
	*offset += zr_max64(start, search->logical) - start;
	return true;
}

/* The part of a file at the cursor, if it is one of this inode. Returns 0, 1 or an error. */
static int take_part(const struct zr_cursor *cursor, uint64_t inode, struct zr_item *item,
		     struct zr_file_extent *part, struct zr_error *err)
{
	int rc;

	zr_cursor_item(cursor, item);
	if (item->key.objectid != inode || item->key.type != BTRFS_EXTENT_DATA_KEY)
		return 1;
	rc = zr_file_extent_decode(item, &cursor->source->check.items, part, err);
	if (rc == 1)
		*part = (struct zr_file_extent){ 0 };
	return rc < 0 ? rc : 0;
}

/* Parts of a file whose extent would begin at an offset of the file, in one subvolume. */
static int search_file(struct search *search, const struct zr_tree *tree, uint64_t inode,
		       uint64_t origin, struct zr_error *err)
{
	/* An origin before the start of the file has wrapped. */
	const struct zr_key first = { inode, BTRFS_EXTENT_DATA_KEY,
				      origin > INT64_MAX ? 0 : origin };
	const uint64_t reach = zr_max64(search->extent.len, UNCOMPRESSED_MAX);
	struct zr_cursor cursor;
	int rc;

	zr_cursor_init(&cursor, search->source, tree);
	rc = zr_cursor_seek(&cursor, &first, err);
	while (!rc) {
		struct zr_file_extent part;
		struct zr_item item;
		uint64_t offset;

		rc = take_part(&cursor, inode, &item, &part, err);
		if (rc || item.key.offset - origin >= reach)
			break;
		offset = item.key.offset;
		if (offset - part.offset == origin && covers(search, &part, &offset))
			rc = emit_file(search, tree->owner, inode, offset, err);
		if (!rc)
			rc = zr_cursor_next(&cursor, err);
	}
	zr_cursor_free(&cursor);
	return rc < 0 ? rc : 0;
}

/* Snapshots share leaves, so a file is looked for wherever it may be. */
static int search_file_everywhere(struct search *search, uint64_t inode, uint64_t origin,
				  struct zr_error *err)
{
	struct zr_subvolume_walk walk;
	struct zr_tree tree;
	int rc = is_new(search, (struct step){ STEP_FILE, { inode, origin } }, err);

	if (rc <= 0)
		return rc;
	zr_subvolume_walk_init(&walk, search->source);
	while (!(rc = zr_subvolume_next(&walk, &tree, err))) {
		rc = go_on(search, search_file(search, &tree, inode, origin, err));
		if (rc)
			break;
	}
	zr_subvolume_walk_free(&walk);
	return rc < 0 ? rc : 0;
}

static int follow_file(struct search *search, const struct zr_reference *reference,
		       struct zr_error *err)
{
	struct zr_tree tree;
	int rc;

	if (zr_tree_is_subvolume(reference->tree))
		return search_file_everywhere(search, reference->inode, reference->offset, err);
	rc = zr_tree_find(search->source, reference->tree, &tree, err);
	return rc ? rc : search_file(search, &tree, reference->inode, reference->offset, err);
}

/* A leaf that no tree owns any more as a whole, but several share: its items say which files. */
static int follow_leaf(struct search *search, uint64_t logical, struct zr_error *err)
{
	const struct zr_block_expect expect = {
		.logical = logical,
		.generation = ZR_ANY_GENERATION,
		.owner = ZR_ANY_OWNER,
	};
	zr_autofree uint8_t *buffer = zr_buffer_alloc(search->source->super.nodesize);
	struct zr_block leaf;
	uint32_t slot;
	int rc;

	if (!buffer)
		return zr_fail_nomem(err);
	rc = zr_tree_block_read(search->source, &expect, buffer, &leaf, err);
	for (slot = 0; !rc && slot < leaf.nritems; slot++) {
		struct zr_file_extent part;
		struct zr_item item;

		zr_block_item(&leaf, slot, &item);
		if (item.key.type != BTRFS_EXTENT_DATA_KEY)
			continue;
		rc = zr_file_extent_decode(&item, &search->source->check.items, &part, err);
		if (!rc && part.disk.logical == search->extent.logical)
			rc = search_file_everywhere(search, item.key.objectid,
						    item.key.offset - part.offset, err);
		rc = rc < 0 ? go_on(search, rc) : 0;
	}
	return rc;
}

static int follow_extent(struct search *search, uint64_t logical, struct zr_error *err);

/* A node that several trees share: they have what is below it as well. */
static int follow_node(struct search *search, uint64_t parent, struct zr_error *err)
{
	int rc = is_new(search, (struct step){ STEP_NODE, { parent } }, err);

	if (rc <= 0)
		return rc;
	search->above++;
	rc = follow_extent(search, parent, err);
	search->above--;
	return rc;
}

static int follow_kind(struct search *search, const struct zr_reference *reference,
		       struct zr_error *err)
{
	switch (reference->kind) {
	case ZR_REFERENCE_TREE:
		return emit_tree(search, reference->tree, err);
	case ZR_REFERENCE_PARENT_NODE:
		return follow_node(search, reference->parent, err);
	case ZR_REFERENCE_FILE:
		return follow_file(search, reference, err);
	case ZR_REFERENCE_PARENT_LEAF:
		return follow_leaf(search, reference->parent, err);
	default:
		return 0;
	}
}

static int follow(struct search *search, const struct zr_reference *reference, struct zr_error *err)
{
	int rc = follow_kind(search, reference, err);

	return rc < 0 ? go_on(search, rc) : 0;
}

static int follow_inline(struct search *search, const struct zr_item *item, struct zr_error *err)
{
	uint32_t at = zr_reference_inline_start(item);
	struct zr_reference reference;
	int rc;

	while (!(rc = zr_reference_inline_next(item, &at, &reference, err))) {
		rc = follow(search, &reference, err);
		if (rc)
			return rc;
	}
	return rc < 0 ? rc : 0;
}

/* The references of the extent at the cursor: those inside it, and the items behind it. */
static int follow_all(struct search *search, struct zr_cursor *cursor, struct zr_error *err)
{
	struct zr_item item;
	uint64_t logical;
	int rc;

	zr_cursor_item(cursor, &item);
	logical = item.key.objectid;
	rc = go_on(search, follow_inline(search, &item, err));
	while (!rc) {
		struct zr_reference reference;

		rc = zr_cursor_next(cursor, err);
		if (rc)
			break;
		zr_cursor_item(cursor, &item);
		if (item.key.objectid != logical)
			break;
		rc = zr_reference_decode(&item, &reference, err);
		if (!rc)
			rc = follow(search, &reference, err);
		rc = rc < 0 ? go_on(search, rc) : 0;
	}
	return rc < 0 ? rc : 0;
}

/*
 * Go to the extent item whose extent has this byte.
 * Returns 0, 1 when there is none, or an error.
 */
static int find_extent(struct zr_cursor *cursor, uint64_t logical, struct zr_extent *extent,
		       struct zr_error *err)
{
	int rc = zr_extent_before(cursor, 0, logical + 1, extent, err);

	return rc ? rc : extent->logical + extent->len <= logical;
}

/* Levels rise from a block to the nodes above it, so that following them has an end. */
static bool is_parent(const struct search *search, uint64_t logical, const struct zr_extent *extent)
{
	return extent->kind == ZR_EXTENT_TREE_BLOCK && extent->logical == logical &&
	       extent->level == search->extent.level + search->above;
}

static int follow_extent(struct search *search, uint64_t logical, struct zr_error *err)
{
	struct zr_cursor cursor;
	struct zr_extent extent;
	int rc;

	zr_cursor_init(&cursor, search->source, &search->source->extent_tree);
	rc = find_extent(&cursor, logical, &extent, err);
	if (search->above && rc >= 0 && (rc || !is_parent(search, logical, &extent)))
		rc = zr_fail(
			err, ZR_E_EXTENT,
			"extent item: logical %llu, back reference to %llu, which is no node above",
			(unsigned long long)search->extent.logical, (unsigned long long)logical);
	if (!rc && !search->above)
		search->extent = extent;
	if (!rc)
		rc = follow_all(search, &cursor, err);
	zr_cursor_free(&cursor);
	return rc;
}

/* Blocks of the tree-log, and extents that only it names, have no extent item. */
static int follow_log(struct search *search, struct zr_error *err)
{
	const struct zr_log *log = &search->source->log;
	size_t next = zr_log_first(log, search->logical + 1);
	const struct zr_extent *extent = next ? &log->extents[next - 1] : NULL;

	if (!extent || extent->logical + extent->len <= search->logical)
		return 0;
	search->extent = *extent;
	return emit_tree(search, BTRFS_TREE_LOG_OBJECTID, err);
}

int zr_source_owners(struct zr_source *source, uint64_t logical, uint64_t len, zr_owner_fn found,
		     void *context, struct zr_error *err)
{
	struct search *search = calloc(1, sizeof(*search));
	int rc;

	if (!search)
		return zr_fail_nomem(err);
	search->source = source;
	search->logical = logical;
	search->len = len;
	search->found = found;
	search->context = context;
	rc = follow_extent(search, logical, err);
	if (rc == 1)
		rc = follow_log(search, err);
	if (!rc)
		rc = search->failed;
	tdestroy(search->steps, free);
	free(search);
	return rc;
}
