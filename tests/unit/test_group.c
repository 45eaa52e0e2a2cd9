// SPDX-License-Identifier: GPL-2.0-or-later
/* Block groups, chunks and device extents: what is listed when they agree, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "group.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE
#define GROUP_ITEM 192
#define DEV_EXTENT 204

/* Takes the description; the list is of a source that stays open until close_fs(). */
struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	struct zr_group_list list;
	struct zr_error err;
	int rc;
};

static void read_fs(struct fixture *fix, struct tiny_fs *fs)
{
	const struct zr_error none = ZR_ERROR_INIT;

	fix->fs = fs;
	fix->err = none;
	fix->memory = tiny_source(fs, false);
	fix->source = tiny_open(fix->memory);
	fix->rc = zr_groups_read(fix->source, &fix->list, &fix->err);
}

static void close_fs(struct fixture *fix)
{
	zr_groups_free(&fix->list);
	zr_source_close(fix->source);
	memory_free(fix->memory);
	tiny_free(fix->fs);
}

static void expect_refused(struct tiny_fs *fs, int code)
{
	struct fixture fix;

	read_fs(&fix, fs);
	if (fix.rc != -code || fix.err.code != code)
		fail_msg("returned %d, \"%s\", expected %s", fix.rc, fix.err.text,
			 zr_error_name(code));
	close_fs(&fix);
}

static uint64_t default_last(void)
{
	return 22 * TINY_SECTOR;
}

static void expect_groups(const struct fixture *fix)
{
	const struct zr_group *groups = fix->list.groups;
	uint64_t dup = fix->fs->options.dup ? 0x20 : 0;

	assert_int_equal(fix->rc, 0);
	assert_int_equal(fix->list.group_count, 3);
	assert_int_equal(groups[0].item.logical, TINY_SYSTEM);
	assert_int_equal(groups[0].item.flags, 2 | dup);
	assert_int_equal(groups[0].item.used, TINY_NODE);
	assert_int_equal(groups[0].last, TINY_NODE);
	assert_int_equal(groups[1].item.logical, TINY_METADATA);
	assert_int_equal(groups[1].item.flags, 4 | dup);
	assert_int_equal(groups[1].item.used, fix->fs->metadata_used);
	assert_int_equal(groups[2].item.logical, TINY_DATA);
	assert_int_equal(groups[2].item.flags, 1);
	assert_int_equal(groups[2].item.len, ZONE);
	assert_int_equal(groups[2].item.used, fix->fs->data_used);
	assert_int_equal(groups[2].last, default_last());
}

static void test_groups_of_all_shapes(void **state)
{
	unsigned int shape;

	(void)state;
	for (shape = 0; shape < 16; shape++) {
		const struct tiny_options options = {
			.dup = shape & 1,
			.group_tree = shape & 2,
			.leaves = shape & 4 ? 5 : 1,
			.keyed_refs = shape & 8,
		};
		struct fixture fix;

		read_fs(&fix, tiny_new(&options));
		expect_groups(&fix);
		close_fs(&fix);
	}
}

static void test_extents_ascend_by_physical(void **state)
{
	static const struct {
		uint32_t zone_no;
		size_t group;
		uint16_t stripe;
	} expected[] = { { 2, 2, 0 }, { 3, 1, 0 }, { 4, 1, 1 }, { 5, 0, 0 }, { 6, 0, 1 } };
	const struct tiny_options options = { .dup = true };
	struct fixture fix;
	size_t i;

	(void)state;
	read_fs(&fix, tiny_new(&options));
	assert_int_equal(fix.rc, 0);
	assert_int_equal(fix.list.extent_count, 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(fix.list.extents[i].physical, expected[i].zone_no * ZONE);
		assert_int_equal(fix.list.extents[i].len, ZONE);
		assert_int_equal(fix.list.extents[i].group, expected[i].group);
		assert_int_equal(fix.list.extents[i].stripe, expected[i].stripe);
	}
	close_fs(&fix);
}

