// SPDX-License-Identifier: GPL-2.0-or-later
/* Both engines write the same, whatever the number of zones in flight and of units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "tiny_oracle.h"
#include "tiny_scenario.h"

/* The next operation from there on that changes a zone; log_count when there is none. */
static size_t next_change(const struct memory_device *memory, uint64_t zone, size_t from)
{
	while (from < memory->log_count &&
	       (!tiny_changes(&memory->log[from]) || memory->log[from].kind == MEMORY_FLUSH ||
		memory->log[from].physical / MEMORY_ZONE_SIZE != zone))
		from++;
	return from;
}

/* What happened to a zone, in which order. Zone 1 holds the journal, whose notes depend on time. */
static void expect_same_log(const struct memory_device *one, const struct memory_device *other,
			    uint64_t zone)
{
	size_t i = next_change(one, zone, 0);
	size_t k = next_change(other, zone, 0);

	while (i < one->log_count && k < other->log_count) {
		assert_int_equal(one->log[i].kind, other->log[k].kind);
		assert_int_equal(one->log[i].physical, other->log[k].physical);
		assert_int_equal(one->log[i].len, other->log[k].len);
		i = next_change(one, zone, i + 1);
		k = next_change(other, zone, k + 1);
	}
	assert_true(i == one->log_count && k == other->log_count);
}

static void expect_same_run(const struct tiny_scenario *scenario, const struct tiny_run *serial,
			    uint32_t lanes, uint64_t queue)
{
	struct zr_progress expected;
	struct zr_progress found;
	struct tiny_run run;
	uint64_t zone;

	tiny_scenario_open(&run, scenario);
	run.options.serial = 0;
	run.options.zones_in_flight = lanes;
	run.options.queue_bytes = queue;
	if (tiny_run_job(&run))
		fail_msg("%s: %s", scenario->name, run.err.text);
	assert_true(tiny_same(&run, serial));
	for (zone = 0; zone < run.to->options.zones; zone++)
		if (zone != tiny_journal_place(run.to) / MEMORY_ZONE_SIZE)
			expect_same_log(run.to, serial->to, zone);
	zr_job_progress(run.job, &found);
	zr_job_progress(serial->job, &expected);
	assert_memory_equal(&found, &expected, sizeof(found));
	tiny_run_close(&run);
}

static void test_same_writes(void **state)
{
	static const uint64_t queues[] = { 1, 3ULL << 20, 32ULL << 20 };
	size_t s;

	(void)state;
	for (s = 0; s < TINY_SCENARIOS; s++) {
		struct tiny_run serial;
		uint32_t lanes;

		tiny_scenario_open(&serial, &tiny_scenarios[s]);
		serial.options.serial = 1;
		assert_int_equal(tiny_run_job(&serial), 0);
		for (lanes = 1; lanes <= 5; lanes += 2)
			expect_same_run(&tiny_scenarios[s], &serial, lanes, queues[lanes / 2]);
		tiny_run_close(&serial);
	}
}

/* More zones than the target may have active are not in flight, whatever is asked for. */
static void test_active_limit_holds(void **state)
{
	const struct tiny_options options = { .dup = true };
	const struct memory_options target = { .zones = 12, .max_active = 8 };
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(&options), false, &target);
	run.options.serial = 0;
	run.options.zones_in_flight = 100;
	assert_int_equal(tiny_run_job(&run), 0);
	tiny_run_close(&run);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A limit can only be shown from one side: a run that is fast enough took too little time. */
static void test_rate_holds_back(void **state)
{
	const struct memory_options target = { .zones = 10 };
	int serial;

	(void)state;
	for (serial = 0; serial < 2; serial++) {
		struct zr_progress progress;
		struct tiny_run run;
		double begun;
		double least;

		tiny_run_open(&run, tiny_new(NULL), false, &target);
		run.options.serial = serial;
		run.options.rate = 1ULL << 20;
		begun = seconds();
		assert_int_equal(tiny_run_job(&run), 0);
		zr_job_progress(run.job, &progress);
		least = (double)(progress.copied + progress.filled) / (double)run.options.rate;
		assert_true(seconds() - begun >= least * 0.99);
		tiny_run_close(&run);
	}
}

