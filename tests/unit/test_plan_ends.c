// SPDX-License-Identifier: GPL-2.0-or-later
/* Where zones end, and in which state. */
#include "test_plan_facts.h"

enum source { CLOSED, FULL, EMPTY, READONLY, CONVENTIONAL };

struct end_case {
	const char *name;
	uint64_t flags;
	uint64_t last;
	enum zr_plan_tail tail;
	enum source source;
	uint64_t written; /* of a closed source zone */
	uint64_t cap; /* of the target zones, 0 for a whole zone */
	uint64_t end;
	enum zr_zone_end state;
};

static const struct end_case cases[] = {
	{ "data", DATA, 5 * SECTOR, ZR_TAIL_USED, CLOSED, MIB, 0, 5 * SECTOR, ZR_END_OPEN },
	{ "data, odd", DATA, 1, ZR_TAIL_USED, CLOSED, MIB, 0, SECTOR, ZR_END_OPEN },
	{ "metadata", METADATA, 2 * NODE, ZR_TAIL_USED, CLOSED, MIB, 0, 2 * NODE, ZR_END_OPEN },
	{ "metadata, odd", METADATA, NODE + 1, ZR_TAIL_USED, CLOSED, MIB, 0, 2 * NODE,
	  ZR_END_OPEN },
	{ "system", SYSTEM, SECTOR, ZR_TAIL_USED, CLOSED, MIB, 0, NODE, ZR_END_OPEN },
	{ "dup", METADATA | DUP, NODE, ZR_TAIL_USED, CLOSED, MIB, 0, NODE, ZR_END_OPEN },
	{ "nothing", DATA, 0, ZR_TAIL_USED, CLOSED, MIB, 0, 0, ZR_END_EMPTY },
	{ "nothing, dup", SYSTEM | DUP, 0, ZR_TAIL_USED, FULL, 0, 0, 0, ZR_END_EMPTY },
	{ "full", DATA, ZONE, ZR_TAIL_USED, FULL, 0, 0, ZONE, ZR_END_FULL },
	{ "full, capacity", DATA, 3 * MIB, ZR_TAIL_USED, FULL, 0, 3 * MIB, 3 * MIB, ZR_END_FULL },
	{ "full, dup", METADATA | DUP, 3 * MIB, ZR_TAIL_USED, CLOSED, 3 * MIB, 3 * MIB, 3 * MIB,
	  ZR_END_FULL },
	{ "full source, cut", DATA, MIB, ZR_TAIL_USED, FULL, 0, 0, MIB, ZR_END_OPEN },
	{ "tail", DATA, MIB, ZR_TAIL_SOURCE, CLOSED, 2 * MIB, 0, 2 * MIB, ZR_END_OPEN },
	{ "tail, nothing used", METADATA, 0, ZR_TAIL_SOURCE, CLOSED, NODE, 0, NODE, ZR_END_OPEN },
	{ "tail, torn", METADATA, NODE, ZR_TAIL_SOURCE, CLOSED, NODE + SECTOR, 0, 2 * NODE,
	  ZR_END_OPEN },
	{ "tail, torn at the capacity", METADATA, NODE, ZR_TAIL_SOURCE, CLOSED, 2 * NODE + SECTOR,
	  2 * NODE + 2 * SECTOR, 2 * NODE + 2 * SECTOR, ZR_END_FULL },
	{ "tail, full", DATA, MIB, ZR_TAIL_SOURCE, FULL, 0, 0, ZONE, ZR_END_FULL },
	{ "tail, empty", DATA, 0, ZR_TAIL_SOURCE, EMPTY, 0, 0, 0, ZR_END_EMPTY },
	{ "tail, read-only", DATA, MIB, ZR_TAIL_SOURCE, READONLY, 0, 0, MIB, ZR_END_OPEN },
	{ "tail, conventional", DATA, MIB, ZR_TAIL_SOURCE, CONVENTIONAL, 0, 0, MIB, ZR_END_OPEN },
	{ "tail, dup", METADATA | DUP, NODE, ZR_TAIL_SOURCE, CLOSED, 3 * NODE, 0, 3 * NODE,
	  ZR_END_OPEN },
};

