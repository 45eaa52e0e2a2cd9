// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout_read.h"

#include "block_group.h"
#include "buffer.h"
#include "chunk_read.h"
#include "feature.h"
#include "movable.h"
#include "ondisk.h"
#include "patch.h"
#include "relayout_spill.h"

#include <string.h>

typedef unsigned long long ull;

struct reading {
	struct zr_source *source;
	const struct zr_group_list *list;
	struct zr_relayout *relayout;
	struct zr_leaf_facts leaves;
	uint8_t *buffer; /* a tree block */
	struct zr_error *err;
};

static int read_block(struct reading *reading, const struct zr_extent *extent,
		      struct zr_block *block)
{
	const struct zr_block_expect expect = {
		.logical = extent->logical,
		.generation = extent->generation,
		.owner = ZR_ANY_OWNER,
		.level = extent->level,
	};

	return zr_tree_block_read(reading->source, &expect, reading->buffer, block, reading->err);
}

/*
 * A kernel that still knows the other devices of several must not take the target for the one that
 * they have chunks on. The UUID follows from the old one, so that each run makes the same.
 */
static void take_device(struct zr_relayout *relayout, const struct zr_super *super)
{
	uint8_t *uuid = relayout->dev_uuid;
	uint8_t digest[ZR_CSUM_MAX];

	relayout->devid = super->devid;
	memcpy(uuid, super->dev_uuid, sizeof(relayout->dev_uuid));
	if (super->num_devices == 1)
		return;
	zr_csum(ZR_CSUM_BLAKE2B, super->dev_uuid, sizeof(super->dev_uuid), digest);
	memcpy(uuid, digest, sizeof(relayout->dev_uuid));
	/* Version 8, variant 1 of RFC 9562. */
	uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0f));
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));
}

static int take_identity(struct reading *reading)
{
	const struct zr_super *super = &reading->source->super;
	struct zr_relayout *relayout = reading->relayout;
	struct zr_new_header *header = &relayout->header;
	const struct zr_extent root = {
		.logical = super->chunk_root,
		.generation = super->chunk_root_generation,
		.level = super->chunk_root_level,
	};
	struct zr_block block;
	int rc = read_block(reading, &root, &block);

	if (rc)
		return rc;
	memcpy(header->fsid, super->metadata_uuid, sizeof(header->fsid));
	memcpy(header->chunk_tree_uuid, zr_block_chunk_tree_uuid(&block),
	       sizeof(header->chunk_tree_uuid));
	header->generation = super->generation;
	relayout->csum_type = super->csum_type;
	relayout->group_tree = super->compat_ro & BTRFS_COMPAT_RO_BLOCK_GROUP_TREE;
	take_device(relayout, super);
	relayout->layout.sectorsize = super->sectorsize;
	relayout->layout.nodesize = super->nodesize;
	relayout->facts.groups = reading->list->group_count;
	return 0;
}

/*
 * A subvolume is deleted from the left to the right. What is left of it points to blocks that are
 * free in the nodes above the place to which that came, and nowhere else: what is to the right of
 * them is whole, and to the left nothing is there. The kernel: btrfs_drop_snapshot().
 */
static int take_stale(struct reading *reading, uint64_t number, const struct zr_root *root)
{
	const struct zr_tree tree = {
		.logical = root->logical,
		.generation = root->generation,
		.owner = number,
		.shared = true,
		.level = root->level,
	};
	struct zr_cursor cursor;
	int level;
	int rc;

	zr_cursor_init(&cursor, reading->source, &tree);
	rc = zr_cursor_seek(&cursor, &root->drop_progress, reading->err);
	for (level = root->drop_level; level <= root->level && rc >= 0; level++)
		rc = zr_relayout_add_stale(reading->relayout, cursor.levels[level].block.logical,
					   reading->err);
	zr_cursor_free(&cursor);
	return rc < 0 ? rc : 0;
}

static int find_stale(struct reading *reading)
{
	const struct zr_item_context *ctx = &reading->source->check.items;
	const struct zr_key first = { 0 };
	struct zr_cursor cursor;
	int rc;

	zr_cursor_init(&cursor, reading->source, &reading->source->root_tree);
	for (rc = zr_cursor_seek(&cursor, &first, reading->err); !rc;
	     rc = zr_cursor_next(&cursor, reading->err)) {
		struct zr_item item;
		struct zr_root root;

		zr_cursor_item(&cursor, &item);
		if (item.key.type != BTRFS_ROOT_ITEM_KEY)
			continue;
		rc = zr_root_decode(&item, ctx, &root, reading->err);
		if (!rc && root.dropping)
			rc = take_stale(reading, item.key.objectid, &root);
		if (rc)
			break;
	}
	zr_relayout_sort_stale(reading->relayout);
	zr_cursor_free(&cursor);
	return rc < 0 ? rc : 0;
}

