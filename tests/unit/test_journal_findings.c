// SPDX-License-Identifier: GPL-2.0-or-later
/* What a run found, kept in the journal: which of it a later run is told, and where it lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "tiny_fs.h"

#define RECORD 4096
#define PER_RECORD 75
#define FIXED_FIRST 256 /* slot of the first findings in the fixed place */
#define FIXED_SLOTS 512
#define MANY 400

static const struct memory_options sequential = { .zones = 4 };
static const struct memory_options conventional = { .zones = 4, .conventional = 1 };
static const struct memory_options regular = { .zones = 4, .regular = true };
static const struct memory_options *const places[] = { &sequential, &conventional, &regular };

#define PLACES (sizeof(places) / sizeof(places[0]))

static void begin(struct zr_journal *journal, struct memory_device *memory)
{
	const struct zr_journal_head head = { .zones = 100 };

	assert_int_equal(zr_journal_begin(journal, &memory->dev, &head, NULL), 0);
}

static void note(struct zr_journal *journal, uint32_t zones)
{
	const struct zr_journal_progress progress = { .zones = zones };

	assert_int_equal(zr_journal_note(journal, &progress, NULL), 0);
}

/* Findings that are told apart by their logical addresses, from @first on. */
static void keep(struct zr_journal *journal, uint32_t zone, uint64_t first, size_t count)
{
	static struct zr_finding findings[MANY];
	size_t i;

	for (i = 0; i < count; i++)
		findings[i] = (struct zr_finding){ .logical = first + i, .len = 1 };
	assert_int_equal(zr_journal_findings(journal, zone, findings, count, NULL), 0);
}

static uint8_t *record_at(const struct zr_journal *journal, const struct memory_device *memory,
			  uint64_t slot)
{
	return memory->bytes + journal->start + slot * RECORD;
}

static void open_again(struct zr_journal *journal, struct memory_device *memory, uint32_t zones)
{
	assert_int_equal(zr_journal_find(journal, &memory->dev, NULL), 0);
	assert_int_equal(journal->progress.zones, zones);
}

static void go_on(struct zr_journal *journal, struct memory_device *memory, uint32_t zones)
{
	open_again(journal, memory, zones);
	assert_int_equal(zr_journal_resumed(journal, NULL), 0);
}

/* Runs of neighbouring numbers, as "ZONE:FIRST-LAST " in the order in which they were told. */
struct told {
	char text[512];
	uint32_t zone;
	uint64_t first;
	uint64_t next;
	unsigned int left; /* fails when it is 0 */
};

static void end_of_numbers(struct told *told)
{
	size_t len = strlen(told->text);

	if (told->next > told->first)
		snprintf(told->text + len, sizeof(told->text) - len, "%u:%llu-%llu ", told->zone,
			 (unsigned long long)told->first, (unsigned long long)told->next - 1);
}

static int take(void *owner, uint32_t zone, const struct zr_finding *finding, struct zr_error *err)
{
	struct told *told = owner;

	if (!told->left--)
		return zr_fail(err, ZR_E_CANCELLED, "enough");
	if (zone != told->zone || finding->logical != told->next) {
		end_of_numbers(told);
		told->zone = zone;
		told->first = finding->logical;
	}
	told->next = finding->logical + 1;
	return 0;
}

static void expect_told(struct memory_device *memory, uint32_t zones, const char *text)
{
	struct told told = { .left = 100000 };
	struct zr_journal journal;

	open_again(&journal, memory, zones);
	assert_int_equal(zr_journal_replay(&journal, take, &told, NULL), 0);
	end_of_numbers(&told);
	assert_string_equal(told.text, text);
}

static int take_one(void *owner, uint32_t zone, const struct zr_finding *finding,
		    struct zr_error *err)
{
	(void)err;
	assert_int_equal(zone, 3);
	*(struct zr_finding *)owner = *finding;
	return 0;
}

