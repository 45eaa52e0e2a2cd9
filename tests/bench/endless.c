// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: endless ZONES EXTENTS-PER-ZONE
 *
 * Plans and carries out the replace of a file system that is made while it is read, onto a target
 * that keeps nothing: what is left is the work of this program, and its memory. Prints seconds and
 * peak memory of planning and of the whole.
 */
#include "clock.h"
#include "endless_device.h"
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <zreplace/job.h>

struct run {
	struct endless_fs fs;
	struct zr_source *source;
	struct zr_target *target;
	struct zr_plan *plan;
	struct zr_job *job;
	uint64_t begun;
};

static void say(const struct run *run, const char *what)
{
	struct rusage usage;
	double cpu;

	getrusage(RUSAGE_SELF, &usage);
	cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	printf("%s: %.2f s, CPU %.2f s, peak %ld MiB\n", what,
	       (double)(zr_clock_ns() - run->begun) / 1e9, cpu, usage.ru_maxrss / 1024);
	fflush(stdout);
}

static int run_all(struct run *run, struct zr_error *err)
{
	const struct zr_job_options options = { .size = sizeof(options), .force = 1 };
	int rc = zr_source_open_device(&run->source, endless_device(&run->fs, false), NULL, NULL,
				       err);

	if (rc)
		return rc;
	run->target = endless_target(endless_device(&run->fs, true));
	rc = zr_plan_build(&run->plan, run->source, run->target, NULL, err);
	say(run, "plan");
	if (!rc)
		rc = zr_job_new(&run->job, run->source, run->target, run->plan, &options, err);
	if (!rc)
		rc = zr_job_run(run->job, err);
	say(run, "all");
	return rc;
}

int main(int argc, char **argv)
{
	struct run run = { .begun = zr_clock_ns() };
	struct zr_error err = ZR_ERROR_INIT;
	uint32_t zones;
	uint32_t extents;
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: endless ZONES EXTENTS-PER-ZONE\n");
		return 1;
	}
	zones = (uint32_t)strtoul(argv[1], NULL, 10);
	extents = (uint32_t)strtoul(argv[2], NULL, 10);
	endless_init(&run.fs, zones, extents);
	printf("%u zones, %llu extents\n", zones,
	       (unsigned long long)run.fs.trees[ENDLESS_EXTENT].count);
	rc = run_all(&run, &err);
	zr_job_free(run.job);
	zr_plan_free(run.plan);
	zr_target_close(run.target);
	zr_source_close(run.source);
	if (rc)
		fprintf(stderr, "ERROR: %s\n", err.text);
	return rc ? 1 : 0;
}
