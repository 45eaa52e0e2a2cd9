// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout_spill.h"

#include "item.h"
#include "ondisk.h"
#include "subvolume.h"
#include "tree.h"

/* Where the leaf that a cursor is in begins. */
static uint64_t leaf_at(const struct zr_cursor *cursor)
{
	return cursor->levels[0].block.logical;
}

static uint64_t bytes_at(const struct zr_item *item, const struct zr_item_context *ctx)
{
	struct zr_file_extent extent;

	if (!zr_file_extent_is_prealloc(item) || zr_file_extent_decode(item, ctx, &extent, NULL))
		return 0;
	return extent.len;
}

/* The cursor is at the item of an inode: sum up what lies in later leaves. */
static int sum_up(struct zr_cursor *cursor, struct zr_spill *spill, struct zr_error *err)
{
	const struct zr_item_context *ctx = &cursor->source->check.items;
	struct zr_item item;
	int rc;

	spill->leaf = leaf_at(cursor);
	spill->bytes = 0;
	while (!(rc = zr_cursor_next(cursor, err))) {
		zr_cursor_item(cursor, &item);
		if (item.key.objectid != spill->inode)
			return 0;
		if (leaf_at(cursor) != spill->leaf)
			spill->bytes += bytes_at(&item, ctx);
	}
	return rc < 0 ? rc : 0;
}

static int look_in(struct zr_prealloc *prealloc, struct zr_source *source,
		   const struct zr_tree *tree, struct zr_error *err)
{
	struct zr_cursor cursor;
	size_t i;
	int rc = 0;

	zr_cursor_init(&cursor, source, tree);
	for (i = 0; i < prealloc->inode_count && rc >= 0; i++) {
		struct zr_spill spill = { .inode = prealloc->inodes[i] };
		const struct zr_key key = { spill.inode, BTRFS_INODE_ITEM_KEY, 0 };
		struct zr_item item;

		rc = zr_cursor_find(&cursor, &key, &item, err);
		if (!rc)
			rc = sum_up(&cursor, &spill, err);
		if (!rc && spill.bytes)
			rc = zr_prealloc_add_spill(prealloc, &spill, err);
	}
	zr_cursor_free(&cursor);
	return rc < 0 ? rc : 0;
}

static int take_root(const struct zr_cursor *roots, struct zr_tree *tree, struct zr_error *err)
{
	struct zr_root root;
	struct zr_item item;
	int rc;

	zr_cursor_item(roots, &item);
	if (item.key.type != BTRFS_ROOT_ITEM_KEY || !zr_tree_is_subvolume(item.key.objectid))
		return 1;
	rc = zr_root_decode(&item, &roots->source->check.items, &root, err);
	*tree = (struct zr_tree){
		.logical = root.logical,
		.generation = root.generation,
		.owner = item.key.objectid,
		.shared = true,
		.level = root.level,
	};
	return rc;
}

int zr_relayout_spill(struct zr_prealloc *prealloc, struct zr_source *source, struct zr_error *err)
{
	const struct zr_key first = { 0 };
	struct zr_cursor roots;
	int rc;

	if (!prealloc->inode_count)
		return 0;
	zr_cursor_init(&roots, source, &source->root_tree);
	for (rc = zr_cursor_seek(&roots, &first, err); !rc; rc = zr_cursor_next(&roots, err)) {
		struct zr_tree tree;

		rc = take_root(&roots, &tree, err);
		if (!rc)
			rc = look_in(prealloc, source, &tree, err);
		if (rc < 0)
			break;
	}
	zr_cursor_free(&roots);
	return rc < 0 ? rc : 0;
}
