// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which superblock copies the target gets, and where.
 */
#include "make.h"
#include "sblog.h"

static bool is_zoned(const struct zr_plan_input *in)
{
	return in->target.model != ZR_MODEL_REGULAR;
}

static uint64_t copy_physical(const struct zr_plan_input *in, unsigned int mirror)
{
	if (!is_zoned(in))
		return zr_sb_offset(mirror);
	return zr_sblog_zone(mirror, in->target.zone_size) * in->target.zone_size;
}

/* The kernel's own test in write_dev_supers(), with a sum that must stay below the size. */
static bool copy_exists(const struct zr_plan_input *in, unsigned int mirror)
{
	if (is_zoned(in) && !zr_sblog_exists(&in->target, mirror))
		return false;
	return copy_physical(in, mirror) + ZR_SB_SIZE < in->total_bytes;
}

/* The primary is last, because with it the target becomes a file system. */
void zr_plan_place_superblocks(struct zr_plan_maker *maker)
{
	const struct zr_plan_input *in = maker->in;
	struct zr_plan *plan = maker->plan;
	unsigned int mirror = ZR_SB_MIRRORS;

	while (mirror--) {
		struct zr_plan_superblock *copy = &plan->superblocks[plan->superblock_count];

		if (!copy_exists(in, mirror))
			continue;
		copy->mirror = mirror;
		copy->physical = copy_physical(in, mirror);
		copy->bytenr = zr_sb_offset(mirror);
		copy->sequential = is_zoned(in) &&
				   zr_zone_is_sequential(zr_plan_target_zone(in, copy->physical));
		plan->superblock_count++;
	}
}
