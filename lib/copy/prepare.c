// SPDX-License-Identifier: LGPL-2.1-or-later
/* What happens to a target before anything is copied to it. */
#include "stages.h"

#include "buffer.h"
#include "range.h"
#include "resume.h"
#include "sink.h"
#include "superblock.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of one write of zeroes over old signatures. */
#define WIPE_BYTES (1U << 20)

static int refuse_contents(struct zr_job *job, struct zr_error *err)
{
	char text[ZR_CONTENTS_MAX];
	int rc;

	if (job->options.force)
		return 0;
	rc = zr_target_contents(job->target, text, err);
	if (rc || !text[0])
		return rc;
	return zr_fail(err, ZR_E_HOLDS_DATA, "%s: the target holds data: %s", job->target->path,
		       text);
}

/* What somebody put there since a run stopped is data like any other. */
static int refuse_used(struct zr_job *job, bool *used, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc = zr_run_untouched(job->target, &job->journal, &reason);

	*used = rc == -ZR_E_HOLDS_DATA;
	if (!rc || (*used && job->options.force))
		return 0;
	if (err && !err->code)
		*err = reason;
	return rc;
}

int zr_stage_examine(struct zr_job *job, struct zr_error *err)
{
	int rc = job->target->dev ? zr_journal_find(&job->journal, job->target->dev, err) : 1;
	bool used;

	if (rc < 0)
		return rc;
	if (rc)
		return refuse_contents(job, err);
	rc = refuse_used(job, &used, err);
	if (rc)
		return rc;
	/* Force is for data, and for what is left of a run that nothing can go on with. */
	job->restarts = job->options.restart || used ||
			(job->options.force && job->journal.condition != ZR_JOURNAL_WHOLE);
	if (job->restarts)
		return 0;
	rc = zr_resume_check(&job->journal, job->source, job->target, job->plan, err);
	job->progress.resumed = !rc;
	return rc;
}

