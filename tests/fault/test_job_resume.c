// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run that stops at the operation number n, for every n, and goes on with new objects over the
 * same devices. However it stopped, and whatever of what was not flushed is lost: the second run
 * ends as one that was never interrupted, and what the journal counted is not written again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sweep.h"
#include "tiny_scenario.h"

#define ZONE MEMORY_ZONE_SIZE
#define MIXES 32
#define FEW_MIXES 3

static void open_run(struct tiny_run *run, const struct tiny_scenario *scenario)
{
	tiny_scenario_open(run, scenario);
	run->to->cached = true;
}

static void open_whole(struct tiny_run *whole, const struct tiny_scenario *scenario)
{
	open_run(whole, scenario);
	assert_int_equal(tiny_run_job(whole), 0);
}

static unsigned int one(const struct memory_device *memory, bool reference)
{
	(void)memory;
	(void)reference;
	return 1;
}

static unsigned int one_if_unflushed(const struct memory_device *memory, bool reference)
{
	(void)reference;
	return memory->undo != NULL;
}

static unsigned int unflushed_zones(const struct memory_device *memory, bool reference)
{
	(void)reference;
	return memory_unflushed(memory);
}

static unsigned int mixes(const struct memory_device *memory, bool reference)
{
	if (!memory->undo)
		return 0;
	return reference ? MIXES : FEW_MIXES;
}

static void keep_all(struct memory_device *memory, unsigned int variant)
{
	(void)memory;
	(void)variant;
}

static void lose_all(struct memory_device *memory, unsigned int variant)
{
	(void)variant;
	memory_lose_cache(memory);
}

static void lose_all_but_journal(struct memory_device *memory, unsigned int variant)
{
	static uint8_t journal[16 * 4096];
	uint8_t *at = memory->bytes + tiny_journal_place(memory);
	struct zr_zone zone = memory->zones[1];

	(void)variant;
	memcpy(journal, at, sizeof(journal));
	memory_lose_cache(memory);
	memcpy(at, journal, sizeof(journal));
	memory->zones[1] = zone;
}

static void tear(struct memory_device *memory, unsigned int variant)
{
	(void)variant;
	memory_tear_write(memory);
}

static void mix(struct memory_device *memory, unsigned int variant)
{
	memory_mix_cache(memory, variant + 1);
}

/* What is left of the target when the first run has stopped. */
struct ending {
	const char *name;
	/* How many states there are to try; none if they are all the same as of one that was killed
	 */
	unsigned int (*variants)(const struct memory_device *memory, bool reference);
	void (*apply)(struct memory_device *memory, unsigned int variant);
};

static const struct ending killed = { "killed", one, keep_all };
static const struct ending cache_lost = { "cache lost", one_if_unflushed, lose_all };
static const struct ending journal_kept = { "only journal kept", one_if_unflushed,
					    lose_all_but_journal };
static const struct ending torn = { "last write torn", one_if_unflushed, tear };
static const struct ending zone_alone = { "one zone lost", unflushed_zones, memory_lose_zone };
static const struct ending mixed = { "mixed", mixes, mix };

/* Returns whether the operation with this number was reached. */
static bool run_to(struct tiny_run *run, uint64_t n)
{
	struct memory_fault fault = { .fail_at = n, .lasting = true };
	int rc;

	tiny_run_rewind(run);
	run->from->fault = &fault;
	run->to->fault = &fault;
	rc = tiny_run_job(run);
	run->from->fault = NULL;
	run->to->fault = NULL;
	assert_int_equal(rc < 0, fault.count >= n);
	return rc < 0;
}

