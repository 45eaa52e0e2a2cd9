// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verified_read.h"

#include "chunk_read.h"
#include "ondisk.h"
#include "range.h"

#include <errno.h>
#include <string.h>

typedef unsigned long long ull;

/* The smallest sector is 4 KiB. */
#define ELEMENT_SECTORS (BTRFS_STRIPE_LEN / 4096)

static bool is_tree_block(const struct zr_piece *piece)
{
	return piece->extent.kind == ZR_EXTENT_TREE_BLOCK;
}

static int read_copy(const struct zr_reading *reading, const struct zr_piece *piece,
		     uint16_t mirror, uint64_t len, struct zr_error *err)
{
	return zr_chunk_read(reading->source, piece->chunk, piece->logical, mirror, piece->buffer,
			     len, err);
}

static int verify_tree_block(const struct zr_reading *reading, const struct zr_piece *piece,
			     struct zr_error *err)
{
	const struct zr_extent *extent = &piece->extent;
	const struct zr_block_expect expect = {
		.logical = extent->logical,
		.generation = extent->generation,
		.owner = ZR_ANY_OWNER,
		.level = extent->level,
	};
	struct zr_block block;

	return zr_block_identify(zr_source_check(reading->source, extent->generation),
				 piece->buffer, &expect, &block, err);
}

static int verify_data(const struct zr_reading *reading, const struct zr_piece *piece,
		       struct zr_error *err)
{
	const struct zr_check_context *check = &reading->source->check;
	size_t sector = check->items.sectorsize;
	size_t i;

	for (i = 0; i < piece->len / sector; i++) {
		const uint8_t *stored = piece->csums + i * check->items.csum_size;

		if (!piece->present[i] ||
		    zr_csum_matches(check->csum_type, piece->buffer + i * sector, sector, stored))
			continue;
		return zr_fail(err, ZR_E_CSUM, "data: logical %llu, %s checksum mismatch",
			       (ull)(piece->logical + i * sector), zr_csum_name(check->csum_type));
	}
	return 0;
}

static void count_good(const struct zr_reading *reading, const struct zr_piece *piece)
{
	struct zr_source_counters *counters = reading->counters;
	uint64_t sector = reading->source->super.sectorsize;
	size_t i;

	if (is_tree_block(piece)) {
		counters->metadata += piece->len;
		return;
	}
	for (i = 0; i < piece->len / sector; i++) {
		if (piece->present[i])
			counters->verified += sector;
		else
			counters->unverified += sector;
	}
}

/* Verify what was read; it stays in the buffer if that fails. */
static int verify(const struct zr_reading *reading, const struct zr_piece *piece,
		  struct zr_error *err)
{
	int rc = is_tree_block(piece) ? verify_tree_block(reading, piece, err)
				      : verify_data(reading, piece, err);

	if (!rc)
		count_good(reading, piece);
	return rc;
}

/* What was verified becomes what the caller wants. */
static int edit(const struct zr_reading *reading, const struct zr_piece *piece,
		struct zr_error *err)
{
	if (!reading->edit || !is_tree_block(piece))
		return 0;
	return zr_edit_block(reading->edit,
			     zr_source_check(reading->source, piece->extent.generation),
			     piece->buffer, err);
}

/* @way: that gave what is good, if one did */
static int tell(const struct zr_reading *reading, const struct zr_piece *piece,
		enum zr_finding_kind kind, uint16_t way, int code, struct zr_error *err)
{
	struct zr_finding finding = {
		.kind = kind,
		.logical = piece->logical,
		.len = piece->len,
		.extent = piece->extent.logical,
		.code = code,
		.tree_block = is_tree_block(piece),
		.has_csum = is_tree_block(piece) || piece->csum_code || piece->present[0],
	};
	struct zr_place place;

	if (!reading->found)
		return 0;
	zr_chunk_bad_place(reading->source, piece->chunk, piece->logical, piece->mirror, way,
			   &place);
	finding.devid = place.devid;
	finding.physical = place.physical;
	return reading->found(reading->owner, &finding, err);
}

/* A device that is gone has not lost this range only. */
static bool is_gone(const struct zr_error *reason)
{
	return reason->sys_errno == ENODEV || reason->sys_errno == ENXIO;
}

static bool can_go_on(const struct zr_error *reason)
{
	enum zr_error_class class = zr_error_class(reason->code);

	return (class == ZR_CLASS_CORRUPT || class == ZR_CLASS_SOURCE_IO) && !is_gone(reason);
}

static uint16_t nth_mirror(const struct zr_piece *piece, uint16_t n)
{
	return (uint16_t)((piece->mirror + n) % zr_chunk_ways(piece->chunk));
}

/* No copy is good: take one that can be read, the one that was asked for first. */
static int take_bad(struct zr_reading *reading, const struct zr_piece *piece,
		    const struct zr_error *reason, struct zr_error *err)
{
	uint16_t i;

	if (!reading->rescue || !can_go_on(reason)) {
		if (err && !err->code) {
			*err = *reason;
			err->logical = piece->logical;
		}
		return -reason->code;
	}
	reading->bad = true;
	for (i = 0; i < zr_chunk_ways(piece->chunk); i++) {
		if (read_copy(reading, piece, nth_mirror(piece, i), piece->len, NULL))
			continue;
		reading->counters->damaged += piece->len;
		return tell(reading, piece, ZR_FINDING_DAMAGED, piece->mirror, reason->code, err);
	}
	memset(piece->buffer, 0, piece->len);
	reading->counters->lost += piece->len;
	return tell(reading, piece, ZR_FINDING_LOST, piece->mirror, reason->code, err);
}

