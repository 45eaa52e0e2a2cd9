// SPDX-License-Identifier: GPL-2.0-or-later
/* An audit finds what is wrong in a file system and nothing else, and knows who refuses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE
#define CHUNK_ITEM 228
#define GROUP_ITEM 192
#define DEV_EXTENT 204
#define FOUND_MAX 16

/* A file system, an audit of it, and what it told. */
struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_check_summary summary;
	struct zr_error err;
	struct zr_check_finding found[FOUND_MAX];
	char texts[FOUND_MAX][200];
	size_t count;
	size_t zones;
	size_t superblocks;
	int rc;
};

static void take_finding(const struct zr_check_finding *finding, void *context)
{
	struct fixture *fix = context;

	if (fix->count == FOUND_MAX)
		return;
	fix->found[fix->count] = *finding;
	snprintf(fix->texts[fix->count++], sizeof(fix->texts[0]), "%s", finding->text);
}

static void take_zone(const struct zr_check_zone *zone, void *context)
{
	struct fixture *fix = context;

	assert_true(zone->last <= zone->cap && zone->written <= zone->cap);
	fix->zones++;
}

static void take_superblock(const struct zr_check_superblock *superblock, void *context)
{
	struct fixture *fix = context;

	(void)superblock;
	fix->superblocks++;
}

static void open_fixture(struct fixture *fix, struct tiny_fs *fs,
			 const struct memory_options *options)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct memory_options defaults = { .zones = fs->options.zones };

	memset(fix, 0, sizeof(*fix));
	fix->err = none;
	fix->fs = fs;
	if (options)
		defaults = *options;
	defaults.source = true;
	fix->memory = memory_new(&defaults, "disk");
	tiny_write(fs, fix->memory);
}

static void open_plain(struct fixture *fix)
{
	const struct tiny_options options = { .dup = true };

	open_fixture(fix, tiny_new(&options), NULL);
}

static void audit(struct fixture *fix)
{
	const struct zr_check_listener listener = {
		.size = sizeof(listener),
		.superblock = take_superblock,
		.zone = take_zone,
		.finding = take_finding,
		.context = fix,
	};

	fix->rc = zr_audit_device(&fix->memory->dev, &listener, &fix->summary, &fix->err);
}

static void close_fixture(struct fixture *fix)
{
	memory_free(fix->memory);
	tiny_free(fix->fs);
}

/* One finding and no other; refusals of 6.1, 6.12 and later ones as a string of digits. */
static void expect_one(struct fixture *fix, enum zr_check_kind kind, const char *refused)
{
	const struct zr_check_finding *found = &fix->found[0];
	size_t i;

	audit(fix);
	if (fix->rc)
		fail_msg("%s", fix->err.text);
	for (i = 0; i < fix->count; i++)
		if (fix->count != 1 || found[i].kind != kind)
			fail_msg("found %s: %s", zr_check_kind_name(found[i].kind), fix->texts[i]);
	assert_int_equal(fix->count, 1);
	for (i = 0; i < ZR_KERNELS; i++)
		assert_int_equal(found->refusal[i] != NULL, refused[i] == '1');
	assert_int_equal(fix->summary.errors, found->severity == ZR_CHECK_ERROR);
	assert_int_equal(fix->summary.warnings, found->severity == ZR_CHECK_WARNING);
	assert_int_equal(fix->summary.notes, found->severity == ZR_CHECK_NOTE);
	close_fixture(fix);
}

/* The data block group in another place, with nothing in it. */
static struct tiny_fs *move_data(uint32_t zones, uint64_t physical)
{
	const struct tiny_options options = { .dup = true, .zones = zones };
	struct tiny_fs *fs = tiny_new(&options);
	struct tiny_item extent = *tiny_item(fs, TINY_DEV_TREE, 1, DEV_EXTENT, 2 * ZONE);
	size_t i;

	for (i = 0; i < fs->options.data_count; i++)
		tiny_remove(fs, TINY_EXTENT_TREE, TINY_DATA + fs->options.data[i].offset, 168,
			    fs->options.data[i].len);
	tiny_poke(tiny_item(fs, TINY_EXTENT_TREE, TINY_DATA, GROUP_ITEM, ZONE)->data, 0, 8, 0);
	tiny_poke(tiny_item(fs, TINY_CHUNK_TREE, 256, CHUNK_ITEM, TINY_DATA)->data, 56, 8,
		  physical);
	tiny_remove(fs, TINY_DEV_TREE, 1, DEV_EXTENT, 2 * ZONE);
	memcpy(tiny_add(fs, TINY_DEV_TREE, 1, DEV_EXTENT, physical, 48)->data, extent.data, 48);
	return fs;
}

