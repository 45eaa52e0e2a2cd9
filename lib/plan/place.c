// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which zone of the target each device extent goes to.
 *
 * One that can stay at its address does, since then nothing has to be changed on the way. The
 * others move as little as keeps all of them in their order: a kernel has their records sorted by
 * address, so that in this order each record is changed in its place.
 */
#include "buffer.h"
#include "make.h"
#include "range.h"
#include "sblog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A part of a zone at the end holds no block group, so that it counts only if it counted before. */
uint64_t zr_plan_total_bytes(const struct zr_plan_input *in)
{
	uint64_t most = zr_zone_whole_bytes(&in->target);
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
	return zr_zone_can_have_group(in->target_zones, zone_no, in->target.zone_size);
}

/* What is worked out for each device extent and each block group. */
struct placing {
	struct zr_plan_maker *maker;
	uint32_t *limits; /* of each extent: the highest zone that it can have */
	bool *sequential; /* of each group: it has a pair, which must be in sequential zones */
};

static bool can_take(const struct placing *placing, uint32_t zone_no, size_t extent)
{
	const struct zr_plan_input *in = placing->maker->in;
	const struct zr_zone *zone = &in->target_zones[zone_no];

	if (placing->sequential[in->extents[extent].group] && !zr_zone_is_sequential(zone))
		return false;
	return is_usable(in, zone_no) && zr_plan_least_end(in, &in->extents[extent]) <= zone->cap;
}

static uint32_t count_usable(const struct zr_plan_input *in, uint32_t below)
{
	uint32_t usable = 0;
	uint32_t i;

	for (i = 0; i < below; i++)
		usable += is_usable(in, i);
	return usable;
}

