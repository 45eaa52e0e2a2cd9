// SPDX-License-Identifier: GPL-2.0-or-later
/* The proof of a plan finds what is wrong with everything but its zones. */
#include "test_plan_mutation.h"

static void test_good(void **state)
{
	struct facts *facts = facts_good();

	(void)state;
	assert_int_equal(facts->plan->zone_count, ZONES);
	assert_int_equal(facts->plan->zones[SYS0].state, ZR_END_NO_WP);
	assert_int_equal(facts->plan->zones[OPEN].state, ZR_END_OPEN);
	assert_int_equal(facts->plan->zones[FINISHED].state, ZR_END_FINISH);
	assert_int_equal(facts->plan->zones[FULL].state, ZR_END_FULL);
	assert_int_equal(facts->plan->zones[EMPTY].state, ZR_END_EMPTY);
	assert_int_equal(facts->plan->reset_count, 6);
	assert_int_equal(facts->plan->wipe_count, 2);
	assert_int_equal(facts->plan->superblock_count, 2);
	facts_free(facts);
}

/* Resets and wipes. */

static void drop_reset(struct facts *facts, size_t index)
{
	struct zr_plan *plan = facts->plan;

	plan->reset_count--;
	plan->summary.resets--;
	memmove(&plan->resets[index], &plan->resets[index + 1],
		(plan->reset_count - index) * sizeof(plan->resets[0]));
}

static void reset_of_log_missing(struct facts *facts)
{
	drop_reset(facts, 1);
}

static void reset_of_mirror_missing(struct facts *facts)
{
	drop_reset(facts, 5);
}

static void reset_of_planned_missing(struct facts *facts)
{
	drop_reset(facts, 2);
}

static void reset_of_free_missing(struct facts *facts)
{
	drop_reset(facts, 3);
}

static void reset_twice(struct facts *facts)
{
	facts->plan->resets[1] = facts->plan->resets[0];
}

static void reset_of_empty(struct facts *facts)
{
	facts->plan->resets[3] = 19 * BIG;
}

static void reset_of_conventional(struct facts *facts)
{
	facts->plan->resets[2] = 2 * BIG;
}

static void reset_unaligned(struct facts *facts)
{
	facts->plan->resets[3] += SECTOR;
}

static void reset_beyond(struct facts *facts)
{
	facts->plan->resets[5] = 600 * GIB;
}

static void wipe_missing(struct facts *facts)
{
	facts->plan->wipe_count--;
}

static void wipe_short(struct facts *facts)
{
	facts->plan->wipes[0].len /= 2;
}

static void wipe_empty(struct facts *facts)
{
	facts->plan->wipes[0].len = 0;
}

static void wipe_in_sequential(struct facts *facts)
{
	facts->plan->wipes[0].physical = 256 * GIB - SECTOR;
}

static void wipe_into_next_zone(struct facts *facts)
{
	facts->plan->wipes[0].len = BIG + SECTOR;
}

static void wipe_beyond(struct facts *facts)
{
	facts->plan->wipes[1].len += SECTOR;
}

static void wipe_descending(struct facts *facts)
{
	struct zr_plan_wipe wipe = facts->plan->wipes[0];

	facts->plan->wipes[0] = facts->plan->wipes[1];
	facts->plan->wipes[1] = wipe;
}

/* Superblocks. */

static void primary_missing(struct facts *facts)
{
	facts->plan->superblock_count--;
	facts->plan->summary.superblocks--;
	facts->plan->summary.active--;
}

static void mirror_missing(struct facts *facts)
{
	facts->plan->superblocks[0] = facts->plan->superblocks[1];
	primary_missing(facts);
}

static void primary_first(struct facts *facts)
{
	struct zr_plan_superblock copy = facts->plan->superblocks[0];

	facts->plan->superblocks[0] = facts->plan->superblocks[1];
	facts->plan->superblocks[1] = copy;
}

static void superblock_extra(struct facts *facts)
{
	facts->plan->superblocks[2] = facts->plan->superblocks[1];
	facts->plan->superblock_count++;
}