/* The end is that of the last extent, not of the last back reference, in whatever leaf it is. */
static void test_last_extent_before_back_references(void **state)
{
	uint32_t leaves;

	(void)state;
	for (leaves = 1; leaves <= 8; leaves++) {
		const struct tiny_options options = { .keyed_refs = true, .leaves = leaves };
		struct fixture fix;

		read_fs(&fix, tiny_new(&options));
		expect_groups(&fix);
		close_fs(&fix);
	}
}

/* A block group without extents; its neighbour's extents are not its own. */
static void test_block_group_without_extents(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct fixture fix;
	size_t i;

	(void)state;
	for (i = 0; i < fs->options.data_count; i++)
		tiny_remove(fs, TINY_EXTENT_TREE, TINY_DATA + fs->options.data[i].offset, 168,
			    fs->options.data[i].len);
	read_fs(&fix, fs);
	assert_int_equal(fix.rc, 0);
	assert_int_equal(fix.list.groups[2].last, 0);
	close_fs(&fix);
}

static void test_extent_up_to_the_end(void **state)
{
	static const struct tiny_extent data[] = { { ZONE - TINY_SECTOR, TINY_SECTOR, false } };
	const struct tiny_options options = { .data = data, .data_count = 1 };
	struct fixture fix;

	(void)state;
	read_fs(&fix, tiny_new(&options));
	assert_int_equal(fix.rc, 0);
	assert_int_equal(fix.list.groups[2].last, ZONE);
	close_fs(&fix);
}

static void test_extent_across_the_end(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct tiny_item *item = tiny_add(fs, TINY_EXTENT_TREE, TINY_DATA + ZONE - TINY_SECTOR, 168,
					  2 * TINY_SECTOR, 24);

	(void)state;
	tiny_poke(item->data, 0, 8, 1);
	tiny_poke(item->data, 16, 8, 1);
	expect_refused(fs, ZR_E_EXTENT);
}

static void test_missing_block_group_item(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	tiny_remove(fs, TINY_EXTENT_TREE, TINY_METADATA, GROUP_ITEM, ZONE);
	expect_refused(fs, ZR_E_BLOCK_GROUP);
}

/* With a tree of their own the items in the extent tree do not count, and the other way round. */
static void test_item_in_the_wrong_tree(void **state)
{
	const struct tiny_options options = { .group_tree = true };
	struct tiny_fs *fs = tiny_new(&options);
	struct tiny_item *item = tiny_item(fs, TINY_GROUP_TREE, TINY_DATA, GROUP_ITEM, ZONE);
	struct tiny_item *moved = tiny_add(fs, TINY_EXTENT_TREE, TINY_DATA, GROUP_ITEM, ZONE, 24);
	size_t i;

	(void)state;
	for (i = 0; i < 24; i++)
		moved->data[i] = item->data[i];
	tiny_remove(fs, TINY_GROUP_TREE, TINY_DATA, GROUP_ITEM, ZONE);
	expect_refused(fs, ZR_E_BLOCK_GROUP);
}

static void test_block_group_of_another_length(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct tiny_item *item = tiny_item(fs, TINY_EXTENT_TREE, TINY_DATA, GROUP_ITEM, ZONE);

	(void)state;
	item->key.offset = ZONE / 2;
	expect_refused(fs, ZR_E_BLOCK_GROUP);
}

static void test_flags_differ(void **state)
{
	static const uint64_t wrong[] = { 4, 2, 0x21, 5 };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct tiny_fs *fs = tiny_new(NULL);
		struct tiny_item *item =
			tiny_item(fs, TINY_EXTENT_TREE, TINY_DATA, GROUP_ITEM, ZONE);

		tiny_poke(item->data, 16, 8, wrong[i]);
		expect_refused(fs, ZR_E_BLOCK_GROUP);
	}
}

static void test_missing_device_extent(void **state)
{
	const struct tiny_options options = { .dup = true };
	uint32_t zone_no;

	(void)state;
	for (zone_no = 2; zone_no <= 6; zone_no++) {
		struct tiny_fs *fs = tiny_new(&options);

		tiny_remove(fs, TINY_DEV_TREE, 1, DEV_EXTENT, zone_no * ZONE);
		expect_refused(fs, ZR_E_DEVEXT);
	}
}