static int fail_count(const struct zr_plan_maker *maker, uint32_t usable)
{
	const struct zr_plan_input *in = maker->in;
	uint32_t all = count_usable(in, in->target.zone_count);
	bool fits_all = all >= in->extent_count;

	return zr_fail(maker->err, ZR_E_TOO_SMALL,
		       "%s: too few usable zones, found %" PRIu32 " expected %zu, %" PRIu64
		       " bytes are missing%s",
		       zr_plan_target_name(in), usable, in->extent_count,
		       (in->extent_count - usable) * in->target.zone_size,
		       fits_all ? "; a file system as large as the target (--resize max) has them"
				: "");
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

/* The largest capacity of the zones up to each one: of all that are usable, of sequential ones. */
struct reach {
	uint64_t any;
	uint64_t sequential;
};

static struct reach *find_reach(const struct zr_plan_input *in, uint32_t zones)
{
	struct reach *reach = calloc((size_t)zones + 1, sizeof(*reach));
	uint32_t i;

	for (i = 0; reach && i < zones; i++) {
		const struct zr_zone *zone = &in->target_zones[i];
		uint64_t cap = is_usable(in, i) ? zone->cap : 0;

		reach[i + 1].any = zr_max64(reach[i].any, cap);
		reach[i + 1].sequential =
			zr_max64(reach[i].sequential, zr_zone_is_sequential(zone) ? cap : 0);
	}
	return reach;
}

/* Device extents that find no zone although the others have theirs. */
struct shortage {
	size_t zones;
	uint64_t bytes; /* that must be written to them */
};

/* As find_limits() does it, but what finds no zone is left out; without memory nothing is known. */
static struct shortage find_shortage(const struct placing *placing)
{
	const struct zr_plan_input *in = placing->maker->in;
	uint32_t free = zones_below(in);
	zr_autofree struct reach *reach = find_reach(in, free);
	struct shortage shortage = { 0 };
	size_t i = in->extent_count;

	while (reach && i--) {
		uint64_t needed = zr_plan_least_end(in, &in->extents[i]);
		bool sequential = placing->sequential[in->extents[i].group];

		if (!free || needed > (sequential ? reach[free].sequential : reach[free].any)) {
			shortage.zones++;
			shortage.bytes += needed;
			continue;
		}
		while (free && !can_take(placing, free - 1, i))
			free--;
		free -= !!free;
	}
	return shortage;
}

static int fail_capacity(const struct placing *placing, size_t extent, const char *reason)
{
	const struct zr_plan_input *in = placing->maker->in;
	uint64_t logical = in->groups[in->extents[extent].group].logical;
	struct shortage shortage = find_shortage(placing);

	return zr_fail(zr_plan_at(placing->maker->err, ZR_NOWHERE, logical), ZR_E_CAPACITY,
		       "%s: block group %" PRIu64 ", %s at least %" PRIu64
		       "; device extents without a zone: %zu, of %" PRIu64 " bytes",
		       zr_plan_target_name(in), logical, reason,
		       zr_plan_least_end(in, &in->extents[extent]), shortage.zones, shortage.bytes);
}

static int refuse_capacity(const struct placing *placing)
{
	const struct zr_plan_input *in = placing->maker->in;
	uint64_t largest = largest_capacity(in);
	char reason[64];
	size_t i;

	snprintf(reason, sizeof(reason), "capacity too small, found %" PRIu64 " expected", largest);
	for (i = 0; i < in->extent_count; i++)
		if (zr_plan_least_end(in, &in->extents[i]) > largest)
			return fail_capacity(placing, i, reason);
	return 0;
}

static int fail_order(const struct placing *placing, size_t extent)
{
	return fail_capacity(placing, extent,
			     placing->sequential[placing->maker->in->extents[extent].group]
				     ? "too few sequential zones with a capacity of"
				     : "too few zones, in this order, with a capacity of");
}

static int refuse_count(const struct zr_plan_maker *maker)
{
	uint32_t usable = count_usable(maker->in, zones_below(maker->in));

	return usable < maker->in->extent_count ? fail_count(maker, usable) : 0;
}

/*
 * From the last extent down, each as high as the ones above it allow: the highest place that it can
 * have at all.
 */
static int find_limits(const struct placing *placing)
{
	uint32_t free = zones_below(placing->maker->in);
	size_t i = placing->maker->in->extent_count;

	while (i--) {
		while (free && !can_take(placing, free - 1, i))
			free--;
		if (!free)
			return fail_order(placing, i);
		placing->limits[i] = --free;
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
static void choose_places(const struct placing *placing)
{
	const struct zr_plan_input *in = placing->maker->in;
	struct zr_plan_zone *zones = placing->maker->plan->zones;
	uint32_t free = 0;
	size_t i;

	for (i = 0; i < in->extent_count; i++) {
		uint64_t own = in->extents[i].physical / in->target.zone_size;
		uint32_t limit = placing->limits[i];
		uint32_t place = (uint32_t)zr_max64(free, zr_min64(own, limit));

		while (place < limit && !can_take(placing, place, i))
			place++;
		fill_zone(in, i, &zones[i]);
		zones[i].target_physical = in->target_zones[place].start;
		free = place + 1;
	}
}

static bool is_sequential(const struct zr_zone *zones, uint64_t zone_size, uint64_t physical)
{
	return zr_zone_is_sequential(&zones[physical / zone_size]);
}

/*
 * One copy in a conventional zone and one in a sequential zone: Linux 6.1 does not mount that, and
 * neither does btrfs check once the last extent was freed. One that is so on the source stays so.
 */
static bool becomes_mixed(const struct zr_plan_maker *maker, const struct zr_plan_stripes *stripes)
{
	const struct zr_plan_input *in = maker->in;
	const struct zr_plan_zone *first = &maker->plan->zones[stripes->index[0]];
	const struct zr_plan_zone *second = &maker->plan->zones[stripes->index[1]];
	uint64_t unit = in->target.zone_size;

	return is_sequential(in->target_zones, unit, first->target_physical) !=
		       is_sequential(in->target_zones, unit, second->target_physical) &&
	       is_sequential(in->source_zones, unit, first->source_physical) ==
		       is_sequential(in->source_zones, unit, second->source_physical);
}

/* Returns whether a pair was found that has to be placed otherwise. */
static bool separate_mixed(const struct placing *placing)
{
	const struct zr_plan_maker *maker = placing->maker;
	bool found = false;
	size_t i;

	for (i = 0; i < maker->in->group_count; i++) {
		if (maker->stripes[i].count != 2 || !becomes_mixed(maker, &maker->stripes[i]))
			continue;
		placing->sequential[i] = true;
		found = true;
	}
	return found;
}

/* Each round sets at least one pair down as sequential, and most targets take one round. */
static int place_all(const struct placing *placing)
{
	int ret;

	do {
		ret = find_limits(placing);
		if (ret)
			return ret;
		choose_places(placing);
	} while (separate_mixed(placing));
	return 0;
}

static int refuse_change(const struct zr_plan_maker *maker, const char *what)
{
	if (maker->in->devices == 1)
		return 0;
	return zr_fail(maker->err, ZR_E_GEOMETRY,
		       "%s: %s, which would have to be written to all of the %" PRIu64
		       " devices of the file system",
		       zr_plan_target_name(maker->in), what, maker->in->devices);
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

static int place_extents(struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	zr_autofree uint32_t *limits = calloc(in->extent_count + 1, sizeof(*limits));
	zr_autofree bool *sequential = calloc(in->group_count + 1, sizeof(*sequential));
	const struct placing placing = {
		.maker = maker,
		.limits = limits,
		.sequential = sequential,
	};
	int ret = limits && sequential ? refuse_count(maker) : zr_fail_nomem(maker->err);

	if (!ret)
		ret = refuse_capacity(&placing);
	return ret ? ret : place_all(&placing);
}

int zr_plan_place_extents(struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	struct zr_plan *plan = maker->plan;
	int ret;
	size_t i;

	plan->zones = calloc(in->extent_count + 1, sizeof(*plan->zones));
	if (!plan->zones)
		return zr_fail_nomem(maker->err);
	plan->zone_count = in->extent_count;
	plan->summary.total_bytes = zr_plan_total_bytes(in);
	ret = place_extents(maker);
	for (i = 0; i < in->extent_count && !ret; i++)
		plan->summary.zones_moved +=
			plan->zones[i].target_physical != in->extents[i].physical;
	return ret ? ret : refuse_changes(maker);
}
