// SPDX-License-Identifier: GPL-2.0-or-later
#include "holding.h"
#include "plain.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int look_at_target(struct zr_target *target, struct holding *holding)
{
	struct zr_error no_run = ZR_ERROR_INIT;
	struct zr_error err = ZR_ERROR_INIT;
	char contents[ZR_CONTENTS_MAX];
	struct zr_run_status run;

	if (!zr_run_status(target, &run, &no_run)) {
		holding->kind = HOLDING_RUN;
		snprintf(holding->text, sizeof(holding->text),
			 "unfinished run from %s, %u of %u zones are complete", run.source,
			 run.zones_done, run.zones);
		return STATUS_DONE;
	}
	if (no_run.code == ZR_E_JOURNAL) {
		holding->kind = HOLDING_JOURNAL;
		snprintf(holding->text, sizeof(holding->text), "%s", no_run.text);
		return STATUS_DONE;
	}
	if (no_run.code != ZR_E_NO_RUN)
		return report_error(&no_run);
	holding->kind = HOLDING_DATA;
	if (zr_target_contents(target, contents, &err))
		return report_error(&err);
	snprintf(holding->text, sizeof(holding->text), "%s", contents);
	return STATUS_DONE;
}

int refuse_unfinished(const char *path)
{
	const struct zr_target_options options = { .size = sizeof(options) };
	struct zr_error ignored = ZR_ERROR_INIT;
	struct zr_run_status run;
	struct zr_target *target;
	bool found;

	if (zr_target_open(&target, path, &options, &ignored))
		return STATUS_DONE;
	found = !zr_run_status(target, &run, &ignored) || ignored.code == ZR_E_JOURNAL;
	zr_target_close(target);
	if (!found)
		return STATUS_DONE;
	return complain(
		ZR_E_NOT_BTRFS,
		"%s: holds an unfinished run and is no file system; see 'btrfs-zreplace status'",
		path);
}

static bool said_yes(void)
{
	char answer[16];

	return fgets(answer, sizeof(answer), stdin) && !strcmp(answer, "yes\n");
}

int ask_to_overwrite(struct settings *settings, struct zr_target *target)
{
	struct holding holding;
	int status;

	if (settings->force || settings->quiet || settings->json || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return STATUS_DONE;
	status = look_at_target(target, &holding);
	if (status || holding.kind != HOLDING_DATA || !holding.text[0])
		return status;
	print_plain(stderr, settings->target_path);
	fprintf(stderr, " holds data (");
	print_plain(stderr, holding.text);
	fprintf(stderr, "), which will be lost.\nGo on? Type 'yes': ");
	settings->force = said_yes();
	if (settings->force)
		return STATUS_DONE;
	fprintf(stderr, "Nothing was written.\n");
	return STATUS_REFUSED;
}
