// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a zone report may say, and the report that stands for a device without zones.
 */
#include "range.h"
#include "zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int zr_zone_size_check(const char *device, uint64_t zone_size, struct zr_error *err)
{
	if (!zr_is_power_of_two(zone_size))
		return zr_fail(err, ZR_E_GEOMETRY,
			       "zone size: %s, not a power of two, found %" PRIu64, device,
			       zone_size);
	if (zone_size < ZR_ZONE_SIZE_MIN)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "zone size: %s, too small for btrfs, found %" PRIu64
			       " expected at least %llu",
			       device, zone_size, ZR_ZONE_SIZE_MIN);
	if (zone_size > ZR_ZONE_SIZE_MAX)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "zone size: %s, too large for btrfs, found %" PRIu64
			       " expected at most %llu",
			       device, zone_size, ZR_ZONE_SIZE_MAX);
	return 0;
}

/* A zone under check, with what a message about it needs. */
struct candidate {
	const char *device;
	const struct zr_zone *zone;
	uint32_t number;
	int code;
};

static int impossible(const struct candidate *it, const char *what, uint64_t found,
		      const char *expected, struct zr_error *err)
{
	zr_zone_error_at(err, it->number, it->zone->start);
	return zr_fail(err, it->code,
		       "zone report: %s zone %" PRIu32 " at byte %" PRIu64 ", %s, found %" PRIu64
		       " expected %s",
		       it->device, it->number, it->zone->start, what, found, expected);
}

static int check_span(const struct zr_geometry *geo, const struct candidate *it,
		      struct zr_error *err)
{
	uint64_t start = it->number * geo->zone_size;
	uint64_t len = zr_min64(geo->size - start, geo->zone_size);
	const struct zr_zone *zone = it->zone;
	char expected[24];

	if (zone->start != start) {
		snprintf(expected, sizeof(expected), "%" PRIu64, start);
		return impossible(it, "wrong start", zone->start, expected, err);
	}
	if (zone->len != len) {
		snprintf(expected, sizeof(expected), "%" PRIu64, len);
		return impossible(it, "wrong length", zone->len, expected, err);
	}
	if (!zone->cap || zone->cap > len) {
		snprintf(expected, sizeof(expected), "1 to %" PRIu64, len);
		return impossible(it, "wrong capacity", zone->cap, expected, err);
	}
	return 0;
}

static bool is_known_cond(enum zr_zone_cond cond)
{
	return (cond >= ZR_COND_NOT_WP && cond <= ZR_COND_CLOSED) ||
	       (cond >= ZR_COND_READONLY && cond <= ZR_COND_OFFLINE);
}

static int check_kind(const struct candidate *it, struct zr_error *err)
{
	const struct zr_zone *zone = it->zone;
	bool conventional = zone->type == ZR_ZONE_CONVENTIONAL;

	if (!conventional && zone->type != ZR_ZONE_SEQUENTIAL)
		return impossible(it, "unsupported type", zone->type,
				  "1 (conventional) or 2 (sequential write required)", err);
	if (!is_known_cond(zone->cond))
		return impossible(it, "unknown condition", zone->cond, "0 to 4 or 13 to 15", err);
	if (!zr_zone_is_writable(zone))
		return 0;
	if (conventional && zone->cond != ZR_COND_NOT_WP)
		return impossible(it, "conventional zone with a write pointer condition",
				  zone->cond, "0", err);
	if (!conventional && zone->cond == ZR_COND_NOT_WP)
		return impossible(it, "sequential zone without a write pointer", zone->cond,
				  "1 to 4 or 14", err);
	return 0;
}

static int check_pointer(const struct candidate *it, struct zr_error *err)
{
	const struct zr_zone *zone = it->zone;
	char expected[56];

	if (!zr_zone_is_active(zone))
		return 0;
	if (zone->wp >= zone->start && zone->wp - zone->start <= zone->cap)
		return 0;
	snprintf(expected, sizeof(expected), "%" PRIu64 " to %" PRIu64, zone->start,
		 zone->start + zone->cap);
	return impossible(it, "wrong write pointer", zone->wp, expected, err);
}

int zr_zones_check(const char *device, const struct zr_geometry *geo, const struct zr_zone *zones,
		   int code, struct zr_error *err)
{
	int ret = zr_zone_size_check(device, geo->zone_size, err);
	uint32_t i;

	if (ret)
		return ret;
	if (!geo->zone_count || geo->zone_count != zr_div_up(geo->size, geo->zone_size))
		return zr_fail(err, code,
			       "zone report: %s of %" PRIu64
			       " bytes, wrong number of zones, found %" PRIu32 " expected %" PRIu64,
			       device, geo->size, geo->zone_count,
			       zr_div_up(geo->size, geo->zone_size));
	for (i = 0; i < geo->zone_count && !ret; i++) {
		struct candidate it = {
			.device = device,
			.zone = &zones[i],
			.number = i,
			.code = code,
		};

		ret = check_span(geo, &it, err);
		if (!ret)
			ret = check_kind(&it, err);
		if (!ret)
			ret = check_pointer(&it, err);
	}
	return ret;
}

struct zr_zone zr_zone_emulated(const struct zr_geometry *geo, uint32_t zone_no)
{
	uint64_t start = zone_no * geo->zone_size;
	uint64_t len = zr_min64(geo->size - start, geo->zone_size);
	struct zr_zone zone = {
		.start = start,
		.len = len,
		.cap = len,
		.wp = start + len,
		.type = ZR_ZONE_CONVENTIONAL,
		.cond = ZR_COND_NOT_WP,
	};

	return zone;
}

int zr_zones_emulate(struct zr_geometry *geo, struct zr_zone **zones, struct zr_error *err)
{
	int ret = zr_zone_size_check("device", geo->zone_size, err);
	uint64_t count;
	uint32_t i;

	if (ret)
		return ret;
	count = zr_div_up(geo->size, geo->zone_size);
	if (!count || count > UINT32_MAX)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "emulated zones: device of %" PRIu64 " bytes, zones of %" PRIu64
			       ", found %" PRIu64 " zones expected 1 to %" PRIu32,
			       geo->size, geo->zone_size, count, UINT32_MAX);
	*zones = calloc(count, sizeof(**zones));
	if (!*zones)
		return zr_fail_nomem(err);
	geo->zone_count = (uint32_t)count;
	for (i = 0; i < geo->zone_count; i++)
		(*zones)[i] = zr_zone_emulated(geo, i);
	return 0;
}
