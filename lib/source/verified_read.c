// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verified_read.h"

#include <errno.h>
#include <string.h>

typedef unsigned long long ull;

/* What is read now. The checksums of a whole piece are looked up at once, so its parts know where
 * it began. */
struct part {
	const struct zr_mapped_chunk *chunk;
	const struct zr_extent *extent;
	uint16_t stripe; /* the copy that was asked for */
	uint64_t piece; /* logical address of the piece */
	uint64_t logical;
	uint64_t len;
	uint8_t *buffer;
};

void zr_reader_init(struct zr_reader *reader, struct zr_source *source)
{
	reader->source = source;
	reader->rescue = false;
	reader->repaired = false;
	reader->bad = false;
	reader->found = NULL;
	reader->owner = NULL;
	zr_csum_lookup_init(&reader->csums, source);
}

void zr_reader_free(struct zr_reader *reader)
{
	zr_csum_lookup_free(&reader->csums);
}

uint64_t zr_reader_piece_max(const struct zr_reader *reader)
{
	return (uint64_t)ZR_CSUM_SECTORS * reader->source->super.sectorsize;
}

static bool is_tree_block(const struct part *part)
{
	return part->extent->kind == ZR_EXTENT_TREE_BLOCK;
}

static size_t first_sector(const struct zr_reader *reader, const struct part *part)
{
	return (size_t)((part->logical - part->piece) / reader->source->super.sectorsize);
}

static int read_copy(struct zr_reader *reader, const struct part *part, uint16_t mirror,
		     struct zr_error *err)
{
	struct zr_place place;
	int rc = zr_chunk_map_place(part->chunk, part->logical, mirror, &place, err);

	return rc ? rc
		  : zr_source_read(reader->source, place.physical, part->buffer, part->len, err);
}

static int verify_tree_block(const struct zr_reader *reader, const struct part *part,
			     struct zr_error *err)
{
	const struct zr_extent *extent = part->extent;
	const struct zr_block_expect expect = {
		.logical = extent->logical,
		.generation = extent->generation,
		.owner = ZR_ANY_OWNER,
		.level = extent->level,
	};
	struct zr_block block;

	return zr_block_identify(zr_source_check(reader->source, extent->generation), part->buffer,
				 &expect, &block, err);
}

/* The checksums of the piece have been looked up. */
static int verify_data(const struct zr_reader *reader, const struct part *part,
		       struct zr_error *err)
{
	const struct zr_check_context *check = &reader->source->check;
	size_t sector = check->items.sectorsize;
	size_t first = first_sector(reader, part);
	size_t i;

	for (i = 0; i < part->len / sector; i++) {
		const uint8_t *stored = reader->csums.csums + (first + i) * check->items.csum_size;

		if (!reader->csums.present[first + i] ||
		    zr_csum_matches(check->csum_type, part->buffer + i * sector, sector, stored))
			continue;
		return zr_fail(err, ZR_E_CSUM, "data: logical %llu, %s checksum mismatch",
			       (ull)(part->logical + i * sector), zr_csum_name(check->csum_type));
	}
	return 0;
}

static void count_good(struct zr_reader *reader, const struct part *part)
{
	struct zr_source_counters *counters = &reader->source->counters;
	uint64_t sector = reader->source->super.sectorsize;
	size_t first = first_sector(reader, part);
	size_t i;

	if (is_tree_block(part)) {
		counters->metadata += part->len;
		return;
	}
	for (i = 0; i < part->len / sector; i++) {
		if (reader->csums.present[first + i])
			counters->verified += sector;
		else
			counters->unverified += sector;
	}
}

/* Read one copy and verify it; what was read stays in the buffer if that fails. */
static int read_good(struct zr_reader *reader, const struct part *part, uint16_t mirror,
		     struct zr_error *err)
{
	int rc = read_copy(reader, part, mirror, err);

	if (!rc)
		rc = is_tree_block(part) ? verify_tree_block(reader, part, err)
					 : verify_data(reader, part, err);
	if (!rc)
		count_good(reader, part);
	return rc;
}

