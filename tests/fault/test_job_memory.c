// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that runs out at the allocation number n, for every n, in all that the library does.
 * Whatever was under way fails with a code, the source is not touched, the target is no file system
 * unless it is the complete one, and the same thing done again succeeds. What leaks is found by the
 * build with the address sanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_fault.h"
#include "sweep.h"
#include "tiny_scenario.h"

struct fixture {
	struct tiny_run run; /* from a source with a bad copy of a tree block */
	struct tiny_run whole;
	char folder[32];
	char source[64]; /* images of the source and of the whole run's target */
	char target[64];
	char made[64]; /* an image that a run makes */
};

static void open_run(struct tiny_run *run)
{
	tiny_scenario_open(run, &tiny_scenarios[TINY_REFERENCE]);
	memory_thaw(run->from);
	tiny_flip(run->from, TINY_METADATA + 900, 1);
	memory_freeze(run->from);
}

static int run_job(struct tiny_run *run)
{
	int rc = zr_job_new(&run->job, run->source, run->target, run->plan, &run->options,
			    &run->err);

	return rc ? rc : zr_job_run(run->job, &run->err);
}

static void name_files(struct fixture *fix)
{
	strcpy(fix->folder, "/tmp/zreplace-test-XXXXXX");
	assert_non_null(mkdtemp(fix->folder));
	snprintf(fix->source, sizeof(fix->source), "%s/source_zone_info.dump", fix->folder);
	snprintf(fix->target, sizeof(fix->target), "%s/target_zone_info.dump", fix->folder);
	snprintf(fix->made, sizeof(fix->made), "%s/made_zone_info.dump", fix->folder);
}

static void remove_image(const char *path)
{
	char data[80];

	snprintf(data, sizeof(data), "%.*s_zone_data.dump",
		 (int)(strlen(path) - strlen("_zone_info.dump")), path);
	unlink(path);
	unlink(data);
}

static int open_fixture(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	struct zr_error err = ZR_ERROR_INIT;

	assert_non_null(fix);
	open_run(&fix->whole);
	open_run(&fix->run);
	/* So that the logs of its devices have all the room that they need. */
	assert_int_equal(run_job(&fix->whole), 0);
	assert_int_equal(run_job(&fix->run), 0);
	name_files(fix);
	assert_int_equal(memory_save(fix->run.from, fix->source, &err), 0);
	assert_int_equal(memory_save(fix->run.to, fix->target, &err), 0);
	*state = fix;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *fix = *state;

	tiny_run_close(&fix->run);
	tiny_run_close(&fix->whole);
	remove_image(fix->source);
	remove_image(fix->target);
	remove_image(fix->made);
	rmdir(fix->folder);
	free(fix);
	return 0;
}

static void begin_anew(struct fixture *fix)
{
	tiny_run_rewind(&fix->run);
}

static void stop_halfway(struct fixture *fix)
{
	struct memory_fault fault = {
		.fail_at = memory_count(fix->whole.to, MEMORY_WRITE) / 2,
		.lasting = true,
		.kinds = 1U << MEMORY_WRITE,
	};

	tiny_run_rewind(&fix->run);
	fix->run.to->fault = &fault;
	assert_true(run_job(&fix->run) < 0);
	tiny_run_again(&fix->run, NULL);
}

static void remove_made(struct fixture *fix)
{
	tiny_run_rewind(&fix->run);
	remove_image(fix->made);
}

static int open_source(struct fixture *fix, struct zr_error *err)
{
	struct zr_source *source;
	int rc = zr_source_open(&source, fix->source, NULL, err);

	if (!rc)
		zr_source_close(source);
	return rc;
}

static int open_target(struct fixture *fix, struct zr_error *err)
{
	struct zr_target *target;
	int rc = zr_target_open(&target, fix->target, NULL, err);

	if (!rc)
		zr_target_close(target);
	return rc;
}

static int make_plan(struct fixture *fix, struct zr_error *err)
{
	struct zr_plan *plan;
	int rc = zr_plan_build(&plan, fix->run.source, fix->run.target, NULL, err);

	if (!rc)
		zr_plan_free(plan);
	return rc;
}

static int run_to_image(struct fixture *fix, struct zr_error *err)
{
	const struct zr_target_options options = { .size = sizeof(options), .writable = 1 };
	struct zr_job_options force = { .size = sizeof(force), .force = 1 };
	struct zr_target *target = NULL;
	struct zr_plan *plan = NULL;
	struct zr_job *job = NULL;
	int rc = zr_target_open(&target, fix->made, &options, err);

	if (!rc)
		rc = zr_plan_build(&plan, fix->run.source, target, NULL, err);
	if (!rc)
		rc = zr_job_new(&job, fix->run.source, target, plan, &force, err);
	if (!rc)
		rc = zr_job_run(job, err);
	zr_job_free(job);
	zr_plan_free(plan);
	zr_target_close(target);
	return rc;
}

static int run_once(struct fixture *fix, struct zr_error *err)
{
	int rc = run_job(&fix->run);

	*err = fix->run.err;
	return rc;
}

static int verify(struct fixture *fix, struct zr_error *err)
{
	struct zr_verify_result result;

	return zr_verify_run(fix->run.source, fix->target, NULL, NULL, &result, err);
}

