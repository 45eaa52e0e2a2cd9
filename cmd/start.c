// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "findings.h"
#include "holding.h"
#include "progress.h"
#include "show.h"
#include "size.h"
#include "verify.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct option_row *const rows[] = {
	&option_force,
	&option_restart,
	&option_verify,
	&option_rescue,
	&option_bad_list,
	&option_zones_in_flight,
	&option_queue_bytes,
	&option_rate,
	&option_serial,
	&option_tail,
	&option_log,
	&option_resize,
	&option_uuid,
	&option_active_zones,
	&option_relayout,
	&option_metadata,
	&option_device,
	&option_spare,
	&option_degraded,
	&option_image_size,
	&option_zone_size,
	&option_zone_capacity,
	&option_conventional_zones,
	&option_max_active,
	&option_json,
	&option_progress,
	&option_quiet,
	&option_help,
	NULL,
};

/* For the signal handler, which has no other way to reach them. */
static struct zr_job *volatile running;
static volatile sig_atomic_t stopped_by;

/* When the job is done, what is left to do is short, and is done. */
static void stop(int number)
{
	struct zr_job *job = running;

	stopped_by = number;
	if (job)
		zr_job_cancel(job);
}

static void set_signals(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };
	struct sigaction hangup;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* What nohup(1) has ignored stays so. */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

static void catch_signals(struct zr_job *job)
{
	running = job;
	set_signals(stop);
	/* A reader of the output that is gone is told at the end, and ends no run. */
	signal(SIGPIPE, SIG_IGN);
}

/* What the callbacks of a job work on. */
struct listener {
	struct findings findings;
	struct progress_view view;
};

static void hear_progress(const struct zr_progress *progress, void *context)
{
	struct listener *listener = context;

	progress_show(&listener->view, progress);
}

static void hear_finding(const struct zr_finding *finding, void *context)
{
	struct listener *listener = context;

	findings_take(finding, &listener->findings);
}

static struct json_object *json_result(const struct zr_source *source,
				       const struct zr_target *target, const struct zr_plan *plan,
				       const struct zr_progress *progress,
				       const struct findings *findings)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "source", json_source(source));
	json_object_object_add(object, "target", json_target(target));
	json_object_object_add(object, "plan", json_plan(plan));
	json_add_number(object, "copied_bytes", progress->copied);
	json_add_number(object, "filled_bytes", progress->filled);
	json_object_object_add(object, "resumed", json_object_new_boolean(progress->resumed));
	json_object_object_add(object, "read", json_counters(&progress->read));
	json_add_number(object, "findings_count", findings->count);
	json_object_object_add(object, "findings", json_object_get(findings->array));
	return object;
}

static void print_counters(const struct zr_progress *progress)
{
	const struct zr_source_counters *read = &progress->read;
	char size[SIZE_TEXT_MAX];

	if (progress->resumed)
		printf("        an earlier run was carried on, and its figures are included\n");
	printf("done:   %s copied, ", format_size(progress->copied, size));
	printf("%s of zeroes filled in\n", format_size(progress->filled, size));
	printf("        verified: %s of data, ", format_size(read->verified, size));
	printf("%s of metadata\n", format_size(read->metadata, size));
	printf("        %s of data without checksum; ", format_size(read->unverified, size));
	printf("%s repaired from another copy\n", format_size(read->repaired, size));
	if (read->damaged)
		printf("        damaged: %s copied as they are\n",
		       format_size(read->damaged, size));
	if (read->lost)
		printf("        lost: %s unreadable, zeroes in their place\n",
		       format_size(read->lost, size));
}

/* @others: devices that the target stands for, beside the source. */
static void print_conclusion(const struct settings *settings, bool others, int status)
{
	const char *from = settings->source_path;
	const char *to = settings->target_path;
	const char *more = others ? "\nand the other devices of its file system" : "";

	if (settings->uuid == ZR_UUID_KEEP)
		printf("Source and target are now the same file system twice. If a kernel sees "
		       "both, it uses\n"
		       "the one that was scanned last: detach %s%s before mounting %s%s\n",
		       from, more, to, status == STATUS_DONE ? "," : ".");
	else
		printf("%s is now a file system of its own; both can be mounted at a time.\n", to);
	if (status == STATUS_INCOMPLETE)
		printf("Keep %s: what could not be read is nowhere else.\n", from);
	else if (settings->uuid == ZR_UUID_KEEP)
		printf("or take its superblocks away: btrfs-zreplace retire %s %s\n", from, to);
}

/* A range of which no copy is good stops a run, unless it was told to go on. */
static int report_failure(const struct zr_error *err, bool rescue)
{
	enum zr_error_class class = zr_error_class(err->code);

	if (zr_error_is_gone(err))
		return report_with(err, "once the device is back, the same 'start' goes on");
	if (rescue || err->logical == ZR_NOWHERE ||
	    (class != ZR_CLASS_CORRUPT && class != ZR_CLASS_SOURCE_IO))
		return report_error(err);
	return report_with(err, "the source is bad there; 'start --rescue' goes on where it can");
}

