// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether block groups and device extents are laid out as zoned btrfs lays them out: one zone each,
 * none in a superblock zone, as many as the profile needs.
 */
#include "make.h"
#include "range.h"
#include "sblog.h"

#include <inttypes.h>

/* Zoned data in more than one copy or stripe needs a RAID stripe tree. */
static bool is_supported(const struct zr_plan_group *group)
{
	const uint64_t known = BTRFS_BLOCK_GROUP_TYPE_MASK | BTRFS_BLOCK_GROUP_PROFILE_MASK;
	const struct zr_profile *profile = zr_profile_find(group->flags);

	if (!profile || profile->parity || group->flags & ~known ||
	    !zr_is_power_of_two(group->flags & BTRFS_BLOCK_GROUP_TYPE_MASK))
		return false;
	return !profile->flag || !(group->flags & BTRFS_BLOCK_GROUP_DATA);
}

static int refuse_profile(const struct zr_plan_group *group, struct zr_error *err)
{
	bool data = group->flags & BTRFS_BLOCK_GROUP_DATA;
	const struct zr_profile *profile;

	if (!is_supported(group))
		return zr_fail(
			zr_plan_at(err, ZR_NOWHERE, group->logical), ZR_E_PROFILE,
			"block group: logical %" PRIu64
			", profile is not supported, found %s, %s (0x%" PRIx64 ") expected %s",
			group->logical, zr_block_group_type_name(group->flags),
			zr_block_group_profile_name(group->flags), group->flags,
			data ? "single, as there is no RAID stripe tree" : "one without parity");
	profile = zr_profile_find(group->flags);
	if (group->stripes >= profile->stripes_min &&
	    (!profile->stripes_max || group->stripes <= profile->stripes_max) &&
	    group->stripes % profile->copies == 0)
		return 0;
	return zr_fail(zr_plan_at(err, ZR_NOWHERE, group->logical), ZR_E_DEVEXT,
		       "block group: logical %" PRIu64 ", number of stripes, found %" PRIu16
		       " expected at least %" PRIu16 " for %s",
		       group->logical, group->stripes, profile->stripes_min,
		       zr_block_group_profile_name(group->flags));
}

static uint32_t columns(const struct zr_plan_group *group)
{
	return zr_profile_data_stripes(zr_profile_find(group->flags), group->stripes);
}

static int refuse_group(const struct zr_plan_input *in, const struct zr_plan_group *group,
			uint64_t before, struct zr_error *err)
{
	int ret = refuse_profile(group, err);

	if (ret)
		return ret;
	if (group->len != in->source.zone_size * columns(group))
		return zr_fail(zr_plan_at(err, ZR_NOWHERE, group->logical), ZR_E_ZONED,
			       "block group: logical %" PRIu64
			       ", length is not one zone for each stripe of data, found %" PRIu64
			       " expected %" PRIu64,
			       group->logical, group->len, in->source.zone_size * columns(group));
	if (group->logical < before)
		return zr_fail(zr_plan_at(err, ZR_NOWHERE, group->logical), ZR_E_OVERLAP,
			       "block group: logical %" PRIu64
			       ", overlaps the one before, which ends at %" PRIu64,
			       group->logical, before);
	if (!zr_range_fits(group->logical, group->len, UINT64_MAX))
		return zr_fail(zr_plan_at(err, ZR_NOWHERE, group->logical), ZR_E_RANGE,
			       "block group: logical %" PRIu64 ", length %" PRIu64
			       " reaches beyond the address space",
			       group->logical, group->len);
	return 0;
}

static int refuse_place(const struct zr_plan_input *in, const struct zr_plan_extent *extent,
			struct zr_error *err)
{
	uint64_t unit = in->source.zone_size;
	uint64_t zone_no = extent->physical / unit;

	if (!zr_is_aligned(extent->physical, unit) || extent->len != unit)
		return zr_fail(zr_plan_at(err, extent->physical, ZR_NOWHERE), ZR_E_ZONED,
			       "device extent: physical %" PRIu64 ", length %" PRIu64
			       " is not aligned to device zone of %" PRIu64,
			       extent->physical, extent->len, unit);
	if (!zr_range_fits(extent->physical, extent->len, in->total_bytes))
		return zr_fail(zr_plan_at(err, extent->physical, ZR_NOWHERE), ZR_E_RANGE,
			       "device extent: physical %" PRIu64 ", length %" PRIu64
			       " reaches beyond the total bytes %" PRIu64,
			       extent->physical, extent->len, in->total_bytes);
	if (zr_sblog_reserved(zone_no, unit)) {
		zr_zone_error_at(err, zone_no, extent->physical);
		return zr_fail(err, ZR_E_ZONED,
			       "device extent: physical %" PRIu64 ", zone %" PRIu64
			       " is reserved for superblocks",
			       extent->physical, zone_no);
	}
	return 0;
}

static int refuse_order(const struct zr_plan_extent *extent, uint64_t before, struct zr_error *err)
{
	if (extent->physical >= before)
		return 0;
	return zr_fail(zr_plan_at(err, extent->physical, ZR_NOWHERE), ZR_E_OVERLAP,
		       "device extent: physical %" PRIu64
		       ", overlaps the one before, which ends at %" PRIu64,
		       extent->physical, before);
}

