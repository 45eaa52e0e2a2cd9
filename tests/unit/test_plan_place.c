// SPDX-License-Identifier: GPL-2.0-or-later
/* Where block groups go on targets on which they cannot all stay where they are. */
#include "test_plan_facts.h"

static void bad_zone(struct facts *facts, uint32_t zone_no)
{
	facts->target_zones[zone_no].cond = zone_no % 2 ? ZR_COND_OFFLINE : ZR_COND_READONLY;
}

static uint32_t place_of(const struct facts *facts, size_t index)
{
	return (uint32_t)(facts->plan->zones[index].target_physical / ZONE);
}

static void expect_places(struct facts *facts, const uint32_t *places, size_t count)
{
	size_t i;

	facts_plan(facts);
	assert_int_equal(facts->plan->zone_count, count);
	for (i = 0; i < count; i++)
		assert_int_equal(place_of(facts, i), places[i]);
}

static void test_all_stay(void **state)
{
	static const uint32_t places[] = { 2, 3, 4, 5, 6 };
	struct facts *facts = facts_usual();

	(void)state;
	bad_zone(facts, 7);
	expect_places(facts, places, COUNT(places));
	assert_int_equal(facts->plan->summary.zones_moved, 0);
	assert_int_equal(facts->plan->summary.total_bytes, facts->in.total_bytes);
	facts_free(facts);
}

/* One goes up by one, and so do those behind it until there is a hole. */
static void test_bad_zones(void **state)
{
	static const uint32_t places[] = { 2, 4, 5, 7, 9, 11, 12 };
	struct facts *facts = facts_usual();

	(void)state;
	facts_add(facts, DATA, 7, MIB);
	facts_add(facts, DATA, 12, MIB);
	bad_zone(facts, 3);
	bad_zone(facts, 6);
	bad_zone(facts, 8);
	facts_conventional(facts->target_zones, 10, 1);
	facts->target_zones[10].cap = ZONE;
	facts->target_zones[10].cond = ZR_COND_OFFLINE;
	expect_places(facts, places, COUNT(places));
	assert_int_equal(facts->plan->summary.zones_moved, 5);
	facts_free(facts);
}

/* Zones are taken from the end of a smaller target down, as few as possible. */
static void test_smaller(void **state)
{
	static const uint32_t places[] = { 2, 3, 8, 9 };
	struct facts *facts = facts_new(32);

	(void)state;
	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, DATA, 20, MIB);
	facts_add(facts, DATA, 31, MIB);
	facts->in.target.size = 10 * ZONE + 3 * SECTOR;
	facts->in.target.zone_count = 11;
	facts->target_zones[10].len = 3 * SECTOR;
	facts->target_zones[10].cap = 3 * SECTOR;
	expect_places(facts, places, COUNT(places));
	assert_int_equal(facts->plan->summary.total_bytes, 10 * ZONE);
	facts_free(facts);
}

/* Zone 16 of 4 MiB zones holds 64 MiB, where no kernel takes a block group. */
static void test_beside_reserved(void **state)
{
	static const uint32_t places[] = { 15, 17, 18 };
	struct facts *facts = facts_new(32);

	(void)state;
	facts_add(facts, METADATA | DUP, 14, NODE);
	facts_add(facts, DATA, 17, MIB);
	bad_zone(facts, 14);
	expect_places(facts, places, COUNT(places));
	facts_free(facts);
}

/* Copies in zones of two types: only where the source has it so. */
static void test_mixed_pairs(void **state)
{
	static const uint32_t moved[] = { 2, 4, 5, 6, 7, 8 };
	static const uint32_t kept[] = { 2, 3, 4, 5, 6, 7 };
	int mixed;

	(void)state;
	for (mixed = 0; mixed < 2; mixed++) {
		struct facts *facts = facts_new(16);

		facts_add(facts, DATA, 2, MIB);
		facts_add(facts, SYSTEM | DUP, 3, NODE);
		facts_add(facts, METADATA | DUP, 5, NODE);
		facts_add(facts, DATA, 7, MIB);
		facts_conventional(facts->source_zones, 0, mixed ? 4 : 2);
		facts_conventional(facts->target_zones, 0, 4);
		expect_places(facts, mixed ? kept : moved, COUNT(kept));
		facts_free(facts);
	}
}

/* Sequential zones that a pair needs can be too few, though zones are not. */
static void test_no_room_for_a_pair(void **state)
{
	struct facts *facts = facts_new(6);

	(void)state;
	facts_add(facts, DATA, 2, MIB);
	facts_add(facts, DATA, 3, MIB);
	facts_add(facts, METADATA | DUP, 4, NODE);
	facts_conventional(facts->target_zones, 0, 5);
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, &facts->err), -ZR_E_CAPACITY);
	assert_non_null(strstr(facts->err.text, "too few sequential zones"));
	assert_non_null(strstr(facts->err.text, "without a zone: 1, of 16384 bytes"));
	facts_free(facts);
}

/* What does not fit a zone passes it by, and what fits may take it. */
static void test_capacities(void **state)
{
	static const uint32_t places[] = { 2, 5, 6 };
	struct facts *facts = facts_new(16);

	(void)state;
	facts_add(facts, DATA, 2, MIB);
	facts_add(facts, DATA, 3, 3 * MIB);
	facts_add(facts, DATA, 4, MIB);
	facts->target_zones[2].cap = MIB;
	facts->target_zones[3].cap = MIB;
	facts->target_zones[4].cap = 3 * MIB - SECTOR;
	facts->target_zones[6].cap = MIB;
	expect_places(facts, places, COUNT(places));
	facts_free(facts);
}

