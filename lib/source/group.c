// SPDX-License-Identifier: LGPL-2.1-or-later
#include "group.h"

#include "buffer.h"
#include "dev_extent.h"
#include "extent.h"
#include "ondisk.h"
#include "range.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static int read_item(struct zr_cursor *cursor, const struct zr_mapped_chunk *chunk,
		     struct zr_block_group *group, struct zr_error *err)
{
	const struct zr_key key = { chunk->logical, BTRFS_BLOCK_GROUP_ITEM_KEY, chunk->len };
	struct zr_item item;
	int rc = zr_cursor_find(cursor, &key, &item, err);

	if (rc < 0)
		return rc;
	if (rc)
		return zr_fail(err, ZR_E_BLOCK_GROUP,
			       "chunk: logical %llu length %llu has no corresponding block group",
			       (ull)chunk->logical, (ull)chunk->len);
	rc = zr_block_group_decode(&item, &cursor->source->check.items, group, err);
	if (rc)
		return rc;
	if (group->flags != chunk->flags)
		return zr_fail(err, ZR_E_BLOCK_GROUP,
			       "block group: logical %llu, flags 0x%llx are not the chunk's 0x%llx",
			       (ull)group->logical, (ull)group->flags, (ull)chunk->flags);
	return 0;
}

static int find_last(struct zr_cursor *cursor, const struct zr_mapped_chunk *chunk, uint64_t *last,
		     struct zr_error *err)
{
	struct zr_extent extent;
	int rc =
		zr_extent_before(cursor, chunk->logical, chunk->logical + chunk->len, &extent, err);

	*last = 0;
	if (rc)
		return rc < 0 ? rc : 0;
	*last = extent.logical + extent.len - chunk->logical;
	if (*last > chunk->len)
		return zr_fail(
			err, ZR_E_EXTENT,
			"extent item: logical %llu length %llu crosses the end of block group %llu",
			(ull)extent.logical, (ull)extent.len, (ull)chunk->logical);
	return 0;
}

/* What lies between two chunks would not be copied, so nothing may be in use there. */
static int check_hole(struct zr_cursor *cursor, uint64_t start, uint64_t end, struct zr_error *err)
{
	const struct zr_key key = { .objectid = start };
	struct zr_item item;
	int rc = start < end ? zr_cursor_seek(cursor, &key, err) : 1;

	while (!rc) {
		zr_cursor_item(cursor, &item);
		if (item.key.objectid >= end)
			return 0;
		if (zr_extent_is_key(&item.key) || item.key.type == BTRFS_BLOCK_GROUP_ITEM_KEY)
			return zr_fail(err, ZR_E_RANGE,
				       "extent tree: key (" ZR_KEY_FMT ") lies in no chunk",
				       ZR_KEY_ARGS(item.key));
		rc = zr_cursor_next(cursor, err);
	}
	return rc < 0 ? rc : 0;
}

static int read_group(struct zr_cursor *groups, struct zr_cursor *extents, struct zr_group *group,
		      struct zr_error *err)
{
	int rc = read_item(groups, group->chunk, &group->item, err);

	return rc ? rc : find_last(extents, group->chunk, &group->last, err);
}

static int read_groups(struct zr_source *source, struct zr_group_list *list, struct zr_error *err)
{
	const struct zr_chunk_map *map = &source->chunks;
	struct zr_cursor groups;
	struct zr_cursor extents;
	uint64_t end = 0;
	int rc = 0;

	list->groups = calloc(map->count, sizeof(*list->groups));
	if (!list->groups)
		return zr_fail_nomem(err);
	zr_cursor_init(&groups, source, &source->group_tree);
	zr_cursor_init(&extents, source, &source->extent_tree);
	while (!rc && list->group_count < map->count) {
		const struct zr_mapped_chunk *chunk = &map->chunks[list->group_count];

		list->groups[list->group_count].chunk = chunk;
		rc = check_hole(&extents, end, chunk->logical, err);
		if (!rc)
			rc = read_group(&groups, &extents, &list->groups[list->group_count], err);
		end = chunk->logical + chunk->len;
		list->group_count++;
	}
	if (!rc)
		rc = check_hole(&extents, end, UINT64_MAX, err);
	zr_cursor_free(&groups);
	zr_cursor_free(&extents);
	return rc;
}

static int add_extent(struct zr_source *source, const struct zr_item *item,
		      struct zr_group_list *list, size_t *capacity, struct zr_error *err)
{
	struct zr_dev_extent extent;
	struct zr_dev_extent_stripe stripe;
	int rc = zr_dev_extent_decode(item, &source->check.items, &extent, err);

