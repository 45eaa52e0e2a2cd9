// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a kernel makes active when it mounts.
 *
 * Of two copies on one device one can be full, in a zone of smaller capacity, while the other is
 * not; a kernel then makes the full one active as well. Of a file system of several devices: where
 * a device has no limit of active zones, an empty or full zone counts as active, and where it has
 * one, it does not. If the stripes of a block group differ in this, the kernel makes the whole
 * block group active, which takes one place of each limit, and mounts nothing when there is none
 * left (btrfs_zone_activate(), called by the loaders of the profiles).
 */
#include "buffer.h"
#include "make.h"

#include <inttypes.h>
#include <stdlib.h>

/* Places that are taken on a device with a limit. */
struct places {
	uint64_t devid;
	uint32_t limit;
	uint32_t taken;
};

struct list {
	struct places *devices; /* the target is the first one */
	size_t count;
	size_t capacity;
};

static int find(struct list *list, uint64_t devid, uint32_t limit, uint32_t active,
		struct places **found, struct zr_error *err)
{
	size_t i;
	int ret;

	for (i = 0; i < list->count; i++) {
		*found = &list->devices[i];
		if (list->devices[i].devid == devid)
			return 0;
	}
	ret = zr_array_reserve(&list->devices, &list->capacity, list->count, sizeof(**found), err);
	if (ret)
		return ret;
	*found = &list->devices[list->count++];
	**found = (struct places){ devid, limit, active };
	return 0;
}

static bool is_seen(const struct zr_zone *zone)
{
	return zone && zr_zone_is_sequential(zone) && zr_zone_is_writable(zone);
}

static bool counts_as_active(const struct zr_plan_peer *peer)
{
	return !peer->max_active || zr_zone_is_active(peer->zone);
}

/* The zone of the target, if it has a write pointer, and whether it counts as active there. */
static bool look_at_target(const struct zr_plan_maker *maker, const struct zr_plan_stripes *stripes,
			   bool *active)
{
	const struct zr_plan_zone *planned = &maker->plan->zones[stripes->index[0]];

	*active = !maker->in->target.max_active || planned->state == ZR_END_OPEN;
	return planned->state != ZR_END_NO_WP;
}

static bool differ(const struct zr_plan_stripes *stripes, bool active)
{
	uint32_t i;

	for (i = 0; i < stripes->peer_count; i++)
		if (is_seen(stripes->peers[i].zone) &&
		    counts_as_active(&stripes->peers[i]) != active)
			return true;
	return false;
}

static bool is_uneven_pair(const struct zr_plan_maker *maker, const struct zr_plan_stripes *stripes)
{
	const struct zr_plan_zone *first = &maker->plan->zones[stripes->index[0]];
	const struct zr_plan_zone *second = &maker->plan->zones[stripes->index[1]];

	return (first->state == ZR_END_OPEN && second->state == ZR_END_FULL) ||
	       (first->state == ZR_END_FULL && second->state == ZR_END_OPEN);
}

static int take_places(const struct zr_plan_maker *maker, const struct zr_plan_stripes *stripes,
		       struct list *list)
{
	struct places *places;
	bool active;
	uint32_t i;
	int ret = 0;

	if (stripes->count == 2) {
		list->devices[0].taken += is_uneven_pair(maker, stripes);
		return 0;
	}
	if (!stripes->count || !look_at_target(maker, stripes, &active) || !differ(stripes, active))
		return 0;
	list->devices[0].taken += !active;
	for (i = 0; i < stripes->peer_count && !ret; i++) {
		const struct zr_plan_peer *peer = &stripes->peers[i];

		if (!is_seen(peer->zone) || counts_as_active(peer))
			continue;
		ret = find(list, peer->devid, peer->max_active, peer->active, &places, maker->err);
		places->taken += !ret;
	}
	return ret;
}

static int refuse_exceeded(const struct zr_plan_maker *maker, const struct list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct places *places = &list->devices[i];

		if (places->limit && places->taken > places->limit)
			return zr_fail(maker->err, ZR_E_ACTIVE_ZONES,
				       "%s: active zones of devid %" PRIu64
				       ", a kernel that mounts the target needs %" PRIu32
				       ", as copies of a block group differ in being active, found "
				       "a limit of %" PRIu32,
				       zr_plan_target_name(maker->in), places->devid, places->taken,
				       places->limit);
	}
	return 0;
}

int zr_plan_refuse_mount(const struct zr_plan_maker *maker)
{
	struct list list = { 0 };
	struct places *target;
	int ret = find(&list, maker->in->devid, maker->in->target.max_active,
		       maker->plan->summary.active, &target, maker->err);
	size_t i;

	for (i = 0; i < maker->in->group_count && !ret; i++)
		ret = take_places(maker, &maker->stripes[i], &list);
	if (!ret)
		ret = refuse_exceeded(maker, &list);
	free(list.devices);
	return ret;
}