bool zr_relayout_group_is(const struct zr_group *group, bool data)
{
	return data == !!(group->item.flags & BTRFS_BLOCK_GROUP_DATA);
}

/* A block group that counts nothing as used has no bits, so that nothing may be in it. */
static int refuse_unused(const struct reading *reading, const struct zr_group *group)
{
	if (!group->last)
		return 0;
	return zr_fail(reading->err, ZR_E_BLOCK_GROUP,
		       "block group: logical %llu, used 0 but extents end at offset %llu",
		       (ull)group->item.logical, (ull)group->last);
}

/* What a missing device alone has is found out now, and not when the target is half written. */
static int refuse_unreadable(const struct reading *reading, const struct zr_group *group)
{
	if (zr_chunk_is_readable(reading->source, group->chunk))
		return 0;
	return zr_fail(reading->err, ZR_E_MISSING,
		       "block group: logical %llu, %s is on a device that is missing, and nowhere "
		       "else",
		       (ull)group->item.logical,
		       zr_relayout_group_is(group, true) ? "data" : "metadata");
}

static int add_spans(struct reading *reading)
{
	struct zr_relayout *relayout = reading->relayout;
	const struct zr_super *super = &reading->source->super;
	size_t i;
	int rc = 0;

	zr_address_map_init(&relayout->data, super->sectorsize, super->sectorsize);
	zr_address_map_init(&relayout->blocks, super->sectorsize, super->nodesize);
	for (i = 0; i < reading->list->group_count && !rc; i++) {
		const struct zr_group *group = &reading->list->groups[i];
		struct zr_address_map *map =
			zr_relayout_group_is(group, true) ? &relayout->data : &relayout->blocks;

		if (!group->item.used)
			rc = refuse_unused(reading, group);
		else
			rc = refuse_unreadable(reading, group);
		if (!rc && group->item.used)
			rc = zr_address_map_add_span(map, group->item.logical, group->item.len,
						     reading->err);
	}
	if (!rc)
		rc = zr_address_map_alloc(&relayout->data, reading->err);
	return rc ? rc : zr_address_map_alloc(&relayout->blocks, reading->err);
}

/* Whether the references in a block are its own, and not those of its tree. */
static bool has_own_references(const struct zr_item *item)
{
	const struct btrfs_extent_item *extent = (const void *)item->data;

	return le64_get(extent->flags) & BTRFS_BLOCK_FLAG_FULL_BACKREF;
}

static int take_leaf(struct reading *reading, const struct zr_block *leaf,
		     const struct zr_item *item)
{
	const struct zr_check_context *check = &reading->source->check;
	uint64_t before = reading->leaves.preallocated;
	int rc = zr_leaf_look(check, leaf, &reading->leaves, reading->err);

	reading->relayout->quota |= leaf->owner == BTRFS_QUOTA_TREE_OBJECTID;
	if (rc || reading->leaves.preallocated == before)
		return rc;
	return zr_prealloc_take(&reading->relayout->prealloc, leaf, has_own_references(item),
				&check->items, reading->err);
}

/* Whose blocks are kept is decided by what they say, as those of deleted subvolumes say it too. */
static int take_block(struct reading *reading, const struct zr_extent *extent,
		      const struct zr_item *item)
{
	struct zr_relayout *relayout = reading->relayout;
	struct zr_block block;
	int rc = read_block(reading, extent, &block);

	if (rc)
		return rc;
	if (zr_relayout_owner_is_made(block.owner)) {
		relayout->facts.old_blocks++;
		return 0;
	}
	relayout->facts.kept_blocks++;
	zr_address_map_keep(&relayout->blocks, extent->logical, relayout->blocks.sector);
	if (block.level)
		return 0;
	return take_leaf(reading, &block, item);
}

static int take_data(struct reading *reading, const struct zr_extent *extent,
		     const struct zr_item *item)
{
	struct zr_relayout *relayout = reading->relayout;
	int rc = zr_extent_is_cache(item, reading->err);

	if (rc)
		relayout->facts.cache_bytes += extent->len;
	else if (!zr_extent_is_hole(relayout, item))
		zr_address_map_keep(&relayout->data, extent->logical, extent->len);
	return rc < 0 ? rc : 0;
}

static int read_group(struct reading *reading, struct zr_extent_walk *walk,
		      const struct zr_group *group)
{
	bool data = zr_relayout_group_is(group, true);
	struct zr_extent extent;
	struct zr_item item;
	int rc;

	zr_extent_walk_start(walk, group);
	while (!(rc = zr_extent_walk_next(walk, &extent, reading->err))) {
		zr_cursor_item(&walk->cursor, &item);
		rc = data ? take_data(reading, &extent, &item)
			  : take_block(reading, &extent, &item);
		if (rc)
			break;
	}
	return rc < 0 ? rc : 0;
}

