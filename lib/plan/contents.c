// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether the source can hold what its block groups say that they hold.
 */
#include "make.h"

#include <inttypes.h>

static int refuse_figures(const struct zr_plan_group *group, struct zr_error *err)
{
	if (group->last > group->len)
		return zr_fail(zr_plan_at(err, ZR_NOWHERE, group->logical), ZR_E_RANGE,
			       "block group: logical %" PRIu64
			       ", last extent ends beyond it, found %" PRIu64
			       " expected at most %" PRIu64,
			       group->logical, group->last, group->len);
	if (group->used > group->last)
		return zr_fail(zr_plan_at(err, ZR_NOWHERE, group->logical), ZR_E_BLOCK_GROUP,
			       "block group: logical %" PRIu64
			       ", more bytes used than lie below the end of its last extent"
			       ", found %" PRIu64 " expected at most %" PRIu64,
			       group->logical, group->used, group->last);
	return 0;
}

static int fail_unreadable(const struct zr_plan_maker *maker, const struct zr_zone *zone,
			   const struct zr_plan_group *group)
{
	uint64_t zone_no = zone->start / maker->in->source.zone_size;

	zr_zone_error_at(maker->err, zone_no, zone->start);
	return zr_fail(zr_plan_at(maker->err, zone->start, group->logical), ZR_E_ZONE_UNUSABLE,
		       "source: zone %" PRIu64 " with block group %" PRIu64
		       " is %s, and no other zone holds its %" PRIu64 " bytes",
		       zone_no, group->logical, zr_zone_cond_name(zone->cond), group->last);
}

/*
 * The write pointers of a pair may differ after a crash, and one zone of it may be lost. The copy
 * is made from what can be read, so the zone that reaches furthest is the one that counts.
 */
static int refuse_written(const struct zr_plan_maker *maker, size_t index)
{
	const struct zr_plan_group *group = &maker->in->groups[index];
	const struct zr_plan_stripes *stripes = &maker->stripes[index];
	const struct zr_zone *offline = NULL;
	uint64_t longest = 0;
	uint32_t i;

	for (i = 0; i < stripes->count; i++) {
		uint64_t physical = maker->in->extents[stripes->index[i]].physical;
		const struct zr_zone *zone = zr_plan_source_zone(maker->in, physical);
		uint64_t written = zr_zone_written(zone);

		if (zone->cond == ZR_COND_OFFLINE)
			offline = zone;
		if (written > longest)
			longest = written;
	}
	if (group->last <= longest)
		return 0;
	if (offline)
		return fail_unreadable(maker, offline, group);
	return zr_fail(zr_plan_at(maker->err, maker->in->extents[stripes->index[0]].physical,
				  group->logical),
		       ZR_E_ZONED,
		       "block group: logical %" PRIu64
		       ", extent beyond the write pointer of the source, found end %" PRIu64
		       " expected at most %" PRIu64,
		       group->logical, group->last, longest);
}

int zr_plan_refuse_contents(const struct zr_plan_maker *maker)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < maker->in->group_count && !ret; i++) {
		ret = refuse_figures(&maker->in->groups[i], maker->err);
		if (!ret)
			ret = refuse_written(maker, i);
	}
	return ret;
}
