/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading used bytes for a copy: nothing leaves here that was not verified, or counted as having no
 * checksum, or reported as bad. A bad copy is replaced by another one.
 */
#ifndef ZR_SOURCE_VERIFIED_READ_H
#define ZR_SOURCE_VERIFIED_READ_H

#include "data_csum.h"
#include "edit.h"
#include "extent.h"

#include <zreplace/finding.h>

/* A part of an extent, and what it must match: a tree block as a whole, or sectors of data. */
struct zr_piece {
	const struct zr_mapped_chunk *chunk;
	struct zr_extent extent;
	uint16_t mirror; /* the way to read first, see zr_chunk_ways(): a copy, or 0 with parity */
	uint64_t logical;
	uint64_t len;
	uint8_t *buffer; /* len bytes, aligned to ZR_BUFFER_ALIGN */
	const bool *present; /* of data: whether a sector has a checksum */
	const uint8_t *csums; /* of data: one for each sector, as struct zr_csum_lookup has them */
	int csum_code; /* of data: why its checksums cannot be read, enum zr_error_code, or 0 */
};

/* How pieces are read and who is told; one for each thread that reads. */
struct zr_reading {
	struct zr_source *source;
	struct zr_source_counters *counters;
	bool rescue; /* go on where no copy is good */
	bool repaired; /* whether the last read took another copy than the one asked for */
	bool bad; /* whether something in the last read had no good copy */
	const struct zr_edit *edit; /* what good tree blocks are changed by; NULL for nothing */
	/* Called for each bad block or sector; a failure ends the read. May be NULL. */
	int (*found)(void *owner, const struct zr_finding *finding, struct zr_error *err);
	void *owner;
};

/*
 * zr_pieces_read - read and verify pieces; neighbours whose buffers are neighbours as well are read
 * at once; a piece may lie in several stripes
 *
 * A tree block is compared with its header as far as the extent item knows it (checksum, bytenr,
 * fsid, generation, level), data with its checksums. The kernel's scrub compares the same.
 * When a piece is not good as a whole, every block or sector of it is taken from its first good
 * copy, or is made of the other stripes of its row, see zr_chunk_ways(). What cannot be read in one
 * way is read in the next one up to the end of the stripe element, and by sectors if no way gives
 * all of that. Data without checksum that is made of others must be the same made of P and of Q;
 * where only one of them can be had, it is told as rebuilt. In a rescue, one without a
 * good copy is taken as it is read, and is zeroes if no copy can be read. Tree blocks are edited
 * after they were found to be good. Returns 0; without a good copy the failure of the first one,
 * with the logical address in @err; a code of zr_edit_block(); or what found() returned.
 */
int zr_pieces_read(struct zr_reading *reading, const struct zr_piece *pieces, size_t count,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_piece_look_up - fetch the checksums of a piece of data
 * @csums: keeps them until the next look-up
 * @rescue: checksums that cannot be read are no failure; csum_code says so
 *
 * Returns 0, or a failure of zr_csum_lookup_range().
 */
int zr_piece_look_up(struct zr_piece *piece, struct zr_csum_lookup *csums, bool rescue,
		     struct zr_error *err) ZR_NODISCARD;

/* Reading one piece after the other, with a look-up of its own. */
struct zr_reader {
	struct zr_reading reading;
	struct zr_csum_lookup csums;
};

/*
 * zr_reader_init - a reader that counts in the source's counters, stops at the first range without
 * a good copy and tells nobody
 */
void zr_reader_init(struct zr_reader *reader, struct zr_source *source);
void zr_reader_free(struct zr_reader *reader);

/*
 * zr_reader_piece_max - bytes that one zr_reader_read() can take
 */
uint64_t zr_reader_piece_max(const struct zr_reader *reader);

/*
 * zr_reader_read - look up, read and verify a piece of an extent
 * @extent: as zr_extent_walk_next() gave it; a tree block is read whole
 * @mirror: the copy to read first
 * @logical, @len: the piece, inside the extent, multiples of the sector size, at most
 *                 zr_reader_piece_max()
 * @buffer: len bytes, aligned to ZR_BUFFER_ALIGN
 *
 * Returns as zr_pieces_read() or zr_piece_look_up().
 */
int zr_reader_read(struct zr_reader *reader, const struct zr_mapped_chunk *chunk,
		   const struct zr_extent *extent, uint16_t mirror, uint64_t logical, void *buffer,
		   uint64_t len, struct zr_error *err) ZR_NODISCARD;

#endif
