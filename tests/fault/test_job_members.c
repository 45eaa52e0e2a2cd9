// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file system of two devices, of which the first one is replaced. The second one has a copy of
 * system and metadata: it says where zones end, serves what is bad, and is only read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "tiny_oracle.h"
#include "verify_memory.h"

#define ZONE MEMORY_ZONE_SIZE
#define SYSTEM_ZONE 5
#define METADATA_ZONE 3
#define ROOTS TINY_METADATA

static const struct memory_options zoned = { .zones = 10 };
static const struct tiny_options mirrored = { .mirrored = true };

/* Copies of zones on the second device are one further on. */
static void set_both(struct tiny_run *run, uint32_t zone_no, enum zr_zone_cond cond, uint64_t end)
{
	memory_set_zone(run->from, zone_no, cond, end);
	memory_set_zone(run->fs->peer, zone_no + 1, cond, end);
}

static void open_run(struct tiny_run *run, const struct memory_options *target)
{
	tiny_run_open(run, tiny_new(&mirrored), false, target);
	memory_freeze(run->fs->peer);
	memory_forget(run->fs->peer);
}

static void expect_done(struct tiny_run *run)
{
	assert_int_equal(tiny_run_job(run), 0);
	assert_true(tiny_untouched(run->from));
	assert_true(tiny_untouched(run->fs->peer));
	assert_true(tiny_same_used(run));
}

static void test_target_takes_its_place_beside_the_peer(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	expect_done(&run);
	assert_int_equal(run.to->zones[METADATA_ZONE].wp - METADATA_ZONE * ZONE,
			 run.fs->peer->zones[METADATA_ZONE + 1].wp - (METADATA_ZONE + 1) * ZONE);
	assert_int_equal(run.to->zones[METADATA_ZONE + 1].cond, ZR_COND_EMPTY);
	assert_int_equal(verify_memory(&run, &err), 0);
	tiny_run_close(&run);
}

/* What was freed behind the last extent is there on the peer, and zeroes on the target. */
static void test_zones_are_filled_up_to_the_peers(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	set_both(&run, METADATA_ZONE, ZR_COND_CLOSED, 40 * TINY_NODE);
	set_both(&run, SYSTEM_ZONE, ZR_COND_FULL, ZONE);
	tiny_run_again(&run, NULL);
	run.options.force = 1;
	expect_done(&run);
	assert_true(run.to->zones[METADATA_ZONE].wp == METADATA_ZONE * ZONE + 40 * TINY_NODE);
	assert_int_equal(run.to->zones[SYSTEM_ZONE].cond, ZR_COND_FULL);
	assert_int_equal(verify_memory(&run, &err), 0);
	memory_set_zone(run.to, METADATA_ZONE, ZR_COND_CLOSED, 39 * TINY_NODE);
	assert_int_equal(verify_memory(&run, &err), -ZR_E_DIFFERENT);
	tiny_run_close(&run);
}

static void hear(const struct zr_finding *finding, void *context)
{
	*(struct zr_finding *)context = *finding;
}

static void expect_repaired(struct tiny_run *run)
{
	struct zr_finding finding = { 0 };
	struct zr_progress progress;

	run->options.finding = hear;
	run->options.context = &finding;
	assert_int_equal(tiny_run_job(run), 0);
	zr_job_progress(run->job, &progress);
	assert_int_equal(progress.read.repaired, TINY_NODE);
	assert_int_equal(finding.kind, ZR_FINDING_REPAIRED);
	assert_int_equal(finding.devid, 1);
	assert_true(finding.physical == tiny_physical(ROOTS, 0));
	assert_true(tiny_untouched(run->fs->peer));
	assert_memory_equal(run->to->bytes + tiny_physical(ROOTS, 0),
			    run->fs->peer->bytes + tiny_physical(ROOTS, 1), TINY_NODE);
}

static void test_bad_copy_is_served_by_the_peer(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	memory_thaw(run.from);
	tiny_flip(run.from, ROOTS + 100, 0);
	expect_repaired(&run);
	tiny_run_close(&run);
}

static void test_unreadable_zone_is_served_by_the_peer(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	memory_set_zone(run.from, METADATA_ZONE, ZR_COND_OFFLINE, 0);
	tiny_run_again(&run, NULL);
	run.options.force = 1;
	assert_int_equal(tiny_run_job(&run), 0);
	assert_memory_equal(run.to->bytes + METADATA_ZONE * ZONE,
			    run.fs->peer->bytes + (METADATA_ZONE + 1) * ZONE, 7 * TINY_NODE);
	tiny_run_close(&run);
}

/* Bad on both devices. */
static void test_no_good_copy(void **state)
{
	const uint64_t unread = ROOTS + 5 * TINY_NODE;
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	memory_thaw(run.from);
	memory_thaw(run.fs->peer);
	tiny_flip(run.from, unread + 100, 0);
	tiny_flip(run.fs->peer, unread + 100, 1);
	assert_int_equal(tiny_run_job(&run), -ZR_E_CSUM);
	assert_true(run.err.logical == unread);
	assert_false(tiny_run_found(&run));
	tiny_run_close(&run);
}

