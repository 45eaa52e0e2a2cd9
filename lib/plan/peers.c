// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where zones must end because of the other devices, which stay as they are.
 *
 * A kernel takes the write pointer of each sequential zone under a block group, the capacity for a
 * full one, and mounts only if they fit each other: copies end alike, and the stripes of one row
 * end as if they had been filled one after the other. It asks nothing of conventional zones, and
 * nothing of what is missing, read-only or offline (btrfs_load_zone_info() and the loaders of the
 * profiles).
 */
#include "make.h"
#include "range.h"

#include <inttypes.h>

/* Offsets in a block group up to which it can be filled. */
struct fills {
	uint64_t least;
	uint64_t most;
	uint64_t devid; /* of the device that set the last bound */
	uint64_t end; /* of its zone */
};

static bool says_end(const struct zr_zone *zone)
{
	return zone && zr_zone_is_sequential(zone) && zr_zone_is_writable(zone);
}

/* A device that comes back can say an end then, which nobody knows now. */
static bool may_say_end(const struct zr_plan_peer *peer)
{
	return !peer->zone || !zr_zone_is_writable(peer->zone);
}

static int fail_differ(const struct zr_plan_maker *maker, const struct zr_plan_group *group,
		       const struct fills *fills, uint64_t devid, uint64_t end)
{
	return zr_fail(zr_plan_at(maker->err, ZR_NOWHERE, group->logical), ZR_E_ZONED,
		       "block group: logical %" PRIu64
		       ", write pointers do not fit each other, found offset %" PRIu64
		       " on devid %" PRIu64 " and %" PRIu64 " on devid %" PRIu64,
		       group->logical, fills->end, fills->devid, end, devid);
}

static int narrow(const struct zr_plan_maker *maker, const struct zr_plan_group *group,
		  uint64_t devid, uint32_t stripe, const struct zr_zone *zone, struct fills *fills)
{
	uint64_t end = zr_zone_written(zone);
	uint64_t least;
	uint64_t most;

	zr_profile_fill(zr_profile_find(group->flags), group->stripes, (uint16_t)stripe, end,
			&least, &most);
	least = zr_max64(least, fills->least);
	most = zr_min64(most, fills->most);
	if (least > most)
		return fail_differ(maker, group, fills, devid, end);
	*fills = (struct fills){ least, most, devid, end };
	return 0;
}

static bool has_pointer_on_target(const struct zr_plan_maker *maker,
				  const struct zr_plan_stripes *stripes)
{
	uint32_t i;

	for (i = 0; i < stripes->count; i++) {
		const struct zr_plan_zone *planned = &maker->plan->zones[stripes->index[i]];

		if (zr_zone_is_sequential(zr_plan_target_zone(maker->in, planned->target_physical)))
			return true;
	}
	return false;
}

/*
 * No device that is there says where the copies end, but one that is missing may. The source's own
 * zone ends where they do, unless it has no write pointer either.
 */
static int take_own_end(const struct zr_plan_maker *maker, size_t index, struct fills *fills)
{
	const struct zr_plan_group *group = &maker->in->groups[index];
	const struct zr_plan_stripes *stripes = &maker->stripes[index];
	const struct zr_plan_extent *extent = &maker->in->extents[stripes->index[0]];
	const struct zr_zone *zone = zr_plan_source_zone(maker->in, extent->physical);

	if (!has_pointer_on_target(maker, stripes))
		return 0;
	if (says_end(zone))
		return narrow(maker, group, maker->in->devid, extent->stripe, zone, fills);
	return zr_fail(zr_plan_at(maker->err, extent->physical, group->logical), ZR_E_MEMBER,
		       "block group: logical %" PRIu64
		       ", no device says where its zones end, and devid %" PRIu64
		       ", which has a part of it, is missing or its zone is unusable",
		       group->logical, stripes->peers[0].devid);
}

/* The ends that all peers allow. */
static int collect(const struct zr_plan_maker *maker, size_t index, struct fills *fills)
{
	const struct zr_plan_stripes *stripes = &maker->stripes[index];
	bool unknown = false;
	bool known = false;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < stripes->peer_count && !ret; i++) {
		const struct zr_plan_peer *peer = &stripes->peers[i];

		unknown = unknown || may_say_end(peer);
		if (!says_end(peer->zone))
			continue;
		known = true;
		ret = narrow(maker, &maker->in->groups[index], peer->devid, peer->stripe,
			     peer->zone, fills);
	}
	if (!ret && unknown && !known)
		ret = take_own_end(maker, index, fills);
	return ret;
}

static int fail_types(const struct zr_plan_maker *maker, const struct zr_plan_group *group,
		      const struct zr_plan_peer *peer)
{
	return zr_fail(zr_plan_at(maker->err, ZR_NOWHERE, group->logical), ZR_E_GEOMETRY,
		       "%s: block group %" PRIu64
		       " would have a conventional and a sequential zone, the other one on devid "
		       "%" PRIu64 ", which some kernels do not mount",
		       zr_plan_target_name(maker->in), group->logical, peer->devid);
}

/* As for two copies on one device; a pair that is so on the source may stay so. */
static int refuse_mixed(const struct zr_plan_maker *maker, size_t index)
{
	const struct zr_plan_input *in = maker->in;
	const struct zr_plan_stripes *stripes = &maker->stripes[index];
	uint32_t i;
	uint32_t k;

	for (i = 0; i < stripes->peer_count; i++) {
		const struct zr_zone *peer = stripes->peers[i].zone;

		for (k = 0; peer && k < stripes->count; k++) {
			const struct zr_plan_zone *zone = &maker->plan->zones[stripes->index[k]];
			enum zr_zone_type was =
				zr_plan_source_zone(in, zone->source_physical)->type;
			enum zr_zone_type is = zr_plan_target_zone(in, zone->target_physical)->type;

			if (is != was && is != peer->type)
				return fail_types(maker, &in->groups[index], &stripes->peers[i]);
		}
	}
	return 0;
}

int zr_plan_meet_peers(const struct zr_plan_maker *maker, size_t index, uint64_t *fill)
{
	const struct zr_plan_group *group = &maker->in->groups[index];
	struct fills fills = { .most = group->len };
	int ret = refuse_mixed(maker, index);

	if (!ret)
		ret = collect(maker, index, &fills);
	if (ret)
		return ret;
	if (*fill > fills.most)
		return zr_fail(zr_plan_at(maker->err, ZR_NOWHERE, group->logical), ZR_E_ZONED,
			       "block group: logical %" PRIu64
			       ", is filled beyond the write pointer of devid %" PRIu64
			       ", found end %" PRIu64 " expected at most %" PRIu64,
			       group->logical, fills.devid, *fill, fills.most);
	*fill = zr_max64(*fill, fills.least);
	return 0;
}