/* One who looks at a run from another thread. */
struct watcher {
	const struct zr_job *job;
	atomic_bool over;
	uint64_t looks;
	uint64_t last; /* bytes that were done */
	bool backwards;
	bool beyond;
};

static void *watch(void *context)
{
	struct watcher *watcher = context;
	bool over;

	do {
		struct zr_progress progress;
		uint64_t done;

		over = atomic_load(&watcher->over);
		zr_job_progress(watcher->job, &progress);
		done = progress.copied + progress.filled;
		watcher->looks++;
		watcher->backwards |= done < watcher->last;
		watcher->beyond |= done > progress.bytes;
		watcher->last = done;
	} while (!over);
	return NULL;
}

static void test_progress_from_another_thread(void **state)
{
	const struct memory_options target = { .zones = 10 };
	int serial;

	(void)state;
	for (serial = 0; serial < 2; serial++) {
		struct watcher watcher = { .looks = 0 };
		struct zr_progress progress;
		struct tiny_run run;
		pthread_t thread;

		tiny_run_open(&run, tiny_new(NULL), false, &target);
		run.options.serial = serial;
		run.options.rate = 4ULL << 20;
		tiny_run_new_job(&run);
		watcher.job = run.job;
		assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
		assert_int_equal(tiny_run_job(&run), 0);
		atomic_store(&watcher.over, true);
		pthread_join(thread, NULL);
		zr_job_progress(run.job, &progress);
		assert_true(watcher.looks > 1);
		assert_false(watcher.backwards || watcher.beyond);
		assert_int_equal(watcher.last, progress.copied + progress.filled);
		assert_int_equal(progress.copied + progress.filled, progress.bytes);
		tiny_run_close(&run);
	}
}

/* A flush of the target that lasts until more zones are written than it and those before it note.
 */
static const struct zr_device_ops *quick;
static atomic_uint_fast64_t begun_zones; /* a bit for each zone that was written */
static atomic_bool overlapped;

static int mark_and_write(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
			  struct zr_error *err)
{
	atomic_fetch_or(&begun_zones, UINT64_C(1) << physical / MEMORY_ZONE_SIZE);
	return quick->write(dev, physical, buffer, len, err);
}

static int flush_slowly(struct zr_device *dev, struct zr_error *err)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	const int log_zones = 2;
	double end = seconds() + 2;
	static int notes;

	if (!(atomic_load(&begun_zones) >> log_zones))
		return quick->flush(dev, err);
	notes++;
	while (!overlapped && seconds() < end) {
		if (__builtin_popcountll(atomic_load(&begun_zones) >> log_zones) > notes)
			atomic_store(&overlapped, true);
		nanosleep(&moment, NULL);
	}
	return quick->flush(dev, err);
}

/* One zone in flight, and while its end is noted, the next one is on its way already. */
static void test_next_zone_does_not_wait_for_the_note(void **state)
{
	const struct memory_options target = { .zones = 10 };
	struct zr_device_ops slow;
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), false, &target);
	run.options.serial = 0;
	run.options.zones_in_flight = 1;
	quick = run.to->dev.ops;
	slow = *quick;
	slow.write = mark_and_write;
	slow.flush = flush_slowly;
	run.to->dev.ops = &slow;
	assert_int_equal(tiny_run_job(&run), 0);
	assert_true(overlapped);
	run.to->dev.ops = quick;
	tiny_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_writes),
		cmocka_unit_test(test_active_limit_holds),
		cmocka_unit_test(test_rate_holds_back),
		cmocka_unit_test(test_progress_from_another_thread),
		cmocka_unit_test(test_next_zone_does_not_wait_for_the_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