static int report(struct zr_reader *reader, const struct part *part, enum zr_finding_kind kind,
		  int code, struct zr_error *err)
{
	struct zr_finding finding = {
		.kind = kind,
		.logical = part->logical,
		.len = part->len,
		.extent = part->extent->logical,
		.code = code,
		.tree_block = is_tree_block(part),
		.has_csum = is_tree_block(part) || kind == ZR_FINDING_UNVERIFIABLE ||
			    reader->csums.present[first_sector(reader, part)],
	};
	struct zr_place place;
	int rc = zr_chunk_map_place(part->chunk, part->logical, part->stripe, &place, err);

	if (rc || !reader->found)
		return rc;
	finding.devid = place.devid;
	finding.physical = place.physical;
	return reader->found(reader->owner, &finding, err);
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

/* No copy is good: take one that can be read, the one that was asked for first. */
static int take_bad(struct zr_reader *reader, const struct part *part,
		    const struct zr_error *reason, struct zr_error *err)
{
	struct zr_source_counters *counters = &reader->source->counters;
	uint16_t i;

	if (!reader->rescue || !can_go_on(reason)) {
		if (err && !err->code) {
			*err = *reason;
			err->logical = part->logical;
		}
		return -reason->code;
	}
	reader->bad = true;
	for (i = 0; i < part->chunk->stripe_count; i++) {
		uint16_t mirror = (uint16_t)((part->stripe + i) % part->chunk->stripe_count);

		if (read_copy(reader, part, mirror, NULL))
			continue;
		counters->damaged += part->len;
		return report(reader, part, ZR_FINDING_DAMAGED, reason->code, err);
	}
	memset(part->buffer, 0, part->len);
	counters->lost += part->len;
	return report(reader, part, ZR_FINDING_LOST, reason->code, err);
}

/* A block or sector from its first good copy. */
static int read_unit(struct zr_reader *reader, const struct part *part, struct zr_error *err)
{
	struct zr_error first = ZR_ERROR_INIT;
	uint16_t i;

	for (i = 0; i < part->chunk->stripe_count; i++) {
		uint16_t mirror = (uint16_t)((part->stripe + i) % part->chunk->stripe_count);

		if (read_good(reader, part, mirror, &first))
			continue;
		if (!i)
			return 0;
		reader->repaired = true;
		reader->source->counters.repaired += part->len;
		return report(reader, part, ZR_FINDING_REPAIRED, first.code, err);
	}
	return take_bad(reader, part, &first, err);
}

static int read_units(struct zr_reader *reader, const struct part *whole, struct zr_error *err)
{
	struct part part = *whole;
	uint64_t done = 0;
	int rc = 0;

	if (!is_tree_block(whole))
		part.len = reader->source->super.sectorsize;
	while (!rc && done < whole->len) {
		part.logical = whole->logical + done;
		part.buffer = whole->buffer + done;
		rc = read_unit(reader, &part, err);
		done += part.len;
	}
	return rc;
}

/* "Has none" and "could not tell" are different: the second is an error, or a finding. */
static int look_up(struct zr_reader *reader, const struct part *part, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc = zr_csum_lookup_range(&reader->csums, part->logical, part->len, &reason);

	if (!rc)
		return 0;
	if (!reader->rescue || !can_go_on(&reason)) {
		if (err && !err->code)
			*err = reason;
		return rc;
	}
	memset(reader->csums.present, 0, sizeof(reader->csums.present));
	reader->bad = true;
	return report(reader, part, ZR_FINDING_UNVERIFIABLE, reason.code, err);
}

int zr_reader_read(struct zr_reader *reader, const struct zr_mapped_chunk *chunk,
		   const struct zr_extent *extent, uint16_t stripe, uint64_t logical, void *buffer,
		   uint64_t len, struct zr_error *err)
{
	const struct part part = {
		.chunk = chunk,
		.extent = extent,
		.stripe = stripe,
		.piece = logical,
		.logical = logical,
		.len = len,
		.buffer = buffer,
	};
	int rc = 0;

	reader->repaired = false;
	reader->bad = false;
	if (!is_tree_block(&part))
		rc = look_up(reader, &part, err);
	if (rc || !read_good(reader, &part, stripe, NULL))
		return rc;
	return read_units(reader, &part, err);
}
