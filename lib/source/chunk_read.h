/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading logical bytes in one of the ways that a profile has for them. Nothing is verified here.
 */
#ifndef ZR_SOURCE_CHUNK_READ_H
#define ZR_SOURCE_CHUNK_READ_H

#include "source.h"

/*
 * zr_chunk_place - where a way begins to read a byte
 * @way: below zr_chunk_ways()
 *
 * A copy on a device that is missing is passed over for the next one that is there. With parity it
 * is the place of the byte itself, whatever the way.
 */
void zr_chunk_place(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
		    uint64_t logical, uint16_t way, struct zr_place *place);

/*
 * zr_chunk_bad_place - what is wrong when bytes are bad in one way and good in another one
 * @bad, @good: ways; the same if there is no good one
 *
 * With parity it is the place of the byte itself; if that is on a missing device it is what lies
 * there in the stripe that the good way did without.
 */
void zr_chunk_bad_place(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
			uint64_t logical, uint16_t bad, uint16_t good, struct zr_place *place);

/*
 * zr_chunk_is_made - whether a way makes a byte of other stripes
 */
bool zr_chunk_is_made(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
		      uint64_t logical, uint16_t way);

/*
 * zr_chunk_read - read bytes of a chunk, from as many places as they lie in
 * @way: below zr_chunk_ways(): number of the copy, or for a profile with parity: 0 reads what is
 *       stored and makes from the others only what lies on a missing device; 1 takes the data for
 *       bad; each of the rest of them takes one more stripe of the row for bad
 * @logical, @len: multiples of the sector size
 *
 * Memory for a profile with parity is one stripe element.
 * Returns 0, -ZR_E_RANGE for bytes behind the end of the chunk, -ZR_E_PROFILE for parity on a zoned
 * file system, -ZR_E_NO_MEMORY, or as zr_source_read().
 * The kernel: btrfs_map_block(), raid56_parity_recover().
 */
int zr_chunk_read(struct zr_source *source, const struct zr_mapped_chunk *chunk, uint64_t logical,
		  uint16_t way, void *buffer, uint64_t len, struct zr_error *err) ZR_NODISCARD;

#endif
