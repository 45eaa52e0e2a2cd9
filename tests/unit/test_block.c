// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Views of tree blocks: header, items, pointers and the search for a key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "block.h"
#include "build_block.h"

static const uint32_t sizes[] = { 4096, 16384, 65536 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static struct zr_key key(uint64_t objectid, uint8_t type, uint64_t offset)
{
	struct zr_key made = { objectid, type, offset };

	return made;
}

static void header_is_decoded(void **state)
{
	struct build_block built;
	struct zr_block block;

	(void)state;
	build_start(&built, 4096, 0);
	poke(built.bytes, 48, 8, 0x1122334455667788);
	poke(built.bytes, 80, 8, 0x99aabbccddeeff01);
	poke(built.bytes, 88, 8, 0xfffffffffffffff7);
	poke(built.bytes, 96, 4, 0x81828384);
	poke(built.bytes, 100, 1, 0xfe);
	zr_block_view(&block, built.bytes, 4096);
	assert_ptr_equal(block.bytes, built.bytes);
	assert_int_equal(block.size, 4096);
	assert_true(block.logical == 0x1122334455667788);
	assert_true(block.generation == 0x99aabbccddeeff01);
	assert_true(block.owner == 0xfffffffffffffff7);
	assert_int_equal(block.nritems, 0x81828384);
	assert_int_equal(block.level, 0xfe);
	build_free(&built);
}

static void item_is_decoded(void **state)
{
	struct build_block built;
	struct zr_block block;
	struct zr_item item;

	(void)state;
	build_start(&built, 4096, 0);
	memset(build_item(&built, key(1, 2, 3), 10), 0xaa, 10);
	memset(build_item(&built, key(0x1112131415161718, 0x99, 0x2122232425262728), 20), 0xbb, 20);
	build_item(&built, key(0xfffffffffffffff6, 0xff, 0xffffffffffffffff), 0);
	zr_block_view(&block, built.bytes, 4096);
	zr_block_item(&block, 0, &item);
	assert_ptr_equal(item.data, built.bytes + 4086);
	assert_int_equal(item.size, 10);
	zr_block_item(&block, 1, &item);
	assert_true(item.key.objectid == 0x1112131415161718);
	assert_int_equal(item.key.type, 0x99);
	assert_true(item.key.offset == 0x2122232425262728);
	assert_ptr_equal(item.data, built.bytes + 4066);
	assert_int_equal(item.size, 20);
	assert_int_equal(item.data[19], 0xbb);
	zr_block_item(&block, 2, &item);
	assert_true(item.key.objectid == 0xfffffffffffffff6);
	assert_int_equal(item.size, 0);
	build_free(&built);
}

static void pointer_is_decoded(void **state)
{
	struct build_block built;
	struct zr_pointer pointer;
	struct zr_block block;
	struct zr_key found;

	(void)state;
	build_start(&built, 4096, 1);
	build_pointer(&built, key(1, 2, 3), 4096, 5);
	build_pointer(&built, key(0x1112131415161718, 0x99, 0x2122232425262728), 0x3132333435363738,
		      0x4142434445464748);
	zr_block_view(&block, built.bytes, 4096);
	zr_block_pointer(&block, 1, &pointer);
	assert_true(pointer.key.objectid == 0x1112131415161718);
	assert_int_equal(pointer.key.type, 0x99);
	assert_true(pointer.key.offset == 0x2122232425262728);
	assert_true(pointer.logical == 0x3132333435363738);
	assert_true(pointer.generation == 0x4142434445464748);
	found = zr_block_key(&block, 1);
	assert_int_equal(zr_key_compare(&found, &pointer.key), 0);
	build_free(&built);
}

static void keys_are_ordered_by_objectid_then_type_then_offset(void **state)
{
	/* Ascending, so that the order of places is the order of keys. */
	static const struct zr_key keys[] = {
		{ 0, 0, 0 },
		{ 0, 0, 0xffffffffffffffff },
		{ 0, 1, 0 },
		{ 0, 255, 0xffffffffffffffff },
		{ 1, 0, 0 },
		{ 1, 0, 0x100000000 },
		{ 1, 128, 0 },
		{ 0x7fffffffffffffff, 0, 0 },
		{ 0x8000000000000000, 0, 0 },
		{ 0xfffffffffffffff6, 128, 0x8000000000000000 },
		{ 0xffffffffffffffff, 255, 0xffffffffffffffff },
	};
	int count = sizeof(keys) / sizeof(keys[0]);
	int a;
	int b;

	(void)state;
	for (a = 0; a < count; a++) {
		for (b = 0; b < count; b++) {
			int order = zr_key_compare(&keys[a], &keys[b]);

			if ((order < 0) != (a < b) || (order > 0) != (a > b))
				fail_msg("keys %d and %d: found %d", a, b, order);
		}
	}
}

/* Keys 10, 20, 30, ... as far as they fit, of several types and objectids. */
static uint32_t fill(struct build_block *built, uint32_t size, uint8_t level, uint32_t limit)
{
	uint32_t most = (size - 101) / (level ? 33 : 25);
	uint32_t count = limit < most ? limit : most;
	uint32_t i;

	build_start(built, size, level);
	for (i = 0; i < count; i++) {
		struct zr_key at = key(i / 6, (uint8_t)(i / 3 % 2 * 100), 10 + 10 * (i % 3));

		if (level)
			build_pointer(built, at, 4096, 1);
		else
			build_item(built, at, 0);
	}
	return count;
}

static uint32_t linear_search(const struct zr_block *block, const struct zr_key *wanted)
{
	uint32_t slot;

	for (slot = 0; slot < block->nritems; slot++) {
		struct zr_key found = zr_block_key(block, slot);

		if (zr_key_compare(&found, wanted) >= 0)
			break;
	}
	return slot;
}

static void check_search(const struct zr_block *block, struct zr_key wanted)
{
	uint32_t found = zr_block_lower_bound(block, &wanted);

	if (found != linear_search(block, &wanted))
		fail_msg("%u keys: (" ZR_KEY_FMT ") found at %u, expected %u", block->nritems,
			 ZR_KEY_ARGS(wanted), found, linear_search(block, &wanted));
}

/* Each key itself, and its neighbours on both sides. */
static void check_searches(const struct zr_block *block)
{
	uint32_t slot;

	check_search(block, key(0, 0, 0));
	check_search(block, key(0xffffffffffffffff, 255, 0xffffffffffffffff));
	for (slot = 0; slot < block->nritems; slot++) {
		struct zr_key at = zr_block_key(block, slot);

		assert_int_equal(zr_block_lower_bound(block, &at), slot);
		at.offset++;
		assert_int_equal(zr_block_lower_bound(block, &at), slot + 1);
		at.offset -= 2;
		assert_int_equal(zr_block_lower_bound(block, &at), slot);
		check_search(block, key(at.objectid, (uint8_t)(at.type + 1), 0));
		check_search(block, key(at.objectid + 1, 0, 0));
	}
}

static void search_finds_what_a_linear_one_finds(void **state)
{
	uint32_t limit;
	uint8_t level;

	(void)state;
	for (level = 0; level < 2; level++) {
		for (limit = 0; limit < 40; limit++) {
			struct build_block built;
			struct zr_block block;

			fill(&built, 4096, level, limit);
			zr_block_view(&block, built.bytes, 4096);
			check_searches(&block);
			build_free(&built);
		}
	}
}

static void search_in_full_blocks_of_each_size(void **state)
{
	static const uint32_t most[2][SIZES] = { { 159, 651, 2617 }, { 121, 493, 1982 } };
	unsigned int level;
	size_t i;

	(void)state;
	for (level = 0; level < 2; level++) {
		for (i = 0; i < SIZES; i++) {
			struct build_block built;
			struct zr_block block;

			fill(&built, sizes[i], (uint8_t)level, UINT32_MAX);
			zr_block_view(&block, built.bytes, sizes[i]);
			assert_int_equal(block.nritems, most[level][i]);
			check_searches(&block);
			build_free(&built);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_decoded),
		cmocka_unit_test(item_is_decoded),
		cmocka_unit_test(pointer_is_decoded),
		cmocka_unit_test(keys_are_ordered_by_objectid_then_type_then_offset),
		cmocka_unit_test(search_finds_what_a_linear_one_finds),
		cmocka_unit_test(search_in_full_blocks_of_each_size),
	};

	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
