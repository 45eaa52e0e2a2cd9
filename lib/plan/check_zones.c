// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The proof of a plan: device extents, the zones that receive them, and block groups.
 */
#include "block_group.h"
#include "buffer.h"
#include "check.h"
#include "profile.h"
#include "sblog.h"

#include <inttypes.h>
#include <stdlib.h>

static int broken(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone,
		  const char *what, uint64_t found, uint64_t expected)
{
	return zr_fail(proof->err, ZR_E_PLAN,
		       "zone: source %" PRIu64 " target %" PRIu64 " logical %" PRIu64
		       ", %s, found %" PRIu64 " expected %" PRIu64,
		       zone->source_physical, zone->target_physical, zone->logical, what, found,
		       expected);
}

/* Of several stripes, each has its share of what is used. */
static int check_used(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone,
		      const struct zr_plan_group *group)
{
	const struct zr_profile *profile = zr_profile_find(group->flags);
	uint64_t columns = profile ? group->len / zone->len : 0;
	uint64_t used;
	uint64_t last;

	if (!columns || group->stripes != columns * profile->copies)
		return broken(proof, zone, "wrong number of stripes", group->stripes, columns);
	last = zr_profile_reach(profile, group->stripes, (uint16_t)zone->stripe, group->last);
	used = group->used / columns < last ? group->used / columns : last;
	if (zone->used != used || group->used > group->last)
		return broken(proof, zone, "wrong used bytes", zone->used, used);
	if (zone->last != last)
		return broken(proof, zone, "wrong last extent", zone->last, last);
	return 0;
}

/* The same number of zones and extents, one by one in the same ascending order: each is there once.
 */
static int check_source(const struct zr_plan_proof *proof, size_t i)
{
	const struct zr_plan_extent *extent = &proof->in->extents[i];
	const struct zr_plan_zone *zone = &proof->plan->zones[i];
	const struct zr_plan_group *group;

	if (extent->group >= proof->in->group_count)
		return broken(proof, zone, "no such block group", extent->group,
			      proof->in->group_count);
	group = &proof->in->groups[extent->group];
	if (zone->source_physical != extent->physical)
		return broken(proof, zone, "wrong device extent", zone->source_physical,
			      extent->physical);
	if (i && zone->source_physical < extent[-1].physical + extent[-1].len)
		return broken(proof, zone, "overlaps the device extent before",
			      zone->source_physical, extent[-1].physical + extent[-1].len);
	if (zone->len != extent->len || zone->len != proof->in->source.zone_size)
		return broken(proof, zone, "wrong length", zone->len, extent->len);
	if (zone->stripe != extent->stripe)
		return broken(proof, zone, "wrong stripe", zone->stripe, extent->stripe);
	if (zone->logical != group->logical)
		return broken(proof, zone, "wrong block group", zone->logical, group->logical);
	if (zone->flags != group->flags)
		return broken(proof, zone, "wrong flags", zone->flags, group->flags);
	return check_used(proof, zone, group);
}

static int check_target(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone)
{
	const struct zr_plan_input *in = proof->in;
	uint64_t zone_no = zone->target_physical / in->target.zone_size;
	uint64_t total_bytes = proof->plan->summary.total_bytes;
	const struct zr_zone *target;

	if (zone_no >= in->target.zone_count || zone->target_physical >= total_bytes ||
	    total_bytes - zone->target_physical < zone->len)
		return broken(proof, zone, "target beyond the total bytes", zone->target_physical,
			      total_bytes);
	target = &in->target_zones[zone_no];
	if (target->start != zone->target_physical)
		return broken(proof, zone, "target is no start of a zone", zone->target_physical,
			      target->start);
	if (target->cond == ZR_COND_OFFLINE || target->cond == ZR_COND_READONLY)
		return broken(proof, zone, "unusable target zone", target->cond, ZR_COND_EMPTY);
	if (zr_sblog_reserved(zone_no, in->target.zone_size))
		return broken(proof, zone, "target zone is reserved for superblocks", zone_no, 0);
	/*
	 * So that no zone is taken twice, and records of device extents can be changed in their
	 * places.
	 */
	if (zone > proof->plan->zones && zone->target_physical <= zone[-1].target_physical)
		return broken(proof, zone, "target is not behind the one before",
			      zone->target_physical, zone[-1].target_physical);
	return 0;
}

static int check_end(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone,
		     const struct zr_zone *target, bool pinned)
{
	bool data = zone->flags & BTRFS_BLOCK_GROUP_DATA;
	uint64_t unit = data ? proof->in->sectorsize : proof->in->nodesize;

	if (zone->end < zone->last)
		return broken(proof, zone, "ends before its last extent", zone->end, zone->last);
	if (zone->end > target->cap || zone->end > zone->len)
		return broken(proof, zone, "ends beyond the capacity", zone->end, target->cap);
	if (proof->in->choices.tail == ZR_TAIL_USED && zone->end - zone->last >= unit && !pinned)
		return broken(proof, zone, "ends too far behind its last extent", zone->end,
			      zone->last);
	return 0;
}

/* With the source's ends kept, nothing may be cut off that a write pointer there says. */
static int check_tail(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone)
{
	uint64_t zone_no = zone->source_physical / proof->in->source.zone_size;
	const struct zr_zone *source;

	if (zone_no >= proof->in->source.zone_count)
		return broken(proof, zone, "no such zone on the source", zone_no,
			      proof->in->source.zone_count);
	source = &proof->in->source_zones[zone_no];
	if (proof->in->choices.tail != ZR_TAIL_SOURCE || source->type != ZR_ZONE_SEQUENTIAL ||
	    source->cond == ZR_COND_READONLY || source->cond == ZR_COND_OFFLINE)
		return 0;
	if (zone->end < zr_zone_written(source))
		return broken(proof, zone, "ends before the source's zone", zone->end,
			      zr_zone_written(source));
	return 0;
}

