// SPDX-License-Identifier: GPL-2.0-or-later
/* Verification finds what differs between a source and a finished target, and only that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tiny_run.h"

#define ZONE MEMORY_ZONE_SIZE
#define PRIMARY (64ULL << 10)
#define TEXTS_MAX 16

static const struct memory_options zoned = { .zones = 10 };
static const struct memory_options regular = { .zones = 10, .regular = true };

/* A finished run, whose target a test changes before it goes into files. */
struct fixture {
	struct tiny_run run;
	char folder[32];
	char path[64];
	char data_path[64];
	struct zr_verify_result result;
	struct zr_error err;
	char texts[TEXTS_MAX][600];
	size_t text_count;
};

static void open_fixture(struct fixture *fix, const struct tiny_options *options,
			 const struct memory_options *target)
{
	const struct zr_error none = ZR_ERROR_INIT;

	memset(fix, 0, sizeof(*fix));
	fix->err = none;
	tiny_run_open(&fix->run, tiny_new(options), false, target);
	if (tiny_run_job(&fix->run))
		fail_msg("%s", fix->run.err.text);
	strcpy(fix->folder, "/tmp/zreplace-test-XXXXXX");
	assert_non_null(mkdtemp(fix->folder));
	snprintf(fix->path, sizeof(fix->path), "%s/%s", fix->folder,
		 target->regular ? "target" : "t_zone_info.dump");
	snprintf(fix->data_path, sizeof(fix->data_path), "%s/t_zone_data.dump", fix->folder);
}

static void close_fixture(struct fixture *fix)
{
	unlink(fix->path);
	unlink(fix->data_path);
	rmdir(fix->folder);
	tiny_run_close(&fix->run);
}

static void take_text(const char *text, void *context)
{
	struct fixture *fix = context;

	assert_true(fix->text_count < TEXTS_MAX);
	snprintf(fix->texts[fix->text_count++], sizeof(fix->texts[0]), "%s", text);
}

static int verify(struct fixture *fix)
{
	if (memory_save(fix->run.to, fix->path, &fix->err))
		fail_msg("%s", fix->err.text);
	return zr_verify_run(fix->run.source, fix->path, take_text, fix, &fix->result, &fix->err);
}

static void expect_one_difference(struct fixture *fix, const char *fragment)
{
	assert_int_equal(verify(fix), -ZR_E_DIFFERENT);
	assert_int_equal(fix->err.code, ZR_E_DIFFERENT);
	if (fix->text_count != 1 || fix->result.differences != 1 ||
	    !strstr(fix->texts[0], fragment))
		fail_msg("%zu differences, the first is \"%s\", expected \"%s\"", fix->text_count,
			 fix->texts[0], fragment);
}

static void test_equal(void **state)
{
	static const struct memory_options targets[] = {
		{ .zones = 10 },
		{ .zones = 12, .conventional = 4 },
		{ .zones = 10, .regular = true },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		const struct tiny_options options = { .dup = i & 1, .leaves = i & 1 ? 3 : 1 };
		struct fixture fix;
		unsigned int copies = i & 1 ? 2 : 1;

		open_fixture(&fix, &options, &targets[i / 2]);
		if (verify(&fix))
			fail_msg("%s: %s", fix.err.text, fix.texts[0]);
		assert_int_equal(fix.text_count, 0);
		assert_int_equal(fix.result.differences, 0);
		assert_int_equal(fix.result.zones, 1 + 2 * copies);
		assert_int_equal(fix.result.bytes,
				 fix.run.fs->data_used +
					 copies * (fix.run.fs->metadata_used + TINY_NODE));
		assert_int_equal(fix.result.read.unverified, 3 * TINY_SECTOR);
		close_fixture(&fix);
	}
}

static void test_flipped_data_byte(void **state)
{
	static const uint64_t sectors[] = { 0, 4, 16, 21 };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct fixture fix;

		open_fixture(&fix, NULL, i & 1 ? &regular : &zoned);
		tiny_flip(fix.run.to, TINY_DATA + sectors[i] * TINY_SECTOR + 77, 0);
		expect_one_difference(&fix, "checksum mismatch");
		close_fixture(&fix);
	}
}

/* Only the comparison can see it. */
static void test_flipped_data_byte_without_checksum(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	tiny_flip(fix.run.to, TINY_DATA + 10 * TINY_SECTOR + 4095, 0);
	expect_one_difference(&fix, "content differs");
	close_fixture(&fix);
}

