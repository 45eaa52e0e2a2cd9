// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs over a source with bad places: what is told, what is copied, what ends the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "journal.h"
#include "range.h"
#include "tiny_run.h"

#define AT(sector) (TINY_DATA + (sector) * (uint64_t)TINY_SECTOR)
#define FINDINGS_MAX 32

static const struct memory_options zoned = { .zones = 12 };
static const struct memory_options regular = { .zones = 20, .regular = true };

struct fixture {
	struct tiny_run run;
	struct zr_finding findings[FINDINGS_MAX];
	size_t count;
	struct zr_range unreadable; /* physical on the source */
	uint64_t stop_at; /* write to the target that fails for ever; 0: none */
	struct memory_fault source_fault;
	struct memory_fault target_fault;
};

static void take(const struct zr_finding *finding, void *context)
{
	struct fixture *fix = context;

	assert_in_range(fix->count, 0, FINDINGS_MAX - 1);
	fix->findings[fix->count++] = *finding;
}

static void fail_unreadable(struct memory_device *memory, const struct memory_op *op)
{
	const struct fixture *fix = memory->context;

	if (op->kind == MEMORY_READ && op->physical < fix->unreadable.start + fix->unreadable.len &&
	    fix->unreadable.start < op->physical + op->len)
		memory->fault->fail_at = memory->fault->count + 1;
}

static void watch(struct fixture *fix)
{
	fix->run.from->hook = fail_unreadable;
	fix->run.from->context = fix;
	fix->run.from->fault = &fix->source_fault;
	fix->run.options.rescue = 1;
	fix->run.options.finding = take;
	fix->run.options.context = fix;
	fix->count = 0;
}

static void open_fixture(struct fixture *fix, bool dup, const struct memory_options *target)
{
	const struct tiny_options options = { .dup = dup };

	memset(fix, 0, sizeof(*fix));
	tiny_run_open(&fix->run, tiny_new(&options), false, target);
	watch(fix);
}

static void flip(struct fixture *fix, uint64_t logical, unsigned int mirror)
{
	memory_thaw(fix->run.from);
	tiny_flip(fix->run.from, logical, mirror);
	memory_freeze(fix->run.from);
}

static void make_unreadable(struct fixture *fix, uint64_t logical, uint64_t len)
{
	fix->unreadable.start = tiny_physical(logical, 0);
	fix->unreadable.len = len;
}

static void expect_finding(const struct fixture *fix, size_t number, enum zr_finding_kind kind,
			   uint64_t logical, uint64_t len)
{
	const struct zr_finding *finding = &fix->findings[number];

	assert_true(number < fix->count);
	assert_int_equal(finding->kind, kind);
	assert_int_equal(finding->logical, logical);
	assert_int_equal(finding->len, len);
	assert_int_equal(finding->devid, 1);
	assert_int_equal(finding->code, fix->unreadable.len ? ZR_E_SOURCE_READ : ZR_E_CSUM);
}

static const uint8_t *target_bytes(const struct fixture *fix, uint64_t logical)
{
	return fix->run.to->bytes + tiny_physical(logical, 0);
}

static void test_wrong_data_is_copied_as_it_is(void **state)
{
	struct zr_progress progress;
	struct fixture fix;

	(void)state;
	open_fixture(&fix, false, &zoned);
	flip(&fix, AT(1) + 5, 0);
	flip(&fix, AT(2) + 9, 0);
	flip(&fix, AT(4), 0);
	assert_int_equal(tiny_run_job(&fix.run), 0);
	assert_int_equal(fix.count, 2);
	expect_finding(&fix, 0, ZR_FINDING_DAMAGED, AT(1), 2 * TINY_SECTOR);
	expect_finding(&fix, 1, ZR_FINDING_DAMAGED, AT(4), TINY_SECTOR);
	assert_true(fix.findings[0].has_csum && !fix.findings[0].tree_block);
	assert_int_equal(fix.findings[0].physical, tiny_physical(AT(1), 0));
	assert_memory_equal(target_bytes(&fix, AT(0)),
			    fix.run.from->bytes + tiny_physical(AT(0), 0), 5 * TINY_SECTOR);
	zr_job_progress(fix.run.job, &progress);
	assert_int_equal(progress.read.damaged, 3 * TINY_SECTOR);
	assert_int_equal(progress.read.lost, 0);
	assert_true(tiny_run_found(&fix.run));
	tiny_run_close(&fix.run);
}

