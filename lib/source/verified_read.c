// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verified_read.h"

#include "buffer.h"
#include "chunk_read.h"
#include "ondisk.h"
#include "piece.h"
#include "range.h"
#include "reason.h"
#include "rebuild.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* The smallest sector is 4 KiB. */
#define ELEMENT_SECTORS (BTRFS_STRIPE_LEN / 4096)

static const struct zr_check_context *context_of(const struct zr_reading *reading,
						 const struct zr_block *block)
{
	return zr_source_check(reading->source, block->generation);
}

/* What was verified becomes what the caller wants. */
static int edit(const struct zr_reading *reading, const struct zr_piece *piece,
		struct zr_error *err)
{
	struct zr_block block;

	if (!reading->edit || !zr_piece_is_block(piece))
		return 0;
	zr_block_view(&block, piece->buffer, (uint32_t)piece->len);
	return zr_edit_block(reading->edit, context_of(reading, &block), piece->buffer, err);
}

static bool can_go_on(const struct zr_error *reason)
{
	enum zr_error_class class = zr_error_class(reason->code);

	return (class == ZR_CLASS_CORRUPT || class == ZR_CLASS_SOURCE_IO) &&
	       !zr_error_is_gone(reason);
}

static uint16_t nth_mirror(const struct zr_piece *piece, uint16_t n)
{
	return (uint16_t)((piece->mirror + n) % zr_chunk_ways(piece->chunk));
}

/*
 * Whether a block is what it says of itself. Its parent may want it then, and not what its extent
 * item describes.
 */
static bool stands_alone(const struct zr_reading *reading, const struct zr_piece *piece)
{
	const struct zr_block_expect expect = {
		.logical = piece->logical,
		.generation = ZR_ANY_GENERATION,
		.owner = ZR_ANY_OWNER,
		.level = ZR_ANY_LEVEL,
	};
	struct zr_block block;

	zr_block_view(&block, piece->buffer, (uint32_t)piece->len);
	return !zr_block_identify(context_of(reading, &block), piece->buffer, &expect, &block,
				  NULL);
}

/* The first copy that can be read. @alone: and is a block that stands alone */
static bool read_bad(const struct zr_reading *reading, const struct zr_piece *piece, bool alone)
{
	uint16_t i;

	for (i = 0; i < zr_chunk_ways(piece->chunk); i++)
		if (!zr_piece_read(reading, piece, nth_mirror(piece, i), piece->len, NULL) &&
		    (!alone || stands_alone(reading, piece)))
			return true;
	return false;
}

static int fail_for(const struct zr_error *reason, const struct zr_piece *piece,
		    struct zr_error *err)
{
	if (err && !err->code) {
		*err = *reason;
		err->logical = piece->logical;
	}
	return -reason->code;
}

/* No copy is good: take one that can be read, the one that was asked for first. */
static int take_bad(struct zr_reading *reading, const struct zr_piece *piece,
		    const struct zr_error *reason, struct zr_error *err)
{
	bool alone;
	int rc;

	if (!reading->rescue || !can_go_on(reason))
		return fail_for(reason, piece, err);
	reading->bad = true;
	alone = zr_piece_is_block(piece) && read_bad(reading, piece, true);
	if (alone || read_bad(reading, piece, false)) {
		reading->counters->damaged += piece->len;
		rc = zr_piece_tell(reading, piece, ZR_FINDING_DAMAGED, piece->mirror, reason->code,
				   err);
		return rc || !alone ? rc : edit(reading, piece, err);
	}
	memset(piece->buffer, 0, piece->len);
	reading->counters->lost += piece->len;
	return zr_piece_tell(reading, piece, ZR_FINDING_LOST, piece->mirror, reason->code, err);
}

/* A tree block from its first good copy. */
static int read_block(struct zr_reading *reading, const struct zr_piece *piece,
		      struct zr_error *err)
{
	struct zr_error first = ZR_ERROR_INIT;
	uint16_t i;