static void open_moved(struct fixture *fix, uint32_t zones, uint64_t physical)
{
	open_fixture(fix, move_data(zones, physical), NULL);
	memory_set_zone(fix->memory, 2, ZR_COND_EMPTY, 0);
}

static void test_healthy(void **state)
{
	unsigned int shape;

	(void)state;
	for (shape = 0; shape < 16; shape++) {
		const struct tiny_options options = {
			.dup = shape & 1,
			.group_tree = shape & 2,
			.log = shape & 4,
			.zones = 16,
		};
		const struct memory_options device = { .zones = 16, .regular = shape & 8 };
		struct fixture fix;

		open_fixture(&fix, tiny_new(&options), &device);
		audit(&fix);
		assert_int_equal(fix.rc, 0);
		if (fix.count)
			fail_msg("shape %u: %s", shape, fix.texts[0]);
		assert_true(fix.summary.complete && fix.summary.has_super);
		assert_int_equal(fix.zones, options.dup ? 5 : 3);
		assert_int_equal(fix.summary.group_zones, fix.zones);
		assert_int_equal(fix.superblocks, 1);
		assert_int_equal(fix.summary.generation, TINY_GENERATION);
		close_fixture(&fix);
	}
}

static void test_write_pointers(void **state)
{
	struct fixture fix;

	(void)state;
	open_plain(&fix);
	memory_set_zone(fix.memory, 4, ZR_COND_FULL, 0);
	expect_one(&fix, ZR_CHECK_POINTER_DIFFERS, "111");
	open_plain(&fix);
	memory_set_zone(fix.memory, 2, ZR_COND_CLOSED, 8 * TINY_SECTOR);
	expect_one(&fix, ZR_CHECK_POINTER_BEHIND, "000");
	open_plain(&fix);
	memory_set_zone(fix.memory, 2, ZR_COND_READONLY, 0);
	expect_one(&fix, ZR_CHECK_POINTER_LOST, "111");
	open_plain(&fix);
	memory_set_zone(fix.memory, 2, ZR_COND_CLOSED, 60 * TINY_SECTOR + 512);
	expect_one(&fix, ZR_CHECK_POINTER_UNALIGNED, "000");
	open_plain(&fix);
	memory_set_zone(fix.memory, 2, ZR_COND_FULL, 0);
	audit(&fix);
	assert_int_equal(fix.count, 0);
	close_fixture(&fix);
}

static void test_extent_of_the_log_counts(void **state)
{
	const struct tiny_options options = { .dup = true, .log = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, tiny_new(&options), NULL);
	memory_set_zone(fix.memory, 2, ZR_COND_CLOSED, 40 * TINY_SECTOR);
	expect_one(&fix, ZR_CHECK_POINTER_BEHIND, "000");
	open_fixture(&fix, tiny_new(&options), NULL);
	tiny_flip(fix.memory, fix.fs->trees[TINY_LOG_TREE].root, 0);
	tiny_flip(fix.memory, fix.fs->trees[TINY_LOG_TREE].root, 1);
	expect_one(&fix, ZR_CHECK_TREE_LOG, "111");
}

static void test_zones_of_no_block_group(void **state)
{
	struct fixture fix;

	(void)state;
	open_plain(&fix);
	memory_set_zone(fix.memory, 8, ZR_COND_CLOSED, TINY_SECTOR);
	expect_one(&fix, ZR_CHECK_LEFTOVER, "000");
	open_plain(&fix);
	memory_set_zone(fix.memory, 9, ZR_COND_OFFLINE, 0);
	expect_one(&fix, ZR_CHECK_DEAD_ZONE, "000");
}

static void test_places(void **state)
{
	struct fixture fix;

	(void)state;
	open_moved(&fix, 20, 16 * ZONE);
	expect_one(&fix, ZR_CHECK_GROUP_ON_SUPER, "111");
	open_moved(&fix, 20, ZONE);
	expect_one(&fix, ZR_CHECK_GROUP_ON_LOG, "000");
	open_moved(&fix, 20, 10 * ZONE + ZONE / 2);
	expect_one(&fix, ZR_CHECK_EXTENT_UNALIGNED, "111");
}

