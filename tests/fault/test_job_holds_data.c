// SPDX-License-Identifier: GPL-2.0-or-later
/* A target that holds something is taken only by force, whatever it is that shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tiny_oracle.h"

#define ZONE MEMORY_ZONE_SIZE
#define PRIMARY (64ULL << 10)

static const struct memory_options zoned = { .zones = 10 };
static const struct memory_options regular = { .zones = 10, .regular = true };

static void open_run(struct tiny_run *run, const struct memory_options *target)
{
	tiny_run_open(run, tiny_new(NULL), false, target);
}

/* The library looks for signatures by path, so that the device in memory needs a file beside it. */
static void name_file(struct tiny_run *run, char path[32], const void *bytes, size_t len,
		      uint64_t at)
{
	int fd;

	strcpy(path, "/tmp/zreplace-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(10 * ZONE)), 0);
	assert_int_equal(pwrite(fd, bytes, len, (off_t)at), (ssize_t)len);
	close(fd);
	free(run->target->path);
	run->target->path = strdup(path);
	run->target->custom = false;
	run->options.force = 0;
}

static void test_zones_with_data_are_refused(void **state)
{
	struct tiny_run run;
	char path[32];

	(void)state;
	open_run(&run, &zoned);
	name_file(&run, path, "", 0, 0);
	assert_int_equal(tiny_run_job(&run), -ZR_E_HOLDS_DATA);
	assert_non_null(strstr(run.err.text, "10 zones with data"));
	assert_true(tiny_untouched(run.to));
	unlink(path);
	tiny_run_close(&run);
}

static void test_one_zone_with_data_is_enough(void **state)
{
	static const enum zr_zone_cond conds[] = { ZR_COND_IMP_OPEN, ZR_COND_EXP_OPEN,
						   ZR_COND_CLOSED, ZR_COND_FULL };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct tiny_run run;
		char path[32];
		uint32_t zone_no;

		open_run(&run, &zoned);
		name_file(&run, path, "", 0, 0);
		for (zone_no = 0; zone_no < 10; zone_no++)
			memory_set_zone(run.to, zone_no, ZR_COND_EMPTY, 0);
		memory_set_zone(run.to, 8, conds[i], 4096);
		assert_int_equal(tiny_run_job(&run), -ZR_E_HOLDS_DATA);
		assert_true(tiny_untouched(run.to));
		unlink(path);
		tiny_run_close(&run);
	}
}

static void test_signature_is_refused(void **state)
{
	struct tiny_run run;
	uint8_t raw[4096];
	char path[32];

	(void)state;
	open_run(&run, &regular);
	tiny_super_copy(run.fs, TINY_GENERATION, PRIMARY, raw);
	name_file(&run, path, raw, sizeof(raw), PRIMARY);
	assert_int_equal(tiny_run_job(&run), -ZR_E_HOLDS_DATA);
	assert_non_null(strstr(run.err.text, "btrfs"));
	assert_true(tiny_untouched(run.to));
	unlink(path);
	tiny_run_close(&run);
}

static void new_options(struct tiny_run *run)
{
	zr_job_free(run->job);
	run->job = NULL;
	zr_error_clear(&run->err);
}

/* Neither to go on nor to begin anew takes what was put there since. */
static void expect_force_is_needed(struct tiny_run *run)
{
	struct zr_progress progress;

	memory_forget(run->to);
	assert_int_equal(tiny_run_job(run), -ZR_E_HOLDS_DATA);
	new_options(run);
	run->options.restart = 1;
	assert_int_equal(tiny_run_job(run), -ZR_E_HOLDS_DATA);
	assert_true(tiny_untouched(run->to));
	new_options(run);
	run->options.restart = 0;
	run->options.force = 1;
	assert_int_equal(tiny_run_job(run), 0);
	zr_job_progress(run->job, &progress);
	assert_false(progress.resumed);
}

static void cancel_now(const struct zr_progress *progress, void *context)
{
	const struct tiny_run *run = context;

	(void)progress;
	zr_job_cancel(run->job);
}