static int note_stripe(struct zr_plan_maker *maker, size_t index)
{
	const struct zr_plan_extent *extent = &maker->in->extents[index];
	const struct zr_plan_group *group;
	struct zr_plan_stripes *stripes;
	uint32_t most;

	if (extent->group >= maker->in->group_count)
		return zr_fail(zr_plan_at(maker->err, extent->physical, ZR_NOWHERE), ZR_E_DEVEXT,
			       "device extent: physical %" PRIu64
			       ", no block group, found number %" PRIu32 " expected below %zu",
			       extent->physical, extent->group, maker->in->group_count);
	group = &maker->in->groups[extent->group];
	stripes = &maker->stripes[extent->group];
	most = columns(group) > 1 ? 1 : ZR_PLAN_STRIPES_MAX;
	if (extent->stripe >= group->stripes || stripes->count == most ||
	    (stripes->count && maker->in->extents[stripes->index[0]].stripe == extent->stripe))
		return zr_fail(zr_plan_at(maker->err, extent->physical, group->logical),
			       ZR_E_DEVEXT,
			       "device extent: physical %" PRIu64 ", stripe %" PRIu32
			       " of block group %" PRIu64
			       " exists already or is one too many, expected %" PRIu16 " stripes",
			       extent->physical, extent->stripe, group->logical, group->stripes);
	stripes->index[stripes->count++] = index;
	return 0;
}

static bool is_on_source(const struct zr_plan_maker *maker, const struct zr_plan_stripes *stripes,
			 uint32_t stripe)
{
	uint32_t i;

	for (i = 0; i < stripes->count; i++)
		if (maker->in->extents[stripes->index[i]].stripe == stripe)
			return true;
	return false;
}

static int note_peer(struct zr_plan_maker *maker, size_t index)
{
	const struct zr_plan_input *in = maker->in;
	const struct zr_plan_peer *peer = &in->peers[index];
	struct zr_plan_stripes *stripes;

	if (peer->group >= in->group_count)
		return zr_fail(maker->err, ZR_E_DEVEXT,
			       "stripe: devid %" PRIu64 ", no block group, found number %" PRIu32
			       " expected below %zu",
			       peer->devid, peer->group, in->group_count);
	stripes = &maker->stripes[peer->group];
	if (peer->stripe >= in->groups[peer->group].stripes ||
	    is_on_source(maker, stripes, peer->stripe) ||
	    (index && (peer->group < peer[-1].group ||
		       (peer->group == peer[-1].group && peer->stripe <= peer[-1].stripe))))
		return zr_fail(zr_plan_at(maker->err, ZR_NOWHERE, in->groups[peer->group].logical),
			       ZR_E_DEVEXT,
			       "stripe: devid %" PRIu64 ", stripe %" PRIu32
			       " of block group %" PRIu64 " exists already or is one too many",
			       peer->devid, peer->stripe, in->groups[peer->group].logical);
	if (!stripes->peer_count)
		stripes->peers = peer;
	stripes->peer_count++;
	return 0;
}

static int refuse_groups(struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	uint64_t before = 0;
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		int ret = refuse_group(in, &in->groups[i], before, maker->err);

		if (ret)
			return ret;
		before = in->groups[i].logical + in->groups[i].len;
	}
	return 0;
}

static int refuse_extents(struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	uint64_t before = 0;
	size_t i;

	for (i = 0; i < in->extent_count; i++) {
		const struct zr_plan_extent *extent = &in->extents[i];
		int ret = refuse_place(in, extent, maker->err);

		if (!ret)
			ret = refuse_order(extent, before, maker->err);
		if (!ret)
			ret = note_stripe(maker, i);
		if (ret)
			return ret;
		before = extent->physical + extent->len;
	}
	return 0;
}

static int refuse_peers(struct zr_plan_maker *maker)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < maker->in->peer_count && !ret; i++)
		ret = note_peer(maker, i);
	return ret;
}

static int refuse_missing(const struct zr_plan_maker *maker)
{
	size_t i;

	for (i = 0; i < maker->in->group_count; i++) {
		const struct zr_plan_group *group = &maker->in->groups[i];
		const struct zr_plan_stripes *stripes = &maker->stripes[i];
		uint32_t found = stripes->count + stripes->peer_count;

		if (found != group->stripes)
			return zr_fail(
				zr_plan_at(maker->err, ZR_NOWHERE, group->logical), ZR_E_DEVEXT,
				"block group: logical %" PRIu64
				", missing device extent, found %" PRIu32 " expected %" PRIu16,
				group->logical, found, group->stripes);
		if (stripes->count && stripes->peer_count && group->flags & BTRFS_BLOCK_GROUP_DUP)
			return zr_fail(zr_plan_at(maker->err, ZR_NOWHERE, group->logical),
				       ZR_E_DEVEXT,
				       "block group: logical %" PRIu64
				       ", copies of profile dup on two devices, one is devid "
				       "%" PRIu64,
				       group->logical, stripes->peers[0].devid);
	}
	return 0;
}

int zr_plan_refuse_layout(struct zr_plan_maker *maker)
{
	int ret = refuse_groups(maker);

	if (!ret)
		ret = refuse_extents(maker);
	if (!ret)
		ret = refuse_peers(maker);
	if (!ret)
		ret = refuse_missing(maker);
	return ret;
}
