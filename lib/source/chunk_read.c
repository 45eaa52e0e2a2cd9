// SPDX-License-Identifier: LGPL-2.1-or-later
#include "chunk_read.h"

#include "block_group.h"
#include "range.h"
#include "rebuild.h"

void zr_chunk_place(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
		    uint64_t logical, uint16_t way, struct zr_place *place)
{
	uint16_t copies = zr_chunk_copies(chunk);
	uint16_t i;

	for (i = 0; i < copies; i++) {
		zr_chunk_map_place(chunk, logical, (uint16_t)((way + i) % copies), place);
		if (zr_source_has_device(source, place->devid))
			return;
	}
	zr_chunk_map_place(chunk, logical, way % copies, place);
}

void zr_chunk_bad_place(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
			uint64_t logical, uint16_t bad, uint16_t good, struct zr_place *place)
{
	if (zr_chunk_has_parity(chunk))
		zr_rebuild_suspect(source, chunk, logical, good, place);
	else
		zr_chunk_place(source, chunk, logical, bad, place);
}

bool zr_chunk_is_made(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
		      uint64_t logical, uint16_t way)
{
	struct zr_place place;

	if (!zr_chunk_has_parity(chunk))
		return false;
	zr_chunk_map_place(chunk, logical, 0, &place);
	return way || !zr_source_has_device(source, place.devid);
}

/* No kernel reads it: parity is written over, which zones do not allow. */
static int refuse_zoned_parity(const struct zr_mapped_chunk *chunk, struct zr_error *err)
{
	return zr_fail(err, ZR_E_PROFILE, "chunk: logical %llu, profile %s is not supported",
		       (unsigned long long)chunk->logical,
		       zr_block_group_profile_name(chunk->flags));
}

/* Bytes that lie together on each device. */
static int read_part(struct zr_source *source, const struct zr_mapped_chunk *chunk,
		     uint64_t logical, uint16_t way, void *buffer, uint64_t *len,
		     struct zr_error *err)
{
	struct zr_place place;

	zr_chunk_place(source, chunk, logical, way, &place);
	*len = zr_min64(*len, place.len);
	if (zr_chunk_is_made(source, chunk, logical, way))
		return zr_rebuild_read(source, chunk, logical, way, buffer, (size_t)*len, err);
	return zr_source_read(source, &place, buffer, (size_t)*len, err);
}

int zr_chunk_read(struct zr_source *source, const struct zr_mapped_chunk *chunk, uint64_t logical,
		  uint16_t way, void *buffer, uint64_t len, struct zr_error *err)
{
	uint8_t *to = buffer;
	int rc = 0;

	if (!zr_range_fits(logical - chunk->logical, len, chunk->len))
		return zr_fail(err, ZR_E_RANGE,
			       "read: logical %llu, length %llu crosses the end of the chunk",
			       (unsigned long long)logical, (unsigned long long)len);
	if (zr_chunk_has_parity(chunk) && zr_source_is_zoned(source))
		return refuse_zoned_parity(chunk, err);
	while (len && !rc) {
		uint64_t part = len;

		rc = read_part(source, chunk, logical, way, to, &part, err);
		logical += part;
		to += part;
		len -= part;
	}
	return rc;
}
