/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole replace of a tiny file system from one device in memory to another.
 */
#ifndef ZR_TESTS_TINY_RUN_H
#define ZR_TESTS_TINY_RUN_H

#include "plan.h"
#include "tiny_fs.h"

#include <zreplace/job.h>

struct tiny_run {
	struct tiny_fs *fs;
	struct memory_device *from;
	struct memory_device *to;
	struct zr_source *source;
	struct zr_target *target;
	struct zr_plan *plan;
	struct zr_job *job;
	struct zr_plan_options choices; /* of each plan that is made without others */
	struct zr_job_options
		options; /* force and serial are set; to be changed before tiny_run_job() */
	struct zr_error err;
};

/*
 * tiny_run_open - source, target and plan, up to the point where a job can begin
 * @fs: taken over
 * @regular: the source is a regular device
 * @target: what the target looks like; each of its sequential zones holds old data
 * @choices: of the plan
 *
 * Ends the program when there is no plan. The logs of both devices are empty then, and the source
 * is frozen.
 */
void tiny_run_open(struct tiny_run *run, struct tiny_fs *fs, bool regular,
		   const struct memory_options *target);
void tiny_run_open_chosen(struct tiny_run *run, struct tiny_fs *fs, bool regular,
			  const struct memory_options *target,
			  const struct zr_plan_options *choices);

/*
 * tiny_run_job - make the job, if tiny_run_new_job() did not, and run it; the result goes to
 * run->err
 */
int tiny_run_job(struct tiny_run *run);
void tiny_run_new_job(struct tiny_run *run);

/*
 * tiny_run_again - source, target, plan and job anew over the same memory, without force
 * @options: of the plan, or NULL for those of tiny_run_open()
 *
 * Faults and hooks are gone and the logs are empty then. Ends the program when there is no plan,
 * but for tiny_run_plan_again(), which returns why and leaves run->plan NULL.
 */
void tiny_run_again(struct tiny_run *run, const struct zr_plan_options *options);
int tiny_run_plan_again(struct tiny_run *run, const struct zr_plan_options *options);

/*
 * tiny_run_rewind - back to where tiny_run_open() left it, quicker than opening another one
 */
void tiny_run_rewind(struct tiny_run *run);

/*
 * tiny_run_found - whether the target has a valid primary superblock, of any generation
 */
bool tiny_run_found(struct tiny_run *run);

void tiny_run_close(struct tiny_run *run);

#endif
