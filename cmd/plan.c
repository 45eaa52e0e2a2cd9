// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "show.h"

#include <stdio.h>

/* Room for what a target holds: a path and a few words. */
#define TEXT_MAX 400

static const struct option_row *const rows[] = {
	&option_json,	      &option_verbose,	     &option_tail,
	&option_log,	      &option_resize,	     &option_uuid,
	&option_active_zones, &option_device,	     &option_image_size,
	&option_zone_size,    &option_zone_capacity, &option_conventional_zones,
	&option_max_active,   &option_help,	     NULL,
};

static void print_json(const struct zr_source *source, const struct zr_target *target,
		       const struct zr_plan *plan, const char *contents)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "source", json_source(source));
	json_object_object_add(object, "target", json_target(target));
	json_add_text(object, "target_holds", contents);
	json_object_object_add(object, "plan", json_plan(plan));
	json_print(object);
}

/*
 * What the target holds, and whether it is what a run left behind.
 * Returns 0, or an exit status after a message.
 */
static int look_at_target(struct zr_target *target, char contents[ZR_CONTENTS_MAX],
			  bool *unfinished)
{
	struct zr_error no_run = ZR_ERROR_INIT;
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_run_status run;

	*unfinished = !zr_run_status(target, &run, &no_run);
	if (*unfinished) {
		snprintf(contents, TEXT_MAX, "unfinished run from %s, %u of %u zones are complete",
			 run.source, run.zones_done, run.zones);
		return STATUS_DONE;
	}
	if (no_run.code != ZR_E_NO_RUN)
		return report_error(&no_run);
	return zr_target_contents(target, contents, &err) ? report_error(&err) : STATUS_DONE;
}

static void print_contents(const char *contents, bool unfinished)
{
	if (unfinished)
		printf("The target holds an %s; the same 'start' goes on.\n", contents);
	else if (contents[0])
		printf("The target holds data (%s); 'start' will need -f.\n", contents);
}

static int print_plan(const struct settings *settings, struct zr_source *source,
		      struct zr_target *target, const struct zr_plan *plan)
{
	char contents[TEXT_MAX];
	bool unfinished;
	int status = look_at_target(target, contents, &unfinished);

	if (status)
		return status;
	if (settings->json) {
		print_json(source, target, plan, contents);
		return STATUS_DONE;
	}
	show_devices(source, target);
	if (show_plan(plan, settings->verbose)) {
		fprintf(stderr, "ERROR: memory: allocation failed\n");
		return STATUS_FAILED;
	}
	print_contents(contents, unfinished);
	return STATUS_DONE;
}

static int run(struct settings *settings)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source;
	struct zr_target *target;
	struct zr_plan *plan;
	int status = open_both(settings, &source, &target);

	if (status)
		return status;
	if (build_plan(settings, source, target, &plan, &err)) {
		status = report_error(&err);
	} else {
		status = print_plan(settings, source, target, plan);
		zr_plan_free(plan);
	}
	zr_target_close(target);
	zr_source_close(source);
	return status;
}

const struct command command_plan = {
	.name = "plan",
	.operands = "SOURCE TARGET",
	.summary = "Say what start would do; neither side is written.",
	.options = rows,
	.run = run,
};
