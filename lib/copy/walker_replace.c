// SPDX-License-Identifier: LGPL-2.1-or-later
#include "walker.h"

#include "range.h"

#include <stdlib.h>

typedef unsigned long long ull;

struct replace {
	struct zr_walker walker;
	struct zr_extent_walk walk;
	struct zr_csum_lookup csums;
	uint32_t zone; /* index of the planned zone */
	uint64_t offset; /* in the zone, of the next unit */
	struct zr_extent extent; /* the one that is cut into pieces, if has_extent */
	uint64_t done; /* bytes of it that are in units, or on other stripes */
	uint64_t together; /* bytes of it behind those that lie in one place */
	bool has_extent;
	bool ended; /* the zone has no more extents */
};

static const struct zr_plan_zone *planned(const struct replace *walker)
{
	return &walker->walker.copy->plan->zones[walker->zone];
}

static const struct zr_group *group_of(const struct replace *walker)
{
	const struct zr_chunk_map *map = &walker->walker.copy->source->chunks;
	const struct zr_mapped_chunk *chunk = zr_chunk_map_find(map, planned(walker)->logical);

	return &walker->walker.copy->list->groups[chunk - map->chunks];
}

static void begin(struct zr_walker *base, uint32_t zone)
{
	struct replace *walker = (struct replace *)base;

	walker->zone = zone;
	walker->ended = false;
	walker->has_extent = false;
	walker->offset = 0;
	zr_extent_walk_start(&walker->walk, group_of(walker));
}

static int check_end(const struct replace *walker, struct zr_error *err)
{
	const struct zr_plan_zone *zone = planned(walker);
	uint64_t end =
		zr_chunk_reach(walker->walk.group->chunk, (uint16_t)zone->stripe, walker->walk.end);

	if (end == zone->last)
		return 0;
	return zr_fail(err, ZR_E_BLOCK_GROUP,
		       "block group: logical %llu, extents end at offset %llu, planned %llu",
		       (ull)zone->logical, (ull)end, (ull)zone->last);
}

/* Bytes of the extent that lie together here behind those that are done, which grow by others'. */
static uint64_t pass_other_stripes(struct replace *walker)
{
	uint64_t logical = walker->extent.logical + walker->done;
	uint64_t end = walker->extent.logical + walker->extent.len;
	uint64_t len = 0;

	if (logical < end)
		len = zr_chunk_on_stripe(walker->walk.group->chunk,
					 (uint16_t)planned(walker)->stripe, &logical);
	walker->has_extent = len && logical < end;
	walker->done = logical - walker->extent.logical;
	return walker->has_extent ? zr_min64(len, end - logical) : 0;
}

/* Have an extent that is not in units as a whole, or know that there is none. */
static int need_extent(struct replace *walker, struct zr_error *err)
{
	while (!walker->has_extent && !walker->ended) {
		int rc = zr_extent_walk_next(&walker->walk, &walker->extent, err);

		if (rc < 0)
			return rc;
		walker->ended = rc;
		walker->done = 0;
		if (rc)
			return check_end(walker, err);
		walker->together = pass_other_stripes(walker);
		if (walker->has_extent && walker->extent.kind == ZR_EXTENT_TREE_BLOCK &&
		    walker->together < walker->extent.len)
			return zr_fail(err, ZR_E_EXTENT,
				       "extent item: tree block at logical %llu crosses the end of "
				       "a stripe",
				       (ull)walker->extent.logical);
	}
	return 0;
}

static size_t room(const struct zr_unit *unit)
{
	return unit->size - unit->len;
}

/* How much of the extent goes into the unit: a tree block as a whole or not at all. */
static uint64_t piece_len(const struct replace *walker, const struct zr_unit *unit)
{
	uint64_t left = walker->together;
	uint32_t sector = walker->walker.copy->source->super.sectorsize;
	uint64_t most = (uint64_t)ZR_CSUM_SECTORS * sector;

	if (walker->extent.kind == ZR_EXTENT_TREE_BLOCK)
		return left <= room(unit) ? left : 0;
	return zr_min64(zr_min64(left, most), room(unit) / sector * sector);
}

static uint16_t first_mirror(const struct replace *walker)
{
	const struct zr_mapped_chunk *chunk = walker->walk.group->chunk;
	uint16_t own = (uint16_t)(planned(walker)->stripe % zr_chunk_copies(chunk));

	return zr_source_first_mirror(walker->walker.copy->source, chunk,
				      walker->extent.logical + walker->done, own);
}

static int add_piece(struct replace *walker, struct zr_unit *unit, uint64_t len,
		     struct zr_error *err)
{
	const struct zr_piece piece = {
		.chunk = walker->walk.group->chunk,
		.extent = walker->extent,
		.mirror = first_mirror(walker),
		.logical = walker->extent.logical + walker->done,
		.len = len,
	};
	int rc = zr_unit_add(unit, &piece, &walker->csums, walker->walker.copy->rescue, err);

	if (rc)
		return rc;
	walker->done += len;
	walker->together = pass_other_stripes(walker);
	return 0;
}

/* Where the next used byte of the zone is, or its planned end. */
static uint64_t next_used(const struct replace *walker)
{
	const struct zr_plan_zone *zone = planned(walker);

	return walker->has_extent
		       ? zr_chunk_reach(walker->walk.group->chunk, (uint16_t)zone->stripe,
					walker->extent.logical + walker->done)
		       : zone->end;
}

/* Add to a unit that has room. Returns 0, 1 when the unit is complete, or a failure. */
static int add(struct replace *walker, struct zr_unit *unit, struct zr_error *err)
{
	uint64_t used;
	uint64_t len;
	int rc = need_extent(walker, err);

	if (rc)
		return rc;
	used = next_used(walker);
	if (used > unit->offset + unit->len) {
		unit->len += zr_min64(used - unit->offset - unit->len, room(unit));
		return 0;
	}
	unit->last = !walker->has_extent;
	if (unit->last)
		return 1;
	len = piece_len(walker, unit);
	return len ? add_piece(walker, unit, len, err) : 1;
}

static int next(struct zr_walker *base, struct zr_unit *unit, struct zr_error *err)
{
	struct replace *walker = (struct replace *)base;
	int rc = 0;

	zr_unit_clear(unit, walker->zone, walker->offset);
	while (!rc && unit->len < unit->size)
		rc = add(walker, unit, err);
	walker->offset += unit->len;
	return rc < 0 ? rc : 0;
}

static int read_ahead(struct zr_walker *base, struct zr_error *err)
{
	struct replace *walker = (struct replace *)base;
	int rc = zr_cursor_read_ahead(&walker->walk.cursor, err);

	return rc ? rc : zr_cursor_read_ahead(&walker->csums.cursor, err);
}

static void free_walker(struct zr_walker *base)
{
	struct replace *walker = (struct replace *)base;

	zr_extent_walk_free(&walker->walk);
	zr_csum_lookup_free(&walker->csums);
	free(walker);
}

static const struct zr_walker_ops ops = {
	.begin = begin,
	.next = next,
	.read_ahead = read_ahead,
	.free = free_walker,
};

struct zr_walker *zr_replace_walker_new(struct zr_copy *copy)
{
	struct replace *walker = calloc(1, sizeof(*walker));

	if (!walker)
		return NULL;
	walker->walker = (struct zr_walker){ .ops = &ops, .copy = copy };
	zr_extent_walk_init(&walker->walk, copy->source);
	zr_csum_lookup_init(&walker->csums, copy->source);
	return &walker->walker;
}
