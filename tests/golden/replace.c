// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: replace SOURCE TARGET PLAN-OUT LOG-OUT [KEY=VALUE...]
 *
 * Replaces SOURCE onto TARGET, an image to be made or an existing file, and writes down the plan
 * and everything that was done to the target. Keys: image_size, zone_size, zone_capacity,
 * conventional_zones, max_active, tail=source, log=drop, resize=max, uuid=metadata, uuid=new,
 * active_zones, relayout=never, relayout=always, metadata=single, degraded=1, device=PATH of
 * another device of the file system, for each of them.
 */
#include "facts.h"
#include "plan.h"
#include "record.h"
#include "source.h"
#include "target.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zreplace/zreplace.h>

#define DEVICES_MAX 8

struct request {
	struct zr_target_options target;
	struct zr_plan_options plan;
	struct zr_source_options source;
	const char *devices[DEVICES_MAX];
};

/* Not a random one, so that the same bytes come out each time. */
static void take_uuid(struct zr_plan_options *plan, const char *value)
{
	plan->uuid = strcmp(value, "new") ? ZR_UUID_METADATA : ZR_UUID_NEW;
	memcpy(plan->fsid, "another fsid 16b", sizeof(plan->fsid));
}

static void take_relayout(struct zr_plan_options *plan, const char *value)
{
	plan->relayout = strcmp(value, "never") ? ZR_RELAYOUT_ALWAYS : ZR_RELAYOUT_NEVER;
}

/* A choice of the plan. Returns 0, or -1 if the key is none. */
static int take_choice(struct zr_plan_options *plan, const char *key, size_t len, const char *value)
{
	if (!strncmp(key, "tail", len))
		plan->tail = ZR_TAIL_SOURCE;
	else if (!strncmp(key, "log", len))
		plan->log = ZR_LOG_DROP;
	else if (!strncmp(key, "resize", len))
		plan->resize = ZR_RESIZE_MAX;
	else if (!strncmp(key, "uuid", len))
		take_uuid(plan, value);
	else if (!strncmp(key, "relayout", len))
		take_relayout(plan, value);
	else if (!strncmp(key, "metadata", len))
		plan->metadata = ZR_METADATA_SINGLE;
	else if (!strncmp(key, "active_zones", len))
		plan->active_zones = (uint32_t)strtoull(value, NULL, 10);
	else
		return -1;
	return 0;
}

static int take_key(struct request *request, const char *argument)
{
	const char *value = strchr(argument, '=');
	size_t len = value ? (size_t)(value - argument) : 0;
	uint64_t number;

	if (!value)
		return -1;
	if (!take_choice(&request->plan, argument, len, value + 1))
		return 0;
	number = strtoull(value + 1, NULL, 10);
	if (!strncmp(argument, "device", len)) {
		if (request->source.member_count == DEVICES_MAX)
			return -1;
		request->devices[request->source.member_count++] = value + 1;
		request->source.members = request->devices;
		return 0;
	}
	if (!strncmp(argument, "degraded", len)) {
		request->source.degraded = 1;
		return 0;
	}
	request->target.geometry_given = 1;
	if (!strncmp(argument, "image_size", len))
		request->target.image_size = number;
	else if (!strncmp(argument, "zone_size", len))
		request->target.zone_size = number;
	else if (!strncmp(argument, "zone_capacity", len))
		request->target.zone_capacity = number;
	else if (!strncmp(argument, "conventional_zones", len))
		request->target.conventional_zones = (uint32_t)number;
	else if (!strncmp(argument, "max_active", len))
		request->target.max_active = (uint32_t)number;
	else
		return -1;
	return 0;
}

/* What a plan says before a run is what the run has done. */
static int compare_figures(const struct zr_plan *plan, struct zr_job *job, struct zr_error *err)
{
	struct zr_plan_summary planned;
	struct zr_progress done;

	zr_plan_summary(plan, &planned);
	zr_job_progress(job, &done);
	if (done.copied == planned.used_bytes && done.filled == planned.fill_bytes)
		return 0;
	return zr_fail(err, ZR_E_INTERNAL,
		       "copied %" PRIu64 " filled %" PRIu64 ", planned %" PRIu64 " and %" PRIu64,
		       done.copied, done.filled, planned.used_bytes, planned.fill_bytes);
}

static int run(struct zr_source *source, struct zr_target *target, const struct zr_plan *plan,
	       const char *log_path, struct zr_error *err)
{
	FILE *log = fopen(log_path, "w");
	/* The other engine notes a zone while it writes the next one. */
	const struct zr_job_options options = { .size = sizeof(options), .serial = 1 };
	struct zr_job *job;
	int rc = zr_target_create(target, err);

	if (!log || rc)
		return rc ? rc : -1;
	target->dev = record_wrap(target->dev, log);
	rc = zr_job_new(&job, source, target, plan, &options, err);
	if (!rc)
		rc = zr_job_run(job, err);
	if (!rc)
		rc = compare_figures(plan, job, err);
	zr_job_free(job);
	return fclose(log) ? -1 : rc;
}

static int replace(char **argv, const struct request *request, struct zr_error *err)
{
	FILE *out = fopen(argv[3], "w");
	struct zr_source *source = NULL;
	struct zr_target *target = NULL;
	struct zr_plan *plan = NULL;
	int rc = zr_source_open(&source, argv[1], &request->source, err);

	if (!rc)
		rc = zr_target_open(&target, argv[2], &request->target, err);
	if (!rc)
		rc = zr_plan_build(&plan, source, target, &request->plan, err);
	if (!rc)
		rc = out ? zr_plan_text(plan, ZR_PLAN_WHOLE, out) : -1;
	if (!rc)
		rc = run(source, target, plan, argv[4], err);
	if (out && fclose(out))
		rc = -1;
	zr_plan_free(plan);
	zr_target_close(target);
	zr_source_close(source);
	return rc;
}

int main(int argc, char **argv)
{
	struct request request = {
		.target = { .size = sizeof(request.target), .writable = 1 },
		.plan = { .size = sizeof(request.plan) },
		.source = { .size = sizeof(request.source), .regular = 1 },
	};
	struct zr_error err = ZR_ERROR_INIT;
	int i;

	if (argc < 5)
		return EXIT_FAILURE;
	for (i = 5; i < argc; i++)
		if (take_key(&request, argv[i]))
			return EXIT_FAILURE;
	if (!replace(argv, &request, &err))
		return EXIT_SUCCESS;
	fprintf(stderr, "%s: %s\n", zr_error_name(err.code), err.text);
	return EXIT_FAILURE;
}
