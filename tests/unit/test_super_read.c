// SPDX-License-Identifier: GPL-2.0-or-later
/* Which superblock is the current one, with real bytes in the log zones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "memory_device.h"
#include "super_read.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE
#define CAP (ZONE - 5000) /* the last slot does not end at the capacity */
#define LAST_SLOT (CAP - CAP % 4096 - 4096)
#define PRIMARY (64ULL << 10)

static struct memory_device *make_device(void)
{
	const struct memory_options options = { .zones = 8, .cap = CAP, .source = true };

	return memory_new(&options, "source");
}

static void put_super(struct memory_device *memory, uint64_t physical, uint64_t generation)
{
	struct tiny_fs *fs = tiny_new(NULL);

	/* The trees would have to be of the generation as well; nobody looks at them here. */
	tiny_poke(fs->super, 0xa4, 8, 1);
	tiny_super_copy(fs, generation, PRIMARY, memory->bytes + physical);
	tiny_free(fs);
}

/* Entries from the start of a zone, each with its generation, and the zone closed behind them. */
static void put_entries(struct memory_device *memory, uint32_t zone_no, unsigned int count,
			uint64_t generation)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		put_super(memory, zone_no * ZONE + i * 4096, generation + i);
	memory_set_zone(memory, zone_no, ZR_COND_CLOSED, count * 4096);
}

/* A zone that was written up to its end: only the last slot matters. */
static void put_full(struct memory_device *memory, uint32_t zone_no, uint64_t generation)
{
	put_super(memory, zone_no * ZONE, 1);
	put_super(memory, zone_no * ZONE + LAST_SLOT, generation);
	memory_set_zone(memory, zone_no, ZR_COND_FULL, 0);
}

static void expect_found(struct memory_device *memory, uint64_t physical, uint64_t generation)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	uint64_t found = 0;

	assert_int_equal(zr_super_read(&memory->dev, &super, &found, &err), 0);
	assert_int_equal(found, physical);
	assert_int_equal(super.generation, generation);
	memory_free(memory);
}

static void expect_error(struct memory_device *memory, int code)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	uint64_t found;

	assert_int_equal(zr_super_read(&memory->dev, &super, &found, &err), -code);
	assert_int_equal(err.code, code);
	memory_free(memory);
}

static void test_newest_entry_of_first_zone(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_entries(memory, 0, 5, 10);
	expect_found(memory, 4 * 4096, 14);
}

static void test_entry_behind_the_pointer_is_not_read(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_entries(memory, 0, 5, 10);
	memory_set_zone(memory, 0, ZR_COND_IMP_OPEN, 2 * 4096);
	expect_found(memory, 4096, 11);
}

static void test_first_zone_full_second_empty(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_full(memory, 0, 30);
	expect_found(memory, LAST_SLOT, 30);
}

static void test_log_went_on_in_second_zone(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_full(memory, 0, 30);
	put_entries(memory, 1, 3, 31);
	expect_found(memory, ZONE + 2 * 4096, 33);
}

static void test_wrapped_log(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_entries(memory, 0, 2, 61);
	put_full(memory, 1, 60);
	expect_found(memory, 4096, 62);
}

/* Wrapped, and the first zone was just reset. */
static void test_first_zone_empty_second_full(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_full(memory, 1, 60);
	expect_found(memory, ZONE + LAST_SLOT, 60);
}

static void test_two_full_zones(void **state)
{
	static const struct {
		uint64_t first;
		uint64_t second;
		uint64_t physical;
	} rows[] = {
		{ 70, 71, ZONE + LAST_SLOT },
		{ 71, 70, LAST_SLOT },
		{ 70, 70, ZONE + LAST_SLOT },
		{ 256, 255, LAST_SLOT }, /* their first bytes compare the other way round */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct memory_device *memory = make_device();

		put_full(memory, 0, rows[i].first);
		put_full(memory, 1, rows[i].second);
		expect_found(memory, rows[i].physical,
			     rows[i].first > rows[i].second ? rows[i].first : rows[i].second);
	}
}

/* A slot decides by what it says of itself, as in the kernel; only one without magic does not
 * count. */
static void test_bad_slot_of_two_full_zones(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_full(memory, 0, 80);
	put_full(memory, 1, 80);
	memory->bytes[ZONE + LAST_SLOT + 1000] ^= 1;
	expect_error(memory, ZR_E_CSUM);

	memory = make_device();
	put_full(memory, 0, 90);
	put_full(memory, 1, 80);
	memset(memory->bytes + ZONE + LAST_SLOT, 0, 4096);
	expect_found(memory, LAST_SLOT, 90);
}

static void test_two_bad_slots(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_full(memory, 0, 80);
	put_full(memory, 1, 81);
	memory->bytes[LAST_SLOT + 1000] ^= 1;
	memory->bytes[ZONE + LAST_SLOT + 1000] ^= 1;
	expect_error(memory, ZR_E_CSUM);
}

/* Zones that are full by their pointer, not by their condition. */
static void test_no_room_is_full(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_full(memory, 0, 90);
	put_full(memory, 1, 91);
	memory_set_zone(memory, 0, ZR_COND_CLOSED, LAST_SLOT + 4096);
	memory_set_zone(memory, 1, ZR_COND_CLOSED, LAST_SLOT + 4096);
	expect_found(memory, ZONE + LAST_SLOT, 91);
}

/* A crash tore the last entry: the one before it is whole. */
static void test_torn_last_entry(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	put_entries(memory, 0, 4, 10);
	memory_set_zone(memory, 0, ZR_COND_CLOSED, 3 * 4096 + 512);
	expect_found(memory, 2 * 4096, 12);
}

