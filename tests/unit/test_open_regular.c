// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems without zones: who opens them, which superblock counts, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "build_block.h"
#include "movable.h"
#include "sblog.h"
#include "super_read.h"
#include "tiny_fs.h"

#define LOG_ROOT 0x60
#define INCOMPAT 0xbc
#define DEV_TOTAL (0xc9 + 8)
#define ZONED 0x1000ULL
#define TEMPORARY 248
#define ROOT_ITEM 132
#define DEV_ITEM 216
/* So that mirror 1, at 64 MiB, is on the device. */
#define ZONES 18

struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	struct zr_error err;
};

static struct fixture make_of(const struct tiny_options *options)
{
	struct fixture fix = { .fs = tiny_new(options), .err = ZR_ERROR_INIT };

	tiny_poke(fix.fs->super, INCOMPAT, 8, tiny_peek(fix.fs->super, INCOMPAT, 8) & ~ZONED);
	return fix;
}

static struct fixture make(void)
{
	return make_of(&(struct tiny_options){ .zones = ZONES });
}

static void set_size(struct fixture *fix, uint64_t bytes)
{
	tiny_poke(fix->fs->super, DEV_TOTAL, 8, bytes);
	tiny_poke(tiny_item(fix->fs, TINY_CHUNK_TREE, 1, DEV_ITEM, 1)->data, 8, 8, bytes);
}

static int open_fs(struct fixture *fix, bool regular)
{
	const struct zr_source_options options = { .regular = regular };

	zr_error_clear(&fix->err);
	return zr_source_open_device(&fix->source, &fix->memory->dev, NULL, &options, &fix->err);
}

static void finish(struct fixture *fix)
{
	memory_free(fix->memory);
	tiny_free(fix->fs);
}

static void put_super(struct fixture *fix, unsigned int mirror, uint64_t generation)
{
	uint8_t raw[4096];

	tiny_super_copy(fix->fs, generation, zr_sb_offset(mirror), raw);
	memory_place(fix->memory, zr_sb_offset(mirror), raw, sizeof(raw));
}

static void test_opened_on_request_only(void **state)
{
	struct fixture fix = make();

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	expect_refused("not asked for", open_fs(&fix, false), &fix.err, ZR_E_FEATURE, "not zoned");
	expect_accepted("asked for", open_fs(&fix, true), &fix.err);
	assert_null(fix.source->zones);
	assert_false(zr_source_is_zoned(fix.source));
	assert_int_equal(fix.source->chunks.count, 3);
	expect_refused("replace", zr_source_require_zoned(fix.source, &fix.err), &fix.err,
		       ZR_E_FEATURE, "not zoned");
	zr_source_close(fix.source);
	finish(&fix);
}

static void test_zoned_is_opened_as_ever(void **state)
{
	struct fixture fix = { .fs = tiny_new(NULL), .err = ZR_ERROR_INIT };

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	expect_accepted("emulated", open_fs(&fix, true), &fix.err);
	assert_non_null(fix.source->zones);
	expect_accepted("replace", zr_source_require_zoned(fix.source, &fix.err), &fix.err);
	zr_source_close(fix.source);
	finish(&fix);
}

static void test_not_on_a_zoned_device(void **state)
{
	struct fixture fix = make();

	(void)state;
	fix.memory = tiny_source(fix.fs, false);
	expect_refused("zoned device", open_fs(&fix, true), &fix.err, ZR_E_FEATURE, "not zoned");
	finish(&fix);
}

/* What the mirrors hold, and why it is refused; NULL: what a kernel mounts is opened. */
static const struct {
	const char *name;
	uint64_t first, second;
	bool damaged, other_fsid;
	enum zr_error_code code;
	const char *refused;
} supers[] = {
	{ "both the same", 42, 42, false, false, 0, NULL },
	{ "older copy", 42, 41, false, false, 0, NULL },
	{ "newer copy of another file system", 42, 43, false, true, 0, NULL },
	{ "newer copy", 42, 43, false, false, ZR_E_GENERATION, "mount the file system once" },
	{ "first damaged", 42, 42, true, false, ZR_E_CSUM, "btrfs rescue super-recover" },
};

