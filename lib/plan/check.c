// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The proof of a plan: superblock copies, figures, and the order of the parts.
 */
#include "check.h"
#include "sblog.h"

#include <inttypes.h>
#include <string.h>

static int check_superblock(const struct zr_plan_proof *proof, unsigned int mirror,
			    const struct zr_plan_superblock *copy)
{
	const struct zr_plan_input *in = proof->in;
	uint64_t physical = zr_sb_offset(mirror);
	bool sequential = false;

	if (in->target.model == ZR_MODEL_HOST_MANAGED) {
		uint64_t zone_no = zr_sblog_zone(mirror, in->target.zone_size);

		physical = in->target_zones[zone_no].start;
		sequential = in->target_zones[zone_no].type == ZR_ZONE_SEQUENTIAL;
	}
	if (copy->mirror == mirror && copy->physical == physical &&
	    copy->bytenr == zr_sb_offset(mirror) && copy->sequential == sequential)
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN,
		       "superblock: wrong copy, found %u at %" PRIu64 " bytenr %" PRIu64
		       " expected %u at %" PRIu64,
		       copy->mirror, copy->physical, copy->bytenr, mirror, physical);
}

static bool has_superblock(const struct zr_plan_input *in, uint64_t total_bytes,
			   unsigned int mirror)
{
	uint64_t first = zr_sb_offset(mirror);

	if (in->target.model == ZR_MODEL_HOST_MANAGED) {
		if (!zr_sblog_exists(&in->target, mirror))
			return false;
		first = zr_sblog_zone(mirror, in->target.zone_size) * in->target.zone_size;
	}
	return total_bytes > ZR_SB_SIZE && first < total_bytes - ZR_SB_SIZE;
}

int zr_plan_check_superblocks(const struct zr_plan_proof *proof)
{
	const struct zr_plan *plan = proof->plan;
	size_t position = 0;
	int mirror;

	if (plan->superblock_count > ZR_SB_MIRRORS)
		return zr_fail(proof->err, ZR_E_PLAN, "superblock: %zu copies",
			       plan->superblock_count);
	for (mirror = ZR_SB_MIRRORS - 1; mirror >= 0; mirror--) {
		int ret;

		if (!has_superblock(proof->in, plan->summary.total_bytes, (unsigned int)mirror))
			continue;
		if (position == plan->superblock_count)
			return zr_fail(proof->err, ZR_E_PLAN, "superblock: no copy %d", mirror);
		ret = check_superblock(proof, (unsigned int)mirror, &plan->superblocks[position++]);
		if (ret)
			return ret;
	}
	if (position != plan->superblock_count || !position)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "superblock: number of copies, found %zu expected %zu",
			       plan->superblock_count, position);
	if (plan->superblocks[position - 1].mirror != 0)
		return zr_fail(proof->err, ZR_E_PLAN, "superblock: the last copy is number %u",
			       plan->superblocks[position - 1].mirror);
	return 0;
}

static int check_facts(const struct zr_plan_proof *proof)
{
	const struct zr_plan_summary *summary = &proof->plan->summary;
	const struct zr_plan_input *in = proof->in;

	if (memcmp(summary->fsid, in->fsid, sizeof(summary->fsid)) != 0 ||
	    summary->devid != in->devid || summary->generation != in->generation)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "plan: made for another source, found devid %" PRIu64
			       " generation %" PRIu64 " expected devid %" PRIu64
			       " generation %" PRIu64,
			       summary->devid, summary->generation, in->devid, in->generation);
	if (summary->zone_size != in->source.zone_size ||
	    summary->zone_size != in->target.zone_size || summary->target_bytes != in->target.size)
		return zr_fail(proof->err, ZR_E_PLAN,
			       "plan: made for another target, found %" PRIu64
			       " bytes expected %" PRIu64,
			       summary->target_bytes, in->target.size);
	return 0;
}

/* Either what the source has, if the target has as much and no more is wanted; or all whole zones.
 */
static int check_size(const struct zr_plan_proof *proof)
{
	const struct zr_plan_summary *summary = &proof->plan->summary;
	const struct zr_plan_input *in = proof->in;
	uint64_t whole = in->target.size - in->target.size % in->target.zone_size;
	uint64_t expected = in->total_bytes;

	if (in->total_bytes > in->target.size ||
	    (in->choices.resize == ZR_RESIZE_MAX && whole > in->total_bytes))
		expected = whole;
	if (summary->total_bytes == expected && summary->source_bytes == in->total_bytes)
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN,
		       "plan: total bytes, found %" PRIu64 " on the source and %" PRIu64
		       " on the target expected %" PRIu64 " and %" PRIu64,
		       summary->source_bytes, summary->total_bytes, in->total_bytes, expected);
}

