// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which zone of the target each device extent goes to.
 *
 * One that can stay at its address does, since then nothing has to be changed on the way. The
 * others move as little as keeps all of them in their order: a kernel has their records sorted by
 * address, so that in this order each record is changed in its place.
 */
#include "make.h"
#include "range.h"
#include "sblog.h"

#include <inttypes.h>
#include <stdlib.h>

static uint64_t whole_zones(const struct zr_geometry *geo)
{
	return geo->size / geo->zone_size * geo->zone_size;
}

/* A part of a zone at the end holds no block group, so that it counts only if it counted before. */
uint64_t zr_plan_total_bytes(const struct zr_plan_input *in)
{
	uint64_t most = whole_zones(&in->target);
	bool fits = in->total_bytes <= in->target.size;

	if (in->choices.resize == ZR_RESIZE_MAX)
		return fits ? zr_max64(most, in->total_bytes) : most;
	return fits ? in->total_bytes : most;
}

static uint32_t zones_below(const struct zr_plan_input *in)
{
	return (uint32_t)(zr_plan_total_bytes(in) / in->target.zone_size);
}

/* What a zone must be like whatever comes into it. */
static bool is_usable(const struct zr_plan_input *in, uint32_t zone_no)
{
	return zr_zone_is_writable(&in->target_zones[zone_no]) &&
	       !zr_sblog_reserved(zone_no, in->target.zone_size);
}

static bool can_take(const struct zr_plan_maker *maker, uint32_t zone_no, size_t extent)
{
	const struct zr_plan_input *in = maker->in;

	return is_usable(in, zone_no) &&
	       zr_plan_least_end(in, &in->extents[extent]) <= in->target_zones[zone_no].cap;
}

static int fail_count(const struct zr_plan_maker *maker, uint32_t usable)
{
	const struct zr_plan_input *in = maker->in;

	return zr_fail(maker->err, ZR_E_TOO_SMALL,
		       "target: too few usable zones, found %" PRIu32 " expected %zu, %" PRIu64
		       " bytes are missing",
		       usable, in->extent_count,
		       (in->extent_count - usable) * in->target.zone_size);
}

static uint64_t largest_capacity(const struct zr_plan_input *in)
{
	uint32_t below = zones_below(in);
	uint64_t largest = 0;
	uint32_t i;

	for (i = 0; i < below; i++) {
		if (is_usable(in, i))
			largest = zr_max64(largest, in->target_zones[i].cap);
	}
	return largest;
}

static int refuse_capacity(const struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	uint64_t largest = largest_capacity(in);
	size_t i;

	for (i = 0; i < in->extent_count; i++) {
		const struct zr_plan_group *group = &in->groups[in->extents[i].group];
		uint64_t needed = zr_plan_least_end(in, &in->extents[i]);

		if (needed > largest)
			return zr_fail(zr_plan_at(maker->err, ZR_NOWHERE, group->logical),
				       ZR_E_CAPACITY,
				       "target: block group %" PRIu64
				       ", capacity too small, found %" PRIu64
				       " expected at least %" PRIu64,
				       group->logical, largest, needed);
	}
	return 0;
}

static int fail_order(const struct zr_plan_maker *maker, size_t extent)
{
	const struct zr_plan_input *in = maker->in;
	const struct zr_plan_group *group = &in->groups[in->extents[extent].group];

	return zr_fail(zr_plan_at(maker->err, ZR_NOWHERE, group->logical), ZR_E_CAPACITY,
		       "target: block group %" PRIu64
		       ", too few zones with a capacity of at least %" PRIu64,
		       group->logical, zr_plan_least_end(in, &in->extents[extent]));
}

static int refuse_count(const struct zr_plan_maker *maker)
{
	uint32_t below = zones_below(maker->in);
	uint32_t usable = 0;
	uint32_t i;

	for (i = 0; i < below; i++)
		usable += is_usable(maker->in, i);
	return usable < maker->in->extent_count ? fail_count(maker, usable) : 0;
}

/*
 * From the last extent down, each as high as the ones above it allow: the highest place that it can
 * have at all.
 */
static int find_limits(const struct zr_plan_maker *maker, uint32_t *limits)
{
	uint32_t free = zones_below(maker->in);
	size_t i = maker->in->extent_count;

	while (i--) {
		while (free && !can_take(maker, free - 1, i))
			free--;
		if (!free)
			return fail_order(maker, i);
		limits[i] = --free;
	}
	return 0;
}

static void fill_zone(const struct zr_plan_input *in, size_t index, struct zr_plan_zone *zone)
{
	const struct zr_plan_extent *extent = &in->extents[index];
	const struct zr_plan_group *group = &in->groups[extent->group];

	zone->source_physical = extent->physical;
	zone->logical = group->logical;
	zone->len = extent->len;
	zone->flags = group->flags;
	zone->stripe = extent->stripe;
}

/* From the first extent up, each at its own place or behind it, but not above its limit. */
static void choose_places(const struct zr_plan_maker *maker, const uint32_t *limits)
{
	const struct zr_plan_input *in = maker->in;
	uint32_t free = 0;
	size_t i;

	for (i = 0; i < in->extent_count; i++) {
		uint64_t own = in->extents[i].physical / in->target.zone_size;
		uint32_t place = (uint32_t)zr_max64(free, zr_min64(own, limits[i]));

		while (place < limits[i] && !can_take(maker, place, i))
			place++;
		fill_zone(in, i, &maker->plan->zones[i]);
		maker->plan->zones[i].target_physical = in->target_zones[place].start;
		free = place + 1;
	}
}

static int refuse_change(const struct zr_plan_maker *maker, const char *what)
{
	if (maker->in->devices == 1)
		return 0;
	return zr_fail(maker->err, ZR_E_GEOMETRY,
		       "target: %s, which would have to be written to all of the %" PRIu64
		       " devices of the file system",
		       what, maker->in->devices);
}

static int refuse_changes(const struct zr_plan_maker *maker)
{
	const struct zr_plan_summary *summary = &maker->plan->summary;
	int ret = 0;

	if (summary->zones_moved)
		ret = refuse_change(maker, "block groups need another place there");
	if (!ret && summary->total_bytes != maker->in->total_bytes)
		ret = refuse_change(maker, "the device item needs another size there");
	if (!ret && maker->in->choices.uuid != ZR_UUID_KEEP)
		ret = refuse_change(maker, "another fsid is wanted");
	return ret;
}

int zr_plan_place_extents(struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	struct zr_plan *plan = maker->plan;
	uint32_t *limits = calloc(in->extent_count + 1, sizeof(*limits));
	int ret;
	size_t i;

	plan->zones = calloc(in->extent_count + 1, sizeof(*plan->zones));
	plan->zone_count = in->extent_count;
	plan->summary.total_bytes = zr_plan_total_bytes(in);
	ret = limits && plan->zones ? refuse_count(maker) : zr_fail_nomem(maker->err);
	if (!ret)
		ret = refuse_capacity(maker);
	if (!ret)
		ret = find_limits(maker, limits);
	if (!ret)
		choose_places(maker, limits);
	free(limits);
	for (i = 0; i < in->extent_count && !ret; i++)
		plan->summary.zones_moved +=
			plan->zones[i].target_physical != in->extents[i].physical;
	return ret ? ret : refuse_changes(maker);
}
