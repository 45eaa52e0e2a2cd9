// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Half-done targets that are not gone on with: runs of something else, zones that somebody wrote
 * to, and targets that are given back empty.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "csum.h"
#include "tiny_oracle.h"

#define ZONE MEMORY_ZONE_SIZE
#define FIXED_PLACE (1ULL << 20)

static const struct memory_options targets[] = {
	{ .zones = 12 },
	{ .zones = 12, .conventional = 5 },
	{ .zones = 12, .regular = true },
};

#define TARGETS (sizeof(targets) / sizeof(targets[0]))

static void stop_in_zone_4(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_WRITE && op->physical >= 4 * ZONE && op->physical < 5 * ZONE)
		memory->fault->fail_at = memory->fault->count + 1;
}

static void stop_halfway(struct tiny_run *run)
{
	struct memory_fault fault = { .lasting = true };

	run->to->cached = true;
	run->to->fault = &fault;
	run->to->hook = stop_in_zone_4;
	assert_int_equal(tiny_run_job(run), -ZR_E_TARGET_WRITE);
	tiny_run_again(run, NULL);
}

static void open_run(struct tiny_run *run, const struct memory_options *target)
{
	static const struct tiny_options options = { .dup = true };

	tiny_run_open(run, tiny_new(&options), false, target);
}

/* Zones 2 and 3 are complete and counted, zone 4 is not; nothing is logged yet. */
static void half_done(struct tiny_run *run, const struct memory_options *target)
{
	open_run(run, target);
	stop_halfway(run);
}

static void test_status(void **state)
{
	static const uint8_t untouched[16];
	size_t t;

	(void)state;
	for (t = 0; t < TARGETS; t++) {
		const struct zr_plan_zone *zones;
		struct zr_run_status status;
		struct tiny_run run;

		half_done(&run, &targets[t]);
		zones = run.plan->zones;
		assert_int_equal(zr_run_status(run.target, &status, &run.err), 0);
		assert_true(tiny_untouched(run.to));
		assert_memory_equal(status.fsid, tiny_fsid, 16);
		assert_memory_not_equal(status.fsid, untouched, 16);
		assert_int_equal(status.devid, run.source->super.devid);
		assert_int_equal(status.generation, TINY_GENERATION);
		assert_string_equal(status.source, "source");
		assert_string_equal(status.version, ZR_VERSION);
		assert_int_equal(status.zones, 5);
		assert_int_equal(status.zones_done, 2);
		assert_int_equal(status.copied, zones[0].used + zones[1].used);
		assert_int_equal(status.copied + status.filled, zones[0].end + zones[1].end);
		tiny_run_close(&run);
	}
}

static void edit_generation(struct tiny_run *run)
{
	run->source->super.generation++;
}

static void edit_super(struct tiny_run *run)
{
	run->source->super.raw[0x12b] ^= 1;
}

static void edit_fsid(struct tiny_run *run)
{
	run->source->super.fsid[15] ^= 1;
}

static void edit_dev_uuid(struct tiny_run *run)
{
	run->source->super.dev_uuid[15] ^= 1;
}

static void edit_size(struct tiny_run *run)
{
	run->to->dev.geo.size -= ZONE;
	if (!run->to->options.regular)
		run->to->dev.geo.zone_count--;
	tiny_run_again(run, NULL);
}

static void edit_model(struct tiny_run *run)
{
	free(run->to->dev.model);
	run->to->dev.model = strdup("another model");
	assert_non_null(run->to->dev.model);
}

static void edit_tail(struct tiny_run *run)
{
	const struct zr_plan_options options = {
		.size = sizeof(options),
		.tail = ZR_TAIL_SOURCE,
	};
	uint64_t end = run->plan->zones[0].end;

	memory_set_zone(run->from, 2, ZR_COND_CLOSED, end + 16 * TINY_NODE);
	tiny_run_again(run, &options);
	assert_true(run->plan->zones[0].end > end);
}

/* A restart is proven with what can be built again: another tail, another size. */
static void expect_restart(struct tiny_run *run)
{
	struct zr_progress progress;

	zr_job_free(run->job);
	run->job = NULL;
	run->options.restart = 1;
	zr_error_clear(&run->err);
	assert_int_equal(tiny_run_job(run), 0);
	zr_job_progress(run->job, &progress);
	assert_false(progress.resumed);
	assert_true(tiny_run_found(run));
}

