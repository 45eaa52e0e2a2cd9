// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A superblock that turns out damaged when it is read again is taken away, and nothing has to be
 * copied anew for it: the next run writes the superblocks and no zone, wherever the withdrawal
 * itself stops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sblog.h"
#include "super.h"
#include "sweep.h"
#include "tiny_scenario.h"

#define SUPER_BYTES 4096
#define ZONE MEMORY_ZONE_SIZE

/* A run whose primary superblock goes bad, and which may stop at an operation after that. */
struct damage {
	bool at_end; /* when the journal has ended, otherwise as soon as it is written */
	uint64_t stop_after; /* operations; 0: none */
	uint64_t primary;
	bool written;
	bool ended;
	bool done;
};

static bool ends_journal(const struct memory_device *memory, const struct memory_op *op)
{
	return (op->kind == MEMORY_RESET || op->kind == MEMORY_WRITE) &&
	       op->physical == tiny_journal_place(memory);
}

/* Called before each operation: what an earlier one wrote is there. */
static void spoil(struct memory_device *memory, const struct memory_op *op)
{
	struct damage *damage = memory->context;

	if (damage->done)
		return;
	if (damage->at_end ? damage->ended : damage->written) {
		memory->bytes[damage->primary + SUPER_BYTES - 1] ^= 1;
		damage->done = true;
		if (damage->stop_after)
			memory->fault->fail_at = memory->fault->count + damage->stop_after;
	}
	damage->ended = damage->written && ends_journal(memory, op);
	/* Before there is a journal, old ones are wiped there. */
	damage->written |= op->kind == MEMORY_WRITE && op->physical == damage->primary &&
			   tiny_holds_journal(memory);
}

/* Returns whether the run met the operation at which it had to stop. */
static bool run_spoilt(struct tiny_run *run, struct damage damage)
{
	struct memory_fault fault = { .lasting = true };
	const struct zr_plan *plan = run->plan;

	damage.primary = plan->superblocks[plan->superblock_count - 1].physical;
	run->to->fault = &fault;
	run->to->hook = spoil;
	run->to->context = &damage;
	assert_int_not_equal(tiny_run_job(run), 0);
	assert_true(damage.done);
	run->to->fault = NULL;
	run->to->hook = NULL;
	return fault.fail_at && fault.count >= fault.fail_at;
}

static void open_run(struct tiny_run *run, const struct tiny_scenario *scenario)
{
	tiny_scenario_open(run, scenario);
	run->to->cached = true;
}

static uint32_t noted(struct tiny_run *run)
{
	struct zr_run_status status;

	assert_int_equal(zr_run_status(run->target, &status, NULL), 0);
	return status.zones_done;
}

static void expect_withdrawn(struct tiny_run *run)
{
	assert_int_equal(run->err.code, ZR_E_TARGET_READ);
	assert_false(tiny_magic(run->to));
	assert_int_equal(noted(run), run->plan->zone_count);
}

static void withdraw_in(const struct tiny_scenario *scenario, bool at_end)
{
	struct damage damage = { .at_end = at_end };
	struct sweep sweep = { .operations = 0 };
	struct tiny_run whole;
	struct tiny_run run;
	bool stopped;

	open_run(&whole, scenario);
	assert_int_equal(tiny_run_job(&whole), 0);
	open_run(&run, scenario);
	run_spoilt(&run, damage);
	expect_withdrawn(&run);
	sweep_go_on(&sweep, &run, &whole);
	assert_int_equal(sweep.kept, run.plan->zone_count);
	do {
		int lose_cache;

		damage.stop_after++;
		for (lose_cache = 0; lose_cache < 2; lose_cache++) {
			tiny_run_rewind(&run);
			stopped = run_spoilt(&run, damage);
			if (lose_cache)
				memory_lose_cache(run.to);
			sweep_expect_safe(&run, &whole);
			sweep_go_on(&sweep, &run, &whole);
			sweep.operations++;
		}
	} while (stopped);
	sweep_print(&sweep, at_end ? "spoilt at the end" : "spoilt as written", scenario->name);
	assert_true(sweep.operations > 6);
	tiny_run_close(&run);
	tiny_run_close(&whole);
}

static void test_superblock_that_was_written_badly(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < TINY_SCENARIOS; s++)
		withdraw_in(&tiny_scenarios[s], false);
}

static void test_superblock_that_went_bad(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < TINY_SCENARIOS; s++)
		withdraw_in(&tiny_scenarios[s], true);
}

/*
 * What was found is in the old journal only: a new one without it would keep silent about it. So
 * when that has ended, the superblock is left as it is, with all that it stands for.
 */