/* A rescue does not take what is bad here while the device with the good copy only is away. */
static void test_peer_that_vanishes_ends_a_rescue(void **state)
{
	static const int errnos[] = { ENODEV, EIO };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct memory_fault fault = {
			.fail_at = 1,
			.lasting = true,
			.kinds = 1U << MEMORY_READ,
			.sys_errno = errnos[i],
		};
		struct zr_progress progress;
		struct tiny_run run;

		open_run(&run, &zoned);
		memory_thaw(run.from);
		tiny_flip(run.from, ROOTS + 5 * TINY_NODE + 100, 0);
		run.options.rescue = 1;
		run.fs->peer->fault = &fault;
		assert_int_equal(tiny_run_job(&run), -ZR_E_SOURCE_READ);
		assert_true(fault.met);
		run.fs->peer->fault = NULL;
		tiny_run_again(&run, NULL);
		assert_int_equal(tiny_run_job(&run), 0);
		zr_job_progress(run.job, &progress);
		assert_true(progress.resumed);
		assert_int_equal(progress.read.damaged, 0);
		assert_int_equal(progress.read.repaired, TINY_NODE);
		tiny_run_close(&run);
	}
}

static size_t reads_in(const struct memory_device *memory, uint32_t zone_no)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < memory->log_count; i++)
		count += memory->log[i].kind == MEMORY_READ &&
			 memory->log[i].physical / ZONE == zone_no;
	return count;
}

/* With the source spared, only what it has alone is read from it; and what is bad on the peer. */
static void test_source_is_spared(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	zr_plan_free(run.plan);
	zr_source_close(run.source);
	memory_forget(run.from);
	assert_int_equal(tiny_open_beside(&run.source, run.from, run.fs->peer, true, &err), 0);
	assert_int_equal(zr_plan_build(&run.plan, run.source, run.target, NULL, &err), 0);
	expect_done(&run);
	assert_int_equal(reads_in(run.from, METADATA_ZONE), 0);
	assert_int_equal(reads_in(run.from, SYSTEM_ZONE), 0);
	assert_true(reads_in(run.from, 2));
	tiny_run_rewind(&run);
	memory_thaw(run.fs->peer);
	tiny_flip(run.fs->peer, ROOTS + 5 * TINY_NODE + 100, 1);
	zr_plan_free(run.plan);
	zr_source_close(run.source);
	memory_forget(run.from);
	assert_int_equal(tiny_open_beside(&run.source, run.from, run.fs->peer, true, &err), 0);
	assert_int_equal(zr_plan_build(&run.plan, run.source, run.target, NULL, &err), 0);
	assert_int_equal(tiny_run_job(&run), 0);
	assert_int_equal(reads_in(run.from, METADATA_ZONE), 1);
	assert_true(tiny_same_used(&run));
	tiny_run_close(&run);
}

/* Open the two devices, which must not succeed. */
static void expect_refused(struct tiny_fs *fs, struct memory_device *from, int code,
			   const char *word)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source;

	assert_int_equal(tiny_open_beside(&source, from, fs->peer, false, &err), -code);
	assert_non_null(strstr(err.text, word));
}

static void change_peer(struct tiny_fs *fs, size_t at, size_t size, uint64_t value)
{
	uint8_t raw[4096];

	tiny_super_copy(fs, TINY_GENERATION, 65536, raw);
	memset(raw + 0xc9, 0, 98);
	tiny_describe_device(fs, 1, raw + 0xc9);
	tiny_poke(raw, at, size, value);
	zr_csum(ZR_CSUM_CRC32C, raw + 32, sizeof(raw) - 32, raw);
	memcpy(fs->peer->bytes, raw, sizeof(raw));
}

