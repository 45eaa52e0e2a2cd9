// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs were built with the sizes and places that public structs had. Another size of a struct
 * of options is noticed by its first member; one that the library fills needs another soname when
 * a version with it was released.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <zreplace/zreplace.h>

struct row {
	const char *name;
	size_t size;
	size_t last;
	size_t expected_size;
	size_t expected_last;
};

/* Struct, its last member, the size and the offset of that on machines with pointers of 64 bits. */
#define ROW(name, member, size, last)                                                 \
	{                                                                             \
#name, sizeof(struct name), offsetof(struct name, member), size, last \
	}

static const struct row rows[] = {
	ROW(zr_check_finding, refusal, 64, 40),
	ROW(zr_check_superblock, generation, 40, 32),
	ROW(zr_check_zone, cond, 88, 80),
	ROW(zr_check_summary, errors, 240, 232),
	ROW(zr_check_listener, context, 40, 32),
	ROW(zr_custom_ops, close, 56, 48),
	ROW(zr_custom_device, seeks, 72, 68),
	ROW(zr_error, text, 552, 40),
	ROW(zr_finding, has_csum, 64, 56),
	ROW(zr_owner, path, 40, 32),
	ROW(zr_progress, resumed, 88, 80),
	ROW(zr_job_options, context, 72, 64),
	ROW(zr_run_status, lost, 368, 360),
	ROW(zr_verify_result, read, 80, 32),
	ROW(zr_plan_options, rescue, 56, 52),
	ROW(zr_plan_zone, state, 80, 76),
	ROW(zr_read_probe, failed, 24, 20),
	ROW(zr_plan_summary, log, 160, 152),
	ROW(zr_plan_superblock, sequential, 32, 24),
	ROW(zr_source_info, devices, 120, 112),
	ROW(zr_source_options, degraded, 40, 32),
	ROW(zr_plan_relayout, zones_wanted, 88, 80),
	ROW(zr_source_counters, lost, 48, 40),
	ROW(zr_target_options, geometry_given, 56, 48),
	ROW(zr_target_info, missing, 48, 44),
	ROW(zr_zone, cond, 40, 36),
};

static void test_sizes(void **state)
{
	int wrong = 0;
	size_t i;

	(void)state;
	if (sizeof(void *) != 8)
		skip();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].size == rows[i].expected_size && rows[i].last == rows[i].expected_last)
			continue;
		print_error("%s: size %zu, last member at %zu\n", rows[i].name, rows[i].size,
			    rows[i].last);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* A size comes first, so that any version of the library finds it. */
static void test_sizes_come_first(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct zr_plan_options, size), 0);
	assert_int_equal(offsetof(struct zr_job_options, size), 0);
	assert_int_equal(offsetof(struct zr_source_options, size), 0);
	assert_int_equal(offsetof(struct zr_target_options, size), 0);
	assert_int_equal(offsetof(struct zr_check_listener, size), 0);
	assert_int_equal(offsetof(struct zr_custom_ops, size), 0);
	assert_int_equal(offsetof(struct zr_custom_device, size), 0);
}

/* Codes begin above errno. */
static void test_codes(void **state)
{
	(void)state;
	assert_int_equal(ZR_E_NOT_BTRFS, 10001);
	assert_string_equal(zr_error_name(-ZR_E_NOT_BTRFS), "NOT_BTRFS");
	assert_string_equal(zr_error_name(ZR_E_END), "UNKNOWN");
}

static void test_unknown_options(void **state)
{
	struct zr_target_options target_options = { .size = sizeof(target_options) + 8 };
	struct zr_plan_options plan_options = { .size = sizeof(plan_options),
						.tail = (enum zr_plan_tail)77 };
	struct zr_job_options job_options = { .size = 0 };
	const struct zr_custom_ops ops = { .size = 1 };
	const struct zr_custom_device device = { .size = sizeof(device), .ops = &ops, .name = "x" };
	struct zr_target *target;
	struct zr_source *source;
	struct zr_plan *plan;
	struct zr_job *job;

	(void)state;
	assert_int_equal(zr_target_open(&target, "/nonexistent", &target_options, NULL),
			 -ZR_E_ARGUMENT);
	assert_int_equal(zr_plan_build(&plan, NULL, NULL, &plan_options, NULL), -ZR_E_ARGUMENT);
	plan_options.tail = ZR_TAIL_USED;
	plan_options.log = (enum zr_plan_log)77;
	assert_int_equal(zr_plan_build(&plan, NULL, NULL, &plan_options, NULL), -ZR_E_ARGUMENT);
	plan_options.log = ZR_LOG_COPY;
	plan_options.resize = (enum zr_plan_resize)77;
	assert_int_equal(zr_plan_build(&plan, NULL, NULL, &plan_options, NULL), -ZR_E_ARGUMENT);
	plan_options.resize = ZR_RESIZE_KEEP;
	plan_options.uuid = (enum zr_plan_uuid)77;
	assert_int_equal(zr_plan_build(&plan, NULL, NULL, &plan_options, NULL), -ZR_E_ARGUMENT);
	assert_int_equal(zr_job_new(&job, NULL, NULL, NULL, &job_options, NULL), -ZR_E_ARGUMENT);
	assert_int_equal(zr_source_open_custom(&source, &device, NULL, NULL), -ZR_E_ARGUMENT);
	assert_int_equal(zr_target_open_custom(&target, &device, NULL, NULL), -ZR_E_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sizes_come_first),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_unknown_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