/* In either copy of a tree block, whether opening needs it or not; the other copy is good. */
static void test_flipped_metadata_byte(void **state)
{
	static const uint64_t blocks[] = { 0, 1, 3, 5 };
	const struct tiny_options options = { .dup = true };
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		struct fixture fix;

		open_fixture(&fix, &options, &zoned);
		tiny_flip(fix.run.to, TINY_METADATA + blocks[i / 2] * TINY_NODE + 9000, i & 1);
		expect_one_difference(&fix, "bad copy on the target");
		close_fixture(&fix);
	}
}

static void test_flipped_system_byte(void **state)
{
	const struct tiny_options options = { .dup = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, &options, &zoned);
	tiny_flip(fix.run.to, TINY_SYSTEM + 9000, 1);
	expect_one_difference(&fix, "stripe 1");
	close_fixture(&fix);
}

/* A tree block that nothing but the copy reads, without another copy. */
static void test_flipped_byte_of_the_only_copy(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	tiny_flip(fix.run.to, TINY_METADATA + 5 * TINY_NODE + 9000, 0);
	expect_one_difference(&fix, "checksum mismatch");
	close_fixture(&fix);
}

/* Other content with good checksums everywhere. */
static void test_edited_metadata(void **state)
{
	const struct tiny_options options = { .dup = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, &options, &zoned);
	/* The chunk tree UUID in the header of the file system tree; nobody compares it. */
	tiny_edit(fix.run.fs, fix.run.to, TINY_METADATA + 5 * TINY_NODE, 64, 8, 0x1234);
	assert_int_equal(verify(&fix), -ZR_E_DIFFERENT);
	assert_int_equal(fix.text_count, 2);
	assert_non_null(strstr(fix.texts[0], "stripe 0: differs in pieces of 16384 bytes"));
	assert_non_null(strstr(fix.texts[1], "stripe 1: differs in pieces of 16384 bytes"));
	close_fixture(&fix);
}

/* Another tree below the same superblock: nothing else can be compared then. */
static void test_other_block_groups(void **state)
{
	struct tiny_items *tree;
	struct tiny_item *group;
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	tree = &fix.run.fs->trees[TINY_EXTENT_TREE];
	group = tiny_item(fix.run.fs, TINY_EXTENT_TREE, TINY_DATA, 192, ZONE);
	tiny_poke(group->data, 0, 8, tiny_peek(group->data, 0, 8) - TINY_SECTOR);
	tiny_put_leaf(fix.run.fs, fix.run.to, tree->root, 2, tree);
	expect_one_difference(&fix, "block groups: the trees of source and target list different");
	close_fixture(&fix);
}

/* No kernel mounts a pair of zones that end differently. */
static void test_unequal_pointers(void **state)
{
	const struct tiny_options options = { .dup = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, &options, &zoned);
	memory_set_zone(fix.run.to, 4, ZR_COND_CLOSED, 8 * TINY_NODE);
	expect_one_difference(&fix, "write pointers differ");
	close_fixture(&fix);
}

static void test_equal_pointers_further_on(void **state)
{
	const struct tiny_options options = { .dup = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, &options, &zoned);
	memory_set_zone(fix.run.to, 3, ZR_COND_CLOSED, 8 * TINY_NODE);
	memory_set_zone(fix.run.to, 4, ZR_COND_CLOSED, 8 * TINY_NODE);
	assert_int_equal(verify(&fix), 0);
	close_fixture(&fix);
}

static void test_pointer_before_the_last_extent(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	memory_set_zone(fix.run.to, 2, ZR_COND_CLOSED, 20 * TINY_SECTOR);
	assert_int_equal(verify(&fix), -ZR_E_DIFFERENT);
	assert_int_equal(fix.text_count, 2);
	assert_non_null(strstr(fix.texts[0], "beyond the write pointer"));
	assert_non_null(strstr(fix.texts[1], "last extent ends at"));
	close_fixture(&fix);
}

static void test_older_superblock(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	/* The source went on; its trees are as they were, which is enough to tell. */
	fix.run.source->super.generation++;
	fix.run.source->super.raw[0x48]++;
	expect_one_difference(&fix, "superblock: generation 43 on the source, 42 on the target");
	assert_int_equal(fix.result.zones, 0);
	close_fixture(&fix);
}

