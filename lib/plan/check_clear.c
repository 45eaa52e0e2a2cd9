// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The proof of a plan: what is emptied before the first write.
 */
#include "buffer.h"
#include "check.h"
#include "sblog.h"

#include <inttypes.h>
#include <stdlib.h>

enum { RESET_NO, RESET_YES, RESET_DONE };

/* Marks what must be reset: sequential zones that hold something, and superblock logs. */
static void mark_resets(const struct zr_plan_input *in, uint8_t *mark)
{
	unsigned int mirror;
	uint32_t i;

	for (i = 0; i < in->target.zone_count; i++) {
		if (in->target_zones[i].cond != ZR_COND_EMPTY)
			mark[i] = RESET_YES;
	}
	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t first = zr_sblog_zone(mirror, in->target.zone_size);

		if (!zr_sblog_exists(&in->target, mirror))
			continue;
		mark[first] = RESET_YES;
		mark[first + 1] = RESET_YES;
	}
	for (i = 0; i < in->target.zone_count; i++) {
		if (in->target_zones[i].type != ZR_ZONE_SEQUENTIAL ||
		    in->target_zones[i].cond == ZR_COND_READONLY ||
		    in->target_zones[i].cond == ZR_COND_OFFLINE)
			mark[i] = RESET_NO;
	}
}

static int check_reset(const struct zr_plan_proof *proof, size_t i, uint8_t *mark)
{
	const struct zr_geometry *target = &proof->in->target;
	uint64_t physical = proof->plan->resets[i];
	uint64_t zone_no = physical / target->zone_size;

	if (zone_no >= target->zone_count || physical % target->zone_size)
		return zr_fail(proof->err, ZR_E_PLAN, "reset: %" PRIu64 " is no start of a zone",
			       physical);
	if (i && physical <= proof->plan->resets[i - 1])
		return zr_fail(proof->err, ZR_E_PLAN,
			       "reset: not ascending, found %" PRIu64 " after %" PRIu64, physical,
			       proof->plan->resets[i - 1]);
	if (mark[zone_no] != RESET_YES)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "reset: zone %" PRIu64
			       " is empty, has no write pointer or cannot be reset",
			       zone_no);
	mark[zone_no] = RESET_DONE;
	return 0;
}

static int check_resets(const struct zr_plan_proof *proof)
{
	uint32_t count = proof->in->target.zone_count;
	zr_autofree uint8_t *mark = calloc((size_t)count + 1, 1);
	int ret = 0;
	uint32_t no;
	size_t i;

	if (!mark)
		return zr_fail_nomem(proof->err);
	mark_resets(proof->in, mark);
	for (i = 0; i < proof->plan->reset_count && !ret; i++)
		ret = check_reset(proof, i, mark);
	for (no = 0; no < count && !ret; no++) {
		if (mark[no] == RESET_YES)
			ret = zr_fail(proof->err, ZR_E_PLAN,
				      "reset: zone %" PRIu32 " is not empty and is not reset", no);
	}
	return ret;
}

static int check_wipe(const struct zr_plan_proof *proof, size_t i)
{
	const struct zr_plan_wipe *wipe = &proof->plan->wipes[i];
	const struct zr_geometry *target = &proof->in->target;
	const struct zr_zone *zone;

	if (!wipe->len || wipe->physical >= target->size ||
	    target->size - wipe->physical < wipe->len)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "wipe: %" PRIu64 " length %" PRIu64
			       " is outside a target of %" PRIu64,
			       wipe->physical, wipe->len, target->size);
	if (i && wipe->physical < wipe[-1].physical + wipe[-1].len)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "wipe: %" PRIu64 " overlaps the one before, which ends at %" PRIu64,
			       wipe->physical, wipe[-1].physical + wipe[-1].len);
	zone = &proof->in->target_zones[wipe->physical / target->zone_size];
	if (zone->type != ZR_ZONE_CONVENTIONAL || zone->cond != ZR_COND_NOT_WP ||
	    wipe->physical + wipe->len > zone->start + zone->len)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "wipe: %" PRIu64 " length %" PRIu64
			       " is not within one usable conventional zone",
			       wipe->physical, wipe->len);
	return 0;
}

static bool is_wiped(const struct zr_plan *plan, uint64_t start, uint64_t len)
{
	size_t i;

	for (i = 0; i < plan->wipe_count; i++) {
		uint64_t offset = start - plan->wipes[i].physical;

		if (start >= plan->wipes[i].physical && offset < plan->wipes[i].len &&
		    plan->wipes[i].len - offset >= len)
			return true;
	}
	return false;
}

/* A place where an old superblock or signature would be found. */
static int check_place(const struct zr_plan_proof *proof, uint64_t start, uint64_t len)
{
	const struct zr_geometry *target = &proof->in->target;
	const struct zr_zone *zone;

	if (start >= target->size || target->size - start < len)
		return 0;
	zone = &proof->in->target_zones[start / target->zone_size];
	if (zone->type != ZR_ZONE_CONVENTIONAL || zone->cond != ZR_COND_NOT_WP ||
	    start + len > zone->start + zone->len)
		return 0;
	if (is_wiped(proof->plan, start, len))
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN,
		       "wipe: %" PRIu64 " length %" PRIu64 " can hold a signature and is not wiped",
		       start, len);
}

static int check_places(const struct zr_plan_proof *proof)
{
	const struct zr_geometry *target = &proof->in->target;
	const uint64_t edge = 1ULL << 20;
	unsigned int mirror;
	int ret = check_place(proof, 0, edge);

	if (!ret && target->size >= edge && target->size % ZR_SB_SIZE == 0)
		ret = check_place(proof, target->size - edge, edge);
	for (mirror = 0; mirror < ZR_SB_MIRRORS && !ret; mirror++) {
		uint64_t first = zr_sblog_zone(mirror, target->zone_size) * target->zone_size;

		ret = check_place(proof, zr_sb_offset(mirror), ZR_SB_SIZE);
		if (target->model != ZR_MODEL_HOST_MANAGED || !zr_sblog_exists(target, mirror))
			continue;
		if (!ret)
			ret = check_place(proof, first, ZR_SB_SIZE);
		if (!ret)
			ret = check_place(proof, first + target->zone_size, ZR_SB_SIZE);
	}
	return ret;
}

int zr_plan_check_clear(const struct zr_plan_proof *proof)
{
	int ret = check_resets(proof);
	size_t i;

	for (i = 0; i < proof->plan->wipe_count && !ret; i++)
		ret = check_wipe(proof, i);
	if (!ret)
		ret = check_places(proof);
	return ret;
}
