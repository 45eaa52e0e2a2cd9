// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verified_read.h"

#include <string.h>

typedef unsigned long long ull;

void zr_reader_init(struct zr_reader *reader, struct zr_source *source)
{
	reader->source = source;
	reader->repaired = false;
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

static int read_copy(struct zr_reader *reader, const struct zr_mapped_chunk *chunk, uint16_t mirror,
		     uint64_t logical, void *buffer, uint64_t len, struct zr_error *err)
{
	struct zr_place place;
	int rc = zr_chunk_map_place(chunk, logical, mirror, &place, err);

	return rc ? rc : zr_source_read(reader->source, place.physical, buffer, len, err);
}

static int verify_tree_block(const struct zr_reader *reader, const struct zr_extent *extent,
			     const uint8_t *buffer, struct zr_error *err)
{
	const struct zr_block_expect expect = {
		.logical = extent->logical,
		.generation = extent->generation,
		.owner = ZR_ANY_OWNER,
		.level = extent->level,
	};
	struct zr_block block;

	return zr_block_identify(zr_source_check(reader->source, extent->generation), buffer,
				 &expect, &block, err);
}

/* The checksums of the piece have been looked up. */
static int verify_data(const struct zr_reader *reader, uint64_t logical, const uint8_t *buffer,
		       uint64_t len, struct zr_error *err)
{
	const struct zr_check_context *check = &reader->source->check;
	size_t sector = check->items.sectorsize;
	size_t count = len / sector;
	size_t i;

	for (i = 0; i < count; i++) {
		const uint8_t *stored = reader->csums.csums + i * check->items.csum_size;

		if (!reader->csums.present[i] ||
		    zr_csum_matches(check->csum_type, buffer + i * sector, sector, stored))
			continue;
		return zr_fail(err, ZR_E_CSUM, "data: logical %llu, %s checksum mismatch",
			       (ull)(logical + i * sector), zr_csum_name(check->csum_type));
	}
	return 0;
}

static void count_data(struct zr_reader *reader, uint64_t len)
{
	struct zr_source_counters *counters = &reader->source->counters;
	uint64_t sector = reader->source->super.sectorsize;
	size_t i;

	for (i = 0; i < len / sector; i++) {
		if (reader->csums.present[i])
			counters->verified += sector;
		else
			counters->unverified += sector;
	}
}

static int read_and_verify(struct zr_reader *reader, const struct zr_mapped_chunk *chunk,
			   const struct zr_extent *extent, uint16_t mirror, uint64_t logical,
			   void *buffer, uint64_t len, struct zr_error *err)
{
	int rc = read_copy(reader, chunk, mirror, logical, buffer, len, err);

	if (rc)
		return rc;
	if (extent->kind == ZR_EXTENT_TREE_BLOCK)
		return verify_tree_block(reader, extent, buffer, err);
	return verify_data(reader, logical, buffer, len, err);
}

int zr_reader_read(struct zr_reader *reader, const struct zr_mapped_chunk *chunk,
		   const struct zr_extent *extent, uint16_t stripe, uint64_t logical, void *buffer,
		   uint64_t len, struct zr_error *err)
{
	struct zr_error first = ZR_ERROR_INIT;
	uint16_t i;
	int rc = 0;

	if (extent->kind == ZR_EXTENT_DATA)
		rc = zr_csum_lookup_range(&reader->csums, logical, len, err);
	if (rc)
		return rc;
	for (i = 0; i < chunk->stripe_count; i++) {
		uint16_t mirror = (uint16_t)((stripe + i) % chunk->stripe_count);

		rc = read_and_verify(reader, chunk, extent, mirror, logical, buffer, len, &first);
		if (rc)
			continue;
		reader->repaired = i > 0;
		if (reader->repaired)
			reader->source->counters.repaired++;
		if (extent->kind == ZR_EXTENT_DATA)
			count_data(reader, len);
		else
			reader->source->counters.metadata += len;
		return 0;
	}
	if (err && !err->code) {
		*err = first;
		err->logical = logical;
	}
	return -first.code;
}
