// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * usage: replace SOURCE TARGET - a whole replace that shows its progress. Control-C stops it before
 * its next write, and the same command goes on from there.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <zreplace/zreplace.h>

static struct zr_job *job;

static void stop(int number)
{
	(void)number;
	zr_job_cancel(job);
}

static void show(const struct zr_progress *progress, void *context)
{
	uint32_t *shown = context;

	if (progress->zones_done == *shown)
		return;
	*shown = progress->zones_done;
	printf("%" PRIu32 " of %" PRIu32 " zones, %" PRIu64 " of %" PRIu64 " bytes\n",
	       progress->zones_done, progress->zones, progress->copied + progress->filled,
	       progress->bytes);
}

static int run(struct zr_source *source, struct zr_target *target, struct zr_error *err)
{
	uint32_t shown = 0;
	const struct zr_job_options options = {
		.size = sizeof(options),
		.progress = show,
		.context = &shown,
	};
	struct zr_plan *plan;
	int rc = zr_plan_build(&plan, source, target, NULL, err);

	if (rc)
		return rc;
	rc = zr_job_new(&job, source, target, plan, &options, err);
	if (!rc) {
		signal(SIGINT, stop);
		rc = zr_job_run(job, err);
		signal(SIGINT, SIG_DFL);
		zr_job_free(job);
	}
	zr_plan_free(plan);
	return rc;
}

int main(int argc, char **argv)
{
	const struct zr_target_options writable = { .size = sizeof(writable), .writable = 1 };
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source = NULL;
	struct zr_target *target = NULL;
	int rc;

	if (argc != 3)
		return 1;
	rc = zr_source_open(&source, argv[1], NULL, &err);
	if (!rc)
		rc = zr_target_open(&target, argv[2], &writable, &err);
	if (!rc)
		rc = run(source, target, &err);
	if (rc)
		fprintf(stderr, "%s: %s\n", zr_error_name(rc), err.text);
	zr_target_close(target);
	zr_source_close(source);
	return rc ? 1 : 0;
}
