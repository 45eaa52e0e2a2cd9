// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ZONE MEMORY_ZONE_SIZE

void sweep_print(const struct sweep *sweep, const char *what, const char *scenario)
{
	print_message("# %s, %s: %u operations, %u stops, %u resumed, %u anew, %u zones kept, "
		      "%u found by verification, %u silent losses\n",
		      scenario, what, sweep->operations, sweep->stops, sweep->resumed, sweep->anew,
		      sweep->kept, sweep->found, sweep->silent);
	assert_int_equal(sweep->silent, 0);
}

void sweep_expect_safe(struct tiny_run *run, const struct tiny_run *whole)
{
	assert_true(tiny_untouched(run->from));
	if (tiny_magic(run->to) || tiny_run_found(run))
		assert_true(tiny_same_content(run, whole));
}

/* What was counted before is left alone. */
static void expect_left_alone(const struct tiny_run *run, uint32_t noted)
{
	uint32_t z;
	size_t i;

	for (z = 0; z < noted; z++)
		for (i = 0; i < run->to->log_count; i++)
			assert_false(tiny_changes(&run->to->log[i]) &&
				     run->to->log[i].physical / ZONE ==
					     run->plan->zones[z].target_physical / ZONE);
}

/* Returns how many zones the journal counts. */
static uint32_t expect_status(struct tiny_run *run, const struct tiny_run *whole, bool journal)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_run_status status;
	int rc = zr_run_status(run->target, &status, &err);

	assert_int_equal(rc, journal ? 0 : -ZR_E_NO_RUN);
	if (!journal)
		return 0;
	assert_int_equal(status.generation, TINY_GENERATION);
	assert_int_equal(status.zones, whole->plan->summary.zones);
	assert_true(status.zones_done <= status.zones);
	assert_string_equal(status.source, "source");
	return status.zones_done;
}

static void expect_whole(struct tiny_run *run, const struct tiny_run *whole)
{
	struct zr_progress progress;

	zr_job_progress(run->job, &progress);
	assert_int_equal(progress.zones_done, progress.zones);
	assert_int_equal(progress.copied + progress.filled, progress.bytes);
	assert_true(tiny_untouched(run->from));
	assert_true(tiny_same(run, whole));
	assert_false(tiny_holds_journal(run->to));
	assert_true(tiny_run_found(run));
}

void sweep_go_on(struct sweep *sweep, struct tiny_run *run, const struct tiny_run *whole)
{
	bool journal = tiny_holds_journal(run->to);
	bool found = tiny_run_found(run);
	uint32_t noted = expect_status(run, whole, journal);
	struct zr_progress progress;

	if (found && !journal)
		assert_true(tiny_same(run, whole));
	/* With zones of a fixed place the superblock is valid before the journal is gone. */
	if (found && journal)
		assert_int_not_equal(tiny_journal_place(run->to), ZONE);
	tiny_run_again(run, NULL);
	run->options.force = !journal;
	if (tiny_run_job(run))
		fail_msg("%s", run->err.text);
	zr_job_progress(run->job, &progress);
	assert_int_equal(progress.resumed, journal);
	expect_left_alone(run, noted);
	expect_whole(run, whole);
	sweep->stops++;
	sweep->resumed += journal;
	sweep->anew += !journal;
	sweep->kept += noted;
}

void sweep_go_on_moved(struct sweep *sweep, struct tiny_run *run, const struct tiny_run *whole)
{
	bool journal = tiny_holds_journal(run->to);
	int rc;

	tiny_run_again(run, NULL);
	run->options.force = !journal;
	rc = tiny_run_job(run);
	sweep->stops++;
	sweep->resumed += !rc && journal;
	sweep->anew += rc || !journal;
	if (rc) {
		assert_int_equal(rc, -ZR_E_ZONE_MISMATCH);
		assert_int_equal(zr_run_discard(run->target, NULL), 0);
		tiny_run_again(run, NULL);
		run->options.force = 1;
		if (tiny_run_job(run))
			fail_msg("%s", run->err.text);
	}
	expect_whole(run, whole);
}
