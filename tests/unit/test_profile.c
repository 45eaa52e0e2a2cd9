// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of profiles, and the words for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "profile.h"

static const struct {
	uint64_t bit;
	const char *name;
	uint16_t fewest;
	uint16_t most; /* 0: no limit */
	uint16_t copies;
	uint16_t parity;
	uint16_t sub_stripes;
} expected[] = {
	{ 0x0, "single", 1, 1, 1, 0, 1 },    { 0x8, "raid0", 1, 0, 1, 0, 1 },
	{ 0x10, "raid1", 2, 2, 2, 0, 1 },    { 0x20, "dup", 2, 2, 2, 0, 1 },
	{ 0x40, "raid10", 2, 0, 2, 0, 2 },   { 0x80, "raid5", 2, 0, 1, 1, 1 },
	{ 0x100, "raid6", 3, 257, 1, 2, 1 }, { 0x200, "raid1c3", 3, 3, 3, 0, 1 },
	{ 0x400, "raid1c4", 4, 4, 4, 0, 1 },
};

#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static void each_profile_is_in_the_table(void **state)
{
	uint64_t type;
	size_t i;

	(void)state;
	for (i = 0; i < EXPECTED; i++) {
		for (type = 1; type <= 4; type *= 2) {
			const struct zr_profile *profile = zr_profile_find(expected[i].bit | type);

			assert_non_null(profile);
			assert_true(profile->flag == expected[i].bit);
			assert_int_equal(profile->stripes_min, expected[i].fewest);
			assert_int_equal(profile->stripes_max, expected[i].most);
			assert_int_equal(profile->copies, expected[i].copies);
			assert_int_equal(profile->parity, expected[i].parity);
			assert_int_equal(profile->sub_stripes, expected[i].sub_stripes);
		}
	}
}

static void several_profile_bits_are_no_profile(void **state)
{
	uint64_t bits;

	(void)state;
	for (bits = 0; bits < 0x800; bits += 8) {
		bool one = __builtin_popcountll(bits) <= 1;

		if (!!zr_profile_find(bits | 4) != one)
			fail_msg("profile bits %#llx: expected %d", (unsigned long long)bits, one);
	}
}

/* Worked by hand: how many stripes of a chunk hold different data. */
static void data_stripes_are_counted(void **state)
{
	static const struct {
		uint64_t bit;
		uint16_t stripes;
		uint16_t data;
	} cases[] = {
		{ 0x0, 1, 1 },	 { 0x20, 2, 1 },    { 0x10, 2, 1 },  { 0x200, 3, 1 },
		{ 0x400, 4, 1 }, { 0x8, 1, 1 },	    { 0x8, 2, 2 },   { 0x8, 7, 7 },
		{ 0x40, 2, 1 },	 { 0x40, 4, 2 },    { 0x40, 10, 5 }, { 0x80, 2, 1 },
		{ 0x80, 3, 2 },	 { 0x80, 9, 8 },    { 0x100, 3, 1 }, { 0x100, 4, 2 },
		{ 0x100, 9, 7 }, { 0x8, 999, 999 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct zr_profile *profile = zr_profile_find(cases[i].bit);

		assert_non_null(profile);
		assert_int_equal(zr_profile_data_stripes(profile, cases[i].stripes), cases[i].data);
	}
}

static void types_and_profiles_have_words(void **state)
{
	static const char *const types[8] = { "unknown",  "data",    "system",	"unknown",
					      "metadata", "unknown", "unknown", "unknown" };
	uint64_t type;
	size_t i;

	(void)state;
	for (type = 0; type < 8; type++)
		assert_string_equal(zr_block_group_type_name(type | 0x20), types[type]);
	for (i = 0; i < EXPECTED; i++)
		assert_string_equal(zr_block_group_profile_name(expected[i].bit | 4),
				    expected[i].name);
	assert_string_equal(zr_block_group_profile_name(0x30), "unknown");
	assert_string_equal(zr_block_group_profile_name(0x7f8), "unknown");
}

/* A stripe is filled by a range of ends, and by no other. */
static void fill_is_the_opposite_of_reach(void **state)
{
	static const struct {
		uint64_t flag;
		uint16_t stripes;
	} some[] = { { 0, 1 }, { 0x10, 2 }, { 0x8, 3 }, { 0x8, 1 }, { 0x40, 4 }, { 0x40, 6 } };
	size_t i;
	uint16_t s;
	uint64_t end;

	(void)state;
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		const struct zr_profile *profile = zr_profile_find(some[i].flag);
		uint64_t whole = 5 * 65536ULL * zr_profile_data_stripes(profile, some[i].stripes);

		for (s = 0; s < some[i].stripes; s++) {
			for (end = 0; end <= whole; end += 16384) {
				uint64_t reach = zr_profile_reach(profile, some[i].stripes, s, end);
				uint64_t least;
				uint64_t most;

				zr_profile_fill(profile, some[i].stripes, s, reach, &least, &most);
				assert_true(least <= end && end <= most);
				assert_true(zr_profile_reach(profile, some[i].stripes, s, least) ==
					    reach);
				assert_true(zr_profile_reach(profile, some[i].stripes, s, most) ==
					    reach);
				assert_true(!least || zr_profile_reach(profile, some[i].stripes, s,
								       least - 1) < reach);
				assert_true(zr_profile_reach(profile, some[i].stripes, s,
							     most + 1) > reach);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_profile_is_in_the_table),
		cmocka_unit_test(several_profile_bits_are_no_profile),
		cmocka_unit_test(data_stripes_are_counted),
		cmocka_unit_test(types_and_profiles_have_words),
		cmocka_unit_test(fill_is_the_opposite_of_reach),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
