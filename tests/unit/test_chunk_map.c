// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The chunk map: what overlaps, what is found, and where a byte lies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "build_block.h"
#include "chunk_map.h"

#define MIB 0x100000ULL

/* Stripe i is on device 10 + i at first + i GiB. */
static int add(struct zr_chunk_map *map, uint64_t logical, uint64_t len, uint64_t flags,
	       uint16_t stripes, uint64_t first, struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;
	uint8_t *bytes = calloc(stripes, 32);
	struct zr_chunk chunk = { logical, len, flags, stripes, 1, bytes };
	uint64_t i;
	int rc;

	assert_non_null(bytes);
	for (i = 0; i < stripes; i++) {
		poke(bytes, 32 * i, 8, 10 + i);
		poke(bytes, 32 * i + 8, 8, first + i * 0x40000000);
	}
	*err = none;
	rc = zr_chunk_map_add(map, &chunk, err);
	free(bytes);
	return rc;
}

/* Chunks at 8 and 16 MiB, and one at 20 MiB right behind; 4 MiB each, the last one 8 MiB. */
static void make_map(struct zr_chunk_map *map)
{
	struct zr_error err;

	memset(map, 0, sizeof(*map));
	expect_accepted("16", add(map, 16 * MIB, 4 * MIB, 1, 1, 16 * MIB, &err), &err);
	expect_accepted("20", add(map, 20 * MIB, 8 * MIB, 0x24, 2, 64 * MIB, &err), &err);
	expect_accepted("8", add(map, 8 * MIB, 4 * MIB, 2, 1, 32 * MIB, &err), &err);
}

static void empty_map_holds_nothing(void **state)
{
	struct zr_chunk_map map = { 0 };

	(void)state;
	assert_null(zr_chunk_map_find(&map, 0));
	assert_null(zr_chunk_map_find(&map, UINT64_MAX));
	zr_chunk_map_free(&map);
	assert_null(map.chunks);
}

static void chunks_are_sorted_and_copied(void **state)
{
	static const uint64_t places[] = { 8 * MIB, 16 * MIB, 20 * MIB };
	struct zr_chunk_map map;
	size_t i;

	(void)state;
	make_map(&map);
	assert_int_equal(map.count, 3);
	for (i = 0; i < 3; i++)
		assert_true(map.chunks[i].logical == places[i]);
	assert_true(map.chunks[2].len == 8 * MIB);
	assert_true(map.chunks[2].flags == 0x24);
	assert_int_equal(map.chunks[2].stripe_count, 2);
	assert_true(map.chunks[2].stripes[1].devid == 11);
	assert_true(map.chunks[2].stripes[1].physical == 64 * MIB + 0x40000000);
	zr_chunk_map_free(&map);
	assert_int_equal(map.count, 0);
}

static void addresses_are_found_up_to_their_borders(void **state)
{
	static const struct {
		uint64_t logical;
		int found; /* index, or -1 */
	} cases[] = {
		{ 0, -1 },
		{ 8 * MIB - 1, -1 },
		{ 8 * MIB, 0 },
		{ 12 * MIB - 1, 0 },
		{ 12 * MIB, -1 },
		{ 16 * MIB - 1, -1 },
		{ 16 * MIB, 1 },
		{ 18 * MIB, 1 },
		{ 20 * MIB - 1, 1 },
		{ 20 * MIB, 2 },
		{ 28 * MIB - 1, 2 },
		{ 28 * MIB, -1 },
		{ 0x8000000000000000, -1 },
		{ UINT64_MAX, -1 },
	};
	struct zr_chunk_map map;
	size_t i;

	(void)state;
	make_map(&map);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct zr_mapped_chunk *chunk = zr_chunk_map_find(&map, cases[i].logical);

		if (chunk != (cases[i].found < 0 ? NULL : &map.chunks[cases[i].found]))
			fail_msg("case %zu: expected %d", i, cases[i].found);
	}
	zr_chunk_map_free(&map);
}

