// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands for a half-done target: what it holds, and giving it back empty. */
#include "command.h"
#include "plain.h"
#include "show.h"
#include "size.h"

#include <stdio.h>
#include <uuid/uuid.h>

static const struct option_row *const status_rows[] = {
	&option_json,
	&option_help,
	NULL,
};

static const struct option_row *const cancel_rows[] = {
	&option_quiet,
	&option_help,
	NULL,
};

static struct json_object *json_status(const struct zr_run_status *status)
{
	struct json_object *object = json_object_new_object();
	char fsid[UUID_STR_LEN];

	uuid_unparse_lower(status->fsid, fsid);
	json_add_text(object, "source", status->source);
	json_add_text(object, "version", status->version);
	json_add_text(object, "fsid", fsid);
	json_add_number(object, "devid", status->devid);
	json_add_number(object, "generation", status->generation);
	json_add_number(object, "zones", status->zones);
	json_add_number(object, "zones_done", status->zones_done);
	json_add_number(object, "copied_bytes", status->copied);
	json_add_number(object, "filled_bytes", status->filled);
	json_add_number(object, "repaired_bytes", status->repaired);
	json_add_number(object, "damaged_bytes", status->damaged);
	json_add_number(object, "lost_bytes", status->lost);
	return object;
}

static void print_status(const struct settings *settings, const struct zr_run_status *status)
{
	char copied[SIZE_TEXT_MAX];
	char fsid[UUID_STR_LEN];

	uuid_unparse_lower(status->fsid, fsid);
	printf("%s: unfinished run from ", settings->target_path);
	print_plain(stdout, status->source);
	putchar('\n');
	printf("btrfs %s, devid %llu, generation %llu\n", fsid, (unsigned long long)status->devid,
	       (unsigned long long)status->generation);
	printf("%u of %u zones are complete, %s copied\n", status->zones_done, status->zones,
	       format_size(status->copied, copied));
	if (status->damaged || status->lost)
		printf("%llu bytes of it are damaged or lost\n",
		       (unsigned long long)(status->damaged + status->lost));
	printf("'start' with the same source and options goes on, 'cancel' gives the target back empty.\n");
}

static int open_target(struct settings *settings, struct zr_target **target)
{
	struct zr_error err = ZR_ERROR_INIT;
	int status = guard_target(settings->target_path);

	if (status)
		return status;
	if (zr_target_open(target, settings->target_path, &settings->target, &err))
		return report_error(&err);
	return 0;
}

static int run_status(struct settings *settings)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_run_status found;
	struct zr_target *target;
	int status = open_target(settings, &target);

	if (status)
		return status;
	if (zr_run_status(target, &found, &err))
		status = report_error(&err);
	else if (settings->json)
		settings->result = json_status(&found);
	else
		print_status(settings, &found);
	zr_target_close(target);
	return status;
}

static int run_cancel(struct settings *settings)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_target *target;
	int status;

	settings->target.writable = 1;
	status = open_target(settings, &target);
	if (status)
		return status;
	if (zr_run_discard(target, &err))
		status = err.code == ZR_E_HOLDS_DATA ? report_with(&err, "'start -f' overwrites it")
						     : report_error(&err);
	else if (!settings->quiet)
		printf("%s: is empty\n", settings->target_path);
	zr_target_close(target);
	return status;
}

const struct command command_status = {
	.name = "status",
	.operands = "TARGET",
	.summary = "Say what a half-done target holds and how far it got.",
	.options = status_rows,
	.run = run_status,
};

const struct command command_cancel = {
	.name = "cancel",
	.operands = "TARGET",
	.summary = "Give a half-done target back empty.",
	.options = cancel_rows,
	.run = run_cancel,
};
