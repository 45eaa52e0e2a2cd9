// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of what a job does to the target, and what is there afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tiny_oracle.h"

#define ZONE MEMORY_ZONE_SIZE
#define PRIMARY (64ULL << 10)
#define SECOND (64ULL << 20)
#define NONE SIZE_MAX

static const struct memory_options zoned = { .zones = 12 };
static const struct memory_options regular = { .zones = 20, .regular = true };

static void run_all(struct tiny_run *run, const struct tiny_options *options,
		    const struct memory_options *target)
{
	tiny_run_open(run, tiny_new(options), false, target);
	if (tiny_run_job(run))
		fail_msg("%s", run->err.text);
}

/* The first operation of a kind from there on, or of a kind at a place. */
static size_t find(const struct memory_device *memory, size_t from, enum memory_kind kind)
{
	for (; from < memory->log_count; from++)
		if (memory->log[from].kind == kind)
			return from;
	return NONE;
}

static size_t find_last(const struct memory_device *memory, enum memory_kind kind)
{
	size_t i = memory->log_count;

	while (i--)
		if (memory->log[i].kind == kind)
			return i;
	return NONE;
}

static size_t find_write(const struct memory_device *memory, size_t from, uint64_t physical)
{
	for (; from < memory->log_count; from++)
		if (memory->log[from].kind == MEMORY_WRITE &&
		    memory->log[from].physical == physical)
			return from;
	return NONE;
}

static void test_clears_first(void **state)
{
	struct tiny_run run;
	size_t flush;
	size_t i;

	(void)state;
	run_all(&run, NULL, &zoned);
	flush = find(run.to, 0, MEMORY_FLUSH);
	/* The last one is the end of the journal. */
	assert_int_equal(memory_count(run.to, MEMORY_RESET), 13);
	assert_int_equal(run.to->log[find_last(run.to, MEMORY_RESET)].physical, ZONE);
	assert_true(find_last(run.to, MEMORY_RESET) > find_write(run.to, 0, 0));
	assert_true(flush < find(run.to, 0, MEMORY_WRITE));
	for (i = 0; i < 12; i++) {
		size_t at = find(run.to, 0, MEMORY_RESET) + i;

		assert_true(at < flush);
		assert_int_equal(run.to->log[at].kind, MEMORY_RESET);
		assert_int_equal(run.to->log[at].physical, i * ZONE);
	}
	tiny_run_close(&run);
}

static void test_source_is_only_read(void **state)
{
	struct tiny_run run;

	(void)state;
	run_all(&run, NULL, &zoned);
	assert_true(run.from->log_count > 0 && tiny_untouched(run.from));
	tiny_run_close(&run);
}

/* Zones ascend; in each of them writes follow each other from its start; then it is closed. */
static void test_zones_are_written_in_order(void **state)
{
	const struct tiny_options options = { .dup = true, .leaves = 3 };
	struct tiny_run run;
	uint64_t at = 0;
	size_t i;

	(void)state;
	run_all(&run, &options, &zoned);
	for (i = 0; i < run.to->log_count; i++) {
		const struct memory_op *op = &run.to->log[i];

		/* The journal is written in between. */
		if (op->kind != MEMORY_WRITE || op->physical / ZONE == 1)
			continue;
		if (op->physical == 0)
			break;
		assert_true(op->physical == at || (op->physical > at && op->physical % ZONE == 0));
		at = op->physical + op->len;
	}
	/* Five zones of block groups and one of the superblock log. */
	assert_int_equal(memory_count(run.to, MEMORY_CLOSE), 6);
	assert_int_equal(memory_count(run.to, MEMORY_FINISH), 0);
	tiny_run_close(&run);
}

static void test_superblock_is_last_and_between_flushes(void **state)
{
	struct tiny_run run;
	size_t primary;
	size_t i;

	(void)state;
	run_all(&run, NULL, &zoned);
	primary = find_write(run.to, 0, 0);
	assert_int_equal(primary, find_last(run.to, MEMORY_WRITE));
	assert_true(find_last(run.to, MEMORY_FLUSH) > primary);
	/* Nothing is written between the flush that decides and the superblock. */
	for (i = primary; run.to->log[i].kind != MEMORY_FLUSH; i--)
		assert_true(i == primary || run.to->log[i].kind == MEMORY_REPORT);
	tiny_run_close(&run);
}

/* Reports of all zones come behind the flush and before the superblock. */
static void test_reports_are_compared_before_the_superblock(void **state)
{
	struct tiny_run run;
	size_t primary;
	size_t flush;

	(void)state;
	run_all(&run, NULL, &zoned);
	primary = find_write(run.to, 0, 0);
	for (flush = primary; run.to->log[flush].kind != MEMORY_FLUSH; flush--)
		;
	assert_int_equal(run.to->log[flush + 1].kind, MEMORY_REPORT);
	assert_int_equal(run.to->log[flush + 1].physical, 0);
	tiny_run_close(&run);
}

