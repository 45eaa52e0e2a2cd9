// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout_items.h"

#include "buffer.h"
#include "extent.h"
#include "ondisk.h"
#include "patch.h"
#include "relayout_read.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* Go to the first item of a tree, or on to the next one. Returns 0, 1 at the end, or an error. */
static int step(struct zr_cursor *cursor, bool *started, struct zr_item *item, struct zr_error *err)
{
	const struct zr_key first = { 0 };
	int rc = *started ? zr_cursor_next(cursor, err) : zr_cursor_seek(cursor, &first, err);

	*started = true;
	if (!rc)
		zr_cursor_item(cursor, item);
	return rc;
}

/* Items that overlap would become two of the same sectors. */
static int take_csums(struct zr_csum_items *items, const struct zr_item *item, struct zr_error *err)
{
	const struct zr_item_context *ctx = &items->cursor.source->check.items;
	int rc = zr_csum_item_decode(item, ctx, &items->item, err);

	if (!rc && items->item.logical < items->end)
		rc = zr_fail(err, ZR_E_CSUM_TREE,
			     "checksum item: logical %llu overlaps the one before, which ends at "
			     "%llu",
			     (ull)items->item.logical, (ull)items->end);
	items->end = items->item.logical + items->item.len;
	items->done = 0;
	return rc;
}

