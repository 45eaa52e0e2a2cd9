// SPDX-License-Identifier: GPL-2.0-or-later
/* The cursor against a plain list of the items that the tree was made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_fs.h"
#include "tree.h"

/* Trees of one leaf, and of a node above two, three and eight leaves. */
static const uint32_t shapes[] = { 1, 2, 3, 8 };

struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	struct zr_cursor cursor;
	const struct tiny_items *list;
};

static void open_shape(struct fixture *fix, uint32_t leaves)
{
	const struct tiny_options options = { .leaves = leaves, .keyed_refs = true };

	fix->fs = tiny_new(&options);
	fix->memory = tiny_source(fix->fs, false);
	fix->source = tiny_open(fix->memory);
	fix->list = &fix->fs->trees[TINY_EXTENT_TREE];
	zr_cursor_init(&fix->cursor, fix->source, &fix->source->extent_tree);
}

static void close_shape(struct fixture *fix)
{
	zr_cursor_free(&fix->cursor);
	zr_source_close(fix->source);
	memory_free(fix->memory);
	tiny_free(fix->fs);
}

static void expect_at(struct fixture *fix, size_t number)
{
	const struct tiny_item *expected = &fix->list->items[number];
	struct zr_item item;

	zr_cursor_item(&fix->cursor, &item);
	if (zr_key_compare(&item.key, &expected->key))
		fail_msg("found (" ZR_KEY_FMT ") expected (" ZR_KEY_FMT ")", ZR_KEY_ARGS(item.key),
			 ZR_KEY_ARGS(expected->key));
	assert_int_equal(item.size, expected->size);
	assert_memory_equal(item.data, expected->data, item.size);
}

/* How many items of the list have a key below this one. */
static size_t count_below(const struct tiny_items *list, const struct zr_key *key)
{
	size_t count = 0;

	while (count < list->count && zr_key_compare(&list->items[count].key, key) < 0)
		count++;
	return count;
}

static void test_walk_forward(void **state)
{
	const struct zr_key start = { 0 };
	struct fixture fix;
	size_t s;

	(void)state;
	for (s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		size_t count = 0;
		int rc;

		open_shape(&fix, shapes[s]);
		rc = zr_cursor_seek(&fix.cursor, &start, NULL);
		for (; !rc; rc = zr_cursor_next(&fix.cursor, NULL))
			expect_at(&fix, count++);
		assert_int_equal(rc, 1);
		assert_int_equal(count, fix.list->count);
		close_shape(&fix);
	}
}

static void test_walk_backward(void **state)
{
	const struct zr_key end = { UINT64_MAX, UINT8_MAX, UINT64_MAX };
	struct fixture fix;
	size_t s;

	(void)state;
	for (s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		size_t left;
		int rc;

		open_shape(&fix, shapes[s]);
		left = fix.list->count;
		rc = zr_cursor_seek_below(&fix.cursor, &end, NULL);
		for (; !rc; rc = zr_cursor_previous(&fix.cursor, NULL))
			expect_at(&fix, --left);
		assert_int_equal(rc, 1);
		assert_int_equal(left, 0);
		close_shape(&fix);
	}
}

static void expect_seek(struct fixture *fix, const struct zr_key *key)
{
	size_t below = count_below(fix->list, key);
	int rc = zr_cursor_seek(&fix->cursor, key, NULL);

	assert_int_equal(rc, below == fix->list->count);
	if (!rc)
		expect_at(fix, below);
	rc = zr_cursor_seek_below(&fix->cursor, key, NULL);
	assert_int_equal(rc, below == 0);
	if (!rc)
		expect_at(fix, below - 1);
}