static int note_repair(struct zr_reading *reading, const struct zr_piece *piece, uint16_t way,
		       int code, struct zr_error *err)
{
	reading->repaired = true;
	reading->counters->repaired += piece->len;
	return tell(reading, piece, ZR_FINDING_REPAIRED, way, code, err);
}

/* A tree block from its first good copy. */
static int read_block(struct zr_reading *reading, const struct zr_piece *piece,
		      struct zr_error *err)
{
	struct zr_error first = ZR_ERROR_INIT;
	uint16_t i;

	for (i = 0; i < zr_chunk_ways(piece->chunk); i++) {
		uint16_t way = nth_mirror(piece, i);
		int rc = 0;

		if (read_copy(reading, piece, way, piece->len, &first) ||
		    verify(reading, piece, &first))
			continue;
		if (i)
			rc = note_repair(reading, piece, way, first.code, err);
		return rc ? rc : edit(reading, piece, err);
	}
	return take_bad(reading, piece, &first, err);
}

/* Sectors of a piece of data. */
static struct zr_piece part_of(const struct zr_reading *reading, const struct zr_piece *piece,
			       uint64_t first, uint64_t count)
{
	const struct zr_item_context *items = &reading->source->check.items;
	struct zr_piece part = *piece;

	part.logical += first * items->sectorsize;
	part.buffer += first * items->sectorsize;
	part.len = count * items->sectorsize;
	part.present += first;
	part.csums += first * items->csum_size;
	return part;
}

/* Sectors that lie together on each device, and why each of them was not good; 0: not known yet. */
struct element {
	struct zr_piece piece;
	uint64_t count;
	bool good[ELEMENT_SECTORS];
	int codes[ELEMENT_SECTORS];
	struct zr_error reason; /* the first one */
};

static void note_bad(struct element *element, uint64_t sector, const struct zr_error *reason)
{
	if (!element->codes[sector])
		element->codes[sector] = reason->code;
	if (!element->reason.code)
		element->reason = *reason;
}

/* Some sectors that follow each other, at once. */
static int take_run(struct zr_reading *reading, struct element *element, uint64_t first,
		    uint64_t end, uint16_t way, struct zr_error *err)
{
	const struct zr_piece run = part_of(reading, &element->piece, first, end - first);
	struct zr_error reason = ZR_ERROR_INIT;
	bool read = !read_copy(reading, &run, way, run.len, &reason);
	uint64_t i;
	int rc = 0;

	for (i = first; i < end && !rc; i++) {
		const struct zr_piece sector = part_of(reading, &element->piece, i, 1);

		if (read) {
			zr_error_clear(&reason);
			element->good[i] = !verify(reading, &sector, &reason);
		}
		if (!element->good[i])
			note_bad(element, i, &reason);
		else if (way != element->piece.mirror)
			rc = note_repair(reading, &sector, way, element->codes[i], err);
	}
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

			while (end < element->count && !element->good[end])
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
		const struct zr_piece sector = part_of(reading, piece, i, 1);

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

static int read_elements(struct zr_reading *reading, const struct zr_piece *piece,
			 struct zr_error *err)
{
	uint64_t sector = reading->source->check.items.sectorsize;
	uint64_t done = 0;
	int rc = 0;

	while (!rc && done < piece->len / sector) {
		uint64_t count =
			element_len(reading, piece, piece->logical + done * sector) / sector;
		const struct zr_piece part = part_of(reading, piece, done, count);

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

/* Pieces that lie together: one read for all, and a second look at those that were not good. */
static int read_run(struct zr_reading *reading, const struct zr_piece *pieces, size_t count,
		    struct zr_error *err)
{
	const struct zr_piece *last = &pieces[count - 1];
	uint64_t len = last->logical + last->len - pieces[0].logical;
	bool good = !read_copy(reading, &pieces[0], pieces[0].mirror, len, NULL);
	size_t i;

	for (i = 0; i < count; i++) {
		int rc = 0;

		if (pieces[i].csum_code) {
			reading->bad = true;
			/* A kernel that does not find its checksum does not read it either. */
			reading->counters->damaged += pieces[i].len;
			rc = tell(reading, &pieces[i], ZR_FINDING_UNVERIFIABLE, pieces[i].mirror,
				  pieces[i].csum_code, err);
		}
		if (!rc && good && !verify(reading, &pieces[i], NULL))
			rc = edit(reading, &pieces[i], err);
		else if (!rc)
			rc = is_tree_block(&pieces[i]) ? read_block(reading, &pieces[i], err)
						       : read_elements(reading, &pieces[i], err);
		if (rc)
			return rc;
	}
	return 0;
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

	if (!is_tree_block(&piece))
		rc = zr_piece_look_up(&piece, &reader->csums, reader->reading.rescue, err);
	return rc ? rc : zr_pieces_read(&reader->reading, &piece, 1, err);
}