static void test_other_runs_are_refused(void **state)
{
	static const struct {
		void (*edit)(struct tiny_run *run);
		bool restart;
	} edits[] = {
		{ edit_generation, false }, { edit_super, false }, { edit_fsid, false },
		{ edit_dev_uuid, false },   { edit_size, true },   { edit_model, true },
		{ edit_tail, true },
	};
	size_t t;
	size_t i;

	(void)state;
	for (t = 0; t < TARGETS; t++)
		for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
			struct tiny_run run;

			half_done(&run, &targets[t]);
			edits[i].edit(&run);
			/* Force is for data, not for an unfinished run. */
			run.options.force = 1;
			assert_int_equal(tiny_run_job(&run), -ZR_E_OTHER_RUN);
			assert_true(tiny_untouched(run.to));
			assert_true(tiny_untouched(run.from));
			if (edits[i].restart)
				expect_restart(&run);
			tiny_run_close(&run);
		}
}

static void expect_given_back(struct tiny_run *run)
{
	static const uint8_t zeroes[4096];
	struct zr_run_status status;
	bool sequential = zr_zone_is_sequential(&run->to->zones[0]);
	uint32_t i;

	for (i = 0; i < run->to->options.zones; i++)
		if (zr_zone_is_sequential(&run->to->zones[i]))
			assert_int_equal(run->to->zones[i].cond, ZR_COND_EMPTY);
	if (!sequential)
		assert_memory_equal(run->to->bytes + FIXED_PLACE, zeroes, sizeof(zeroes));
	assert_int_equal(zr_run_status(run->target, &status, NULL), -ZR_E_NO_RUN);
	assert_false(tiny_run_found(run));
}

static void test_restart_of_the_same_run(void **state)
{
	size_t t;

	(void)state;
	for (t = 0; t < TARGETS; t++) {
		struct tiny_run run;

		half_done(&run, &targets[t]);
		expect_restart(&run);
		tiny_run_close(&run);
	}
}

static uint8_t *journal_of(struct tiny_run *run)
{
	return run->to->bytes + tiny_journal_place(run->to);
}

static void spoil_journal(struct tiny_run *run)
{
	journal_of(run)[100] ^= 1;
}

static void raise_version(struct tiny_run *run)
{
	uint8_t *record = journal_of(run);

	record[40]++;
	zr_csum(ZR_CSUM_BLAKE2B, record + 32, 4096 - 32, record);
}

/* Half done, with a journal that says nothing; without force. */
static void half_done_unreadable(struct tiny_run *run, const struct memory_options *target,
				 void (*edit)(struct tiny_run *run))
{
	half_done(run, target);
	edit(run);
	tiny_run_again(run, NULL);
}

/* Refused and named until the user decides: by a restart, by force, or by giving it back. */
static void test_unreadable_journals(void **state)
{
	static void (*const edits[])(struct tiny_run * run) = { spoil_journal, raise_version };
	size_t t;
	size_t i;

	(void)state;
	for (t = 0; t < 2 * TARGETS; t++)
		for (i = 0; i < 3; i++) {
			struct zr_run_status status;
			struct tiny_run run;

			half_done_unreadable(&run, &targets[t / 2], edits[t % 2]);
			assert_int_equal(zr_run_status(run.target, &status, NULL), -ZR_E_JOURNAL);
			assert_int_equal(tiny_run_job(&run), -ZR_E_JOURNAL);
			assert_true(tiny_untouched(run.to));
			tiny_run_again(&run, NULL);
			run.options.force = i == 1;
			run.options.restart = i == 2;
			if (i) {
				assert_int_equal(tiny_run_job(&run), 0);
				assert_true(tiny_run_found(&run));
			} else {
				assert_int_equal(zr_run_discard(run.target, NULL), 0);
				expect_given_back(&run);
			}
			tiny_run_close(&run);
		}
}

