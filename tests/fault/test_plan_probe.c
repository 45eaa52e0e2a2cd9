// SPDX-License-Identifier: GPL-2.0-or-later
/* A probe of the source reads what will be copied, writes nothing, and lives with bad places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_run.h"

static const struct memory_options zoned = { .zones = TINY_ZONES };

/* Whether a read lies in a zone that is copied, below its last used byte. */
static bool is_copied(const struct zr_plan *plan, const struct memory_op *op)
{
	size_t i;

	for (i = 0; i < plan->zone_count; i++) {
		const struct zr_plan_zone *zone = &plan->zones[i];

		if (op->physical >= zone->source_physical &&
		    op->physical + op->len <= zone->source_physical + zone->last)
			return true;
	}
	return false;
}

static uint32_t zones_with_data(const struct zr_plan *plan)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < plan->zone_count; i++)
		count += plan->zones[i].last > 0;
	return count;
}

static void test_reads_what_is_copied(void **state)
{
	struct zr_read_probe probe;
	struct tiny_run run;
	uint32_t places;
	uint64_t bytes = 0;
	size_t elsewhere = 0;
	size_t i;
	int rc;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), false, &zoned);
	rc = zr_plan_probe(run.plan, run.source, &probe, &run.err);
	for (i = 0; i < run.from->log_count; i++)
		elsewhere += run.from->log[i].kind != MEMORY_READ ||
			     !is_copied(run.plan, &run.from->log[i]);
	places = zones_with_data(run.plan);
	for (i = 0; i < run.plan->zone_count; i++)
		bytes += run.plan->zones[i].last;
	assert_int_equal(run.to->log_count, 0);
	tiny_run_close(&run);
	assert_int_equal(rc, 0);
	assert_int_equal(elsewhere, 0);
	assert_int_equal(probe.places, places);
	assert_int_equal(probe.failed, 0);
	assert_int_equal(probe.bytes, bytes);
	assert_true(probe.nanoseconds > 0);
}

/* Of a new layout, data is read where the source has it. */
static void test_new_layout(void **state)
{
	static const struct zr_plan_options always = { .relayout = ZR_RELAYOUT_ALWAYS };
	static const struct memory_options zones = { .zones = 14 };
	struct zr_read_probe probe;
	struct tiny_run run;
	size_t elsewhere = 0;
	size_t i;
	int rc;

	(void)state;
	tiny_run_open_chosen(&run, tiny_new(NULL), false, &zones, &always);
	rc = zr_plan_probe(run.plan, run.source, &probe, &run.err);
	for (i = 0; i < run.from->log_count; i++)
		elsewhere += run.from->log[i].kind != MEMORY_READ ||
			     run.from->log[i].physical < tiny_physical(TINY_DATA, 0) ||
			     run.from->log[i].physical + run.from->log[i].len >
				     tiny_physical(TINY_DATA, 0) + MEMORY_ZONE_SIZE;
	assert_int_equal(run.to->log_count, 0);
	tiny_run_close(&run);
	assert_int_equal(rc, 0);
	assert_int_equal(elsewhere, 0);
	assert_int_equal(probe.places, 1);
	assert_int_equal(probe.failed, 0);
	assert_int_equal(probe.bytes, 14 * TINY_SECTOR);
}

static void test_bad_places_are_counted(void **state)
{
	struct memory_fault fault = { .fail_at = 1, .kinds = 1U << MEMORY_READ, .sys_errno = 5 };
	struct zr_read_probe once;
	struct zr_read_probe always;
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), false, &zoned);
	run.from->fault = &fault;
	assert_int_equal(zr_plan_probe(run.plan, run.source, &once, &run.err), 0);
	fault.lasting = true;
	assert_int_equal(zr_plan_probe(run.plan, run.source, &always, &run.err), 0);
	run.from->fault = NULL;
	tiny_run_close(&run);
	assert_int_equal(once.failed, 1);
	assert_true(once.bytes > 0);
	assert_int_equal(always.failed, always.places);
	assert_int_equal(always.bytes, 0);
	assert_int_equal(always.nanoseconds, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_is_copied),
		cmocka_unit_test(test_new_layout),
		cmocka_unit_test(test_bad_places_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
