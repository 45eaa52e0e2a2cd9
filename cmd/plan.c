// SPDX-License-Identifier: GPL-2.0-or-later
#include "holding.h"
#include "map.h"
#include "plain.h"
#include "probe.h"
#include "show.h"

#include <stdio.h>

static const struct option_row *const rows[] = {
	&option_json,	    &option_verbose,	   &option_map,
	&option_probe,	    &option_rescue,	   &option_tail,
	&option_log,	    &option_resize,	   &option_uuid,
	&option_relayout,   &option_metadata,	   &option_active_zones,
	&option_device,	    &option_degraded,	   &option_image_size,
	&option_zone_size,  &option_zone_capacity, &option_conventional_zones,
	&option_max_active, &option_help,	   NULL,
};

/* What plan prints besides the plan. */
struct circumstances {
	struct holding holding;
	struct zr_read_probe probe; /* if it was asked for */
};

static struct json_object *json_result(const struct settings *settings,
				       const struct zr_source *source,
				       const struct zr_target *target, const struct zr_plan *plan,
				       const struct circumstances *circumstances)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "source", json_source(source));
	json_object_object_add(object, "target", json_target(target));
	json_add_text(object, "target_holds", circumstances->holding.text);
	json_object_object_add(object, "plan", json_plan(plan));
	if (settings->probe)
		json_object_object_add(object, "read_probe",
				       json_probe(plan, &circumstances->probe));
	return object;
}

static void print_holding(const struct holding *holding)
{
	static const char *const around[][2] = {
		[HOLDING_DATA] = { "The target holds data (",
				   "); 'start' asks on a terminal, or needs -f." },
		[HOLDING_RUN] = { "The target holds an ", "; the same 'start' goes on." },
		[HOLDING_JOURNAL] = { "", "; 'start' needs --restart." },
	};

	if (!holding->text[0])
		return;
	printf("%s", around[holding->kind][0]);
	print_plain(stdout, holding->text);
	printf("%s\n", around[holding->kind][1]);
}

/* A run that is there may be of something else, or of other options. */
static int look_at_run(struct zr_source *source, struct zr_target *target,
		       const struct zr_plan *plan, struct holding *holding)
{
	struct zr_error err = ZR_ERROR_INIT;
	int status = look_at_target(target, holding);

	if (status || holding->kind != HOLDING_RUN || !zr_run_matches(source, target, plan, &err))
		return status;
	if (err.code != ZR_E_OTHER_RUN && err.code != ZR_E_HOLDS_DATA)
		return report_error(&err);
	holding->kind = err.code == ZR_E_OTHER_RUN ? HOLDING_JOURNAL : HOLDING_DATA;
	snprintf(holding->text, sizeof(holding->text), "%s", err.text);
	return STATUS_DONE;
}

static int print_plan(struct settings *settings, struct zr_source *source, struct zr_target *target,
		      const struct zr_plan *plan)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct circumstances circumstances;
	int status = look_at_run(source, target, plan, &circumstances.holding);

	if (status)
		return status;
	if (settings->probe && zr_plan_probe(plan, source, &circumstances.probe, &err))
		return report_error(&err);
	if (settings->json) {
		settings->result = json_result(settings, source, target, plan, &circumstances);
		return STATUS_DONE;
	}
	show_devices(source, target);
	if (show_plan(plan, settings->verbose) || (settings->map && show_map(target, plan)))
		return complain(ZR_E_NO_MEMORY, "memory: allocation failed");
	if (settings->probe)
		show_probe(plan, &circumstances.probe);
	print_holding(&circumstances.holding);
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