	for (i = 0; i < zr_chunk_ways(piece->chunk); i++) {
		struct zr_error reason = ZR_ERROR_INIT;
		uint16_t way = nth_mirror(piece, i);
		int rc = 0;

		if (!zr_piece_read(reading, piece, way, piece->len, &reason) &&
		    !zr_piece_verify(reading, piece, &reason)) {
			if (i)
				rc = zr_piece_repaired(reading, piece, way, first.code, err);
			return rc ? rc : edit(reading, piece, err);
		}
		if (reason.code == ZR_E_NO_MEMORY)
			return zr_fail_nomem(err);
		zr_reason_keep(&first, &reason);
	}
	return take_bad(reading, piece, &first, err);
}

/* Sectors that lie together on each device. */
struct element {
	struct zr_piece piece;
	uint64_t count;
	bool good[ELEMENT_SECTORS];
	bool settled[ELEMENT_SECTORS]; /* good, or known to be good in no way */
	int codes[ELEMENT_SECTORS]; /* why they were not good; 0: not known yet */
	struct zr_error reason; /* the one that counts, see zr_reason_keep() */
};

static void note_bad(struct element *element, uint64_t sector, const struct zr_error *reason)
{
	if (!element->codes[sector])
		element->codes[sector] = reason->code;
	zr_reason_keep(&element->reason, reason);
}

/* Whether a way makes sectors of an element of others, and there is one that has no checksum. */
static bool is_unproven(const struct zr_reading *reading, const struct zr_piece *run, uint16_t way)
{
	uint64_t i;

	if (run->csum_code || !zr_chunk_is_made(reading->source, run->chunk, run->logical, way))
		return false;
	for (i = 0; i < run->len / reading->source->check.items.sectorsize; i++)
		if (!run->present[i])
			return true;
	return false;
}

/* The same sectors, made in another way; NULL if there is none. */
static int make_again(const struct zr_reading *reading, const struct zr_piece *run, uint16_t way,
		      uint8_t **again, struct zr_error *err)
{
	*again = zr_buffer_alloc(run->len);
	if (!*again)
		return zr_fail_nomem(err);
	if (zr_rebuild_again(reading->source, run->chunk, run->logical, way, *again, run->len,
			     NULL)) {
		free(*again);
		*again = NULL;
	}
	return 0;
}

/* Only the device that has it could tell whether a sector is right, and that may come back. */
static int tell_unproven(struct zr_reading *reading, const struct element *element, uint64_t number,
			 const struct zr_piece *sector, struct zr_error *err)
{
	int code = element->codes[number] ? element->codes[number] : ZR_E_MISSING;

	if (zr_error_is_gone(&element->reason))
		return fail_for(&element->reason, sector, err);
	return zr_piece_tell(reading, sector, ZR_FINDING_REBUILT, sector->mirror, code, err);
}

/* A sector that was read. @again: the same, made in another way; NULL if it was not. */
static int judge(struct zr_reading *reading, struct element *element, uint64_t number, uint16_t way,
		 const uint8_t *again, struct zr_error *err)
{
	const struct zr_piece sector = zr_piece_part(reading, &element->piece, number, 1);
	struct zr_error reason = ZR_ERROR_INIT;

	if (again && !sector.present[0] && memcmp(again, sector.buffer, sector.len)) {
		zr_fail(&reason, ZR_E_CSUM,
			"data: logical %llu, without checksum, made of P it is not what it is made "
			"of Q",
			(ull)sector.logical);
		element->settled[number] = true;
	} else {
		element->good[number] = !zr_piece_verify(reading, &sector, &reason);
	}
	if (!element->good[number]) {
		note_bad(element, number, &reason);
		return 0;
	}
	element->settled[number] = true;
	reading->repaired |= way != element->piece.mirror;
	if (!again && is_unproven(reading, &sector, way))
		return tell_unproven(reading, element, number, &sector, err);
	if (way == element->piece.mirror)
		return 0;
	return zr_piece_repaired(reading, &sector, way, element->codes[number], err);
}

