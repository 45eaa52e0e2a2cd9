// SPDX-License-Identifier: LGPL-2.1-or-later
#include "chunk_map.h"

#include "buffer.h"
#include "ondisk.h"
#include "profile.h"
#include "range.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* The first chunk that ends behind the address. */
static size_t position(const struct zr_chunk_map *map, uint64_t logical)
{
	size_t low = 0;
	size_t high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct zr_mapped_chunk *chunk = &map->chunks[middle];

		if (chunk->logical + chunk->len <= logical)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int copy_stripes(struct zr_mapped_chunk *mapped, const struct zr_chunk *chunk,
			struct zr_error *err)
{
	uint16_t i;

	mapped->stripes = calloc(chunk->stripe_count, sizeof(*mapped->stripes));
	if (!mapped->stripes)
		return zr_fail_nomem(err);
	for (i = 0; i < chunk->stripe_count; i++)
		zr_chunk_stripe(chunk, i, &mapped->stripes[i]);
	return 0;
}

static bool is_same(const struct zr_mapped_chunk *mapped, const struct zr_chunk *chunk)
{
	uint16_t i;

	if (mapped->logical != chunk->logical || mapped->len != chunk->len ||
	    mapped->flags != chunk->flags || mapped->stripe_count != chunk->stripe_count)
		return false;
	for (i = 0; i < chunk->stripe_count; i++) {
		struct zr_stripe stripe;

		zr_chunk_stripe(chunk, i, &stripe);
		if (stripe.devid != mapped->stripes[i].devid ||
		    stripe.physical != mapped->stripes[i].physical)
			return false;
	}
	return true;
}

/* A chunk beside another one that has its addresses. */
static int add_again(const struct zr_mapped_chunk *other, const struct zr_chunk *chunk,
		     struct zr_error *err)
{
	if (is_same(other, chunk))
		return 0;
	if (other->logical == chunk->logical && other->len == chunk->len)
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu length %llu, the chunk tree describes it other "
			       "than the system chunk array does",
			       (ull)chunk->logical, (ull)chunk->len);
	return zr_fail(err, ZR_E_OVERLAP,
		       "chunk: logical %llu length %llu overlaps chunk at %llu length %llu",
		       (ull)chunk->logical, (ull)chunk->len, (ull)other->logical, (ull)other->len);
}

int zr_chunk_map_add(struct zr_chunk_map *map, const struct zr_chunk *chunk, struct zr_error *err)
{
	struct zr_mapped_chunk mapped = {
		.logical = chunk->logical,
		.len = chunk->len,
		.flags = chunk->flags,
		.stripe_count = chunk->stripe_count,
	};
	size_t at = position(map, chunk->logical);
	int rc;

	if (at < map->count && map->chunks[at].logical < chunk->logical + chunk->len)
		return add_again(&map->chunks[at], chunk, err);
	rc = zr_array_reserve(&map->chunks, &map->capacity, map->count, sizeof(mapped), err);
	if (!rc)
		rc = copy_stripes(&mapped, chunk, err);
	if (rc)
		return rc;
	memmove(&map->chunks[at + 1], &map->chunks[at], (map->count - at) * sizeof(mapped));
	map->chunks[at] = mapped;
	map->count++;
	return 0;
}

const struct zr_mapped_chunk *zr_chunk_map_find(const struct zr_chunk_map *map, uint64_t logical)
{
	size_t at = position(map, logical);

	if (at == map->count || map->chunks[at].logical > logical)
		return NULL;
	return &map->chunks[at];
}

uint64_t zr_chunk_stripe_len(const struct zr_mapped_chunk *chunk)
{
	const struct zr_profile *profile = zr_profile_find(chunk->flags);

	return chunk->len / zr_profile_data_stripes(profile, chunk->stripe_count);
}