static void test_findings_do_not_get_lost(void **state)
{
	const struct tiny_scenario *scenario = &tiny_scenarios[TINY_REFERENCE];
	int at_end;

	(void)state;
	for (at_end = 0; at_end < 2; at_end++) {
		struct damage damage = { .at_end = at_end };
		struct zr_progress progress;
		struct tiny_run run;

		open_run(&run, scenario);
		memory_thaw(run.from);
		run.from->bytes[tiny_physical(run.source->root_tree.logical, 1) + 100] ^= 1;
		memory_freeze(run.from);
		run_spoilt(&run, damage);
		assert_int_equal(tiny_magic(run.to), at_end);
		assert_int_equal(tiny_holds_journal(run.to), !at_end);
		tiny_run_again(&run, NULL);
		run.options.force = 1;
		assert_int_equal(tiny_run_job(&run), 0);
		zr_job_progress(run.job, &progress);
		assert_int_equal(progress.read.repaired, TINY_NODE);
		tiny_run_close(&run);
	}
}

/* Somebody else's entry in the log, valid and newer, comes when the journal has ended. */
static void put_another(struct memory_device *memory, const struct memory_op *op)
{
	static uint8_t raw[SUPER_BYTES];
	struct damage *damage = memory->context;

	if (damage->ended && !damage->done) {
		memcpy(raw, memory->bytes, sizeof(raw));
		raw[0x12b] = 'x';
		zr_super_seal_copy(raw, zr_sb_offset(0));
		memory_place(memory, sizeof(raw), raw, sizeof(raw));
		damage->done = true;
	}
	damage->ended |= op->kind == MEMORY_RESET && op->physical == MEMORY_ZONE_SIZE &&
			 memory->zones[0].wp == SUPER_BYTES;
}

static void test_superblock_of_somebody_else(void **state)
{
	struct sweep sweep = { .operations = 1 };
	struct damage damage = { .at_end = true };
	struct tiny_run whole;
	struct tiny_run run;

	(void)state;
	open_run(&whole, &tiny_scenarios[TINY_REFERENCE]);
	assert_int_equal(tiny_run_job(&whole), 0);
	open_run(&run, &tiny_scenarios[TINY_REFERENCE]);
	run.to->hook = put_another;
	run.to->context = &damage;
	assert_int_equal(tiny_run_job(&run), -ZR_E_TARGET_READ);
	assert_non_null(strstr(run.err.text, "is not the one that was written"));
	assert_true(damage.done);
	run.to->hook = NULL;
	expect_withdrawn(&run);
	sweep_go_on(&sweep, &run, &whole);
	sweep_print(&sweep, "another superblock", "dup");
	tiny_run_close(&run);
	tiny_run_close(&whole);
}

/* A read of the target that fails once, when all superblocks are written. */
struct bad_read {
	size_t number; /* of the reads behind the primary */
	uint64_t primary;
	size_t count;
	bool written;
};

static void fail_one_read(struct memory_device *memory, const struct memory_op *op)
{
	struct bad_read *bad = memory->context;

	bad->count += bad->written && op->kind == MEMORY_READ;
	if (bad->written && op->kind == MEMORY_READ && bad->count == bad->number)
		memory->fault->fail_at = memory->fault->count + 1;
	bad->written |= op->kind == MEMORY_WRITE && op->physical == bad->primary &&
			tiny_holds_journal(memory);
}

/* Returns whether there were so many reads. */
static bool fail_read(const struct tiny_run *whole, const struct tiny_scenario *scenario,
		      size_t number, struct sweep *sweep)
{
	struct bad_read bad = { .number = number };
	struct memory_fault fault = { .lasting = false };
	struct tiny_run run;

	open_run(&run, scenario);
	bad.primary = run.plan->superblocks[run.plan->superblock_count - 1].physical;
	run.to->fault = &fault;
	run.to->hook = fail_one_read;
	run.to->context = &bad;
	if (tiny_run_job(&run)) {
		run.to->fault = NULL;
		run.to->hook = NULL;
		assert_int_equal(noted(&run), run.plan->zone_count);
		assert_false(tiny_run_found(&run) && tiny_journal_place(run.to) == ZONE);
		sweep_go_on(sweep, &run, whole);
	}
	tiny_run_close(&run);
	return bad.count >= number;
}

static void test_failed_read_costs_no_copy(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < TINY_SCENARIOS; s++) {
		struct sweep sweep = { .operations = 0 };
		struct tiny_run whole;

		open_run(&whole, &tiny_scenarios[s]);
		assert_int_equal(tiny_run_job(&whole), 0);
		while (fail_read(&whole, &tiny_scenarios[s], sweep.operations + 1, &sweep))
			sweep.operations++;
		sweep_print(&sweep, "one read fails behind the superblock", tiny_scenarios[s].name);
		assert_true(sweep.operations > 3);
		tiny_run_close(&whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_superblock_that_was_written_badly),
		cmocka_unit_test(test_superblock_that_went_bad),
		cmocka_unit_test(test_findings_do_not_get_lost),
		cmocka_unit_test(test_superblock_of_somebody_else),
		cmocka_unit_test(test_failed_read_costs_no_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
