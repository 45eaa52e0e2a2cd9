// SPDX-License-Identifier: GPL-2.0-or-later
/* New layouts of file systems that are not like most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sweep.h"
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

#define WIDE_EXTENTS 400

/* So many extents that their items fill several leaves, and zones so small that a tree of them
 * lies in more than one. */
static void open_wide(struct tiny_run *run)
{
	static const struct memory_options small = { .zones = 48, .cap = 128U << 10 };
	static struct tiny_extent extents[WIDE_EXTENTS];
	const struct tiny_options options = {
		.dup = true,
		.leaves = 8,
		.data = extents,
		.data_count = WIDE_EXTENTS,
	};
	unsigned int i;

	for (i = 0; i < WIDE_EXTENTS; i++) {
		extents[i].offset = 2 * (uint64_t)i * TINY_SECTOR;
		extents[i].len = TINY_SECTOR;
	}
	tiny_run_open_chosen(run, tiny_new(&options), false, &small, &always);
}

/* Returns whether the write with this number was reached, after which nothing is done any more. */
static bool stop_wide_at(struct tiny_run *run, uint64_t n)
{
	struct memory_fault fault = { .fail_at = n, .lasting = true };
	int rc;

	tiny_run_rewind(run);
	run->to->fault = &fault;
	rc = tiny_run_job(run);
	run->to->fault = NULL;
	return rc < 0;
}

/* What a run that goes on makes of a tree begins in its middle, and is the same. */
static void a_tree_in_several_zones(void **state)
{
	struct sweep sweep = { .operations = 0 };
	struct tiny_run whole;
	struct tiny_run run;

	(void)state;
	open_wide(&whole);
	open_wide(&run);
	if (run_and_verify(&whole))
		fail_msg("%s", whole.err.text);
	while (stop_wide_at(&run, sweep.operations + 1)) {
		sweep.operations++;
		sweep_expect_safe(&run, &whole);
		sweep_go_on(&sweep, &run, &whole);
	}
	sweep_print(&sweep, "killed", "wide");
	assert_true(sweep.resumed > 20);
	tiny_run_close(&run);
	tiny_run_close(&whole);
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
		cmocka_unit_test(a_tree_in_several_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