static void set_source(struct zr_zone *zone, const struct end_case *it)
{
	switch (it->source) {
	case CLOSED:
		facts_active(zone, it->written);
		break;
	case FULL:
		zone->cond = ZR_COND_FULL;
		break;
	case EMPTY:
		zone->cond = ZR_COND_EMPTY;
		break;
	case READONLY:
		zone->cond = ZR_COND_READONLY;
		break;
	case CONVENTIONAL:
		zone->type = ZR_ZONE_CONVENTIONAL;
		zone->cond = ZR_COND_NOT_WP;
		break;
	}
}

static void check_case(const struct end_case *it)
{
	struct facts *facts = facts_new(8);
	uint32_t stripes = it->flags & DUP ? 2 : 1;
	uint32_t i;

	print_message("# %s\n", it->name);
	facts_add(facts, it->flags, 4, it->last);
	facts->in.choices.tail = it->tail;
	for (i = 4; i < 4 + stripes; i++) {
		set_source(&facts->source_zones[i], it);
		if (it->cap)
			facts->target_zones[i].cap = it->cap;
	}
	facts_plan(facts);
	for (i = 4; i < 4 + stripes; i++) {
		const struct zr_plan_zone *zone = facts_zone(facts, i);

		assert_int_equal(zone->end, it->end);
		assert_int_equal(zone->state, it->state);
		assert_int_equal(zone->lost, 0);
		assert_int_equal(zone->target_physical, zone->source_physical);
	}
	facts_free(facts);
}

static void test_ends(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		check_case(&cases[i]);
}

/* A crash leaves the zones of a pair with different write pointers; the longer one is the copy. */
static void test_unequal_pair(void **state)
{
	struct facts *facts = facts_new(8);

	(void)state;
	facts_add(facts, METADATA | DUP, 4, 3 * NODE);
	facts_active(&facts->source_zones[4], NODE);
	facts_active(&facts->source_zones[5], 4 * NODE);
	facts->in.choices.tail = ZR_TAIL_SOURCE;
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 4)->end, 4 * NODE);
	assert_int_equal(facts_zone(facts, 5)->end, 4 * NODE);
	facts_free(facts);
}

/* A kernel sees a full zone end at its capacity, so that this pair ends alike. */
static void test_unequal_capacities(void **state)
{
	struct facts *facts = facts_new(8);

	(void)state;
	facts_add(facts, METADATA | DUP, 4, 2 * MIB);
	facts->target_zones[5].cap = 2 * MIB;
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 4)->end, 2 * MIB);
	assert_int_equal(facts_zone(facts, 4)->state, ZR_END_OPEN);
	assert_int_equal(facts_zone(facts, 5)->end, 2 * MIB);
	assert_int_equal(facts_zone(facts, 5)->state, ZR_END_FULL);
	facts_free(facts);
}

static void test_conventional_target(void **state)
{
	struct facts *facts = facts_new(12);

	(void)state;
	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, METADATA | DUP, 5, 2 * NODE);
	facts_add(facts, DATA, 7, ZONE);
	facts_add(facts, DATA, 8, 0);
	facts_conventional(facts->source_zones, 5, 1);
	facts_conventional(facts->target_zones, 0, 6);
	facts_conventional(facts->target_zones, 7, 2);
	facts_plan(facts);
	assert_int_equal(facts_zone(facts, 2)->state, ZR_END_NO_WP);
	assert_int_equal(facts_zone(facts, 3)->state, ZR_END_NO_WP);
	assert_int_equal(facts_zone(facts, 5)->state, ZR_END_NO_WP);
	assert_int_equal(facts_zone(facts, 6)->state, ZR_END_OPEN);
	assert_int_equal(facts_zone(facts, 5)->end, 2 * NODE);
	assert_int_equal(facts_zone(facts, 6)->end, 2 * NODE);
	assert_int_equal(facts_zone(facts, 7)->state, ZR_END_NO_WP);
	assert_int_equal(facts_zone(facts, 7)->end, ZONE);
	assert_int_equal(facts_zone(facts, 8)->end, 0);
	assert_int_equal(facts->plan->summary.zones_empty, 1);
	assert_int_equal(facts->plan->summary.active, 1);
	facts_free(facts);
}

static void test_regular_target(void **state)
{
	struct facts *facts = facts_usual();
	struct zr_plan_summary summary;
	uint32_t i;

	(void)state;
	facts_regular(facts);
	facts_plan(facts);
	for (i = 2; i <= 6; i++)
		assert_int_equal(facts_zone(facts, i)->state, ZR_END_NO_WP);
	zr_plan_summary(facts->plan, &summary);
	assert_int_equal(summary.active, 0);
	assert_int_equal(summary.resets, 0);
	facts_free(facts);
}

