// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is emptied on the target before anything is copied to it.
 */
#include "buffer.h"
#include "make.h"
#include "range.h"
#include "sblog.h"

#include <stdlib.h>

#define DEVICE_HEAD (1ULL << 20) /* boot sectors, labels, signatures of most file systems */
#define DEVICE_TAIL (1ULL << 20) /* backup tables and metadata of volume managers */

/* Head, tail, two superblocks at fixed places, three pairs. */
#define CANDIDATES_MAX 10

static bool in_superblock_pair(const struct zr_geometry *geo, uint64_t zone_no)
{
	unsigned int mirror;

	if (geo->model == ZR_MODEL_REGULAR)
		return false;
	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t first = zr_sblog_zone(mirror, geo->zone_size);

		if (zr_sblog_exists(geo, mirror) && (zone_no == first || zone_no == first + 1))
			return true;
	}
	return false;
}

/*
 * Free zones are reset as well: btrfs allocates empty zones only, so that one which is not empty
 * would be lost to the file system. The superblock log is reset whatever was reported, because a
 * stale entry there could make half a copy look like a file system.
 */
static bool wants_reset(const struct zr_plan_input *in, uint32_t zone_no)
{
	const struct zr_zone *zone = &in->target_zones[zone_no];

	if (!zr_zone_is_sequential(zone) || !zr_zone_is_writable(zone))
		return false;
	return zone->cond != ZR_COND_EMPTY || in_superblock_pair(&in->target, zone_no);
}

static int list_resets(struct zr_plan_maker *maker)
{
	struct zr_plan *plan = maker->plan;
	size_t capacity = 0;
	uint32_t i;

	for (i = 0; i < maker->in->target.zone_count; i++) {
		int ret;

		if (!wants_reset(maker->in, i))
			continue;
		ret = zr_array_reserve(&plan->resets, &capacity, plan->reset_count,
				       sizeof(*plan->resets), maker->err);
		if (ret)
			return ret;
		plan->resets[plan->reset_count++] = maker->in->target_zones[i].start;
	}
	return 0;
}

/* Ranges that are to be wiped as far as conventional zones are there. */
struct candidates {
	struct zr_range range[CANDIDATES_MAX];
	size_t count;
};

static void add_candidate(struct candidates *list, uint64_t start, uint64_t len)
{
	list->range[list->count].start = start;
	list->range[list->count].len = len;
	list->count++;
}

static void collect_candidates(struct candidates *list, const struct zr_geometry *geo)
{
	uint64_t tail = geo->size - zr_min64(geo->size, DEVICE_TAIL);
	unsigned int mirror;

	add_candidate(list, 0, DEVICE_HEAD);
	for (mirror = 1; mirror < ZR_SB_MIRRORS; mirror++)
		add_candidate(list, zr_sb_offset(mirror), ZR_SB_SIZE);
	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t start = zr_sblog_zone(mirror, geo->zone_size) * geo->zone_size;

		if (geo->model == ZR_MODEL_REGULAR || !zr_sblog_exists(geo, mirror))
			continue;
		add_candidate(list, start, ZR_SB_SIZE);
		add_candidate(list, start + geo->zone_size, ZR_SB_SIZE);
	}
	add_candidate(list, tail - tail % ZR_SB_SIZE, DEVICE_TAIL + ZR_SB_SIZE);
}

/* Of two that start together the longer one is first and covers the other. */
static int compare_ranges(const void *a, const void *b)
{
	const struct zr_range *left = a;
	const struct zr_range *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->len < right->len) - (left->len > right->len);
}

/* Adds what of [start, end) lies in conventional zones; a range can reach into a second zone. */
static int add_wipes(struct zr_plan_maker *maker, uint64_t start, uint64_t end, size_t *capacity)
{
	struct zr_plan *plan = maker->plan;

	while (start < end) {
		const struct zr_zone *zone = zr_plan_target_zone(maker->in, start);
		uint64_t stop = zr_min64(end, zone->start + zone->len);
		int ret;

		if (!zr_zone_is_sequential(zone) && zr_zone_is_writable(zone)) {
			ret = zr_array_reserve(&plan->wipes, capacity, plan->wipe_count,
					       sizeof(*plan->wipes), maker->err);
			if (ret)
				return ret;
			plan->wipes[plan->wipe_count].physical = start;
			plan->wipes[plan->wipe_count++].len = stop - start;
		}
		start = stop;
	}
	return 0;
}

static int list_wipes(struct zr_plan_maker *maker)
{
	uint64_t size = maker->in->target.size;
	struct candidates list = { .count = 0 };
	size_t capacity = 0;
	uint64_t done = 0;
	int ret = 0;
	size_t i;

	collect_candidates(&list, &maker->in->target);
	qsort(list.range, list.count, sizeof(list.range[0]), compare_ranges);
	for (i = 0; i < list.count && !ret; i++) {
		uint64_t start = zr_max64(list.range[i].start, done);
		uint64_t end = zr_min64(list.range[i].start + list.range[i].len, size);

		ret = add_wipes(maker, start, end, &capacity);
		done = zr_max64(done, end);
	}
	return ret;
}

int zr_plan_clear_target(struct zr_plan_maker *maker)
{
	int ret = list_resets(maker);

	if (!ret)
		ret = list_wipes(maker);
	return ret;
}