static void test_torn_first_entry(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	memory_set_zone(memory, 0, ZR_COND_CLOSED, 512);
	expect_error(memory, ZR_E_SBLOG);
}

/* Older entries are no substitute: a kernel would not take them either. */
static void test_bad_newest_entry(void **state)
{
	struct memory_device *memory = make_device();
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	uint64_t physical;

	(void)state;
	put_entries(memory, 0, 3, 10);
	memory->bytes[2 * 4096 + 0x200] ^= 1;
	assert_int_equal(zr_super_read(&memory->dev, &super, &physical, &err), -ZR_E_CSUM);
	assert_int_equal(err.physical, 2 * 4096);
	memory_free(memory);
}

static void test_entry_of_another_mirror(void **state)
{
	struct memory_device *memory = make_device();
	struct tiny_fs *fs = tiny_new(NULL);

	(void)state;
	tiny_super_copy(fs, TINY_GENERATION, 64ULL << 20, memory->bytes);
	tiny_free(fs);
	memory_set_zone(memory, 0, ZR_COND_CLOSED, 4096);
	expect_error(memory, ZR_E_OFFSET);
}

static void test_empty_log(void **state)
{
	(void)state;
	expect_error(make_device(), ZR_E_NOT_BTRFS);
}

static void test_other_content_in_the_log(void **state)
{
	struct memory_device *memory = make_device();

	(void)state;
	memory_set_zone(memory, 0, ZR_COND_CLOSED, 4096);
	expect_error(memory, ZR_E_NOT_BTRFS);
}

static void test_contradicting_zones(void **state)
{
	static const struct {
		enum zr_zone_cond first;
		enum zr_zone_cond second;
	} rows[] = {
		{ ZR_COND_CLOSED, ZR_COND_CLOSED },  { ZR_COND_CLOSED, ZR_COND_EXP_OPEN },
		{ ZR_COND_EMPTY, ZR_COND_IMP_OPEN }, { ZR_COND_OFFLINE, ZR_COND_EMPTY },
		{ ZR_COND_CLOSED, ZR_COND_OFFLINE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct memory_device *memory = make_device();

		put_entries(memory, 0, 2, 10);
		put_entries(memory, 1, 2, 20);
		memory_set_zone(memory, 0, rows[i].first, 2 * 4096);
		memory_set_zone(memory, 1, rows[i].second, 2 * 4096);
		expect_error(memory, ZR_E_SBLOG);
	}
}

static void test_conventional_pair_has_one_place(void **state)
{
	const struct memory_options options = { .zones = 8, .conventional = 2, .source = true };
	struct memory_device *memory = memory_new(&options, "source");

	(void)state;
	put_super(memory, 0, 50);
	put_super(memory, 4096, 51);
	put_super(memory, ZONE, 52);
	put_super(memory, PRIMARY, 53);
	expect_found(memory, 0, 50);
}

static void test_regular_device(void **state)
{
	const struct memory_options options = { .zones = 8, .regular = true, .source = true };
	struct memory_device *memory = memory_new(&options, "source");

	(void)state;
	put_super(memory, 0, 50);
	put_super(memory, PRIMARY, 51);
	expect_found(memory, PRIMARY, 51);
}

static void test_devices_that_are_too_short(void **state)
{
	const struct memory_options regular = { .zones = 1, .regular = true, .source = true };
	const struct memory_options zoned = { .zones = 1, .source = true };
	struct memory_device *memory = memory_new(&regular, "source");

	(void)state;
	/* One block less than the superblock needs; unmapping goes by the size. */
	memory->dev.geo.size = PRIMARY + 4096 - 512;
	expect_error(memory, ZR_E_SHORT);
	expect_error(memory_new(&zoned, "source"), ZR_E_SHORT);
}

static void test_failures_are_passed_on(void **state)
{
	static const int codes[] = { ZR_E_SOURCE_ZONES, ZR_E_SOURCE_READ, ZR_E_SOURCE_READ,
				     ZR_E_SOURCE_READ };
	size_t n;

	(void)state;
	for (n = 0; n < 4; n++) {
		struct memory_device *memory = make_device();
		struct memory_fault fault = { .fail_at = n + 1 };

		put_full(memory, 0, 80);
		put_full(memory, 1, 81);
		memory->fault = &fault;
		expect_error(memory, codes[n]);
		assert_int_equal(fault.count, n + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newest_entry_of_first_zone),
		cmocka_unit_test(test_entry_behind_the_pointer_is_not_read),
		cmocka_unit_test(test_first_zone_full_second_empty),
		cmocka_unit_test(test_log_went_on_in_second_zone),
		cmocka_unit_test(test_wrapped_log),
		cmocka_unit_test(test_first_zone_empty_second_full),
		cmocka_unit_test(test_two_full_zones),
		cmocka_unit_test(test_bad_slot_of_two_full_zones),
		cmocka_unit_test(test_two_bad_slots),
		cmocka_unit_test(test_no_room_is_full),
		cmocka_unit_test(test_torn_last_entry),
		cmocka_unit_test(test_torn_first_entry),
		cmocka_unit_test(test_bad_newest_entry),
		cmocka_unit_test(test_entry_of_another_mirror),
		cmocka_unit_test(test_empty_log),
		cmocka_unit_test(test_other_content_in_the_log),
		cmocka_unit_test(test_contradicting_zones),
		cmocka_unit_test(test_conventional_pair_has_one_place),
		cmocka_unit_test(test_regular_device),
		cmocka_unit_test(test_devices_that_are_too_short),
		cmocka_unit_test(test_failures_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
