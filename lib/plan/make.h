/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps of making a plan, in the order in which they are taken. Each relies on what the ones
 * before it have refused, so that none checks an index or an alignment twice.
 */
#ifndef ZR_PLAN_MAKE_H
#define ZR_PLAN_MAKE_H

#include "block_group.h"
#include "plan.h"
#include "profile.h"

#define ZR_PLAN_STRIPES_MAX 2

/*
 * The stripes of a block group. Of those on the source, one number names both the device extent in
 * the input and the zone in the plan, because both are ascending by their place on the source.
 */
struct zr_plan_stripes {
	size_t index[ZR_PLAN_STRIPES_MAX]; /* of those on the source, by place */
	uint32_t count; /* on the source; 0 for a block group that others have for themselves */
	const struct zr_plan_peer *peers; /* on other devices */
	uint32_t peer_count;
};

struct zr_plan_maker {
	const struct zr_plan_input *in;
	struct zr_plan *plan;
	struct zr_plan_stripes *stripes; /* of each group of the input */
	struct zr_error *err;
};

/*
 * zr_plan_refuse_devices - geometry of both devices, size, superblock zones of the target
 */
int zr_plan_refuse_devices(const struct zr_plan_input *in, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_plan_refuse_layout - profiles, block groups and device extents; fills maker->stripes
 */
int zr_plan_refuse_layout(struct zr_plan_maker *maker) ZR_NODISCARD;

/*
 * zr_plan_refuse_contents - used bytes against extents, extents against the source's write pointers
 */
int zr_plan_refuse_contents(const struct zr_plan_maker *maker) ZR_NODISCARD;

/*
 * zr_plan_total_bytes - how much of the target the file system takes
 */
uint64_t zr_plan_total_bytes(const struct zr_plan_input *in);

/*
 * zr_plan_least_end - where the zone of a device extent must end at least, offset in the zone
 */
uint64_t zr_plan_least_end(const struct zr_plan_input *in, const struct zr_plan_extent *extent);

/*
 * zr_plan_place_extents - fill plan->zones but for their ends: where each device extent goes
 */
int zr_plan_place_extents(struct zr_plan_maker *maker) ZR_NODISCARD;

/*
 * zr_plan_end_zones - where each zone ends, and in which state
 */
int zr_plan_end_zones(struct zr_plan_maker *maker) ZR_NODISCARD;

/*
 * zr_plan_meet_peers - up to where a block group must be filled, so that the zones of its stripes
 * on the source end where those on other devices allow it
 * @index: of the group
 * @fill: offset in the block group; raised
 */
int zr_plan_meet_peers(const struct zr_plan_maker *maker, size_t index,
		       uint64_t *fill) ZR_NODISCARD;

/*
 * zr_plan_clear_target - fill plan->resets and plan->wipes
 */
int zr_plan_clear_target(struct zr_plan_maker *maker) ZR_NODISCARD;

/*
 * zr_plan_place_superblocks - fill plan->superblocks
 */
void zr_plan_place_superblocks(struct zr_plan_maker *maker);

/*
 * zr_plan_limit_active - finish zones until the limit of active zones leaves room; sets
 * summary.active and summary.max_active
 */
int zr_plan_limit_active(struct zr_plan_maker *maker) ZR_NODISCARD;

/*
 * zr_plan_refuse_mount - limits of active zones that would be exceeded by a kernel that mounts
 */
int zr_plan_refuse_mount(const struct zr_plan_maker *maker) ZR_NODISCARD;

/* How messages call the devices. */
static inline const char *zr_plan_source_name(const struct zr_plan_input *in)
{
	return in->source_path ? in->source_path : "source";
}

static inline const char *zr_plan_target_name(const struct zr_plan_input *in)
{
	return in->target_path ? in->target_path : "target";
}

static inline const struct zr_zone *zr_plan_source_zone(const struct zr_plan_input *in,
							uint64_t physical)
{
	return &in->source_zones[physical / in->source.zone_size];
}

static inline const struct zr_zone *zr_plan_target_zone(const struct zr_plan_input *in,
							uint64_t physical)
{
	return &in->target_zones[physical / in->target.zone_size];
}

static inline uint64_t zr_plan_reach(const struct zr_plan_group *group, uint32_t stripe,
				     uint64_t offset)
{
	return zr_profile_reach(zr_profile_find(group->flags), group->stripes, (uint16_t)stripe,
				offset);
}

/*
 * zr_plan_at - note which place the failure is about that the caller reports next
 * @physical: byte address on the device that the message names, or ZR_NOWHERE
 * @logical: start of the block group, or ZR_NOWHERE
 *
 * Returns @err, for zr_fail(). A record that holds an earlier failure keeps its place.
 */
static inline struct zr_error *zr_plan_at(struct zr_error *err, uint64_t physical, uint64_t logical)
{
	if (err && !err->code) {
		err->physical = physical;
		err->logical = logical;
	}
	return err;
}

#endif
