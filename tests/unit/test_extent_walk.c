// SPDX-License-Identifier: GPL-2.0-or-later
/* The used extents of a block group: all of them in order, or a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "extent.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE
#define FOUND_MAX 64

/* What a walk over the block group at @logical gives. */
struct result {
	struct zr_extent found[FOUND_MAX];
	size_t count;
	struct zr_error err;
	int rc;
};

static void walk(struct tiny_fs *fs, size_t group, struct result *result)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct memory_device *memory = tiny_source(fs, false);
	struct zr_source *source = tiny_open(memory);
	struct zr_extent_walk walk;
	struct zr_group_list list;

	result->count = 0;
	result->err = none;
	assert_int_equal(zr_groups_read(source, &list, &result->err), 0);
	zr_extent_walk_init(&walk, source);
	zr_extent_walk_start(&walk, &list.groups[group]);
	do {
		result->rc =
			zr_extent_walk_next(&walk, &result->found[result->count], &result->err);
	} while (!result->rc && ++result->count < FOUND_MAX);
	zr_extent_walk_free(&walk);
	zr_groups_free(&list);
	zr_source_close(source);
	memory_free(memory);
	tiny_free(fs);
}

static void expect_refused(struct tiny_fs *fs, size_t group, int code)
{
	struct result result;

	walk(fs, group, &result);
	if (result.rc != -code || result.err.code != code)
		fail_msg("returned %d, \"%s\", expected %s", result.rc, result.err.text,
			 zr_error_name(code));
}

static struct tiny_item *add_item(struct tiny_fs *fs, uint64_t logical, uint8_t type,
				  uint64_t offset, uint64_t flags)
{
	struct tiny_item *item = tiny_add(fs, TINY_EXTENT_TREE, logical, type, offset, 53);

	tiny_poke(item->data, 0, 8, 1);
	tiny_poke(item->data, 8, 8, TINY_GENERATION);
	tiny_poke(item->data, 16, 8, flags);
	return item;
}

static void set_used(struct tiny_fs *fs, uint64_t logical, uint64_t used)
{
	tiny_poke(tiny_item(fs, TINY_EXTENT_TREE, logical, 192, ZONE)->data, 0, 8, used);
}

static void test_data_extents(void **state)
{
	uint32_t leaves;

	(void)state;
	for (leaves = 1; leaves <= 8; leaves++) {
		const struct tiny_options options = { .leaves = leaves, .keyed_refs = true };
		struct tiny_fs *fs = tiny_new(&options);
		const struct tiny_extent *data = fs->options.data;
		size_t count = fs->options.data_count;
		struct result result;
		size_t i;

		walk(fs, 2, &result);
		assert_int_equal(result.rc, 1);
		assert_int_equal(result.err.code, 0);
		assert_int_equal(result.count, count);
		for (i = 0; i < count; i++) {
			assert_int_equal(result.found[i].kind, ZR_EXTENT_DATA);
			assert_int_equal(result.found[i].logical, TINY_DATA + data[i].offset);
			assert_int_equal(result.found[i].len, data[i].len);
		}
	}
}

static void test_tree_blocks(void **state)
{
	const struct tiny_options options = { .leaves = 2 };
	struct result result;
	size_t i;

	(void)state;
	walk(tiny_new(&options), 1, &result);
	assert_int_equal(result.rc, 1);
	/* Root, device and file system tree; extent and checksum tree of three blocks each. */
	assert_int_equal(result.count, 9);
	for (i = 0; i < result.count; i++) {
		bool node = i == 1 || i == 3;

		assert_int_equal(result.found[i].kind, ZR_EXTENT_TREE_BLOCK);
		assert_int_equal(result.found[i].len, TINY_NODE);
		assert_int_equal(result.found[i].level, node);
		assert_int_equal(result.found[i].generation, TINY_GENERATION);
	}
}

/* The same walk serves several block groups, in any order. */
static void test_one_walk_for_all_groups(void **state)
{
	static const size_t order[] = { 2, 0, 1, 0, 2 };
	struct tiny_fs *fs = tiny_new(NULL);
	struct memory_device *memory = tiny_source(fs, false);
	struct zr_source *source = tiny_open(memory);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_group_list list;
	struct zr_extent_walk walk_of;
	size_t i;

	(void)state;
	assert_int_equal(zr_groups_read(source, &list, &err), 0);
	zr_extent_walk_init(&walk_of, source);
	for (i = 0; i < 5; i++) {
		const struct zr_group *group = &list.groups[order[i]];
		struct zr_extent extent;
		uint64_t sum = 0;

		zr_extent_walk_start(&walk_of, group);
		while (!zr_extent_walk_next(&walk_of, &extent, &err))
			sum += extent.len;
		assert_int_equal(err.code, 0);
		assert_int_equal(sum, group->item.used);
	}
	zr_extent_walk_free(&walk_of);
	zr_groups_free(&list);
	zr_source_close(source);
	memory_free(memory);
	tiny_free(fs);
}

