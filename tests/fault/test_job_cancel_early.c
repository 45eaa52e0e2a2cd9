// SPDX-License-Identifier: GPL-2.0-or-later
/* A job that was cancelled before it wrote anything leaves the target as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_run.h"

static void test_cancelled_job_destroys_nothing(void **state)
{
	const struct memory_options zoned = { .zones = 10 };
	struct tiny_run run;
	size_t resets;
	int rc;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), false, &zoned);
	tiny_run_new_job(&run);
	zr_job_cancel(run.job);
	rc = tiny_run_job(&run);
	resets = memory_count(run.to, MEMORY_RESET);
	tiny_run_close(&run);
	assert_int_equal(rc, -ZR_E_CANCELLED);
	assert_int_equal(resets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cancelled_job_destroys_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
