// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where each planned zone ends, and in which state.
 */
#include "make.h"
#include "range.h"

#include <inttypes.h>
#include <stdlib.h>

/* A kernel appends whole tree blocks and whole sectors, so a zone must end where one can begin. */
static uint64_t append_unit(const struct zr_plan_input *in, uint64_t flags)
{
	return flags & BTRFS_BLOCK_GROUP_DATA ? in->sectorsize : in->nodesize;
}

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return zr_div_up(n, unit) * unit;
}

static uint64_t least_fill(const struct zr_plan_input *in, const struct zr_plan_group *group)
{
	return round_up(group->last, append_unit(in, group->flags));
}

uint64_t zr_plan_least_end(const struct zr_plan_input *in, const struct zr_plan_extent *extent)
{
	const struct zr_plan_group *group = &in->groups[extent->group];

	return zr_plan_reach(group, extent->stripe, least_fill(in, group));
}

/*
 * Where a zone of the source ends, in units that can be appended to. A capacity need not be a
 * multiple of the unit, and a zone that is full must be able to become full again: where rounding
 * up alone would leave the target's capacity, the capacity is the end.
 *
 * Conventional zones have no end, and drivers report none for read-only and offline ones.
 */
static uint64_t source_end(const struct zr_zone *zone, uint64_t unit, uint64_t capacity)
{
	uint64_t written = zr_zone_written(zone);

	if (!zr_zone_is_sequential(zone) || !zr_zone_is_writable(zone))
		return 0;
	if (written > capacity)
		return written;
	return zr_min64(round_up(written, unit), capacity);
}

static const struct zr_zone *target_of(const struct zr_plan_maker *maker, size_t index)
{
	return zr_plan_target_zone(maker->in, maker->plan->zones[index].target_physical);
}

static uint64_t least_capacity(const struct zr_plan_maker *maker,
			       const struct zr_plan_stripes *stripes)
{
	uint64_t least = UINT64_MAX;
	uint32_t i;

	for (i = 0; i < stripes->count; i++)
		least = zr_min64(least, target_of(maker, stripes->index[i])->cap);
	return least;
}

/*
 * Up to where a block group is filled, which is one for all its stripes: a kernel mounts no copies
 * that end differently.
 */
static int group_fill(const struct zr_plan_maker *maker, size_t index, uint64_t *fill)
{
	const struct zr_plan_group *group = &maker->in->groups[index];
	const struct zr_plan_stripes *stripes = &maker->stripes[index];
	uint64_t unit = append_unit(maker->in, group->flags);
	uint64_t capacity = least_capacity(maker, stripes);
	uint32_t i;

	*fill = least_fill(maker->in, group);
	for (i = 0; i < stripes->count && maker->in->choices.tail == ZR_TAIL_SOURCE; i++) {
		const struct zr_plan_extent *extent = &maker->in->extents[stripes->index[i]];
		const struct zr_zone *zone = zr_plan_source_zone(maker->in, extent->physical);
		uint64_t least;
		uint64_t most;

		zr_profile_fill(zr_profile_find(group->flags), group->stripes,
				(uint16_t)extent->stripe, source_end(zone, unit, capacity), &least,
				&most);
		*fill = zr_max64(*fill, least);
	}
	return stripes->count ? zr_plan_meet_peers(maker, index, fill) : 0;
}

static int refuse_end(const struct zr_plan_maker *maker, const struct zr_plan_zone *planned,
		      const struct zr_zone *zone)
{
	uint64_t zone_no = zone->start / maker->in->target.zone_size;

	if (planned->end <= zone->cap)
		return 0;
	zr_zone_error_at(maker->err, zone_no, zone->start);
	return zr_fail(zr_plan_at(maker->err, zone->start, planned->logical), ZR_E_CAPACITY,
		       "%s: zone %" PRIu64 " for block group %" PRIu64
		       ", capacity too small, found %" PRIu64 " expected at least %" PRIu64,
		       zr_plan_target_name(maker->in), zone_no, planned->logical, zone->cap,
		       planned->end);
}

static enum zr_zone_end end_state(const struct zr_zone *zone, uint64_t end)
{
	if (!zr_zone_is_sequential(zone))
		return ZR_END_NO_WP;
	if (!end)
		return ZR_END_EMPTY;
	return end == zone->cap ? ZR_END_FULL : ZR_END_OPEN;
}

/* How much of what is used lies on one of several stripes is not known before it is copied. */
static uint64_t share(const struct zr_plan_group *group, uint64_t last)
{
	const struct zr_profile *profile = zr_profile_find(group->flags);

	return zr_min64(group->used / zr_profile_data_stripes(profile, group->stripes), last);
}

static int end_group(struct zr_plan_maker *maker, size_t index)
{
	const struct zr_plan_stripes *stripes = &maker->stripes[index];
	const struct zr_plan_group *group = &maker->in->groups[index];
	uint64_t fill;
	int ret = group_fill(maker, index, &fill);
	uint32_t i;

	for (i = 0; i < stripes->count && !ret; i++) {
		struct zr_plan_zone *planned = &maker->plan->zones[stripes->index[i]];
		const struct zr_zone *zone = target_of(maker, stripes->index[i]);

		planned->last = zr_plan_reach(group, planned->stripe, group->last);
		planned->used = share(group, planned->last);
		planned->end = zr_plan_reach(group, planned->stripe, fill);
		planned->state = end_state(zone, planned->end);
		ret = refuse_end(maker, planned, zone);
	}
	return ret;
}

int zr_plan_end_zones(struct zr_plan_maker *maker)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < maker->in->group_count && !ret; i++)
		ret = end_group(maker, i);
	return ret;
}
