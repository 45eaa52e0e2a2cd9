// SPDX-License-Identifier: GPL-2.0-or-later
/* Address maps against the same thing done byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "address_map.h"

#define SECTOR 4096ULL
#define NODE 16384ULL
#define MIB (1ULL << 20)

/* Two block groups with a hole between them, larger than one block of ranks each. */
static const uint64_t spans[][2] = { { 13 * MIB, 24 * MIB }, { 64 * MIB, 40 * MIB } };

static void make(struct zr_address_map *map, uint32_t unit)
{
	zr_address_map_init(map, SECTOR, unit);
	assert_int_equal(zr_address_map_add_span(map, spans[0][0], spans[0][1], NULL), 0);
	assert_int_equal(zr_address_map_add_span(map, spans[1][0], spans[1][1], NULL), 0);
	assert_int_equal(zr_address_map_alloc(map, NULL), 0);
}

/* A generator of numbers that is the same everywhere. */
static uint32_t random_state = 1;

static uint32_t number(uint32_t below)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 8) % below;
}

/* Extents of 1 to 60 sectors with gaps of 0 to 9, and a new run now and then. */
static void every_kept_sector_has_its_place(void **state)
{
	static uint64_t expected[(24 + 40) * MIB / SECTOR];
	struct zr_address_map map;
	uint64_t to = 1 << 30;
	uint64_t rank = 0;
	size_t bit = 0;
	size_t s;

	(void)state;
	make(&map, SECTOR);
	assert_int_equal(zr_address_map_add_run(&map, 0, to, NULL), 0);
	for (s = 0; s < 2; s++) {
		uint64_t sectors = spans[s][1] / SECTOR;
		uint64_t at = 0;
		uint64_t i;

		for (i = 0; i < sectors; i++)
			expected[bit + i] = ZR_ADDRESS_NONE;
		while ((at += number(10)) < sectors) {
			uint64_t len = 1 + number(60);

			if (len > sectors - at)
				len = sectors - at;
			if (rank && !number(20)) {
				to += MIB;
				assert_int_equal(zr_address_map_add_run(&map, rank, to, NULL), 0);
			}
			zr_address_map_keep(&map, spans[s][0] + at * SECTOR, len * SECTOR);
			for (i = 0; i < len; i++, to += SECTOR)
				expected[bit + at + i] = to;
			at += len;
			rank += len;
		}
		bit += sectors;
	}
	zr_address_map_seal(&map);
	assert_int_equal(map.set, rank);
	for (s = 0, bit = 0, rank = 0; s < 2; s++) {
		uint64_t logical;

		for (logical = spans[s][0]; logical < spans[s][0] + spans[s][1];
		     logical += SECTOR, bit++) {
			assert_int_equal(zr_address_map_find(&map, logical), expected[bit]);
			assert_int_equal(zr_address_map_kept(&map, logical),
					 expected[bit] != ZR_ADDRESS_NONE);
			if (expected[bit] == ZR_ADDRESS_NONE)
				continue;
			assert_int_equal(zr_address_map_at(&map, rank), expected[bit]);
			assert_int_equal(zr_address_map_source(&map, rank), logical);
			rank++;
		}
	}
	zr_address_map_free(&map);
}

static void nothing_is_kept_outside(void **state)
{
	struct zr_address_map map;
	uint64_t to;

	(void)state;
	make(&map, SECTOR);
	zr_address_map_keep(&map, 13 * MIB, SECTOR);
	zr_address_map_seal(&map);
	assert_int_equal(zr_address_map_add_run(&map, 0, MIB, NULL), 0);
	assert_int_equal(zr_address_map_find(&map, 0), ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_find(&map, 13 * MIB - 1), ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_find(&map, 40 * MIB), ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_find(&map, 104 * MIB), ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_find(&map, UINT64_MAX), ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_together(&map, 0, 100 * MIB, &to), 13 * MIB);
	assert_int_equal(to, ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_together(&map, 200 * MIB, MIB, &to), MIB);
	assert_int_equal(to, ZR_ADDRESS_NONE);
	zr_address_map_free(&map);
}

