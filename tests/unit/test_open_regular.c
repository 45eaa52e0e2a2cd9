// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems without zones: who opens them, which superblock counts, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "build_block.h"
#include "sblog.h"
#include "tiny_fs.h"

#define INCOMPAT 0xbc
#define ZONED 0x1000ULL
#define TEMPORARY 248
#define ROOT_ITEM 132
/* So that mirror 1, at 64 MiB, is on the device. */
#define ZONES 18

struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	struct zr_error err;
};

static struct fixture make(void)
{
	const struct tiny_options options = { .zones = ZONES };
	struct fixture fix = { .fs = tiny_new(&options), .err = ZR_ERROR_INIT };

	tiny_poke(fix.fs->super, INCOMPAT, 8, tiny_peek(fix.fs->super, INCOMPAT, 8) & ~ZONED);
	return fix;
}

static int open_fs(struct fixture *fix, bool regular)
{
	struct zr_members *members = zr_members_new();

	assert_non_null(members);
	members->regular = regular;
	zr_error_clear(&fix->err);
	return zr_source_open_device(&fix->source, &fix->memory->dev, members, &fix->err);
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

/* What the mirrors hold, 0 for nothing, and which generation is found where. */
static const struct {
	const char *name;
	uint64_t first, second;
	bool damaged, other_fsid;
	uint64_t found;
	unsigned int mirror;
} supers[] = {
	{ "both the same", 42, 42, false, false, 42, 0 },
	{ "newer mirror", 41, 42, false, false, 42, 1 },
	{ "older mirror", 42, 41, false, false, 42, 0 },
	{ "first damaged", 42, 42, true, false, 42, 1 },
	{ "newer mirror of another file system", 42, 43, false, true, 42, 0 },
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

static void test_newest_superblock(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(supers) / sizeof(supers[0]); i++) {
		struct fixture fix = make();

		fix.memory = tiny_source(fix.fs, true);
		put_supers(&fix, i);
		expect_accepted(supers[i].name, open_fs(&fix, true), &fix.err);
		assert_int_equal(fix.source->super.generation, supers[i].found);
		assert_int_equal(fix.source->super_physical, zr_sb_offset(supers[i].mirror));
		expect_accepted("unchanged", zr_source_super_unchanged(fix.source, &fix.err),
				&fix.err);
		put_super(&fix, 1, 50);
		if (!supers[i].other_fsid)
			expect_refused("changed", zr_source_super_unchanged(fix.source, &fix.err),
				       &fix.err, ZR_E_SOURCE_CHANGED, "generation 50");
		zr_source_close(fix.source);
		finish(&fix);
	}
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

static void test_balance_is_refused(void **state)
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
		expect_refused(cases[i].text, open_fs(&fix, true), &fix.err, ZR_E_BALANCE_RUNNING,
			       cases[i].text);
		finish(&fix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opened_on_request_only),
		cmocka_unit_test(test_zoned_is_opened_as_ever),
		cmocka_unit_test(test_not_on_a_zoned_device),
		cmocka_unit_test(test_newest_superblock),
		cmocka_unit_test(test_no_magic_is_no_file_system),
		cmocka_unit_test(test_balance_is_refused),
	};

	return cmocka_run_group_tests_name("open regular", tests, NULL, NULL);
}
