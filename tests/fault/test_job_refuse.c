// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs that must not end in a file system: cancelled, or overtaken by events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tiny_run.h"

#define ZONE MEMORY_ZONE_SIZE
#define PRIMARY (64ULL << 10)

static const struct memory_options zoned = { .zones = 10 };

static void open_run(struct tiny_run *run, const struct memory_options *target)
{
	tiny_run_open(run, tiny_new(NULL), false, target);
}

static void expect_not_written(const struct tiny_run *run)
{
	assert_int_equal(memory_count(run->to, MEMORY_WRITE), 0);
	assert_int_equal(memory_count(run->to, MEMORY_RESET), 0);
	assert_int_equal(memory_count(run->to, MEMORY_FINISH), 0);
}

static void cancel_now(const struct zr_progress *progress, void *context)
{
	const struct tiny_run *run = context;

	(void)progress;
	zr_job_cancel(run->job);
}

static void test_cancelled_between_writes(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	run.options.progress = cancel_now;
	run.options.context = &run;
	assert_int_equal(tiny_run_job(&run), -ZR_E_CANCELLED);
	/* The journal's first record, a zone of one write, and the note of it. */
	assert_int_equal(memory_count(run.to, MEMORY_WRITE), 3);
	assert_false(tiny_run_found(&run));
	tiny_run_close(&run);
}

/* While the last flush before the superblock is under way. */
static void cancel_at_flush(struct memory_device *memory, const struct memory_op *op)
{
	const struct tiny_run *run = memory->context;

	if (op->kind == MEMORY_FLUSH && memory_count(memory, MEMORY_FLUSH) == 2)
		zr_job_cancel(run->job);
}

static void test_cancelled_before_the_superblock(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	tiny_run_new_job(&run);
	run.to->hook = cancel_at_flush;
	run.to->context = &run;
	assert_int_equal(tiny_run_job(&run), -ZR_E_CANCELLED);
	assert_false(tiny_run_found(&run));
	assert_int_equal(run.to->zones[0].cond, ZR_COND_EMPTY);
	tiny_run_close(&run);
}

/* Once superblocks are being written, the run goes on to its end. */
static void cancel_at_superblock(struct memory_device *memory, const struct memory_op *op)
{
	const struct tiny_run *run = memory->context;

	if (op->kind == MEMORY_WRITE && op->physical == 0)
		zr_job_cancel(run->job);
}

static void test_cancelled_too_late(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	tiny_run_new_job(&run);
	run.to->hook = cancel_at_superblock;
	run.to->context = &run;
	assert_int_equal(tiny_run_job(&run), 0);
	assert_true(tiny_run_found(&run));
	tiny_run_close(&run);
}

/* What somebody does to the source while the target's zones are being written. */
struct change {
	struct tiny_run *run;
	void (*make)(struct tiny_run *run);
};

static void change_source(struct memory_device *memory, const struct memory_op *op)
{
	const struct change *change = memory->context;

	if (op->kind != MEMORY_WRITE)
		return;
	memory->hook = NULL;
	memory_thaw(change->run->from);
	change->make(change->run);
	memory_freeze(change->run->from);
}

static int run_changed(struct tiny_run *run, void (*make)(struct tiny_run *run))
{
	struct change change = { .run = run, .make = make };

	run->to->hook = change_source;
	run->to->context = &change;
	return tiny_run_job(run);
}

static void commit_again(struct tiny_run *run)
{
	uint8_t raw[4096];

	tiny_super_copy(run->fs, TINY_GENERATION + 1, PRIMARY, raw);
	memory_place(run->from, 4096, raw, sizeof(raw));
}

/* An entry that was added says the same, but a kernel has been there. */
static void log_again(struct tiny_run *run)
{
	uint8_t raw[4096];

	tiny_super_copy(run->fs, TINY_GENERATION, PRIMARY, raw);
	memory_place(run->from, 4096, raw, sizeof(raw));
}

/* As after an fsync: the same generation, but a tree-log. */
static void sync_log(struct tiny_run *run)
{
	uint8_t raw[4096];

	tiny_poke(run->fs->super, 0x60, 8, TINY_METADATA + 30 * TINY_NODE);
	tiny_super_copy(run->fs, TINY_GENERATION, PRIMARY, raw);
	memcpy(run->from->bytes, raw, sizeof(raw));
}

static void test_source_changed(void **state)
{
	void (*const changes[])(struct tiny_run *) = { commit_again, log_again, sync_log };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct tiny_run run;

		open_run(&run, &zoned);
		assert_int_equal(run_changed(&run, changes[i]), -ZR_E_SOURCE_CHANGED);
		assert_false(tiny_run_found(&run));
		tiny_run_close(&run);
	}
}

static void destroy_super(struct tiny_run *run)
{
	run->from->bytes[0x100] ^= 1;
}

static void test_source_superblock_lost(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	assert_int_equal(run_changed(&run, destroy_super), -ZR_E_CSUM);
	assert_false(tiny_run_found(&run));
	tiny_run_close(&run);
}

static void test_bad_data_ends_the_run(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	memory_thaw(run.from);
	tiny_flip(run.from, TINY_DATA + 17 * TINY_SECTOR, 0);
	memory_freeze(run.from);
	assert_int_equal(tiny_run_job(&run), -ZR_E_CSUM);
	assert_int_equal(run.err.logical, TINY_DATA + 17 * TINY_SECTOR);
	assert_false(tiny_run_found(&run));
	tiny_run_close(&run);
}

/* Used bytes that no extent accounts for; planning cannot know, the copy must. */
static void test_lying_block_group_ends_the_run(void **state)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct tiny_run run;

	(void)state;
	tiny_poke(tiny_item(fs, TINY_EXTENT_TREE, TINY_DATA, 192, ZONE)->data, 0, 8,
		  fs->data_used + TINY_SECTOR);
	tiny_run_open(&run, fs, false, &zoned);
	assert_int_equal(tiny_run_job(&run), -ZR_E_BLOCK_GROUP);
	assert_false(tiny_run_found(&run));
	tiny_run_close(&run);
}

static void test_plan_of_something_else(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct tiny_run run;

		open_run(&run, &zoned);
		if (i == 0)
			run.plan->summary.generation--;
		else if (i == 1)
			run.plan->zones[1].stripe++;
		else if (i == 2)
			run.plan->zones[0].end = TINY_SECTOR;
		else
			run.plan->reset_count--;
		if (tiny_run_job(&run) != -ZR_E_PLAN)
			fail_msg("change %u: \"%s\"", i, run.err.text);
		expect_not_written(&run);
		tiny_run_close(&run);
	}
}

static void test_options_of_another_version(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	run.options.size--;
	assert_int_equal(
		zr_job_new(&run.job, run.source, run.target, run.plan, &run.options, &run.err),
		-ZR_E_ARGUMENT);
	tiny_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancelled_between_writes),
		cmocka_unit_test(test_cancelled_before_the_superblock),
		cmocka_unit_test(test_cancelled_too_late),
		cmocka_unit_test(test_source_changed),
		cmocka_unit_test(test_source_superblock_lost),
		cmocka_unit_test(test_bad_data_ends_the_run),
		cmocka_unit_test(test_lying_block_group_ends_the_run),
		cmocka_unit_test(test_plan_of_something_else),
		cmocka_unit_test(test_options_of_another_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
