// SPDX-License-Identifier: LGPL-2.1-or-later
#include "address_map.h"

#include "buffer.h"
#include "range.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64

void zr_address_map_init(struct zr_address_map *map, uint32_t sector, uint32_t unit)
{
	memset(map, 0, sizeof(*map));
	map->sector = sector;
	map->unit = unit;
}

void zr_address_map_free(struct zr_address_map *map)
{
	free(map->spans);
	free(map->bits);
	free(map->ranks);
	free(map->runs);
	memset(map, 0, sizeof(*map));
}

int zr_address_map_add_span(struct zr_address_map *map, uint64_t logical, uint64_t len,
			    struct zr_error *err)
{
	int rc = zr_array_reserve(&map->spans, &map->span_capacity, map->span_count,
				  sizeof(*map->spans), err);

	if (rc)
		return rc;
	map->spans[map->span_count++] = (struct zr_address_span){
		.logical = logical,
		.len = len,
		.bit = map->bit_count,
	};
	map->bit_count += len / map->sector;
	return 0;
}

int zr_address_map_alloc(struct zr_address_map *map, struct zr_error *err)
{
	map->bits = calloc(map->bit_count / WORD_BITS + 1, sizeof(*map->bits));
	map->ranks = calloc(map->bit_count / ZR_RANK_BITS + 1, sizeof(*map->ranks));
	return map->bits && map->ranks ? 0 : zr_fail_nomem(err);
}

/* The span that contains an address; NULL if there is none. */
static const struct zr_address_span *find_span(const struct zr_address_map *map, uint64_t logical)
{
	size_t low = 0;
	size_t high = map->span_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct zr_address_span *span = &map->spans[middle];

		if (logical >= span->logical && logical - span->logical < span->len)
			return span;
		if (logical < span->logical)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static uint64_t bit_of(const struct zr_address_map *map, const struct zr_address_span *span,
		       uint64_t logical)
{
	return span->bit + (logical - span->logical) / map->sector;
}

static bool is_set(const struct zr_address_map *map, uint64_t bit)
{
	return map->bits[bit / WORD_BITS] >> bit % WORD_BITS & 1;
}

void zr_address_map_keep(struct zr_address_map *map, uint64_t logical, uint64_t len)
{
	const struct zr_address_span *span = find_span(map, logical);
	uint64_t bit = bit_of(map, span, logical);
	uint64_t end = bit + len / map->sector;

	for (; bit < end; bit++)
		map->bits[bit / WORD_BITS] |= 1ULL << bit % WORD_BITS;
}

void zr_address_map_seal(struct zr_address_map *map)
{
	uint64_t words = map->bit_count / WORD_BITS + 1;
	uint64_t i;

	map->set = 0;
	for (i = 0; i < words; i++) {
		if (i % (ZR_RANK_BITS / WORD_BITS) == 0)
			map->ranks[i / (ZR_RANK_BITS / WORD_BITS)] = map->set;
		map->set += (uint64_t)__builtin_popcountll(map->bits[i]);
	}
}

static uint64_t rank_of(const struct zr_address_map *map, uint64_t bit)
{
	uint64_t word = bit / ZR_RANK_BITS * (ZR_RANK_BITS / WORD_BITS);
	uint64_t rank = map->ranks[bit / ZR_RANK_BITS];
	uint64_t below = (1ULL << bit % WORD_BITS) - 1;

	for (; word < bit / WORD_BITS; word++)
		rank += (uint64_t)__builtin_popcountll(map->bits[word]);
	return rank + (uint64_t)__builtin_popcountll(map->bits[word] & below);
}

void zr_address_map_clear_runs(struct zr_address_map *map)
{
	map->run_count = 0;
}

int zr_address_map_add_run(struct zr_address_map *map, uint64_t rank, uint64_t logical,
			   struct zr_error *err)
{
	int rc = zr_array_reserve(&map->runs, &map->run_capacity, map->run_count,
				  sizeof(*map->runs), err);

	if (!rc)
		map->runs[map->run_count++] = (struct zr_address_run){ rank, logical };
	return rc;
}

/* The last run that begins at a rank or before it. */
static size_t find_run(const struct zr_address_map *map, uint64_t rank)
{
	size_t low = 0;
	size_t high = map->run_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (map->runs[middle].rank <= rank)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool zr_address_map_kept(const struct zr_address_map *map, uint64_t logical)
{
	const struct zr_address_span *span = find_span(map, logical);

	return span && is_set(map, bit_of(map, span, logical));
}

uint64_t zr_address_map_at(const struct zr_address_map *map, uint64_t rank)
{
	const struct zr_address_run *run = &map->runs[find_run(map, rank)];

	return run->logical + (rank - run->rank) * map->unit;
}

/* The word that holds the bit of a rank; @rank becomes that of the bit among those of the word. */
static uint64_t find_word(const struct zr_address_map *map, uint64_t *rank)
{
	uint64_t low = 0;
	uint64_t high = map->bit_count / ZR_RANK_BITS + 1;
	uint64_t word;

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (map->ranks[middle] <= *rank)
			low = middle;
		else
			high = middle;
	}
	*rank -= map->ranks[low];
	for (word = low * (ZR_RANK_BITS / WORD_BITS);; word++) {
		uint64_t here = (uint64_t)__builtin_popcountll(map->bits[word]);

		if (*rank < here)
			return word;
		*rank -= here;
	}
}

/* The span that a bit belongs to. */
static const struct zr_address_span *span_of_bit(const struct zr_address_map *map, uint64_t bit)
{
	size_t low = 0;
	size_t high = map->span_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (map->spans[middle].bit <= bit)
			low = middle;
		else
			high = middle;
	}
	return &map->spans[low];
}

