// SPDX-License-Identifier: LGPL-2.1-or-later
#include "layout.h"

#include "block_group.h"
#include "buffer.h"
#include "range.h"
#include "sblog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static bool is_usable(const struct zr_layout *layout, const struct zr_layout_target *target,
		      uint32_t zone_no)
{
	return zr_zone_can_have_group(target->zones, zone_no, layout->zone_size) &&
	       target->zones[zone_no].cap >= layout->nodesize;
}

static uint32_t count_usable(const struct zr_layout *layout, const struct zr_layout_target *target)
{
	uint32_t usable = 0;
	uint32_t i;

	for (i = 0; i < target->geo->zone_count; i++)
		usable += is_usable(layout, target, i);
	return usable;
}

/* The next usable zone that takes at least so much; NULL at the end. */
static const struct zr_zone *take_zone(struct zr_layout *layout,
				       const struct zr_layout_target *target, uint64_t least)
{
	while (layout->next_zone < target->geo->zone_count) {
		uint32_t zone_no = layout->next_zone++;

		if (is_usable(layout, target, zone_no) && target->zones[zone_no].cap >= least)
			return &target->zones[zone_no];
	}
	return NULL;
}

static int add_chunk(struct zr_layout *layout, const struct zr_new_chunk *chunk,
		     struct zr_error *err)
{
	int rc = zr_array_reserve(&layout->chunks, &layout->capacity, layout->count,
				  sizeof(*layout->chunks), err);

	if (!rc)
		layout->chunks[layout->count++] = *chunk;
	return rc;
}

/* Two copies are in zones of one type, as no old kernel mounts anything else. */
static bool take_pair(struct zr_layout *layout, const struct zr_layout_target *target,
		      struct zr_new_chunk *chunk)
{
	const struct zr_zone *first = take_zone(layout, target, layout->nodesize);
	const struct zr_zone *second = first;

	if (layout->copies == 2 && first) {
		second = take_zone(layout, target, layout->nodesize);
		while (second && second->type != first->type) {
			first = second;
			second = take_zone(layout, target, layout->nodesize);
		}
	}
	if (!first || !second)
		return false;
	chunk->physical[0] = first->start;
	chunk->physical[1] = second->start;
	chunk->cap = zr_min64(first->cap, second->cap);
	return true;
}

int zr_layout_begin(struct zr_layout *layout, const struct zr_layout_target *target,
		    size_t reserved, struct zr_error *err)
{
	struct zr_new_chunk chunk = { .type = BTRFS_BLOCK_GROUP_METADATA };
	int rc = 0;

	layout->count = 0;
	layout->systems = 0;
	layout->metadata = 0;
	layout->missing = 0;
	layout->data_bytes = 0;
	layout->next_zone = 0;
	layout->usable_zones = count_usable(layout, target);
	while (!rc && layout->count < reserved && take_pair(layout, target, &chunk))
		rc = add_chunk(layout, &chunk, err);
	layout->reserved = layout->count;
	if (!rc && layout->reserved < ZR_LAYOUT_LEAST)
		rc = zr_layout_fail_metadata(layout, ZR_LAYOUT_LEAST, err);
	return rc;
}

int zr_layout_fail_metadata(const struct zr_layout *layout, size_t needed, struct zr_error *err)
{
	return zr_fail(err, ZR_E_TOO_SMALL,
		       "target: too few usable zones, found %" PRIu32
		       " where metadata alone needs %zu",
		       layout->usable_zones, needed * layout->copies);
}

uint64_t zr_layout_smallest(const struct zr_layout *layout, const struct zr_layout_target *target)
{
	uint64_t smallest = layout->zone_size;
	uint32_t i;

	for (i = 0; i < target->geo->zone_count; i++)
		if (is_usable(layout, target, i))
			smallest = zr_min64(smallest, target->zones[i].cap);
	return smallest;
}

/* Defragmenting leaves large extents alone, but when it compresses: then none is beyond 512 KiB. */
static int fail_extent(uint64_t logical, uint64_t len, uint64_t largest, struct zr_error *err)
{
	return zr_fail(err, ZR_E_CAPACITY,
		       "target: the data extent at logical %llu has %llu bytes, more than the "
		       "%llu that a zone takes; btrfs inspect-internal logical-resolve names its "
		       "files, btrfs filesystem defragment -czstd writes them in smaller ones",
		       (ull)logical, (ull)len, (ull)largest);
}

static uint64_t largest_capacity(const struct zr_layout *layout,
				 const struct zr_layout_target *target)
{
	uint64_t largest = 0;
	uint32_t i;

	for (i = 0; i < target->geo->zone_count; i++)
		if (is_usable(layout, target, i))
			largest = zr_max64(largest, target->zones[i].cap);
	return largest;
}

static int add_data_chunk(struct zr_layout *layout, const struct zr_layout_target *target,
			  uint64_t logical, uint64_t len, struct zr_error *err)
{
	const struct zr_zone *zone = take_zone(layout, target, len);
	struct zr_new_chunk chunk = {
		.type = BTRFS_BLOCK_GROUP_DATA,
		.physical = { ZR_NOWHERE, ZR_NOWHERE },
		.first = layout->data_bytes / layout->sectorsize,
	};

	chunk.cap = zone ? zone->cap : largest_capacity(layout, target);
	if (chunk.cap < len)
		return fail_extent(logical, len, chunk.cap, err);
	if (zone)
		chunk.physical[0] = zone->start;
	else
		layout->missing++;
	return add_chunk(layout, &chunk, err);
}

