// SPDX-License-Identifier: LGPL-2.1-or-later
/* The zones as a whole: how many may be active, how many are, and those that nobody uses. */
#include "audit.h"
#include "block_group.h"
#include "range.h"
#include "sblog.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct zr_audit_place nowhere = { ZR_NOWHERE, ZR_NOWHERE };

void zr_audit_limits(struct zr_audit *audit)
{
	const struct zr_geometry *geo = &audit->dev->geo;
	struct zr_check_summary *summary = audit->summary;
	uint32_t i;

	summary->zone_size = geo->zone_size;
	summary->zones = geo->zone_count;
	for (i = 0; i < geo->zone_count; i++)
		summary->active += zr_zone_is_active(&audit->zones[i]);
	if (geo->zone_count < ZR_ACTIVE_ZONES_MIN)
		zr_audit_find(audit, ZR_CHECK_FEW_ZONES, nowhere,
			      "device: has %" PRIu32 " zones, later kernels want at least %u",
			      geo->zone_count, ZR_ACTIVE_ZONES_MIN);
	if (!geo->max_active)
		return;
	if (geo->max_active < ZR_ACTIVE_ZONES_MIN)
		zr_audit_find(audit, ZR_CHECK_LIMIT_LOW, nowhere,
			      "device: allows %" PRIu32 " active zones, kernels want at least %u",
			      geo->max_active, ZR_ACTIVE_ZONES_MIN);
	if (summary->active > geo->max_active)
		zr_audit_find(audit, ZR_CHECK_LIMIT_EXCEEDED, nowhere,
			      "device: %" PRIu32 " zones are active, its limit is %" PRIu32,
			      summary->active, geo->max_active);
	else if (summary->active > zr_geometry_limit(geo))
		zr_audit_find(audit, ZR_CHECK_LIMIT_LATER, nowhere,
			      "device: %" PRIu32 " zones are active, and %" PRIu32
			      " can be open, which later kernels take for the limit",
			      summary->active, geo->max_open);
}

/* What a kernel sets aside for block groups of a kind, less what serves as such already. */
static uint32_t reserve_of(const struct zr_audit *audit, uint64_t type, uint32_t wanted)
{
	const struct zr_group_list *list = &audit->list;
	uint32_t active = 0;
	uint32_t copies = 1;
	size_t i;

	for (i = 0; i < list->extent_count; i++) {
		const struct zr_group *group = &list->groups[list->extents[i].group];
		uint64_t zone = list->extents[i].physical / audit->dev->geo.zone_size;

		if (!(group->item.flags & type))
			continue;
		if (group->item.flags & BTRFS_BLOCK_GROUP_DUP)
			copies = 2;
		active += zr_zone_is_active(&audit->zones[zone]);
	}
	return wanted * copies - (uint32_t)zr_min64(active, copies);
}

void zr_audit_reserve(struct zr_audit *audit)
{
	struct zr_check_summary *summary = audit->summary;
	uint32_t left;

	if (!summary->max_active || summary->active > summary->max_active)
		return;
	/* One that is written and one for the tree-log. */
	summary->reserved = reserve_of(audit, BTRFS_BLOCK_GROUP_METADATA, 2);
	summary->reserved += reserve_of(audit, BTRFS_BLOCK_GROUP_SYSTEM, 1);
	left = summary->max_active - summary->active;
	if (left <= summary->reserved)
		zr_audit_find(audit, ZR_CHECK_LIMIT_NEAR, nowhere,
			      "device: %" PRIu32 " of %" PRIu32
			      " active zones are free and kernels set %" PRIu32
			      " aside, so new data waits until zones are finished",
			      left, summary->max_active, summary->reserved);
}

static void audit_unused(struct zr_audit *audit, uint32_t number)
{
	const struct zr_zone *zone = &audit->zones[number];
	struct zr_audit_place place = { number, ZR_NOWHERE };

	if (!zr_zone_is_writable(zone)) {
		zr_audit_find(audit, ZR_CHECK_DEAD_ZONE, place,
			      "zone %" PRIu32 ": is %s and belongs to no block group", number,
			      zr_zone_cond_name(zone->cond));
	} else if (zr_zone_is_sequential(zone) && zone->cond != ZR_COND_EMPTY) {
		audit->summary->leftover++;
		zr_audit_find(audit, ZR_CHECK_LEFTOVER, place,
			      "zone %" PRIu32 ": belongs to no block group but is %s, %" PRIu64
			      " bytes are written: kernels never use it again",
			      number, zr_zone_cond_name(zone->cond), zr_zone_written(zone));
	}
}

int zr_audit_unused(struct zr_audit *audit, struct zr_error *err)
{
	const struct zr_geometry *geo = &audit->dev->geo;
	bool *taken = calloc(geo->zone_count, sizeof(*taken));
	size_t i;
	uint32_t z;

	if (!taken)
		return zr_fail_nomem(err);
	for (i = 0; i < audit->list.extent_count; i++)
		taken[audit->list.extents[i].physical / geo->zone_size] = true;
	for (z = 0; z < geo->zone_count; z++)
		if (!taken[z] && !zr_sblog_uses(geo, z))
			audit_unused(audit, z);
	free(taken);
	return 0;
}
