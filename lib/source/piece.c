// SPDX-License-Identifier: LGPL-2.1-or-later
#include "piece.h"

#include "chunk_read.h"

typedef unsigned long long ull;

bool zr_piece_is_block(const struct zr_piece *piece)
{
	return piece->extent.kind == ZR_EXTENT_TREE_BLOCK;
}

int zr_piece_read(const struct zr_reading *reading, const struct zr_piece *piece, uint16_t way,
		  uint64_t len, struct zr_error *err)
{
	return zr_chunk_read(reading->source, piece->chunk, piece->logical, way, piece->buffer, len,
			     err);
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

	if (zr_piece_is_block(piece)) {
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

int zr_piece_verify(const struct zr_reading *reading, const struct zr_piece *piece,
		    struct zr_error *err)
{
	int rc = zr_piece_is_block(piece) ? verify_tree_block(reading, piece, err)
					  : verify_data(reading, piece, err);

	if (!rc)
		count_good(reading, piece);
	return rc;
}

struct zr_piece zr_piece_part(const struct zr_reading *reading, const struct zr_piece *piece,
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

int zr_piece_tell(const struct zr_reading *reading, const struct zr_piece *piece,
		  enum zr_finding_kind kind, uint16_t way, int code, struct zr_error *err)
{
	struct zr_finding finding = {
		.kind = kind,
		.logical = piece->logical,
		.len = piece->len,
		.extent = piece->extent.logical,
		.code = code,
		.tree_block = zr_piece_is_block(piece),
		.has_csum = zr_piece_is_block(piece) || piece->csum_code || piece->present[0],
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

int zr_piece_repaired(struct zr_reading *reading, const struct zr_piece *piece, uint16_t way,
		      int code, struct zr_error *err)
{
	reading->repaired = true;
	reading->counters->repaired += piece->len;
	return zr_piece_tell(reading, piece, ZR_FINDING_REPAIRED, way, code, err);
}
