// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify.h"
#include "command.h"
#include "holding.h"
#include "show.h"
#include "size.h"

#include <stdio.h>

static const struct option_row *const rows[] = {
	&option_json, &option_quiet, &option_device, &option_degraded, &option_help, NULL,
};

void print_difference(const char *text, void *context)
{
	fprintf(context, "differs: %s\n", text);
}

static void collect_difference(const char *text, void *context)
{
	json_object_array_add(context, json_text(text));
}

static struct json_object *json_result(const struct zr_verify_result *result,
				       struct json_object *differences, bool equal)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "equal", json_object_new_boolean(equal));
	json_add_number(object, "zones", result->zones);
	json_add_number(object, "bytes", result->bytes);
	json_add_number(object, "unread_bytes", result->unread);
	json_object_object_add(object, "read", json_counters(&result->read));
	json_object_object_add(object, "differences", differences);
	return object;
}

int verify_to_json(struct zr_source *source, const char *target_path, struct json_object **object)
{
	struct json_object *differences = json_object_new_array();
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_verify_result result;
	int rc = zr_verify_run(source, target_path, collect_difference, differences, &result, &err);

	*object = json_result(&result, differences, !rc);
	return rc ? report_error(&err) : STATUS_DONE;
}

void print_verified(const struct zr_verify_result *result)
{
	char size[SIZE_TEXT_MAX];

	printf("verified: %s in %u zones are equal", format_size(result->bytes, size),
	       result->zones);
	if (result->read.unverified)
		printf(", %s of them have no checksum", format_size(result->read.unverified, size));
	if (result->read.damaged)
		printf(", %s of them are damaged on both sides",
		       format_size(result->read.damaged, size));
	if (result->unread)
		printf(", %s of them cannot be read on the source",
		       format_size(result->unread, size));
	printf("\n");
}

int verify_target(struct zr_source *source, const char *target_path, bool quiet)
{
	FILE *out = quiet ? stderr : stdout;
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_verify_result result;

	if (zr_verify_run(source, target_path, print_difference, out, &result, &err))
		return report_error(&err);
	if (!quiet)
		print_verified(&result);
	return STATUS_DONE;
}

static int run(struct settings *settings)
{
	struct zr_source *source;
	int status = guard_devices(settings->source_path, settings->target_path);

	if (!status)
		status = refuse_unfinished(settings->target_path);
	if (status)
		return status;
	status = open_source(settings, &source);
	if (status)
		return status;
	status = settings->json ? verify_to_json(source, settings->target_path, &settings->result)
				: verify_target(source, settings->target_path, settings->quiet);
	zr_source_close(source);
	return status;
}

const struct command command_verify = {
	.name = "verify",
	.operands = "SOURCE TARGET",
	.summary = "Compare used extents, checksums and write pointers.",
	.options = rows,
	.run = run,
};
