// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run that stops at the operation number n, for every n, and goes on with new objects over the
 * same devices. However it stopped: the second run ends as one that was never interrupted, and what
 * the journal counted is not written again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "tiny_run.h"

#define ZONE MEMORY_ZONE_SIZE
#define FIXED_PLACE (1ULL << 20)

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

/* How the first run ended, beside that its operations failed. */
enum ending {
	KILLED,
	CACHE_LOST,
	JOURNAL_KEPT, /* all of the cache is lost but what was written to the journal */
	TORN,
};

static unsigned int stops;
static unsigned int resumed;
static unsigned int kept_zones;

static void open_run(struct tiny_run *run, const struct scenario *scenario)
{
	tiny_run_open(run, tiny_new(&scenario->options), scenario->regular, &scenario->target);
	run->to->cached = true;
}

static uint64_t journal_place(const struct memory_device *memory)
{
	return zr_zone_is_sequential(&memory->zones[0]) ? ZONE : FIXED_PLACE;
}

/* Looked up without the library. */
static bool holds_journal(const struct memory_device *memory)
{
	uint64_t at = journal_place(memory);

	if (at == ZONE && memory->zones[1].wp == ZONE)
		return false;
	return !memcmp(memory->bytes + at + 32, "ZRJOURNL", 8);
}

/* All zones by their state, those of block groups and the superblock byte by byte. */
static void expect_same(const struct tiny_run *run, const struct tiny_run *whole)
{
	size_t i;

	for (i = 0; i < run->to->options.zones; i++) {
		assert_int_equal(run->to->zones[i].wp, whole->to->zones[i].wp);
		assert_int_equal(run->to->zones[i].cond, whole->to->zones[i].cond);
	}
	for (i = 0; i < whole->plan->zone_count; i++) {
		const struct zr_plan_zone *zone = &whole->plan->zones[i];

		assert_memory_equal(run->to->bytes + zone->target_physical,
				    whole->to->bytes + zone->target_physical, zone->end);
	}
	for (i = 0; i < whole->plan->superblock_count; i++) {
		uint64_t at = whole->plan->superblocks[i].physical;

		assert_memory_equal(run->to->bytes + at, whole->to->bytes + at, 4096);
	}
}

static bool changes(const struct memory_op *op)
{
	return op->kind == MEMORY_WRITE || op->kind == MEMORY_RESET || op->kind == MEMORY_CLOSE ||
	       op->kind == MEMORY_FINISH;
}

static void expect_unchanged(const struct memory_device *memory)
{
	size_t i;

	for (i = 0; i < memory->log_count; i++)
		assert_false(changes(&memory->log[i]));
}

/* What was counted before is left alone. */
static void expect_left_alone(const struct tiny_run *run, uint32_t noted)
{
	uint32_t z;
	size_t i;

	for (z = 0; z < noted; z++)
		for (i = 0; i < run->to->log_count; i++)
			assert_false(changes(&run->to->log[i]) &&
				     run->to->log[i].physical / ZONE ==
					     run->plan->zones[z].target_physical / ZONE);
	kept_zones += noted;
}

/* Between two runs; returns how many zones the journal counts. */
static uint32_t look_between(struct tiny_run *run, const struct tiny_run *whole)
{
	bool found = tiny_run_found(run);
	bool journal = holds_journal(run->to);
	struct zr_run_status status;
	struct zr_error err = ZR_ERROR_INIT;
	int rc;

	if (found && !journal)
		expect_same(run, whole);
	/* With zones of a fixed place the superblock is valid before the journal is gone. */
	if (found && journal)
		assert_int_equal(journal_place(run->to), FIXED_PLACE);
	rc = zr_run_status(run->target, &status, &err);
	assert_int_equal(rc, journal ? 0 : -ZR_E_NO_RUN);
	if (!journal)
		return 0;
	assert_int_equal(status.generation, TINY_GENERATION);
	assert_int_equal(status.zones, whole->plan->summary.zones);
	assert_true(status.zones_done <= status.zones);
	assert_string_equal(status.source, "source");
	return status.zones_done;
}

static void lose_all_but_journal(struct memory_device *memory)
{
	static uint8_t journal[16 * 4096];
	uint8_t *at = memory->bytes + journal_place(memory);
	struct zr_zone zone = memory->zones[1];

	memcpy(journal, at, sizeof(journal));
	memory_lose_cache(memory);
	memcpy(at, journal, sizeof(journal));
	memory->zones[1] = zone;
}

static void stop(struct tiny_run *run, enum ending ending)
{
	run->from->fault = NULL;
	run->to->fault = NULL;
	if (ending == CACHE_LOST)
		memory_lose_cache(run->to);
	if (ending == JOURNAL_KEPT)
		lose_all_but_journal(run->to);
	if (ending == TORN)
		memory_tear_write(run->to);
}

static void go_on(struct tiny_run *run, const struct tiny_run *whole)
{
	uint32_t noted = look_between(run, whole);
	bool journal = holds_journal(run->to);
	struct zr_progress progress;
	int rc;

	tiny_run_again(run, NULL);
	run->options.force = !journal;
	rc = tiny_run_job(run);
	if (rc)
		print_message("# %s\n", run->err.text);
	assert_int_equal(rc, 0);
	zr_job_progress(run->job, &progress);
	assert_int_equal(progress.resumed, journal);
	assert_int_equal(progress.zones_done, progress.zones);
	assert_int_equal(progress.copied + progress.filled, progress.bytes);
	expect_left_alone(run, noted);
	expect_unchanged(run->from);
	expect_same(run, whole);
	assert_false(holds_journal(run->to));
	assert_true(tiny_run_found(run));
	stops++;
	resumed += journal;
}

