// SPDX-License-Identifier: GPL-2.0-or-later
/* What plan and start do alike before they part. */
#include "command.h"
#include "holding.h"

struct zr_source_options source_options(const struct settings *settings)
{
	return (struct zr_source_options){
		.size = sizeof(struct zr_source_options),
		.members = settings->device_count ? settings->devices : NULL,
		.member_count = settings->device_count,
		.spare = settings->spare,
		.degraded = settings->degraded,
	};
}

int open_source(const struct settings *settings, struct zr_source **source)
{
	struct zr_source_options options = source_options(settings);
	struct zr_error err = ZR_ERROR_INIT;
	int status;

	options.regular = 1;
	if (zr_source_open(source, settings->source_path, &options, &err)) {
		status = refuse_unfinished(settings->source_path);
		return status ? status : report_error(&err);
	}
	status = guard_members(*source, settings->target_path);
	if (status)
		zr_source_close(*source);
	return status;
}

int open_both(struct settings *settings, struct zr_source **source, struct zr_target **target)
{
	struct zr_error err = ZR_ERROR_INIT;
	int status = guard_devices(settings->source_path, settings->target_path);

	if (status)
		return status;
	status = open_source(settings, source);
	if (status)
		return status;
	if (zr_target_open(target, settings->target_path, &settings->target, &err)) {
		zr_source_close(*source);
		return report_error(&err);
	}
	return 0;
}

int build_plan(const struct settings *settings, struct zr_source *source, struct zr_target *target,
	       struct zr_plan **plan, struct zr_error *err)
{
	const struct zr_plan_options options = {
		.size = sizeof(options),
		.tail = settings->tail,
		.log = settings->log,
		.resize = settings->resize,
		.uuid = settings->uuid,
		.active_zones = settings->active_zones,
		.relayout = settings->relayout,
		.metadata = settings->metadata,
		.rescue = settings->rescue,
	};

	return zr_plan_build(plan, source, target, &options, err);
}
