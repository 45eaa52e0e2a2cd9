// SPDX-License-Identifier: LGPL-2.1-or-later
#include "resume.h"

#include "range.h"
#include "sink.h"

#include <stdio.h>
#include <string.h>
#include <zreplace/zreplace.h>

typedef unsigned long long ull;

int zr_resume_head(struct zr_journal_head *head, const struct zr_source *source,
		   const struct zr_target *target, const struct zr_plan *plan, struct zr_error *err)
{
	const struct zr_super *super = &source->super;

	memset(head, 0, sizeof(*head));
	memcpy(head->fsid, super->fsid, sizeof(head->fsid));
	memcpy(head->dev_uuid, super->dev_uuid, sizeof(head->dev_uuid));
	head->devid = super->devid;
	head->generation = super->generation;
	zr_csum(ZR_CSUM_BLAKE2B, super->raw, sizeof(super->raw), head->super);
	if (plan->summary.uuid != ZR_UUID_KEEP)
		memcpy(head->target_fsid, plan->summary.target_fsid, sizeof(head->target_fsid));
	head->target_bytes = target->geo.size;
	head->zones = plan->summary.zones;
	snprintf(head->source, sizeof(head->source), "%s", source->dev->path);
	snprintf(head->target_model, sizeof(head->target_model), "%s", target->dev->model);
	snprintf(head->version, sizeof(head->version), "%s", zr_version());
	return zr_plan_digest(plan, head->plan, err);
}

/*
 * Whether a journal that was found is of the run that is wanted. Tree blocks that are made are
 * compared with no source's, so that those of one target come from one version.
 */
static int match(const struct zr_journal_head *found, const struct zr_journal_head *wanted,
		 bool made, const struct zr_target *target, struct zr_error *err)
{
	const char *what = NULL;

	if (memcmp(found->fsid, wanted->fsid, sizeof(found->fsid)) ||
	    memcmp(found->dev_uuid, wanted->dev_uuid, sizeof(found->dev_uuid)))
		what = "it is of another source";
	else if (found->generation != wanted->generation ||
		 memcmp(found->super, wanted->super, sizeof(found->super)))
		what = "the source changed since";
	else if (found->target_bytes != wanted->target_bytes ||
		 strcmp(found->target_model, wanted->target_model))
		what = "it was on another target";
	else if (memcmp(found->plan, wanted->plan, sizeof(found->plan)))
		what = "it had other options, or a zone of the target has become unusable since";
	else if (made && strcmp(found->version, wanted->version))
		what = "another version of the program began it, which may make tree blocks "
		       "otherwise";
	if (!what)
		return 0;
	return zr_fail(
		err, ZR_E_OTHER_RUN,
		"%s: holds an unfinished run from %s at generation %llu that cannot go on: %s",
		target->path, found->source, (ull)found->generation, what);
}

int zr_resume_check(const struct zr_journal *journal, const struct zr_source *source,
		    const struct zr_target *target, const struct zr_plan *plan,
		    struct zr_error *err)
{
	struct zr_journal_head wanted;
	int rc = zr_journal_require_whole(journal, err);

	if (!rc)
		rc = zr_resume_head(&wanted, source, target, plan, err);
	if (!rc)
		rc = match(&journal->head, &wanted, plan->relayout, target, err);
	return rc;
}

static int judge_zone(const struct zr_plan_zone *planned, const struct zr_target *target,
		      bool noted, bool *done, struct zr_error *err)
{
	uint32_t zone_no = (uint32_t)(planned->target_physical / target->geo.zone_size);
	const struct zr_zone *zone = &target->zones[zone_no];
	bool full = planned->state == ZR_END_FULL || planned->state == ZR_END_FINISH;

	if (!zr_zone_is_sequential(zone)) {
		*done = noted;
		return 0;
	}
	if (!full && zr_zone_written(zone) > planned->end)
		return zr_sink_expect(target->dev, zone_no, zone, planned->end, false, err);
	*done = noted && !zr_sink_expect(target->dev, zone_no, zone, planned->end,
					 planned->state == ZR_END_FINISH, NULL);
	return 0;
}

int zr_resume_zones(const struct zr_plan *plan, const struct zr_target *target, uint32_t *noted,
		    bool *done, struct zr_error *err)
{
	size_t i;

	for (i = 0; i < plan->zone_count; i++) {
		int rc = judge_zone(&plan->zones[i], target, i < *noted, &done[i], err);

		if (rc)
			return rc;
		if (!done[i])
			*noted = (uint32_t)zr_min64(*noted, i);
	}
	return 0;
}
