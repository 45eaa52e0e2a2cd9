// SPDX-License-Identifier: GPL-2.0-or-later
/* The sink: a zone is written in order, begins empty, and ends as its device says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "memory_device.h"
#include "sink.h"

#define ZONE MEMORY_ZONE_SIZE
#define CAP (3ULL << 20)
#define BLOCK 4096

static uint8_t block[64 * BLOCK] __attribute__((aligned(BLOCK)));

struct fixture {
	struct memory_device *memory;
	struct zr_sink sink;
	struct zr_error err;
};

static int setup(void **state)
{
	const struct memory_options options = { .zones = 8, .cap = CAP, .conventional = 1 };
	struct fixture *fix = calloc(1, sizeof(*fix));
	const struct zr_error none = ZR_ERROR_INIT;

	if (!fix)
		return -1;
	memset(block, 0x5a, sizeof(block));
	fix->memory = memory_new(&options, "memory");
	fix->err = none;
	zr_sink_init(&fix->sink, &fix->memory->dev);
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	memory_free(fix->memory);
	free(fix);
	return 0;
}

static void begin(struct fixture *fix, uint32_t zone_no)
{
	assert_int_equal(zr_sink_begin(&fix->sink, zone_no * ZONE, &fix->err), 0);
}

static void write_blocks(struct fixture *fix, uint64_t expected, size_t count)
{
	assert_int_equal(zr_sink_write(&fix->sink, expected, block, count * BLOCK, &fix->err), 0);
}

/* Fill the zone from its start to its capacity. */
static void fill(struct fixture *fix)
{
	uint64_t at;

	for (at = 0; at < CAP; at += sizeof(block))
		write_blocks(fix, at, sizeof(block) / BLOCK);
}

static void test_writes_follow_each_other(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	write_blocks(fix, 0, 1);
	write_blocks(fix, BLOCK, 2);
	assert_int_equal(fix->memory->zones[2].wp, 2 * ZONE + 3 * BLOCK);
	assert_int_equal(fix->memory->log[1].physical, 2 * ZONE);
	assert_int_equal(fix->memory->log[2].physical, 2 * ZONE + BLOCK);
	assert_int_equal(fix->memory->log[2].len, 2 * BLOCK);
}

static void test_begin_starts_over(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	write_blocks(fix, 0, 3);
	begin(fix, 4);
	write_blocks(fix, 0, 1);
	assert_int_equal(fix->memory->zones[4].wp, 4 * ZONE + BLOCK);
}

static void test_refuses_wrong_expectation(void **state)
{
	const uint64_t wrong[] = { 0, BLOCK, 3 * BLOCK, UINT64_MAX };
	struct fixture *fix = *state;
	size_t i;

	begin(fix, 2);
	write_blocks(fix, 0, 2);
	memory_forget(fix->memory);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		zr_error_clear(&fix->err);
		assert_int_equal(zr_sink_write(&fix->sink, wrong[i], block, BLOCK, &fix->err),
				 -ZR_E_ZONE_MISMATCH);
	}
	assert_int_equal(fix->memory->log_count, 0);
	write_blocks(fix, 2 * BLOCK, 1);
}

static void test_refuses_what_exceeds_the_capacity(void **state)
{
	struct fixture *fix = *state;
	uint64_t at;

	begin(fix, 2);
	for (at = 0; at < CAP - sizeof(block); at += sizeof(block))
		write_blocks(fix, at, sizeof(block) / BLOCK);
	write_blocks(fix, at, sizeof(block) / BLOCK - 1);
	memory_forget(fix->memory);
	assert_int_equal(zr_sink_write(&fix->sink, CAP - BLOCK, block, 2 * BLOCK, &fix->err),
			 -ZR_E_CAPACITY);
	assert_int_equal(fix->memory->log_count, 0);
	write_blocks(fix, CAP - BLOCK, 1);
	zr_error_clear(&fix->err);
	assert_int_equal(zr_sink_write(&fix->sink, CAP, block, BLOCK, &fix->err), -ZR_E_CAPACITY);
}

static void test_failed_write_does_not_move(void **state)
{
	struct memory_fault fault = { .fail_at = 2 };
	struct fixture *fix = *state;

	fix->memory->fault = &fault;
	begin(fix, 2);
	assert_int_equal(zr_sink_write(&fix->sink, 0, block, BLOCK, &fix->err), -ZR_E_TARGET_WRITE);
	assert_int_equal(fix->sink.offset, 0);
}

