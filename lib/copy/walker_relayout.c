// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Zones of a re-layout: extents that are kept, wherever they lie on the source, and behind the kept
 * tree blocks those that are made.
 */
#include "walker.h"

#include "block_group.h"
#include "range.h"
#include "relayout_blocks.h"
#include "relayout_read.h"

#include <stdlib.h>

typedef unsigned long long ull;

struct relayout {
	struct zr_walker walker;
	struct zr_kept_walk walk;
	struct zr_csum_lookup csums;
	/* One for each copy of a zone: the copies come in turn, and no maker goes back. */
	struct zr_made_tree_blocks made[ZR_NEW_COPIES_MAX];
	const struct zr_new_chunk *chunk;
	uint32_t copy; /* of the chunk */
	uint32_t zone; /* index of the planned zone */
	uint64_t offset; /* in the zone, of the next unit */
	uint64_t kept; /* bytes at the start of the zone that are read */
	struct zr_extent extent; /* the one that is cut into pieces, if has_extent */
	uint64_t done; /* bytes of it that are in units */
	bool has_extent;
	bool started; /* the walk is where the zone begins */
};

static const struct zr_relayout *layout_of(const struct relayout *walker)
{
	return walker->walker.copy->plan->relayout;
}

static bool has_data(const struct relayout *walker)
{
	return walker->chunk->type == BTRFS_BLOCK_GROUP_DATA;
}

/* Of a chunk with tree blocks, those that are kept come first. */
static uint64_t kept_bytes(const struct relayout *walker)
{
	const struct zr_relayout *relayout = layout_of(walker);
	const struct zr_new_chunk *chunk = walker->chunk;
	uint64_t kept = relayout->facts.kept_blocks;

	if (has_data(walker))
		return chunk->used;
	if (chunk->type == BTRFS_BLOCK_GROUP_SYSTEM || chunk->first >= kept)
		return 0;
	return zr_min64(chunk->used, (kept - chunk->first) * relayout->layout.nodesize);
}

static void begin(struct zr_walker *base, uint32_t zone)
{
	struct relayout *walker = (struct relayout *)base;
	const struct zr_layout *layout = &layout_of(walker)->layout;
	const struct zr_plan_zone *planned = &base->copy->plan->zones[zone];
	uint64_t number = (planned->logical - layout->base) / layout->zone_size;

	walker->chunk = zr_layout_chunk(layout, (size_t)number);
	walker->copy = planned->target_physical != walker->chunk->physical[0];
	walker->zone = zone;
	walker->offset = 0;
	walker->kept = kept_bytes(walker);
	walker->has_extent = false;
	walker->started = false;
}

/* Have an extent that is kept and not in units as a whole. */
static int need_extent(struct relayout *walker, struct zr_error *err)
{
	int rc;

	if (!walker->started)
		zr_kept_walk_start(&walker->walk, layout_of(walker), has_data(walker),
				   walker->chunk->first);
	walker->started = true;
	if (walker->has_extent)
		return 0;
	rc = zr_kept_walk_next(&walker->walk, &walker->extent, err);
	if (rc == 1)
		return zr_fail(err, ZR_E_BLOCK_GROUP,
			       "block groups: no more extents for the new one at logical %llu",
			       (ull)walker->chunk->logical);
	walker->has_extent = !rc;
	walker->done = 0;
	return rc;
}

/* A tree block is one piece, data is cut where checksums or the unit end. */
static uint64_t piece_len(const struct relayout *walker, const struct zr_unit *unit)
{
	uint64_t most = (uint64_t)ZR_CSUM_SECTORS * walker->walker.copy->source->super.sectorsize;
	uint64_t left = walker->extent.len - walker->done;

	return has_data(walker) ? zr_min64(zr_min64(left, most), unit->size - unit->len) : left;
}

static int add_piece(struct relayout *walker, struct zr_unit *unit, struct zr_error *err)
{
	struct zr_source *source = walker->walker.copy->source;
	struct zr_piece piece = {
		.chunk = walker->walk.walk.group->chunk,
		.extent = walker->extent,
		.logical = walker->extent.logical + walker->done,
		.len = piece_len(walker, unit),
	};
	uint16_t own = zr_source_own_mirror(source, piece.chunk, piece.logical);
	int rc;

	piece.mirror = zr_source_first_mirror(source, piece.chunk, piece.logical, own);
	rc = zr_unit_add(unit, &piece, &walker->csums, walker->walker.copy->rescue, err);
	if (rc)
		return rc;
	walker->done += piece.len;
	walker->has_extent = walker->done < walker->extent.len;
	return 0;
}

