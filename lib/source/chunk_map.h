/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The chunk map: logical addresses to places on devices.
 */
#ifndef ZR_SOURCE_CHUNK_MAP_H
#define ZR_SOURCE_CHUNK_MAP_H

#include "item.h"

#include <stddef.h>

struct zr_mapped_chunk {
	uint64_t logical;
	uint64_t len;
	uint64_t flags; /* BTRFS_BLOCK_GROUP_* */
	uint16_t stripe_count;
	struct zr_stripe *stripes;
};

struct zr_chunk_map {
	struct zr_mapped_chunk *chunks; /* ascending by logical, not overlapping */
	size_t count;
	size_t capacity;
};

/* A place on a device. */
struct zr_place {
	uint64_t devid;
	uint64_t physical;
	uint64_t len; /* bytes that lie together from there */
};

/*
 * zr_chunk_map_add - take a copy of a chunk into the map
 *
 * The system chunk array and the chunk tree both have the system chunks. The kernel takes the first
 * one of each, in read_one_chunk(); here the second one must say the same, because both are changed
 * when a chunk moves.
 * Returns 0, -ZR_E_OVERLAP, -ZR_E_CHUNK for one that says something else, or -ZR_E_NO_MEMORY.
 */
int zr_chunk_map_add(struct zr_chunk_map *map, const struct zr_chunk *chunk,
		     struct zr_error *err) ZR_NODISCARD;

/*
 * zr_chunk_map_find - the chunk that contains a logical address; NULL if there is none
 */
const struct zr_mapped_chunk *zr_chunk_map_find(const struct zr_chunk_map *map, uint64_t logical);

/*
 * zr_chunk_stripe_len - bytes that a chunk takes on each of its devices
 */
uint64_t zr_chunk_stripe_len(const struct zr_mapped_chunk *chunk);

/*
 * zr_chunk_on_stripe - the bytes of a chunk from an address on that a stripe has
 * @chunk: one without parity, whose stripes keep their places in each row
 * @logical: inside @chunk; advanced to the first such byte
 *
 * Returns how many lie together there, 0 if there is none up to the end of the chunk.
 */
uint64_t zr_chunk_on_stripe(const struct zr_mapped_chunk *chunk, uint16_t stripe,
			    uint64_t *logical);

/*
 * zr_chunk_reach - how far a stripe is filled when the chunk is filled up to an address
 * @chunk: one without parity
 */
uint64_t zr_chunk_reach(const struct zr_mapped_chunk *chunk, uint16_t stripe, uint64_t logical);

/*
 * zr_chunk_copies - how many copies there are of each byte of a chunk, 1 if it has parity
 */
uint16_t zr_chunk_copies(const struct zr_mapped_chunk *chunk);

/*
 * zr_chunk_has_parity - whether a lost byte can be made of others
 */
bool zr_chunk_has_parity(const struct zr_mapped_chunk *chunk);

/*
 * zr_chunk_ways - in how many ways each byte of a chunk can be read: its copies; or as it is, and
 * as made of others when it alone, or it and one of those are bad
 */
uint16_t zr_chunk_ways(const struct zr_mapped_chunk *chunk);

/*
 * zr_chunk_map_place - where one copy of a byte lies
 * @logical: inside @chunk
 * @mirror: copy number from 0, below zr_chunk_copies()
 *
 * The kernel: btrfs_map_block().
 */
void zr_chunk_map_place(const struct zr_mapped_chunk *chunk, uint64_t logical, uint16_t mirror,
			struct zr_place *place);

/*
 * zr_chunk_columns, zr_chunk_column - how many stripes of a row hold different data, and the number
 * of that which has a byte
 */
uint16_t zr_chunk_columns(const struct zr_mapped_chunk *chunk);
uint16_t zr_chunk_column(const struct zr_mapped_chunk *chunk, uint64_t logical);

/*
 * zr_chunk_row_place - the place in any stripe of a byte's row that belongs to the byte
 * @chunk: one with parity
 * @number: of the stripe in the row, as in parity.h: data in its order, P, Q
 *
 * With each row, the stripes move on by one device.
 */
void zr_chunk_row_place(const struct zr_mapped_chunk *chunk, uint64_t logical, uint16_t number,
			struct zr_place *place);

/*
 * zr_chunk_map_free - free what the map holds
 */
void zr_chunk_map_free(struct zr_chunk_map *map);

#endif