static bool state_fits(const struct zr_plan_zone *zone, const struct zr_zone *target)
{
	bool sequential = target->type == ZR_ZONE_SEQUENTIAL;

	switch (zone->state) {
	case ZR_END_NO_WP:
		return !sequential;
	case ZR_END_EMPTY:
		return sequential && zone->end == 0;
	case ZR_END_OPEN:
	case ZR_END_FINISH:
		return sequential && zone->end > 0 && zone->end < target->cap;
	case ZR_END_FULL:
		return sequential && zone->end > 0 && zone->end == target->cap;
	}
	return false;
}

static int check_state(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone,
		       const struct zr_zone *target)
{
	uint64_t lost = zone->state == ZR_END_FINISH ? target->cap - zone->end : 0;

	if (!state_fits(zone, target))
		return broken(proof, zone, "state does not fit the end", zone->state, zone->end);
	if (zone->state == ZR_END_FINISH && !proof->plan->summary.max_active)
		return broken(proof, zone, "finished without a limit of active zones",
			      ZR_END_FINISH, ZR_END_OPEN);
	if (zone->lost != lost)
		return broken(proof, zone, "wrong lost bytes", zone->lost, lost);
	return 0;
}

int zr_plan_check_zones(const struct zr_plan_proof *proof)
{
	const struct zr_plan *plan = proof->plan;
	int ret = 0;
	size_t i;

	if (plan->zone_count != proof->in->extent_count)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "plan: number of zones, found %zu expected %zu", plan->zone_count,
			       proof->in->extent_count);
	for (i = 0; i < plan->zone_count && !ret; i++) {
		const struct zr_plan_zone *zone = &plan->zones[i];
		uint64_t zone_no = zone->target_physical / proof->in->target.zone_size;

		ret = check_source(proof, i);
		if (!ret)
			ret = check_target(proof, zone);
		if (!ret)
			ret = check_end(proof, zone, &proof->in->target_zones[zone_no],
					zr_plan_has_peers(proof->in, proof->in->extents[i].group));
		if (!ret)
			ret = check_tail(proof, zone);
		if (!ret)
			ret = check_state(proof, zone, &proof->in->target_zones[zone_no]);
	}
	return ret;
}

/* What was seen of a block group, until all its stripes were met. */
struct met {
	uint64_t end;
	uint64_t offset; /* where a kernel sees its sequential zones end, 0 before the first one */
	const struct zr_plan_zone *zone; /* the last one */
	uint32_t count;
	bool sequential;
};

static bool is_pair_mixed(const struct zr_zone *zones, uint64_t zone_size, uint64_t first,
			  uint64_t second)
{
	return zones[first / zone_size].type != zones[second / zone_size].type;
}

/* Older kernels do not mount two copies in zones of different types, unless the source has it so.
 */
static int check_types(const struct zr_plan_proof *proof, const struct zr_plan_zone *first,
		       const struct zr_plan_zone *second)
{
	const struct zr_plan_input *in = proof->in;

	if (!is_pair_mixed(in->target_zones, in->target.zone_size, first->target_physical,
			   second->target_physical) ||
	    is_pair_mixed(in->source_zones, in->source.zone_size, first->source_physical,
			  second->source_physical))
		return 0;
	return broken(proof, second, "zone of another type than that of the other copy",
		      second->target_physical, first->target_physical);
}

static int meet_stripe(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone,
		       struct met *met)
{
	uint64_t zone_no = zone->target_physical / proof->in->target.zone_size;
	uint64_t offset = zone->end;

	int ret = met->count ? check_types(proof, met->zone, zone) : 0;

	if (met->count > 1 || (met->count && met->zone->stripe == zone->stripe))
		return broken(proof, zone, "stripe exists already or is one too many", zone->stripe,
			      0);
	if (met->count && zone->end != met->end)
		return broken(proof, zone, "ends differ between stripes", zone->end, met->end);
	met->count++;
	met->zone = zone;
	met->end = zone->end;
	if (ret || zone->state == ZR_END_NO_WP)
		return ret;
	if (zone->state == ZR_END_FINISH)
		offset = proof->in->target_zones[zone_no].cap;
	if (met->sequential && offset != met->offset)
		return broken(proof, zone, "stripes are not finished alike", offset, met->offset);
	met->offset = offset;
	met->sequential = true;
	return 0;
}

static int check_complete(const struct zr_plan_proof *proof, const struct zr_plan_group *group,
			  uint32_t stripes)
{
	if (stripes == group->stripes)
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN,
		       "block group: logical %" PRIu64 ", stripes, found %" PRIu32
		       " expected %" PRIu16,
		       group->logical, stripes, group->stripes);
}

int zr_plan_check_groups(const struct zr_plan_proof *proof)
{
	const struct zr_plan_input *in = proof->in;
	zr_autofree struct met *met = calloc(in->group_count + 1, sizeof(*met));
	int ret = zr_plan_check_peers(proof);
	size_t i;

	if (!met)
		return zr_fail_nomem(proof->err);
	for (i = 0; i < proof->plan->zone_count && !ret; i++)
		ret = meet_stripe(proof, &proof->plan->zones[i], &met[in->extents[i].group]);
	for (i = 0; i < in->peer_count && !ret; i++)
		met[in->peers[i].group].count++;
	for (i = 0; i < in->group_count && !ret; i++)
		ret = check_complete(proof, &in->groups[i], met[i].count);
	return ret;
}
