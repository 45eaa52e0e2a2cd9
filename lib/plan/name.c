// SPDX-License-Identifier: LGPL-2.1-or-later
#include "block_group.h"
#include "plan.h"

const char *zr_plan_zone_type(const struct zr_plan_zone *zone)
{
	return zr_block_group_type_name(zone->flags);
}

const char *zr_plan_zone_profile(const struct zr_plan_zone *zone)
{
	return zr_block_group_profile_name(zone->flags);
}