uint64_t zr_address_map_source(const struct zr_address_map *map, uint64_t rank)
{
	uint64_t word = find_word(map, &rank);
	uint64_t bits = map->bits[word];
	const struct zr_address_span *span;
	uint64_t bit;

	for (; rank; rank--)
		bits &= bits - 1;
	bit = word * WORD_BITS + (uint64_t)__builtin_ctzll(bits);
	span = span_of_bit(map, bit);
	return span->logical + (bit - span->bit) * map->sector;
}

uint64_t zr_address_map_find(const struct zr_address_map *map, uint64_t logical)
{
	const struct zr_address_span *span = find_span(map, logical);
	uint64_t bit = span ? bit_of(map, span, logical) : 0;

	if (!span || !is_set(map, bit))
		return ZR_ADDRESS_NONE;
	return zr_address_map_at(map, rank_of(map, bit)) + logical % map->sector;
}

/* How many bits from one on have the same value, up to a limit. */
static uint64_t alike(const struct zr_address_map *map, uint64_t bit, uint64_t most)
{
	bool value = is_set(map, bit);
	uint64_t count = 1;

	while (count < most && is_set(map, bit + count) == value)
		count++;
	return count;
}

/* Bytes from an address on that no span has, up to a limit. */
static uint64_t outside(const struct zr_address_map *map, uint64_t logical, uint64_t len)
{
	size_t low = 0;
	size_t high = map->span_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->spans[middle].logical > logical)
			high = middle;
		else
			low = middle + 1;
	}
	return low < map->span_count ? zr_min64(len, map->spans[low].logical - logical) : len;
}

uint64_t zr_address_map_together(const struct zr_address_map *map, uint64_t logical, uint64_t len,
				 uint64_t *to)
{
	const struct zr_address_span *span = find_span(map, logical);
	uint64_t count;
	uint64_t rank;
	uint64_t bit;
	size_t run;

	*to = ZR_ADDRESS_NONE;
	if (!span)
		return outside(map, logical, len);
	bit = bit_of(map, span, logical);
	count = alike(map, bit, zr_min64(len, span->logical + span->len - logical) / map->sector);
	if (!is_set(map, bit))
		return count * map->sector;
	rank = rank_of(map, bit);
	run = find_run(map, rank);
	if (run + 1 < map->run_count)
		count = zr_min64(count, map->runs[run + 1].rank - rank);
	*to = zr_address_map_at(map, rank);
	return count * map->sector;
}
