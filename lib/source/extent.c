// SPDX-License-Identifier: LGPL-2.1-or-later
#include "extent.h"

#include "block_group.h"
#include "ondisk.h"

typedef unsigned long long ull;

bool zr_extent_is_key(const struct zr_key *key)
{
	return key->type == BTRFS_EXTENT_ITEM_KEY || key->type == BTRFS_METADATA_ITEM_KEY;
}

int zr_extent_before(struct zr_cursor *cursor, uint64_t lowest, uint64_t logical,
		     struct zr_extent *extent, struct zr_error *err)
{
	const struct zr_key end = { .objectid = logical };
	int rc = zr_cursor_seek_below(cursor, &end, err);

	while (!rc) {
		struct zr_item item;

		zr_cursor_item(cursor, &item);
		if (item.key.objectid < lowest)
			return 1;
		if (zr_extent_is_key(&item.key))
			return zr_extent_decode(&item, &cursor->source->check.items, extent, err);
		rc = zr_cursor_previous(cursor, err);
	}
	return rc;
}

void zr_extent_walk_init(struct zr_extent_walk *walk, struct zr_source *source)
{
	zr_cursor_init(&walk->cursor, source, &source->extent_tree);
	walk->group = NULL;
}

void zr_extent_walk_start_at(struct zr_extent_walk *walk, const struct zr_group *group,
			     uint64_t logical)
{
	walk->group = group;
	walk->first = logical;
	walk->end = logical;
	walk->found = 0;
	walk->has_ahead = false;
	walk->started = false;
	walk->ended = false;
	walk->log_next = zr_log_first(&walk->cursor.source->log, logical);
}

void zr_extent_walk_start(struct zr_extent_walk *walk, const struct zr_group *group)
{
	zr_extent_walk_start_at(walk, group, group->item.logical);
}

static int step(struct zr_extent_walk *walk, struct zr_error *err)
{
	const struct zr_key first = { .objectid = walk->first };

	if (walk->started)
		return zr_cursor_next(&walk->cursor, err);
	walk->started = true;
	return zr_cursor_seek(&walk->cursor, &first, err);
}

static int check_extent(struct zr_extent_walk *walk, const struct zr_extent *extent,
			struct zr_error *err)
{
	const struct zr_block_group *group = &walk->group->item;
	bool data = extent->kind == ZR_EXTENT_DATA;

	if (extent->logical < walk->end)
		return zr_fail(err, ZR_E_OVERLAP,
			       "extent item: logical %llu overlaps the previous extent, which ends "
			       "at %llu",
			       (ull)extent->logical, (ull)walk->end);
	if (extent->len > group->logical + group->len - extent->logical)
		return zr_fail(
			err, ZR_E_EXTENT,
			"extent item: logical %llu length %llu crosses the end of block group %llu",
			(ull)extent->logical, (ull)extent->len, (ull)group->logical);
	if (data != !!(group->flags & BTRFS_BLOCK_GROUP_DATA))
		return zr_fail(err, ZR_E_EXTENT,
			       "extent item: logical %llu is %s in a block group of type %s",
			       (ull)extent->logical, data ? "data" : "a tree block",
			       zr_block_group_type_name(group->flags));
	walk->end = extent->logical + extent->len;
	return 0;
}

static int finish(const struct zr_extent_walk *walk, struct zr_error *err)
{
	const struct zr_block_group *group = &walk->group->item;

	if (walk->first == group->logical && walk->found != group->used)
		return zr_fail(err, ZR_E_BLOCK_GROUP,
			       "block group: logical %llu, used %llu but extent items used %llu",
			       (ull)group->logical, (ull)group->used, (ull)walk->found);
	return 1;
}

/* Look for the next extent item of the block group. Returns 0, 1 at the end, or an error. */
static int look_ahead(struct zr_extent_walk *walk, struct zr_error *err)
{
	const struct zr_block_group *group = &walk->group->item;

	for (;;) {
		struct zr_item item;
		int rc = step(walk, err);

		if (rc < 0)
			return rc;
		if (!rc)
			zr_cursor_item(&walk->cursor, &item);
		if (rc || item.key.objectid >= group->logical + group->len)
			return finish(walk, err);
		if (!zr_extent_is_key(&item.key))
			continue;
		rc = zr_extent_decode(&item, &walk->cursor.source->check.items, &walk->ahead, err);
		walk->has_ahead = !rc;
		walk->found += rc ? 0 : walk->ahead.len;
		return rc;
	}
}

/* The next extent of the tree-log in this block group, or NULL. */
static const struct zr_extent *log_ahead(const struct zr_extent_walk *walk)
{
	const struct zr_log *log = &walk->cursor.source->log;
	const struct zr_block_group *group = &walk->group->item;

	if (!log->used || walk->log_next == log->extent_count ||
	    log->extents[walk->log_next].logical >= group->logical + group->len)
		return NULL;
	return &log->extents[walk->log_next];
}

int zr_extent_walk_next(struct zr_extent_walk *walk, struct zr_extent *extent, struct zr_error *err)
{
	const struct zr_extent *logged;

	if (!walk->has_ahead && !walk->ended) {
		int rc = look_ahead(walk, err);

		if (rc < 0)
			return rc;
		walk->ended = rc;
	}
	logged = log_ahead(walk);
	if (!logged && !walk->has_ahead)
		return 1;
	if (!logged || (walk->has_ahead && walk->ahead.logical <= logged->logical)) {
		*extent = walk->ahead;
		walk->has_ahead = false;
		/* An extent that both name is one. */
		if (logged && logged->logical == extent->logical && logged->len == extent->len)
			walk->log_next++;
	} else {
		*extent = *logged;
		walk->log_next++;
	}
	return check_extent(walk, extent, err);
}

void zr_extent_walk_free(struct zr_extent_walk *walk)
{
	zr_cursor_free(&walk->cursor);
}
