// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan that moves a device extent to another zone of the target. Nothing edits the chunk items on
 * the way, so that the target would name the old place: the proof of the plan must refuse it, and
 * the target must not get a superblock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_run.h"

static void test_moved_zone_is_refused(void **state)
{
	const struct memory_options zoned = { .zones = 10 };
	struct tiny_run run;
	bool found;
	int rc;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), false, &zoned);
	run.plan->zones[1].target_physical += MEMORY_ZONE_SIZE;
	rc = tiny_run_job(&run);
	found = tiny_run_found(&run);
	tiny_run_close(&run);
	assert_false(found);
	assert_int_equal(rc, -ZR_E_PLAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved_zone_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
