// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets that become another file system: the fsid is chosen once for a run, however often it
 * stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "super_read.h"
#include "tiny_run.h"
#include "verify_memory.h"

static void open_new(struct tiny_run *run, bool conventional)
{
	const struct memory_options target = { .zones = 12, .conventional = conventional ? 4 : 0 };
	const struct zr_plan_options choices = { .uuid = ZR_UUID_NEW };
	const struct tiny_options options = { .dup = true };

	tiny_run_open_chosen(run, tiny_new(&options), false, &target, &choices);
}

static void stop_halfway(struct tiny_run *run)
{
	struct memory_fault fault = { .fail_at = 30, .lasting = true };

	run->to->fault = &fault;
	assert_true(tiny_run_job(run) < 0);
}

static void expect_fsid(struct tiny_run *run, const uint8_t fsid[16])
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	uint64_t physical;

	assert_int_equal(zr_super_read(&run->to->dev, &super, &physical, &err), 0);
	assert_memory_equal(super.fsid, fsid, 16);
	assert_memory_equal(super.metadata_uuid, fsid, 16);
	assert_int_equal(verify_memory(run, &err), 0);
}

static void test_the_fsid_is_kept(void **state)
{
	int conventional;

	(void)state;
	for (conventional = 0; conventional < 2; conventional++) {
		struct tiny_run run;
		uint8_t fsid[16];

		open_new(&run, conventional);
		memcpy(fsid, run.plan->summary.target_fsid, sizeof(fsid));
		stop_halfway(&run);
		tiny_run_again(&run, NULL);
		assert_memory_equal(run.plan->summary.target_fsid, fsid, sizeof(fsid));
		assert_int_equal(tiny_run_job(&run), 0);
		expect_fsid(&run, fsid);
		tiny_run_close(&run);
	}
}

static void test_another_choice_is_refused(void **state)
{
	static const enum zr_plan_uuid others[] = { ZR_UUID_KEEP, ZR_UUID_METADATA };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct zr_plan_options choices = {
			.size = sizeof(choices),
			.uuid = others[i],
		};
		struct tiny_run run;

		open_new(&run, false);
		stop_halfway(&run);
		tiny_run_again(&run, &choices);
		assert_int_equal(tiny_run_job(&run), -ZR_E_OTHER_RUN);
		assert_false(tiny_run_found(&run));
		tiny_run_close(&run);
	}
}

/* Version 4 and variant 1 of RFC 4122, and another one each time. */
static void test_the_fsid_is_random(void **state)
{
	struct tiny_run run;
	uint8_t first[16];

	(void)state;
	open_new(&run, false);
	memcpy(first, run.plan->summary.target_fsid, sizeof(first));
	tiny_run_again(&run, NULL);
	assert_memory_not_equal(run.plan->summary.target_fsid, first, sizeof(first));
	assert_memory_not_equal(first, tiny_fsid, sizeof(first));
	assert_int_equal(first[6] >> 4, 4);
	assert_int_equal(first[8] >> 6, 2);
	tiny_run_close(&run);
}

static void test_unknown_choices_are_refused(void **state)
{
	static const struct zr_plan_options unknown[] = {
		{ .tail = ZR_TAIL_SOURCE + 1 },
		{ .log = ZR_LOG_DROP + 1 },
		{ .resize = ZR_RESIZE_MAX + 1 },
		{ .uuid = ZR_UUID_NEW + 1 },
	};
	struct tiny_run run;
	size_t i;

	(void)state;
	open_new(&run, false);
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		struct zr_plan_options choices = unknown[i];

		choices.size = sizeof(choices);
		assert_int_equal(tiny_run_plan_again(&run, &choices), -ZR_E_ARGUMENT);
	}
	tiny_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_fsid_is_kept),
		cmocka_unit_test(test_another_choice_is_refused),
		cmocka_unit_test(test_the_fsid_is_random),
		cmocka_unit_test(test_unknown_choices_are_refused),
	};

	return cmocka_run_group_tests_name("job identity", tests, NULL, NULL);
}
