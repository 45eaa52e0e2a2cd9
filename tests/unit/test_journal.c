// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal of an unfinished run: what is on the device, and what is found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "csum.h"
#include "journal.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE
#define FIXED_PLACE (1ULL << 20)
#define RECORD 4096

static const struct memory_options sequential = { .zones = 4 };
static const struct memory_options conventional = { .zones = 4, .conventional = 1 };
static const struct memory_options regular = { .zones = 4, .regular = true };
static const struct memory_options *const places[] = { &sequential, &conventional, &regular };

#define PLACES (sizeof(places) / sizeof(places[0]))

static uint64_t start_of(const struct memory_device *memory)
{
	return zr_zone_is_sequential(&memory->zones[0]) ? ZONE : FIXED_PLACE;
}

static uint8_t *record_at(const struct memory_device *memory, uint64_t slot)
{
	return memory->bytes + start_of(memory) + slot * RECORD;
}

static struct zr_journal_head make_head(void)
{
	struct zr_journal_head head = {
		.devid = 0x1122334455667788,
		.generation = 4711,
		.target_bytes = 4 * ZONE,
		.zones = 100000,
		.source = "/dev/source",
		.target_model = "model",
		.version = "1.2.3",
	};

	memset(head.fsid, 0x11, sizeof(head.fsid));
	memset(head.dev_uuid, 0x22, sizeof(head.dev_uuid));
	memset(head.super, 0x33, sizeof(head.super));
	memset(head.plan, 0x44, sizeof(head.plan));
	return head;
}

static struct zr_journal begin(struct memory_device *memory)
{
	const struct zr_journal_head head = make_head();
	struct zr_journal journal;

	assert_int_equal(zr_journal_begin(&journal, &memory->dev, &head, NULL), 0);
	return journal;
}

static void note(struct zr_journal *journal, uint32_t zones)
{
	const struct zr_journal_progress progress = {
		.zones = zones,
		.copied = zones * 10ULL,
		.filled = zones * 20ULL,
		.read.metadata = zones * 30ULL,
		.read.verified = zones * 40ULL,
		.read.unverified = zones * 50ULL,
		.read.repaired = zones * 60ULL,
	};

	assert_int_equal(zr_journal_note(journal, &progress, NULL), 0);
}

static void expect_zones(struct memory_device *memory, uint32_t zones)
{
	struct zr_journal journal;

	assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
	assert_int_equal(journal.progress.zones, zones);
	assert_int_equal(journal.progress.copied, zones * 10ULL);
	assert_int_equal(journal.progress.filled, zones * 20ULL);
	assert_int_equal(journal.progress.read.metadata, zones * 30ULL);
	assert_int_equal(journal.progress.read.verified, zones * 40ULL);
	assert_int_equal(journal.progress.read.unverified, zones * 50ULL);
	assert_int_equal(journal.progress.read.repaired, zones * 60ULL);
}

static void expect_none(struct memory_device *memory)
{
	struct zr_journal journal;

	assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 1);
}

static void expect_condition(struct memory_device *memory, enum zr_journal_condition condition)
{
	struct zr_journal journal;

	assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
	assert_int_equal(journal.condition, condition);
	assert_int_equal(zr_journal_require_whole(&journal, NULL),
			 condition == ZR_JOURNAL_WHOLE ? 0 : -ZR_E_JOURNAL);
	assert_int_equal(journal.start, start_of(memory));
}

/* At a fixed place nothing but the magic says whose the bytes are. */
static void expect_damaged(struct memory_device *memory, size_t byte)
{
	bool in_magic = byte >= 32 && byte < 40;

	if (in_magic && !zr_zone_is_sequential(&memory->zones[0]))
		expect_none(memory);
	else
		expect_condition(memory, ZR_JOURNAL_DAMAGED);
}

static void expect_record(const uint8_t *raw, uint64_t kind, uint64_t sequence)
{
	static const uint8_t zeroes[16];
	uint8_t csum[32];

	assert_memory_equal(raw + 32, "ZRJOURNL", 8);
	assert_int_equal(tiny_peek(raw, 40, 4), 1);
	assert_int_equal(tiny_peek(raw, 44, 4), kind);
	assert_int_equal(tiny_peek(raw, 48, 8), sequence);
	assert_memory_equal(raw + 56, zeroes, 16);
	zr_csum(ZR_CSUM_BLAKE2B, raw + 32, RECORD - 32, csum);
	assert_memory_equal(raw, csum, 32);
}