static void put_supers(struct fixture *fix, size_t i)
{
	put_super(fix, 0, supers[i].first);
	if (supers[i].damaged)
		fix->memory->bytes[zr_sb_offset(0) + 200] ^= 1;
	if (supers[i].other_fsid) {
		fix->fs->super[0x20] ^= 1;
		/* The device item has it too. */
		fix->fs->super[0xc9 + 82] ^= 1;
	}
	put_super(fix, 1, supers[i].second);
}

static void expect_first_superblock(struct fixture *fix)
{
	assert_int_equal(fix->source->super.generation, TINY_GENERATION);
	assert_int_equal(fix->source->super_physical, zr_sb_offset(0));
	expect_accepted("unchanged", zr_source_super_unchanged(fix->source, &fix->err), &fix->err);
	put_super(fix, 0, 50);
	expect_refused("changed", zr_source_super_unchanged(fix->source, &fix->err), &fix->err,
		       ZR_E_SOURCE_CHANGED, "generation 50");
	zr_source_close(fix->source);
}

static void test_first_superblock_counts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(supers) / sizeof(supers[0]); i++) {
		struct fixture fix = make();
		int rc;

		fix.memory = tiny_source(fix.fs, true);
		put_supers(&fix, i);
		rc = open_fs(&fix, true);
		if (supers[i].refused) {
			expect_refused(supers[i].name, rc, &fix.err, supers[i].code,
				       supers[i].refused);
		} else {
			expect_accepted(supers[i].name, rc, &fix.err);
			expect_first_superblock(&fix);
		}
		finish(&fix);
	}
}

/* An fsync writes a tree-log and the first superblock, whose generation stays. */
static void test_log_of_the_first_superblock(void **state)
{
	struct fixture fix = make_of(&(struct tiny_options){ .zones = ZONES, .log = true });
	uint64_t log = tiny_peek(fix.fs->super, LOG_ROOT, 8);

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	tiny_poke(fix.fs->super, LOG_ROOT, 8, 0);
	put_super(&fix, 1, TINY_GENERATION);
	expect_accepted("log", open_fs(&fix, true), &fix.err);
	assert_true(log);
	assert_true(fix.source->super.log_root == log);
	zr_source_close(fix.source);
	put_super(&fix, 1, TINY_GENERATION + 1);
	expect_refused("newer copy", open_fs(&fix, true), &fix.err, ZR_E_GENERATION,
		       "copy at 67108864 has 43");
	finish(&fix);
}

/* A kernel writes none where the file system ends before. */
static void test_copy_behind_the_file_system(void **state)
{
	struct fixture fix = make();

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	put_super(&fix, 1, TINY_GENERATION + 1);
	expect_refused("on it", open_fs(&fix, true), &fix.err, ZR_E_GENERATION, "mount");
	finish(&fix);
	fix = make();
	set_size(&fix, zr_sb_offset(1));
	fix.memory = tiny_source(fix.fs, true);
	put_super(&fix, 1, TINY_GENERATION + 1);
	expect_accepted("behind it", open_fs(&fix, true), &fix.err);
	zr_source_close(fix.source);
	finish(&fix);
}

/* What was left at 64 MiB of a device that holds something else now is no file system. */
static void test_no_magic_is_no_file_system(void **state)
{
	struct fixture fix = make();

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	put_super(&fix, 1, 42);
	memset(fix.memory->bytes + zr_sb_offset(0), 0, 4096);
	expect_refused("no magic", open_fs(&fix, true), &fix.err, ZR_E_NOT_BTRFS, "no btrfs magic");
	finish(&fix);
}

static int open_alone(struct fixture *fix, bool degraded)
{
	const struct zr_source_options options = { .regular = 1, .degraded = degraded };

	zr_error_clear(&fix->err);
	return zr_source_open_device(&fix->source, &fix->memory->dev, NULL, &options, &fix->err);
}

/* The device that is there may be the one that was left behind. */
static void test_missing_device(void **state)
{
	struct fixture fix = make_of(&(struct tiny_options){ .mirrored = true });

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	expect_refused("missing", open_alone(&fix, false), &fix.err, ZR_E_MISSING,
		       "devid 2 is missing, and may be newer than generation 42");
	expect_accepted("allowed", open_alone(&fix, true), &fix.err);
	assert_true(zr_source_has_device(fix.source, 1));
	assert_false(zr_source_has_device(fix.source, 2));
	zr_source_close(fix.source);
	finish(&fix);
}