/* Beside the first copy, which decides, a regular device has one at 64 MiB. */
static void test_other_copies_of_the_superblock(void **state)
{
	const struct tiny_options options = { .zones = 20 };
	const struct memory_options large = { .zones = 20, .regular = true };
	struct fixture fix;

	(void)state;
	open_fixture(&fix, &options, &large);
	fix.run.to->bytes[(64ULL << 20) + 0x12b]++;
	expect_one_difference(&fix, "superblock copy 1");
	close_fixture(&fix);
	open_fixture(&fix, &options, &large);
	fix.run.fs->super[0x12b] = 'T';
	tiny_super_copy(fix.run.fs, TINY_GENERATION, 64ULL << 20,
			fix.run.to->bytes + (64ULL << 20));
	expect_one_difference(&fix, "superblock copy 1: generation 42 at 67108864");
	close_fixture(&fix);
}

/* What is nobody's would be in the way of a kernel. */
static void test_data_in_an_unused_zone(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	memory_set_zone(fix.run.to, 9, ZR_COND_CLOSED, 8192);
	expect_one_difference(&fix, "zone 9: belongs to no block group but is");
	close_fixture(&fix);
}

/* Every place is looked at, and each copy of a block group is one difference. */
static void test_differences_add_up(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	tiny_flip(fix.run.to, TINY_DATA, 0);
	tiny_flip(fix.run.to, TINY_DATA + 10 * TINY_SECTOR, 0);
	tiny_flip(fix.run.to, TINY_DATA + 20 * TINY_SECTOR, 0);
	expect_one_difference(&fix, "differs in pieces of");
	assert_non_null(strstr(fix.texts[0], "the first at logical 276824064: data"));
	close_fixture(&fix);
}

/* The same generation, another label. */
static void test_other_field_of_the_superblock(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	fix.run.fs->super[0x12b] = 'T';
	tiny_super_copy(fix.run.fs, TINY_GENERATION, PRIMARY, fix.run.to->bytes);
	expect_one_difference(&fix, "superblock");
	close_fixture(&fix);
}

static void test_target_without_file_system(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	memory_set_zone(fix.run.to, 0, ZR_COND_EMPTY, 0);
	assert_int_equal(verify(&fix), -ZR_E_NOT_BTRFS);
	assert_int_equal(fix.text_count, 0);
	close_fixture(&fix);
}

/* The target has what the source no longer has; that they differ is said, and which one is bad. */
static void test_source_that_went_bad(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	memory_thaw(fix.run.from);
	tiny_flip(fix.run.from, TINY_DATA + TINY_SECTOR, 0);
	expect_one_difference(&fix, "the source has no good copy");
	close_fixture(&fix);
}

static void test_no_such_target(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	assert_int_equal(zr_verify_run(fix.run.source, fix.path, NULL, NULL, &fix.result, &fix.err),
			 -ZR_E_OPEN);
	close_fixture(&fix);
}

/* Without a function for them, differences are counted all the same. */
static void test_nobody_wants_the_texts(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, NULL, &zoned);
	tiny_flip(fix.run.to, TINY_DATA, 0);
	assert_int_equal(memory_save(fix.run.to, fix.path, &fix.err), 0);
	assert_int_equal(zr_verify_run(fix.run.source, fix.path, NULL, NULL, &fix.result, &fix.err),
			 -ZR_E_DIFFERENT);
	assert_int_equal(fix.result.differences, 1);
	close_fixture(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_flipped_data_byte),
		cmocka_unit_test(test_flipped_data_byte_without_checksum),
		cmocka_unit_test(test_flipped_metadata_byte),
		cmocka_unit_test(test_flipped_system_byte),
		cmocka_unit_test(test_flipped_byte_of_the_only_copy),
		cmocka_unit_test(test_edited_metadata),
		cmocka_unit_test(test_other_block_groups),
		cmocka_unit_test(test_unequal_pointers),
		cmocka_unit_test(test_equal_pointers_further_on),
		cmocka_unit_test(test_pointer_before_the_last_extent),
		cmocka_unit_test(test_older_superblock),
		cmocka_unit_test(test_other_copies_of_the_superblock),
		cmocka_unit_test(test_data_in_an_unused_zone),
		cmocka_unit_test(test_differences_add_up),
		cmocka_unit_test(test_other_field_of_the_superblock),
		cmocka_unit_test(test_target_without_file_system),
		cmocka_unit_test(test_source_that_went_bad),
		cmocka_unit_test(test_no_such_target),
		cmocka_unit_test(test_nobody_wants_the_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
