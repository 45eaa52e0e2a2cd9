// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run in which the operation number n fails, for every n. Whatever fails: the source is not
 * touched, and the target is no file system unless it is the complete one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tiny_run.h"

#define ZONE MEMORY_ZONE_SIZE

struct scenario {
	struct tiny_options options;
	struct memory_options target;
	bool regular;
};

static const struct scenario scenarios[] = {
	{ { .dup = false }, { .zones = 10 }, false },
	{ { .dup = true, .leaves = 3 }, { .zones = 12, .max_active = 16 }, false },
	{ { .dup = true, .group_tree = true }, { .zones = 10, .conventional = 4 }, false },
	{ { .zones = 18 }, { .zones = 20, .regular = true }, false },
	{ { .dup = true }, { .zones = 10 }, true },
};

static void open_run(struct tiny_run *run, const struct scenario *scenario)
{
	tiny_run_open(run, tiny_new(&scenario->options), scenario->regular, &scenario->target);
}

/* The zones of block groups, byte by byte and by their state. */
static bool same_content(const struct tiny_run *run, const struct tiny_run *whole)
{
	uint32_t i;

	for (i = 2; i < 7; i++)
		if (run->to->zones[i].wp != whole->to->zones[i].wp ||
		    run->to->zones[i].cond != whole->to->zones[i].cond ||
		    memcmp(run->to->bytes + i * ZONE, whole->to->bytes + i * ZONE, 64 * TINY_NODE))
			return false;
	return true;
}

static void expect_untouched(const struct tiny_run *run)
{
	size_t i;

	for (i = 0; i < run->from->log_count; i++)
		assert_true(run->from->log[i].kind == MEMORY_READ ||
			    run->from->log[i].kind == MEMORY_REPORT);
}

/* Number of the write of the primary superblock in the log of a whole run. */
static size_t primary_write(const struct memory_device *memory)
{
	uint64_t place = memory->dev.geo.model == ZR_MODEL_REGULAR ? 65536 : 0;
	size_t i = memory->log_count;

	do
		i--;
	while (memory->log[i].kind != MEMORY_WRITE || memory->log[i].physical != place);
	return i;
}

/* Returns whether the operation with this number was reached. */
static bool fail_one(const struct scenario *scenario, uint64_t n, const struct tiny_run *whole)
{
	struct memory_fault fault = { .fail_at = n };
	struct tiny_run run;
	bool reached;
	bool written;
	int rc;

	open_run(&run, scenario);
	run.from->fault = &fault;
	run.to->fault = &fault;
	rc = tiny_run_job(&run);
	reached = fault.count >= n;
	written = run.to->log_count > primary_write(whole->to) + 1;
	/* One bad read of a tree block with two copies is repaired, on the source while copying. */
	if (!reached)
		assert_int_equal(rc, 0);
	else if (rc)
		assert_true(run.err.code == -rc && run.err.text[0]);
	else
		assert_true(run.source->counters.repaired > 0 || written);
	if (tiny_run_found(&run)) {
		assert_true(written);
		assert_true(same_content(&run, whole));
	} else {
		assert_true(rc < 0);
	}
	expect_untouched(&run);
	tiny_run_close(&run);
	return reached;
}

static void test_every_operation_fails_once(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < sizeof(scenarios) / sizeof(scenarios[0]); s++) {
		struct tiny_run whole;
		uint64_t n = 1;

		open_run(&whole, &scenarios[s]);
		assert_int_equal(tiny_run_job(&whole), 0);
		while (fail_one(&scenarios[s], n, &whole))
			n++;
		/* Resets, reads, writes and reports of each zone, flushes and superblocks. */
		assert_true(n > 30);
		tiny_run_close(&whole);
	}
}

/* The number of the operation that is the flush with this number on the target. */
struct flush_fault {
	struct memory_fault fault;
	uint64_t flushes;
	uint64_t fail_flush;
};

