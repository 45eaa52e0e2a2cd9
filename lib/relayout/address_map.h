/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From old logical addresses to new ones, where what is kept stays in its order and moves together.
 *
 * One bit for each sector of the old block groups says what is kept; the number of bits before an
 * address, its rank, says how much lies before it in the new order; runs say from which rank on the
 * new addresses lie where. Memory for each TiB of block groups and sectors of 4 KiB: 32 MiB of
 * bits, 0.5 MiB of ranks.
 */
#ifndef ZR_RELAYOUT_ADDRESS_MAP_H
#define ZR_RELAYOUT_ADDRESS_MAP_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of the old logical space that has bits. */
struct zr_address_span {
	uint64_t logical;
	uint64_t len;
	uint64_t bit; /* number of its first bit */
};

/* From this rank up to that of the next run, new addresses ascend from here without a gap. */
struct zr_address_run {
	uint64_t rank;
	uint64_t logical;
};

struct zr_address_map {
	uint32_t sector; /* old bytes that one bit stands for */
	uint32_t unit; /* new bytes for each bit that is set */
	struct zr_address_span *spans; /* ascending, not overlapping */
	size_t span_count;
	size_t span_capacity;
	uint64_t *bits;
	uint64_t bit_count;
	uint64_t *ranks; /* of every ZR_RANK_BITS bits; NULL until the map is sealed */
	uint64_t set; /* bits that are set */
	struct zr_address_run *runs; /* ascending by both members */
	size_t run_count;
	size_t run_capacity;
};

#define ZR_RANK_BITS 4096
#define ZR_ADDRESS_NONE UINT64_MAX

/*
 * zr_address_map_init - an empty map
 * @sector, @unit: see struct zr_address_map; they differ for tree blocks, of which the first sector
 *                 stands for all of them
 */
void zr_address_map_init(struct zr_address_map *map, uint32_t sector, uint32_t unit);
void zr_address_map_free(struct zr_address_map *map);

/*
 * zr_address_map_add_span - have bits for a part of the old logical space
 * @logical, @len: multiples of the sector size, behind the spans that are there
 *
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_address_map_add_span(struct zr_address_map *map, uint64_t logical, uint64_t len,
			    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_address_map_alloc - after the last span: bits, none of them set
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_address_map_alloc(struct zr_address_map *map, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_address_map_keep - set the bits of a range that lies in one span
 */
void zr_address_map_keep(struct zr_address_map *map, uint64_t logical, uint64_t len);

/*
 * zr_address_map_seal - count; nothing is set any more
 */
void zr_address_map_seal(struct zr_address_map *map);

/*
 * zr_address_map_clear_runs, zr_address_map_add_run - where the new addresses are
 * @rank: above that of the last run; 0 for the first one
 *
 * Adding returns 0 or -ZR_E_NO_MEMORY.
 */
void zr_address_map_clear_runs(struct zr_address_map *map);
int zr_address_map_add_run(struct zr_address_map *map, uint64_t rank, uint64_t logical,
			   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_address_map_kept - whether the sector at an address is kept
 */
bool zr_address_map_kept(const struct zr_address_map *map, uint64_t logical);

/*
 * zr_address_map_at - new address of a rank; the map has a run
 */
uint64_t zr_address_map_at(const struct zr_address_map *map, uint64_t rank);

/*
 * zr_address_map_find - new address of what is at an old one; ZR_ADDRESS_NONE if it is not kept
 */
uint64_t zr_address_map_find(const struct zr_address_map *map, uint64_t logical);

/*
 * zr_address_map_source - old address of a rank
 * @rank: below map->set
 */
uint64_t zr_address_map_source(const struct zr_address_map *map, uint64_t rank);

/*
 * zr_address_map_together - how much of a range moves together
 * @logical, @len: multiples of the sector size, not empty
 * @to: set to the new address of its start, ZR_ADDRESS_NONE if that is not kept
 *
 * Returns bytes from the start, at most @len, that are all not kept, or are all kept and lie
 * together at @to. Relies on unit == sector.
 */
uint64_t zr_address_map_together(const struct zr_address_map *map, uint64_t logical, uint64_t len,
				 uint64_t *to);

#endif