static void test_copies_on_a_regular_target(void **state)
{
	const struct tiny_options options = { .zones = 18 };
	struct tiny_run run;
	size_t second;
	size_t primary;

	(void)state;
	run_all(&run, &options, &regular);
	primary = find_write(run.to, find_write(run.to, 0, 2 * ZONE), PRIMARY);
	assert_true(primary != NONE);
	second = primary - 2;
	assert_int_equal(run.to->log[second].kind, MEMORY_WRITE);
	assert_int_equal(run.to->log[second].physical, SECOND);
	assert_int_equal(run.to->log[second - 1].kind, MEMORY_REPORT);
	assert_int_equal(run.to->log[second - 2].kind, MEMORY_FLUSH);
	assert_int_equal(run.to->log[primary - 1].kind, MEMORY_FLUSH);
	assert_int_equal(run.to->log[primary + 1].kind, MEMORY_FLUSH);
	assert_int_equal(tiny_peek(run.to->bytes + SECOND, 0x30, 8), SECOND);
	tiny_run_close(&run);
}

/* A second copy would lie beyond what the file system takes of the device. */
static void test_no_copy_beyond_total_bytes(void **state)
{
	struct tiny_run run;

	(void)state;
	run_all(&run, NULL, &regular);
	assert_int_equal(tiny_peek(run.to->bytes + SECOND, 0x40, 8), 0);
	tiny_run_close(&run);
}

static void test_wipes_come_first(void **state)
{
	struct tiny_run run;
	size_t flush;
	size_t wipe;

	(void)state;
	run_all(&run, NULL, &regular);
	wipe = find_write(run.to, 0, 0);
	flush = find(run.to, wipe, MEMORY_FLUSH);
	assert_true(wipe < flush);
	assert_true(find_write(run.to, 0, SECOND) < flush);
	assert_true(find_write(run.to, 0, 2 * ZONE) > flush);
	tiny_run_close(&run);
}

/* At a fixed place they are hidden by nothing but what is done first. */
static void test_old_superblock_goes_before_zones_are_reset(void **state)
{
	const struct memory_options conventional = { .zones = 10, .conventional = 1 };
	struct tiny_run run;
	size_t cleared;
	size_t reset;

	(void)state;
	run_all(&run, NULL, &conventional);
	cleared = find_write(run.to, 0, 0);
	reset = find(run.to, 0, MEMORY_RESET);
	assert_true(reset != NONE);
	assert_true(cleared < find(run.to, 0, MEMORY_FLUSH));
	assert_true(find(run.to, 0, MEMORY_FLUSH) < reset);
	tiny_run_close(&run);
}

/* The run stops when the primary is there, and a zone that was counted is not what it was. */
static void stop_behind_primary(struct memory_device *memory, const struct memory_op *op)
{
	if (tiny_magic(memory) && op->kind == MEMORY_FLUSH && tiny_holds_journal(memory))
		memory->fault->fail_at = memory->fault->count + 1;
}

static void stop_at_reset(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_RESET)
		memory->fault->fail_at = memory->fault->count + 1;
}

static void test_own_superblock_goes_before_zones_are_reset(void **state)
{
	const struct memory_options conventional = { .zones = 10, .conventional = 1 };
	struct memory_fault first = { .lasting = true };
	struct memory_fault second = { .lasting = true };
	const struct zr_plan_zone *last;
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), false, &conventional);
	run.to->fault = &first;
	run.to->hook = stop_behind_primary;
	assert_int_equal(tiny_run_job(&run), -ZR_E_TARGET_FLUSH);
	assert_true(tiny_magic(run.to));
	last = &run.plan->zones[run.plan->zone_count - 1];
	memory_set_zone(run.to, (uint32_t)(last->target_physical / ZONE), ZR_COND_CLOSED, 4096);
	tiny_run_again(&run, NULL);
	run.to->fault = &second;
	run.to->hook = stop_at_reset;
	assert_int_not_equal(tiny_run_job(&run), 0);
	assert_false(tiny_magic(run.to));
	run.to->fault = NULL;
	run.to->hook = NULL;
	tiny_run_again(&run, NULL);
	assert_int_equal(tiny_run_job(&run), 0);
	assert_true(tiny_magic(run.to));
	tiny_run_close(&run);
}

