/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading used bytes for a copy: nothing leaves here that was not verified, or counted as having no
 * checksum, or reported as bad. A bad copy is replaced by another one.
 */
#ifndef ZR_SOURCE_VERIFIED_READ_H
#define ZR_SOURCE_VERIFIED_READ_H

#include "data_csum.h"
#include "extent.h"

#include <zreplace/finding.h>

struct zr_reader {
	struct zr_source *source;
	struct zr_csum_lookup csums;
	bool rescue; /* go on where no copy is good */
	bool repaired; /* whether the last read took another copy than the one asked for */
	bool bad; /* whether something in the last read had no good copy */
	/* Called for each bad block or sector; a failure ends the read. May be NULL. */
	int (*found)(void *owner, const struct zr_finding *finding, struct zr_error *err);
	void *owner;
};

/*
 * zr_reader_init - a reader that stops at the first range without a good copy and reports to nobody
 */
void zr_reader_init(struct zr_reader *reader, struct zr_source *source);
void zr_reader_free(struct zr_reader *reader);

/*
 * zr_reader_piece_max - bytes that one zr_reader_read() can take
 */
uint64_t zr_reader_piece_max(const struct zr_reader *reader);

/*
 * zr_reader_read - read and verify a piece of an extent
 * @extent: as zr_extent_walk_next() gave it; a tree block is read whole
 * @stripe: the copy to read first
 * @logical, @len: the piece, inside the extent, multiples of the sector size, at most
 *                 zr_reader_piece_max()
 * @buffer: len bytes, aligned to ZR_BUFFER_ALIGN
 *
 * A tree block is compared with its header as far as the extent item knows it (checksum, bytenr,
 * fsid, generation, level), data with the checksum tree. The kernel's scrub compares the same.
 * When the piece is not good as a whole, every block or sector of it is taken from its first good
 * copy. In a rescue, one without a good copy is taken as it is read, and is zeroes if no copy can
 * be read; data whose checksums cannot be read is taken as it is.
 * Returns 0; without a good copy the failure of the first one, with the logical address in @err;
 * or what found() returned.
 */
int zr_reader_read(struct zr_reader *reader, const struct zr_mapped_chunk *chunk,
		   const struct zr_extent *extent, uint16_t stripe, uint64_t logical, void *buffer,
		   uint64_t len, struct zr_error *err) ZR_NODISCARD;

#endif