/* Neighbours are read all the same, one by one. */
static void test_unreadable_data_becomes_zeroes(void **state)
{
	static const uint8_t zeroes[2 * TINY_SECTOR];
	struct zr_progress progress;
	struct fixture fix;

	(void)state;
	open_fixture(&fix, false, &zoned);
	make_unreadable(&fix, AT(1), 2 * TINY_SECTOR);
	assert_int_equal(tiny_run_job(&fix.run), 0);
	assert_int_equal(fix.count, 1);
	expect_finding(&fix, 0, ZR_FINDING_LOST, AT(1), 2 * TINY_SECTOR);
	assert_memory_equal(target_bytes(&fix, AT(1)), zeroes, sizeof(zeroes));
	assert_memory_equal(target_bytes(&fix, AT(0)),
			    fix.run.from->bytes + tiny_physical(AT(0), 0), TINY_SECTOR);
	assert_memory_equal(target_bytes(&fix, AT(3)),
			    fix.run.from->bytes + tiny_physical(AT(3), 0), 2 * TINY_SECTOR);
	zr_job_progress(fix.run.job, &progress);
	assert_int_equal(progress.read.lost, 2 * TINY_SECTOR);
	tiny_run_close(&fix.run);
}

static void test_unreadable_data_without_checksum_says_so(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, false, &zoned);
	make_unreadable(&fix, AT(9), TINY_SECTOR);
	assert_int_equal(tiny_run_job(&fix.run), 0);
	assert_int_equal(fix.count, 1);
	expect_finding(&fix, 0, ZR_FINDING_LOST, AT(9), TINY_SECTOR);
	assert_false(fix.findings[0].has_csum);
	tiny_run_close(&fix.run);
}

static void test_without_rescue_the_first_bad_sector_ends_the_run(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, false, &zoned);
	fix.run.options.rescue = 0;
	make_unreadable(&fix, AT(2), TINY_SECTOR);
	assert_int_equal(tiny_run_job(&fix.run), -ZR_E_SOURCE_READ);
	assert_int_equal(fix.run.err.logical, AT(2));
	assert_int_equal(fix.count, 0);
	assert_false(tiny_run_found(&fix.run));
	tiny_run_close(&fix.run);
}

/* Both target copies get the good one, and the bad copy is told with its place. */
static void test_one_bad_copy_is_told(void **state)
{
	const uint64_t block = TINY_METADATA + TINY_NODE;
	unsigned int mirror;

	(void)state;
	for (mirror = 0; mirror < 2; mirror++) {
		struct fixture fix;

		open_fixture(&fix, true, &zoned);
		flip(&fix, block + 200, mirror);
		fix.run.options.rescue = 0;
		assert_int_equal(tiny_run_job(&fix.run), 0);
		assert_int_equal(fix.count, 1);
		expect_finding(&fix, 0, ZR_FINDING_REPAIRED, block, TINY_NODE);
		assert_int_equal(fix.findings[0].physical, tiny_physical(block, mirror));
		assert_true(fix.findings[0].tree_block);
		assert_memory_equal(target_bytes(&fix, block),
				    fix.run.to->bytes + tiny_physical(block, 1), TINY_NODE);
		assert_memory_equal(target_bytes(&fix, block),
				    fix.run.from->bytes + tiny_physical(block, !mirror), TINY_NODE);
		tiny_run_close(&fix.run);
	}
}

/* A block that nothing but the copy reads: each copy stays as it was. */
static void test_two_bad_copies_stay_different(void **state)
{
	struct fixture fix;
	uint64_t block;

	(void)state;
	open_fixture(&fix, true, &zoned);
	block = fix.run.fs->trees[TINY_FS_TREE].root;
	flip(&fix, block + 200, 0);
	flip(&fix, block + 300, 1);
	assert_int_equal(tiny_run_job(&fix.run), 0);
	assert_int_equal(fix.count, 2);
	expect_finding(&fix, 0, ZR_FINDING_DAMAGED, block, TINY_NODE);
	expect_finding(&fix, 1, ZR_FINDING_DAMAGED, block, TINY_NODE);
	assert_int_equal(fix.findings[1].physical, tiny_physical(block, 1));
	assert_memory_equal(target_bytes(&fix, block),
			    fix.run.from->bytes + tiny_physical(block, 0), TINY_NODE);
	assert_memory_equal(fix.run.to->bytes + tiny_physical(block, 1),
			    fix.run.from->bytes + tiny_physical(block, 1), TINY_NODE);
	tiny_run_close(&fix.run);
}

