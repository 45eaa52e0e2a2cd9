// SPDX-License-Identifier: GPL-2.0-or-later
/* The audit of one file system: what was found, and which kernels refuse to mount it. */
#include "colour.h"
#include "command.h"
#include "holding.h"
#include "plain.h"
#include "show.h"
#include "size.h"

#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

static const struct option_row *const rows[] = {
	&option_device, &option_json, &option_quiet, &option_verbose, &option_help, NULL,
};

/* What the callbacks of an audit work on. */
struct audit_view {
	const struct settings *settings;
	bool headed; /* the table of zones has its headings */
	struct json_object *superblocks; /* NULL unless the result is JSON */
	struct json_object *zones;
	struct json_object *findings;
};

static void json_superblock(struct audit_view *view, const struct zr_check_superblock *superblock)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "mirror", superblock->mirror);
	json_add_text(object, "state", superblock->state);
	json_object_object_add(object, "valid", json_object_new_boolean(superblock->valid));
	json_add_number(object, "physical", superblock->physical);
	json_add_number(object, "generation", superblock->generation);
	json_object_array_add(view->superblocks, object);
}

static void hear_superblock(const struct zr_check_superblock *superblock, void *context)
{
	struct audit_view *view = context;

	if (view->superblocks)
		json_superblock(view, superblock);
	else if (view->settings->verbose && superblock->valid)
		printf("superblock copy %u: %s, at %llu, generation %llu\n", superblock->mirror,
		       superblock->state, (unsigned long long)superblock->physical,
		       (unsigned long long)superblock->generation);
	else if (view->settings->verbose)
		printf("superblock copy %u: %s\n", superblock->mirror, superblock->state);
}

static void json_audit_zone(struct audit_view *view, const struct zr_check_zone *zone)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "zone", zone->zone);
	json_add_number(object, "physical", zone->physical);
	json_add_number(object, "logical", zone->logical);
	json_add_text(object, "type", zone->type);
	json_add_text(object, "profile", zone->profile);
	json_add_number(object, "stripe", zone->stripe);
	json_add_number(object, "used", zone->used);
	json_add_number(object, "last", zone->last);
	json_add_number(object, "written", zone->written);
	json_add_number(object, "capacity", zone->cap);
	json_add_text(object, "condition", zone->cond);
	json_object_array_add(view->zones, object);
}

static void hear_zone(const struct zr_check_zone *zone, void *context)
{
	struct audit_view *view = context;

	if (view->zones) {
		json_audit_zone(view, zone);
		return;
	}
	if (!view->settings->verbose)
		return;
	if (!view->headed)
		printf("%7s %14s %-8s %-7s %10s %10s %10s %s\n", "ZONE", "LOGICAL", "TYPE",
		       "PROFILE", "USED", "LAST", "WRITTEN", "CONDITION");
	view->headed = true;
	printf("%7llu %14llu %-8s %-7s %10llu %10llu %10llu %s\n", (unsigned long long)zone->zone,
	       (unsigned long long)zone->logical, zone->type, zone->profile,
	       (unsigned long long)zone->used, (unsigned long long)zone->last,
	       (unsigned long long)zone->written, zone->cond);
}

static void add_words(struct json_object *object, const char *key, const char *words)
{
	json_object_object_add(object, key, words ? json_object_new_string(words) : NULL);
}

static void json_finding(struct audit_view *view, const struct zr_check_finding *finding)
{
	struct json_object *object = json_object_new_object();
	struct json_object *refusals = json_object_new_object();
	int i;

	for (i = 0; i < ZR_KERNELS; i++)
		add_words(refusals, zr_kernel_name((enum zr_kernel)i), finding->refusal[i]);
	json_add_text(object, "severity", zr_check_severity_name(finding->severity));
	json_add_text(object, "kind", zr_check_kind_name(finding->kind));
	json_add_place(object, "zone", finding->zone);
	json_add_place(object, "logical", finding->logical);
	json_add_text(object, "text", finding->text);
	add_words(object, "advice", finding->advice);
	json_object_object_add(object, "refusals", refusals);
	json_object_array_add(view->findings, object);
}

/* Those that no test knows yet have no number. */
static const char *kernel_word(enum zr_kernel kernel)
{
	return kernel == ZR_KERNEL_LATER ? "later ones" : zr_kernel_name(kernel);
}

/* Kernels that say the same are named together. */
static void print_refusals(const struct zr_check_finding *finding)
{
	bool told[ZR_KERNELS] = { false };
	int i;
	int k;

	for (i = 0; i < ZR_KERNELS; i++) {
		if (!finding->refusal[i] || told[i])
			continue;
		printf("        refused by Linux");
		for (k = i; k < ZR_KERNELS; k++) {
			if (!finding->refusal[k] ||
			    strcmp(finding->refusal[k], finding->refusal[i]))
				continue;
			printf("%s %s", k > i ? "," : "", kernel_word((enum zr_kernel)k));
			told[k] = true;
		}
		printf(": \"%s\"\n", finding->refusal[i]);
	}
}