uint64_t zr_chunk_on_stripe(const struct zr_mapped_chunk *chunk, uint16_t stripe, uint64_t *logical)
{
	const struct zr_profile *profile = zr_profile_find(chunk->flags);
	uint64_t columns = zr_profile_data_stripes(profile, chunk->stripe_count);
	uint64_t offset = *logical - chunk->logical;
	uint64_t element = offset / BTRFS_STRIPE_LEN;
	uint64_t skip = (stripe / profile->copies + columns - element % columns) % columns;

	if (columns == 1)
		return chunk->len - offset;
	if (skip)
		offset = (element + skip) * BTRFS_STRIPE_LEN;
	if (offset >= chunk->len)
		return 0;
	*logical = chunk->logical + offset;
	return zr_min64(BTRFS_STRIPE_LEN - offset % BTRFS_STRIPE_LEN, chunk->len - offset);
}

uint64_t zr_chunk_reach(const struct zr_mapped_chunk *chunk, uint16_t stripe, uint64_t logical)
{
	return zr_profile_reach(zr_profile_find(chunk->flags), chunk->stripe_count, stripe,
				logical - chunk->logical);
}

uint16_t zr_chunk_copies(const struct zr_mapped_chunk *chunk)
{
	return zr_profile_find(chunk->flags)->copies;
}

bool zr_chunk_has_parity(const struct zr_mapped_chunk *chunk)
{
	return zr_profile_find(chunk->flags)->parity;
}

uint16_t zr_chunk_ways(const struct zr_mapped_chunk *chunk)
{
	const struct zr_profile *profile = zr_profile_find(chunk->flags);

	switch (profile->parity) {
	case 0:
		return profile->copies;
	case 1:
		return 2;
	default:
		return chunk->stripe_count;
	}
}

uint16_t zr_chunk_columns(const struct zr_mapped_chunk *chunk)
{
	return zr_profile_data_stripes(zr_profile_find(chunk->flags), chunk->stripe_count);
}

uint16_t zr_chunk_column(const struct zr_mapped_chunk *chunk, uint64_t logical)
{
	return (uint16_t)((logical - chunk->logical) / BTRFS_STRIPE_LEN % zr_chunk_columns(chunk));
}

/* The place in a stripe that belongs to a byte. */
static void place_in(const struct zr_mapped_chunk *chunk, uint64_t logical, uint64_t stripe,
		     struct zr_place *place)
{
	uint64_t offset = logical - chunk->logical;
	uint64_t row = offset / BTRFS_STRIPE_LEN / zr_chunk_columns(chunk);

	place->devid = chunk->stripes[stripe].devid;
	place->physical = chunk->stripes[stripe].physical + row * BTRFS_STRIPE_LEN +
			  offset % BTRFS_STRIPE_LEN;
	place->len = zr_min64(chunk->len - offset, BTRFS_STRIPE_LEN - offset % BTRFS_STRIPE_LEN);
}

void zr_chunk_row_place(const struct zr_mapped_chunk *chunk, uint64_t logical, uint16_t number,
			struct zr_place *place)
{
	uint64_t row = (logical - chunk->logical) / BTRFS_STRIPE_LEN / zr_chunk_columns(chunk);

	place_in(chunk, logical, (row + number) % chunk->stripe_count, place);
}

void zr_chunk_map_place(const struct zr_mapped_chunk *chunk, uint64_t logical, uint16_t mirror,
			struct zr_place *place)
{
	uint16_t column = zr_chunk_column(chunk, logical);

	if (zr_chunk_has_parity(chunk)) {
		zr_chunk_row_place(chunk, logical, column, place);
		return;
	}
	place_in(chunk, logical, column * zr_chunk_copies(chunk) + mirror, place);
	if (zr_chunk_columns(chunk) == 1)
		place->len = chunk->len - (logical - chunk->logical);
}

void zr_chunk_map_free(struct zr_chunk_map *map)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		free(map->chunks[i].stripes);
	free(map->chunks);
	memset(map, 0, sizeof(*map));
}