/* Run the job with signals caught. Returns an exit status, after a message for a failure. */
static int carry_out(struct zr_job *job, struct progress_view *view, bool rescue,
		     struct zr_progress *progress)
{
	struct zr_error err = ZR_ERROR_INIT;
	int status;
	int rc;

	catch_signals(job);
	rc = zr_job_run(job, &err);
	running = NULL;
	zr_job_progress(job, progress);
	progress_end(view, progress);
	status = rc ? report_failure(&err, rescue) : STATUS_DONE;
	return status == STATUS_SIGNAL ? STATUS_SIGNAL + stopped_by : status;
}

static int run_job(const struct settings *settings, struct zr_source *source,
		   struct zr_target *target, const struct zr_plan *plan, struct listener *listener,
		   struct zr_progress *progress)
{
	struct zr_job_options options = {
		.size = sizeof(options),
		.force = settings->force,
		.restart = settings->restart,
		.rescue = settings->rescue,
		.serial = settings->serial,
		.zones_in_flight = settings->zones_in_flight,
		.queue_bytes = settings->queue_bytes,
		.rate = settings->rate,
		.progress = hear_progress,
		.finding = hear_finding,
		.context = listener,
	};
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_job *job;
	int status;

	progress_begin(&listener->view, settings->progress, settings->quiet);
	if (zr_job_new(&job, source, target, plan, &options, &err))
		return report_error(&err);
	status = carry_out(job, &listener->view, settings->rescue, progress);
	zr_job_free(job);
	if (status)
		return status;
	return progress->read.damaged || progress->read.lost ? STATUS_INCOMPLETE : STATUS_DONE;
}

static bool is_copied(int status)
{
	return status == STATUS_DONE || status == STATUS_INCOMPLETE;
}

static int run_with_findings(struct settings *settings, struct zr_source *source,
			     struct zr_target *target, const struct zr_plan *plan)
{
	struct listener listener = {
		.findings = {
			.source = source,
			.list_path = settings->bad_list,
			.array = settings->json ? json_object_new_array() : NULL,
			.lines = !settings->json && !settings->quiet,
		},
	};
	struct zr_progress progress;
	int status = findings_open(&listener.findings);
	bool copied;
	int closed;

	if (!status)
		status = run_job(settings, source, target, plan, &listener, &progress);
	copied = is_copied(status);
	/*
	 * A run that was refused has found nothing, and leaves the list of the one before. The
	 * journal has no findings any more, so the list comes before all that can fail.
	 */
	closed = findings_close(&listener.findings, copied || listener.findings.count);
	set_signals(SIG_DFL);
	if (copied && settings->json)
		settings->result = json_result(source, target, plan, &progress, &listener.findings);
	else if (copied && !settings->quiet)
		print_counters(&progress);
	if (copied && closed)
		status = STATUS_FAILED;
	json_object_put(listener.findings.array);
	return status;
}

static bool is_for_all_devices(const struct zr_source *source, const struct zr_plan *plan)
{
	struct zr_plan_relayout relayout;
	struct zr_source_info info;

	zr_source_info(source, &info);
	return info.devices > 1 && !zr_plan_relayout(plan, &relayout);
}

static int plan_and_run(struct settings *settings, struct zr_source *source,
			struct zr_target *target, bool *others)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_plan *plan;
	int status;

	if (build_plan(settings, source, target, &plan, &err))
		return report_error(&err);
	if (!settings->quiet && !settings->json) {
		show_devices(source, target);
		show_plan(plan, false);
		fflush(stdout);
	}
	*others = is_for_all_devices(source, plan);
	status = ask_to_overwrite(settings, target);
	if (!status)
		status = run_with_findings(settings, source, target, plan);
	zr_plan_free(plan);
	return status;
}

/* The target is closed, as nobody else could open it. */
static int verify(const struct settings *settings, struct zr_source *source)
{
	struct json_object *verified;
	int status;

	if (!settings->json)
		return verify_target(source, settings->target_path, settings->quiet);
	status = verify_to_json(source, settings->target_path, &verified);
	json_object_object_add(settings->result, "verify", verified);
	return status;
}

static int run(struct settings *settings)
{
	struct zr_source *source;
	struct zr_target *target;
	int verified = STATUS_DONE;
	bool others = false;
	int status;

	settings->target.writable = 1;
	status = open_both(settings, &source, &target);
	if (status)
		return status;
	status = plan_and_run(settings, source, target, &others);
	zr_target_close(target);
	if (is_copied(status) && settings->verify)
		verified = verify(settings, source);
	zr_source_close(source);
	if (is_copied(status) && !verified && !settings->quiet && !settings->json)
		print_conclusion(settings, others, status);
	return verified ? verified : status;
}

const struct command command_start = {
	.name = "start",
	.operands = "SOURCE TARGET",
	.summary = "Copy the source to the target and make it a file system.",
	.options = rows,
	.run = run,
};
