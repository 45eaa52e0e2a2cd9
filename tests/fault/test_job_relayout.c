// SPDX-License-Identifier: GPL-2.0-or-later
/* New layouts of file systems that are not like most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "verify_memory.h"

static const struct zr_plan_options always = { .relayout = ZR_RELAYOUT_ALWAYS };
static const struct memory_options zones = { .zones = 14 };

static void stop_at_zone(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_WRITE && op->physical >= 6 * MEMORY_ZONE_SIZE)
		memory->fault->fail_at = memory->fault->count + 1;
}

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

static const char *version = "1.2.3";

const char *__wrap_zr_version(void);
const char *__wrap_zr_version(void)
{
	return version;
}

/* Begins a run that stops at a zone, and goes on with it as another version. */
static int go_on(const struct zr_plan_options *choices, struct zr_error *err)
{
	const struct tiny_options options = { .dup = true };
	struct memory_fault fault = { .lasting = true };
	struct tiny_run run;
	int rc;

	version = "1.2.3";
	tiny_run_open_chosen(&run, tiny_new(&options), false, &zones, choices);
	run.to->fault = &fault;
	run.to->hook = stop_at_zone;
	assert_int_equal(tiny_run_job(&run), -ZR_E_TARGET_WRITE);
	version = "1.2.4";
	tiny_run_again(&run, NULL);
	rc = tiny_run_job(&run);
	*err = run.err;
	tiny_run_close(&run);
	return rc;
}

/* What a replace copies is the same whoever copies it. */
static void another_version_goes_on(void **state)
{
	const struct zr_plan_options never = { .relayout = ZR_RELAYOUT_NEVER };
	struct zr_error err;

	(void)state;
	assert_int_equal(go_on(&never, &err), 0);
	assert_int_equal(go_on(&always, &err), -ZR_E_OTHER_RUN);
	assert_non_null(strstr(err.text, "another version of the program began it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_version_goes_on),
		cmocka_unit_test(a_source_without_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
