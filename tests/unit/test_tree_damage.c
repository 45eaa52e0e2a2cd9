// SPDX-License-Identifier: GPL-2.0-or-later
/* Damaged tree blocks: which copy is taken, what is refused, and what the error says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tiny_fs.h"
#include "tree.h"

#define LEAVES 3
#define HEADER 101
#define POINTER(slot) (HEADER + (slot)*33)

struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	const struct tiny_items *list;
};

static void open_fs(struct fixture *fix, bool dup)
{
	const struct tiny_options options = { .leaves = LEAVES, .dup = dup };

	fix->fs = tiny_new(&options);
	fix->memory = tiny_source(fix->fs, false);
	fix->source = tiny_open(fix->memory);
	fix->list = &fix->fs->trees[TINY_EXTENT_TREE];
}

static void close_fs(struct fixture *fix)
{
	zr_source_close(fix->source);
	memory_free(fix->memory);
	tiny_free(fix->fs);
}

/* Walk the whole extent tree. Returns the first result that is not an item. */
static int walk(struct fixture *fix, size_t *count, struct zr_error *err)
{
	const struct zr_key start = { 0 };
	struct zr_cursor cursor;
	int rc;

	*count = 0;
	zr_cursor_init(&cursor, fix->source, &fix->source->extent_tree);
	rc = zr_cursor_seek(&cursor, &start, err);
	while (!rc && *count < 1000) {
		++*count;
		rc = zr_cursor_next(&cursor, err);
	}
	zr_cursor_free(&cursor);
	return rc;
}

static void expect_walk(struct fixture *fix, int code, uint64_t logical)
{
	struct zr_error err = ZR_ERROR_INIT;
	size_t count;

	assert_int_equal(walk(fix, &count, &err), -code);
	assert_int_equal(err.code, code);
	assert_int_equal(err.logical, logical);
}

static void test_second_copy_is_used_and_counted(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct fixture fix;
	size_t count;

	(void)state;
	open_fs(&fix, true);
	tiny_flip(fix.memory, fix.list->root + 500, 0);
	tiny_flip(fix.memory, fix.list->leaves[1] + 200, 0);
	assert_int_equal(walk(&fix, &count, &err), 1);
	assert_int_equal(err.code, 0);
	assert_int_equal(count, fix.list->count);
	assert_int_equal(fix.source->bad_copies, 2);
	close_fs(&fix);
}

static void test_bad_second_copy_is_not_read(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct fixture fix;
	size_t count;

	(void)state;
	open_fs(&fix, true);
	tiny_flip(fix.memory, fix.list->leaves[1], 1);
	assert_int_equal(walk(&fix, &count, &err), 1);
	assert_int_equal(fix.source->bad_copies, 0);
	close_fs(&fix);
}

static void test_failed_read_is_a_bad_copy(void **state)
{
	struct memory_fault fault = { .fail_at = 1 };
	struct zr_error err = ZR_ERROR_INIT;
	struct fixture fix;
	size_t count;

	(void)state;
	open_fs(&fix, true);
	fix.memory->fault = &fault;
	assert_int_equal(walk(&fix, &count, &err), 1);
	assert_int_equal(err.code, 0);
	assert_int_equal(fix.source->bad_copies, 0);
	assert_int_equal(fix.source->unread_copies, 1);
	close_fs(&fix);
}

/* The first copy is the wrong block with a good checksum, the second cannot be read at all. */
static void test_no_good_copy_reports_the_first(void **state)
{
	struct fixture fix;
	uint8_t *first;

	(void)state;
	open_fs(&fix, true);
	first = fix.memory->bytes + tiny_physical(fix.list->leaves[1], 0);
	memcpy(first, fix.memory->bytes + tiny_physical(fix.list->leaves[0], 0), TINY_NODE);
	tiny_flip(fix.memory, fix.list->leaves[1] + 300, 1);
	expect_walk(&fix, ZR_E_OFFSET, fix.list->leaves[1]);
	close_fs(&fix);
}

/* One zone of the pair was lost or not written that far. */
static void test_copy_beyond_the_write_pointer(void **state)
{
	struct fixture fix;
	struct zr_error err = ZR_ERROR_INIT;
	size_t count;

	(void)state;
	open_fs(&fix, true);
	memory_set_zone(fix.memory, 3, ZR_COND_CLOSED, 10 * TINY_NODE);
	free(fix.source->zones);
	assert_int_equal(zr_device_zones(&fix.memory->dev, &fix.source->zones, &err), 0);
	assert_int_equal(walk(&fix, &count, &err), 1);
	assert_int_equal(fix.source->bad_copies, 1);
	memory_set_zone(fix.memory, 4, ZR_COND_CLOSED, 10 * TINY_NODE);
	free(fix.source->zones);
	assert_int_equal(zr_device_zones(&fix.memory->dev, &fix.source->zones, &err), 0);
	expect_walk(&fix, ZR_E_ZONED, fix.list->leaves[2]);
	close_fs(&fix);
}

