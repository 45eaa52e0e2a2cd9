/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The chunks of a new layout: one zone each, on each copy. Logical order is system, metadata, data,
 * above all that the old layout had, so that an address that was forgotten points nowhere.
 *
 * Metadata takes its zones first, as many as are reserved for it, since how many it needs is known
 * only when the data has its places. What it leaves is free space.
 */
#ifndef ZR_RELAYOUT_LAYOUT_H
#define ZR_RELAYOUT_LAYOUT_H

#include "address_map.h"
#include "zone.h"

#define ZR_NEW_COPIES_MAX 2
/* Chunks without which there is no file system: one of system, one of metadata. */
#define ZR_LAYOUT_LEAST 2

struct zr_new_chunk {
	uint64_t logical;
	uint64_t type; /* BTRFS_BLOCK_GROUP_SYSTEM, _METADATA or _DATA */
	uint64_t physical[ZR_NEW_COPIES_MAX]; /* zones; ZR_NOWHERE if there was none left */
	uint64_t cap; /* what each of them can take */
	uint64_t used; /* what is written, without a gap from the start */
	uint64_t first; /* rank in its map of what is at its start */
};

struct zr_layout {
	uint64_t zone_size;
	uint64_t base; /* logical address of the first chunk */
	uint32_t sectorsize;
	uint32_t nodesize;
	uint32_t copies; /* of metadata */
	struct zr_new_chunk *chunks; /* reserved ones, then data */
	size_t count;
	size_t capacity;
	size_t reserved; /* for system and metadata */
	size_t systems; /* of these that are used, the first ones */
	size_t metadata;
	size_t missing; /* data chunks without a zone */
	uint64_t data_bytes;
	uint32_t next_zone; /* the first one that was not looked at */
	uint32_t usable_zones;
};

/* What a layout is made for; zones are lent for the calls that get it. */
struct zr_layout_target {
	const struct zr_geometry *geo;
	const struct zr_zone *zones;
};

/*
 * zr_layout_smallest - the least that a zone takes of those that may have a chunk
 * @layout: zone_size and nodesize are set
 */
uint64_t zr_layout_smallest(const struct zr_layout *layout, const struct zr_layout_target *target);

/*
 * zr_layout_begin - reserve zones for metadata and have no data
 * @layout: zone_size, base, sectorsize, nodesize and copies are set; what it held is freed
 * @reserved: chunks; where the target has fewer, layout->reserved is all that it has
 *
 * Returns 0, -ZR_E_TOO_SMALL if it has not ZR_LAYOUT_LEAST, or -ZR_E_NO_MEMORY.
 */
int zr_layout_begin(struct zr_layout *layout, const struct zr_layout_target *target,
		    size_t reserved, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_layout_fail_metadata - returns -ZR_E_TOO_SMALL
 * @needed: chunks
 */
int zr_layout_fail_metadata(const struct zr_layout *layout, size_t needed, struct zr_error *err);

/*
 * zr_layout_add_data - the next data extent, whole in one zone
 * @logical: where it was, for messages
 *
 * Without a zone left it goes into one that does not exist, and layout->missing counts those.
 * Returns 0, -ZR_E_CAPACITY for an extent that no zone takes, or -ZR_E_NO_MEMORY.
 */
int zr_layout_add_data(struct zr_layout *layout, const struct zr_layout_target *target,
		       uint64_t logical, uint64_t len, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_layout_place - give chunks their logical addresses, and both maps their runs
 * @systems, @metadata: chunks that are used, together at most those that are reserved
 * @blocks: map of tree blocks, whose ranks go on behind the kept ones for new blocks
 *
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_layout_place(struct zr_layout *layout, size_t systems, size_t metadata,
		    struct zr_address_map *data, struct zr_address_map *blocks,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_layout_fill - set what is used in system and metadata chunks
 * @system_blocks, @metadata_blocks: numbers of tree blocks, for which there is room
 */
void zr_layout_fill(struct zr_layout *layout, uint64_t system_blocks, uint64_t metadata_blocks);

/*
 * zr_layout_tails - bytes at the ends of zones that no extent got, because the next one did not fit
 */
uint64_t zr_layout_tails(const struct zr_layout *layout);

/*
 * zr_layout_chunks - number of chunks that are used
 * zr_layout_chunk - one of them, ascending by logical and by physical address
 */
size_t zr_layout_chunks(const struct zr_layout *layout);
const struct zr_new_chunk *zr_layout_chunk(const struct zr_layout *layout, size_t number);

/*
 * zr_layout_chunk_copies, zr_layout_chunk_flags - of one of the chunks
 */
uint32_t zr_layout_chunk_copies(const struct zr_layout *layout, const struct zr_new_chunk *chunk);
uint64_t zr_layout_chunk_flags(const struct zr_layout *layout, const struct zr_new_chunk *chunk);

/*
 * zr_layout_slots - how many tree blocks a chunk takes
 */
uint64_t zr_layout_slots(const struct zr_layout *layout, const struct zr_new_chunk *chunk);

/*
 * zr_layout_chunks_for - how many of the reserved chunks, from one on, some tree blocks fill
 * Returns more than there are if they do not suffice, as if the last one were there again.
 */
size_t zr_layout_chunks_for(const struct zr_layout *layout, size_t first, uint64_t blocks);

/*
 * zr_layout_zones - zones of all chunks, those without one included
 */
uint64_t zr_layout_zones(const struct zr_layout *layout);

void zr_layout_free(struct zr_layout *layout);

#endif
