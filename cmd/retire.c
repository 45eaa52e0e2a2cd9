// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "holding.h"
#include "verify.h"

#include <stdio.h>

static const struct option_row *const rows[] = {
	&option_quiet, &option_device, &option_degraded, &option_help, NULL,
};

static int run(struct settings *settings)
{
	FILE *out = settings->quiet ? stderr : stdout;
	struct zr_source_options options = source_options(settings);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_verify_result result;
	int status = guard_devices(settings->source_path, settings->target_path);

	if (!status)
		status = refuse_unfinished(settings->target_path);
	if (status)
		return status;
	options.regular = 1;
	if (zr_source_retire(settings->source_path, &options, settings->target_path,
			     print_difference, out, &result, &err))
		return report_error(&err);
	if (settings->quiet)
		return STATUS_DONE;
	print_verified(&result);
	if (result.devices > 1)
		printf("%s and the other devices that are there have no superblocks any more;\n"
		       "%s can be mounted.\n",
		       settings->source_path, settings->target_path);
	else
		printf("%s has no superblock any more; %s can be mounted.\n", settings->source_path,
		       settings->target_path);
	return STATUS_DONE;
}

const struct command command_retire = {
	.name = "retire",
	.operands = "SOURCE TARGET",
	.summary = "Verify, then take the superblocks of the source away.",
	.options = rows,
	.run = run,
};
