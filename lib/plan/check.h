/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the proof of a plan. They share nothing with the making of plans but the rules of
 * zones, so that a mistake there is not repeated here. Each returns 0, -ZR_E_PLAN, or
 * -ZR_E_NO_MEMORY.
 */
#ifndef ZR_PLAN_CHECK_H
#define ZR_PLAN_CHECK_H

#include "plan.h"

struct zr_plan_proof {
	const struct zr_plan *plan;
	const struct zr_plan_input *in;
	struct zr_error *err;
};

/*
 * zr_plan_check_zones - each device extent once, in a zone that can take it, up to a possible end
 */
int zr_plan_check_zones(const struct zr_plan_proof *proof) ZR_NODISCARD;

/*
 * zr_plan_check_groups - the stripes of each block group are complete and fit each other, with
 * zr_plan_check_peers(); relies on zr_plan_check_zones()
 */
int zr_plan_check_groups(const struct zr_plan_proof *proof) ZR_NODISCARD;

/*
 * zr_plan_check_peers - a kernel that reads the target's zones beside those of the other devices
 * takes them; the list of peers is in order
 */
int zr_plan_check_peers(const struct zr_plan_proof *proof) ZR_NODISCARD;

/*
 * zr_plan_has_peers - whether a block group has stripes on other devices
 */
bool zr_plan_has_peers(const struct zr_plan_input *in, uint32_t group);

/*
 * zr_plan_check_clear - resets and wipes are those that are needed, and no others
 */
int zr_plan_check_clear(const struct zr_plan_proof *proof) ZR_NODISCARD;

/*
 * zr_plan_check_superblocks - copies are complete, in their places, the primary last
 */
int zr_plan_check_superblocks(const struct zr_plan_proof *proof) ZR_NODISCARD;

/*
 * zr_plan_check_figures - the summary says what the plan holds, and active zones keep the limit
 */
int zr_plan_check_figures(const struct zr_plan_proof *proof) ZR_NODISCARD;

#endif
