// SPDX-License-Identifier: LGPL-2.1-or-later
/* The order of a whole run. */
#include "engine.h"
#include "facts.h"

#include "buffer.h"
#include "range.h"
#include "sblog.h"
#include "superblock.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of one write of zeroes over old signatures. */
#define WIPE_BYTES (1U << 20)

struct zr_job {
	struct zr_source *source;
	struct zr_target *target;
	const struct zr_plan *plan;
	struct zr_job_options options;
	struct zr_progress progress;
	atomic_bool cancelled;
	uint8_t super[ZR_SB_SIZE]; /* what the target gets, before each copy is sealed */
};

int zr_job_new(struct zr_job **out, struct zr_source *source, struct zr_target *target,
	       const struct zr_plan *plan, const struct zr_job_options *options,
	       struct zr_error *err)
{
	struct zr_job *job;

	if (options && options->size != sizeof(*options))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "job options: size is not known, found %zu expected %zu",
			       options->size, sizeof(*options));
	job = calloc(1, sizeof(*job));
	if (!job)
		return zr_fail_nomem(err);
	job->source = source;
	job->target = target;
	job->plan = plan;
	if (options)
		job->options = *options;
	memcpy(job->super, source->super.raw, ZR_SB_SIZE);
	if (plan->summary.log == ZR_LOG_DROP)
		zr_super_clear_log(job->super);
	job->progress.zones = plan->summary.zones;
	job->progress.bytes = plan->summary.used_bytes + plan->summary.fill_bytes;
	*out = job;
	return 0;
}

void zr_job_cancel(struct zr_job *job)
{
	atomic_store(&job->cancelled, true);
}

void zr_job_progress(const struct zr_job *job, struct zr_progress *progress)
{
	*progress = job->progress;
}

void zr_job_free(struct zr_job *job)
{
	free(job);
}

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

