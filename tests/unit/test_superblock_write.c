// SPDX-License-Identifier: GPL-2.0-or-later
/* Superblock copies on a target: where they are, what they say, and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "csum.h"
#include "memory_device.h"
#include "sblog.h"
#include "super_read.h"
#include "superblock.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE
#define PRIMARY (64ULL << 10)
#define SECOND (64ULL << 20)

static struct memory_device *make_device(uint32_t conventional, bool regular)
{
	const struct memory_options options = {
		.zones = 20,
		.conventional = conventional,
		.regular = regular,
	};

	return memory_new(&options, "target");
}

static void make_super(uint8_t raw[4096])
{
	struct tiny_fs *fs = tiny_new(NULL);

	tiny_super_copy(fs, TINY_GENERATION, PRIMARY, raw);
	tiny_free(fs);
}

/* Every byte but checksum and bytenr is the source's, and the checksum fits. */
static void expect_copy(const uint8_t *found, const uint8_t raw[4096], uint64_t bytenr)
{
	assert_int_equal(tiny_peek(found, 0x30, 8), bytenr);
	assert_true(zr_csum_matches(ZR_CSUM_CRC32C, found + 32, 4096 - 32, found));
	assert_memory_equal(found + 0x20, raw + 0x20, 16);
	assert_memory_equal(found + 0x38, raw + 0x38, 4096 - 0x38);
}

static void test_log_zone_gets_one_entry(void **state)
{
	struct memory_device *memory = make_device(0, false);
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t raw[4096];

	(void)state;
	make_super(raw);
	assert_int_equal(zr_superblock_write(&memory->dev, raw, 0, PRIMARY, true, &err), 0);
	expect_copy(memory->bytes, raw, PRIMARY);
	assert_int_equal(memory_count(memory, MEMORY_WRITE), 1);
	assert_int_equal(memory->zones[0].wp, 4096);
	assert_int_equal(memory->zones[0].cond, ZR_COND_CLOSED);
	assert_int_equal(memory->zones[1].cond, ZR_COND_EMPTY);
	assert_int_equal(memory_count(memory, MEMORY_FINISH), 0);
	assert_int_equal(memory_count(memory, MEMORY_RESET), 0);
	assert_int_equal(zr_sblog_state(memory->zones), ZR_SBLOG_FIRST);
	memory_free(memory);
}

static void test_other_mirror_says_its_own_bytenr(void **state)
{
	struct memory_device *memory = make_device(0, false);
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t raw[4096];

	(void)state;
	make_super(raw);
	assert_int_equal(zr_superblock_write(&memory->dev, raw, 7 * ZONE, SECOND, true, &err), 0);
	expect_copy(memory->bytes + 7 * ZONE, raw, SECOND);
	assert_int_equal(memory->zones[0].cond, ZR_COND_EMPTY);
	assert_int_equal(tiny_peek(raw, 0x30, 8), PRIMARY);
	memory_free(memory);
}

static void test_log_zone_must_be_empty(void **state)
{
	struct memory_device *memory = make_device(0, false);
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t raw[4096];

	(void)state;
	make_super(raw);
	memory_set_zone(memory, 0, ZR_COND_CLOSED, 4096);
	assert_int_equal(zr_superblock_write(&memory->dev, raw, 0, PRIMARY, true, &err),
			 -ZR_E_ZONE_MISMATCH);
	assert_int_equal(memory_count(memory, MEMORY_WRITE), 0);
	memory_free(memory);
}

static void test_lost_entry_is_noticed(void **state)
{
	struct memory_device *memory = make_device(0, false);
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t raw[4096];

	(void)state;
	make_super(raw);
	memory->drop_writes = true;
	/* The zone is still empty, so that it cannot be closed either. */
	assert_true(zr_superblock_write(&memory->dev, raw, 0, PRIMARY, true, &err) < 0);
	memory_free(memory);
}

static void test_fixed_places_are_overwritten(void **state)
{
	static const struct {
		uint32_t conventional;
		bool regular;
		uint64_t physical;
		uint64_t bytenr;
	} rows[] = {
		{ 2, false, 0, PRIMARY },
		{ 0, true, PRIMARY, PRIMARY },
		{ 0, true, SECOND, SECOND },
	};
	uint8_t raw[4096];
	size_t i;

	(void)state;
	make_super(raw);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct memory_device *memory = make_device(rows[i].conventional, rows[i].regular);
		struct zr_error err = ZR_ERROR_INIT;
		uint8_t *place = memory->bytes + rows[i].physical;

		memset(place - !!rows[i].physical, 0x11, 4096 + 1 + !!rows[i].physical);
		assert_int_equal(zr_superblock_write(&memory->dev, raw, rows[i].physical,
						     rows[i].bytenr, false, &err),
				 0);
		expect_copy(place, raw, rows[i].bytenr);
		assert_int_equal(place[4096], 0x11);
		assert_int_equal(memory->log_count, 1);
		memory_free(memory);
	}
}

/* Each operation fails in turn; the caller always learns of it. */
static void test_failures_are_passed_on(void **state)
{
	static const int codes[] = { ZR_E_TARGET_ZONES, ZR_E_TARGET_WRITE, ZR_E_TARGET_ZONES,
				     ZR_E_TARGET_ZONES };
	uint8_t raw[4096];
	size_t n;

	(void)state;
	make_super(raw);
	for (n = 0; n < 4; n++) {
		struct memory_device *memory = make_device(0, false);
		struct memory_fault fault = { .fail_at = n + 1 };
		struct zr_error err = ZR_ERROR_INIT;

		memory->fault = &fault;
		assert_int_equal(zr_superblock_write(&memory->dev, raw, 0, PRIMARY, true, &err),
				 -codes[n]);
		assert_int_equal(fault.count, n + 1);
		memory_free(memory);
	}
}

static void test_written_copy_is_found(void **state)
{
	struct memory_device *memory = make_device(0, false);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	uint64_t physical;
	uint8_t raw[4096];

	(void)state;
	make_super(raw);
	assert_int_equal(zr_superblock_write(&memory->dev, raw, 0, PRIMARY, true, &err), 0);
	assert_int_equal(zr_super_read(&memory->dev, &super, &physical, &err), 0);
	assert_int_equal(physical, 0);
	assert_int_equal(super.generation, TINY_GENERATION);
	memory_free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_zone_gets_one_entry),
		cmocka_unit_test(test_other_mirror_says_its_own_bytenr),
		cmocka_unit_test(test_log_zone_must_be_empty),
		cmocka_unit_test(test_lost_entry_is_noticed),
		cmocka_unit_test(test_fixed_places_are_overwritten),
		cmocka_unit_test(test_failures_are_passed_on),
		cmocka_unit_test(test_written_copy_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