static void test_devices_that_are_no_members(void **state)
{
	static const struct {
		size_t at;
		size_t size;
		uint64_t value;
		int code;
		const char *word;
	} cases[] = {
		{ 0x48, 8, TINY_GENERATION + 1, ZR_E_MEMBER,
		  "generation differs, found 43, the source has 42" },
		{ 0x60, 8, TINY_METADATA, ZR_E_MEMBER, "superblock differs from the source's" },
		{ 0xc9, 8, 1, ZR_E_MEMBER, "is devid 1, as is the source" },
		{ 0xc9, 8, 3, ZR_E_MEMBER, "devid 3 is no device of the file system any more" },
		{ 0xc9 + 66, 1, 0xee, ZR_E_DEV, "devid 2, uuid or fsid" },
		{ 0xc9 + 8, 8, 9 * ZONE, ZR_E_DEV, "devid 2, total_bytes 41943040" },
		{ 0x40, 1, 0, ZR_E_NOT_BTRFS, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tiny_fs *fs = tiny_new(&mirrored);
		struct memory_device *from = tiny_source(fs, false);

		print_message("# %s\n", cases[i].word);
		change_peer(fs, cases[i].at, cases[i].size, cases[i].value);
		expect_refused(fs, from, cases[i].code, cases[i].word);
		memory_free(from);
		tiny_free(fs);
	}
}

static void test_device_of_another_file_system(void **state)
{
	struct tiny_fs *fs = tiny_new(&mirrored);
	struct memory_device *from = tiny_source(fs, false);
	uint8_t *super = fs->peer->bytes;

	(void)state;
	super[0x20] ^= 1;
	super[0xc9 + 82] ^= 1;
	zr_csum(ZR_CSUM_CRC32C, super + 32, 4096 - 32, super);
	expect_refused(fs, from, ZR_E_MEMBER, "is of another file system than the source");
	memory_free(from);
	tiny_free(fs);
}

/* The peer holds all that the source does, and nothing must be known of it. */
static void test_missing_peer(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	set_both(&run, METADATA_ZONE, ZR_COND_CLOSED, 40 * TINY_NODE);
	zr_plan_free(run.plan);
	zr_source_close(run.source);
	assert_int_equal(tiny_open_beside(&run.source, run.from, NULL, false, &err), 0);
	assert_int_equal(zr_plan_build(&run.plan, run.source, run.target, NULL, &err), 0);
	assert_int_equal(tiny_run_job(&run), 0);
	assert_true(tiny_same_used(&run));
	assert_true(run.to->zones[METADATA_ZONE].wp == METADATA_ZONE * ZONE + 40 * TINY_NODE);
	tiny_run_close(&run);
}

/* Nothing says where the zones of the missing device end. */
static void test_missing_peer_of_a_regular_source(void **state)
{
	const struct memory_options places[] = { { .zones = 10 },
						 { .zones = 10, .regular = true } };
	const int expected[] = { -ZR_E_MEMBER, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct tiny_fs *fs = tiny_new(&mirrored);
		struct memory_device *from = tiny_source(fs, true);
		struct memory_device *to = memory_new(&places[i], "target");
		struct zr_target *target = tiny_target(to);
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_plan *plan = NULL;
		struct zr_source *source;

		assert_int_equal(tiny_open_beside(&source, from, NULL, false, &err), 0);
		assert_int_equal(zr_plan_build(&plan, source, target, NULL, &err), expected[i]);
		zr_plan_free(plan);
		zr_target_close(target);
		zr_source_close(source);
		memory_free(from);
		memory_free(to);
		tiny_free(fs);
	}
}

static void commit_on_peer(struct memory_device *memory, const struct memory_op *op)
{
	struct tiny_run *run = memory->context;

	if (op->kind != MEMORY_WRITE)
		return;
	memory->hook = NULL;
	memory_thaw(run->fs->peer);
	change_peer(run->fs, 0x48, 8, TINY_GENERATION + 1);
}

static void test_peer_that_changes(void **state)
{
	struct tiny_run run;

	(void)state;
	open_run(&run, &zoned);
	run.to->hook = commit_on_peer;
	run.to->context = &run;
	assert_int_equal(tiny_run_job(&run), -ZR_E_SOURCE_CHANGED);
	assert_non_null(strstr(run.err.text, "peer"));
	assert_false(tiny_run_found(&run));
	tiny_run_close(&run);
}

/* The superblock of the peer would still name the log. */
static void test_log_is_not_dropped_on_one_device(void **state)
{
	const struct tiny_options options = { .mirrored = true, .log = true };
	const struct zr_plan_options drop = { .size = sizeof(drop), .log = ZR_LOG_DROP };
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(&options), false, &zoned);
	assert_int_equal(tiny_run_plan_again(&run, &drop), -ZR_E_MEMBER);
	tiny_run_again(&run, NULL);
	run.options.force = 1;
	expect_done(&run);
	tiny_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target_takes_its_place_beside_the_peer),
		cmocka_unit_test(test_zones_are_filled_up_to_the_peers),
		cmocka_unit_test(test_bad_copy_is_served_by_the_peer),
		cmocka_unit_test(test_unreadable_zone_is_served_by_the_peer),
		cmocka_unit_test(test_no_good_copy),
		cmocka_unit_test(test_peer_that_vanishes_ends_a_rescue),
		cmocka_unit_test(test_source_is_spared),
		cmocka_unit_test(test_devices_that_are_no_members),
		cmocka_unit_test(test_device_of_another_file_system),
		cmocka_unit_test(test_missing_peer),
		cmocka_unit_test(test_missing_peer_of_a_regular_source),
		cmocka_unit_test(test_peer_that_changes),
		cmocka_unit_test(test_log_is_not_dropped_on_one_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
