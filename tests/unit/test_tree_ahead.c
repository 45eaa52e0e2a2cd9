// SPDX-License-Identifier: GPL-2.0-or-later
/* Leaves that are read ahead: the same items with fewer reads, and what is bad is read in the usual
 * way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_fs.h"
#include "tree.h"

#define LEAVES 6

struct place {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
};

static void open_place(struct place *place)
{
	const struct tiny_options options = { .leaves = LEAVES, .dup = true };

	place->fs = tiny_new(&options);
	place->memory = tiny_source(place->fs, false);
	place->source = tiny_open(place->memory);
	memory_forget(place->memory);
}

static void close_place(struct place *place)
{
	zr_source_close(place->source);
	memory_free(place->memory);
	tiny_free(place->fs);
}

/* How many items of the extent tree a walk from a key on finds. */
static size_t walk(struct zr_source *source, const struct zr_key *from, bool ahead)
{
	struct zr_cursor cursor;
	size_t count = 0;
	int rc;

	zr_cursor_init(&cursor, source, &source->extent_tree);
	if (ahead)
		assert_int_equal(zr_cursor_read_ahead(&cursor, NULL), 0);
	rc = zr_cursor_seek(&cursor, from, NULL);
	for (; !rc; count++)
		rc = zr_cursor_next(&cursor, NULL);
	zr_cursor_free(&cursor);
	assert_int_equal(rc, 1);
	return count;
}

static size_t walk_all(struct place *place, bool ahead)
{
	const struct zr_key start = { 0 };

	return walk(place->source, &start, ahead);
}

/* The leaves are neighbours on the device. */
static void test_neighbours_are_one_read(void **state)
{
	struct place place;
	size_t items;

	(void)state;
	open_place(&place);
	items = walk_all(&place, false);
	assert_int_equal(items, place.fs->trees[TINY_EXTENT_TREE].count);
	assert_int_equal(memory_count(place.memory, MEMORY_READ), 1 + LEAVES);
	memory_forget(place.memory);
	assert_int_equal(walk_all(&place, true), items);
	assert_int_equal(memory_count(place.memory, MEMORY_READ), 2);
	assert_int_equal(place.memory->log[1].len, LEAVES * TINY_NODE);
	close_place(&place);
}

/* Where a search ends is no reason to read what lies behind it, until it goes on there. */
static void test_search_reads_one_leaf(void **state)
{
	const struct tiny_items *list;
	struct zr_cursor cursor;
	struct place place;

	(void)state;
	open_place(&place);
	list = &place.fs->trees[TINY_EXTENT_TREE];
	zr_cursor_init(&cursor, place.source, &place.source->extent_tree);
	assert_int_equal(zr_cursor_read_ahead(&cursor, NULL), 0);
	assert_int_equal(zr_cursor_seek(&cursor, &list->items[list->count / 2].key, NULL), 0);
	assert_true(cursor.levels[1].slot > 0 && cursor.levels[1].slot < LEAVES - 1);
	assert_int_equal(memory_count(place.memory, MEMORY_READ), 2);
	assert_int_equal(place.memory->log[1].len, TINY_NODE);
	while (!zr_cursor_next(&cursor, NULL))
		;
	assert_int_equal(memory_count(place.memory, MEMORY_READ), 3);
	zr_cursor_free(&cursor);
	close_place(&place);
}

static void test_bad_leaf_is_taken_from_its_other_copy(void **state)
{
	struct place place;
	size_t items;

	(void)state;
	open_place(&place);
	items = walk_all(&place, false);
	tiny_flip(place.memory, place.fs->trees[TINY_EXTENT_TREE].leaves[2], 0);
	assert_int_equal(walk_all(&place, true), items);
	assert_int_equal(place.source->bad_copies, 1);
	close_place(&place);
}

static void test_failed_read_is_repeated_leaf_by_leaf(void **state)
{
	struct memory_fault fault = {
		.fail_at = 2,
		.effect = MEMORY_FAILS,
		.kinds = 1 << MEMORY_READ,
	};
	struct place place;
	size_t items;

	(void)state;
	open_place(&place);
	items = walk_all(&place, false);
	memory_forget(place.memory);
	place.memory->fault = &fault;
	assert_int_equal(walk_all(&place, true), items);
	assert_true(fault.met);
	assert_int_equal(place.source->bad_copies, 0);
	assert_int_equal(memory_count(place.memory, MEMORY_READ), 2 + LEAVES);
	close_place(&place);
}

/* A hostile pointer is refused as without reading ahead. */
static void test_pointer_into_nowhere(void **state)
{
	const struct zr_key start = { 0 };
	struct zr_cursor cursor;
	struct place place;
	int rc;

	(void)state;
	open_place(&place);
	tiny_edit(place.fs, place.memory, place.fs->trees[TINY_EXTENT_TREE].root, 101 + 33 + 17, 8,
		  1ULL << 50);
	zr_cursor_init(&cursor, place.source, &place.source->extent_tree);
	assert_int_equal(zr_cursor_read_ahead(&cursor, NULL), 0);
	rc = zr_cursor_seek(&cursor, &start, NULL);
	while (!rc)
		rc = zr_cursor_next(&cursor, NULL);
	assert_int_equal(rc, -ZR_E_RANGE);
	zr_cursor_free(&cursor);
	close_place(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours_are_one_read),
		cmocka_unit_test(test_search_reads_one_leaf),
		cmocka_unit_test(test_bad_leaf_is_taken_from_its_other_copy),
		cmocka_unit_test(test_failed_read_is_repeated_leaf_by_leaf),
		cmocka_unit_test(test_pointer_into_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