	if (!rc)
		rc = zr_array_reserve(&list->extents, capacity, list->extent_count,
				      sizeof(*list->extents), err);
	if (!rc)
		rc = zr_dev_extent_match(source, &extent, &stripe, err);
	if (rc)
		return rc;
	list->extents[list->extent_count++] = (struct zr_group_extent){
		.physical = extent.physical,
		.len = extent.len,
		.group = (size_t)(stripe.chunk - source->chunks.chunks),
		.stripe = stripe.number,
	};
	return 0;
}

static int read_extents(struct zr_source *source, struct zr_group_list *list, struct zr_error *err)
{
	const struct zr_key first = { .objectid = source->super.devid,
				      .type = BTRFS_DEV_EXTENT_KEY };
	struct zr_cursor cursor;
	size_t capacity = 0;
	int rc;

	zr_cursor_init(&cursor, source, &source->dev_tree);
	rc = zr_cursor_seek(&cursor, &first, err);
	while (!rc) {
		struct zr_item item;

		zr_cursor_item(&cursor, &item);
		if (item.key.objectid != first.objectid || item.key.type != first.type)
			break;
		rc = add_extent(source, &item, list, &capacity, err);
		if (!rc)
			rc = zr_cursor_next(&cursor, err);
	}
	zr_cursor_free(&cursor);
	return rc < 0 ? rc : 0;
}

/* Each stripe on this device must have its device extent, or part of a chunk would not be copied.
 */
static int count_stripes(const struct zr_source *source, const struct zr_group_list *list,
			 struct zr_error *err)
{
	size_t expected = 0;
	size_t g;
	uint16_t i;

	for (g = 0; g < list->group_count; g++)
		for (i = 0; i < list->groups[g].chunk->stripe_count; i++)
			if (list->groups[g].chunk->stripes[i].devid == source->super.devid)
				expected++;
	if (expected == list->extent_count)
		return 0;
	return zr_fail(err, ZR_E_DEVEXT,
		       "device tree: a chunk has a missing device extent, found %zu device extents "
		       "expected %zu",
		       list->extent_count, expected);
}

/*
 * What only the tree-log names counts as used, though no extent item says so. A file that was
 * fsynced after it had been committed has extents there that have an item.
 */
static int include_logged(struct zr_cursor *cursor, const struct zr_extent *extent,
			  struct zr_group_list *list, struct zr_error *err)
{
	const struct zr_chunk_map *chunks = &cursor->source->chunks;
	const struct zr_key key = { extent->logical, BTRFS_EXTENT_ITEM_KEY, extent->len };
	const struct zr_mapped_chunk *chunk = zr_chunk_map_find(chunks, extent->logical);
	uint64_t end = extent->logical + extent->len;
	struct zr_group *group;
	struct zr_item item;
	int rc;

	if (!chunk || end > chunk->logical + chunk->len)
		return zr_fail(err, ZR_E_LOG,
			       "tree-log: extent at logical %llu length %llu lies in no chunk",
			       (ull)extent->logical, (ull)extent->len);
	group = &list->groups[chunk - chunks->chunks];
	group->last = zr_max64(group->last, end - chunk->logical);
	rc = zr_cursor_find(cursor, &key, &item, err);
	if (rc == 1)
		group->logged += extent->len;
	return rc < 0 ? rc : 0;
}

static int include_log(struct zr_source *source, struct zr_group_list *list, struct zr_error *err)
{
	struct zr_cursor cursor;
	size_t i;
	int rc = 0;

	zr_cursor_init(&cursor, source, &source->extent_tree);
	for (i = 0; source->log.used && i < source->log.extent_count && !rc; i++)
		rc = include_logged(&cursor, &source->log.extents[i], list, err);
	zr_cursor_free(&cursor);
	return rc;
}

int zr_groups_read(struct zr_source *source, struct zr_group_list *list, struct zr_error *err)
{
	int rc;

	memset(list, 0, sizeof(*list));
	rc = read_groups(source, list, err);
	if (!rc)
		rc = read_extents(source, list, err);
	if (!rc)
		rc = count_stripes(source, list, err);
	if (!rc)
		rc = include_log(source, list, err);
	return rc;
}

void zr_groups_free(struct zr_group_list *list)
{
	free(list->groups);
	free(list->extents);
	memset(list, 0, sizeof(*list));
}
