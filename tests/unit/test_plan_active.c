// SPDX-License-Identifier: GPL-2.0-or-later
/* Which zones are finished to keep the limit of active zones. */
#include "test_plan_facts.h"

#define FIRST_DATA 6
#define DATA_GROUPS 7

/* Ends of the data zones in MiB, and the order in which they have the least room. */
static const unsigned int data_mib[DATA_GROUPS] = { 2, 3, 1, 3, 0, 4, 2 };
static const uint32_t by_room[] = { 7, 9, 6, 12, 8 };

struct limit_case {
	const char *name;
	uint64_t profile; /* of metadata and system */
	uint32_t limit;
	uint32_t finished; /* that many of by_room */
	uint32_t active;
};

/*
 * Of the seven data zones one is empty and one full. Active besides: one superblock, metadata and
 * system 2 of a reserve of 3 with single, 4 of 6 with dup.
 */
static const struct limit_case limits[] = {
	{ "single, no limit", 0, 0, 0, 8 }, { "single, 14", 0, 14, 0, 8 },
	{ "single, 10", 0, 10, 0, 8 },	    { "single, 9", 0, 9, 1, 7 },
	{ "single, 8", 0, 8, 2, 6 },	    { "dup, no limit", DUP, 0, 0, 10 },
	{ "dup, 14", DUP, 14, 0, 10 },	    { "dup, 13", DUP, 13, 0, 10 },
	{ "dup, 12", DUP, 12, 1, 9 },	    { "dup, 10", DUP, 10, 3, 7 },
	{ "dup, 8", DUP, 8, 5, 5 },
};

static struct facts *facts_limited(uint64_t profile, uint32_t limit)
{
	struct facts *facts = facts_new(32);
	uint32_t i;

	facts->in.target.max_active = limit;
	facts_add(facts, SYSTEM | profile, 2, NODE);
	facts_add(facts, METADATA | profile, 4, NODE);
	for (i = 0; i < DATA_GROUPS; i++)
		facts_add(facts, DATA, FIRST_DATA + i, data_mib[i] * MIB);
	return facts;
}

static void check_limit(const struct limit_case *it)
{
	struct facts *facts = facts_limited(it->profile, it->limit);
	uint64_t lost = 0;
	uint32_t i;

	print_message("# %s\n", it->name);
	facts_plan(facts);
	for (i = 0; i < COUNT(by_room); i++) {
		const struct zr_plan_zone *zone = facts_zone(facts, by_room[i]);
		bool finished = i < it->finished;

		assert_int_equal(zone->state, finished ? ZR_END_FINISH : ZR_END_OPEN);
		assert_int_equal(zone->lost, finished ? ZONE - zone->end : 0);
		lost += zone->lost;
	}
	assert_int_equal(facts_zone(facts, 10)->state, ZR_END_EMPTY);
	assert_int_equal(facts_zone(facts, 11)->state, ZR_END_FULL);
	assert_int_equal(facts_zone(facts, 2)->state, ZR_END_OPEN);
	assert_int_equal(facts_zone(facts, 4)->state, ZR_END_OPEN);
	assert_int_equal(facts->plan->summary.active, it->active);
	assert_int_equal(facts->plan->summary.zones_finished, it->finished);
	assert_int_equal(facts->plan->summary.lost_bytes, lost);
	facts_free(facts);
}

static void test_limits(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(limits); i++)
		check_limit(&limits[i]);
}

/* Room counts up to the capacity, not up to the length. */
static void test_room_is_capacity(void **state)
{
	struct facts *facts = facts_limited(0, 9);

	(void)state;
	facts->target_zones[8].cap = MIB + SECTOR;
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 8)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 8)->lost, SECTOR);
	assert_int_equal(facts_zone(facts, 7)->state, ZR_END_OPEN);
	facts_free(facts);
}

static void test_conventional_is_not_active(void **state)
{
	struct facts *facts = facts_limited(0, 8);

	(void)state;
	facts_conventional(facts->target_zones, 7, 1);
	facts_conventional(facts->target_zones, 9, 1);
	facts_plan(facts);
	assert_int_equal(facts->plan->summary.active, 6);
	assert_int_equal(facts->plan->summary.zones_finished, 0);
	facts_free(facts);
}

/* A superblock at a fixed place takes no active zone. */
static void test_fixed_superblock(void **state)
{
	struct facts *facts = facts_limited(0, 9);

	(void)state;
	facts_conventional(facts->target_zones, 0, 2);
	facts_plan(facts);
	assert_int_equal(facts->plan->summary.active, 7);
	assert_int_equal(facts->plan->summary.zones_finished, 0);
	facts_free(facts);
}

/* Six metadata zones, of which one serves the reserve: the others may go when data is not enough.
 */
static void test_surplus_metadata(void **state)
{
	static const unsigned int nodes[] = { 5, 9, 2, 9, 7, 1 };
	struct facts *facts = facts_new(32);
	uint32_t i;

	(void)state;
	facts->in.target.max_active = 8;
	facts_add(facts, SYSTEM, 2, NODE);
	for (i = 0; i < COUNT(nodes); i++)
		facts_add(facts, METADATA, 3 + i, nodes[i] * NODE);
	facts_add(facts, DATA, 9, SECTOR);
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 9)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 4)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 6)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 7)->state, ZR_END_OPEN);
	assert_int_equal(facts->plan->summary.zones_finished, 3);
	assert_int_equal(facts->plan->summary.active, 6);
	facts_free(facts);
}