/* Of many block groups without data between others, each gap ends at the next one that has. */
static void gaps_between_many_spans(void **state)
{
	struct zr_address_map map;
	uint64_t count = 200000;
	uint64_t to;
	uint64_t i;

	(void)state;
	zr_address_map_init(&map, SECTOR, SECTOR);
	for (i = 0; i < count; i++)
		assert_int_equal(zr_address_map_add_span(&map, (2 * i + 1) * SECTOR, SECTOR, NULL),
				 0);
	assert_int_equal(zr_address_map_alloc(&map, NULL), 0);
	zr_address_map_seal(&map);
	for (i = 0; i < count; i++)
		assert_int_equal(zr_address_map_together(&map, 2 * i * SECTOR, MIB, &to), SECTOR);
	assert_int_equal(zr_address_map_together(&map, 2 * count * SECTOR, MIB, &to), MIB);
	zr_address_map_free(&map);
}

/* A range ends where a gap begins, where a run ends, and where the caller's does. */
static void what_moves_together(void **state)
{
	struct zr_address_map map;
	uint64_t to;

	(void)state;
	make(&map, SECTOR);
	zr_address_map_keep(&map, 13 * MIB, 8 * SECTOR);
	zr_address_map_keep(&map, 13 * MIB + 10 * SECTOR, 5 * SECTOR);
	zr_address_map_seal(&map);
	assert_int_equal(zr_address_map_add_run(&map, 0, 512 * MIB, NULL), 0);
	assert_int_equal(zr_address_map_add_run(&map, 6, 640 * MIB, NULL), 0);
	assert_int_equal(zr_address_map_together(&map, 13 * MIB, 15 * SECTOR, &to), 6 * SECTOR);
	assert_int_equal(to, 512 * MIB);
	assert_int_equal(zr_address_map_together(&map, 13 * MIB + 6 * SECTOR, 9 * SECTOR, &to),
			 2 * SECTOR);
	assert_int_equal(to, 640 * MIB);
	assert_int_equal(zr_address_map_together(&map, 13 * MIB + 8 * SECTOR, 7 * SECTOR, &to),
			 2 * SECTOR);
	assert_int_equal(to, ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_together(&map, 13 * MIB + 11 * SECTOR, SECTOR, &to),
			 SECTOR);
	assert_int_equal(to, 640 * MIB + 3 * SECTOR);
	zr_address_map_free(&map);
}

/* Old tree blocks may lie at any sector, and their first one stands for the whole of them. */
static void tree_blocks_at_odd_sectors(void **state)
{
	struct zr_address_map map;

	(void)state;
	make(&map, NODE);
	zr_address_map_keep(&map, 13 * MIB + SECTOR, SECTOR);
	zr_address_map_keep(&map, 13 * MIB + SECTOR + NODE, SECTOR);
	zr_address_map_keep(&map, 64 * MIB, SECTOR);
	zr_address_map_seal(&map);
	assert_int_equal(zr_address_map_add_run(&map, 0, 256 * MIB, NULL), 0);
	assert_int_equal(zr_address_map_add_run(&map, 2, 512 * MIB, NULL), 0);
	assert_int_equal(zr_address_map_find(&map, 13 * MIB), ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_find(&map, 13 * MIB + SECTOR), 256 * MIB);
	assert_int_equal(zr_address_map_find(&map, 13 * MIB + 2 * SECTOR), ZR_ADDRESS_NONE);
	assert_int_equal(zr_address_map_find(&map, 13 * MIB + SECTOR + NODE), 256 * MIB + NODE);
	assert_int_equal(zr_address_map_find(&map, 64 * MIB), 512 * MIB);
	assert_int_equal(zr_address_map_at(&map, 5), 512 * MIB + 3 * NODE);
	zr_address_map_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kept_sector_has_its_place),
		cmocka_unit_test(nothing_is_kept_outside),
		cmocka_unit_test(gaps_between_many_spans),
		cmocka_unit_test(what_moves_together),
		cmocka_unit_test(tree_blocks_at_odd_sectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
