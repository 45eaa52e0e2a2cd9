// SPDX-License-Identifier: LGPL-2.1-or-later
#include "zone.h"

uint64_t zr_zone_written(const struct zr_zone *zone)
{
	if (zone->cond == ZR_COND_OFFLINE)
		return 0;
	if (!zr_zone_is_sequential(zone))
		return zone->len;
	if (zone->cond == ZR_COND_EMPTY)
		return 0;
	if (zr_zone_is_active(zone))
		return zone->wp - zone->start;
	return zone->cap;
}

const char *zr_zone_cond_name(enum zr_zone_cond cond)
{
	switch (cond) {
	case ZR_COND_NOT_WP:
		return "without write pointer";
	case ZR_COND_EMPTY:
		return "empty";
	case ZR_COND_IMP_OPEN:
		return "implicitly open";
	case ZR_COND_EXP_OPEN:
		return "explicitly open";
	case ZR_COND_CLOSED:
		return "closed";
	case ZR_COND_READONLY:
		return "read-only";
	case ZR_COND_FULL:
		return "full";
	case ZR_COND_OFFLINE:
		return "offline";
	}
	return "unknown condition";
}

const char *zr_zone_type_name(enum zr_zone_type type)
{
	switch (type) {
	case ZR_ZONE_CONVENTIONAL:
		return "conventional";
	case ZR_ZONE_SEQUENTIAL:
		return "sequential";
	}
	return "unknown type";
}