/* Have an item of the checksum tree that is not behind as a whole. */
static int need_csums(struct zr_csum_items *items, struct zr_error *err)
{
	while (items->done == items->item.len) {
		struct zr_item item;
		int rc = step(&items->cursor, &items->started, &item, err);

		if (rc)
			return rc;
		if (item.key.type != BTRFS_EXTENT_CSUM_KEY)
			continue;
		rc = take_csums(items, &item, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* Checksums of what lies together now; those of no extent are left out. */
static int next_csums(struct zr_item_stream *stream, struct zr_new_item *made, struct zr_error *err)
{
	struct zr_csum_items *items = (struct zr_csum_items *)stream;
	const struct zr_item_context *ctx = &items->cursor.source->check.items;
	const struct zr_address_map *map = &items->reader->relayout->data;
	int rc;

	while (!(rc = need_csums(items, err))) {
		uint64_t at = items->done / ctx->sectorsize;
		uint64_t to;
		uint64_t len = zr_address_map_together(map, items->item.logical + items->done,
						       items->item.len - items->done, &to);

		items->done += len;
		if (to == ZR_ADDRESS_NONE)
			continue;
		*made = (struct zr_new_item){
			.key = { BTRFS_EXTENT_CSUM_OBJECTID, BTRFS_EXTENT_CSUM_KEY, to },
			.data = items->item.csums + at * ctx->csum_size,
			.size = (uint32_t)(len / ctx->sectorsize * ctx->csum_size),
		};
		return 0;
	}
	return rc;
}

int zr_csum_items_begin(struct zr_csum_items *items, const struct zr_relayout_reader *reader,
			struct zr_error *err)
{
	*items = (struct zr_csum_items){ .stream.next = next_csums, .reader = reader };
	zr_cursor_init(&items->cursor, reader->source, &reader->source->csum_tree);
	return zr_cursor_read_ahead(&items->cursor, err);
}

void zr_csum_items_free(struct zr_csum_items *items)
{
	zr_cursor_free(&items->cursor);
}

static const struct zr_key free_space_key = { BTRFS_FREE_SPACE_TREE_OBJECTID, BTRFS_ROOT_ITEM_KEY,
					      0 };

/* Kernels that had no free space tree get one, as zoned ones rely on it in some features. */
static int make_free_space_root(struct zr_root_items *items, struct zr_new_item *made)
{
	zr_make_free_space_root(items->reader->relayout, items->bytes, made);
	items->has_free_space = true;
	return 0;
}

static int next_roots(struct zr_item_stream *stream, struct zr_new_item *made, struct zr_error *err)
{
	struct zr_root_items *items = (struct zr_root_items *)stream;
	struct zr_item item;
	int rc = 0;
	int order;

	do {
		if (items->held)
			zr_cursor_item(&items->cursor, &item);
		else
			rc = step(&items->cursor, &items->started, &item, err);
		items->held = false;
	} while (!rc && zr_root_item_is_dropped(&item));
	if (rc == 1 && !items->has_free_space)
		return make_free_space_root(items, made);
	if (rc)
		return rc;
	order = zr_key_compare(&item.key, &free_space_key);
	if (order > 0 && !items->has_free_space) {
		items->held = true;
		return make_free_space_root(items, made);
	}
	items->has_free_space |= !order;
	return zr_patch_root(items->reader->relayout, &item, items->bytes, made, err);
}

int zr_root_items_begin(struct zr_root_items *items, const struct zr_relayout_reader *reader,
			struct zr_error *err)
{
	*items = (struct zr_root_items){ .stream.next = next_roots, .reader = reader };
	zr_cursor_init(&items->cursor, reader->source, &reader->source->root_tree);
	items->bytes = malloc(reader->source->super.nodesize);
	return items->bytes ? 0 : zr_fail_nomem(err);
}

void zr_root_items_free(struct zr_root_items *items)
{
	zr_cursor_free(&items->cursor);
	free(items->bytes);
}

/* The next item of a block group. Returns 0, 1 when there is none in any, or an error. */
static int step_in_groups(struct zr_extent_items *items, struct zr_item *item, struct zr_error *err)
{
	const struct zr_group_list *list = items->reader->list;

	for (; items->group < list->group_count; items->group++, items->started = false) {
		const struct zr_group *group = &list->groups[items->group];
		const struct zr_key first = { .objectid = group->item.logical };
		int rc;

		if (!zr_relayout_group_is(group, items->data) || !group->item.used)
			continue;
		rc = items->started ? zr_cursor_next(&items->cursor, err)
				    : zr_cursor_seek(&items->cursor, &first, err);
		items->started = true;
		if (rc < 0)
			return rc;
		if (rc)
			continue;
		zr_cursor_item(&items->cursor, item);
		if (item->key.objectid < group->item.logical + group->item.len)
			return 0;
	}
	return 1;
}

static int end_extent(const struct zr_extent_items *items, struct zr_error *err)
{
	if (items->holes == items->expected)
		return 0;
	return zr_fail(err, ZR_E_EXTENT,
		       "extent item: logical %llu, preallocated file extents in back references, "
		       "found %llu expected %llu",
		       (ull)items->extent, (ull)items->holes, (ull)items->expected);
}

static int begin_extent(struct zr_extent_items *items, uint64_t logical, struct zr_error *err)
{
	const struct zr_relayout *relayout = items->reader->relayout;
	const struct zr_address_map *map = items->data ? &relayout->data : &relayout->blocks;
	int rc = end_extent(items, err);

	items->extent = logical;
	items->kept = zr_address_map_kept(map, logical);
	items->expected = zr_prealloc_references(&relayout->prealloc, logical);
	items->holes = 0;
	return rc;
}

/*
 * Extent items come before what refers to them. Returns 0 if an item is about something that is
 * kept, 1 if not, or an error.
 */
static int look_at(struct zr_extent_items *items, const struct zr_item *item, struct zr_error *err)
{
	int rc = 0;

	if (zr_extent_is_key(&item->key))
		rc = begin_extent(items, item->key.objectid, err);
	if (!rc && items->extent != item->key.objectid)
		return 1;
	if (!rc && items->expected)
		rc = zr_extent_count_holes(items->reader->relayout, item, &items->holes, err);
	return rc ? rc : !items->kept || item->key.type == BTRFS_BLOCK_GROUP_ITEM_KEY;
}

static int next_extents(struct zr_item_stream *stream, struct zr_new_item *made,
			struct zr_error *err)
{
	struct zr_extent_items *items = (struct zr_extent_items *)stream;
	struct zr_item item;
	int rc;

	for (;;) {
		rc = step_in_groups(items, &item, err);
		if (rc)
			return rc < 0 || !end_extent(items, err) ? rc : -ZR_E_EXTENT;
		rc = look_at(items, &item, err);
		if (!rc)
			rc = zr_patch_extent(items->reader->relayout, &item, items->bytes, made,
					     err);
		if (rc != 1)
			return rc;
	}
}

int zr_extent_items_begin(struct zr_extent_items *items, const struct zr_relayout_reader *reader,
			  bool data, struct zr_error *err)
{
	*items = (struct zr_extent_items){
		.stream.next = next_extents,
		.reader = reader,
		.data = data,
		.extent = ZR_ADDRESS_NONE,
	};
	zr_cursor_init(&items->cursor, reader->source, &reader->source->extent_tree);
	items->bytes = malloc(reader->source->super.nodesize);
	if (!items->bytes)
		return zr_fail_nomem(err);
	return zr_cursor_read_ahead(&items->cursor, err);
}

void zr_extent_items_free(struct zr_extent_items *items)
{
	if (!items->reader)
		return;
	zr_cursor_free(&items->cursor);
	free(items->bytes);
	items->reader = NULL;
}

static int begin_segment(struct zr_extent_tree_items *items, struct zr_error *err)
{
	const struct zr_relayout *relayout = items->reader->relayout;
	bool data = items->segment == ZR_SEGMENT_DATA;
	int rc;

	items->cut = true;
	if (items->segment == ZR_SEGMENT_SYSTEM || items->segment == ZR_SEGMENT_MADE) {
		items->current = zr_made_segment_begin(&items->made, relayout, items->segment);
		return 0;
	}
	zr_extent_items_free(&items->old);
	rc = zr_extent_items_begin(&items->old, items->reader, data, err);
	items->current =
		zr_segment_stream(relayout, items->segment, &items->old.stream, &items->with);
	return rc;
}

static int next_in_tree(struct zr_item_stream *stream, struct zr_new_item *made,
			struct zr_error *err)
{
	struct zr_extent_tree_items *items = (struct zr_extent_tree_items *)stream;
	int rc;

	while ((rc = items->current->next(items->current, made, err)) == 1) {
		if (items->segment == ZR_SEGMENT_DATA)
			return 1;
		items->segment++;
		rc = begin_segment(items, err);
		if (rc)
			return rc;
	}
	made->cut = items->cut;
	items->cut = false;
	return rc;
}

int zr_extent_tree_items_begin(struct zr_extent_tree_items *items,
			       const struct zr_relayout_reader *reader, struct zr_error *err)
{
	*items = (struct zr_extent_tree_items){
		.stream.next = next_in_tree,
		.reader = reader,
		.segment = ZR_SEGMENT_SYSTEM,
	};
	return begin_segment(items, err);
}

void zr_extent_tree_items_free(struct zr_extent_tree_items *items)
{
	zr_extent_items_free(&items->old);
}