static void expect_zone(const struct tiny_run *run, uint64_t logical, unsigned int mirror,
			uint64_t end)
{
	uint64_t physical = tiny_physical(logical, mirror);
	const struct zr_zone *zone = &run->to->zones[physical / ZONE];
	static uint8_t expected[ZONE];

	tiny_expected_zone(run, logical, mirror, end, expected);
	assert_memory_equal(run->to->bytes + physical, expected, end);
	if (!zr_zone_is_sequential(zone))
		return;
	assert_int_equal(zone->cond, ZR_COND_CLOSED);
	assert_int_equal(zone->wp, physical + end);
}

static void expect_content(const struct tiny_run *run)
{
	unsigned int copies = run->fs->options.dup ? 2 : 1;
	unsigned int i;

	expect_zone(run, TINY_DATA, 0, 22 * TINY_SECTOR);
	for (i = 0; i < copies; i++) {
		expect_zone(run, TINY_METADATA, i,
			    (run->fs->options.leaves > 1 ? 19 : 6) * TINY_NODE);
		expect_zone(run, TINY_SYSTEM, i, TINY_NODE);
	}
}

static void test_content_and_zone_ends(void **state)
{
	static const struct memory_options targets[] = {
		{ .zones = 12 },
		{ .zones = 10 },
		{ .zones = 10, .cap = ZONE - 65536 },
		{ .zones = 10, .conventional = 2 },
		{ .zones = 10, .conventional = 10 },
		{ .zones = 10, .conventional = 5 },
		{ .zones = 20, .regular = true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]) * 2; i++) {
		const struct tiny_options options = { .dup = i & 1, .leaves = i & 1 ? 3 : 1 };
		struct tiny_run run;
		uint32_t zone_no;

		run_all(&run, &options, &targets[i / 2]);
		expect_content(&run);
		assert_true(tiny_run_found(&run));
		for (zone_no = 7; zone_no < run.to->options.zones; zone_no++)
			assert_true(run.to->zones[zone_no].cond == ZR_COND_EMPTY ||
				    run.to->zones[zone_no].cond == ZR_COND_NOT_WP);
		tiny_run_close(&run);
	}
}

static void test_regular_source_to_zoned_target(void **state)
{
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), true, &zoned);
	assert_int_equal(tiny_run_job(&run), 0);
	expect_content(&run);
	assert_int_equal(run.to->zones[0].wp, 4096);
	assert_int_equal(run.to->zones[1].cond, ZR_COND_EMPTY);
	tiny_run_close(&run);
}

/* A bad copy on the source becomes two good ones on the target. */
static void test_bad_copy_is_not_copied(void **state)
{
	const struct tiny_options options = { .dup = true };
	struct zr_progress progress;
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(&options), false, &zoned);
	memory_thaw(run.from);
	tiny_flip(run.from, TINY_METADATA + 900, 1);
	memory_freeze(run.from);
	assert_int_equal(tiny_run_job(&run), 0);
	zr_job_progress(run.job, &progress);
	assert_int_equal(progress.read.repaired, TINY_NODE);
	assert_memory_equal(run.to->bytes + tiny_physical(TINY_METADATA, 1),
			    run.to->bytes + tiny_physical(TINY_METADATA, 0), TINY_NODE);
	tiny_run_close(&run);
}

static void test_progress_adds_up(void **state)
{
	const struct tiny_options options = { .dup = true };
	struct zr_progress progress;
	struct tiny_run run;

	(void)state;
	run_all(&run, &options, &zoned);
	zr_job_progress(run.job, &progress);
	assert_int_equal(progress.zones, 5);
	assert_int_equal(progress.zones_done, 5);
	assert_int_equal(progress.copied + progress.filled, progress.bytes);
	assert_int_equal(progress.copied,
			 run.fs->data_used + 2 * run.fs->metadata_used + 2 * TINY_NODE);
	assert_int_equal(progress.read.unverified, 3 * TINY_SECTOR);
	assert_int_equal(progress.read.verified, run.fs->data_used - 3 * TINY_SECTOR);
	assert_int_equal(progress.read.repaired, 0);
	tiny_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clears_first),
		cmocka_unit_test(test_source_is_only_read),
		cmocka_unit_test(test_zones_are_written_in_order),
		cmocka_unit_test(test_superblock_is_last_and_between_flushes),
		cmocka_unit_test(test_reports_are_compared_before_the_superblock),
		cmocka_unit_test(test_copies_on_a_regular_target),
		cmocka_unit_test(test_no_copy_beyond_total_bytes),
		cmocka_unit_test(test_wipes_come_first),
		cmocka_unit_test(test_old_superblock_goes_before_zones_are_reset),
		cmocka_unit_test(test_own_superblock_goes_before_zones_are_reset),
		cmocka_unit_test(test_content_and_zone_ends),
		cmocka_unit_test(test_regular_source_to_zoned_target),
		cmocka_unit_test(test_bad_copy_is_not_copied),
		cmocka_unit_test(test_progress_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