static void test_layout_and_fields(void **state)
{
	const struct zr_finding kept = {
		.kind = ZR_FINDING_LOST,
		.devid = 0x1122334455667788,
		.physical = 0x2122334455667788,
		.logical = 0x3122334455667788,
		.len = 0x4122334455667788,
		.extent = 0x5122334455667788,
		.code = ZR_E_CSUM,
		.tree_block = 4,
		.has_csum = 8,
	};
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_finding found;
		struct zr_journal journal;
		const uint8_t *raw;

		begin(&journal, memory);
		assert_int_equal(zr_journal_findings(&journal, 3, &kept, 1, NULL), 0);
		note(&journal, 4);
		raw = record_at(&journal, memory, p ? FIXED_FIRST : 1);
		assert_memory_equal(raw + 32, "ZRJOURNL", 8);
		assert_int_equal(tiny_peek(raw, 44, 4), 4);
		assert_memory_equal(raw + 72, journal.head.run, 16);
		assert_int_equal(tiny_peek(raw, 88, 4), 1);
		assert_int_equal(tiny_peek(raw, 92, 4), 3);
		assert_int_equal(tiny_peek(raw, 96, 4), 0x010103);
		assert_int_equal(tiny_peek(raw, 100, 4), ZR_E_CSUM);
		assert_int_equal(tiny_peek(raw, 104, 8), kept.devid);
		assert_int_equal(tiny_peek(raw, 136, 8), kept.extent);
		open_again(&journal, memory, 4);
		assert_int_equal(zr_journal_replay(&journal, take_one, &found, NULL), 0);
		assert_int_equal(found.kind, kept.kind);
		assert_int_equal(found.devid, kept.devid);
		assert_int_equal(found.physical, kept.physical);
		assert_int_equal(found.logical, kept.logical);
		assert_int_equal(found.len, kept.len);
		assert_int_equal(found.extent, kept.extent);
		assert_int_equal(found.code, kept.code);
		assert_int_equal(found.tree_block, 1);
		assert_int_equal(found.has_csum, 1);
		memory_free(memory);
	}
}

static void test_more_than_a_record(void **state)
{
	static const struct {
		size_t count;
		size_t records;
		const char *text;
	} rows[] = {
		{ 0, 0, "" },
		{ 1, 1, "0:1000-1000 " },
		{ PER_RECORD, 1, "0:1000-1074 " },
		{ PER_RECORD + 1, 2, "0:1000-1075 " },
		{ MANY, 6, "0:1000-1399 " },
	};
	size_t p;
	size_t i;

	(void)state;
	for (p = 0; p < PLACES; p++)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct memory_device *memory = memory_new(places[p], "target");
			struct zr_journal journal;

			begin(&journal, memory);
			memory_forget(memory);
			keep(&journal, 0, 1000, rows[i].count);
			assert_int_equal(memory_count(memory, MEMORY_WRITE), rows[i].records);
			assert_int_equal(memory_count(memory, MEMORY_FLUSH), rows[i].records);
			note(&journal, 1);
			expect_told(memory, 1, rows[i].text);
			memory_free(memory);
		}
}

/* Three runs: what was found in zones that were not noted was found again. */
static void test_findings_of_zones_not_noted_are_void(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal;

		begin(&journal, memory);
		keep(&journal, 0, 100, 2);
		keep(&journal, 1, 200, 1);
		expect_told(memory, 0, "");
		note(&journal, 1);
		expect_told(memory, 1, "0:100-101 ");
		note(&journal, 2);
		keep(&journal, 2, 300, 80);
		go_on(&journal, memory, 2);
		expect_told(memory, 2, "0:100-101 1:200-200 ");
		keep(&journal, 2, 1300, 1);
		note(&journal, 3);
		expect_told(memory, 3, "0:100-101 1:200-200 2:1300-1300 ");
		keep(&journal, 3, 400, 1);
		go_on(&journal, memory, 3);
		keep(&journal, 3, 1400, 1);
		keep(&journal, 4, 500, 1);
		go_on(&journal, memory, 3);
		keep(&journal, 3, 2400, 1);
		note(&journal, 4);
		note(&journal, 9);
		expect_told(memory, 9, "0:100-101 1:200-200 2:1300-1300 3:2400-2400 ");
		memory_free(memory);
	}
}