static void test_lost_checksums_are_told(void **state)
{
	struct zr_progress progress;
	struct fixture fix;
	uint64_t root;

	(void)state;
	open_fixture(&fix, true, &zoned);
	root = fix.run.fs->trees[TINY_CSUM_TREE].root;
	flip(&fix, root + 200, 0);
	flip(&fix, root + 200, 1);
	assert_int_equal(tiny_run_job(&fix.run), 0);
	expect_finding(&fix, 0, ZR_FINDING_UNVERIFIABLE, AT(0), 5 * TINY_SECTOR);
	zr_job_progress(fix.run.job, &progress);
	assert_int_equal(progress.read.verified, 0);
	/* Both copies of the leaf, and all data whose checksums it had. */
	assert_int_equal(progress.read.damaged, 2 * TINY_NODE + progress.read.unverified);
	assert_memory_equal(target_bytes(&fix, AT(0)),
			    fix.run.from->bytes + tiny_physical(AT(0), 0), 5 * TINY_SECTOR);
	tiny_run_close(&fix.run);
}

/* What says what is used cannot be done without. */
static void test_lost_extent_tree_ends_a_rescue(void **state)
{
	struct fixture fix;
	uint64_t root;

	(void)state;
	open_fixture(&fix, true, &zoned);
	root = fix.run.fs->trees[TINY_EXTENT_TREE].root;
	flip(&fix, root + 200, 0);
	flip(&fix, root + 200, 1);
	assert_int_equal(tiny_run_job(&fix.run), -ZR_E_CSUM);
	assert_false(tiny_run_found(&fix.run));
	tiny_run_close(&fix.run);
}

/* The whole device fails from some operation on: that is no loss of single ranges. */
static void test_source_that_vanishes_ends_a_rescue(void **state)
{
	uint64_t n;
	int rc;

	(void)state;
	for (n = 1;; n++) {
		struct fixture fix;

		open_fixture(&fix, false, &zoned);
		fix.run.from->hook = NULL;
		fix.source_fault = (struct memory_fault){ .fail_at = n, .lasting = true };
		rc = tiny_run_job(&fix.run);
		assert_int_equal(tiny_run_found(&fix.run), !rc);
		tiny_run_close(&fix.run);
		if (!rc)
			break;
	}
	assert_true(n > 10);
}

static void stop_target(struct memory_device *memory, const struct memory_op *op)
{
	struct fixture *fix = memory->context;

	if (op->kind == MEMORY_WRITE && !--fix->stop_at)
		fix->target_fault = (struct memory_fault){
			.count = memory->fault->count,
			.fail_at = memory->fault->count + 1,
			.lasting = true,
		};
}

static void flip_some(struct fixture *fix)
{
	uint64_t root = fix->run.fs->trees[TINY_FS_TREE].root;

	flip(fix, AT(1), 0);
	flip(fix, TINY_METADATA + TINY_NODE + 200, 1);
	flip(fix, root + 200, 0);
	flip(fix, root + 200, 1);
}

static int run_until(struct fixture *fix, uint64_t stop_at)
{
	fix->stop_at = stop_at;
	fix->run.to->hook = stop_target;
	fix->run.to->context = fix;
	fix->target_fault = (struct memory_fault){ 0 };
	fix->run.to->fault = &fix->target_fault;
	return tiny_run_job(&fix->run);
}

static void start_again(struct fixture *fix)
{
	tiny_run_again(&fix->run, NULL);
	watch(fix);
}

/*
 * Whatever write of the first run is its last one, the second tells all there is to tell. Findings
 * of a zone that was not complete are found again, and none is told twice by one run.
 */
static void stop_and_go_on(const struct memory_options *target)
{
	uint64_t n;
	int rc;

	for (n = 1;; n++) {
		struct zr_progress progress;
		struct fixture fix;

		open_fixture(&fix, true, target);
		flip_some(&fix);
		rc = run_until(&fix, n);
		if (rc) {
			start_again(&fix);
			fix.run.options.force = 1;
			assert_int_equal(tiny_run_job(&fix.run), 0);
		}
		zr_job_progress(fix.run.job, &progress);
		assert_int_equal(progress.read.damaged, TINY_SECTOR + 2 * TINY_NODE);
		assert_int_equal(progress.read.repaired, TINY_NODE);
		assert_int_equal(fix.count, 4);
		expect_finding(&fix, 0, ZR_FINDING_DAMAGED, AT(1), TINY_SECTOR);
		tiny_run_close(&fix.run);
		if (!rc)
			break;
	}
	assert_true(n > 10);
}