/* Returns whether the operation with this number was reached. */
static bool stop_at(const struct scenario *scenario, enum ending ending, uint64_t n,
		    const struct tiny_run *whole)
{
	struct memory_fault fault = { .fail_at = n, .lasting = true };
	struct tiny_run run;
	bool reached;
	int rc;

	open_run(&run, scenario);
	run.from->fault = &fault;
	run.to->fault = &fault;
	rc = tiny_run_job(&run);
	reached = fault.count >= n;
	stop(&run, ending);
	if (reached) {
		assert_true(rc < 0);
		go_on(&run, whole);
	} else {
		assert_int_equal(rc, 0);
	}
	tiny_run_close(&run);
	return reached;
}

static void stop_everywhere(enum ending ending, const char *name)
{
	size_t s;

	for (s = 0; s < sizeof(scenarios) / sizeof(scenarios[0]); s++) {
		struct tiny_run whole;
		uint64_t n = 1;

		stops = 0;
		resumed = 0;
		kept_zones = 0;
		open_run(&whole, &scenarios[s]);
		assert_int_equal(tiny_run_job(&whole), 0);
		while (stop_at(&scenarios[s], ending, n, &whole))
			n++;
		print_message("# %s, scenario %zu: %u stops, %u went on, %u zones kept\n", name, s,
			      stops, resumed, kept_zones);
		assert_true(stops > 30 && resumed > 10 && kept_zones > 10);
		tiny_run_close(&whole);
	}
}

static void test_killed(void **state)
{
	(void)state;
	stop_everywhere(KILLED, "killed");
}

static void test_cache_lost(void **state)
{
	(void)state;
	stop_everywhere(CACHE_LOST, "cache lost");
}

static void test_only_journal_kept(void **state)
{
	(void)state;
	stop_everywhere(JOURNAL_KEPT, "only journal kept");
}

static void test_torn_write(void **state)
{
	(void)state;
	stop_everywhere(TORN, "torn write");
}

/* Each run gets no further than the next note: many small runs are one whole run. */
static void stop_at_second_note(struct memory_device *memory, const struct memory_op *op)
{
	unsigned int *notes = memory->context;

	if (op->kind == MEMORY_WRITE && op->physical >= journal_place(memory) &&
	    op->physical < journal_place(memory) + 512 * 4096 && ++*notes == 2)
		memory->fault->fail_at = memory->fault->count + 1;
}

static void test_many_stops(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < sizeof(scenarios) / sizeof(scenarios[0]); s++) {
		struct tiny_run whole;
		struct tiny_run run;
		unsigned int runs = 0;
		int rc;

		open_run(&whole, &scenarios[s]);
		assert_int_equal(tiny_run_job(&whole), 0);
		open_run(&run, &scenarios[s]);
		do {
			struct memory_fault fault = { .lasting = true };
			unsigned int notes = 0;

			run.to->fault = &fault;
			run.to->hook = stop_at_second_note;
			run.to->context = &notes;
			rc = tiny_run_job(&run);
			if (!rc)
				break;
			stop(&run, CACHE_LOST);
			tiny_run_again(&run, NULL);
		} while (++runs < 20);
		print_message("# scenario %zu: %u stops before it was done\n", s, runs);
		assert_int_equal(rc, 0);
		assert_true(runs >= 2);
		run.to->fault = NULL;
		expect_same(&run, &whole);
		tiny_run_close(&run);
		tiny_run_close(&whole);
	}
}

/* A job that is cancelled at its write number n. */
struct cancel {
	struct zr_job *job;
	unsigned int left;
};

static void cancel_job(struct memory_device *memory, const struct memory_op *op)
{
	struct cancel *cancel = memory->context;

	if (op->kind == MEMORY_WRITE && !--cancel->left)
		zr_job_cancel(cancel->job);
}

static void test_cancelled_job_goes_on(void **state)
{
	unsigned int n;
	size_t s;

	(void)state;
	for (s = 0; s < sizeof(scenarios) / sizeof(scenarios[0]); s++) {
		struct tiny_run whole;
		int rc;

		open_run(&whole, &scenarios[s]);
		assert_int_equal(tiny_run_job(&whole), 0);
		n = 0;
		do {
			struct cancel cancel = { .left = ++n };
			struct tiny_run run;

			open_run(&run, &scenarios[s]);
			tiny_run_new_job(&run);
			cancel.job = run.job;
			run.to->hook = cancel_job;
			run.to->context = &cancel;
			rc = tiny_run_job(&run);
			run.to->hook = NULL;
			if (rc) {
				assert_int_equal(rc, -ZR_E_CANCELLED);
				assert_true(holds_journal(run.to));
				go_on(&run, &whole);
			}
			tiny_run_close(&run);
		} while (rc);
		assert_true(n > 4);
		tiny_run_close(&whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_cache_lost),
		cmocka_unit_test(test_only_journal_kept),
		cmocka_unit_test(test_torn_write),
		cmocka_unit_test(test_many_stops),
		cmocka_unit_test(test_cancelled_job_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