static void stop_everywhere(const struct tiny_scenario *scenario, const struct ending *ending)
{
	bool reference = scenario == &tiny_scenarios[TINY_REFERENCE];
	struct sweep sweep = { .operations = 0 };
	struct tiny_run whole;
	struct tiny_run run;

	open_whole(&whole, scenario);
	open_run(&run, scenario);
	while (run_to(&run, sweep.operations + 1)) {
		unsigned int variants = ending->variants(run.to, reference);
		unsigned int v;

		sweep.operations++;
		for (v = 0; v < variants; v++) {
			if (v)
				run_to(&run, sweep.operations);
			ending->apply(run.to, v);
			sweep_expect_safe(&run, &whole);
			sweep_go_on(&sweep, &run, &whole);
		}
	}
	sweep_print(&sweep, ending->name, scenario->name);
	assert_true(sweep.operations > 30 && sweep.resumed > 5 && sweep.kept > 10);
	tiny_run_close(&run);
	tiny_run_close(&whole);
}

static void stop_in_all_scenarios(void **state)
{
	size_t s;

	for (s = 0; s < TINY_SCENARIOS; s++)
		stop_everywhere(&tiny_scenarios[s], *state);
}

/* Each run gets no further than the next note: many small runs are one whole run. */
static void stop_at_second_note(struct memory_device *memory, const struct memory_op *op)
{
	unsigned int *notes = memory->context;

	if (op->kind == MEMORY_WRITE && op->physical >= tiny_journal_place(memory) &&
	    op->physical < tiny_journal_place(memory) + 512 * 4096 && ++*notes == 2)
		memory->fault->fail_at = memory->fault->count + 1;
}

static void test_many_stops(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < TINY_SCENARIOS; s++) {
		struct tiny_run whole;
		struct tiny_run run;
		unsigned int runs = 0;
		int rc;

		open_whole(&whole, &tiny_scenarios[s]);
		open_run(&run, &tiny_scenarios[s]);
		do {
			struct memory_fault fault = { .lasting = true };
			unsigned int notes = 0;

			run.to->fault = &fault;
			run.to->hook = stop_at_second_note;
			run.to->context = &notes;
			rc = tiny_run_job(&run);
			if (!rc)
				break;
			run.to->fault = NULL;
			memory_lose_cache(run.to);
			tiny_run_again(&run, NULL);
		} while (++runs < 20);
		print_message("# scenario %zu: %u stops before it was done\n", s, runs);
		assert_int_equal(rc, 0);
		assert_true(runs >= 2);
		run.to->fault = NULL;
		assert_true(tiny_same(&run, &whole));
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
	size_t s;

	(void)state;
	for (s = 0; s < TINY_SCENARIOS; s++) {
		struct sweep sweep = { .operations = 0 };
		struct tiny_run whole;
		struct tiny_run run;
		int rc;

		open_whole(&whole, &tiny_scenarios[s]);
		open_run(&run, &tiny_scenarios[s]);
		do {
			struct cancel cancel = { .left = ++sweep.operations };

			tiny_run_rewind(&run);
			tiny_run_new_job(&run);
			cancel.job = run.job;
			run.to->hook = cancel_job;
			run.to->context = &cancel;
			rc = tiny_run_job(&run);
			run.to->hook = NULL;
			if (rc) {
				assert_int_equal(rc, -ZR_E_CANCELLED);
				assert_true(tiny_holds_journal(run.to));
				sweep_go_on(&sweep, &run, &whole);
			}
		} while (rc);
		sweep_print(&sweep, "cancelled", tiny_scenarios[s].name);
		assert_true(sweep.stops > 2);
		tiny_run_close(&run);
		tiny_run_close(&whole);
	}
}

/* A test for each ending, whose state it is. */
#define STOP_TEST(ending)                                                                      \
	{                                                                                      \
		"test_" #ending, stop_in_all_scenarios, NULL, NULL, (void *)(uintptr_t)&ending \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STOP_TEST(killed),
		STOP_TEST(cache_lost),
		STOP_TEST(journal_kept),
		STOP_TEST(torn),
		STOP_TEST(zone_alone),
		STOP_TEST(mixed),
		cmocka_unit_test(test_many_stops),
		cmocka_unit_test(test_cancelled_job_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
