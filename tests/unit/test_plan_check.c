// SPDX-License-Identifier: GPL-2.0-or-later
/* A good plan with one thing broken at a time: the proof must fail, and for the right reason. */
#include "test_plan_facts.h"

#define BIG (256 * MIB)

/* Numbers of the good plan's zones. */
enum { SYS0, SYS1, META0, META1, OPEN, FINISHED, FULL, EMPTY, ZONES };

struct mutation {
	const char *name;
	void (*mutate)(struct facts *facts, struct zr_plan *plan);
	const char *word;
};

/*
 * Two superblocks, a limit at which one data zone is finished, conventional zones under a stripe
 * and at three places that are wiped.
 */
static struct facts *facts_good(void)
{
	struct facts *facts = facts_sized(600 * GIB, BIG);

	facts->in.total_bytes = 599 * GIB;
	facts->in.target.max_active = 10;
	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, METADATA | DUP, 4, 3 * NODE);
	facts_add(facts, DATA, 6, MIB);
	facts_add(facts, DATA, 7, 3 * MIB);
	facts_add(facts, DATA, 8, BIG);
	facts_add(facts, DATA, 9, 0);
	facts->groups[2].used = MIB - SECTOR;
	facts_conventional(facts->target_zones, 2, 1);
	facts_conventional(facts->target_zones, 1024, 1);
	facts_conventional(facts->target_zones, 2399, 1);
	facts->target_zones[8].cond = ZR_COND_FULL;
	facts->target_zones[20].cond = ZR_COND_FULL;
	facts->target_zones[21].cond = ZR_COND_OFFLINE;
	facts_plan(facts);
	return facts;
}

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

/* Facts that the plan was not made for. */

static void other_fsid(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.fsid[15] ^= 1;
}

static void other_devid(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.devid = 2;
}

static void other_generation(struct facts *facts, struct zr_plan *plan)
{
	(void)plan;
	facts->in.generation++;
}

static void other_zone_size(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.zone_size *= 2;
}

static void other_target(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.target_bytes -= BIG;
}

static void other_limit(struct facts *facts, struct zr_plan *plan)
{
	(void)plan;
	facts->in.target.max_active++;
}

static void other_total(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.total_bytes += BIG;
}

/* Device extents. */

static void zone_missing(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zone_count--;
}

static void zone_twice(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[FULL] = plan->zones[FINISHED];
}

static void zones_swapped(struct facts *facts, struct zr_plan *plan)
{
	struct zr_plan_zone zone = plan->zones[OPEN];

	(void)facts;
	plan->zones[OPEN] = plan->zones[FINISHED];
	plan->zones[FINISHED] = zone;
}

static void wrong_length(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].len -= SECTOR;
}

static void wrong_stripe(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[META1].stripe = 0;
}

static void wrong_logical(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].logical += BIG;
}

static void wrong_flags(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].flags = METADATA;
}

static void wrong_used(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].used += SECTOR;
}

static void wrong_last(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].last -= SECTOR;
}

/* Places on the target. */

static void target_twice(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].target_physical = plan->zones[META1].target_physical;
}

static void target_in_log(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].target_physical = BIG;
}

static void target_in_fixed(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].target_physical = 256 * GIB;
}

static void target_unaligned(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].target_physical += SECTOR;
}

static void target_beyond_total(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].target_physical = 599 * GIB;
}

static void target_beyond_device(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].target_physical = 0 - BIG;
}

static void target_unusable(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].target_physical = 21 * BIG;
}

/* Ends and states. */

static void end_early(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].end -= SECTOR;
}

static void end_late(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].end += SECTOR;
}

static void end_beyond_capacity(struct facts *facts, struct zr_plan *plan)
{
	(void)plan;
	facts->target_zones[6].cap = MIB - SECTOR;
}

static void end_before_source(struct facts *facts, struct zr_plan *plan)
{
	(void)plan;
	facts->in.tail = ZR_TAIL_SOURCE;
	facts_active(&facts->source_zones[6], 2 * MIB);
}

static void ends_differ(struct facts *facts, struct zr_plan *plan)
{
	facts->in.tail = ZR_TAIL_SOURCE;
	plan->zones[META1].end += NODE;
	plan->summary.fill_bytes += NODE;
}

