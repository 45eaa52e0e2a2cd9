// SPDX-License-Identifier: GPL-2.0-or-later
#include "checked_replace.h"

#include "fuzz.h"
#include "plan.h"
#include "super_read.h"

#include <string.h>

#define SECTOR 4096

static bool is_changed(const struct memory_device *memory)
{
	return memory_count(memory, MEMORY_WRITE) + memory_count(memory, MEMORY_RESET);
}

static bool is_file_system(struct memory_device *memory)
{
	struct zr_super super;
	uint64_t physical;

	return !zr_super_read(&memory->dev, &super, &physical, NULL);
}

/* Whether tree blocks are changed on the way. */
static bool is_edited(const struct zr_plan *plan)
{
	const struct zr_plan_summary *summary = &plan->summary;

	return plan->relayout || summary->uuid == ZR_UUID_NEW || summary->zones_moved ||
	       summary->total_bytes != summary->source_bytes;
}

/* Each sector of the target is the source's, or zeroes in a gap. */
static void expect_equal(const struct memory_device *from, const struct memory_device *to,
			 const struct zr_plan *plan)
{
	static const uint8_t zeroes[SECTOR];
	size_t i;

	for (i = 0; i < plan->zone_count; i++) {
		const struct zr_plan_zone *zone = &plan->zones[i];
		const uint8_t *source = from->bytes + zone->source_physical;
		const uint8_t *target = to->bytes + zone->target_physical;
		uint64_t at;

		for (at = 0; at < zone->end; at += SECTOR)
			fuzz_must(!memcmp(target + at, source + at, SECTOR) ||
				  !memcmp(target + at, zeroes, SECTOR));
	}
}

static void expect_done(const struct zr_source *source, struct memory_device *to,
			const struct zr_progress *progress)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *made;

	fuzz_must(progress->copied && progress->copied + progress->filled == progress->bytes);
	fuzz_must(progress->zones && progress->zones_done == progress->zones);
	fuzz_must(!fuzz_result(zr_source_open_kept(&made, &to->dev, NULL, &err), &err));
	fuzz_must(made->super.generation == source->super.generation);
	zr_source_release(made);
}

static void look_at_owner(const struct zr_owner *owner, void *context)
{
	(void)context;
	fuzz_must(owner->level < 8);
	fuzz_must(!owner->path || (owner->path[0] && owner->path[0] != '/'));
}

/* What is bad lies in the file system, and asking whose it is does no harm. */
static void look_at_finding(const struct zr_finding *finding, void *context)
{
	struct zr_source *source = context;
	struct zr_error err = ZR_ERROR_INIT;

	fuzz_must(finding->len && finding->logical >= finding->extent);
	fuzz_must(zr_chunk_map_find(&source->chunks, finding->logical));
	fuzz_result(
		zr_source_owners(source, finding->logical, finding->len, look_at_owner, NULL, &err),
		&err);
}

/* Returns 0 and how it went, or the code with which it was refused or failed. */
static int run_job(struct zr_source *source, struct zr_target *target, const struct zr_plan *plan,
		   bool rescue, struct zr_progress *progress)
{
	const struct zr_job_options options = {
		.size = sizeof(options),
		.force = 1,
		.serial = 1,
		.rescue = rescue,
		.finding = look_at_finding,
		.context = source,
	};
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_job *job;
	int rc;

	rc = fuzz_result(zr_job_new(&job, source, target, plan, &options, &err), &err);
	if (rc)
		return rc;
	rc = fuzz_result(zr_job_run(job, &err), &err);
	zr_job_progress(job, progress);
	zr_job_free(job);
	return rc;
}

static int open_source(struct zr_source **source, struct memory_device *from, bool regular,
		       struct zr_error *err)
{
	const struct zr_source_options options = { .regular = regular };

	return zr_source_open_device(source, &from->dev, NULL, &options, err);
}

int checked_replace(struct memory_device *from, struct memory_device *to,
		    const struct checked_options *options, struct zr_progress *progress)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source = NULL;
	struct zr_target *target = NULL;
	struct zr_plan *plan = NULL;
	int rc;

	memory_freeze(from);
	rc = fuzz_result(open_source(&source, from, options->regular, &err), &err);
	if (rc)
		return rc;
	target = tiny_target(to);
	rc = fuzz_result(zr_plan_build(&plan, source, target, &options->plan, &err), &err);
	fuzz_must(!is_changed(to));
	if (!rc)
		rc = run_job(source, target, plan, options->rescue, progress);
	if (rc)
		fuzz_must(!is_file_system(to));
	else
		expect_done(source, to, progress);
	if (!rc && options->equal && !is_edited(plan))
		expect_equal(from, to, plan);
	zr_plan_free(plan);
	zr_target_close(target);
	zr_source_close(source);
	return rc;
}