static struct tiny_item *add_extent(struct tiny_fs *fs, uint64_t devid, uint64_t physical,
				    uint64_t logical)
{
	struct tiny_item *item = tiny_add(fs, TINY_DEV_TREE, devid, DEV_EXTENT, physical, 48);

	tiny_poke(item->data, 0, 8, 3);
	tiny_poke(item->data, 8, 8, 256);
	tiny_poke(item->data, 16, 8, logical);
	tiny_poke(item->data, 24, 8, ZONE);
	return item;
}

static void test_device_extent_without_chunk(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	add_extent(fs, 1, 8 * ZONE, 1ULL << 40);
	expect_refused(fs, ZR_E_DEVEXT);
	/* Inside a chunk, but not at its start. */
	fs = tiny_new(NULL);
	add_extent(fs, 1, 8 * ZONE, TINY_DATA + TINY_NODE);
	expect_refused(fs, ZR_E_DEVEXT);
}

static void test_device_extent_that_is_no_stripe(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	add_extent(fs, 1, 8 * ZONE, TINY_DATA);
	expect_refused(fs, ZR_E_DEVEXT);
}

static void test_device_extent_of_another_length(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	tiny_poke(tiny_item(fs, TINY_DEV_TREE, 1, DEV_EXTENT, 2 * ZONE)->data, 24, 8, ZONE / 2);
	expect_refused(fs, ZR_E_DEVEXT);
}

/* Extents of other devices do not count, so one of ours that says so is missing. */
static void test_device_extent_of_another_device(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct fixture fix;

	(void)state;
	add_extent(fs, 2, 2 * ZONE, TINY_DATA);
	add_extent(fs, 0, 2 * ZONE, TINY_DATA);
	read_fs(&fix, fs);
	expect_groups(&fix);
	assert_int_equal(fix.list.extent_count, 3);
	close_fs(&fix);

	fs = tiny_new(NULL);
	tiny_remove(fs, TINY_DEV_TREE, 1, DEV_EXTENT, 2 * ZONE);
	add_extent(fs, 2, 2 * ZONE, TINY_DATA);
	expect_refused(fs, ZR_E_DEVEXT);
}

/* Each read fails in turn; nothing is lost with it. */
static void test_failures_are_passed_on(void **state)
{
	const struct tiny_options options = { .leaves = 4 };
	struct tiny_fs *fs = tiny_new(&options);
	struct memory_device *memory = tiny_source(fs, false);
	struct zr_source *source = tiny_open(memory);
	struct memory_fault fault = { .fail_at = 0 };
	struct zr_group_list list;
	int rc;

	(void)state;
	memory->fault = &fault;
	do {
		struct zr_error err = ZR_ERROR_INIT;

		fault.fail_at++;
		fault.count = 0;
		rc = zr_groups_read(source, &list, &err);
		zr_groups_free(&list);
		assert_int_equal(rc, fault.count < fault.fail_at ? 0 : -ZR_E_SOURCE_READ);
	} while (rc);
	assert_true(fault.fail_at > 6);
	zr_source_close(source);
	memory_free(memory);
	tiny_free(fs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_of_all_shapes),
		cmocka_unit_test(test_extents_ascend_by_physical),
		cmocka_unit_test(test_last_extent_before_back_references),
		cmocka_unit_test(test_block_group_without_extents),
		cmocka_unit_test(test_extent_up_to_the_end),
		cmocka_unit_test(test_extent_across_the_end),
		cmocka_unit_test(test_missing_block_group_item),
		cmocka_unit_test(test_item_in_the_wrong_tree),
		cmocka_unit_test(test_block_group_of_another_length),
		cmocka_unit_test(test_flags_differ),
		cmocka_unit_test(test_missing_device_extent),
		cmocka_unit_test(test_device_extent_without_chunk),
		cmocka_unit_test(test_device_extent_that_is_no_stripe),
		cmocka_unit_test(test_device_extent_of_another_length),
		cmocka_unit_test(test_device_extent_of_another_device),
		cmocka_unit_test(test_failures_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