/* Zones 2 and 3 are counted, 4 was being written, 5 and 6 are to come. */
static void test_zone_beyond_its_end(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		struct tiny_run run;

		half_done(&run, &targets[0]);
		memory_set_zone(run.to, 2 + i, ZR_COND_CLOSED, run.plan->zones[i].end + 4096);
		tiny_run_again(&run, NULL);
		assert_int_equal(tiny_run_job(&run), -ZR_E_ZONE_MISMATCH);
		assert_int_equal(run.err.zone, 2 + i);
		assert_true(tiny_untouched(run.to));
		tiny_run_close(&run);
	}
}

/* Data in a zone that the run never writes to is somebody's. */
static void test_foreign_zone(void **state)
{
	struct tiny_run run;

	(void)state;
	half_done(&run, &targets[0]);
	memory_set_zone(run.to, 8, ZR_COND_CLOSED, 4096);
	tiny_run_again(&run, NULL);
	assert_int_equal(tiny_run_job(&run), -ZR_E_ZONE_MISMATCH);
	assert_int_equal(run.err.zone, 8);
	assert_true(tiny_untouched(run.to));
	tiny_run_close(&run);
}

static bool holds_journal(struct tiny_run *run)
{
	struct zr_run_status status;

	return !zr_run_status(run->target, &status, NULL);
}

/* Returns whether an operation with this number was reached. */
static bool fail_discard(struct tiny_run *run, uint32_t kinds, uint64_t n, bool lose_cache)
{
	struct memory_fault fault = { .fail_at = n, .lasting = true, .kinds = kinds };
	bool reached;
	int rc;

	tiny_run_rewind(run);
	stop_halfway(run);
	run->to->fault = &fault;
	rc = zr_run_discard(run->target, &run->err);
	reached = fault.count >= n;
	assert_int_equal(rc < 0, reached);
	run->to->fault = NULL;
	if (lose_cache)
		memory_lose_cache(run->to);
	assert_false(tiny_run_found(run));
	if (reached && holds_journal(run))
		assert_int_equal(zr_run_discard(run->target, NULL), 0);
	expect_given_back(run);
	return reached;
}

/* At a fixed place all of the journal's 512 records are looked at: not each of them must fail. */
static void test_discard_is_repeatable(void **state)
{
	const uint32_t reads = 1U << MEMORY_READ;
	int lose_cache;
	size_t t;

	(void)state;
	for (t = 0; t < TARGETS; t++)
		for (lose_cache = 0; lose_cache < 2; lose_cache++) {
			struct tiny_run run;
			uint64_t read = 1;
			uint64_t n = 1;

			open_run(&run, &targets[t]);
			while (fail_discard(&run, ~reads, n, lose_cache))
				n++;
			while (fail_discard(&run, reads, read, lose_cache))
				read += 61;
			print_message("# discard, target %zu: %u stops\n", t, (unsigned int)n - 1);
			assert_true(n > 3);
			tiny_run_close(&run);
		}
}

/* Wherever the run stopped: with a journal the target is given back, without it is left alone. */
static void test_discard_after_every_stop(void **state)
{
	size_t t;

	(void)state;
	for (t = 0; t < TARGETS; t++) {
		struct memory_fault fault = { .lasting = true };
		struct tiny_run run;
		int rc;

		tiny_run_open(&run, tiny_new(NULL), false, &targets[t]);
		do {
			fault.fail_at++;
			fault.count = 0;
			tiny_run_rewind(&run);
			run.to->fault = &fault;
			rc = tiny_run_job(&run);
			assert_int_equal(rc < 0, fault.count >= fault.fail_at);
			run.to->fault = NULL;
			rc = holds_journal(&run) ? 0 : -ZR_E_NO_RUN;
			memory_forget(run.to);
			assert_int_equal(zr_run_discard(run.target, NULL), rc);
			if (rc)
				assert_true(tiny_untouched(run.to));
			else
				expect_given_back(&run);
		} while (fault.count >= fault.fail_at);
		tiny_run_close(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_other_runs_are_refused),
		cmocka_unit_test(test_restart_of_the_same_run),
		cmocka_unit_test(test_unreadable_journals),
		cmocka_unit_test(test_zone_beyond_its_end),
		cmocka_unit_test(test_foreign_zone),
		cmocka_unit_test(test_discard_is_repeatable),
		cmocka_unit_test(test_discard_after_every_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