/* Each key, its neighbours on both sides, and the ends of everything; in two orders. */
static void test_seek_everywhere(void **state)
{
	const struct zr_key ends[] = { { 0, 0, 0 }, { UINT64_MAX, UINT8_MAX, UINT64_MAX } };
	struct fixture fix;
	size_t s;
	size_t i;

	(void)state;
	for (s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		open_shape(&fix, shapes[s]);
		for (i = 0; i < 2 * fix.list->count; i++) {
			size_t at = i < fix.list->count ? i : (i * 7) % fix.list->count;
			struct zr_key key = fix.list->items[at].key;

			expect_seek(&fix, &key);
			key.offset--;
			expect_seek(&fix, &key);
			key.offset += 2;
			expect_seek(&fix, &key);
			key.objectid++;
			expect_seek(&fix, &key);
			expect_seek(&fix, &ends[i % 2]);
		}
		close_shape(&fix);
	}
}

/* From each item, one step forward and back again, across the borders of leaves. */
static void test_steps_are_inverse(void **state)
{
	struct fixture fix;
	size_t i;

	(void)state;
	open_shape(&fix, 3);
	for (i = 0; i + 1 < fix.list->count; i++) {
		assert_int_equal(zr_cursor_seek(&fix.cursor, &fix.list->items[i].key, NULL), 0);
		assert_int_equal(zr_cursor_next(&fix.cursor, NULL), 0);
		expect_at(&fix, i + 1);
		assert_int_equal(zr_cursor_previous(&fix.cursor, NULL), 0);
		expect_at(&fix, i);
	}
	close_shape(&fix);
}

/* Walking reads each leaf once, and seeking in the leaf that is there reads nothing. */
static void test_blocks_are_read_once(void **state)
{
	const struct zr_key start = { 0 };
	struct fixture fix;
	int rc;

	(void)state;
	open_shape(&fix, 8);
	memory_forget(fix.memory);
	rc = zr_cursor_seek(&fix.cursor, &start, NULL);
	while (!rc)
		rc = zr_cursor_next(&fix.cursor, NULL);
	assert_int_equal(memory_count(fix.memory, MEMORY_READ), 1 + 8);
	rc = zr_cursor_seek(&fix.cursor, &fix.list->items[0].key, NULL);
	assert_int_equal(rc, 0);
	memory_forget(fix.memory);
	rc = zr_cursor_seek(&fix.cursor, &fix.list->items[1].key, NULL);
	assert_int_equal(rc, 0);
	assert_int_equal(memory_count(fix.memory, MEMORY_READ), 0);
	close_shape(&fix);
}

static void test_empty_tree(void **state)
{
	const struct zr_tree empty = {
		.logical = TINY_METADATA + 5 * TINY_NODE,
		.generation = TINY_GENERATION,
		.owner = 5,
	};
	const struct zr_key key = { 1, 2, 3 };
	struct zr_cursor cursor;
	struct fixture fix;

	(void)state;
	open_shape(&fix, 1);
	zr_cursor_init(&cursor, fix.source, &empty);
	assert_int_equal(zr_cursor_seek(&cursor, &key, NULL), 1);
	assert_int_equal(zr_cursor_seek_below(&cursor, &key, NULL), 1);
	zr_cursor_free(&cursor);
	close_shape(&fix);
}

/* A failed read leaves nothing behind that a later search would take for a block. */
static void test_search_after_a_failed_read(void **state)
{
	struct memory_fault fault = { .fail_at = 2 };
	const struct zr_key start = { 0 };
	struct fixture fix;

	(void)state;
	open_shape(&fix, 3);
	fix.memory->fault = &fault;
	assert_int_equal(zr_cursor_seek(&fix.cursor, &start, NULL), -ZR_E_SOURCE_READ);
	assert_int_equal(zr_cursor_seek(&fix.cursor, &start, NULL), 0);
	expect_at(&fix, 0);
	close_shape(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk_forward),
		cmocka_unit_test(test_walk_backward),
		cmocka_unit_test(test_seek_everywhere),
		cmocka_unit_test(test_steps_are_inverse),
		cmocka_unit_test(test_blocks_are_read_once),
		cmocka_unit_test(test_empty_tree),
		cmocka_unit_test(test_search_after_a_failed_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
