// SPDX-License-Identifier: GPL-2.0-or-later
/* An audit finds what is wrong in a file system and nothing else, and knows who refuses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit_fixture.h"

#define ZONE MEMORY_ZONE_SIZE
#define CHUNK_ITEM 228
#define GROUP_ITEM 192
#define DEV_EXTENT 204

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
		run_audit(&fix);
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
	run_audit(&fix);
	assert_int_equal(fix.count, 0);
	close_fixture(&fix);
}

/* The first zone of metadata is conventional, the second one is not. */
static void test_zones_of_two_types(void **state)
{
	const struct memory_options device = { .zones = TINY_ZONES, .conventional = 4 };
	const struct tiny_options options = { .dup = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, tiny_new(&options), &device);
	expect_one(&fix, ZR_CHECK_POINTER_MIXED, "100");
	open_fixture(&fix, tiny_new(&options), &device);
	memory_set_zone(fix.memory, 4, ZR_COND_CLOSED, TINY_NODE);
	run_audit(&fix);
	assert_int_equal(fix.summary.errors, 2);
	assert_int_equal(fix.found[1].kind, ZR_CHECK_POINTER_BEHIND_MIXED);
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
	run_audit(&fix);
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
	run_audit(&fix);
	assert_int_equal(fix.count, 4);
	assert_int_equal(fix.found[0].kind, ZR_CHECK_LIMIT_EXCEEDED);
	close_fixture(&fix);
	open_limited(&fix, 14);
	fix.memory->dev.geo.max_open = 8;
	memory_set_zone(fix.memory, 7, ZR_COND_CLOSED, 4096);
	memory_set_zone(fix.memory, 8, ZR_COND_CLOSED, 4096);
	memory_set_zone(fix.memory, 9, ZR_COND_CLOSED, 4096);
	run_audit(&fix);
	assert_int_equal(fix.found[0].kind, ZR_CHECK_LIMIT_LATER);
	assert_null(fix.found[0].refusal[ZR_KERNEL_6_12]);
	assert_non_null(fix.found[0].refusal[ZR_KERNEL_LATER]);
	close_fixture(&fix);
	open_limited(&fix, 5);
	run_audit(&fix);
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

/* The condition of zone 4 of a zoned image. */
static void lose_zone(const char *path)
{
	const uint8_t offline[4] = { 15 };
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, offline, sizeof(offline), 192 + 4 * 64 + 40), 4);
	close(fd);
}

/* An audit that is told of a second device, which it finds in files. */
static void audit_beside(struct fixture *fix, bool lost)
{
	char folder[] = "/tmp/zreplace-test-XXXXXX";
	char path[64];
	char data_path[64];
	const char *members[] = { path };
	const struct zr_source_options options = {
		.size = sizeof(options),
		.members = members,
		.member_count = 1,
	};

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t_zone_info.dump", folder);
	snprintf(data_path, sizeof(data_path), "%s/t_zone_data.dump", folder);
	assert_int_equal(memory_save(fix->fs->peer, path, NULL), 0);
	if (lost)
		lose_zone(path);
	fix->options = &options;
	run_audit(fix);
	fix->options = NULL;
	unlink(path);
	unlink(data_path);
	rmdir(folder);
	assert_int_equal(fix->rc, 0);
}

static void open_mirrored(struct fixture *fix)
{
	const struct tiny_options options = { .mirrored = true };
	const struct zr_error none = ZR_ERROR_INIT;

	memset(fix, 0, sizeof(*fix));
	fix->err = none;
	fix->fs = tiny_new(&options);
	fix->memory = tiny_source(fix->fs, false);
}

/* Metadata and system have their second copies on another device; data has none. */
static void test_two_devices(void **state)
{
	struct fixture fix;

	(void)state;
	open_mirrored(&fix);
	audit_beside(&fix, false);
	assert_int_equal(fix.count, 2);
	assert_int_equal(fix.found[0].kind, ZR_CHECK_PROFILE);
	assert_non_null(fix.found[0].refusal[ZR_KERNEL_6_1]);
	assert_null(fix.found[0].refusal[ZR_KERNEL_6_12]);
	assert_int_equal(fix.summary.group_zones, 3);
	assert_int_equal(fix.summary.errors + fix.summary.warnings, 0);
	close_fixture(&fix);
	open_mirrored(&fix);
	memory_set_zone(fix.fs->peer, 4, ZR_COND_FULL, 0);
	audit_beside(&fix, false);
	assert_int_equal(fix.summary.errors, 1);
	assert_int_equal(fix.summary.notes, 2);
	close_fixture(&fix);
	open_mirrored(&fix);
	audit_beside(&fix, true);
	assert_int_equal(fix.summary.errors, 0);
	assert_int_equal(fix.summary.warnings, 1);
	assert_int_equal(fix.found[2].kind, ZR_CHECK_MIRROR_LOST);
	close_fixture(&fix);
	open_mirrored(&fix);
	memory_set_zone(fix.memory, 3, ZR_COND_OFFLINE, 0);
	audit_beside(&fix, false);
	assert_int_equal(fix.summary.errors, 1);
	assert_int_equal(fix.found[2].kind, ZR_CHECK_FIRST_MIRROR_LOST);
	assert_null(fix.found[2].refusal[ZR_KERNEL_6_1]);
	assert_non_null(fix.found[2].refusal[ZR_KERNEL_6_12]);
	close_fixture(&fix);
	open_mirrored(&fix);
	memory_set_zone(fix.memory, 3, ZR_COND_FULL, 0);
	run_audit(&fix);
	assert_int_equal(fix.rc, 0);
	assert_int_equal(fix.summary.errors, 0);
	assert_int_equal(fix.summary.complete, 0);
	assert_int_equal(fix.found[0].kind, ZR_CHECK_MEMBER_MISSING);
	close_fixture(&fix);
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
	run_audit(&fix);
	assert_int_equal(fix.rc, -ZR_E_SOURCE_READ);
	assert_int_equal(fix.count, 0);
	assert_false(fix.summary.complete);
	close_fixture(&fix);
	assert_int_equal(zr_check_run("/nonexistent", NULL, NULL, &fix.summary, NULL), -ZR_E_OPEN);
	assert_int_equal(zr_check_run("/nonexistent", NULL, &listener, &fix.summary, NULL),
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
		cmocka_unit_test(test_zones_of_two_types),
		cmocka_unit_test(test_extent_of_the_log_counts),
		cmocka_unit_test(test_zones_of_no_block_group),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_two_copies_of_data),
		cmocka_unit_test(test_active_zones),
		cmocka_unit_test(test_few_zones),
		cmocka_unit_test(test_two_devices),
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_failures_are_no_findings),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