static void test_begin_wants_an_empty_zone(void **state)
{
	static const enum zr_zone_cond conds[] = {
		ZR_COND_IMP_OPEN, ZR_COND_EXP_OPEN, ZR_COND_CLOSED,
		ZR_COND_FULL,	  ZR_COND_READONLY, ZR_COND_OFFLINE,
	};
	struct fixture *fix = *state;
	size_t i;

	for (i = 0; i < sizeof(conds) / sizeof(conds[0]); i++) {
		memory_set_zone(fix->memory, 3, conds[i], BLOCK);
		zr_error_clear(&fix->err);
		assert_int_equal(zr_sink_begin(&fix->sink, 3 * ZONE, &fix->err),
				 -ZR_E_ZONE_MISMATCH);
		assert_int_equal(fix->err.zone, 3);
	}
	/* Opened but without data is not empty: the device has set resources aside for it. */
	memory_set_zone(fix->memory, 3, ZR_COND_EXP_OPEN, 0);
	zr_error_clear(&fix->err);
	assert_int_equal(zr_sink_begin(&fix->sink, 3 * ZONE, &fix->err), -ZR_E_ZONE_MISMATCH);
}

/* Drivers put anything into the write pointer of a zone that died, and nobody wrote to it. */
static void test_dead_zone_is_named(void **state)
{
	static const struct {
		enum zr_zone_cond cond;
		const char *words;
	} rows[] = {
		{ ZR_COND_READONLY, "zone 3 is read-only" },
		{ ZR_COND_OFFLINE, "zone 3 is offline" },
	};
	struct fixture *fix = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memory_set_zone(fix->memory, 3, rows[i].cond, 0);
		zr_error_clear(&fix->err);
		assert_int_equal(zr_sink_begin(&fix->sink, 3 * ZONE, &fix->err),
				 -ZR_E_ZONE_MISMATCH);
		assert_non_null(strstr(fix->err.text, rows[i].words));
		assert_null(strstr(fix->err.text, "write pointer"));
	}
}

static void test_begin_passes_on_a_failed_report(void **state)
{
	struct memory_fault fault = { .fail_at = 1 };
	struct fixture *fix = *state;

	fix->memory->fault = &fault;
	assert_int_equal(zr_sink_begin(&fix->sink, 2 * ZONE, &fix->err), -ZR_E_TARGET_ZONES);
}

static void test_partly_written_zone_is_closed(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	write_blocks(fix, 0, 3);
	assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_LEAVE, &fix->err), 0);
	assert_int_equal(fix->memory->zones[2].cond, ZR_COND_CLOSED);
	assert_int_equal(memory_count(fix->memory, MEMORY_CLOSE), 1);
	assert_int_equal(memory_count(fix->memory, MEMORY_FINISH), 0);
	assert_int_equal(fix->memory->log[fix->memory->log_count - 1].kind, MEMORY_REPORT);
}

static void test_empty_zone_gets_no_command(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_LEAVE, &fix->err), 0);
	assert_int_equal(memory_count(fix->memory, MEMORY_CLOSE), 0);
	assert_int_equal(memory_count(fix->memory, MEMORY_FINISH), 0);
	assert_int_equal(fix->memory->zones[2].cond, ZR_COND_EMPTY);
}

static void test_full_zone_gets_no_command(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	fill(fix);
	assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_LEAVE, &fix->err), 0);
	assert_int_equal(fix->memory->zones[2].cond, ZR_COND_FULL);
	assert_int_equal(memory_count(fix->memory, MEMORY_CLOSE), 0);
	assert_int_equal(memory_count(fix->memory, MEMORY_FINISH), 0);
}

static void test_finished_zone_is_finished_once(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	write_blocks(fix, 0, 1);
	assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_FINISH, &fix->err), 0);
	assert_int_equal(fix->memory->zones[2].cond, ZR_COND_FULL);
	assert_int_equal(memory_count(fix->memory, MEMORY_FINISH), 1);
	assert_int_equal(memory_count(fix->memory, MEMORY_CLOSE), 0);
}

static void test_end_notices_a_dropped_write(void **state)
{
	static const enum zr_sink_end ends[] = { ZR_SINK_LEAVE, ZR_SINK_FINISH };
	struct fixture *fix = *state;
	uint32_t i;

	for (i = 0; i < 2; i++) {
		begin(fix, 2 + i);
		write_blocks(fix, 0, 2);
		fix->memory->drop_writes = true;
		write_blocks(fix, 2 * BLOCK, 1);
		zr_error_clear(&fix->err);
		assert_int_equal(zr_sink_end(&fix->sink, ends[i], &fix->err), -ZR_E_ZONE_MISMATCH);
		assert_non_null(strstr(fix->err.text, "8192"));
		assert_non_null(strstr(fix->err.text, "12288"));
		assert_int_equal(fix->err.zone, 2 + i);
		fix->memory->drop_writes = false;
	}
}

/* Between the close and the report another program writes to the zone. */
static void move_pointer(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_REPORT && memory->zones[2].cond == ZR_COND_CLOSED)
		memory->zones[2].wp += BLOCK;
}

static void test_end_notices_a_moved_pointer(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	write_blocks(fix, 0, 2);
	fix->memory->hook = move_pointer;
	assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_LEAVE, &fix->err), -ZR_E_ZONE_MISMATCH);
}

/* The zone is reset behind the sink's back while it is being finished. */
static void empty_zone(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_REPORT && memory->zones[2].cond == ZR_COND_FULL)
		memory_set_zone(memory, 2, ZR_COND_EMPTY, 0);
}