static int reset_zones(struct zr_job *job, struct zr_error *err)
{
	struct zr_device *dev = job->target->dev;
	struct zr_sink sink;
	size_t i;

	zr_sink_init(&sink, dev);
	for (i = 0; i < job->plan->reset_count; i++) {
		uint32_t zone_no = (uint32_t)(job->plan->resets[i] / dev->geo.zone_size);
		int rc = zr_sink_reset(&sink, zone_no, err);

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

/* From here on the target is no file system until the primary superblock is written. */
static int prepare(struct zr_job *job, struct zr_error *err)
{
	int rc;

	if (atomic_load(&job->cancelled))
		return zr_fail(err, ZR_E_CANCELLED, "job: cancelled before anything was written");
	rc = zr_target_create(job->target, err);
	if (!rc)
		rc = reset_zones(job, err);
	if (!rc)
		rc = wipe_signatures(job, err);
	if (!rc)
		rc = zr_device_flush(job->target->dev, err);
	return rc;
}

static int copy(struct zr_job *job, const struct zr_facts *facts, struct zr_error *err)
{
	struct zr_copy work = {
		.source = job->source,
		.target = job->target->dev,
		.plan = job->plan,
		.list = &facts->list,
		.cancelled = &job->cancelled,
		.progress = &job->progress,
		.report = job->options.progress,
		.context = job->options.context,
	};

	return zr_copy_serial(&work, err);
}

/* Every planned zone is at its end, and every other sequential zone is empty. */
static int compare_zones(struct zr_job *job, struct zr_error *err)
{
	struct zr_device *dev = job->target->dev;
	const struct zr_plan_zone *planned = job->plan->zones;
	const struct zr_plan_zone *last = planned + job->plan->zone_count;
	struct zr_zone *zones;
	uint32_t i;
	int rc = zr_device_zones(dev, &zones, err);

	if (rc)
		return rc;
	for (i = 0; i < dev->geo.zone_count && !rc; i++) {
		if (planned < last && planned->target_physical == zones[i].start) {
			rc = zr_sink_expect(dev, i, &zones[i], planned->end,
					    planned->state == ZR_END_FINISH, err);
			planned++;
		} else if (zr_zone_is_writable(&zones[i])) {
			rc = zr_sink_expect(dev, i, &zones[i], 0, false, err);
		}
	}
	free(zones);
	if (!rc && planned < last)
		rc = zr_fail(err, ZR_E_INTERNAL,
			     "job: planned zone at %llu is no zone of the target",
			     (unsigned long long)planned->target_physical);
	return rc;
}

/* Other mirrors first; a flush lies between them and the one that decides. */
static int write_superblocks(struct zr_job *job, struct zr_error *err)
{
	struct zr_device *dev = job->target->dev;
	size_t i;

	for (i = 0; i < job->plan->superblock_count; i++) {
		const struct zr_plan_superblock *copy_of = &job->plan->superblocks[i];
		int rc = zr_superblock_write(dev, job->super, copy_of->physical, copy_of->bytenr,
					     copy_of->sequential, err);

		if (!rc)
			rc = zr_device_flush(dev, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int commit(struct zr_job *job, struct zr_error *err)
{
	int rc = zr_device_flush(job->target->dev, err);

	if (!rc)
		rc = compare_zones(job, err);
	if (!rc)
		rc = zr_source_super_unchanged(job->source, err);
	if (!rc && atomic_load(&job->cancelled))
		rc = zr_fail(err, ZR_E_CANCELLED, "job: cancelled before the superblock");
	if (!rc)
		rc = write_superblocks(job, err);
	return rc;
}

/* Take the primary superblock away again; what failed before is what gets reported. */
static void withdraw(struct zr_job *job)
{
	const struct zr_plan_superblock *primary =
		&job->plan->superblocks[job->plan->superblock_count - 1];
	struct zr_device *dev = job->target->dev;
	zr_autofree uint8_t *zeroes = zr_buffer_alloc(ZR_SB_SIZE);
	int rc = 0;

	if (primary->sequential)
		rc = zr_device_zone_op(dev, ZR_OP_RESET,
				       (uint32_t)(primary->physical / dev->geo.zone_size), NULL);
	else if (zeroes)
		rc = zr_device_write(dev, primary->physical, zeroes, ZR_SB_SIZE, NULL);
	if (!rc)
		rc = zr_device_flush(dev, NULL);
	(void)rc;
}

static int judge_opened(const struct zr_job *job, const struct zr_source *opened,
			struct zr_error *err)
{
	if (!zr_super_same(opened->super.raw, job->super))
		return zr_fail(err, ZR_E_TARGET_READ,
			       "%s: the superblock that is found is not the one that was written",
			       job->target->path);
	if (opened->counters.repaired)
		return zr_fail(err, ZR_E_TARGET_READ,
			       "%s: a copy of a tree block that was just written cannot be read",
			       job->target->path);
	return 0;
}

/* Read what was written as a kernel would find it; the device stays held meanwhile. */
static int reopen(struct zr_job *job, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	struct zr_source *opened = NULL;
	struct zr_device *dev = job->target->dev;
	int rc = zr_source_open_kept(&opened, dev, &reason);

	if (rc)
		rc = zr_fail(err, ZR_E_TARGET_READ, "%s: the new file system cannot be opened: %s",
			     job->target->path, reason.text);
	else
		rc = judge_opened(job, opened, err);
	if (opened)
		zr_source_release(opened);
	if (rc)
		withdraw(job);
	return rc;
}

int zr_job_run(struct zr_job *job, struct zr_error *err)
{
	struct zr_facts facts;
	int rc = refuse_contents(job, err);

	if (!rc)
		rc = zr_target_refresh(job->target, err);
	if (rc)
		return rc;
	rc = zr_facts_read(&facts, job->source, job->target, job->plan->summary.log, err);
	/* Between planning and now nothing may have changed: the plan is proven again. */
	facts.input.tail = job->plan->tail;
	if (!rc)
		rc = zr_plan_check(job->plan, &facts.input, err);
	if (!rc)
		rc = prepare(job, err);
	if (!rc)
		rc = copy(job, &facts, err);
	if (!rc)
		rc = commit(job, err);
	if (!rc)
		rc = reopen(job, err);
	zr_facts_free(&facts);
	return rc;
}
