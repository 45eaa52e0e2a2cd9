// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rebuild.h"

#include "buffer.h"
#include "parity.h"

#include <string.h>

/* A row of stripes, and which of them are lost. */
struct row {
	const struct zr_mapped_chunk *chunk;
	uint64_t logical;
	uint16_t data; /* stripes */
	uint16_t own; /* the stripe that is made */
	uint16_t other; /* one that is lost beside it, or ZR_PARITY_NONE */
	uint16_t lost; /* how many are, with the own one */
};

static void lose(struct row *row, uint16_t stripe)
{
	if (stripe == row->own || stripe == row->other)
		return;
	row->lost++;
	row->other = stripe;
}

static struct row row_of(const struct zr_mapped_chunk *chunk, uint64_t logical)
{
	return (struct row){
		.chunk = chunk,
		.logical = logical,
		.data = zr_chunk_columns(chunk),
		.own = zr_chunk_column(chunk, logical),
		.other = ZR_PARITY_NONE,
		.lost = 1,
	};
}

/*
 * The stripe that a way suspects beside the own one. Q is suspected by the way that suspects the
 * data alone, as that does not use it.
 */
static uint16_t suspect_of(const struct row *row, uint16_t way)
{
	return way - 2 < row->own ? way - 2 : way - 1;
}

static void lose_suspect(struct row *row, uint16_t way)
{
	if (way > 1)
		lose(row, suspect_of(row, way));
}

/* Returns the number of a missing stripe, or ZR_PARITY_NONE. */
static uint16_t lose_missing(struct row *row, const struct zr_source *source)
{
	uint16_t missing = ZR_PARITY_NONE;
	uint16_t i;

	for (i = 0; i < row->chunk->stripe_count; i++) {
		struct zr_place place;

		zr_chunk_row_place(row->chunk, row->logical, i, &place);
		if (zr_source_has_device(source, place.devid))
			continue;
		lose(row, i);
		missing = i;
	}
	return missing;
}

static int read_stripe(struct zr_source *source, const struct row *row, uint16_t stripe,
		       void *buffer, size_t len, struct zr_error *err)
{
	struct zr_place place;

	zr_chunk_row_place(row->chunk, row->logical, stripe, &place);
	return zr_source_read(source, &place, buffer, len, err);
}

static int sum_up(struct zr_source *source, const struct row *row, void *sum, size_t len,
		  struct zr_error *err)
{
	zr_autofree uint8_t *bytes = zr_buffer_alloc(len);
	uint16_t i;
	int rc = 0;

	if (!bytes)
		return zr_fail_nomem(err);
	memset(sum, 0, len);
	for (i = 0; i < row->chunk->stripe_count && !rc; i++) {
		uint8_t factor = zr_parity_factor(row->data, row->own, row->other, i);

		if (!factor)
			continue;
		rc = read_stripe(source, row, i, bytes, len, err);
		if (!rc)
			zr_parity_add(sum, bytes, len, factor);
	}
	return rc;
}

void zr_rebuild_suspect(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
			uint64_t logical, uint16_t way, struct zr_place *place)
{
	const struct row row = row_of(chunk, logical);

	zr_chunk_row_place(chunk, logical, row.own, place);
	if (way > 1 && !zr_source_has_device(source, place->devid))
		zr_chunk_row_place(chunk, logical, suspect_of(&row, way), place);
}

int zr_rebuild_read(struct zr_source *source, const struct zr_mapped_chunk *chunk, uint64_t logical,
		    uint16_t way, void *buffer, size_t len, struct zr_error *err)
{
	struct row row = row_of(chunk, logical);
	uint16_t missing;

	lose_suspect(&row, way);
	missing = lose_missing(&row, source);
	/* Reading a stripe that is missing says that it is. */
	if (row.lost > chunk->stripe_count - row.data)
		return read_stripe(source, &row, missing, buffer, len, err);
	return sum_up(source, &row, buffer, len, err);
}

int zr_rebuild_again(struct zr_source *source, const struct zr_mapped_chunk *chunk,
		     uint64_t logical, uint16_t way, void *buffer, size_t len, struct zr_error *err)
{
	struct row row = row_of(chunk, logical);

	lose_suspect(&row, way);
	lose_missing(&row, source);
	if (row.lost > 1 || row.data + 2 > chunk->stripe_count)
		return 1;
	lose(&row, row.data);
	return sum_up(source, &row, buffer, len, err);
}