/* Some sectors that follow each other, at once. */
static int take_run(struct zr_reading *reading, struct element *element, uint64_t first,
		    uint64_t end, uint16_t way, struct zr_error *err)
{
	const struct zr_piece run = zr_piece_part(reading, &element->piece, first, end - first);
	zr_autofree uint8_t *again = NULL;
	struct zr_error reason = ZR_ERROR_INIT;
	uint64_t i;
	int rc = 0;

	if (zr_piece_read(reading, &run, way, run.len, &reason)) {
		if (reason.code == ZR_E_NO_MEMORY)
			return zr_fail_nomem(err);
		for (i = first; i < end; i++)
			note_bad(element, i, &reason);
		return 0;
	}
	if (is_unproven(reading, &run, way))
		rc = make_again(reading, &run, way, &again, err);
	for (i = first; i < end && !rc; i++)
		rc = judge(reading, element, i, way,
			   again ? again + (i - first) * (run.len / (end - first)) : NULL, err);
	return rc;
}

/* In each of the ways, what was not good in those before. */
static int take_element(struct zr_reading *reading, struct element *element, struct zr_error *err)
{
	uint16_t n;
	int rc = 0;

	for (n = 0; n < zr_chunk_ways(element->piece.chunk) && !rc; n++) {
		uint64_t first = 0;

		while (first < element->count && !rc) {
			uint64_t end = first;

			while (end < element->count && !element->settled[end])
				end++;
			if (end > first)
				rc = take_run(reading, element, first, end,
					      nth_mirror(&element->piece, n), err);
			first = end + 1;
		}
	}
	return rc;
}

static int read_sector(struct zr_reading *reading, const struct zr_piece *sector,
		       struct zr_error *err)
{
	struct element element = { .piece = *sector, .count = 1, .reason = ZR_ERROR_INIT };
	int rc = take_element(reading, &element, err);

	return rc || element.good[0] ? rc : take_bad(reading, sector, &element.reason, err);
}

/* A read of several sectors fails as a whole, so that each is tried at last. */
static int read_element(struct zr_reading *reading, const struct zr_piece *piece, uint64_t count,
			struct zr_error *err)
{
	struct element element = { .piece = *piece, .count = count, .reason = ZR_ERROR_INIT };
	uint64_t i;
	int rc = take_element(reading, &element, err);

	for (i = 0; i < count && !rc; i++) {
		const struct zr_piece sector = zr_piece_part(reading, piece, i, 1);

		if (!element.good[i])
			rc = read_sector(reading, &sector, err);
	}
	return rc;
}

/* Where neither another way nor another device can help, sectors are all that is left to try. */
static uint64_t element_len(const struct zr_reading *reading, const struct zr_piece *piece,
			    uint64_t logical)
{
	const struct zr_mapped_chunk *chunk = piece->chunk;
	uint64_t rest = piece->logical + piece->len - logical;
	struct zr_place place;

	if (zr_chunk_ways(chunk) == 1 && zr_chunk_columns(chunk) == 1)
		return reading->source->super.sectorsize;
	zr_chunk_place(reading->source, chunk, logical, piece->mirror, &place);
	return zr_min64(zr_min64(place.len, BTRFS_STRIPE_LEN), rest);
}

/* The element behind some sectors of a piece. Returns how many it has, 0 at the end. */
static uint64_t next_element(const struct zr_reading *reading, const struct zr_piece *piece,
			     uint64_t done, struct zr_piece *part)
{
	uint64_t sector = reading->source->check.items.sectorsize;
	uint64_t count;

	if (done == piece->len / sector)
		return 0;
	count = element_len(reading, piece, piece->logical + done * sector) / sector;
	*part = zr_piece_part(reading, piece, done, count);
	return count;
}

static bool has_unproven(const struct zr_reading *reading, const struct zr_piece *piece)
{
	struct zr_piece part;
	uint64_t done = 0;
	uint64_t count;

	if (!zr_chunk_has_parity(piece->chunk))
		return false;
	for (; (count = next_element(reading, piece, done, &part)); done += count)
		if (is_unproven(reading, &part, piece->mirror))
			return true;
	return false;
}

static int read_elements(struct zr_reading *reading, const struct zr_piece *piece,
			 struct zr_error *err)
{
	struct zr_piece part;
	uint64_t done = 0;
	uint64_t count;
	int rc = 0;

	while (!rc && (count = next_element(reading, piece, done, &part))) {
		rc = count > 1 ? read_element(reading, &part, count, err)
			       : read_sector(reading, &part, err);
		done += count;
	}
	return rc;
}

