// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verified_read.h"

#include "chunk_read.h"

#include <errno.h>
#include <string.h>

typedef unsigned long long ull;

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

static int tell(const struct zr_reading *reading, const struct zr_piece *piece,
		enum zr_finding_kind kind, int code, struct zr_error *err)
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
	zr_chunk_place(reading->source, piece->chunk, piece->logical, piece->mirror, &place);
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
		return tell(reading, piece, ZR_FINDING_DAMAGED, reason->code, err);
	}
	memset(piece->buffer, 0, piece->len);
	reading->counters->lost += piece->len;
	return tell(reading, piece, ZR_FINDING_LOST, reason->code, err);
}

/* A block or sector from its first good copy. */
static int read_unit(struct zr_reading *reading, const struct zr_piece *piece, struct zr_error *err)
{
	struct zr_error first = ZR_ERROR_INIT;
	uint16_t i;
	int rc = 0;

	for (i = 0; i < zr_chunk_ways(piece->chunk); i++) {
		if (read_copy(reading, piece, nth_mirror(piece, i), piece->len, &first) ||
		    verify(reading, piece, &first))
			continue;
		if (i) {
			reading->repaired = true;
			reading->counters->repaired += piece->len;
			rc = tell(reading, piece, ZR_FINDING_REPAIRED, first.code, err);
		}
		return rc ? rc : edit(reading, piece, err);
	}
	return take_bad(reading, piece, &first, err);
}

static int read_units(struct zr_reading *reading, const struct zr_piece *piece,
		      struct zr_error *err)
{
	const struct zr_check_context *check = &reading->source->check;
	uint64_t sector = check->items.sectorsize;
	struct zr_piece unit = *piece;
	int rc = 0;

	if (is_tree_block(piece))
		return read_unit(reading, piece, err);
	unit.len = sector;
	while (!rc && unit.logical < piece->logical + piece->len) {
		rc = read_unit(reading, &unit, err);
		unit.logical += sector;
		unit.buffer += sector;
		unit.present++;
		unit.csums += check->items.csum_size;
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
			rc = tell(reading, &pieces[i], ZR_FINDING_UNVERIFIABLE, pieces[i].csum_code,
				  err);
		}
		if (!rc && good && !verify(reading, &pieces[i], NULL))
			rc = edit(reading, &pieces[i], err);
		else if (!rc)
			rc = read_units(reading, &pieces[i], err);
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
