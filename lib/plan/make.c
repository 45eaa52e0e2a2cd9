// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Making a plan: the order of the steps, and the figures at the end.
 */
#include "make.h"
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

static void copy_facts(const struct zr_plan_input *in, struct zr_plan_summary *summary)
{
	memcpy(summary->fsid, in->fsid, sizeof(summary->fsid));
	summary->devid = in->devid;
	summary->generation = in->generation;
	summary->zone_size = in->target.zone_size;
	memcpy(summary->target_fsid, in->choices.uuid == ZR_UUID_KEEP ? in->fsid : in->choices.fsid,
	       sizeof(summary->target_fsid));
	summary->uuid = in->choices.uuid;
	summary->source_bytes = in->total_bytes;
	summary->target_bytes = in->target.size;
	summary->log_trees = in->log_trees;
	summary->log_extents = in->log_extents;
	summary->log = in->log;
}

static void sum_up(struct zr_plan *plan)
{
	struct zr_plan_summary *summary = &plan->summary;
	size_t i;

	summary->zones = (uint32_t)plan->zone_count;
	summary->resets = (uint32_t)plan->reset_count;
	summary->superblocks = (uint32_t)plan->superblock_count;
	for (i = 0; i < plan->zone_count; i++) {
		const struct zr_plan_zone *zone = &plan->zones[i];

		summary->used_bytes += zone->used;
		summary->fill_bytes += zone->end - zone->used;
		summary->lost_bytes += zone->lost;
		summary->zones_empty += !zone->end;
		summary->zones_finished += zone->state == ZR_END_FINISH;
	}
}

static int run_steps(struct zr_plan_maker *maker)
{
	int ret = zr_plan_refuse_layout(maker);

	if (!ret)
		ret = zr_plan_refuse_contents(maker);
	if (!ret)
		ret = zr_plan_place_extents(maker);
	if (!ret)
		ret = zr_plan_end_zones(maker);
	if (!ret)
		ret = zr_plan_clear_target(maker);
	if (ret)
		return ret;
	zr_plan_place_superblocks(maker);
	ret = zr_plan_limit_active(maker);
	if (!ret)
		ret = zr_plan_refuse_mount(maker);
	if (ret)
		return ret;
	copy_facts(maker->in, &maker->plan->summary);
	maker->plan->choices = maker->in->choices;
	sum_up(maker->plan);
	return 0;
}

int zr_plan_make(struct zr_plan **plan, const struct zr_plan_input *input, struct zr_error *err)
{
	zr_autofree struct zr_plan_stripes *stripes = NULL;
	struct zr_plan_maker maker = { .in = input, .err = err };
	int ret = zr_plan_refuse_devices(input, err);

	if (ret)
		return ret;
	stripes = calloc(input->group_count + 1, sizeof(*stripes));
	maker.stripes = stripes;
	maker.plan = calloc(1, sizeof(*maker.plan));
	if (!maker.stripes || !maker.plan)
		ret = zr_fail_nomem(err);
	else
		ret = run_steps(&maker);
	if (ret)
		zr_plan_free(maker.plan);
	else
		*plan = maker.plan;
	return ret;
}