static void print_severity(enum zr_check_severity severity)
{
	if (severity != ZR_CHECK_NOTE)
		colour_begin(stdout, severity == ZR_CHECK_ERROR ? COLOUR_BAD : COLOUR_DOUBTFUL);
	printf("%-7s ", zr_check_severity_name(severity));
	if (severity != ZR_CHECK_NOTE)
		colour_end(stdout);
}

static void hear_finding(const struct zr_check_finding *finding, void *context)
{
	struct audit_view *view = context;

	if (view->findings) {
		json_finding(view, finding);
		return;
	}
	if (view->settings->quiet && finding->severity == ZR_CHECK_NOTE)
		return;
	print_severity(finding->severity);
	print_plain(stdout, finding->text);
	putchar('\n');
	print_refusals(finding);
	if (finding->advice)
		printf("        %s\n", finding->advice);
}

static struct json_object *json_file_system(const struct zr_check_summary *summary)
{
	struct json_object *object = json_object_new_object();
	char fsid[UUID_STR_LEN];

	uuid_unparse_lower(summary->fsid, fsid);
	json_add_text(object, "fsid", fsid);
	json_add_number(object, "devid", summary->devid);
	json_add_number(object, "generation", summary->generation);
	json_add_number(object, "total_bytes", summary->total_bytes);
	return object;
}

static struct json_object *json_device(const char *path, const struct zr_check_summary *summary)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "path", path);
	json_add_text(object, "model", summary->model);
	json_add_number(object, "device_bytes", summary->device_bytes);
	json_add_number(object, "zone_size", summary->zone_size);
	json_add_number(object, "zones", summary->zones);
	json_object_object_add(object, "zoned", json_object_new_boolean(summary->zoned));
	json_add_number(object, "active", summary->active);
	json_add_number(object, "max_active", summary->max_active);
	json_add_number(object, "reserved", summary->reserved);
	return object;
}

static struct json_object *json_result(const struct audit_view *view,
				       const struct zr_check_summary *summary)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "device", json_device(view->settings->target_path, summary));
	json_object_object_add(object, "file_system",
			       summary->has_super ? json_file_system(summary) : NULL);
	json_object_object_add(object, "superblocks", view->superblocks);
	json_object_object_add(object, "zones", view->zones);
	json_object_object_add(object, "findings", view->findings);
	json_object_object_add(object, "complete", json_object_new_boolean(summary->complete));
	json_add_number(object, "group_zones", summary->group_zones);
	json_add_number(object, "leftover_zones", summary->leftover);
	json_add_number(object, "errors", summary->errors);
	json_add_number(object, "warnings", summary->warnings);
	json_add_number(object, "notes", summary->notes);
	return object;
}

static void print_summary(const char *path, const struct zr_check_summary *summary)
{
	char size[SIZE_TEXT_MAX];
	char fsid[UUID_STR_LEN];

	print_plain(stdout, path);
	printf(": %s%s%s", summary->model, summary->model[0] ? ", " : "",
	       format_size(summary->device_bytes, size));
	if (summary->zone_size)
		printf(", %u %s of %s", summary->zones, summary->zoned ? "zones" : "emulated zones",
		       format_size(summary->zone_size, size));
	putchar('\n');
	if (summary->has_super) {
		uuid_unparse_lower(summary->fsid, fsid);
		printf("        btrfs %s, devid %llu, generation %llu\n", fsid,
		       (unsigned long long)summary->devid, (unsigned long long)summary->generation);
	}
	printf("        %u zones in block groups, %u left over, %u active", summary->group_zones,
	       summary->leftover, summary->active);
	if (summary->max_active)
		printf(" (limit %u, %u set aside)", summary->max_active, summary->reserved);
	printf("\n        %u error%s, %u warning%s, %u note%s%s\n", summary->errors,
	       plural_ending(summary->errors), summary->warnings, plural_ending(summary->warnings),
	       summary->notes, plural_ending(summary->notes),
	       summary->complete ? "" : "; not everything could be looked at");
}

static void begin_json(struct audit_view *view)
{
	view->superblocks = json_object_new_array();
	view->zones = json_object_new_array();
	view->findings = json_object_new_array();
}

static int run(struct settings *settings)
{
	struct audit_view view = { .settings = settings };
	const struct zr_check_listener listener = {
		.size = sizeof(listener),
		.superblock = hear_superblock,
		.zone = hear_zone,
		.finding = hear_finding,
		.context = &view,
	};
	const struct zr_source_options options = source_options(settings);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_check_summary summary;
	int status = guard_target(settings->target_path);
	int rc;

	if (!status)
		status = refuse_unfinished(settings->target_path);
	if (status)
		return status;
	if (settings->json)
		begin_json(&view);
	rc = zr_check_run(settings->target_path, &options, &listener, &summary, &err);
	if (settings->json)
		settings->result = json_result(&view, &summary);
	else if (!settings->quiet && !rc)
		print_summary(settings->target_path, &summary);
	if (rc)
		return report_error(&err);
	return summary.errors || summary.warnings ? STATUS_DIFFERENT : STATUS_DONE;
}

const struct command command_check = {
	.name = "check",
	.operands = "DEVICE",
	.summary = "Audit a zoned btrfs, and say which kernels would not mount it.",
	.options = rows,
	.run = run,
};
