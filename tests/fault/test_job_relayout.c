// SPDX-License-Identifier: GPL-2.0-or-later
/* New layouts of file systems that are not like most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify_memory.h"

static const struct zr_plan_options always = { .relayout = ZR_RELAYOUT_ALWAYS };
static const struct memory_options zones = { .zones = 14 };

static int run_and_verify(struct tiny_run *run)
{
	int rc = tiny_run_job(run);

	return rc ? rc : verify_memory(run, &run->err);
}

/* A new file system, or one whose files are all in its leaves. */
static void a_source_without_data(void **state)
{
	static const struct tiny_extent none;
	struct tiny_options options = { .data = &none };
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct tiny_run run;

		options.group_tree = i;
		tiny_run_open_chosen(&run, tiny_new(&options), true, &zones, &always);
		if (run_and_verify(&run))
			fail_msg("%s", run.err.text);
		tiny_run_close(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_without_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