/* Numbers in the headers and pointers of a node with good checksums. */
static void test_contradictions_are_refused(void **state)
{
	static const struct {
		int block; /* -1: the root, else the leaf */
		size_t at;
		size_t size;
		uint64_t value;
		int code;
		int where; /* block that the error names */
	} rows[] = {
		{ -1, 100, 1, 0, ZR_E_LEVEL, -1 },
		{ -1, 100, 1, 2, ZR_E_LEVEL, -1 },
		{ 1, 100, 1, 1, ZR_E_LEVEL, 1 },
		{ 1, 48, 8, TINY_METADATA, ZR_E_OFFSET, 1 },
		{ 1, 32, 1, 0xff, ZR_E_UUID, 1 },
		{ 1, 88, 8, 5, ZR_E_OWNER, 1 },
		{ 1, 80, 8, TINY_GENERATION - 1, ZR_E_GENERATION, 1 },
		{ 1, 80, 8, TINY_GENERATION + 1, ZR_E_GENERATION, 1 },
		{ 1, 96, 4, 0, ZR_E_NRITEMS, 1 },
		{ -1, 96, 4, 0, ZR_E_NRITEMS, -1 },
		{ -1, 96, 4, 100000, ZR_E_NRITEMS, -1 },
		{ -1, POINTER(1) + 25, 8, TINY_GENERATION - 1, ZR_E_GENERATION, 1 },
		{ -1, POINTER(1) + 25, 8, TINY_GENERATION + 1, ZR_E_GENERATION, -1 },
		{ -1, POINTER(1) + 9, 8, 12345, ZR_E_KEY, 1 },
		{ -1, POINTER(1) + 17, 8, 1, ZR_E_ALIGN, -1 },
		{ -1, POINTER(1) + 17, 8, 0, ZR_E_RANGE, -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture fix;
		uint64_t block;
		uint64_t where;

		open_fs(&fix, i % 2);
		block = rows[i].block < 0 ? fix.list->root : fix.list->leaves[rows[i].block];
		where = rows[i].where < 0 ? fix.list->root : fix.list->leaves[rows[i].where];
		tiny_edit(fix.fs, fix.memory, block, rows[i].at, rows[i].size, rows[i].value);
		expect_walk(&fix, rows[i].code, where);
		close_fs(&fix);
	}
}

/* A pointer to the node that it is in, to another tree, outside any chunk, over a chunk's end. */
static void test_pointers_to_elsewhere(void **state)
{
	static const struct {
		uint64_t logical;
		int code;
	} rows[] = {
		{ TINY_METADATA + 1 * TINY_NODE, ZR_E_LEVEL },
		{ TINY_METADATA + 3 * TINY_NODE, ZR_E_OWNER },
		{ TINY_METADATA + 2 * TINY_NODE, ZR_E_CSUM },
		{ 1ULL << 40, ZR_E_RANGE },
		{ TINY_DATA - TINY_SECTOR, ZR_E_RANGE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct fixture fix;
		size_t count;

		open_fs(&fix, true);
		tiny_edit(fix.fs, fix.memory, fix.list->root, POINTER(1) + 17, 8, rows[i].logical);
		assert_int_equal(walk(&fix, &count, &err), -rows[i].code);
		close_fs(&fix);
	}
}

/* Wrong in what the caller knows of the root. */
static void test_wrong_root(void **state)
{
	struct zr_cursor cursor;
	const struct zr_key start = { 0 };
	struct zr_tree wrong[4];
	static const int codes[] = { ZR_E_LEVEL, ZR_E_GENERATION, ZR_E_OWNER, ZR_E_OWNER };
	struct fixture fix;
	size_t i;

	(void)state;
	open_fs(&fix, false);
	for (i = 0; i < 4; i++)
		wrong[i] = fix.source->extent_tree;
	wrong[0].level = 0;
	wrong[1].generation--;
	wrong[2].owner = 3;
	wrong[3].logical = fix.source->csum_tree.logical;
	for (i = 0; i < 4; i++) {
		zr_cursor_init(&cursor, fix.source, &wrong[i]);
		assert_int_equal(zr_cursor_seek(&cursor, &start, NULL), -codes[i]);
		zr_cursor_free(&cursor);
	}
	close_fs(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_copy_is_used_and_counted),
		cmocka_unit_test(test_bad_second_copy_is_not_read),
		cmocka_unit_test(test_failed_read_is_a_bad_copy),
		cmocka_unit_test(test_no_good_copy_reports_the_first),
		cmocka_unit_test(test_copy_beyond_the_write_pointer),
		cmocka_unit_test(test_contradictions_are_refused),
		cmocka_unit_test(test_pointers_to_elsewhere),
		cmocka_unit_test(test_wrong_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
