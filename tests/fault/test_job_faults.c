// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run in which something goes wrong at the operation number n, for every n and every kind of
 * fault. Whatever it is: the source is not touched, the target is no file system unless it is the
 * complete one, and when the fault is gone the next run ends as one that nothing went wrong with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fault_kinds.h"
#include "sweep.h"
#include "tiny_scenario.h"
#include "verify_memory.h"

#define ZONE MEMORY_ZONE_SIZE

static void open_run(struct tiny_run *run, const struct tiny_scenario *scenario)
{
	tiny_scenario_open(run, scenario);
}

static void take_fault_away(struct tiny_run *run)
{
	run->from->fault = NULL;
	run->to->fault = NULL;
}

/*
 * A target that is not as it should be, after a run that said that it is. A write pointer would
 * have told that a write was lost.
 */
static void judge_wrong_target(struct sweep *sweep, const struct memory_fault *fault,
			       struct tiny_run *run, const struct tiny_run *whole)
{
	const struct zr_zone *zone = &run->to->zones[fault->place / ZONE];
	struct zr_error err = ZR_ERROR_INIT;

	assert_false(fault->effect == MEMORY_DROPS && zr_zone_is_sequential(zone));
	if (verify_memory(run, &err) == -ZR_E_DIFFERENT)
		sweep->found++;
	else if (!tiny_same_used(run) || !tiny_same_supers(run, whole))
		sweep->silent++;
}

static void judge_success(struct sweep *sweep, const struct fault_kind *kind,
			  const struct memory_fault *fault, struct tiny_run *run,
			  const struct tiny_run *whole)
{
	if (kind->end == FAULT_STOPS)
		fail_msg("%s: the run went on", kind->name);
	assert_true(tiny_run_found(run));
	if (kind->end == FAULT_MAY_STOP)
		assert_true(tiny_same(run, whole));
	else if (!tiny_same(run, whole))
		judge_wrong_target(sweep, fault, run, whole);
}

/* One message, of a class that says where to look; an error that was reported is in it. */
static void expect_message(const struct fault_kind *kind, const struct zr_error *err, int rc)
{
	const char *device = kind->source ? "source" : "target";

	assert_int_equal(err->code, -rc);
	assert_int_not_equal(zr_error_class(rc), ZR_CLASS_BUG);
	if (!err->text[0] || (kind->sys_errno && !strstr(err->text, device)))
		fail_msg("%s: \"%s\"", kind->name, err->text);
	if (kind->sys_errno && kind->lasting && !strstr(err->text, strerror(kind->sys_errno)))
		fail_msg("%s: \"%s\"", kind->name, err->text);
}

/*
 * As long as a zone is bad, the next run does without it or fails, and destroys nothing. Of a new
 * layout only verification knows what is where.
 */
static bool run_with_bad_zone(struct tiny_run *run, const struct tiny_run *whole)
{
	bool journal = tiny_holds_journal(run->to);
	struct zr_error err = ZR_ERROR_INIT;
	int rc = tiny_run_plan_again(run, NULL);

	run->options.force = !journal;
	if (!rc)
		rc = tiny_run_job(run);
	if (!rc)
		assert_true(tiny_run_found(run) && (run->plan->relayout || tiny_same_used(run)) &&
			    !verify_memory(run, &err));
	else
		sweep_expect_safe(run, whole);
	return !rc;
}

static void go_on(struct sweep *sweep, const struct fault_kind *kind,
		  const struct memory_fault *fault, struct tiny_run *run,
		  const struct tiny_run *whole)
{
	if (kind->effect == MEMORY_MOVES) {
		sweep_go_on_moved(sweep, run, whole);
		return;
	}
	if (fault->before.len && !kind->source && run_with_bad_zone(run, whole)) {
		sweep->stops++;
		return;
	}
	memory_heal(kind->source ? run->from : run->to, fault);
	sweep_go_on(sweep, run, whole);
}

/* Half of the operations of a whole run are done, and a second run is about to begin. */
static void stop_halfway(struct tiny_run *run, uint64_t operations)
{
	struct memory_fault fault = { .fail_at = operations / 2, .lasting = true };

	run->to->fault = &fault;
	assert_true(tiny_run_job(run) < 0 && tiny_holds_journal(run->to));
	tiny_run_again(run, NULL);
}