static void overlapping_chunks_are_refused(void **state)
{
	static const struct {
		uint64_t logical, len;
		const char *other;
	} cases[] = {
		{ 8 * MIB, 4 * MIB + 4096, "chunk at 8388608 length 4194304" },
		{ 8 * MIB, 4096, "chunk at 8388608" },
		{ 8 * MIB + 4096, 4096, "chunk at 8388608" },
		{ 12 * MIB - 4096, 4096, "chunk at 8388608" },
		{ 12 * MIB - 4096, 8192, "chunk at 8388608" },
		{ 8 * MIB - 4096, 8192, "chunk at 8388608" },
		{ 4096, 8 * MIB, "chunk at 8388608" },
		{ 4096, 64 * MIB, "chunk at 8388608" },
		{ 12 * MIB, 4 * MIB + 4096, "chunk at 16777216" },
		{ 16 * MIB, 12 * MIB, "chunk at 16777216" },
		{ 28 * MIB - 4096, 4096, "chunk at 20971520 length 8388608" },
	};
	struct zr_chunk_map map;
	struct zr_error err;
	size_t i;

	(void)state;
	make_map(&map);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = add(&map, cases[i].logical, cases[i].len, 1, 1, 0, &err);

		expect_refused("overlap", rc, &err, ZR_E_OVERLAP, cases[i].other);
		assert_int_equal(map.count, 3);
	}
	zr_chunk_map_free(&map);
}

static void neighbours_do_not_overlap(void **state)
{
	struct zr_chunk_map map;
	struct zr_error err;

	(void)state;
	make_map(&map);
	expect_accepted("between", add(&map, 12 * MIB, 4 * MIB, 1, 1, 0, &err), &err);
	expect_accepted("before", add(&map, 4096, 8 * MIB - 4096, 1, 1, 0, &err), &err);
	expect_accepted("behind", add(&map, 28 * MIB, 4096, 1, 1, 0, &err), &err);
	expect_accepted("highest", add(&map, 0x7fffffffffbff000, 4 * MIB, 1, 1, 0, &err), &err);
	assert_int_equal(map.count, 7);
	assert_null(zr_chunk_map_find(&map, 4095));
	assert_ptr_equal(zr_chunk_map_find(&map, 12 * MIB), &map.chunks[2]);
	assert_ptr_equal(zr_chunk_map_find(&map, 0x7fffffffffffefff), &map.chunks[6]);
	assert_null(zr_chunk_map_find(&map, 0x7ffffffffffff000));
	zr_chunk_map_free(&map);
}

/* A system chunk is in the superblock and in the chunk tree. */
static void known_chunk_must_be_the_same(void **state)
{
	struct zr_chunk_map map;
	struct zr_error err;

	(void)state;
	make_map(&map);
	expect_accepted("same", add(&map, 20 * MIB, 8 * MIB, 0x24, 2, 64 * MIB, &err), &err);
	assert_int_equal(map.count, 3);
	expect_refused("flags", add(&map, 20 * MIB, 8 * MIB, 0x22, 2, 64 * MIB, &err), &err,
		       ZR_E_CHUNK, "logical 20971520");
	expect_refused("stripes", add(&map, 20 * MIB, 8 * MIB, 0x24, 1, 64 * MIB, &err), &err,
		       ZR_E_CHUNK, "the chunk tree");
	expect_refused("place", add(&map, 20 * MIB, 8 * MIB, 0x24, 2, 68 * MIB, &err), &err,
		       ZR_E_CHUNK, "the chunk tree");
	expect_refused("length", add(&map, 20 * MIB, 4 * MIB, 0x24, 2, 64 * MIB, &err), &err,
		       ZR_E_OVERLAP, "overlaps");
	map.chunks[2].stripes[1].devid++;
	expect_refused("device", add(&map, 20 * MIB, 8 * MIB, 0x24, 2, 64 * MIB, &err), &err,
		       ZR_E_CHUNK, "the chunk tree");
	assert_int_equal(map.count, 3);
	zr_chunk_map_free(&map);
}