static void test_two_copies_of_data(void **state)
{
	struct tiny_fs *fs = move_data(20, 10 * ZONE);
	struct tiny_item *chunk = tiny_item(fs, TINY_CHUNK_TREE, 256, CHUNK_ITEM, TINY_DATA);
	struct tiny_item extent = *tiny_item(fs, TINY_DEV_TREE, 1, DEV_EXTENT, 10 * ZONE);
	struct fixture fix;

	(void)state;
	tiny_poke(chunk->data, 24, 8, 0x21);
	tiny_poke(chunk->data, 44, 2, 2);
	memcpy(chunk->data + 80, chunk->data + 48, 32);
	tiny_poke(chunk->data, 88, 8, 11 * ZONE);
	chunk->size = 112;
	tiny_poke(tiny_item(fs, TINY_EXTENT_TREE, TINY_DATA, GROUP_ITEM, ZONE)->data, 16, 8, 0x21);
	memcpy(tiny_add(fs, TINY_DEV_TREE, 1, DEV_EXTENT, 11 * ZONE, 48)->data, extent.data, 48);
	open_fixture(&fix, fs, NULL);
	memory_set_zone(fix.memory, 2, ZR_COND_EMPTY, 0);
	expect_one(&fix, ZR_CHECK_DATA_PROFILE, "111");
}

static void test_superblock_log(void **state)
{
	struct fixture fix;

	(void)state;
	open_plain(&fix);
	memory_set_zone(fix.memory, 1, ZR_COND_EXP_OPEN, 0);
	expect_one(&fix, ZR_CHECK_SUPER_LOG, "111");
	assert_false(fix.summary.complete || fix.summary.has_super);
	open_plain(&fix);
	memory_set_zone(fix.memory, 0, ZR_COND_EMPTY, 0);
	expect_one(&fix, ZR_CHECK_SUPER_NONE, "111");
	open_plain(&fix);
	memory_set_zone(fix.memory, 0, ZR_COND_FULL, 0);
	expect_one(&fix, ZR_CHECK_SUPER_NONE, "111");
	open_plain(&fix);
	fix.memory->bytes[0x200] ^= 1;
	expect_one(&fix, ZR_CHECK_SUPER_CSUM, "111");
}

static void test_superblock_that_tools_miss(void **state)
{
	const struct tiny_options options = { .dup = true };
	const struct memory_options device = { .zones = TINY_ZONES, .cap = ZONE / 2 };
	struct fixture fix;
	uint8_t raw[4096];

	(void)state;
	open_fixture(&fix, tiny_new(&options), &device);
	tiny_super_copy(fix.fs, TINY_GENERATION, 65536, raw);
	memory_place(fix.memory, ZONE / 2 - 4096, raw, sizeof(raw));
	expect_one(&fix, ZR_CHECK_SUPER_TOOLS, "000");
}

static void open_regular(struct fixture *fix, uint64_t generation, bool good)
{
	const struct tiny_options options = { .dup = true, .zones = 20 };
	const struct memory_options device = { .zones = 20, .regular = true };
	uint8_t raw[4096];

	open_fixture(fix, tiny_new(&options), &device);
	tiny_poke(fix->fs->super, 0xa4, 8, generation);
	tiny_super_copy(fix->fs, generation, 64ULL << 20, raw);
	raw[0x200] ^= !good;
	memory_place(fix->memory, 64ULL << 20, raw, sizeof(raw));
}

static void test_copies_of_the_superblock(void **state)
{
	struct fixture fix;

	(void)state;
	open_regular(&fix, TINY_GENERATION, true);
	audit(&fix);
	assert_int_equal(fix.count, 0);
	assert_int_equal(fix.superblocks, 2);
	close_fixture(&fix);
	open_regular(&fix, TINY_GENERATION - 1, true);
	expect_one(&fix, ZR_CHECK_COPY_OLD, "000");
	open_regular(&fix, TINY_GENERATION, false);
	expect_one(&fix, ZR_CHECK_COPY_BAD, "000");
}

/* A device of more than 512 GiB has a second pair, whatever the size of the file system is. */
static void test_copies_beyond_the_file_system(void **state)
{
	const uint32_t pair = (uint32_t)((512ULL << 30) / ZONE);
	const struct memory_options device = { .zones = pair + 2 };
	const struct tiny_options options = { .dup = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, tiny_new(&options), &device);
	memory_set_zone(fix.memory, pair, ZR_COND_CLOSED, 4096);
	expect_one(&fix, ZR_CHECK_COPY_BEYOND, "000");
	open_fixture(&fix, tiny_new(&options), &device);
	memory_set_zone(fix.memory, pair + 1, ZR_COND_CLOSED, 4096);
	expect_one(&fix, ZR_CHECK_COPY_LOG, "111");
}

static void open_limited(struct fixture *fix, uint32_t max_active)
{
	const struct tiny_options options = { .dup = true };
	const struct memory_options device = { .zones = TINY_ZONES, .max_active = max_active };

	open_fixture(fix, tiny_new(&options), &device);
}

/* Six zones are active; kernels set aside 2 for metadata besides the two in use, none for system.
 */
