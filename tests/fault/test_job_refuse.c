// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs that must not end in a file system: cancelled, overtaken by events, or on a target in use.
 */
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

static const struct memory_options zoned = { .zones = 10 };
static const struct memory_options regular = { .zones = 10, .regular = true };

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

/* The library looks for signatures by path, so that the device in memory needs a file beside it. */
static void name_file(struct tiny_run *run, char path[32], const uint8_t *content)
{
	int fd;

	strcpy(path, "/tmp/zreplace-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(10 * ZONE)), 0);
	if (content)
		assert_int_equal(pwrite(fd, content, 4096, (off_t)PRIMARY), 4096);
	close(fd);
	free(run->target->path);
	run->target->path = strdup(path);
	run->target->custom = false;
	run->options.force = 0;
}

static void test_zones_with_data_are_refused(void **state)
{
	struct tiny_run run;
	char path[32];

	(void)state;
	open_run(&run, &zoned);
	name_file(&run, path, NULL);
	assert_int_equal(tiny_run_job(&run), -ZR_E_HOLDS_DATA);
	assert_non_null(strstr(run.err.text, "10 zones with data"));
	expect_not_written(&run);
	unlink(path);
	tiny_run_close(&run);
}

static void test_one_zone_with_data_is_enough(void **state)
{
	static const enum zr_zone_cond conds[] = { ZR_COND_IMP_OPEN, ZR_COND_EXP_OPEN,
						   ZR_COND_CLOSED, ZR_COND_FULL };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct tiny_run run;
		char path[32];
		uint32_t zone_no;

		open_run(&run, &zoned);
		name_file(&run, path, NULL);
		for (zone_no = 0; zone_no < 10; zone_no++)
			memory_set_zone(run.to, zone_no, ZR_COND_EMPTY, 0);
		memory_set_zone(run.to, 8, conds[i], 4096);
		assert_int_equal(tiny_run_job(&run), -ZR_E_HOLDS_DATA);
		expect_not_written(&run);
		unlink(path);
		tiny_run_close(&run);
	}
}

static void test_signature_is_refused(void **state)
{
	struct tiny_run run;
	uint8_t raw[4096];
	char path[32];

	(void)state;
	open_run(&run, &regular);
	tiny_super_copy(run.fs, TINY_GENERATION, PRIMARY, raw);
	name_file(&run, path, raw);
	assert_int_equal(tiny_run_job(&run), -ZR_E_HOLDS_DATA);
	assert_non_null(strstr(run.err.text, "btrfs"));
	expect_not_written(&run);
	unlink(path);
	tiny_run_close(&run);
}

static void new_options(struct tiny_run *run)
{
	zr_job_free(run->job);
	run->job = NULL;
	zr_error_clear(&run->err);
}

/* Neither to go on nor to begin anew takes what was put there since. */
static void expect_force_is_needed(struct tiny_run *run)
{
	struct zr_progress progress;

	memory_forget(run->to);
	assert_int_equal(tiny_run_job(run), -ZR_E_HOLDS_DATA);
	new_options(run);
	run->options.restart = 1;
	assert_int_equal(tiny_run_job(run), -ZR_E_HOLDS_DATA);
	expect_not_written(run);
	new_options(run);
	run->options.restart = 0;
	run->options.force = 1;
	assert_int_equal(tiny_run_job(run), 0);
	zr_job_progress(run->job, &progress);
	assert_false(progress.resumed);
}

/* A journal at a fixed place survives what others write elsewhere. */
static void test_use_since_is_refused(void **state)
{
	static const uint64_t generations[] = { TINY_GENERATION, TINY_GENERATION + 1 };
	static const int expected[] = { 0, -ZR_E_HOLDS_DATA };
	struct tiny_run run;
	uint8_t raw[4096];
	char path[32];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		open_run(&run, &regular);
		run.options.progress = cancel_now;
		run.options.context = &run;
		assert_int_equal(tiny_run_job(&run), -ZR_E_CANCELLED);
		tiny_run_again(&run, NULL);
		run.options.progress = NULL;
		tiny_super_copy(run.fs, generations[i], PRIMARY, raw);
		name_file(&run, path, raw);
		memcpy(run.to->bytes + PRIMARY, raw, sizeof(raw));
		assert_int_equal(zr_run_matches(run.source, run.target, run.plan, &run.err),
				 expected[i]);
		run.err = (struct zr_error)ZR_ERROR_INIT;
		assert_int_equal(zr_run_discard(run.target, &run.err), expected[i]);
		run.err = (struct zr_error)ZR_ERROR_INIT;
		if (expected[i])
			expect_force_is_needed(&run);
		unlink(path);
		tiny_run_close(&run);
	}
}

/* Without a signature only bytes say whether there is anything. */
static void test_bytes_without_signature_count(void **state)
{
	static const int expected[] = { 0, -ZR_E_HOLDS_DATA };
	struct tiny_run run;
	char path[32];
	uint8_t byte;

	(void)state;
	for (byte = 0; byte < 2; byte++) {
		open_run(&run, &regular);
		name_file(&run, path, NULL);
		memset(run.to->bytes, 0, 1U << 20);
		run.to->bytes[(1U << 20) - 1] = byte;
		assert_int_equal(tiny_run_job(&run), expected[byte]);
		if (expected[byte])
			expect_not_written(&run);
		unlink(path);
		tiny_run_close(&run);
	}
}

static void test_target_that_cannot_be_probed(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	run.options.force = 0;
	free(run.target->path);
	run.target->path = strdup("/nonexistent/device");
	run.target->custom = false;
	assert_int_equal(tiny_run_job(&run), -ZR_E_TARGET_READ);
	expect_not_written(&run);
	tiny_run_close(&run);
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
		cmocka_unit_test(test_zones_with_data_are_refused),
		cmocka_unit_test(test_one_zone_with_data_is_enough),
		cmocka_unit_test(test_signature_is_refused),
		cmocka_unit_test(test_use_since_is_refused),
		cmocka_unit_test(test_bytes_without_signature_count),
		cmocka_unit_test(test_target_that_cannot_be_probed),
		cmocka_unit_test(test_options_of_another_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