static void test_surplus_system(void **state)
{
	struct facts *facts = facts_new(32);
	uint32_t i;

	(void)state;
	facts->in.target.max_active = 8;
	for (i = 0; i < 6; i++)
		facts_add(facts, SYSTEM, 2 + i, (1 + i) * NODE);
	facts_add(facts, METADATA, 8, 20 * NODE);
	facts_plan(facts);
	/* The metadata zone has the least room, but the reserve counts on it. */
	assert_int_equal(facts_zone(facts, 8)->state, ZR_END_OPEN);
	assert_int_equal(facts_zone(facts, 7)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 6)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 5)->state, ZR_END_OPEN);
	assert_int_equal(facts->plan->summary.active, 6);
	facts_free(facts);
}

/* Three pairs of metadata zones, two zones of system, a superblock; both zones of a pair go. */
static struct facts *facts_pairs(void)
{
	struct facts *facts = facts_new(32);

	facts->in.target.max_active = 8;
	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, METADATA | DUP, 4, NODE);
	facts_add(facts, METADATA | DUP, 6, 3 * NODE);
	facts_add(facts, METADATA | DUP, 8, 2 * NODE);
	return facts;
}

static void test_pair_is_finished_together(void **state)
{
	struct facts *facts = facts_pairs();

	(void)state;
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 6)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 7)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 8)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 9)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 4)->state, ZR_END_OPEN);
	assert_int_equal(facts_zone(facts, 5)->state, ZR_END_OPEN);
	assert_int_equal(facts->plan->summary.active, 5);
	assert_int_equal(facts->plan->summary.lost_bytes, 2 * (2 * ZONE - 5 * NODE));
	facts_free(facts);
}

/* Finished zones of unequal capacity would end differently. */
static void test_unequal_pair_is_kept(void **state)
{
	struct facts *facts = facts_pairs();

	(void)state;
	facts->target_zones[7].cap = 3 * MIB;
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 6)->state, ZR_END_OPEN);
	assert_int_equal(facts_zone(facts, 7)->state, ZR_END_OPEN);
	assert_int_equal(facts_zone(facts, 8)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 9)->state, ZR_END_FINISH);
	facts_free(facts);
}

static void test_half_conventional_pair(void **state)
{
	struct facts *facts = facts_pairs();

	(void)state;
	facts_add(facts, METADATA | DUP, 10, 4 * NODE);
	facts_conventional(facts->source_zones, 10, 1);
	facts_conventional(facts->target_zones, 10, 1);
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 10)->state, ZR_END_NO_WP);
	assert_int_equal(facts_zone(facts, 11)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 6)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 7)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 8)->state, ZR_END_FINISH);
	assert_int_equal(facts_zone(facts, 4)->state, ZR_END_OPEN);
	facts_free(facts);
}

/* Two superblocks and a limit at which the reserve of dup metadata and system does not fit. */
static struct facts *facts_two_superblocks(void)
{
	struct facts *facts = facts_sized(600 * GIB, 256 * MIB);

	facts->in.target.max_active = 8;
	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, METADATA | DUP, 4, NODE);
	return facts;
}

static void test_reserve_does_not_fit(void **state)
{
	struct facts *facts = facts_two_superblocks();

	(void)state;
	facts_add(facts, DATA, 6, SECTOR);
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 6)->state, ZR_END_FINISH);
	assert_int_equal(facts->plan->summary.active, 6);
	facts_free(facts);
}

static void test_active_do_not_fit(void **state)
{
	struct facts *facts = facts_two_superblocks();

	(void)state;
	facts_add(facts, METADATA | DUP, 6, NODE);
	/* Pairs of unequal capacity are not finished. */
	facts->target_zones[5].cap = 128 * MIB;
	facts->target_zones[7].cap = 128 * MIB;
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, &facts->err), -ZR_E_ACTIVE_ZONES);
	assert_non_null(strstr(facts->err.text, "limit of 8"));
	assert_non_null(strstr(facts->err.text, "at least 9"));
	facts->in.target.max_active = 9;
	zr_error_clear(&facts->err);
	facts_plan(facts);
	assert_int_equal(facts->plan->summary.active, 8);
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_room_is_capacity),
		cmocka_unit_test(test_conventional_is_not_active),
		cmocka_unit_test(test_fixed_superblock),
		cmocka_unit_test(test_surplus_metadata),
		cmocka_unit_test(test_surplus_system),
		cmocka_unit_test(test_pair_is_finished_together),
		cmocka_unit_test(test_unequal_pair_is_kept),
		cmocka_unit_test(test_half_conventional_pair),
		cmocka_unit_test(test_reserve_does_not_fit),
		cmocka_unit_test(test_active_do_not_fit),
	};

	return cmocka_run_group_tests_name("plan active", tests, NULL, NULL);
}
