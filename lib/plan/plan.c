// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading a plan, and its end.
 */
#include "plan.h"

#include <stdlib.h>

void zr_plan_summary(const struct zr_plan *plan, struct zr_plan_summary *summary)
{
	*summary = plan->summary;
}

static uint64_t made_blocks(const struct zr_relayout *relayout)
{
	uint64_t blocks = 0;
	int i;

	for (i = 0; i < ZR_NEW_TREES; i++)
		blocks += relayout->trees[i].blocks;
	return blocks;
}

/* Reclaim empties a data zone into a free one, and the tree-log has a metadata zone of its own. */
static uint64_t zones_wanted(const struct zr_layout *layout)
{
	return 2 * (1 + layout->copies) + zr_layout_zones(layout) / 20;
}

int zr_plan_relayout(const struct zr_plan *plan, struct zr_plan_relayout *relayout)
{
	const struct zr_relayout *from = plan->relayout;

	if (!from)
		return 1;
	*relayout = (struct zr_plan_relayout){
		.groups_before = from->facts.groups,
		.groups_after = zr_layout_chunks(&from->layout),
		.kept_blocks = from->facts.kept_blocks,
		.made_blocks = made_blocks(from),
		.nodatacow = from->facts.nodatacow,
		.cache_bytes = from->facts.cache_bytes,
		.holes = from->facts.holes,
		.quotas = from->quota && from->facts.holes,
		.tail_bytes = zr_layout_tails(&from->layout),
		.zones_free = from->layout.usable_zones - zr_layout_zones(&from->layout),
		.zones_wanted = zones_wanted(&from->layout),
	};
	return 0;
}

int zr_plan_zone_next(const struct zr_plan *plan, size_t *position,
		      const struct zr_plan_zone **zone)
{
	if (*position >= plan->zone_count)
		return 1;
	*zone = &plan->zones[(*position)++];
	return 0;
}

int zr_plan_reset_next(const struct zr_plan *plan, size_t *position, uint64_t *physical)
{
	if (*position >= plan->reset_count)
		return 1;
	*physical = plan->resets[(*position)++];
	return 0;
}

int zr_plan_wipe_next(const struct zr_plan *plan, size_t *position, uint64_t *physical,
		      uint64_t *len)
{
	if (*position >= plan->wipe_count)
		return 1;
	*physical = plan->wipes[*position].physical;
	*len = plan->wipes[(*position)++].len;
	return 0;
}

int zr_plan_superblock_next(const struct zr_plan *plan, size_t *position,
			    const struct zr_plan_superblock **superblock)
{
	if (*position >= plan->superblock_count)
		return 1;
	*superblock = &plan->superblocks[(*position)++];
	return 0;
}

void zr_plan_free(struct zr_plan *plan)
{
	if (!plan)
		return;
	free(plan->zones);
	free(plan->resets);
	free(plan->wipes);
	zr_relayout_free(plan->relayout);
	free(plan);
}
