// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether the source can hold what its block groups say that they hold.
 */
#include "make.h"
#include "range.h"

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
			   const struct zr_plan_group *group, bool alone)
{
	uint64_t zone_no = zone->start / maker->in->source.zone_size;

	zr_zone_error_at(maker->err, zone_no, zone->start);
	return zr_fail(zr_plan_at(maker->err, zone->start, group->logical), ZR_E_ZONE_UNUSABLE,
		       "%s: zone %" PRIu64 " with block group %" PRIu64
		       " is %s, and no other zone holds its %" PRIu64 " bytes%s",
		       zr_plan_source_name(maker->in), zone_no, group->logical,
		       zr_zone_cond_name(zone->cond), group->last,
		       alone ? "; --rescue goes on without them" : "");
}

/* How far the copies of a stripe reach, on whatever device they are. */
static uint64_t longest_copy(const struct zr_plan_maker *maker, size_t index, uint32_t stripe)
{
	const struct zr_plan_stripes *stripes = &maker->stripes[index];
	uint32_t copies = zr_profile_find(maker->in->groups[index].flags)->copies;
	uint64_t longest = 0;
	uint32_t i;

	for (i = 0; i < stripes->count; i++) {
		const struct zr_plan_extent *extent = &maker->in->extents[stripes->index[i]];
		const struct zr_zone *zone = zr_plan_source_zone(maker->in, extent->physical);

		if (extent->stripe / copies == stripe / copies)
			longest = zr_max64(longest, zr_zone_written(zone));
	}
	for (i = 0; i < stripes->peer_count; i++) {
		const struct zr_plan_peer *peer = &stripes->peers[i];

		if (peer->zone && peer->stripe / copies == stripe / copies)
			longest = zr_max64(longest, zr_zone_written(peer->zone));
	}
	return longest;
}

/*
 * The write pointers of copies may differ after a crash, and one zone may be lost. The copy is made
 * from what can be read, so the zone that reaches furthest is the one that counts. In a rescue,
 * what none has is found by reading.
 */
static int refuse_written(const struct zr_plan_maker *maker, size_t index, size_t extent_no)
{
	const struct zr_plan_extent *extent = &maker->in->extents[extent_no];
	const struct zr_plan_group *group = &maker->in->groups[index];
	const struct zr_zone *zone = zr_plan_source_zone(maker->in, extent->physical);
	uint64_t longest = longest_copy(maker, index, extent->stripe);
	uint64_t last = zr_plan_reach(group, extent->stripe, group->last);
	/* Where another device has a part, its zones must say where this one ends. */
	bool alone = !maker->stripes[index].peer_count;

	if (last <= longest || maker->in->choices.rescue)
		return 0;
	if (zone->cond == ZR_COND_OFFLINE)
		return fail_unreadable(maker, zone, group, alone);
	return zr_fail(zr_plan_at(maker->err, extent->physical, group->logical), ZR_E_ZONED,
		       "block group: logical %" PRIu64
		       ", extent beyond the write pointer of the source, found end %" PRIu64
		       " expected at most %" PRIu64 "%s",
		       group->logical, last, longest, alone ? "; --rescue goes on without it" : "");
}

int zr_plan_refuse_contents(const struct zr_plan_maker *maker)
{
	int ret = 0;
	size_t i;
	uint32_t s;

	for (i = 0; i < maker->in->group_count && !ret; i++) {
		ret = refuse_figures(&maker->in->groups[i], maker->err);
		for (s = 0; s < maker->stripes[i].count && !ret; s++)
			ret = refuse_written(maker, i, maker->stripes[i].index[s]);
	}
	return ret;
}