static int status(struct fixture *fix, struct zr_error *err)
{
	struct zr_run_status found;

	return zr_run_status(fix->run.target, &found, err);
}

static int discard(struct fixture *fix, struct zr_error *err)
{
	return zr_run_discard(fix->run.target, err);
}

static void try_again(struct fixture *fix, int (*act)(struct fixture *fix, struct zr_error *err))
{
	struct zr_error err = ZR_ERROR_INIT;

	if (act(fix, &err))
		fail_msg("%s", err.text);
}

static void go_on(struct fixture *fix, int (*act)(struct fixture *fix, struct zr_error *err))
{
	struct sweep sweep = { .operations = 0 };

	(void)act;
	sweep_expect_safe(&fix->run, &fix->whole);
	sweep_go_on(&sweep, &fix->run, &fix->whole);
}

/* Images are made by the hundred here, and none of them has to outlast a power cut. */
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);

int __wrap_fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int __wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}

/* Something that the library does. */
struct deed {
	void (*prepare)(struct fixture *fix);
	int (*act)(struct fixture *fix, struct zr_error *err);
	/* After it failed. */
	void (*again)(struct fixture *fix, int (*act)(struct fixture *fix, struct zr_error *err));
};

static const struct deed source_is_opened = { begin_anew, open_source, try_again };
static const struct deed target_is_opened = { begin_anew, open_target, try_again };
static const struct deed plan_is_made = { begin_anew, make_plan, try_again };
static const struct deed image_is_made = { remove_made, run_to_image, try_again };
static const struct deed run_begins = { begin_anew, run_once, go_on };
static const struct deed run_goes_on = { stop_halfway, run_once, go_on };
static const struct deed target_is_verified = { begin_anew, verify, try_again };
static const struct deed status_is_asked = { stop_halfway, status, try_again };
static const struct deed target_is_given_back = { stop_halfway, discard, try_again };

/* Returns whether there was an allocation with this number. */
static bool fail_allocation(struct fixture *fix, const struct deed *deed, uint64_t n)
{
	struct zr_error err = ZR_ERROR_INIT;
	int rc;

	deed->prepare(fix);
	alloc_fail_at(n);
	rc = deed->act(fix, &err);
	if (alloc_work_again() < n) {
		assert_int_equal(rc, 0);
		return false;
	}
	assert_true(tiny_untouched(fix->run.from));
	assert_int_equal(rc, -ZR_E_NO_MEMORY);
	assert_int_equal(err.code, ZR_E_NO_MEMORY);
	deed->again(fix, deed->act);
	return true;
}

static void fail_every_allocation(struct fixture *fix, const struct deed *deed)
{
	uint64_t n = 1;

	while (fail_allocation(fix, deed, n))
		n++;
	print_message("# %llu allocations\n", (unsigned long long)n - 1);
	assert_true(n > 1);
}

#define DEED_TEST(name)                               \
	static void test_##name(void **state)         \
	{                                             \
		fail_every_allocation(*state, &name); \
	}

DEED_TEST(source_is_opened)
DEED_TEST(target_is_opened)
DEED_TEST(plan_is_made)
DEED_TEST(image_is_made)
DEED_TEST(run_begins)
DEED_TEST(run_goes_on)
DEED_TEST(target_is_verified)
DEED_TEST(status_is_asked)
DEED_TEST(target_is_given_back)

#define EXTENTS_MAX 500

/* What a run of so many extents of one sector allocates at most, in trees of the same shape. */
static uint64_t peak_of_run(size_t extents)
{
	static struct tiny_extent data[EXTENTS_MAX];
	const struct tiny_options options = { .leaves = 8, .data = data, .data_count = extents };
	const struct memory_options target = { .zones = 10 };
	struct tiny_run run;
	size_t i;

	for (i = 0; i < extents; i++)
		data[i] = (struct tiny_extent){ 2 * i * TINY_SECTOR, TINY_SECTOR, false };
	tiny_run_open(&run, tiny_new(&options), false, &target);
	/* So that the logs of the devices have all the room that they need. */
	assert_int_equal(run_job(&run), 0);
	tiny_run_rewind(&run);
	alloc_fail_at(UINT64_MAX);
	assert_int_equal(run_job(&run), 0);
	alloc_work_again();
	tiny_run_close(&run);
	return alloc_peak();
}

static void test_extents_take_no_memory(void **state)
{
	uint64_t few = peak_of_run(EXTENTS_MAX / 5);
	uint64_t many = peak_of_run(EXTENTS_MAX);

	(void)state;
	print_message("# %llu bytes at most\n", (unsigned long long)many);
	/* The allocator rounds; eight bytes for each extent would be more. */
	assert_in_range(many, 0, few + 2048);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source_is_opened),
		cmocka_unit_test(test_target_is_opened),
		cmocka_unit_test(test_plan_is_made),
		cmocka_unit_test(test_image_is_made),
		cmocka_unit_test(test_run_begins),
		cmocka_unit_test(test_run_goes_on),
		cmocka_unit_test(test_target_is_verified),
		cmocka_unit_test(test_status_is_asked),
		cmocka_unit_test(test_target_is_given_back),
		cmocka_unit_test(test_extents_take_no_memory),
	};

	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