/* Whether a piece can be read together with the one before it. */
static bool continues(const struct zr_piece *last, const struct zr_piece *next)
{
	return last->chunk == next->chunk && last->mirror == next->mirror &&
	       last->logical + last->len == next->logical &&
	       last->buffer + last->len == next->buffer;
}

static int tell_unverifiable(struct zr_reading *reading, const struct zr_piece *piece,
			     struct zr_error *err)
{
	reading->bad = true;
	/* A kernel that does not find its checksum does not read it either. */
	reading->counters->damaged += piece->len;
	return zr_piece_tell(reading, piece, ZR_FINDING_UNVERIFIABLE, piece->mirror,
			     piece->csum_code, err);
}

/* @read: whether all of it is in its buffer */
static int take_piece(struct zr_reading *reading, const struct zr_piece *piece, bool read,
		      struct zr_error *err)
{
	if (zr_piece_is_block(piece))
		return read && !zr_piece_verify(reading, piece, NULL)
			       ? edit(reading, piece, err)
			       : read_block(reading, piece, err);
	if (read && !has_unproven(reading, piece) && !zr_piece_verify(reading, piece, NULL))
		return 0;
	return read_elements(reading, piece, err);
}

/* Pieces that lie together: one read for all, and a second look at those that were not good. */
static int read_run(struct zr_reading *reading, const struct zr_piece *pieces, size_t count,
		    struct zr_error *err)
{
	const struct zr_piece *last = &pieces[count - 1];
	uint64_t len = last->logical + last->len - pieces[0].logical;
	bool read = !zr_piece_read(reading, &pieces[0], pieces[0].mirror, len, NULL);
	size_t i;
	int rc = 0;

	for (i = 0; i < count && !rc; i++) {
		if (pieces[i].csum_code)
			rc = tell_unverifiable(reading, &pieces[i], err);
		if (!rc)
			rc = take_piece(reading, &pieces[i], read, err);
	}
	return rc;
}

int zr_pieces_read(struct zr_reading *reading, const struct zr_piece *pieces, size_t count,
		   struct zr_error *err)
{
	size_t first = 0;

	reading->repaired = false;
	reading->bad = false;
	while (first < count) {
		size_t end = first + 1;
		int rc;

		while (end < count && continues(&pieces[end - 1], &pieces[end]))
			end++;
		rc = read_run(reading, pieces + first, end - first, err);
		if (rc)
			return rc;
		first = end;
	}
	return 0;
}

/* "Has none" and "could not tell" are different: the second is an error, or a finding. */
int zr_piece_look_up(struct zr_piece *piece, struct zr_csum_lookup *csums, bool rescue,
		     struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc = zr_csum_lookup_range(csums, piece->logical, piece->len, &reason);

	piece->present = csums->present;
	piece->csums = csums->csums;
	piece->csum_code = 0;
	if (!rc)
		return 0;
	if (!rescue || !can_go_on(&reason)) {
		if (err && !err->code)
			*err = reason;
		return rc;
	}
	memset(csums->present, 0, sizeof(csums->present));
	piece->csum_code = reason.code;
	return 0;
}

void zr_reader_init(struct zr_reader *reader, struct zr_source *source)
{
	reader->reading = (struct zr_reading){
		.source = source,
		.counters = &source->counters,
	};
	zr_csum_lookup_init(&reader->csums, source);
}

void zr_reader_free(struct zr_reader *reader)
{
	zr_csum_lookup_free(&reader->csums);
}

uint64_t zr_reader_piece_max(const struct zr_reader *reader)
{
	return (uint64_t)ZR_CSUM_SECTORS * reader->reading.source->super.sectorsize;
}

int zr_reader_read(struct zr_reader *reader, const struct zr_mapped_chunk *chunk,
		   const struct zr_extent *extent, uint16_t mirror, uint64_t logical, void *buffer,
		   uint64_t len, struct zr_error *err)
{
	struct zr_piece piece = {
		.chunk = chunk,
		.extent = *extent,
		.mirror = mirror,
		.logical = logical,
		.len = len,
		.buffer = buffer,
	};
	int rc = 0;

	if (!zr_piece_is_block(&piece))
		rc = zr_piece_look_up(&piece, &reader->csums, reader->reading.rescue, err);
	return rc ? rc : zr_pieces_read(&reader->reading, &piece, 1, err);
}
