// SPDX-License-Identifier: GPL-2.0-or-later
/* What an audit finds in the superblocks of all mirrors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "audit_fixture.h"

#define ZONE MEMORY_ZONE_SIZE

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

/* Nothing is there that a second zone of the log could be. */
static void test_device_of_one_zone(void **state)
{
	const struct memory_options device = { .zones = 1, .source = true };
	struct fixture fix;

	(void)state;
	memset(&fix, 0, sizeof(fix));
	fix.fs = tiny_new(NULL);
	fix.memory = memory_new(&device, "disk");
	run_audit(&fix);
	assert_int_equal(fix.rc, 0);
	assert_int_equal(fix.count, 2);
	assert_int_equal(fix.found[0].kind, ZR_CHECK_FEW_ZONES);
	assert_int_equal(fix.found[1].kind, ZR_CHECK_SUPER_NONE);
	close_fixture(&fix);
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

static void fail_second_copy(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_READ && op->physical == 64ULL << 20)
		memory->fault->fail_at = memory->fault->count + 1;
}

/* It is one bad copy, and the trees are looked at. */
static void test_copy_that_cannot_be_read(void **state)
{
	struct memory_fault fault = { .sys_errno = EIO };
	struct fixture fix;

	(void)state;
	open_regular(&fix, TINY_GENERATION, true);
	fix.memory->fault = &fault;
	fix.memory->hook = fail_second_copy;
	expect_one(&fix, ZR_CHECK_COPY_BAD, "000");
	assert_true(fix.summary.complete);
}

static void test_copies_of_the_superblock(void **state)
{
	struct fixture fix;

	(void)state;
	open_regular(&fix, TINY_GENERATION, true);
	run_audit(&fix);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_superblock_log),
		cmocka_unit_test(test_device_of_one_zone),
		cmocka_unit_test(test_superblock_that_tools_miss),
		cmocka_unit_test(test_copies_of_the_superblock),
		cmocka_unit_test(test_copy_that_cannot_be_read),
		cmocka_unit_test(test_copies_beyond_the_file_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
