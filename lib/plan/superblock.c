// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which superblock copies the target gets, and where.
 */
#include "make.h"
#include "sblog.h"

/* The primary is last, because with it the target becomes a file system. */
void zr_plan_place_superblocks(struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	struct zr_plan *plan = maker->plan;
	unsigned int mirror = ZR_SB_MIRRORS;

	while (mirror--) {
		struct zr_plan_superblock *copy = &plan->superblocks[plan->superblock_count];

		if (!zr_sb_copy_exists(&in->target, mirror, plan->summary.total_bytes))
			continue;
		copy->mirror = mirror;
		copy->physical = zr_sb_copy_physical(&in->target, mirror);
		copy->bytenr = zr_sb_offset(mirror);
		copy->sequential = in->target.model != ZR_MODEL_REGULAR &&
				   zr_zone_is_sequential(zr_plan_target_zone(in, copy->physical));
		plan->superblock_count++;
	}
}
