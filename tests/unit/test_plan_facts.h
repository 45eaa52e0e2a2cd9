/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts for plans: two devices of the same geometry with a few block groups. Tests change what they
 * are about and leave the rest.
 */
#ifndef TEST_PLAN_FACTS_H
#define TEST_PLAN_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "block_group.h"
#include "error.h"
#include "plan.h"
#include "sblog.h"

#define KIB (1ULL << 10)
#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define TIB (1ULL << 40)

#define ZONE (4 * MIB)
#define SECTOR 4096U
#define NODE 16384U
#define FIRST_LOGICAL GIB

#define DATA BTRFS_BLOCK_GROUP_DATA
#define METADATA BTRFS_BLOCK_GROUP_METADATA
#define SYSTEM BTRFS_BLOCK_GROUP_SYSTEM
#define DUP BTRFS_BLOCK_GROUP_DUP

#define FACTS_MAX 64
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct facts {
	struct zr_plan_input in;
	struct zr_zone *source_zones;
	struct zr_zone *target_zones;
	struct zr_plan_group groups[FACTS_MAX];
	struct zr_plan_extent extents[FACTS_MAX];
	struct zr_error err;
	struct zr_plan *plan;
};

static inline struct zr_zone *facts_zones(const struct zr_geometry *geo)
{
	struct zr_zone *zones = calloc(geo->zone_count, sizeof(*zones));
	uint32_t i;

	assert_non_null(zones);
	for (i = 0; i < geo->zone_count; i++) {
		zones[i].start = i * geo->zone_size;
		zones[i].len = geo->zone_size;
		if (zones[i].len > geo->size - zones[i].start)
			zones[i].len = geo->size - zones[i].start;
		zones[i].cap = zones[i].len;
		zones[i].wp = zones[i].start;
		zones[i].type = ZR_ZONE_SEQUENTIAL;
		zones[i].cond = ZR_COND_EMPTY;
	}
	return zones;
}

/* Two empty zoned devices without a limit of active zones, and a file system without block groups.
 */
static inline struct facts *facts_sized(uint64_t size, uint64_t zone_size)
{
	struct facts *facts = calloc(1, sizeof(*facts));
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_geometry geo = {
		.model = ZR_MODEL_HOST_MANAGED,
		.size = size,
		.zone_size = zone_size,
		.zone_count = (uint32_t)((size + zone_size - 1) / zone_size),
		.logical_block = 4096,
	};

	assert_non_null(facts);
	facts->err = none;
	memcpy(facts->in.fsid, "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10",
	       16);
	facts->in.devid = 1;
	facts->in.devices = 1;
	facts->in.generation = 42;
	facts->in.sectorsize = SECTOR;
	facts->in.nodesize = NODE;
	facts->in.total_bytes = size;
	facts->in.source = geo;
	facts->in.target = geo;
	facts->source_zones = facts_zones(&geo);
	facts->target_zones = facts_zones(&geo);
	facts->in.source_zones = facts->source_zones;
	facts->in.target_zones = facts->target_zones;
	facts->in.groups = facts->groups;
	facts->in.extents = facts->extents;
	return facts;
}

static inline struct facts *facts_new(uint32_t zones)
{
	return facts_sized(zones * ZONE, ZONE);
}

static inline void facts_free(struct facts *facts)
{
	zr_plan_free(facts->plan);
	free(facts->source_zones);
	free(facts->target_zones);
	free(facts);
}

static inline void facts_active(struct zr_zone *zone, uint64_t written)
{
	zone->cond = ZR_COND_CLOSED;
	zone->wp = zone->start + written;
}

static inline void facts_conventional(struct zr_zone *zones, uint32_t first, uint32_t count)
{
	uint32_t i;

	for (i = first; i < first + count; i++) {
		zones[i].type = ZR_ZONE_CONVENTIONAL;
		zones[i].cond = ZR_COND_NOT_WP;
	}
}

/* Makes the target a device without zones. */
static inline void facts_regular(struct facts *facts)
{
	facts->in.target.model = ZR_MODEL_REGULAR;
	facts_conventional(facts->target_zones, 0, facts->in.target.zone_count);
}

/*
 * Adds a block group in zone @zone_no, or in it and the next one for DUP, all of its bytes used up
 * to
 * @last. Returns its number. Zones must be added in ascending order.
 */
static inline size_t facts_add(struct facts *facts, uint64_t flags, uint32_t zone_no, uint64_t last)
{
	size_t number = facts->in.group_count++;
	struct zr_plan_group *group = &facts->groups[number];
	uint32_t stripes = flags & DUP ? 2 : 1;
	uint32_t i;

	group->len = facts->in.source.zone_size;
	group->logical = FIRST_LOGICAL + number * group->len;
	group->flags = flags;
	group->used = last;
	group->last = last;
	group->stripes = (uint16_t)stripes;
	for (i = 0; i < stripes; i++) {
		struct zr_plan_extent *extent = &facts->extents[facts->in.extent_count++];

		extent->physical = (zone_no + i) * group->len;
		extent->len = group->len;
		extent->group = (uint32_t)number;
		extent->stripe = i;
		if (last)
			facts_active(&facts->source_zones[zone_no + i], last);
	}
	return number;
}

/* What most tests start from: one block group of each type. */
static inline struct facts *facts_usual(void)
{
	struct facts *facts = facts_new(32);

	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, METADATA | DUP, 4, 3 * NODE);
	facts_add(facts, DATA, 6, MIB);
	return facts;
}

/* Makes the plan and has it proved. */
static inline const struct zr_plan *facts_plan(struct facts *facts)
{
	int ret = zr_plan_make(&facts->plan, &facts->in, &facts->err);

	assert_string_equal(facts->err.text, "");
	assert_int_equal(ret, 0);
	ret = zr_plan_check(facts->plan, &facts->in, &facts->err);
	assert_string_equal(facts->err.text, "");
	assert_int_equal(ret, 0);
	return facts->plan;
}

/* The zone of a plan that lies in a zone of the source. */
static inline const struct zr_plan_zone *facts_zone(const struct facts *facts, uint32_t zone_no)
{
	uint64_t physical = zone_no * facts->in.source.zone_size;
	const struct zr_plan_zone *zone;
	size_t position = 0;

	while (!zr_plan_zone_next(facts->plan, &position, &zone)) {
		if (zone->source_physical == physical)
			return zone;
	}
	fail_msg("no zone %u in the plan", zone_no);
	return NULL;
}

#endif
