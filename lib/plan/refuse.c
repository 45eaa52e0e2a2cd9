// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether two devices fit each other at all, before any block group is looked at.
 */
#include "make.h"
#include "range.h"
#include "sblog.h"

#include <inttypes.h>
#include <string.h>

static int refuse_units(const struct zr_plan_input *in, struct zr_error *err)
{
	if (!zr_is_power_of_two(in->sectorsize))
		return zr_fail(err, ZR_E_GEOM, "sector size: not a power of two, found %" PRIu32,
			       in->sectorsize);
	if (!zr_is_power_of_two(in->nodesize))
		return zr_fail(err, ZR_E_GEOM, "node size: not a power of two, found %" PRIu32,
			       in->nodesize);
	if (in->target.logical_block > in->sectorsize)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "%s: logical block larger than the sector size, found %" PRIu32
			       " expected at most %" PRIu32,
			       zr_plan_target_name(in), in->target.logical_block, in->sectorsize);
	return 0;
}

static int refuse_count(const struct zr_geometry *geo, const char *device, struct zr_error *err)
{
	uint64_t expected = zr_div_up(geo->size, geo->zone_size);

	if (geo->zone_count == expected)
		return 0;
	return zr_fail(err, ZR_E_GEOMETRY,
		       "%s: %" PRIu64 " bytes in zones of %" PRIu64
		       ", wrong number of zones, found %" PRIu32 " expected %" PRIu64,
		       device, geo->size, geo->zone_size, geo->zone_count, expected);
}

static int refuse_zones(const struct zr_plan_input *in, struct zr_error *err)
{
	int ret = zr_zone_size_check(zr_plan_source_name(in), in->source.zone_size, err);

	if (ret)
		return ret;
	if (in->target.zone_size != in->source.zone_size)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "%s: zone size differs from that of %s, found %" PRIu64
			       " expected %" PRIu64,
			       zr_plan_target_name(in), zr_plan_source_name(in),
			       in->target.zone_size, in->source.zone_size);
	ret = refuse_count(&in->source, zr_plan_source_name(in), err);
	if (!ret)
		ret = refuse_count(&in->target, zr_plan_target_name(in), err);
	return ret;
}

/*
 * With two whole zones below total_bytes the first superblock log has its place on every target, so
 * that each plan ends with a primary superblock.
 */
static int refuse_sizes(const struct zr_plan_input *in, struct zr_error *err)
{
	if (in->total_bytes / 2 < in->source.zone_size)
		return zr_fail(err, ZR_E_DEV,
			       "device item: devid %" PRIu64
			       ", total bytes below the superblock log, found %" PRIu64
			       " expected at least %" PRIu64,
			       in->devid, in->total_bytes, 2 * in->source.zone_size);
	if (in->source.size < in->total_bytes)
		return zr_fail(err, ZR_E_DEV,
			       "device item: devid %" PRIu64
			       ", total bytes beyond the device, found %" PRIu64
			       " expected at most %" PRIu64,
			       in->devid, in->total_bytes, in->source.size);
	if (zr_plan_total_bytes(in) / 2 < in->target.zone_size)
		return zr_fail(err, ZR_E_TOO_SMALL,
			       "%s: no room for a superblock log, found %" PRIu64
			       " expected at least %" PRIu64 " bytes",
			       zr_plan_target_name(in), in->target.size, 2 * in->target.zone_size);
	return 0;
}

static int refuse_active(const struct zr_plan_input *in, struct zr_error *err)
{
	uint32_t limit = in->target.max_active;

	if (in->choices.active_zones && (!limit || in->choices.active_zones < limit))
		limit = in->choices.active_zones;
	if (!limit || limit >= ZR_ACTIVE_ZONES_MIN)
		return 0;
	return zr_fail(err, ZR_E_ACTIVE_ZONES,
		       "%s: max active zones %" PRIu32 " is too small, need at least %d",
		       zr_plan_target_name(in), limit, ZR_ACTIVE_ZONES_MIN);
}

static int refuse_pair(const struct zr_plan_input *in, unsigned int mirror, struct zr_error *err)
{
	uint64_t first = zr_sblog_zone(mirror, in->target.zone_size);
	const struct zr_zone *pair = &in->target_zones[first];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (zr_zone_is_writable(&pair[i]))
			continue;
		zr_zone_error_at(err, first + i, pair[i].start);
		return zr_fail(err, ZR_E_ZONE_UNUSABLE,
			       "%s: zone %" PRIu64 " of the log of superblock %u is %s",
			       zr_plan_target_name(in), first + i, mirror,
			       zr_zone_cond_name(pair[i].cond));
	}
	if (!zr_zone_is_sequential(&pair[0]) || zr_zone_is_sequential(&pair[1]))
		return 0;
	zr_zone_error_at(err, first, pair[0].start);
	return zr_fail(err, ZR_E_GEOMETRY,
		       "%s: log of superblock %u, zone %" PRIu64 " is %s and zone %" PRIu64
		       " is %s",
		       zr_plan_target_name(in), mirror, first, zr_zone_type_name(pair[0].type),
		       first + 1, zr_zone_type_name(pair[1].type));
}

/* A kernel reads each pair that the device has when it mounts, also pairs beyond total_bytes. */
static int refuse_pairs(const struct zr_plan_input *in, struct zr_error *err)
{
	unsigned int mirror;
	int ret = 0;

	if (in->target.model == ZR_MODEL_REGULAR)
		return 0;
	for (mirror = 0; mirror < ZR_SB_MIRRORS && !ret; mirror++) {
		if (zr_sblog_exists(&in->target, mirror))
			ret = refuse_pair(in, mirror, err);
	}
	return ret;
}

/* Two file systems of one UUID would be taken for one, which is not what was asked for. */
static int refuse_fsid(const struct zr_plan_input *in, struct zr_error *err)
{
	if (in->choices.uuid == ZR_UUID_KEEP ||
	    memcmp(in->choices.fsid, in->fsid, sizeof(in->fsid)) != 0)
		return 0;
	return zr_fail(err, ZR_E_ARGUMENT, "plan options: the new fsid is that of the source");
}

int zr_plan_refuse_devices(const struct zr_plan_input *in, struct zr_error *err)
{
	int ret = refuse_units(in, err);

	if (!ret)
		ret = refuse_zones(in, err);
	if (!ret)
		ret = refuse_sizes(in, err);
	if (!ret)
		ret = refuse_active(in, err);
	if (!ret)
		ret = refuse_fsid(in, err);
	if (!ret)
		ret = refuse_pairs(in, err);
	return ret;
}
