// SPDX-License-Identifier: GPL-2.0-or-later
/* What is emptied first, and which superblocks are written last. */
#include "test_plan_facts.h"

static void assert_resets(const struct zr_plan *plan, const uint32_t *zones, size_t count)
{
	uint64_t physical;
	size_t position = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		assert_int_equal(zr_plan_reset_next(plan, &position, &physical), 0);
		assert_int_equal(physical, zones[i] * plan->summary.zone_size);
	}
	assert_int_equal(zr_plan_reset_next(plan, &position, &physical), 1);
}

static void assert_wipes(const struct zr_plan *plan, const struct zr_plan_wipe *wipes, size_t count)
{
	uint64_t physical;
	uint64_t len;
	size_t position = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		assert_int_equal(zr_plan_wipe_next(plan, &position, &physical, &len), 0);
		assert_int_equal(physical, wipes[i].physical);
		assert_int_equal(len, wipes[i].len);
	}
	assert_int_equal(zr_plan_wipe_next(plan, &position, &physical, &len), 1);
}

static void test_empty_target(void **state)
{
	static const uint32_t zones[] = { 0, 1 };
	struct facts *facts = facts_usual();

	(void)state;
	assert_resets(facts_plan(facts), zones, COUNT(zones));
	assert_wipes(facts->plan, NULL, 0);
	facts_free(facts);
}

/* Planned, free, in every condition; unusable and conventional zones are left alone. */
static void test_used_target(void **state)
{
	static const uint32_t zones[] = { 0, 1, 4, 7, 8, 9, 16, 31 };
	struct facts *facts = facts_usual();
	struct zr_zone *target = facts->target_zones;

	(void)state;
	facts_active(&target[0], 4096);
	target[4].cond = ZR_COND_FULL;
	target[7].cond = ZR_COND_IMP_OPEN;
	target[8].cond = ZR_COND_EXP_OPEN;
	target[9].cond = ZR_COND_CLOSED;
	target[16].cond = ZR_COND_FULL;
	target[31].cond = ZR_COND_FULL;
	target[20].cond = ZR_COND_READONLY;
	target[21].cond = ZR_COND_OFFLINE;
	facts_conventional(target, 22, 1);
	assert_resets(facts_plan(facts), zones, COUNT(zones));
	assert_wipes(facts->plan, NULL, 0);
	facts_free(facts);
}

static void test_second_of_pair(void **state)
{
	static const uint32_t zones[] = { 1 };
	static const struct zr_plan_wipe wipes[] = { { 0, MIB } };
	struct facts *facts = facts_usual();

	(void)state;
	facts_conventional(facts->target_zones, 0, 1);
	assert_resets(facts_plan(facts), zones, COUNT(zones));
	assert_wipes(facts->plan, wipes, COUNT(wipes));
	assert_false(facts->plan->superblocks[0].sequential);
	facts_free(facts);
}

static void test_mirror_pairs_are_reset(void **state)
{
	static const uint32_t zones[] = { 0, 1, 2048, 2049, 16384, 16385 };
	struct facts *facts = facts_sized(5 * TIB, 256 * MIB);

	(void)state;
	facts->in.total_bytes = 100 * GIB;
	assert_resets(facts_plan(facts), zones, COUNT(zones));
	facts_free(facts);
}

static void test_conventional_zones(void **state)
{
	static const struct zr_plan_wipe wipes[] = {
		{ 0, MIB }, { ZONE, 4096 }, { 64 * MIB, 4096 }, { 32 * ZONE - MIB, MIB }
	};
	struct facts *facts = facts_usual();

	(void)state;
	facts_conventional(facts->target_zones, 0, 32);
	assert_resets(facts_plan(facts), NULL, 0);
	assert_wipes(facts->plan, wipes, COUNT(wipes));
	facts_free(facts);
}