/*
 * What runs in one thread says nothing about threads, and each operation is the same code in its
 * thread as some others: under ThreadSanitizer, which makes all slow, every fourth one fails.
 */
#define THREADS_STEP 4
static bool threads_only;

/* Returns whether the operation whose turn it is was reached. */
static bool meet_fault(struct sweep *sweep, const struct fault_kind *kind, struct tiny_run *run,
		       const struct tiny_run *whole)
{
	uint64_t step = threads_only ? THREADS_STEP : 1;
	struct memory_fault fault = fault_of_kind(kind, sweep->operations * step + 1);
	int rc;

	*(kind->source ? &run->from->fault : &run->to->fault) = &fault;
	rc = tiny_run_job(run);
	take_fault_away(run);
	if (fault.count < fault.fail_at) {
		assert_int_equal(rc, 0);
		return false;
	}
	sweep->operations++;
	assert_true(tiny_untouched(run->from));
	if (!fault.met) {
		assert_int_equal(rc, 0);
	} else if (!rc) {
		judge_success(sweep, kind, &fault, run, whole);
	} else {
		expect_message(kind, &run->err, rc);
		sweep_expect_safe(run, whole);
		go_on(sweep, kind, &fault, run, whole);
	}
	if (kind->source)
		memory_heal(run->from, &fault);
	return true;
}

static void try_kind(const struct tiny_scenario *scenario, const struct fault_kind *kind,
		     bool halfway)
{
	struct sweep sweep = { .operations = 0 };
	struct tiny_run whole;
	struct tiny_run run;

	open_run(&whole, scenario);
	assert_int_equal(tiny_run_job(&whole), 0);
	open_run(&run, scenario);
	do {
		tiny_run_rewind(&run);
		if (halfway)
			stop_halfway(&run, whole.to->log_count);
	} while (meet_fault(&sweep, kind, &run, &whole));
	sweep_print(&sweep, kind->name, scenario->name);
	tiny_run_close(&run);
	tiny_run_close(&whole);
}

static void test_every_operation_of_a_run(void **state)
{
	uint32_t tried = 0;
	size_t s;
	size_t k;

	(void)state;
	for (s = 0; s < TINY_SCENARIOS; s++) {
		if (threads_only && !tiny_scenarios[s].parallel)
			continue;
		tried++;
		for (k = 0; k < fault_kind_count; k++)
			try_kind(&tiny_scenarios[s], &fault_kinds[k], false);
	}
	assert_true(tried);
}

static void test_every_operation_of_a_run_that_goes_on(void **state)
{
	size_t k;

	(void)state;
	for (k = 0; k < fault_kind_count; k++)
		try_kind(&tiny_scenarios[TINY_REFERENCE], &fault_kinds[k], true);
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
	const struct tiny_scenario *scenario = &tiny_scenarios[3];
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

		open_run(&run, &tiny_scenarios[1]);
		fault.fail_at++;
		fault.count = 0;
		run.from->fault = &fault;
		run.to->fault = &fault;
		rc = zr_plan_build(&plan, run.source, run.target, NULL, &run.err);
		if (!rc)
			zr_plan_free(plan);
		assert_true(tiny_untouched(run.from));
		assert_int_equal(memory_count(run.to, MEMORY_REPORT), run.to->log_count);
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
	open_run(&run, &tiny_scenarios[0]);
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

		open_run(&run, &tiny_scenarios[0]);
		run.to->hook = write_elsewhere;
		run.to->context = &zone_no;
		assert_int_equal(tiny_run_job(&run), -ZR_E_ZONE_MISMATCH);
		assert_int_equal(run.err.zone, zone_no);
		assert_false(tiny_run_found(&run));
		tiny_run_close(&run);
	}
}

/* usage: test_job_faults [threads] */
int main(int argc, char **argv)
{
	const struct CMUnitTest of_threads[] = {
		cmocka_unit_test(test_every_operation_of_a_run),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation_of_a_run),
		cmocka_unit_test(test_every_operation_of_a_run_that_goes_on),
		cmocka_unit_test(test_nothing_follows_a_failed_flush),
		cmocka_unit_test(test_planning_changes_nothing),
		cmocka_unit_test(test_dropped_writes_are_noticed),
		cmocka_unit_test(test_other_writers_are_noticed),
	};

	threads_only = argc > 1 && !strcmp(argv[1], "threads");
	if (threads_only)
		return cmocka_run_group_tests(of_threads, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