/* The target lost zones that were noted, so that the second run began before the first one ended.
 */
static void test_run_that_went_back(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal;

		begin(&journal, memory);
		keep(&journal, 1, 100, 1);
		keep(&journal, 5, 500, 1);
		note(&journal, 6);
		go_on(&journal, memory, 6);
		journal.progress.zones = 2;
		assert_int_equal(zr_journal_resumed(&journal, NULL), 0);
		keep(&journal, 5, 1500, 1);
		note(&journal, 7);
		expect_told(memory, 7, "1:100-100 5:1500-1500 ");
		memory_free(memory);
	}
}

static void test_nothing_found_nothing_written(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal;

		begin(&journal, memory);
		note(&journal, 1);
		memory_forget(memory);
		go_on(&journal, memory, 1);
		assert_int_equal(memory_count(memory, MEMORY_WRITE), 0);
		memory_free(memory);
	}
}

static void test_failure_ends_the_replay(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct told told = { .left = 90 };
		struct zr_journal journal;

		begin(&journal, memory);
		keep(&journal, 0, 100, 200);
		note(&journal, 1);
		open_again(&journal, memory, 1);
		assert_int_equal(zr_journal_replay(&journal, take, &told, NULL), -ZR_E_CANCELLED);
		end_of_numbers(&told);
		assert_string_equal(told.text, "0:100-189 ");
		memory_free(memory);
	}
}

/* The second half of the last findings is not there. They are found again, and stand behind. */
static void test_torn_findings(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal;

		begin(&journal, memory);
		keep(&journal, 0, 100, PER_RECORD);
		note(&journal, 1);
		keep(&journal, 1, 200, PER_RECORD);
		memset(record_at(&journal, memory, p ? FIXED_FIRST + 1 : 3) + RECORD / 2, 0,
		       RECORD / 2);
		expect_told(memory, 1, "0:100-174 ");
		go_on(&journal, memory, 1);
		keep(&journal, 1, 1200, PER_RECORD);
		note(&journal, 2);
		expect_told(memory, 2, "0:100-174 1:1200-1274 ");
		memory_free(memory);
	}
}

/* The write pointer stands inside a record: nothing can follow it. */
static void test_write_pointer_inside_a_record(void **state)
{
	struct memory_device *memory = memory_new(&sequential, "target");
	struct zr_journal journal;

	(void)state;
	begin(&journal, memory);
	keep(&journal, 0, 100, 1);
	note(&journal, 1);
	memory_set_zone(memory, 1, ZR_COND_CLOSED, 3 * RECORD + 512);
	memory_forget(memory);
	go_on(&journal, memory, 1);
	assert_true(zr_journal_is_full(&journal));
	keep(&journal, 1, 200, 1);
	note(&journal, 2);
	assert_int_equal(memory_count(memory, MEMORY_WRITE), 0);
	expect_told(memory, 1, "0:100-100 ");
	memory_free(memory);
}

/* Records of an older run lie in the fixed place, more of them than this run has made. */
static void test_older_run(void **state)
{
	size_t p;

	(void)state;
	for (p = 1; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal;

		begin(&journal, memory);
		keep(&journal, 0, 100, MANY);
		note(&journal, 1);
		go_on(&journal, memory, 1);
		begin(&journal, memory);
		expect_told(memory, 0, "");
		keep(&journal, 0, 1000, 1);
		note(&journal, 1);
		expect_told(memory, 1, "0:1000-1000 ");
		open_again(&journal, memory, 1);
		assert_int_equal(journal.next_finding, FIXED_FIRST + 1);
		memory_free(memory);
	}
}