static void test_tree_block_with_a_whole_extent_item(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	uint64_t logical = TINY_METADATA + 5 * TINY_NODE;
	struct result result;

	(void)state;
	tiny_remove(fs, TINY_EXTENT_TREE, logical, 169, 0);
	add_item(fs, logical, 168, TINY_NODE, 2);
	walk(fs, 1, &result);
	assert_int_equal(result.rc, 1);
	assert_int_equal(result.found[4].logical, logical);
	assert_int_equal(result.found[4].kind, ZR_EXTENT_TREE_BLOCK);
}

static void test_overlap(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	/* Inside the first extent. */
	add_item(fs, TINY_DATA + TINY_SECTOR, 168, TINY_SECTOR, 1);
	expect_refused(fs, 2, ZR_E_OVERLAP);
	/* From the gap into the next one. */
	fs = tiny_new(NULL);
	add_item(fs, TINY_DATA + 7 * TINY_SECTOR, 168, 2 * TINY_SECTOR, 1);
	expect_refused(fs, 2, ZR_E_OVERLAP);
	/* Two items for one address. */
	fs = tiny_new(NULL);
	add_item(fs, TINY_DATA, 168, TINY_SECTOR, 1);
	expect_refused(fs, 2, ZR_E_OVERLAP);
	fs = tiny_new(NULL);
	add_item(fs, TINY_METADATA, 169, 1, 2);
	expect_refused(fs, 1, ZR_E_OVERLAP);
}

static void test_wrong_kind(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	add_item(fs, TINY_DATA + 12 * TINY_SECTOR, 169, 0, 2);
	expect_refused(fs, 2, ZR_E_EXTENT);
	fs = tiny_new(NULL);
	add_item(fs, TINY_METADATA + 7 * TINY_NODE, 168, TINY_NODE, 1);
	expect_refused(fs, 1, ZR_E_EXTENT);
	fs = tiny_new(NULL);
	add_item(fs, TINY_SYSTEM + TINY_NODE, 168, TINY_NODE, 1);
	expect_refused(fs, 0, ZR_E_EXTENT);
}

static void test_sum_is_not_used(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	set_used(fs, TINY_DATA, fs->data_used + TINY_SECTOR);
	expect_refused(fs, 2, ZR_E_BLOCK_GROUP);
	fs = tiny_new(NULL);
	set_used(fs, TINY_DATA, fs->data_used - TINY_SECTOR);
	expect_refused(fs, 2, ZR_E_BLOCK_GROUP);
	fs = tiny_new(NULL);
	set_used(fs, TINY_DATA, 0);
	expect_refused(fs, 2, ZR_E_BLOCK_GROUP);
	fs = tiny_new(NULL);
	set_used(fs, TINY_SYSTEM, 0);
	expect_refused(fs, 0, ZR_E_BLOCK_GROUP);
}

/* One that is missing in the middle of the tree leaves a gap that only the sum shows. */
static void test_lost_extent_item(void **state)
{
	const struct tiny_options options = { .leaves = 4 };
	struct tiny_fs *fs = tiny_new(&options);
	const struct tiny_extent *lost = &fs->options.data[1];

	(void)state;
	tiny_remove(fs, TINY_EXTENT_TREE, TINY_DATA + lost->offset, 168, lost->len);
	expect_refused(fs, 2, ZR_E_BLOCK_GROUP);
}

static void test_empty_block_group(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct result result;
	size_t i;

	(void)state;
	for (i = 0; i < fs->options.data_count; i++)
		tiny_remove(fs, TINY_EXTENT_TREE, TINY_DATA + fs->options.data[i].offset, 168,
			    fs->options.data[i].len);
	set_used(fs, TINY_DATA, 0);
	walk(fs, 2, &result);
	assert_int_equal(result.rc, 1);
	assert_int_equal(result.count, 0);
}

/* What the decoder refuses ends the walk as well: the tree cannot even be opened. */
static void test_bad_item(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct memory_device *memory = tiny_source(fs, false);
	struct zr_source *source = tiny_open(memory);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_extent_walk walk_of;
	struct zr_group_list list;
	struct zr_extent extent;

	(void)state;
	assert_int_equal(zr_groups_read(source, &list, &err), 0);
	tiny_item(fs, TINY_EXTENT_TREE, TINY_DATA, 168, 5 * TINY_SECTOR)->data[16] = 3;
	tiny_write(fs, memory);
	zr_extent_walk_init(&walk_of, source);
	zr_extent_walk_start(&walk_of, &list.groups[2]);
	assert_int_equal(zr_extent_walk_next(&walk_of, &extent, &err), -ZR_E_EXTENT);
	assert_int_equal(err.logical, fs->trees[TINY_EXTENT_TREE].root);
	zr_extent_walk_free(&walk_of);
	zr_groups_free(&list);
	zr_source_close(source);
	memory_free(memory);
	tiny_free(fs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_extents),
		cmocka_unit_test(test_tree_blocks),
		cmocka_unit_test(test_one_walk_for_all_groups),
		cmocka_unit_test(test_tree_block_with_a_whole_extent_item),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_wrong_kind),
		cmocka_unit_test(test_sum_is_not_used),
		cmocka_unit_test(test_lost_extent_item),
		cmocka_unit_test(test_empty_block_group),
		cmocka_unit_test(test_bad_item),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
