/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is written to the target at once: a part of a zone with the pieces that fill it.
 */
#ifndef ZR_COPY_UNIT_H
#define ZR_COPY_UNIT_H

#include "engine.h"
#include "verified_read.h"

#include <stdatomic.h>
#include <urcu/wfcqueue.h>

/* Bytes of one write at most. */
#define ZR_UNIT_BYTES (4U << 20)
/* No piece is smaller than the smallest sector. */
#define ZR_UNIT_PIECES (ZR_UNIT_BYTES / 4096)

struct zr_unit {
	uint32_t zone; /* index of the planned zone */
	uint64_t offset; /* in the zone */
	size_t len; /* 0 for a zone that stays empty, and for an end that falls on the end of a unit
		     */
	bool first; /* of its zone */
	bool last; /* of its zone */
	struct zr_piece pieces[ZR_UNIT_PIECES]; /* ascending; zeroes go between them */
	size_t piece_count;
	bool present[ZR_UNIT_PIECES]; /* checksums of all pieces of data, sector by sector */
	uint8_t csums[ZR_UNIT_PIECES * ZR_CSUM_MAX];
	size_t sectors; /* in present and csums */

	uint8_t *buffer;
	size_t size; /* of the buffer */
	size_t made; /* bytes at its end that are in the buffer already */
	uint64_t copied; /* bytes of pieces and made ones; the rest of len is zeroes */
	struct zr_source_counters counters;
	struct zr_finding *findings; /* NULL until there is one */
	size_t finding_count;
	size_t finding_capacity;

	struct cds_wfcq_node node; /* in the queue of units to be read */
	struct zr_unit *next; /* in its zone, or free */
	bool ready; /* read and verified */
};

/*
 * zr_unit_new - an empty unit; NULL if memory runs out
 * @size: of its buffer, at most ZR_UNIT_BYTES, a multiple of every node size
 */
struct zr_unit *zr_unit_new(size_t size);
void zr_unit_free(struct zr_unit *unit);

/*
 * zr_unit_clear - begin with a new part of a zone
 */
void zr_unit_clear(struct zr_unit *unit, uint32_t zone, uint64_t offset);

/*
 * zr_unit_add - append a piece; of data with its checksums
 * @piece: its buffer need not be set
 * @rescue: see zr_piece_look_up()
 *
 * The unit has room for it, and no piece more than ZR_UNIT_PIECES.
 * Returns 0 or an error of zr_piece_look_up().
 */
int zr_unit_add(struct zr_unit *unit, const struct zr_piece *piece, struct zr_csum_lookup *csums,
		bool rescue, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_unit_has_bytes - whether there is anything but zeroes in it
 */
static inline bool zr_unit_has_bytes(const struct zr_unit *unit)
{
	return unit->piece_count || unit->made;
}

/*
 * zr_unit_fill - read, verify and edit the pieces, with zeroes between them
 *
 * What was found to be bad is kept in the unit. May run in any thread.
 * Returns 0, -ZR_E_CANCELLED if the copy is cancelled while bad sectors are read, -ZR_E_NO_MEMORY,
 * or a failure of reading or editing.
 */
int zr_unit_fill(struct zr_unit *unit, const struct zr_copy *copy,
		 struct zr_error *err) ZR_NODISCARD;

#endif