static void test_unusable_conventional_zones(void **state)
{
	static const struct zr_plan_wipe wipes[] = { { 0, MIB }, { ZONE, 4096 } };
	struct facts *facts = facts_usual();

	(void)state;
	facts_conventional(facts->target_zones, 0, 32);
	facts->target_zones[16].cond = ZR_COND_READONLY;
	facts->target_zones[31].cond = ZR_COND_OFFLINE;
	facts_plan(facts);
	assert_wipes(facts->plan, wipes, COUNT(wipes));
	facts_free(facts);
}

static void test_conventional_pairs(void **state)
{
	static const struct zr_plan_wipe wipes[] = { { 512 * GIB, 4096 },
						     { 512 * GIB + 256 * MIB, 4096 },
						     { 4 * TIB, 4096 },
						     { 4 * TIB + 256 * MIB, 4096 } };
	struct facts *facts = facts_sized(5 * TIB, 256 * MIB);

	(void)state;
	facts_conventional(facts->target_zones, 2048, 2);
	facts_conventional(facts->target_zones, 16384, 2);
	facts_plan(facts);
	assert_wipes(facts->plan, wipes, COUNT(wipes));
	assert_int_equal(facts->plan->reset_count, 2);
	facts_free(facts);
}

static void test_regular_wipes(void **state)
{
	static const struct zr_plan_wipe wipes[] = {
		{ 0, MIB }, { 64 * MIB, 4096 }, { 256 * GIB, 4096 }, { 600 * GIB - MIB, MIB }
	};
	struct facts *facts = facts_sized(600 * GIB, 256 * MIB);

	(void)state;
	facts_regular(facts);
	assert_resets(facts_plan(facts), NULL, 0);
	assert_wipes(facts->plan, wipes, COUNT(wipes));
	facts_free(facts);
}

struct edge_case {
	uint64_t size;
	struct zr_plan_wipe wipes[4];
	size_t count;
};

/* Sizes at which the end of the device meets a superblock's place or the border of two zones. */
static const struct edge_case edges[] = {
	{ 64 * MIB + 4096, { { 0, MIB }, { 63 * MIB + 4096, MIB - 4096 }, { 64 * MIB, 4096 } }, 3 },
	{ 65 * MIB, { { 0, MIB }, { 64 * MIB, MIB } }, 2 },
	{ 65 * MIB + 4096, { { 0, MIB }, { 64 * MIB, 4096 }, { 64 * MIB + 4096, MIB } }, 3 },
	{ 64 * MIB + 2048, { { 0, MIB }, { 63 * MIB, MIB }, { 64 * MIB, 2048 } }, 3 },
	{ 9 * MIB, { { 0, MIB }, { 8 * MIB, MIB } }, 2 },
};

static void test_wipe_edges(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(edges); i++) {
		struct facts *facts = facts_sized(edges[i].size, ZONE);

		print_message("# %llu\n", (unsigned long long)edges[i].size);
		facts_regular(facts);
		facts_plan(facts);
		assert_wipes(facts->plan, edges[i].wipes, edges[i].count);
		facts_free(facts);
	}
}

/* A short last zone is conventional, the one before it is not: only a part of the tail is wiped. */
static void test_tail_in_sequential_zone(void **state)
{
	static const struct zr_plan_wipe wipes[] = { { 4 * ZONE, 512 * KIB } };
	struct facts *facts = facts_sized(4 * ZONE + 512 * KIB, ZONE);

	(void)state;
	facts_conventional(facts->target_zones, 4, 1);
	facts_plan(facts);
	assert_wipes(facts->plan, wipes, COUNT(wipes));
	facts_free(facts);
}

struct superblock_case {
	const char *name;
	uint64_t size;
	uint64_t total_bytes;
	enum zr_zone_model model;
	unsigned int count;
};