/* What a full journal does: progress stays as it was, whatever comes, and in later runs as well. */
static void expect_full(struct zr_journal *journal, struct memory_device *memory, uint32_t zones,
			const char *text)
{
	assert_true(zr_journal_is_full(journal));
	memory_forget(memory);
	keep(journal, zones, 9000, 1);
	note(journal, zones + 1);
	assert_int_equal(memory_count(memory, MEMORY_WRITE), 0);
	assert_int_equal(memory_count(memory, MEMORY_FLUSH), 1);
	assert_int_equal(journal->progress.zones, zones);
	expect_told(memory, zones, text);
	go_on(journal, memory, zones);
	assert_true(zr_journal_is_full(journal));
	note(journal, zones + 2);
	assert_int_equal(memory_count(memory, MEMORY_WRITE), 0);
	expect_told(memory, zones, text);
}

/* 16 records, of which the last stays free: of those found last only a part has room. */
static void test_full_zone(void **state)
{
	const struct memory_options small = { .zones = 4, .cap = 16 * RECORD };
	struct memory_device *memory = memory_new(&small, "target");
	struct zr_journal journal;
	uint32_t i;

	(void)state;
	begin(&journal, memory);
	for (i = 0; i < 6; i++) {
		keep(&journal, i, 100 * i, 1);
		note(&journal, i + 1);
	}
	note(&journal, 6);
	assert_false(zr_journal_is_full(&journal));
	keep(&journal, 6, 600, 2 * PER_RECORD);
	expect_full(&journal, memory, 6,
		    "0:0-0 1:100-100 2:200-200 3:300-300 4:400-400 5:500-500 ");
	assert_int_not_equal(memory->zones[1].cond, ZR_COND_FULL);
	memory_free(memory);
}

/* In the fixed place notes go on while the last findings had room. */
static void test_full_fixed_place(void **state)
{
	const uint64_t room = FIXED_SLOTS - FIXED_FIRST;
	size_t p;

	(void)state;
	for (p = 1; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal;
		uint64_t i;

		begin(&journal, memory);
		for (i = 0; i < room - 1; i++)
			keep(&journal, 0, 100 + i, 1);
		note(&journal, 1);
		keep(&journal, 1, 1000, PER_RECORD);
		assert_false(zr_journal_is_full(&journal));
		note(&journal, 2);
		expect_told(memory, 2, "0:100-354 1:1000-1074 ");
		keep(&journal, 2, 2000, 1);
		expect_full(&journal, memory, 2, "0:100-354 1:1000-1074 ");
		for (i = 0; i < memory->log_count; i++)
			assert_true(memory->log[i].kind != MEMORY_WRITE);
		memory_free(memory);
	}
}

/* Of two records one has room: the zone is not noted, and none of its findings is told. */
static void test_half_of_the_findings_has_room(void **state)
{
	const uint64_t room = FIXED_SLOTS - FIXED_FIRST;
	size_t p;

	(void)state;
	for (p = 1; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal;
		uint64_t i;

		begin(&journal, memory);
		for (i = 0; i < room - 1; i++)
			keep(&journal, 0, 100 + i, 1);
		note(&journal, 1);
		keep(&journal, 1, 1000, PER_RECORD + 1);
		expect_full(&journal, memory, 1, "0:100-354 ");
		memory_free(memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_and_fields),
		cmocka_unit_test(test_more_than_a_record),
		cmocka_unit_test(test_findings_of_zones_not_noted_are_void),
		cmocka_unit_test(test_run_that_went_back),
		cmocka_unit_test(test_nothing_found_nothing_written),
		cmocka_unit_test(test_failure_ends_the_replay),
		cmocka_unit_test(test_torn_findings),
		cmocka_unit_test(test_write_pointer_inside_a_record),
		cmocka_unit_test(test_older_run),
		cmocka_unit_test(test_full_zone),
		cmocka_unit_test(test_full_fixed_place),
		cmocka_unit_test(test_half_of_the_findings_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