int zr_layout_add_data(struct zr_layout *layout, const struct zr_layout_target *target,
		       uint64_t logical, uint64_t len, struct zr_error *err)
{
	struct zr_new_chunk *last = &layout->chunks[layout->count - 1];
	int rc = 0;

	if (layout->count == layout->reserved || last->cap - last->used < len)
		rc = add_data_chunk(layout, target, logical, len, err);
	if (rc)
		return rc;
	layout->chunks[layout->count - 1].used += len;
	layout->data_bytes += len;
	return 0;
}

/* That of the last chunk is free space as any other. */
uint64_t zr_layout_tails(const struct zr_layout *layout)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = layout->reserved; i + 1 < layout->count; i++)
		bytes += layout->chunks[i].cap - layout->chunks[i].used;
	return bytes;
}

size_t zr_layout_chunks(const struct zr_layout *layout)
{
	return layout->systems + layout->metadata + layout->count - layout->reserved;
}

static struct zr_new_chunk *nth_chunk(const struct zr_layout *layout, size_t number)
{
	size_t used = layout->systems + layout->metadata;

	return &layout->chunks[number < used ? number : layout->reserved + number - used];
}

const struct zr_new_chunk *zr_layout_chunk(const struct zr_layout *layout, size_t number)
{
	return nth_chunk(layout, number);
}

/*
 * A chunk that is full to the end of its zone would have one item of free space less than the same
 * chunk with one block less, and the trees that describe it would never settle.
 */
uint64_t zr_layout_slots(const struct zr_layout *layout, const struct zr_new_chunk *chunk)
{
	return zr_min64(chunk->cap, layout->zone_size - layout->nodesize) / layout->nodesize;
}

static int add_run(struct zr_address_map *map, const struct zr_new_chunk *chunk,
		   struct zr_error *err)
{
	return zr_address_map_add_run(map, chunk->first, chunk->logical, err);
}

int zr_layout_place(struct zr_layout *layout, size_t systems, size_t metadata,
		    struct zr_address_map *data, struct zr_address_map *blocks,
		    struct zr_error *err)
{
	uint64_t rank = 0;
	size_t i;
	int rc = 0;

	layout->systems = systems;
	layout->metadata = metadata;
	zr_address_map_clear_runs(data);
	zr_address_map_clear_runs(blocks);
	for (i = 0; i < zr_layout_chunks(layout) && !rc; i++) {
		struct zr_new_chunk *chunk = nth_chunk(layout, i);

		chunk->logical = layout->base + i * layout->zone_size;
		if (chunk->type == BTRFS_BLOCK_GROUP_DATA) {
			rc = add_run(data, chunk, err);
		} else if (i < systems) {
			chunk->type = BTRFS_BLOCK_GROUP_SYSTEM;
			chunk->first = 0;
		} else {
			chunk->type = BTRFS_BLOCK_GROUP_METADATA;
			chunk->first = rank;
			rank += zr_layout_slots(layout, chunk);
			rc = add_run(blocks, chunk, err);
		}
	}
	return rc;
}

static void fill(const struct zr_layout *layout, size_t first, size_t count, uint64_t blocks)
{
	size_t i;

	for (i = first; i < first + count; i++) {
		struct zr_new_chunk *chunk = nth_chunk(layout, i);
		uint64_t here = zr_min64(blocks, zr_layout_slots(layout, chunk));

		chunk->used = here * layout->nodesize;
		blocks -= here;
	}
}

void zr_layout_fill(struct zr_layout *layout, uint64_t system_blocks, uint64_t metadata_blocks)
{
	fill(layout, 0, layout->systems, system_blocks);
	fill(layout, layout->systems, layout->metadata, metadata_blocks);
}

size_t zr_layout_chunks_for(const struct zr_layout *layout, size_t first, uint64_t blocks)
{
	const struct zr_new_chunk *last = &layout->chunks[layout->reserved - 1];
	size_t i = first;

	while (blocks && i < layout->reserved) {
		uint64_t here = zr_layout_slots(layout, &layout->chunks[i++]);

		blocks -= zr_min64(blocks, here);
	}
	return i - first + zr_div_up(blocks, zr_layout_slots(layout, last));
}

uint32_t zr_layout_chunk_copies(const struct zr_layout *layout, const struct zr_new_chunk *chunk)
{
	return chunk->type == BTRFS_BLOCK_GROUP_DATA ? 1 : layout->copies;
}

uint64_t zr_layout_chunk_flags(const struct zr_layout *layout, const struct zr_new_chunk *chunk)
{
	bool dup = zr_layout_chunk_copies(layout, chunk) == 2;

	return chunk->type | (dup ? BTRFS_BLOCK_GROUP_DUP : 0);
}

uint64_t zr_layout_zones(const struct zr_layout *layout)
{
	uint64_t zones = 0;
	size_t i;

	for (i = 0; i < zr_layout_chunks(layout); i++)
		zones += zr_layout_chunk_copies(layout, zr_layout_chunk(layout, i));
	return zones;
}

void zr_layout_free(struct zr_layout *layout)
{
	free(layout->chunks);
	layout->chunks = NULL;
	layout->count = 0;
	layout->capacity = 0;
}
