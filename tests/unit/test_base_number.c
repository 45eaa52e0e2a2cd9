// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Little-endian integers and arithmetic on ranges that does not wrap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "le.h"
#include "range.h"

#define U64 0xffffffffffffffffULL

static void integers_are_bytes_without_alignment(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct le16), 2);
	assert_int_equal(sizeof(struct le32), 4);
	assert_int_equal(sizeof(struct le64), 8);
	assert_int_equal(_Alignof(struct le16), 1);
	assert_int_equal(_Alignof(struct le32), 1);
	assert_int_equal(_Alignof(struct le64), 1);
}

static void least_significant_byte_is_first(void **state)
{
	static const uint8_t bytes[] = { 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8 };
	struct le16 v16;
	struct le32 v32;
	struct le64 v64;

	(void)state;
	memcpy(&v16, bytes, 2);
	memcpy(&v32, bytes, 4);
	memcpy(&v64, bytes, 8);
	assert_int_equal(le16_get(v16), 0x9281);
	assert_int_equal(le32_get(v32), 0xb4a39281);
	assert_true(le64_get(v64) == 0xf8e7d6c5b4a39281);
	v16 = le16_set(0x9281);
	v32 = le32_set(0xb4a39281);
	v64 = le64_set(0xf8e7d6c5b4a39281);
	assert_memory_equal(&v16, bytes, 2);
	assert_memory_equal(&v32, bytes, 4);
	assert_memory_equal(&v64, bytes, 8);
}

static void setting_and_getting_is_the_identity(void **state)
{
	unsigned int bit;
	uint32_t n;

	(void)state;
	for (n = 0; n <= UINT16_MAX; n++)
		assert_int_equal(le16_get(le16_set((uint16_t)n)), n);
	for (bit = 0; bit < 64; bit++) {
		uint64_t one = 1ULL << bit;

		assert_true(le32_get(le32_set((uint32_t)one)) == (uint32_t)one);
		assert_true(le32_get(le32_set(~(uint32_t)one)) == ~(uint32_t)one);
		assert_true(le64_get(le64_set(one)) == one);
		assert_true(le64_get(le64_set(~one)) == ~one);
		assert_true(le64_get(le64_set(one - 1)) == one - 1);
	}
}

static void ranges_fit_below_their_limit(void **state)
{
	static const struct {
		uint64_t start, len, limit;
		bool fits;
	} cases[] = {
		{ 0, 1, 1, true },
		{ 0, 2, 1, false },
		{ 1, 1, 1, false },
		{ 7, 3, 10, true },
		{ 7, 4, 10, false },
		{ 10, 1, 10, false },
		{ 0, 0, 10, false },
		{ 5, 0, 10, false },
		{ 10, 0, 10, false },
		{ 0, 0, 0, false },
		{ 0, U64, U64, true },
		{ 1, U64 - 1, U64, true },
		{ 1, U64, U64, false },
		{ U64, 1, U64, false },
		{ U64, U64, U64, false },
		{ U64 - 8, 9, U64, false },
		{ U64 - 8, 8, U64, true },
		{ U64 - 8, 4096, U64, false },
		{ 4096, U64 - 4095, U64, false },
		{ 0x8000000000000000, 0x8000000000000000, U64, false },
		{ 0x7fffffffffffefff, 4096, 0x7fffffffffffffff, true },
		{ 0x7ffffffffffff000, 4096, 0x7fffffffffffffff, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (zr_range_fits(cases[i].start, cases[i].len, cases[i].limit) != cases[i].fits)
			fail_msg("case %zu: expected %d", i, cases[i].fits);
}

static void powers_of_two_have_one_bit(void **state)
{
	unsigned int bit;

	(void)state;
	assert_false(zr_is_power_of_two(0));
	assert_false(zr_is_power_of_two(U64));
	for (bit = 0; bit < 64; bit++) {
		assert_true(zr_is_power_of_two(1ULL << bit));
		if (bit)
			assert_false(zr_is_power_of_two(1ULL << bit | 1));
	}
}

static void alignment_is_to_any_unit(void **state)
{
	(void)state;
	assert_true(zr_is_aligned(0, 4096));
	assert_true(zr_is_aligned(12288, 4096));
	assert_false(zr_is_aligned(12289, 4096));
	assert_false(zr_is_aligned(4095, 4096));
	assert_true(zr_is_aligned(U64, 5));
	assert_false(zr_is_aligned(U64 - 1, 5));
}

static void smaller_greater_and_rounded_up(void **state)
{
	(void)state;
	assert_true(zr_min64(1, U64) == 1 && zr_min64(U64, 1) == 1 && zr_min64(3, 3) == 3);
	assert_true(zr_max64(1, U64) == U64 && zr_max64(U64, 1) == U64 && zr_max64(3, 3) == 3);
	assert_true(zr_div_up(0, 4096) == 0);
	assert_true(zr_div_up(1, 4096) == 1);
	assert_true(zr_div_up(4096, 4096) == 1);
	assert_true(zr_div_up(4097, 4096) == 2);
	assert_true(zr_div_up(U64, 1) == U64);
	assert_true(zr_div_up(U64, 4096) == 0x10000000000000);
	assert_true(zr_div_up(U64, U64) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_bytes_without_alignment),
		cmocka_unit_test(least_significant_byte_is_first),
		cmocka_unit_test(setting_and_getting_is_the_identity),
		cmocka_unit_test(ranges_fit_below_their_limit),
		cmocka_unit_test(powers_of_two_have_one_bit),
		cmocka_unit_test(alignment_is_to_any_unit),
		cmocka_unit_test(smaller_greater_and_rounded_up),
	};

	return cmocka_run_group_tests_name("base_number", tests, NULL, NULL);
}
