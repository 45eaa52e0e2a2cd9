// SPDX-License-Identifier: GPL-2.0-or-later
/* The proof of a plan finds what is wrong with its zones. */
#include "test_plan_mutation.h"

/* Facts that the plan was not made for. */

static void other_fsid(struct facts *facts)
{
	facts->plan->summary.fsid[15] ^= 1;
}

static void other_devid(struct facts *facts)
{
	facts->plan->summary.devid = 2;
}

static void other_generation(struct facts *facts)
{
	facts->in.generation++;
}

static void other_zone_size(struct facts *facts)
{
	facts->plan->summary.zone_size *= 2;
}

static void other_target(struct facts *facts)
{
	facts->plan->summary.target_bytes -= BIG;
}

static void other_limit(struct facts *facts)
{
	facts->in.target.max_active--;
}

static void no_limit(struct facts *facts)
{
	facts->plan->summary.max_active = 0;
}

static void limit_not_chosen(struct facts *facts)
{
	facts->in.choices.active_zones = 9;
}

static void limit_of_nobody(struct facts *facts)
{
	facts->in.target.max_active = 0;
}

static void not_grown(struct facts *facts)
{
	facts->in.choices.resize = ZR_RESIZE_MAX;
}

static void other_source_total(struct facts *facts)
{
	facts->plan->summary.source_bytes -= BIG;
}

static void other_uuid(struct facts *facts)
{
	facts->plan->summary.uuid = ZR_UUID_NEW;
}

static void other_target_fsid(struct facts *facts)
{
	facts->plan->summary.target_fsid[0] ^= 1;
}

static void old_fsid_as_new(struct facts *facts)
{
	facts->in.choices.uuid = ZR_UUID_NEW;
	memcpy(facts->in.choices.fsid, facts->in.fsid, 16);
	facts->plan->summary.uuid = ZR_UUID_NEW;
}

static void moved_beside_others(struct facts *facts)
{
	facts->in.devices = 2;
	facts->plan->zones[EMPTY].target_physical += BIG;
	facts->plan->summary.zones_moved = 1;
}

static void other_total(struct facts *facts)
{
	facts->plan->summary.total_bytes += BIG;
}

/* Device extents. */

static void zone_missing(struct facts *facts)
{
	facts->plan->zone_count--;
}

static void zone_twice(struct facts *facts)
{
	facts->plan->zones[FULL] = facts->plan->zones[FINISHED];
}

static void zones_swapped(struct facts *facts)
{
	struct zr_plan_zone zone = facts->plan->zones[OPEN];

	facts->plan->zones[OPEN] = facts->plan->zones[FINISHED];
	facts->plan->zones[FINISHED] = zone;
}

static void wrong_length(struct facts *facts)
{
	facts->plan->zones[OPEN].len -= SECTOR;
}

static void wrong_stripe(struct facts *facts)
{
	facts->plan->zones[META1].stripe = 0;
}

static void wrong_logical(struct facts *facts)
{
	facts->plan->zones[OPEN].logical += BIG;
}

static void wrong_flags(struct facts *facts)
{
	facts->plan->zones[OPEN].flags = METADATA;
}

static void wrong_used(struct facts *facts)
{
	facts->plan->zones[OPEN].used += SECTOR;
}

static void wrong_last(struct facts *facts)
{
	facts->plan->zones[OPEN].last -= SECTOR;
}

/* Places on the target. */

static void target_twice(struct facts *facts)
{
	facts->plan->zones[OPEN].target_physical = facts->plan->zones[META1].target_physical;
}

static void target_before(struct facts *facts)
{
	facts->plan->zones[FULL].target_physical = facts->plan->zones[OPEN].target_physical - BIG;
}

static void target_mixed(struct facts *facts)
{
	facts_conventional(facts->target_zones, META1 + 2, 1);
	facts->plan->zones[META1].state = ZR_END_NO_WP;
}

static void target_in_log(struct facts *facts)
{
	facts->plan->zones[OPEN].target_physical = BIG;
}

static void target_in_fixed(struct facts *facts)
{
	facts->plan->zones[OPEN].target_physical = 256 * GIB;
}

static void target_unaligned(struct facts *facts)
{
	facts->plan->zones[OPEN].target_physical += SECTOR;
}

static void target_beyond_total(struct facts *facts)
{
	facts->plan->zones[OPEN].target_physical = 599 * GIB;
}