static void test_active_zones(void **state)
{
	struct fixture fix;

	(void)state;
	open_limited(&fix, 9);
	audit(&fix);
	assert_int_equal(fix.count, 0);
	assert_int_equal(fix.summary.active, 6);
	assert_int_equal(fix.summary.reserved, 2);
	close_fixture(&fix);
	open_limited(&fix, 8);
	expect_one(&fix, ZR_CHECK_LIMIT_NEAR, "000");
	open_limited(&fix, 8);
	memory_set_zone(fix.memory, 7, ZR_COND_CLOSED, 4096);
	memory_set_zone(fix.memory, 8, ZR_COND_CLOSED, 4096);
	memory_set_zone(fix.memory, 9, ZR_COND_CLOSED, 4096);
	audit(&fix);
	assert_int_equal(fix.count, 4);
	assert_int_equal(fix.found[0].kind, ZR_CHECK_LIMIT_EXCEEDED);
	close_fixture(&fix);
	open_limited(&fix, 5);
	audit(&fix);
	assert_int_equal(fix.found[0].kind, ZR_CHECK_LIMIT_LOW);
	assert_null(fix.found[0].refusal[ZR_KERNEL_LATER]);
	assert_non_null(fix.found[0].refusal[ZR_KERNEL_6_12]);
	close_fixture(&fix);
}

static void test_few_zones(void **state)
{
	const struct tiny_options options = { .zones = 7 };
	const struct memory_options device = { .zones = 7, .regular = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, tiny_new(&options), NULL);
	expect_one(&fix, ZR_CHECK_FEW_ZONES, "001");
	open_fixture(&fix, tiny_new(&options), &device);
	expect_one(&fix, ZR_CHECK_FEW_ZONES, "001");
}

static void test_trees(void **state)
{
	const struct tiny_options options = { .dup = true };
	struct tiny_fs *fs = tiny_new(&options);
	struct fixture fix;

	(void)state;
	tiny_poke(tiny_item(fs, TINY_CHUNK_TREE, 1, 216, 1)->data, 8, 8, 100 * ZONE);
	open_fixture(&fix, fs, NULL);
	expect_one(&fix, ZR_CHECK_TREES, "111");
	assert_false(fix.summary.complete);
	fs = tiny_new(&options);
	tiny_remove(fs, TINY_DEV_TREE, 1, DEV_EXTENT, 2 * ZONE);
	open_fixture(&fix, fs, NULL);
	expect_one(&fix, ZR_CHECK_TREES, "111");
	open_plain(&fix);
	tiny_flip(fix.memory, fix.fs->trees[TINY_EXTENT_TREE].root, 0);
	tiny_flip(fix.memory, fix.fs->trees[TINY_EXTENT_TREE].root, 1);
	expect_one(&fix, ZR_CHECK_TREES, "000");
}

static void test_failures_are_no_findings(void **state)
{
	struct memory_fault fault = { .fail_at = 1, .kinds = 1U << MEMORY_READ };
	const struct zr_check_listener listener = { .size = 1 };
	struct fixture fix;

	(void)state;
	open_plain(&fix);
	fix.memory->fault = &fault;
	audit(&fix);
	assert_int_equal(fix.rc, -ZR_E_SOURCE_READ);
	assert_int_equal(fix.count, 0);
	assert_false(fix.summary.complete);
	close_fixture(&fix);
	assert_int_equal(zr_check_run("/nonexistent", NULL, &fix.summary, NULL), -ZR_E_OPEN);
	assert_int_equal(zr_check_run("/nonexistent", &listener, &fix.summary, NULL),
			 -ZR_E_ARGUMENT);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(zr_check_kind_name(ZR_CHECK_DEAD_ZONE), "dead-zone");
	assert_string_equal(zr_check_kind_name((enum zr_check_kind)1000), "unknown");
	assert_string_equal(zr_check_severity_name(ZR_CHECK_NOTE), "note");
	assert_string_equal(zr_check_severity_name((enum zr_check_severity)1000), "unknown");
	assert_string_equal(zr_kernel_name(ZR_KERNEL_6_12), "6.12");
	assert_string_equal(zr_kernel_name(ZR_KERNELS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_write_pointers),
		cmocka_unit_test(test_extent_of_the_log_counts),
		cmocka_unit_test(test_zones_of_no_block_group),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_two_copies_of_data),
		cmocka_unit_test(test_superblock_log),
		cmocka_unit_test(test_superblock_that_tools_miss),
		cmocka_unit_test(test_copies_of_the_superblock),
		cmocka_unit_test(test_copies_beyond_the_file_system),
		cmocka_unit_test(test_active_zones),
		cmocka_unit_test(test_few_zones),
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_failures_are_no_findings),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