/* Number of the block at an offset of the zone, among those of system chunks or of all others. */
static uint64_t block_number(const struct relayout *walker, uint64_t offset)
{
	const struct zr_layout *layout = &layout_of(walker)->layout;
	uint64_t bytes = offset;
	size_t i;

	if (walker->chunk->type != BTRFS_BLOCK_GROUP_SYSTEM)
		return walker->chunk->first + offset / layout->nodesize;
	for (i = 0; zr_layout_chunk(layout, i) != walker->chunk; i++)
		bytes += zr_layout_chunk(layout, i)->used;
	return bytes / layout->nodesize;
}

/* New layouts have the feature skinny-metadata, whether the source has it or not. */
static int check_made(const struct relayout *walker, const uint8_t *bytes, struct zr_error *err)
{
	const struct zr_block_expect expect = { .first_key = NULL };
	struct zr_check_context check = walker->walker.copy->source->check;
	struct zr_block block;

	check.items.skinny = true;
	zr_block_view(&block, bytes, check.items.nodesize);
	return zr_block_check_inside(&check, &expect, &block, err);
}

static int make_block(struct relayout *walker, struct zr_unit *unit, struct zr_error *err)
{
	const struct zr_relayout *relayout = layout_of(walker);
	uint64_t number = block_number(walker, unit->offset + unit->len);
	int tree = ZR_NEW_CHUNK_TREE;
	int rc;

	if (walker->chunk->type != BTRFS_BLOCK_GROUP_SYSTEM)
		tree = ZR_NEW_CSUM_TREE;
	while (number >= relayout->trees[tree].first + relayout->trees[tree].blocks)
		tree++;
	rc = zr_made_tree_blocks_next(&walker->made[walker->copy], tree,
				      number - relayout->trees[tree].first,
				      unit->buffer + unit->len, err);
	if (!rc)
		rc = check_made(walker, unit->buffer + unit->len, err);
	if (rc)
		return rc;
	unit->len += relayout->layout.nodesize;
	unit->made += relayout->layout.nodesize;
	unit->copied += relayout->layout.nodesize;
	return 0;
}

/* Whether the unit takes one piece or block more. */
static bool has_room(const struct relayout *walker, const struct zr_unit *unit)
{
	uint64_t least = has_data(walker) ? layout_of(walker)->layout.sectorsize
					  : layout_of(walker)->layout.nodesize;

	return unit->offset + unit->len < walker->chunk->used && unit->size - unit->len >= least &&
	       unit->piece_count < ZR_UNIT_PIECES;
}

static int next(struct zr_walker *base, struct zr_unit *unit, struct zr_error *err)
{
	struct relayout *walker = (struct relayout *)base;
	int rc = 0;

	zr_unit_clear(unit, walker->zone, walker->offset);
	while (!rc && has_room(walker, unit)) {
		if (unit->offset + unit->len >= walker->kept) {
			rc = make_block(walker, unit, err);
			continue;
		}
		rc = need_extent(walker, err);
		if (!rc)
			rc = add_piece(walker, unit, err);
	}
	walker->offset += unit->len;
	unit->last = walker->offset == walker->chunk->used;
	return rc;
}

static int read_ahead(struct zr_walker *base, struct zr_error *err)
{
	struct relayout *walker = (struct relayout *)base;
	int rc = zr_cursor_read_ahead(&walker->walk.walk.cursor, err);

	return rc ? rc : zr_cursor_read_ahead(&walker->csums.cursor, err);
}

static void free_walker(struct zr_walker *base)
{
	struct relayout *walker = (struct relayout *)base;
	size_t i;

	for (i = 0; i < ZR_NEW_COPIES_MAX; i++)
		zr_made_tree_blocks_free(&walker->made[i]);
	zr_kept_walk_free(&walker->walk);
	zr_csum_lookup_free(&walker->csums);
	free(walker);
}

static const struct zr_walker_ops ops = {
	.begin = begin,
	.next = next,
	.read_ahead = read_ahead,
	.free = free_walker,
};

struct zr_walker *zr_relayout_walker_new(struct zr_copy *copy)
{
	struct relayout *walker = calloc(1, sizeof(*walker));
	size_t i;

	if (!walker)
		return NULL;
	walker->walker = (struct zr_walker){ .ops = &ops, .copy = copy };
	zr_kept_walk_init(&walker->walk, copy->source, copy->list);
	zr_csum_lookup_init(&walker->csums, copy->source);
	for (i = 0; i < ZR_NEW_COPIES_MAX; i++)
		zr_made_tree_blocks_init(&walker->made[i], copy);
	return &walker->walker;
}