/* Blocks are changed on this device only, so that another one must not have copies of them. */
static int check_changes(const struct zr_plan_proof *proof)
{
	const struct zr_plan_summary *summary = &proof->plan->summary;
	const struct zr_plan_input *in = proof->in;
	bool kept = in->choices.uuid == ZR_UUID_KEEP;

	if (summary->uuid != in->choices.uuid ||
	    memcmp(summary->target_fsid, kept ? in->fsid : in->choices.fsid, 16) != 0)
		return zr_fail(proof->err, ZR_E_PLAN, "plan: another fsid than was chosen");
	if (!kept && !memcmp(in->fsid, in->choices.fsid, 16))
		return zr_fail(proof->err, ZR_E_PLAN, "plan: the new fsid is the old one");
	if (in->devices == 1 ||
	    (kept && !summary->zones_moved && summary->total_bytes == summary->source_bytes))
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN,
		       "plan: changes a file system of %" PRIu64 " devices on one of them",
		       in->devices);
}

static struct zr_plan_summary recount(const struct zr_plan *plan)
{
	struct zr_plan_summary sum = {
		.resets = (uint32_t)plan->reset_count,
		.superblocks = (uint32_t)plan->superblock_count,
	};
	size_t i;

	for (i = 0; i < plan->superblock_count; i++)
		sum.active += plan->superblocks[i].sequential ? 1 : 0;
	for (i = 0; i < plan->zone_count; i++) {
		const struct zr_plan_zone *zone = &plan->zones[i];

		sum.zones++;
		sum.used_bytes += zone->used;
		sum.fill_bytes += zone->end - zone->used;
		if (zone->end == 0)
			sum.zones_empty++;
		if (zone->target_physical != zone->source_physical)
			sum.zones_moved++;
		if (zone->state == ZR_END_OPEN)
			sum.active++;
		if (zone->state != ZR_END_FINISH)
			continue;
		sum.zones_finished++;
		sum.lost_bytes += zone->lost;
	}
	return sum;
}

static int check_figure(const struct zr_plan_proof *proof, const char *name, uint64_t found,
			uint64_t expected)
{
	if (found == expected)
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN, "summary: %s, found %" PRIu64 " expected %" PRIu64,
		       name, found, expected);
}

/* One zone more is active while it is written, so that a plan may not use up the limit. */
static int check_active(const struct zr_plan_proof *proof, uint32_t active)
{
	uint32_t limit = proof->plan->summary.max_active;
	uint32_t device = proof->in->target.max_active;
	uint32_t chosen = proof->in->choices.active_zones;

	if ((device && (!limit || limit > device)) || (chosen && (!limit || limit > chosen)) ||
	    (limit && !device && !chosen))
		return zr_fail(proof->err, ZR_E_PLAN,
			       "active zones: limit, found %" PRIu32
			       " where the target has %" PRIu32 " and %" PRIu32 " was chosen",
			       limit, device, chosen);

	if (!limit || active < limit)
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN,
		       "active zones: found %" PRIu32 " expected less than %" PRIu32, active,
		       limit);
}

int zr_plan_check_figures(const struct zr_plan_proof *proof)
{
	const struct zr_plan_summary *found = &proof->plan->summary;
	const struct zr_plan_summary sum = recount(proof->plan);
	const struct {
		const char *name;
		uint64_t found;
		uint64_t expected;
	} figures[] = {
		{ "used bytes", found->used_bytes, sum.used_bytes },
		{ "fill bytes", found->fill_bytes, sum.fill_bytes },
		{ "lost bytes", found->lost_bytes, sum.lost_bytes },
		{ "zones", found->zones, sum.zones },
		{ "empty zones", found->zones_empty, sum.zones_empty },
		{ "finished zones", found->zones_finished, sum.zones_finished },
		{ "moved zones", found->zones_moved, sum.zones_moved },
		{ "resets", found->resets, sum.resets },
		{ "superblocks", found->superblocks, sum.superblocks },
		{ "active zones", found->active, sum.active },
	};
	int ret = check_active(proof, sum.active);
	size_t i;

	for (i = 0; i < sizeof(figures) / sizeof(figures[0]) && !ret; i++)
		ret = check_figure(proof, figures[i].name, figures[i].found, figures[i].expected);
	return ret;
}

static int check_relayout(const struct zr_plan_proof *proof)
{
	const struct zr_layout_target target = {
		.geo = &proof->in->target,
		.zones = proof->in->target_zones,
	};

	if (proof->plan->relayout != proof->in->relayout)
		return zr_fail(proof->err, ZR_E_PLAN, "plan: made for another re-layout");
	if (!proof->plan->relayout)
		return 0;
	return zr_relayout_check(proof->plan->relayout, &target, proof->err);
}

int zr_plan_check(const struct zr_plan *plan, const struct zr_plan_input *input,
		  struct zr_error *err)
{
	const struct zr_plan_proof proof = { .plan = plan, .in = input, .err = err };
	int ret = check_facts(&proof);

	if (!ret)
		ret = check_relayout(&proof);
	if (!ret)
		ret = check_size(&proof);
	if (!ret)
		ret = check_changes(&proof);
	if (!ret)
		ret = zr_plan_check_zones(&proof);
	if (!ret)
		ret = zr_plan_check_groups(&proof);
	if (!ret)
		ret = zr_plan_check_clear(&proof);
	if (!ret)
		ret = zr_plan_check_superblocks(&proof);
	if (!ret)
		ret = zr_plan_check_figures(&proof);
	return ret;
}