static void fail_flush(struct memory_device *memory, const struct memory_op *op)
{
	struct flush_fault *at = memory->context;

	if (op->kind == MEMORY_FLUSH && ++at->flushes == at->fail_flush)
		at->fault.fail_at = at->fault.count + 1;
}

/* After a flush failed, nobody knows what is stable: the target is not touched any more. */
static void test_nothing_follows_a_failed_flush(void **state)
{
	const struct scenario *scenario = &scenarios[3];
	struct tiny_run whole;
	uint64_t flushes;
	uint64_t flush;

	(void)state;
	open_run(&whole, scenario);
	assert_int_equal(tiny_run_job(&whole), 0);
	flushes = memory_count(whole.to, MEMORY_FLUSH);
	tiny_run_close(&whole);
	for (flush = 1; flush <= flushes; flush++) {
		struct flush_fault at = { .fail_flush = flush };
		struct tiny_run run;

		open_run(&run, scenario);
		run.to->hook = fail_flush;
		run.to->context = &at;
		run.to->fault = &at.fault;
		assert_int_equal(tiny_run_job(&run), -ZR_E_TARGET_FLUSH);
		assert_int_equal(run.to->log[run.to->log_count - 1].kind, MEMORY_FLUSH);
		assert_int_equal(at.flushes, flush);
		/* The last two are those behind the primary superblock and the end of the journal.
		 */
		assert_int_equal(tiny_run_found(&run), flush + 1 >= flushes);
		tiny_run_close(&run);
	}
}

/* Planning reads both devices and changes neither, whatever fails. */
static void test_planning_changes_nothing(void **state)
{
	struct memory_fault fault = { .fail_at = 0 };
	int rc;

	(void)state;
	do {
		struct zr_plan *plan = NULL;
		struct tiny_run run;
		size_t i;

		open_run(&run, &scenarios[1]);
		fault.fail_at++;
		fault.count = 0;
		run.from->fault = &fault;
		run.to->fault = &fault;
		rc = zr_plan_build(&plan, run.source, run.target, NULL, &run.err);
		if (!rc)
			zr_plan_free(plan);
		expect_untouched(&run);
		for (i = 0; i < run.to->log_count; i++)
			assert_int_equal(run.to->log[i].kind, MEMORY_REPORT);
		tiny_run_close(&run);
	} while (fault.count >= fault.fail_at);
	assert_int_equal(rc, 0);
}

/* A device that says that it wrote and did not. */
static void drop_all(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_WRITE && op->physical >= 3 * ZONE)
		memory->drop_writes = true;
}

static void test_dropped_writes_are_noticed(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &scenarios[0]);
	run.to->hook = drop_all;
	assert_true(tiny_run_job(&run) < 0);
	assert_false(tiny_run_found(&run));
	tiny_run_close(&run);
}

/* Somebody writes to a zone that is done, or to one that must stay empty. */
static void write_elsewhere(struct memory_device *memory, const struct memory_op *op)
{
	const uint32_t *zone_no = memory->context;

	if (op->kind != MEMORY_WRITE || op->physical < 5 * ZONE)
		return;
	memory->hook = NULL;
	memory_set_zone(memory, *zone_no, ZR_COND_CLOSED,
			memory->zones[*zone_no].wp % ZONE + TINY_SECTOR);
}

static void test_other_writers_are_noticed(void **state)
{
	static const uint32_t zones[] = { 0, 2, 3, 7, 9 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		uint32_t zone_no = zones[i];
		struct tiny_run run;

		open_run(&run, &scenarios[0]);
		run.to->hook = write_elsewhere;
		run.to->context = &zone_no;
		assert_int_equal(tiny_run_job(&run), -ZR_E_ZONE_MISMATCH);
		assert_int_equal(run.err.zone, zone_no);
		assert_false(tiny_run_found(&run));
		tiny_run_close(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation_fails_once),
		cmocka_unit_test(test_nothing_follows_a_failed_flush),
		cmocka_unit_test(test_planning_changes_nothing),
		cmocka_unit_test(test_dropped_writes_are_noticed),
		cmocka_unit_test(test_other_writers_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