static void expect_missing(uint32_t large_zone, uint64_t first, uint64_t second, const char *words)
{
	struct facts *facts = facts_new(16);
	uint32_t i;

	facts_add(facts, DATA, 2, first);
	facts_add(facts, DATA, 3, second);
	facts_add(facts, DATA, 4, MIB);
	for (i = 0; i < 16; i++)
		facts->target_zones[i].cap = i == large_zone ? 3 * MIB : MIB;
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, &facts->err), -ZR_E_CAPACITY);
	if (!strstr(facts->err.text, words))
		fail_msg("no '%s' in '%s'", words, facts->err.text);
	facts_free(facts);
}

/* Zones are enough, but not those that are large enough: what is told is what would have to go. */
static void test_missing_capacity(void **state)
{
	(void)state;
	expect_missing(0, 2 * MIB, 3 * MIB, "without a zone: 2, of 5242880 bytes");
	expect_missing(5, 3 * MIB, 3 * MIB, "without a zone: 1, of 3145728 bytes");
	expect_missing(2, MIB, 3 * MIB, "without a zone: 1, of 1048576 bytes");
	expect_missing(2, MIB, 3 * MIB, "too few zones, in this order");
}

static void test_resize(void **state)
{
	struct facts *facts = facts_sized(600 * GIB, 256 * MIB);

	(void)state;
	facts->in.total_bytes = 100 * GIB;
	facts->in.choices.resize = ZR_RESIZE_MAX;
	facts_plan(facts);
	assert_int_equal(facts->plan->summary.total_bytes, 600 * GIB);
	assert_int_equal(facts->plan->superblock_count, 2);
	facts_free(facts);
}

/* A part of a zone at the end belongs to the file system if it did before. */
static void test_part_of_a_zone(void **state)
{
	struct facts *facts = facts_usual();

	(void)state;
	facts->in.total_bytes = 31 * ZONE + SECTOR;
	facts->in.target.size = 31 * ZONE + SECTOR;
	facts->target_zones[31].len = SECTOR;
	facts->target_zones[31].cap = SECTOR;
	facts->in.choices.resize = ZR_RESIZE_MAX;
	facts_plan(facts);
	assert_int_equal(facts->plan->summary.total_bytes, 31 * ZONE + SECTOR);
	facts_free(facts);
}

/* A limit that was chosen counts where the device has none, or a higher one. */
static void test_chosen_limit(void **state)
{
	struct facts *facts = facts_new(32);
	uint32_t i;

	(void)state;
	for (i = 2; i < 14; i++)
		facts_add(facts, i == 2 ? SYSTEM : i == 3 ? METADATA : DATA, i, MIB);
	facts->in.choices.active_zones = 10;
	facts_plan(facts);
	assert_int_equal(facts->plan->summary.max_active, 10);
	assert_true(facts->plan->summary.zones_finished > 0);
	zr_plan_free(facts->plan);
	facts->in.target.max_active = 9;
	facts->in.target.max_open = 8;
	facts_plan(facts);
	assert_int_equal(facts->plan->summary.max_active, 8);
	facts_free(facts);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* The most block groups that can lie in order in the usable zones: all of them, of equal needs. */
static uint32_t usable_zones(const struct facts *facts)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < facts->in.target.zone_count; i++)
		count += zr_zone_is_writable(&facts->target_zones[i]) && i > 1 && i != 16;
	return count;
}

static struct facts *random_facts(uint32_t *seed)
{
	struct facts *facts = facts_new(24);
	uint32_t zone_no;

	facts->in.target.zone_count = 12 + next_random(seed) % 13;
	facts->in.target.size = facts->in.target.zone_count * ZONE;
	for (zone_no = 2; zone_no < 24; zone_no++) {
		if (zone_no != 16 && next_random(seed) % 2)
			facts_add(facts, DATA, zone_no, MIB);
		if (next_random(seed) % 4 == 0)
			bad_zone(facts, zone_no);
	}
	return facts;
}

/* There is a plan exactly if there are as many usable zones as block groups, and it is proven. */
static void test_any_target(void **state)
{
	uint32_t seed = 1;
	uint32_t plans = 0;
	uint32_t i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		struct facts *facts = random_facts(&seed);
		bool fits = facts->in.extent_count <= usable_zones(facts);
		int ret = zr_plan_make(&facts->plan, &facts->in, &facts->err);

		assert_int_equal(ret, fits ? 0 : -ZR_E_TOO_SMALL);
		if (!ret)
			assert_int_equal(zr_plan_check(facts->plan, &facts->in, &facts->err), 0);
		plans += fits;
		facts_free(facts);
	}
	assert_in_range(plans, 1000, 2900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_stay),     cmocka_unit_test(test_bad_zones),
		cmocka_unit_test(test_smaller),	     cmocka_unit_test(test_beside_reserved),
		cmocka_unit_test(test_capacities),   cmocka_unit_test(test_missing_capacity),
		cmocka_unit_test(test_resize),	     cmocka_unit_test(test_part_of_a_zone),
		cmocka_unit_test(test_chosen_limit), cmocka_unit_test(test_any_target),
		cmocka_unit_test(test_mixed_pairs),  cmocka_unit_test(test_no_room_for_a_pair),
	};

	return cmocka_run_group_tests_name("plan place", tests, NULL, NULL);
}