static void state_open_for_empty(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[EMPTY].state = ZR_END_OPEN;
}

static void state_open_for_full(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[FULL].state = ZR_END_OPEN;
}

static void state_full_for_open(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].state = ZR_END_FULL;
}

static void state_open_for_conventional(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[SYS0].state = ZR_END_OPEN;
}

static void state_conventional_for_open(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].state = ZR_END_NO_WP;
}

static void state_unknown(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].state = (enum zr_zone_end)7;
}

static void finish_half_a_pair(struct facts *facts, struct zr_plan *plan)
{
	struct zr_plan_zone *zone = &plan->zones[META1];

	(void)facts;
	zone->state = ZR_END_FINISH;
	zone->lost = BIG - zone->end;
	plan->summary.zones_finished++;
	plan->summary.lost_bytes += zone->lost;
	plan->summary.active--;
}

static void finish_without_limit(struct facts *facts, struct zr_plan *plan)
{
	facts->in.target.max_active = 0;
	plan->summary.max_active = 0;
}

static void lost_wrong(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[FINISHED].lost -= SECTOR;
	plan->summary.lost_bytes -= SECTOR;
}

static void lost_in_open(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->zones[OPEN].lost = SECTOR;
}

/* Block groups whose stripes the facts themselves leave out. */

static void group_without_stripe(struct facts *facts, struct zr_plan *plan)
{
	facts->groups[facts->in.group_count].logical = 4 * GIB;
	facts->in.group_count++;
	(void)plan;
}

static void extent_without_group(struct facts *facts, struct zr_plan *plan)
{
	(void)plan;
	facts->extents[OPEN].group = 99;
}

/* Resets and wipes. */

static void drop_reset(struct zr_plan *plan, size_t index)
{
	plan->reset_count--;
	plan->summary.resets--;
	memmove(&plan->resets[index], &plan->resets[index + 1],
		(plan->reset_count - index) * sizeof(plan->resets[0]));
}

static void reset_of_log_missing(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	drop_reset(plan, 1);
}

static void reset_of_mirror_missing(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	drop_reset(plan, 5);
}

static void reset_of_planned_missing(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	drop_reset(plan, 2);
}

static void reset_of_free_missing(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	drop_reset(plan, 3);
}

static void reset_twice(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->resets[1] = plan->resets[0];
}

static void reset_of_empty(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->resets[3] = 19 * BIG;
}

static void reset_of_conventional(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->resets[2] = 2 * BIG;
}

static void reset_unaligned(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->resets[3] += SECTOR;
}

static void reset_beyond(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->resets[5] = 600 * GIB;
}

static void wipe_missing(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->wipe_count--;
}

static void wipe_short(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->wipes[0].len /= 2;
}

static void wipe_empty(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->wipes[0].len = 0;
}

static void wipe_in_sequential(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->wipes[0].physical = 256 * GIB - SECTOR;
}

static void wipe_into_next_zone(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->wipes[0].len = BIG + SECTOR;
}

static void wipe_beyond(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->wipes[1].len += SECTOR;
}

static void wipe_descending(struct facts *facts, struct zr_plan *plan)
{
	struct zr_plan_wipe wipe = plan->wipes[0];

	(void)facts;
	plan->wipes[0] = plan->wipes[1];
	plan->wipes[1] = wipe;
}

/* Superblocks. */

static void primary_missing(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->superblock_count--;
	plan->summary.superblocks--;
	plan->summary.active--;
}

static void mirror_missing(struct facts *facts, struct zr_plan *plan)
{
	plan->superblocks[0] = plan->superblocks[1];
	primary_missing(facts, plan);
}

static void primary_first(struct facts *facts, struct zr_plan *plan)
{
	struct zr_plan_superblock copy = plan->superblocks[0];

	(void)facts;
	plan->superblocks[0] = plan->superblocks[1];
	plan->superblocks[1] = copy;
}

static void superblock_extra(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->superblocks[2] = plan->superblocks[1];
	plan->superblock_count++;
}

static void superblock_many(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->superblock_count = 4;
}