static void test_layout(void **state)
{
	const struct zr_journal_head head = make_head();
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal = begin(memory);
		const uint8_t *raw = record_at(memory, 0);

		expect_record(raw, 1, 0);
		assert_memory_equal(raw + 72, journal.head.run, 16);
		assert_memory_equal(raw + 88, head.fsid, 16);
		assert_memory_equal(raw + 104, head.dev_uuid, 16);
		assert_int_equal(tiny_peek(raw, 120, 8), head.devid);
		assert_int_equal(tiny_peek(raw, 128, 8), head.generation);
		assert_memory_equal(raw + 136, head.super, 32);
		assert_memory_equal(raw + 168, head.plan, 32);
		assert_int_equal(tiny_peek(raw, 200, 8), head.target_bytes);
		assert_int_equal(tiny_peek(raw, 208, 4), head.zones);
		assert_string_equal((const char *)raw + 212, "/dev/source");
		assert_string_equal((const char *)raw + 468, "model");
		assert_string_equal((const char *)raw + 724, "1.2.3");
		note(&journal, 7);
		raw = record_at(memory, 1);
		expect_record(raw, 2, 1);
		assert_memory_equal(raw + 72, journal.head.run, 16);
		assert_int_equal(tiny_peek(raw, 88, 4), 7);
		assert_int_equal(tiny_peek(raw, 92, 8), 70);
		assert_int_equal(tiny_peek(raw, 100, 8), 140);
		assert_int_equal(tiny_peek(raw, 132, 8), 420);
		memory_free(memory);
	}
}

static void test_round_trip(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal = begin(memory);
		struct zr_journal found;
		uint32_t i;

		expect_zones(memory, 0);
		for (i = 1; i < 20; i++) {
			note(&journal, i);
			expect_zones(memory, i);
		}
		assert_int_equal(zr_journal_find(&found, &memory->dev, NULL), 0);
		assert_memory_equal(&found.head, &journal.head, sizeof(found.head));
		assert_int_equal(found.sequence, journal.sequence);
		assert_int_equal(found.start, start_of(memory));
		assert_int_equal(zr_journal_zone(&found), p == 0);
		note(&found, 20);
		expect_zones(memory, 20);
		assert_int_equal(zr_journal_end(&found, NULL), 0);
		assert_int_equal(memory->log[memory->log_count - 1].kind, MEMORY_FLUSH);
		expect_none(memory);
		memory_free(memory);
	}
}

static void test_no_journal(void **state)
{
	static uint8_t raw[RECORD];
	struct tiny_fs *fs = tiny_new(NULL);
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");

		expect_none(memory);
		memset(raw, 0xa5, sizeof(raw));
		memory_place(memory, start_of(memory), raw, sizeof(raw));
		expect_none(memory);
		tiny_super_copy(fs, TINY_GENERATION, FIXED_PLACE, raw);
		memory_place(memory, start_of(memory), raw, sizeof(raw));
		expect_none(memory);
		memory_free(memory);
	}
	tiny_free(fs);
}

static void test_every_byte_counts(void **state)
{
	size_t p;
	size_t i;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal = begin(memory);

		note(&journal, 1);
		note(&journal, 2);
		for (i = 0; i < RECORD; i += i < 800 ? 1 : 97) {
			record_at(memory, 0)[i] ^= 1;
			expect_damaged(memory, i);
			record_at(memory, 0)[i] ^= 1;
			record_at(memory, 2)[i] ^= 1;
			expect_zones(memory, 1);
			record_at(memory, 2)[i] ^= 1;
		}
		expect_zones(memory, 2);
		memory_free(memory);
	}
}

static void seal(uint8_t *raw)
{
	zr_csum(ZR_CSUM_BLAKE2B, raw + 32, RECORD - 32, raw);
}

/* A version is believed only of a record that is whole. */
static void test_other_version(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal = begin(memory);
		struct zr_error err = ZR_ERROR_INIT;

		note(&journal, 1);
		record_at(memory, 0)[40] = 2;
		expect_condition(memory, ZR_JOURNAL_DAMAGED);
		seal(record_at(memory, 0));
		expect_condition(memory, ZR_JOURNAL_OTHER_VERSION);
		assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
		assert_int_equal(zr_journal_require_whole(&journal, &err), -ZR_E_JOURNAL);
		assert_non_null(strstr(err.text, "another version, found format 2 expected 1"));
		assert_int_equal(journal.progress.zones, 0);
		assert_int_equal(zr_journal_end(&journal, NULL), 0);
		expect_none(memory);
		memory_free(memory);
	}
}

/* What is left of a journal that nobody can go on with can be removed. */
static void test_lost_head(void **state)
{
	struct memory_device *memory = memory_new(&sequential, "target");
	struct zr_journal journal = begin(memory);

	(void)state;
	memset(record_at(memory, 0), 0, RECORD);
	expect_none(memory);
	note(&journal, 1);
	expect_condition(memory, ZR_JOURNAL_DAMAGED);
	assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
	assert_int_equal(zr_journal_end(&journal, NULL), 0);
	expect_none(memory);
	memory_free(memory);
}

/* The record before counts, and the next one goes behind the torn one. */
static void test_torn_record(void **state)
{
	size_t p;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal = begin(memory);

		note(&journal, 1);
		note(&journal, 2);
		memset(record_at(memory, 2) + 100, 0xff, RECORD - 100);
		assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
		assert_int_equal(journal.progress.zones, 1);
		note(&journal, 3);
		expect_zones(memory, 3);
		assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
		note(&journal, 4);
		expect_zones(memory, 4);
		memory_free(memory);
	}
}

