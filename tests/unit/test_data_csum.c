// SPDX-License-Identifier: GPL-2.0-or-later
/* Checksums of data: which sectors have one, and which one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "data_csum.h"
#include "tiny_fs.h"

#define AT(sector) (TINY_DATA + (sector) * (uint64_t)TINY_SECTOR)
#define SECTORS 40
#define CSUM_KEY 128
#define CSUM_OBJECT ((uint64_t)-10)

/* Items that touch, a gap, one sector alone, and one that covers the end of the range. */
static const struct tiny_extent data[] = {
	{ 2 * TINY_SECTOR, 5 * TINY_SECTOR, false },   { 7 * TINY_SECTOR, 3 * TINY_SECTOR, false },
	{ 12 * TINY_SECTOR, 4 * TINY_SECTOR, true },   { 16 * TINY_SECTOR, 1 * TINY_SECTOR, false },
	{ 20 * TINY_SECTOR, 12 * TINY_SECTOR, false },
};

static bool has_csum(uint64_t sector)
{
	return (sector >= 2 && sector < 10) || sector == 16 || (sector >= 20 && sector < 32);
}

struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	struct zr_csum_lookup *lookup;
};

static void open_fs(struct fixture *fix, struct tiny_fs *fs)
{
	fix->fs = fs;
	fix->memory = tiny_source(fs, false);
	fix->source = tiny_open(fix->memory);
	fix->lookup = malloc(sizeof(*fix->lookup));
	assert_non_null(fix->lookup);
	memset(fix->lookup, 0x77, sizeof(*fix->lookup));
	zr_csum_lookup_init(fix->lookup, fix->source);
}

static void close_fs(struct fixture *fix)
{
	zr_csum_lookup_free(fix->lookup);
	free(fix->lookup);
	zr_source_close(fix->source);
	memory_free(fix->memory);
	tiny_free(fix->fs);
}

static struct tiny_fs *describe(uint32_t leaves)
{
	const struct tiny_options options = {
		.leaves = leaves,
		.data = data,
		.data_count = sizeof(data) / sizeof(data[0]),
	};

	return tiny_new(&options);
}

static void expect_range(struct fixture *fix, uint64_t first, uint64_t count)
{
	uint64_t i;

	assert_int_equal(zr_csum_lookup_range(fix->lookup, AT(first), count * TINY_SECTOR, NULL),
			 0);
	for (i = 0; i < ZR_CSUM_SECTORS; i++) {
		uint8_t sector[TINY_SECTOR];
		bool expected = i < count && has_csum(first + i);

		if (fix->lookup->present[i] != expected)
			fail_msg("range %u of %u: sector %u: present %d", (unsigned int)first,
				 (unsigned int)count, (unsigned int)i, !expected);
		if (!expected)
			continue;
		tiny_fill_sector(AT(first + i), sector);
		assert_true(zr_csum_matches(ZR_CSUM_CRC32C, sector, TINY_SECTOR,
					    fix->lookup->csums + 4 * i));
	}
}

/* Each range of each length, so that each border lies inside, at and beside an item. */
static void test_all_ranges(void **state)
{
	static const uint32_t leaves[] = { 1, 2, 4 };
	size_t l;

	(void)state;
	for (l = 0; l < 3; l++) {
		struct fixture fix;
		uint64_t first;
		uint64_t count;

		open_fs(&fix, describe(leaves[l]));
		for (first = 0; first < SECTORS; first++)
			for (count = 1; first + count <= SECTORS; count += 3)
				expect_range(&fix, first, count);
		close_fs(&fix);
	}
}

static void test_whole_range_backward(void **state)
{
	struct fixture fix;
	uint64_t first;

	(void)state;
	open_fs(&fix, describe(3));
	for (first = SECTORS; first-- > 0;)
		expect_range(&fix, first, ZR_CSUM_SECTORS);
	close_fs(&fix);
}

static void test_tree_without_items(void **state)
{
	static const struct tiny_extent bare[] = { { 0, 8 * TINY_SECTOR, true } };
	const struct tiny_options options = { .data = bare, .data_count = 1 };
	struct fixture fix;
	size_t i;

	(void)state;
	open_fs(&fix, tiny_new(&options));
	assert_int_equal(zr_csum_lookup_range(fix.lookup, AT(0), 8 * TINY_SECTOR, NULL), 0);
	for (i = 0; i < ZR_CSUM_SECTORS; i++)
		assert_false(fix.lookup->present[i]);
	close_fs(&fix);
}

/* Other items in the tree, before and behind the checksums, are no checksums. */
static void test_other_items(void **state)
{
	struct tiny_fs *fs = describe(1);
	struct fixture fix;

	(void)state;
	tiny_add(fs, TINY_CSUM_TREE, 1, 1, 1, 40);
	tiny_add(fs, TINY_CSUM_TREE, CSUM_OBJECT, CSUM_KEY - 1, AT(3), 40);
	tiny_add(fs, TINY_CSUM_TREE, CSUM_OBJECT, CSUM_KEY + 1, AT(3), 40);
	open_fs(&fix, fs);
	expect_range(&fix, 0, SECTORS);
	expect_range(&fix, 0, 1);
	expect_range(&fix, 35, 2);
	close_fs(&fix);
}

/* An item that reaches into the next one, within the range or from before it. */
static void test_overlap(void **state)
{
	static const uint64_t firsts[] = { 0, 2, 5, 6 };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct tiny_fs *fs = describe(1);
		struct fixture fix;

		tiny_item(fs, TINY_CSUM_TREE, CSUM_OBJECT, CSUM_KEY, AT(2))->size += 4;
		open_fs(&fix, fs);
		assert_int_equal(
			zr_csum_lookup_range(fix.lookup, AT(firsts[i]), 8 * TINY_SECTOR, &err),
			-ZR_E_CSUM_TREE);
		close_fs(&fix);
	}
}

/* A tree that cannot be read is not a tree without checksums. */
static void test_unreadable_tree(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct fixture fix;

	(void)state;
	open_fs(&fix, describe(1));
	tiny_flip(fix.memory, fix.fs->trees[TINY_CSUM_TREE].root + 300, 0);
	assert_int_equal(zr_csum_lookup_range(fix.lookup, AT(0), TINY_SECTOR, &err), -ZR_E_CSUM);
	close_fs(&fix);
}

static void test_malformed_items(void **state)
{
	static const struct {
		uint64_t objectid;
		uint64_t offset;
		uint32_t size;
	} rows[] = {
		{ CSUM_OBJECT, TINY_DATA + 33 * TINY_SECTOR, 3 },
		{ CSUM_OBJECT, TINY_DATA + 33 * TINY_SECTOR, 0 },
		{ CSUM_OBJECT, TINY_DATA + 33 * TINY_SECTOR + 512, 4 },
		{ CSUM_OBJECT - 1, TINY_DATA + 33 * TINY_SECTOR, 4 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct tiny_fs *fs = describe(1);
		struct fixture fix;

		tiny_add(fs, TINY_CSUM_TREE, rows[i].objectid, CSUM_KEY, rows[i].offset,
			 rows[i].size);
		open_fs(&fix, fs);
		assert_int_equal(zr_csum_lookup_range(fix.lookup, AT(0), TINY_SECTOR, &err),
				 -ZR_E_CSUM_TREE);
		close_fs(&fix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_ranges),
		cmocka_unit_test(test_whole_range_backward),
		cmocka_unit_test(test_tree_without_items),
		cmocka_unit_test(test_other_items),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_unreadable_tree),
		cmocka_unit_test(test_malformed_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