static void superblock_moved(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->superblocks[1].physical = 64 * KIB;
}

static void superblock_bytenr(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->superblocks[1].bytenr = 0;
}

static void superblock_fixed(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->superblocks[0].sequential = false;
}

static void superblock_beyond_total(struct facts *facts, struct zr_plan *plan)
{
	facts->in.total_bytes = 512 * GIB;
	plan->summary.total_bytes = 512 * GIB;
}

/* Active zones and figures. */

static void too_many_active(struct facts *facts, struct zr_plan *plan)
{
	facts->in.target.max_active = plan->summary.active;
	plan->summary.max_active = plan->summary.active;
}

static void figure_active(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.active--;
}

static void figure_used(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.used_bytes++;
}

static void figure_fill(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.fill_bytes++;
}

static void figure_lost(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.lost_bytes = 0;
}

static void figure_zones(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.zones++;
}

static void figure_empty(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.zones_empty++;
}

static void figure_finished(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.zones_finished = 0;
}

static void figure_resets(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.resets = 0;
}

static void figure_superblocks(struct facts *facts, struct zr_plan *plan)
{
	(void)facts;
	plan->summary.superblocks = 1;
}

#define MUTATION(function, word)          \
	{                                 \
#function, function, word \
	}

static const struct mutation mutations[] = {
	MUTATION(other_fsid, "another source"),
	MUTATION(other_devid, "another source"),
	MUTATION(other_generation, "another source"),
	MUTATION(other_zone_size, "another target"),
	MUTATION(other_target, "another target"),
	MUTATION(other_limit, "another target"),
	MUTATION(other_total, "total bytes"),
	MUTATION(zone_missing, "number of zones"),
	MUTATION(zone_twice, "wrong device extent"),
	MUTATION(zones_swapped, "wrong device extent"),
	MUTATION(wrong_length, "wrong length"),
	MUTATION(wrong_stripe, "wrong stripe"),
	MUTATION(wrong_logical, "wrong block group"),
	MUTATION(wrong_flags, "wrong flags"),
	MUTATION(wrong_used, "wrong used bytes"),
	MUTATION(wrong_last, "wrong last extent"),
	MUTATION(target_twice, "used twice"),
	MUTATION(target_in_log, "reserved"),
	MUTATION(target_in_fixed, "reserved"),
	MUTATION(target_unaligned, "no start of a zone"),
	MUTATION(target_beyond_total, "beyond the total bytes"),
	MUTATION(target_beyond_device, "beyond the total bytes"),
	MUTATION(target_unusable, "unusable"),
	MUTATION(end_early, "before its last extent"),
	MUTATION(end_late, "too far behind"),
	MUTATION(end_beyond_capacity, "beyond the capacity"),
	MUTATION(end_before_source, "before the source's zone"),
	MUTATION(ends_differ, "ends differ"),
	MUTATION(state_open_for_empty, "state does not fit"),
	MUTATION(state_open_for_full, "state does not fit"),
	MUTATION(state_full_for_open, "state does not fit"),
	MUTATION(state_open_for_conventional, "state does not fit"),
	MUTATION(state_conventional_for_open, "state does not fit"),
	MUTATION(state_unknown, "state does not fit"),
	MUTATION(finish_half_a_pair, "not finished alike"),
	MUTATION(finish_without_limit, "without a limit"),
	MUTATION(lost_wrong, "wrong lost bytes"),
	MUTATION(lost_in_open, "wrong lost bytes"),
	MUTATION(group_without_stripe, "stripes as a bit mask"),
	MUTATION(extent_without_group, "no such block group"),
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

static void check_mutation(const struct mutation *it)
{
	struct facts *facts = facts_good();
	int ret;

	it->mutate(facts, facts->plan);
	ret = zr_plan_check(facts->plan, &facts->in, &facts->err);
	if (ret != -ZR_E_PLAN || !strstr(facts->err.text, it->word))
		fail_msg("%s: %s, '%s'", it->name, zr_error_name(ret), facts->err.text);
	facts_free(facts);
}

static void test_mutations(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(mutations); i++)
		check_mutation(&mutations[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests_name("plan check", tests, NULL, NULL);
}