static void test_older_run(void **state)
{
	size_t p;

	(void)state;
	for (p = 1; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal older = begin(memory);
		struct zr_journal journal;
		uint32_t i;

		for (i = 1; i <= 9; i++)
			note(&older, i);
		journal = begin(memory);
		assert_memory_not_equal(older.head.run, journal.head.run, 16);
		expect_zones(memory, 0);
		note(&journal, 3);
		expect_zones(memory, 3);
		memory_free(memory);
	}
}

static void test_ring(void **state)
{
	size_t p;

	(void)state;
	for (p = 1; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal = begin(memory);
		uint32_t i;

		assert_int_equal(zr_journal_interval(&journal), 1);
		for (i = 1; i <= 3 * 512 + 5; i++) {
			note(&journal, i);
			if (i % 511 < 3 || i % 511 > 508)
				expect_zones(memory, i);
		}
		assert_int_equal(journal.slots, 512);
		for (i = 0; i < memory->log_count; i++)
			if (memory->log[i].kind == MEMORY_WRITE)
				assert_in_range(memory->log[i].physical, FIXED_PLACE,
						FIXED_PLACE + 511 * RECORD);
		assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
		note(&journal, 9999);
		expect_zones(memory, 9999);
		memory_free(memory);
	}
}

static void test_full_zone(void **state)
{
	const struct memory_options small = { .zones = 4, .cap = 16 * RECORD };
	struct memory_device *memory = memory_new(&small, "target");
	struct zr_journal journal = begin(memory);
	uint32_t i;

	(void)state;
	assert_int_equal(journal.slots, 16);
	for (i = 1; i <= 14; i++)
		note(&journal, i);
	assert_int_equal(memory->zones[1].wp, memory->zones[1].start + 15 * RECORD);
	assert_int_not_equal(memory->zones[1].cond, ZR_COND_FULL);
	memory_forget(memory);
	note(&journal, 15);
	assert_int_equal(memory->log_count, 1);
	assert_int_equal(memory->log[0].kind, MEMORY_FLUSH);
	expect_zones(memory, 14);
	assert_int_equal(zr_journal_find(&journal, &memory->dev, NULL), 0);
	note(&journal, 17);
	expect_zones(memory, 14);
	assert_int_equal(zr_journal_end(&journal, NULL), 0);
	expect_none(memory);
	memory_free(memory);
}

/* Half of the records are for the first run. */
static void test_interval(void **state)
{
	static const uint32_t zones[] = { 1, 7, 8, 14, 15, 70, 71 };
	static const uint32_t expected[] = { 1, 1, 2, 2, 3, 10, 11 };
	struct zr_journal journal = { .slots = 15 + 1, .sequential = true };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		journal.head.zones = zones[i];
		assert_int_equal(zr_journal_interval(&journal), expected[i]);
	}
}

static void test_order_of_flushes(void **state)
{
	static const enum memory_kind kinds[] = { MEMORY_FLUSH, MEMORY_WRITE, MEMORY_FLUSH };
	size_t p;
	size_t i;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct memory_device *memory = memory_new(places[p], "target");
		struct zr_journal journal = begin(memory);
		const struct zr_journal_progress progress = { .zones = 1 };
		struct memory_fault fault = { .fail_at = 1 };

		assert_int_equal(memory->log[memory->log_count - 1].kind, MEMORY_FLUSH);
		memory_forget(memory);
		memory->fault = &fault;
		assert_int_equal(zr_journal_note(&journal, &progress, NULL), -ZR_E_TARGET_FLUSH);
		assert_int_equal(memory->log_count, 1);
		memory->fault = NULL;
		expect_zones(memory, 0);
		memory_forget(memory);
		note(&journal, 1);
		assert_int_equal(memory->log_count, 3);
		for (i = 0; i < 3; i++)
			assert_int_equal(memory->log[i].kind, kinds[i]);
		memory_free(memory);
	}
}

static void test_too_small(void **state)
{
	const struct memory_options one = { .zones = 1 };
	const struct zr_journal_head head = make_head();
	struct memory_device *memory = memory_new(&one, "target");
	struct memory_device *file = memory_new(&regular, "target");
	struct zr_journal journal;

	(void)state;
	expect_none(memory);
	assert_int_equal(zr_journal_begin(&journal, &memory->dev, &head, NULL), -ZR_E_TOO_SMALL);
	file->dev.geo.size = FIXED_PLACE + 511 * RECORD;
	expect_none(file);
	assert_int_equal(zr_journal_begin(&journal, &file->dev, &head, NULL), -ZR_E_TOO_SMALL);
	assert_int_equal(memory_count(memory, MEMORY_WRITE) + memory_count(file, MEMORY_WRITE), 0);
	file->dev.geo.size += RECORD;
	begin(file);
	memory_free(file);
	memory_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),	    cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_no_journal),  cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_torn_record), cmocka_unit_test(test_older_run),
		cmocka_unit_test(test_ring),	    cmocka_unit_test(test_full_zone),
		cmocka_unit_test(test_interval),    cmocka_unit_test(test_order_of_flushes),
		cmocka_unit_test(test_too_small),   cmocka_unit_test(test_other_version),
		cmocka_unit_test(test_lost_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
