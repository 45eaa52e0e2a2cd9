/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done with one piece that is read: it is read in a way, verified, and told of.
 */
#ifndef ZR_SOURCE_PIECE_H
#define ZR_SOURCE_PIECE_H

#include "verified_read.h"

/*
 * zr_piece_is_block - whether it is a tree block, which is good or bad as a whole
 */
bool zr_piece_is_block(const struct zr_piece *piece);

/*
 * zr_piece_part - some sectors of a piece of data
 * @first, @count: sectors
 */
struct zr_piece zr_piece_part(const struct zr_reading *reading, const struct zr_piece *piece,
			      uint64_t first, uint64_t count);

/*
 * zr_piece_read - read a piece, or @len bytes from its start on, see zr_chunk_read()
 */
int zr_piece_read(const struct zr_reading *reading, const struct zr_piece *piece, uint16_t way,
		  uint64_t len, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_piece_verify - verify what was read, and count it if it is good; it stays in the buffer if not
 * Returns 0 or what zr_block_identify() finds, for data -ZR_E_CSUM.
 */
int zr_piece_verify(const struct zr_reading *reading, const struct zr_piece *piece,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_piece_tell - tell of a piece that is not good
 * @way: that gave what is good; the piece's own if none did
 * @code: why it is not good
 *
 * Returns what found() returned.
 */
int zr_piece_tell(const struct zr_reading *reading, const struct zr_piece *piece,
		  enum zr_finding_kind kind, uint16_t way, int code,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_piece_repaired - the same for one that another way gave, and count it
 */
int zr_piece_repaired(struct zr_reading *reading, const struct zr_piece *piece, uint16_t way,
		      int code, struct zr_error *err) ZR_NODISCARD;

#endif