static void test_end_notices_a_lost_finish(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 2);
	write_blocks(fix, 0, 2);
	fix->memory->hook = empty_zone;
	assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_FINISH, &fix->err), -ZR_E_ZONE_MISMATCH);
}

static void test_end_passes_on_failures(void **state)
{
	struct memory_fault fault = { .count = 0 };
	struct fixture *fix = *state;
	uint64_t n;

	fix->memory->fault = &fault;
	for (n = 3; n <= 4; n++) {
		memory_set_zone(fix->memory, 2, ZR_COND_EMPTY, 0);
		zr_error_clear(&fix->err);
		fault.count = 0;
		fault.fail_at = n;
		begin(fix, 2);
		write_blocks(fix, 0, 1);
		assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_LEAVE, &fix->err),
				 -ZR_E_TARGET_ZONES);
	}
}

static void test_conventional_zone_has_no_state(void **state)
{
	struct fixture *fix = *state;

	begin(fix, 0);
	write_blocks(fix, 0, 2);
	memory_forget(fix->memory);
	assert_int_equal(zr_sink_end(&fix->sink, ZR_SINK_FINISH, &fix->err), 0);
	assert_int_equal(fix->memory->log_count, 0);
	begin(fix, 0);
	write_blocks(fix, 0, 1);
}

static void test_reset_is_one_command(void **state)
{
	struct fixture *fix = *state;

	memory_set_zone(fix->memory, 5, ZR_COND_FULL, 0);
	assert_int_equal(zr_sink_reset(&fix->sink, 5, &fix->err), 0);
	assert_int_equal(fix->memory->zones[5].cond, ZR_COND_EMPTY);
	assert_int_equal(fix->memory->log_count, 1);
	assert_int_equal(fix->memory->log[0].kind, MEMORY_RESET);
	assert_int_equal(fix->memory->log[0].physical, 5 * ZONE);
}

/* What a report may say for each state that a zone is left in. */
static void test_expect(void **state)
{
	static const struct {
		enum zr_zone_cond cond;
		uint64_t offset;
		uint64_t written;
		bool finished;
		bool good;
	} rows[] = {
		{ ZR_COND_EMPTY, 0, 0, false, true },
		{ ZR_COND_EMPTY, 0, BLOCK, false, false },
		{ ZR_COND_EMPTY, 0, CAP, false, false },
		{ ZR_COND_EMPTY, 0, 0, true, false },
		{ ZR_COND_CLOSED, BLOCK, BLOCK, false, true },
		{ ZR_COND_IMP_OPEN, BLOCK, BLOCK, false, true },
		{ ZR_COND_EXP_OPEN, BLOCK, BLOCK, false, true },
		{ ZR_COND_CLOSED, BLOCK, BLOCK, true, false },
		{ ZR_COND_CLOSED, BLOCK, 0, false, false },
		{ ZR_COND_CLOSED, 2 * BLOCK, BLOCK, false, false },
		{ ZR_COND_CLOSED, CAP, CAP, false, false },
		{ ZR_COND_FULL, ZONE, CAP, false, true },
		{ ZR_COND_FULL, CAP, CAP, false, true },
		{ ZR_COND_FULL, ZONE, BLOCK, true, true },
		{ ZR_COND_FULL, BLOCK, BLOCK, false, false },
		{ ZR_COND_FULL, 0, 0, false, false },
		{ ZR_COND_READONLY, BLOCK, BLOCK, false, false },
		{ ZR_COND_OFFLINE, 0, 0, false, false },
	};
	struct fixture *fix = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_zone zone = fix->memory->zones[2];
		int rc;

		zone.cond = rows[i].cond;
		zone.wp = zone.start + rows[i].offset;
		zr_error_clear(&fix->err);
		rc = zr_sink_expect(&fix->memory->dev, 2, &zone, rows[i].written, rows[i].finished,
				    &fix->err);
		if (rc != (rows[i].good ? 0 : -ZR_E_ZONE_MISMATCH))
			fail_msg("row %zu: returned %d", i, rc);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_writes_follow_each_other),
		TEST(test_begin_starts_over),
		TEST(test_refuses_wrong_expectation),
		TEST(test_refuses_what_exceeds_the_capacity),
		TEST(test_failed_write_does_not_move),
		TEST(test_begin_wants_an_empty_zone),
		TEST(test_dead_zone_is_named),
		TEST(test_begin_passes_on_a_failed_report),
		TEST(test_partly_written_zone_is_closed),
		TEST(test_empty_zone_gets_no_command),
		TEST(test_full_zone_gets_no_command),
		TEST(test_finished_zone_is_finished_once),
		TEST(test_end_notices_a_dropped_write),
		TEST(test_end_notices_a_moved_pointer),
		TEST(test_end_notices_a_lost_finish),
		TEST(test_end_passes_on_failures),
		TEST(test_conventional_zone_has_no_state),
		TEST(test_reset_is_one_command),
		TEST(test_expect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