static void target_beyond_device(struct facts *facts)
{
	facts->plan->zones[OPEN].target_physical = 0 - BIG;
}

static void target_unusable(struct facts *facts)
{
	facts->plan->zones[OPEN].target_physical = 21 * BIG;
}

/* Ends and states. */

static void end_early(struct facts *facts)
{
	facts->plan->zones[OPEN].end -= SECTOR;
}

static void end_late(struct facts *facts)
{
	facts->plan->zones[OPEN].end += SECTOR;
}

static void end_beyond_capacity(struct facts *facts)
{
	facts->target_zones[6].cap = MIB - SECTOR;
}

static void end_before_source(struct facts *facts)
{
	facts->in.choices.tail = ZR_TAIL_SOURCE;
	facts_active(&facts->source_zones[6], 2 * MIB);
}

static void ends_differ(struct facts *facts)
{
	facts->in.choices.tail = ZR_TAIL_SOURCE;
	facts->plan->zones[META1].end += NODE;
	facts->plan->summary.fill_bytes += NODE;
}

static void state_open_for_empty(struct facts *facts)
{
	facts->plan->zones[EMPTY].state = ZR_END_OPEN;
}

static void state_open_for_full(struct facts *facts)
{
	facts->plan->zones[FULL].state = ZR_END_OPEN;
}

static void state_full_for_open(struct facts *facts)
{
	facts->plan->zones[OPEN].state = ZR_END_FULL;
}

static void state_open_for_conventional(struct facts *facts)
{
	facts->plan->zones[SYS0].state = ZR_END_OPEN;
}

static void state_conventional_for_open(struct facts *facts)
{
	facts->plan->zones[OPEN].state = ZR_END_NO_WP;
}

static void state_unknown(struct facts *facts)
{
	facts->plan->zones[OPEN].state = (enum zr_zone_end)7;
}

static void finish_half_a_pair(struct facts *facts)
{
	struct zr_plan_zone *zone = &facts->plan->zones[META1];

	zone->state = ZR_END_FINISH;
	zone->lost = BIG - zone->end;
	facts->plan->summary.zones_finished++;
	facts->plan->summary.lost_bytes += zone->lost;
	facts->plan->summary.active--;
}

static void finish_without_limit(struct facts *facts)
{
	facts->in.target.max_active = 0;
	facts->plan->summary.max_active = 0;
}

static void lost_wrong(struct facts *facts)
{
	facts->plan->zones[FINISHED].lost -= SECTOR;
	facts->plan->summary.lost_bytes -= SECTOR;
}

static void lost_in_open(struct facts *facts)
{
	facts->plan->zones[OPEN].lost = SECTOR;
}

/* Block groups whose stripes the facts themselves leave out. */

static void group_without_stripe(struct facts *facts)
{
	facts->groups[facts->in.group_count].logical = 4 * GIB;
	facts->groups[facts->in.group_count].stripes = 1;
	facts->in.group_count++;
}

static void extent_without_group(struct facts *facts)
{
	facts->extents[OPEN].group = 99;
}

static const struct mutation mutations[] = {
	MUTATION(other_fsid, "another source"),
	MUTATION(other_devid, "another source"),
	MUTATION(other_generation, "another source"),
	MUTATION(other_zone_size, "another target"),
	MUTATION(other_target, "another target"),
	MUTATION(other_limit, "active zones: limit"),
	MUTATION(no_limit, "without a limit"),
	MUTATION(limit_not_chosen, "active zones: limit"),
	MUTATION(limit_of_nobody, "active zones: limit"),
	MUTATION(not_grown, "total bytes"),
	MUTATION(other_source_total, "total bytes"),
	MUTATION(other_uuid, "another fsid"),
	MUTATION(other_target_fsid, "another fsid"),
	MUTATION(old_fsid_as_new, "is the old one"),
	MUTATION(moved_beside_others, "of 2 devices"),
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
	MUTATION(target_twice, "not behind the one before"),
	MUTATION(target_before, "not behind the one before"),
	MUTATION(target_mixed, "zone of another type"),
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
	MUTATION(group_without_stripe, "stripes, found 0 expected 1"),
	MUTATION(extent_without_group, "no such block group"),
};

static void test_mutations(void **state)
{
	(void)state;
	check_mutations(mutations, COUNT(mutations));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests_name("plan check zones", tests, NULL, NULL);
}