static void test_missing_device_with_zones(void **state)
{
	const struct tiny_options options = { .mirrored = true };
	struct fixture fix = { .fs = tiny_new(&options), .err = ZR_ERROR_INIT };

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	expect_accepted("as ever", open_alone(&fix, false), &fix.err);
	zr_source_close(fix.source);
	finish(&fix);
}

/* What says that it is a member was copied to a zoned device. */
static void test_member_with_zones(void **state)
{
	const struct memory_options zoned = { .zones = TINY_ZONES, .source = true };
	struct fixture fix = make_of(&(struct tiny_options){ .mirrored = true });
	struct memory_device *copy = memory_new(&zoned, "copy");
	struct zr_members *members = zr_members_new();
	struct zr_super own;
	uint64_t physical;

	(void)state;
	assert_non_null(members);
	fix.memory = tiny_source(fix.fs, true);
	memory_place(copy, 0, fix.fs->peer->bytes + zr_sb_offset(0), 4096);
	expect_accepted("superblock",
			zr_super_read_regular(&fix.memory->dev, &own, &physical, &fix.err),
			&fix.err);
	expect_refused("zoned", zr_members_add(members, &own, &copy->dev, &fix.err), &fix.err,
		       ZR_E_MEMBER, "has zones, which its file system has not");
	zr_members_free(members);
	memory_free(copy);
	finish(&fix);
}

/* No list: they may be looked for; an empty one: there are none. */
static void test_list_without_members(void **state)
{
	static const char *const nothing[1] = { "nowhere" };
	struct fixture fix = make();
	struct zr_source_options options = { .size = sizeof(options), .regular = 1 };
	struct zr_members *members;

	(void)state;
	fix.memory = tiny_source(fix.fs, true);
	expect_accepted("no list", zr_members_open(&members, &fix.memory->dev, &options, &fix.err),
			&fix.err);
	assert_true(members->searched);
	zr_members_free(members);
	options.members = nothing;
	expect_accepted("empty list",
			zr_members_open(&members, &fix.memory->dev, &options, &fix.err), &fix.err);
	assert_false(members->searched);
	assert_int_equal(members->count, 0);
	zr_members_free(members);
	finish(&fix);
}

/* Addresses that a balance holds can be read, but not changed. */
static void test_balance_holds_addresses(void **state)
{
	static const struct {
		uint64_t objectid, offset;
		uint8_t type;
		const char *text;
	} cases[] = {
		{ (uint64_t)-4, 0, TEMPORARY, "running or paused" },
		{ (uint64_t)-8, 5, ROOT_ITEM, "interrupted" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct fixture fix = make();
		const struct tiny_item *fs_root =
			tiny_item(fix.fs, TINY_ROOT_TREE, 5, ROOT_ITEM, 0);
		uint8_t root[TINY_ITEM_MAX];

		memcpy(root, fs_root->data, sizeof(root));
		memcpy(tiny_add(fix.fs, TINY_ROOT_TREE, cases[i].objectid, cases[i].type,
				cases[i].offset, 439)
			       ->data,
		       root, sizeof(root));
		fix.memory = tiny_source(fix.fs, true);
		expect_accepted(cases[i].text, open_fs(&fix, true), &fix.err);
		expect_refused(cases[i].text, zr_source_movable(fix.source, &fix.err), &fix.err,
			       ZR_E_BALANCE_RUNNING, cases[i].text);
		zr_source_close(fix.source);
		finish(&fix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opened_on_request_only),
		cmocka_unit_test(test_zoned_is_opened_as_ever),
		cmocka_unit_test(test_not_on_a_zoned_device),
		cmocka_unit_test(test_first_superblock_counts),
		cmocka_unit_test(test_log_of_the_first_superblock),
		cmocka_unit_test(test_copy_behind_the_file_system),
		cmocka_unit_test(test_no_magic_is_no_file_system),
		cmocka_unit_test(test_missing_device),
		cmocka_unit_test(test_missing_device_with_zones),
		cmocka_unit_test(test_member_with_zones),
		cmocka_unit_test(test_list_without_members),
		cmocka_unit_test(test_balance_holds_addresses),
	};

	return cmocka_run_group_tests_name("open regular", tests, NULL, NULL);
}