static void superblock_many(struct facts *facts)
{
	facts->plan->superblock_count = 4;
}

static void superblock_moved(struct facts *facts)
{
	facts->plan->superblocks[1].physical = 64 * KIB;
}

static void superblock_bytenr(struct facts *facts)
{
	facts->plan->superblocks[1].bytenr = 0;
}

static void superblock_fixed(struct facts *facts)
{
	facts->plan->superblocks[0].sequential = false;
}

static void superblock_beyond_total(struct facts *facts)
{
	facts->in.total_bytes = 512 * GIB;
	facts->plan->summary.source_bytes = 512 * GIB;
	facts->plan->summary.total_bytes = 512 * GIB;
}

/* Active zones and figures. */

static void too_many_active(struct facts *facts)
{
	facts->in.target.max_active = facts->plan->summary.active;
	facts->plan->summary.max_active = facts->plan->summary.active;
}

static void figure_active(struct facts *facts)
{
	facts->plan->summary.active--;
}

static void figure_used(struct facts *facts)
{
	facts->plan->summary.used_bytes++;
}

static void figure_fill(struct facts *facts)
{
	facts->plan->summary.fill_bytes++;
}

static void figure_lost(struct facts *facts)
{
	facts->plan->summary.lost_bytes = 0;
}

static void figure_zones(struct facts *facts)
{
	facts->plan->summary.zones++;
}

static void figure_empty(struct facts *facts)
{
	facts->plan->summary.zones_empty++;
}

static void figure_finished(struct facts *facts)
{
	facts->plan->summary.zones_finished = 0;
}

static void figure_resets(struct facts *facts)
{
	facts->plan->summary.resets = 0;
}

static void figure_superblocks(struct facts *facts)
{
	facts->plan->summary.superblocks = 1;
}

static const struct mutation mutations[] = {
	MUTATION(reset_of_log_missing, "zone 1 is not empty"),
	MUTATION(reset_of_mirror_missing, "zone 2049 is not empty"),
	MUTATION(reset_of_planned_missing, "zone 8 is not empty"),
	MUTATION(reset_of_free_missing, "zone 20 is not empty"),
	MUTATION(reset_twice, "not ascending"),
	MUTATION(reset_of_empty, "zone 19 is empty"),
	MUTATION(reset_of_conventional, "zone 2 is empty"),
	MUTATION(reset_unaligned, "no start of a zone"),
	MUTATION(reset_beyond, "no start of a zone"),
	MUTATION(wipe_missing, "can hold a signature"),
	MUTATION(wipe_short, "can hold a signature"),
	MUTATION(wipe_empty, "outside"),
	MUTATION(wipe_in_sequential, "usable conventional zone"),
	MUTATION(wipe_into_next_zone, "usable conventional zone"),
	MUTATION(wipe_beyond, "outside"),
	MUTATION(wipe_descending, "overlaps"),
	MUTATION(primary_missing, "no copy 0"),
	MUTATION(mirror_missing, "wrong copy"),
	MUTATION(primary_first, "wrong copy"),
	MUTATION(superblock_extra, "number of copies"),
	MUTATION(superblock_many, "4 copies"),
	MUTATION(superblock_moved, "wrong copy"),
	MUTATION(superblock_bytenr, "wrong copy"),
	MUTATION(superblock_fixed, "wrong copy"),
	MUTATION(superblock_beyond_total, "wrong copy"),
	MUTATION(too_many_active, "active zones"),
	MUTATION(figure_active, "summary: active zones"),
	MUTATION(figure_used, "summary: used bytes"),
	MUTATION(figure_fill, "summary: fill bytes"),
	MUTATION(figure_lost, "summary: lost bytes"),
	MUTATION(figure_zones, "summary: zones"),
	MUTATION(figure_empty, "summary: empty zones"),
	MUTATION(figure_finished, "summary: finished zones"),
	MUTATION(figure_resets, "summary: resets"),
	MUTATION(figure_superblocks, "summary: superblocks"),
};

static void test_mutations(void **state)
{
	(void)state;
	check_mutations(mutations, COUNT(mutations));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests_name("plan check", tests, NULL, NULL);
}
