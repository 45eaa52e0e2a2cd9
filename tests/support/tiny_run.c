// SPDX-License-Identifier: GPL-2.0-or-later
#include "tiny_run.h"

#include "super_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLD_BYTES 65536

/* Old data everywhere: what is left of it after a run is what the run did not see to. */
static void put_old_data(struct memory_device *memory)
{
	static uint8_t old[OLD_BYTES];
	uint32_t i;

	memset(old, 0xee, sizeof(old));
	for (i = 0; i < memory->options.zones; i++)
		memory_place(memory, i * MEMORY_ZONE_SIZE, old, sizeof(old));
}

static void open_source(struct tiny_run *run)
{
	if (!run->fs->peer)
		run->source = tiny_open(run->from);
	else if (tiny_open_beside(&run->source, run->from, run->fs->peer, false, NULL))
		abort();
}

void tiny_run_open(struct tiny_run *run, struct tiny_fs *fs, bool regular,
		   const struct memory_options *target)
{
	const struct zr_plan_options defaults = { 0 };

	tiny_run_open_chosen(run, fs, regular, target, &defaults);
}

void tiny_run_open_chosen(struct tiny_run *run, struct tiny_fs *fs, bool regular,
			  const struct memory_options *target,
			  const struct zr_plan_options *choices)
{
	const struct zr_error none = ZR_ERROR_INIT;

	memset(run, 0, sizeof(*run));
	run->choices = *choices;
	run->choices.size = sizeof(run->choices);
	run->err = none;
	run->fs = fs;
	run->from = tiny_source(fs, regular);
	open_source(run);
	run->to = memory_new(target, "target");
	put_old_data(run->to);
	run->target = tiny_target(run->to);
	run->options.size = sizeof(run->options);
	run->options.force = 1;
	run->options.serial = 1;
	if (zr_plan_build(&run->plan, run->source, run->target, &run->choices, &run->err)) {
		fprintf(stderr, "tiny_run_open: %s\n", run->err.text);
		abort();
	}
	memory_freeze(run->from);
	memory_forget(run->from);
	memory_forget(run->to);
}

void tiny_run_new_job(struct tiny_run *run)
{
	if (zr_job_new(&run->job, run->source, run->target, run->plan, &run->options, &run->err))
		abort();
}

int tiny_run_job(struct tiny_run *run)
{
	if (!run->job)
		tiny_run_new_job(run);
	return zr_job_run(run->job, &run->err);
}

static void pull_out(struct memory_device *memory)
{
	memory->fault = NULL;
	memory->hook = NULL;
	memory->drop_writes = false;
	if (!memory->options.regular)
		return;
	memory->dev.geo.zone_size = 0;
	memory->dev.geo.zone_count = 0;
}

int tiny_run_plan_again(struct tiny_run *run, const struct zr_plan_options *options)
{
	const struct zr_error none = ZR_ERROR_INIT;
	int rc;

	zr_job_free(run->job);
	zr_plan_free(run->plan);
	zr_target_close(run->target);
	zr_source_close(run->source);
	pull_out(run->from);
	pull_out(run->to);
	if (run->fs->peer)
		pull_out(run->fs->peer);
	run->job = NULL;
	run->plan = NULL;
	run->err = none;
	open_source(run);
	run->target = tiny_target(run->to);
	run->options.force = 0;
	rc = zr_plan_build(&run->plan, run->source, run->target, options ? options : &run->choices,
			   &run->err);
	memory_forget(run->from);
	memory_forget(run->to);
	return rc;
}

void tiny_run_again(struct tiny_run *run, const struct zr_plan_options *options)
{
	if (!tiny_run_plan_again(run, options))
		return;
	fprintf(stderr, "tiny_run_again: %s\n", run->err.text);
	abort();
}

void tiny_run_rewind(struct tiny_run *run)
{
	memory_clear(run->to);
	put_old_data(run->to);
	tiny_run_again(run, NULL);
	run->options.force = 1;
}

bool tiny_run_found(struct tiny_run *run)
{
	size_t count = run->to->log_count;
	struct zr_super super;
	uint64_t physical;
	bool found;

	run->to->fault = NULL;
	run->to->hook = NULL;
	found = !zr_super_read(&run->to->dev, &super, &physical, NULL);
	run->to->log_count = count;
	return found;
}

void tiny_run_close(struct tiny_run *run)
{
	zr_job_free(run->job);
	zr_plan_free(run->plan);
	zr_target_close(run->target);
	zr_source_close(run->source);
	memory_free(run->from);
	memory_free(run->to);
	tiny_free(run->fs);
}