static int read_groups(struct reading *reading, bool data)
{
	struct zr_extent_walk walk;
	size_t i;
	int rc = 0;

	zr_extent_walk_init(&walk, reading->source);
	for (i = 0; i < reading->list->group_count && !rc; i++)
		if (reading->list->groups[i].item.used &&
		    zr_relayout_group_is(&reading->list->groups[i], data))
			rc = read_group(reading, &walk, &reading->list->groups[i]);
	zr_extent_walk_free(&walk);
	return rc;
}

/* References of a subvolume that is deleted half way are more than those that are counted. */
static int refuse_holes(const struct reading *reading)
{
	const struct zr_relayout *relayout = reading->relayout;
	/* The flag stays when they are disabled, their tree does not. */
	bool simple =
		relayout->quota && (reading->source->super.incompat & BTRFS_INCOMPAT_SIMPLE_QUOTA);

	if (!relayout->prealloc.items || !(relayout->stale_count || simple))
		return 0;
	return zr_fail(reading->err, ZR_E_FEATURE,
		       "source: files with space that was allocated and not written cannot be "
		       "moved together with %s",
		       simple ? "simple quotas; disable them first"
			      : "a subvolume that is deleted half way; mount the file system once, "
				"so that it goes");
}

static int read_extents(struct reading *reading)
{
	struct zr_relayout *relayout = reading->relayout;
	int rc = read_groups(reading, false);

	zr_address_map_seal(&relayout->blocks);
	zr_prealloc_sort(&relayout->prealloc);
	relayout->facts.holes = relayout->prealloc.items;
	relayout->facts.nodatacow = reading->leaves.nodatacow;
	if (!rc)
		rc = refuse_holes(reading);
	if (!rc)
		rc = zr_relayout_spill(&relayout->prealloc, reading->source, reading->err);
	if (!rc)
		rc = read_groups(reading, true);
	zr_address_map_seal(&relayout->data);
	return rc;
}

int zr_relayout_read(struct zr_relayout *relayout, struct zr_source *source,
		     const struct zr_group_list *list, struct zr_error *err)
{
	zr_autofree uint8_t *buffer = zr_buffer_alloc(source->super.nodesize);
	struct reading reading = {
		.source = source,
		.list = list,
		.relayout = relayout,
		.buffer = buffer,
		.err = err,
	};
	int rc = buffer ? zr_source_movable(source, err) : zr_fail_nomem(err);

	if (!rc)
		rc = take_identity(&reading);
	if (!rc)
		rc = find_stale(&reading);
	if (!rc)
		rc = add_spans(&reading);
	return rc ? rc : read_extents(&reading);
}

void zr_kept_walk_init(struct zr_kept_walk *walk, struct zr_source *source,
		       const struct zr_group_list *list)
{
	zr_extent_walk_init(&walk->walk, source);
	walk->list = list;
}

void zr_kept_walk_free(struct zr_kept_walk *walk)
{
	zr_extent_walk_free(&walk->walk);
}

void zr_kept_walk_start(struct zr_kept_walk *walk, const struct zr_relayout *relayout, bool data,
			uint64_t rank)
{
	const struct zr_chunk_map *chunks = &walk->walk.cursor.source->chunks;
	uint64_t logical;

	walk->map = data ? &relayout->data : &relayout->blocks;
	walk->data = data;
	walk->group = walk->list->group_count;
	if (rank >= walk->map->set)
		return;
	logical = zr_address_map_source(walk->map, rank);
	walk->group = (size_t)(zr_chunk_map_find(chunks, logical) - chunks->chunks);
	zr_extent_walk_start_at(&walk->walk, &walk->list->groups[walk->group], logical);
}

static void next_group(struct zr_kept_walk *walk)
{
	const struct zr_group *groups = walk->list->groups;

	do {
		if (++walk->group == walk->list->group_count)
			return;
	} while (!zr_relayout_group_is(&groups[walk->group], walk->data) ||
		 !groups[walk->group].item.used);
	zr_extent_walk_start(&walk->walk, &groups[walk->group]);
}

int zr_kept_walk_next(struct zr_kept_walk *walk, struct zr_extent *extent, struct zr_error *err)
{
	while (walk->group < walk->list->group_count) {
		int rc = zr_extent_walk_next(&walk->walk, extent, err);

		if (rc < 0)
			return rc;
		if (rc)
			next_group(walk);
		else if (zr_address_map_kept(walk->map, extent->logical))
			return 0;
	}
	return 1;
}