/* 1000 chunks in an order that inserts at all places; each second address is free. */
static void many_chunks_in_any_order(void **state)
{
	struct zr_chunk_map map = { 0 };
	struct zr_error err;
	uint64_t i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		uint64_t place = i * 377 % 1000;
		int rc = add(&map, place * 2 * MIB, MIB, 1, 1, place * MIB, &err);

		expect_accepted("chunk", rc, &err);
	}
	assert_int_equal(map.count, 1000);
	for (i = 0; i < 1000; i++) {
		const struct zr_mapped_chunk *chunk = zr_chunk_map_find(&map, i * 2 * MIB + 5);

		assert_ptr_equal(chunk, &map.chunks[i]);
		assert_true(chunk->stripes[0].physical == i * MIB);
		assert_null(zr_chunk_map_find(&map, i * 2 * MIB + MIB));
	}
	zr_chunk_map_free(&map);
}

/* A profile, its stripes, and the bytes that an 8 MiB chunk takes on each device. */
static const struct {
	uint64_t flags;
	uint16_t stripes;
	uint64_t stripe_len;
	uint16_t copies;
	uint16_t ways;
	bool parity;
} profiles[] = {
	{ 0x1, 1, 8 * MIB, 1, 1, false },   { 0x24, 2, 8 * MIB, 2, 2, false },
	{ 0x14, 2, 8 * MIB, 2, 2, false },  { 0x204, 3, 8 * MIB, 3, 3, false },
	{ 0x404, 4, 8 * MIB, 4, 4, false }, { 0x9, 1, 8 * MIB, 1, 1, false },
	{ 0x41, 2, 8 * MIB, 2, 2, false },  { 0x9, 2, 4 * MIB, 1, 1, false },
	{ 0xc, 8, MIB, 1, 1, false },	    { 0x44, 4, 4 * MIB, 2, 2, false },
	{ 0x81, 2, 8 * MIB, 1, 2, true },   { 0x84, 3, 4 * MIB, 1, 2, true },
	{ 0x101, 3, 8 * MIB, 1, 3, true },  { 0x104, 6, 2 * MIB, 1, 6, true },
};

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

static struct zr_mapped_chunk *map_profile(struct zr_chunk_map *map, size_t which)
{
	struct zr_error err;

	memset(map, 0, sizeof(*map));
	expect_accepted("chunk",
			add(map, 32 * MIB, 8 * MIB, profiles[which].flags, profiles[which].stripes,
			    128 * MIB, &err),
			&err);
	assert_true(zr_chunk_stripe_len(&map->chunks[0]) == profiles[which].stripe_len);
	assert_int_equal(zr_chunk_copies(&map->chunks[0]), profiles[which].copies);
	assert_int_equal(zr_chunk_ways(&map->chunks[0]), profiles[which].ways);
	assert_int_equal(zr_chunk_has_parity(&map->chunks[0]), profiles[which].parity);
	return &map->chunks[0];
}

/* Byte after byte of a chunk, 64 KiB for each stripe in turn, with its copies next to it. */
static void check_place(const struct zr_mapped_chunk *chunk, uint64_t offset, uint16_t mirror)
{
	uint64_t columns = chunk->len / zr_chunk_stripe_len(chunk);
	uint64_t stripe = offset / 65536 % columns * zr_chunk_copies(chunk) + mirror;
	uint64_t inside = offset / 65536 / columns * 65536 + offset % 65536;
	struct zr_place place;

	zr_chunk_map_place(chunk, 32 * MIB + offset, mirror, &place);
	assert_true(place.devid == 10U + stripe);
	assert_true(place.physical == 128 * MIB + stripe * 0x40000000ULL + inside);
	if (columns == 1)
		assert_true(place.len == 8 * MIB - offset);
	else
		assert_true(place.len == 65536 - offset % 65536);
}

static void copies_lie_at_the_same_offset(void **state)
{
	static const uint64_t offsets[] = { 0,	     4096,   65535,	     65536,	 131072,
					    5 * MIB, 589824, 8 * MIB - 4096, 8 * MIB - 1 };
	size_t which;
	uint16_t mirror;
	size_t i;

	(void)state;
	for (which = 0; which < PROFILES; which++) {
		struct zr_chunk_map map;
		const struct zr_mapped_chunk *chunk = map_profile(&map, which);

		for (mirror = 0; mirror < profiles[which].copies; mirror++)
			for (i = 0; !profiles[which].parity && i < 9; i++)
				check_place(chunk, offsets[i], mirror);
		zr_chunk_map_free(&map);
	}
}

