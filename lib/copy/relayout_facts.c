// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout_facts.h"

#include <stdlib.h>
#include <string.h>

static void fill_zone(struct zr_zone *zone, uint64_t used)
{
	if (!zr_zone_is_sequential(zone))
		return;
	zone->wp = zone->start + used;
	zone->cond = used == zone->cap ? ZR_COND_FULL : ZR_COND_CLOSED;
}

/* The target's zones as they will be. */
static int make_zones(struct zr_facts *facts, const struct zr_target *target, struct zr_error *err)
{
	size_t size = target->geo.zone_count * sizeof(*facts->zones);
	uint32_t i;

	facts->zones = malloc(size);
	if (!facts->zones)
		return zr_fail_nomem(err);
	memcpy(facts->zones, target->zones, size);
	for (i = 0; i < target->geo.zone_count; i++) {
		struct zr_zone *zone = &facts->zones[i];

		if (!zr_zone_is_sequential(zone) || !zr_zone_is_writable(zone))
			continue;
		zone->wp = zone->start;
		zone->cond = ZR_COND_EMPTY;
	}
	return 0;
}

static void add_chunk(struct zr_facts *facts, const struct zr_layout *layout, size_t number)
{
	const struct zr_new_chunk *chunk = zr_layout_chunk(layout, number);
	uint32_t copies = zr_layout_chunk_copies(layout, chunk);
	uint32_t i;

	facts->groups[number] = (struct zr_plan_group){
		.logical = chunk->logical,
		.len = layout->zone_size,
		.flags = zr_layout_chunk_flags(layout, chunk),
		.used = chunk->used,
		.last = chunk->used,
		.stripes = (uint16_t)copies,
	};
	for (i = 0; i < copies; i++) {
		facts->extents[facts->input.extent_count++] = (struct zr_plan_extent){
			.physical = chunk->physical[i],
			.len = layout->zone_size,
			.group = (uint32_t)number,
			.stripe = i,
		};
		fill_zone(&facts->zones[chunk->physical[i] / layout->zone_size], chunk->used);
	}
}

int zr_relayout_facts(struct zr_facts *facts, const struct zr_relayout *relayout,
		      const struct zr_target *target, struct zr_error *err)
{
	const struct zr_layout *layout = &relayout->layout;
	struct zr_plan_input *input = &facts->input;
	size_t count = zr_layout_chunks(layout);
	size_t i;
	int rc = make_zones(facts, target, err);

	facts->groups = calloc(count + 1, sizeof(*facts->groups));
	facts->extents = calloc(count * ZR_NEW_COPIES_MAX + 1, sizeof(*facts->extents));
	if (rc || !facts->groups || !facts->extents)
		return rc ? rc : zr_fail_nomem(err);
	input->extent_count = 0;
	for (i = 0; i < count; i++)
		add_chunk(facts, layout, i);
	input->groups = facts->groups;
	input->group_count = count;
	input->extents = facts->extents;
	input->total_bytes = relayout->total_bytes;
	input->devices = 1;
	input->source = target->geo;
	input->source_zones = facts->zones;
	input->relayout = relayout;
	return 0;
}