/* A run that was stopped, on a target without zones. */
static void open_interrupted(struct tiny_run *run)
{
	open_run(run, &regular);
	run->options.progress = cancel_now;
	run->options.context = run;
	assert_int_equal(tiny_run_job(run), -ZR_E_CANCELLED);
	tiny_run_again(run, NULL);
	run->options.progress = NULL;
}

/* A journal at a fixed place survives what others write elsewhere. */
static void test_use_since_is_refused(void **state)
{
	static const uint64_t generations[] = { TINY_GENERATION, TINY_GENERATION + 1 };
	static const int expected[] = { 0, -ZR_E_HOLDS_DATA };
	struct tiny_run run;
	uint8_t raw[4096];
	char path[32];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		open_interrupted(&run);
		tiny_super_copy(run.fs, generations[i], PRIMARY, raw);
		name_file(&run, path, raw, sizeof(raw), PRIMARY);
		memcpy(run.to->bytes + PRIMARY, raw, sizeof(raw));
		assert_int_equal(zr_run_matches(run.source, run.target, run.plan, &run.err),
				 expected[i]);
		new_options(&run);
		assert_int_equal(zr_run_discard(run.target, &run.err), expected[i]);
		new_options(&run);
		if (expected[i])
			expect_force_is_needed(&run);
		unlink(path);
		tiny_run_close(&run);
	}
}

static void test_another_use_since_is_refused(void **state)
{
	/* A partition of type 83 that takes sectors 1 to 9. */
	static const uint8_t table[] = {
		0, 0, 2, 0, 0x83, 0, 10, 0, 1, 0, 0, 0, 9, 0, 0, 0, [64] = 0x55, 0xaa,
	};
	static const struct {
		const void *bytes;
		size_t len;
		uint64_t at;
		const char *found;
	} uses[] = {
		{ "LUKS\xba\xbe\0\1", 8, 0, "used since: it has a crypto_LUKS signature" },
		{ table, sizeof(table), 446, "used since: it has a dos signature" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct tiny_run run;
		char path[32];

		open_interrupted(&run);
		name_file(&run, path, uses[i].bytes, uses[i].len, uses[i].at);
		assert_int_equal(tiny_run_job(&run), -ZR_E_HOLDS_DATA);
		if (!strstr(run.err.text, uses[i].found))
			fail_msg("\"%s\", expected \"%s\"", run.err.text, uses[i].found);
		new_options(&run);
		expect_force_is_needed(&run);
		unlink(path);
		tiny_run_close(&run);
	}
}

/* Without a signature only bytes say whether there is anything. */
static void test_bytes_without_signature_count(void **state)
{
	static const int expected[] = { 0, -ZR_E_HOLDS_DATA };
	struct tiny_run run;
	char path[32];
	uint8_t byte;

	(void)state;
	for (byte = 0; byte < 2; byte++) {
		open_run(&run, &regular);
		name_file(&run, path, "", 0, 0);
		memset(run.to->bytes, 0, 1U << 20);
		run.to->bytes[(1U << 20) - 1] = byte;
		assert_int_equal(tiny_run_job(&run), expected[byte]);
		if (expected[byte])
			assert_true(tiny_untouched(run.to));
		unlink(path);
		tiny_run_close(&run);
	}
}

static void test_target_that_cannot_be_probed(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	run.options.force = 0;
	free(run.target->path);
	run.target->path = strdup("/nonexistent/device");
	run.target->custom = false;
	assert_int_equal(tiny_run_job(&run), -ZR_E_TARGET_READ);
	assert_true(tiny_untouched(run.to));
	tiny_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_with_data_are_refused),
		cmocka_unit_test(test_one_zone_with_data_is_enough),
		cmocka_unit_test(test_signature_is_refused),
		cmocka_unit_test(test_use_since_is_refused),
		cmocka_unit_test(test_another_use_since_is_refused),
		cmocka_unit_test(test_bytes_without_signature_count),
		cmocka_unit_test(test_target_that_cannot_be_probed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
