// SPDX-License-Identifier: LGPL-2.1-or-later
/* The order of a whole run. */
#include "engine.h"
#include "facts.h"
#include "range.h"
#include "relayout_blocks.h"
#include "stages.h"
#include "super.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define LANES_DEFAULT 4
#define QUEUE_BYTES_DEFAULT (32ULL << 20)

/* What the target is given besides the bytes of the source. */
static int make_contents(struct zr_job *job, struct zr_error *err)
{
	int rc = zr_editing_plan(&job->editing, job->plan, err);

	job->done = calloc(job->plan->zone_count + 1, sizeof(*job->done));
	if (!job->done)
		return zr_fail_nomem(err);
	memcpy(job->super, job->source->super.raw, ZR_SB_SIZE);
	return rc ? rc : zr_editing_super(&job->editing, job->plan, job->super, err);
}

int zr_job_new(struct zr_job **out, struct zr_source *source, struct zr_target *target,
	       const struct zr_plan *plan, const struct zr_job_options *options,
	       struct zr_error *err)
{
	struct zr_job *job;
	int rc;

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
	job->progress.zones = plan->summary.zones;
	job->progress.bytes = plan->summary.used_bytes + plan->summary.fill_bytes;
	zr_snapshot_publish(&job->snapshots, &job->progress, 1);
	rc = make_contents(job, err);
	if (rc)
		zr_job_free(job);
	else
		*out = job;
	return rc;
}

void zr_job_cancel(struct zr_job *job)
{
	atomic_store(&job->cancelled, true);
}

void zr_job_progress(const struct zr_job *job, struct zr_progress *progress)
{
	zr_snapshot_read(&job->snapshots, progress);
}

void zr_job_free(struct zr_job *job)
{
	if (!job)
		return;
	zr_editing_free(&job->editing);
	free(job->done);
	free(job->kept);
	free(job);
}

static void advance(void *owner, const struct zr_zone_result *since)
{
	struct zr_job *job = owner;

	job->progress.copied += since->copied;
	job->progress.filled += since->filled;
	zr_counters_add(&job->progress.read, &since->read);
	zr_snapshot_publish(&job->snapshots, &job->progress, 0);
	if (job->options.progress)
		job->options.progress(&job->progress, job->options.context);
}

/*
 * A source that does not even give its superblock any more has not lost single ranges, and neither
 * has one of its devices where another copy was only bad.
 */
static int check_source(struct zr_job *job, const struct zr_zone_result *result,
			struct zr_error *err)
{
	return result->read.lost || result->read.damaged
		       ? zr_source_super_unchanged(job->source, err)
		       : 0;
}

/* A note costs a flush; where the journal has room for fewer, one stands for several zones. */
static int complete(void *owner, const struct zr_zone_result *result, struct zr_error *err)
{
	struct zr_job *job = owner;
	struct zr_journal_progress *noted = &job->noted;
	int rc = check_source(job, result, err);

	if (rc)
		return rc;
	job->progress.zones_done++;
	noted->zones = result->zone + 1;
	noted->copied += result->copied;
	noted->filled += result->filled;
	zr_counters_add(&noted->read, &result->read);
	if (noted->zones % zr_journal_interval(&job->journal))
		return 0;
	return zr_journal_note(&job->journal, noted, err);
}

/*
 * Zones that are written at the same time. Rotating disks would seek between them. Each one is
 * open and active while it is written, whatever it is afterwards.
 */
static uint32_t lanes(const struct zr_job *job)
{
	const struct zr_geometry *geo = &job->target->geo;
	const struct zr_plan_summary *sum = &job->plan->summary;
	uint32_t most = job->options.zones_in_flight;

	if (!most)
		most = geo->seeks || job->source->dev->geo.seeks ? 1 : LANES_DEFAULT;
	if (geo->max_open)
		most = (uint32_t)zr_min64(most, geo->max_open);
	if (sum->max_active)
		most = (uint32_t)zr_min64(most,
					  sum->max_active - zr_min64(sum->max_active, sum->active));
	most = (uint32_t)zr_min64(most, sum->zones);
	return (uint32_t)zr_max64(most, 1);
}

/* Large writes are what devices do best; small zones are cut into some nevertheless. */
static size_t unit_bytes(const struct zr_job *job)
{
	return (size_t)zr_min64(ZR_UNIT_BYTES, job->target->geo.zone_size / 4);
}

static size_t units(const struct zr_job *job)
{
	uint64_t bytes = job->options.queue_bytes ? job->options.queue_bytes : QUEUE_BYTES_DEFAULT;

	/* One to read and one to write, or nothing happens at the same time. */
	return (size_t)zr_max64(bytes / unit_bytes(job), 2);
}

static int copy(struct zr_job *job, const struct zr_facts *facts, struct zr_error *err)
{
	const struct zr_findings findings = {
		.journal = &job->journal,
		.tell = job->options.finding,
		.context = job->options.context,
		.cancelled = &job->cancelled,
	};
	struct zr_made_keys keys = { 0 };
	struct zr_copy work = {
		.source = job->source,
		.target = job->target->dev,
		.plan = job->plan,
		.list = &facts->list,
		.made_keys = &keys,
		.edit = zr_editing_needed(&job->editing) ? &job->editing.edit : NULL,
		.done = job->done,
		.cancelled = &job->cancelled,
		.rescue = job->options.rescue,
		.lanes = lanes(job),
		.units = units(job),
		.unit_bytes = unit_bytes(job),
		.rate = job->options.rate,
		.findings = &findings,
		.complete = complete,
		.advance = advance,
		.owner = job,
	};
	int rc = job->options.serial ? zr_copy_serial(&work, err) : zr_copy_parallel(&work, err);

	zr_made_keys_free(&keys);
	if (rc)
		zr_findings_name_owner(job->source, err);
	return rc;
}

static int run_stages(struct zr_job *job, const struct zr_facts *facts, struct zr_error *err)
{
	int rc = zr_stage_prepare(job, err);

	if (!rc)
		rc = copy(job, facts, err);
	if (!rc)
		rc = zr_stage_commit(job, err);
	if (!rc)
		rc = zr_stage_find(job, err);
	return rc;
}

static int read_facts(struct zr_job *job, struct zr_facts *facts, struct zr_error *err)
{
	enum zr_plan_log log = job->plan->summary.log;

	if (!job->plan->relayout)
		return zr_facts_read(facts, job->source, job->target, log, err);
	return zr_facts_relayout(facts, job->source, job->target, log, job->plan->relayout, err);
}

static int run(struct zr_job *job, struct zr_error *err)
{
	struct zr_facts facts;
	int rc = zr_target_refresh(job->target, err);

	if (!rc)
		rc = zr_stage_examine(job, err);
	if (rc)
		return rc;
	rc = read_facts(job, &facts, err);
	/* Between planning and now nothing may have changed: the plan is proven again. */
	facts.input.choices = job->plan->choices;
	if (!rc)
		rc = zr_plan_check(job->plan, &facts.input, err);
	if (!rc)
		rc = run_stages(job, &facts, err);
	zr_facts_free(&facts);
	return rc;
}

int zr_job_run(struct zr_job *job, struct zr_error *err)
{
	int rc = run(job, err);

	if (rc)
		zr_source_name_device(job->source, err);
	zr_snapshot_publish(&job->snapshots, &job->progress, 1);
	return rc;
}
