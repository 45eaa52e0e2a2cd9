// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * INT_MIN is no code either, but has no negative. The overflow only shows under a sanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>

#include "error.h"

static void smallest_number_is_no_code(void **state)
{
	(void)state;
	assert_int_equal(zr_error_class(INT_MIN), ZR_CLASS_BUG);
	assert_string_equal(zr_error_name(INT_MIN), "UNKNOWN");
	assert_string_equal(zr_error_text(INT_MIN), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest_number_is_no_code),
	};

	return cmocka_run_group_tests_name("base error number", tests, NULL, NULL);
}