static void test_findings_survive_a_stop(void **state)
{
	(void)state;
	stop_and_go_on(&zoned);
	stop_and_go_on(&regular);
}

/* To find out whose ranges are takes reads on a dying device. */
static void take_and_cancel(const struct zr_finding *finding, void *context)
{
	struct fixture *fix = context;

	take(finding, context);
	zr_job_cancel(fix->run.job);
}

static void test_cancelled_between_findings(void **state)
{
	struct fixture fix;

	(void)state;
	open_fixture(&fix, true, &zoned);
	flip_some(&fix);
	fix.run.options.finding = take_and_cancel;
	assert_int_equal(tiny_run_job(&fix.run), -ZR_E_CANCELLED);
	assert_int_equal(fix.count, 1);
	start_again(&fix);
	assert_int_equal(tiny_run_job(&fix.run), 0);
	assert_int_equal(fix.count, 4);
	tiny_run_close(&fix.run);
}

/* Run up to the superblock. */
static void note_all_zones(struct fixture *fix)
{
	struct zr_journal journal;
	uint64_t n = 1;

	for (;; n++) {
		open_fixture(fix, true, &zoned);
		flip_some(fix);
		assert_true(run_until(fix, n) < 0);
		fix->run.to->fault = NULL;
		if (!zr_journal_find(&journal, &fix->run.to->dev, NULL) &&
		    journal.progress.zones == fix->run.plan->zone_count)
			return;
		tiny_run_close(&fix->run);
	}
}

/*
 * The target lost a zone in the middle that it had flushed. It and those behind it are copied
 * again, and however often that stops, each finding is told once.
 */
static void test_lost_zone_is_told_once(void **state)
{
	uint64_t n;
	int rc;

	(void)state;
	for (n = 1;; n++) {
		struct fixture fix;

		note_all_zones(&fix);
		memory_set_zone(fix.run.to, 3, ZR_COND_EMPTY, 0);
		start_again(&fix);
		rc = run_until(&fix, n);
		if (rc) {
			start_again(&fix);
			assert_int_equal(tiny_run_job(&fix.run), 0);
		}
		assert_int_equal(fix.count, 4);
		assert_true(tiny_run_found(&fix.run));
		tiny_run_close(&fix.run);
		if (!rc)
			break;
	}
	assert_true(n > 10);
}

/* A run that stopped at a bad block is carried on by a rescue. */
static void test_rescue_goes_on_with_a_stopped_run(void **state)
{
	struct zr_progress progress;
	struct fixture fix;
	uint64_t block;

	(void)state;
	open_fixture(&fix, true, &zoned);
	block = fix.run.fs->trees[TINY_FS_TREE].root;
	flip(&fix, block + 200, 0);
	flip(&fix, block + 300, 1);
	fix.run.options.rescue = 0;
	assert_int_equal(tiny_run_job(&fix.run), -ZR_E_CSUM);
	start_again(&fix);
	assert_int_equal(tiny_run_job(&fix.run), 0);
	zr_job_progress(fix.run.job, &progress);
	assert_true(progress.resumed);
	assert_int_equal(fix.count, 2);
	tiny_run_close(&fix.run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_data_is_copied_as_it_is),
		cmocka_unit_test(test_unreadable_data_becomes_zeroes),
		cmocka_unit_test(test_unreadable_data_without_checksum_says_so),
		cmocka_unit_test(test_without_rescue_the_first_bad_sector_ends_the_run),
		cmocka_unit_test(test_one_bad_copy_is_told),
		cmocka_unit_test(test_two_bad_copies_stay_different),
		cmocka_unit_test(test_lost_checksums_are_told),
		cmocka_unit_test(test_lost_extent_tree_ends_a_rescue),
		cmocka_unit_test(test_source_that_vanishes_ends_a_rescue),
		cmocka_unit_test(test_findings_survive_a_stop),
		cmocka_unit_test(test_cancelled_between_findings),
		cmocka_unit_test(test_lost_zone_is_told_once),
		cmocka_unit_test(test_rescue_goes_on_with_a_stopped_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
