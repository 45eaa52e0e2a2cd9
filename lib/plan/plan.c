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
	free(plan);
}