/* A stripe of each row, and the device that has it: data 0, 1, ..., P, Q, one further each row. */
static void check_row(const struct zr_mapped_chunk *chunk, uint64_t offset)
{
	uint64_t columns = chunk->len / zr_chunk_stripe_len(chunk);
	uint64_t row = offset / 65536 / columns;
	struct zr_place place;
	uint16_t number;

	for (number = 0; number < chunk->stripe_count; number++) {
		uint64_t device = (row + number) % chunk->stripe_count;

		zr_chunk_row_place(chunk, 32 * MIB + offset, number, &place);
		assert_true(place.devid == 10 + device);
		assert_true(place.physical ==
			    128 * MIB + device * 0x40000000ULL + row * 65536 + offset % 65536);
		assert_true(place.len == 65536 - offset % 65536);
	}
	number = zr_chunk_column(chunk, 32 * MIB + offset);
	assert_int_equal(number, offset / 65536 % columns);
	zr_chunk_map_place(chunk, 32 * MIB + offset, 0, &place);
	assert_true(place.devid == 10 + (row + number) % chunk->stripe_count);
}

static void rows_with_parity_move_on(void **state)
{
	static const uint64_t offsets[] = { 0,	     4096,   65535,	     65536,	 131072,
					    5 * MIB, 589824, 8 * MIB - 4096, 8 * MIB - 1 };
	size_t which;
	size_t i;

	(void)state;
	for (which = 0; which < PROFILES; which++) {
		struct zr_chunk_map map;
		const struct zr_mapped_chunk *chunk = map_profile(&map, which);

		for (i = 0; profiles[which].parity && i < 9; i++)
			check_row(chunk, offsets[i]);
		zr_chunk_map_free(&map);
	}
}

/* From any place on, the next bytes of a stripe are those that lie on it and none before them. */
static void stripes_have_what_lies_on_them(void **state)
{
	size_t which;
	uint64_t offset;
	uint16_t s;

	(void)state;
	for (which = 0; which < PROFILES; which++) {
		struct zr_chunk_map map;
		const struct zr_mapped_chunk *chunk = map_profile(&map, which);

		for (s = 0; !profiles[which].parity && s < profiles[which].stripes; s++) {
			uint64_t sum = 0;

			for (offset = 0; offset < 8 * MIB;) {
				uint64_t logical = 32 * MIB + offset;
				uint64_t len = zr_chunk_on_stripe(chunk, s, &logical);
				struct zr_place place;

				if (!len)
					break;
				zr_chunk_map_place(chunk, logical, s % profiles[which].copies,
						   &place);
				assert_true(place.devid == 10U + s && place.len == len);
				assert_true(place.physical == 128 * MIB + s * 0x40000000ULL + sum);
				assert_true(zr_chunk_reach(chunk, s, logical) == sum);
				sum += len;
				assert_true(zr_chunk_reach(chunk, s, logical + len) == sum);
				offset = logical + len - 32 * MIB;
			}
			assert_true(sum == profiles[which].stripe_len);
		}
		zr_chunk_map_free(&map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_map_holds_nothing),
		cmocka_unit_test(chunks_are_sorted_and_copied),
		cmocka_unit_test(addresses_are_found_up_to_their_borders),
		cmocka_unit_test(overlapping_chunks_are_refused),
		cmocka_unit_test(neighbours_do_not_overlap),
		cmocka_unit_test(known_chunk_must_be_the_same),
		cmocka_unit_test(many_chunks_in_any_order),
		cmocka_unit_test(copies_lie_at_the_same_offset),
		cmocka_unit_test(rows_with_parity_move_on),
		cmocka_unit_test(stripes_have_what_lies_on_them),
	};

	return cmocka_run_group_tests_name("chunk_map", tests, NULL, NULL);
}