static int reset_zones(struct zr_job *job, struct zr_error *err)
{
	struct zr_device *dev = job->target->dev;
	struct zr_sink sink;
	size_t i;

	zr_sink_init(&sink, dev);
	for (i = 0; i < job->plan->reset_count; i++) {
		uint32_t zone_no = (uint32_t)(job->plan->resets[i] / dev->geo.zone_size);
		int rc = 0;

		if (!job->kept || !job->kept[zone_no])
			rc = zr_sink_reset(&sink, zone_no, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int wipe_range(struct zr_device *dev, const struct zr_plan_wipe *wipe, const uint8_t *zeroes,
		      struct zr_error *err)
{
	uint64_t done = 0;

	while (done < wipe->len) {
		size_t len = (size_t)zr_min64(wipe->len - done, WIPE_BYTES);
		int rc = zr_device_write(dev, wipe->physical + done, zeroes, len, err);

		if (rc)
			return rc;
		done += len;
	}
	return 0;
}

static int wipe_signatures(struct zr_job *job, struct zr_error *err)
{
	zr_autofree uint8_t *zeroes = zr_buffer_alloc(WIPE_BYTES);
	size_t i;

	if (!zeroes)
		return zr_fail_nomem(err);
	for (i = 0; i < job->plan->wipe_count; i++) {
		int rc = wipe_range(job->target->dev, &job->plan->wipes[i], zeroes, err);

		if (rc)
			return rc;
	}
	return 0;
}

/*
 * A superblock at a fixed place must not stand over zones that are reset: the primary goes first.
 * In a log it goes with its zone, which is the first one that is reset.
 */
static int hide_superblocks(struct zr_job *job, struct zr_error *err)
{
	struct zr_device *dev = job->target->dev;
	size_t i = job->plan->superblock_count;
	bool hidden = false;
	int rc = 0;

	while (!rc && i--) {
		const struct zr_plan_superblock *copy_of = &job->plan->superblocks[i];

		if (copy_of->sequential)
			continue;
		hidden = true;
		rc = zr_superblock_clear(dev, copy_of->physical, false, err);
	}
	return rc || !hidden ? rc : zr_device_flush(dev, err);
}

static int begin(struct zr_job *job, struct zr_error *err)
{
	struct zr_journal_head head;
	int rc = zr_target_create(job->target, err);

	if (!rc)
		rc = hide_superblocks(job, err);
	/* Otherwise a run that stops soon would leave a journal that counts what is gone. */
	if (!rc && job->restarts)
		rc = zr_journal_end(&job->journal, err);
	if (!rc)
		rc = reset_zones(job, err);
	if (!rc)
		rc = wipe_signatures(job, err);
	if (!rc)
		rc = zr_device_flush(job->target->dev, err);
	if (!rc)
		rc = zr_resume_head(&head, job->source, job->target, job->plan, err);
	if (!rc)
		rc = zr_journal_begin(&job->journal, job->target->dev, &head, err);
	return rc;
}

/* Zones that are complete are not reset, and neither is the one that says so. */
static int keep_zones(struct zr_job *job, struct zr_error *err)
{
	const struct zr_geometry *geo = &job->target->geo;
	size_t i;

	job->kept = calloc(geo->zone_count, sizeof(*job->kept));
	if (!job->kept)
		return zr_fail_nomem(err);
	if (job->journal.sequential)
		job->kept[zr_journal_zone(&job->journal)] = true;
	for (i = 0; i < job->plan->zone_count; i++)
		if (job->done[i])
			job->kept[job->plan->zones[i].target_physical / geo->zone_size] = true;
	return 0;
}

/*
 * All zones were empty when the journal was begun, and the run writes to planned zones and those of
 * superblocks only. Data anywhere else is somebody's, and must not be reset.
 */
static int refuse_foreign_zones(const struct zr_job *job, struct zr_error *err)
{
	const struct zr_target *target = job->target;
	zr_autofree bool *ours = calloc(target->geo.zone_count, sizeof(*ours));
	uint32_t zone_no;
	size_t i;
	int rc = 0;

	if (!ours)
		return zr_fail_nomem(err);
	for (i = 0; i < job->plan->zone_count; i++)
		ours[job->plan->zones[i].target_physical / target->geo.zone_size] = true;
	for (zone_no = 0; zone_no < target->geo.zone_count && !rc; zone_no++)
		if (!ours[zone_no] && !zr_sblog_uses(&target->geo, zone_no) &&
		    zr_zone_is_writable(&target->zones[zone_no]))
			rc = zr_sink_expect(target->dev, zone_no, &target->zones[zone_no], 0, false,
					    err);
	return rc;
}

static int expect_going(const struct zr_job *job, struct zr_error *err)
{
	return atomic_load(&job->cancelled)
		       ? zr_fail(err, ZR_E_CANCELLED, "job: cancelled before anything was written")
		       : 0;
}

/* What an earlier run found in zones that are complete belongs to the result of this one. */
static int tell_again(void *owner, uint32_t zone, const struct zr_finding *finding,
		      struct zr_error *err)
{
	const struct zr_job *job = owner;

	int rc = expect_going(job, err);

	if (!rc && job->options.finding && zone < job->plan->zone_count && job->done[zone])
		job->options.finding(finding, job->options.context);
	return rc;
}

/* Zones that got lost must not count again before they and their findings are there again. */
static int count_less(struct zr_job *job, struct zr_error *err)
{
	if (zr_journal_is_full(&job->journal))
		return zr_fail(
			err, ZR_E_JOURNAL,
			"%s: zones that were complete are not any more, and there is no room "
			"in the journal to say so",
			job->target->path);
	return zr_journal_note(&job->journal, &job->journal.progress, err);
}

static int go_on(struct zr_job *job, struct zr_error *err)
{
	struct zr_journal_progress *noted = &job->journal.progress;
	uint32_t before = noted->zones;
	size_t i;
	int rc = refuse_foreign_zones(job, err);

	if (!rc)
		rc = zr_resume_zones(job->plan, job->target, &noted->zones, job->done, err);
	if (!rc)
		rc = keep_zones(job, err);
	if (!rc && noted->zones < before)
		rc = count_less(job, err);
	if (rc)
		return rc;
	job->noted = *noted;
	job->progress.copied = noted->copied;
	job->progress.filled = noted->filled;
	job->progress.read = noted->read;
	for (i = 0; i < job->plan->zone_count; i++)
		job->progress.zones_done += job->done[i];
	rc = zr_journal_replay(&job->journal, tell_again, job, err);
	if (!rc)
		rc = zr_journal_resumed(&job->journal, err);
	if (!rc)
		rc = hide_superblocks(job, err);
	return rc ? rc : reset_zones(job, err);
}

int zr_stage_prepare(struct zr_job *job, struct zr_error *err)
{
	int rc = expect_going(job, err);

	if (rc)
		return rc;
	return job->progress.resumed ? go_on(job, err) : begin(job, err);
}