static void test_summary(void **state)
{
	struct facts *facts = facts_usual();
	struct zr_plan_summary summary;

	(void)state;
	facts_add(facts, DATA, 7, 0);
	facts_add(facts, DATA, 8, MIB);
	facts->groups[4].used = MIB - 3 * SECTOR;
	facts->in.total_bytes = 20 * ZONE;
	facts_plan(facts);
	zr_plan_summary(facts->plan, &summary);
	assert_memory_equal(summary.fsid, facts->in.fsid, 16);
	assert_int_equal(summary.devid, 1);
	assert_int_equal(summary.generation, 42);
	assert_int_equal(summary.zone_size, ZONE);
	assert_int_equal(summary.total_bytes, 20 * ZONE);
	assert_int_equal(summary.target_bytes, 32 * ZONE);
	assert_int_equal(summary.used_bytes, 2 * NODE + 6 * NODE + 2 * MIB - 3 * SECTOR);
	assert_int_equal(summary.fill_bytes, 3 * SECTOR);
	assert_int_equal(summary.lost_bytes, 0);
	assert_int_equal(summary.zones, 7);
	assert_int_equal(summary.zones_empty, 1);
	assert_int_equal(summary.zones_finished, 0);
	assert_int_equal(summary.active, 7);
	assert_int_equal(summary.max_active, 0);
	assert_int_equal(summary.superblocks, 1);
	facts_free(facts);
}

static void test_no_block_groups(void **state)
{
	struct facts *facts = facts_new(4);
	const struct zr_plan_zone *zone;
	size_t position = 0;

	(void)state;
	facts->in.groups = NULL;
	facts->in.extents = NULL;
	facts->in.target.max_active = 8;
	facts_plan(facts);
	assert_int_equal(zr_plan_zone_next(facts->plan, &position, &zone), 1);
	facts_free(facts);
}

#define MANY 100000U

/* One data block group in every zone that may hold one. */
static void fill_many(struct facts *facts, struct zr_plan_group *groups,
		      struct zr_plan_extent *extents)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < MANY; i++) {
		if (zr_sblog_reserved(i, ZONE))
			continue;
		groups[count].logical = FIRST_LOGICAL + count * ZONE;
		groups[count].len = ZONE;
		groups[count].flags = DATA;
		groups[count].used = SECTOR * (1 + i % 1000);
		groups[count].last = groups[count].used;
		groups[count].stripes = 1;
		extents[count].physical = i * ZONE;
		extents[count].len = ZONE;
		extents[count].group = count;
		count++;
		facts_active(&facts->source_zones[i], MIB * 4);
		facts->target_zones[i].cond = ZR_COND_FULL;
	}
	facts->in.groups = groups;
	facts->in.extents = extents;
	facts->in.group_count = count;
	facts->in.extent_count = count;
}

static void test_many_zones(void **state)
{
	struct zr_plan_extent *extents = calloc(MANY, sizeof(*extents));
	struct zr_plan_group *groups = calloc(MANY, sizeof(*groups));
	struct facts *facts = facts_new(MANY);

	(void)state;
	assert_non_null(extents);
	assert_non_null(groups);
	fill_many(facts, groups, extents);
	facts->in.target.max_active = 14;
	facts_plan(facts);
	/* Reserved: zones 0, 1, 16 and 65536. */
	assert_int_equal(facts->plan->zone_count, MANY - 4);
	/* 3 of metadata and system and a free one are set aside, one is the superblock's. */
	assert_int_equal(facts->plan->summary.active, 10);
	assert_int_equal(facts->plan->summary.zones_finished, MANY - 4 - 9);
	assert_int_equal(facts->plan->reset_count, MANY - 2);
	facts_free(facts);
	free(groups);
	free(extents);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_unequal_pair),
		cmocka_unit_test(test_unequal_capacities),
		cmocka_unit_test(test_conventional_target),
		cmocka_unit_test(test_regular_target),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_no_block_groups),
		cmocka_unit_test(test_many_zones),
	};

	return cmocka_run_group_tests_name("plan ends", tests, NULL, NULL);
}