static const struct superblock_case superblocks[] = {
	{ "zoned, small", 100 * GIB, 100 * GIB, ZR_MODEL_HOST_MANAGED, 1 },
	{ "zoned, half a pair", 512 * GIB + 256 * MIB, 512 * GIB + 256 * MIB, ZR_MODEL_HOST_MANAGED,
	  1 },
	{ "zoned, a pair and a part", 512 * GIB + 300 * MIB, 512 * GIB + 300 * MIB,
	  ZR_MODEL_HOST_MANAGED, 2 },
	{ "zoned, a pair", 512 * GIB + 512 * MIB, 512 * GIB + 512 * MIB, ZR_MODEL_HOST_MANAGED, 2 },
	{ "zoned, pair beyond", 600 * GIB, 500 * GIB, ZR_MODEL_HOST_MANAGED, 1 },
	{ "zoned, ends at the pair", 600 * GIB, 512 * GIB, ZR_MODEL_HOST_MANAGED, 1 },
	{ "zoned, ends at the copy", 600 * GIB, 512 * GIB + 4096, ZR_MODEL_HOST_MANAGED, 1 },
	{ "zoned, ends behind it", 600 * GIB, 512 * GIB + 8192, ZR_MODEL_HOST_MANAGED, 2 },
	{ "zoned, large", 5 * TIB, 5 * TIB, ZR_MODEL_HOST_MANAGED, 3 },
	{ "regular, large", 5 * TIB, 5 * TIB, ZR_MODEL_REGULAR, 3 },
	{ "regular", 200 * GIB, 200 * GIB, ZR_MODEL_REGULAR, 2 },
	{ "regular, ends at the copy", 300 * GIB, 256 * GIB + 4096, ZR_MODEL_REGULAR, 2 },
	{ "regular, ends behind it", 300 * GIB, 256 * GIB + 8192, ZR_MODEL_REGULAR, 3 },
};

static void assert_superblocks(const struct zr_plan *plan, const struct superblock_case *it)
{
	static const uint64_t bytenr[] = { 64 * KIB, 64 * MIB, 256 * GIB };
	static const uint64_t pair[] = { 0, 512 * GIB, 4 * TIB };
	const struct zr_plan_superblock *copy;
	unsigned int mirror = it->count;
	size_t position = 0;
	bool zoned = it->model == ZR_MODEL_HOST_MANAGED;

	while (mirror--) {
		assert_int_equal(zr_plan_superblock_next(plan, &position, &copy), 0);
		assert_int_equal(copy->mirror, mirror);
		assert_int_equal(copy->bytenr, bytenr[mirror]);
		assert_int_equal(copy->physical, zoned ? pair[mirror] : bytenr[mirror]);
		assert_int_equal(copy->sequential, zoned);
	}
	assert_int_equal(zr_plan_superblock_next(plan, &position, &copy), 1);
}

static void test_superblocks(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(superblocks); i++) {
		struct facts *facts = facts_sized(superblocks[i].size, 256 * MIB);

		print_message("# %s\n", superblocks[i].name);
		facts->in.total_bytes = superblocks[i].total_bytes;
		if (superblocks[i].model == ZR_MODEL_REGULAR)
			facts_regular(facts);
		assert_superblocks(facts_plan(facts), &superblocks[i]);
		facts_free(facts);
	}
}

static void test_small_regular(void **state)
{
	struct facts *facts = facts_new(4);

	(void)state;
	facts_regular(facts);
	facts_plan(facts);
	assert_int_equal(facts->plan->superblock_count, 1);
	assert_int_equal(facts->plan->superblocks[0].physical, 64 * KIB);
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_target),
		cmocka_unit_test(test_used_target),
		cmocka_unit_test(test_second_of_pair),
		cmocka_unit_test(test_mirror_pairs_are_reset),
		cmocka_unit_test(test_conventional_zones),
		cmocka_unit_test(test_unusable_conventional_zones),
		cmocka_unit_test(test_conventional_pairs),
		cmocka_unit_test(test_regular_wipes),
		cmocka_unit_test(test_wipe_edges),
		cmocka_unit_test(test_tail_in_sequential_zone),
		cmocka_unit_test(test_superblocks),
		cmocka_unit_test(test_small_regular),
	};

	return cmocka_run_group_tests_name("plan clear", tests, NULL, NULL);
}
