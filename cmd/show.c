// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"
#include "size.h"

#include <ctype.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <uuid/uuid.h>

const char *zone_end_name(enum zr_zone_end state)
{
	static const char *const names[] = {
		[ZR_END_EMPTY] = "empty",	 [ZR_END_OPEN] = "open",
		[ZR_END_FULL] = "full",		 [ZR_END_FINISH] = "finished",
		[ZR_END_NO_WP] = "conventional",
	};

	return names[state];
}

/* A label may hold any byte, and a terminal would obey some of them. */
static void print_label(const char *label)
{
	if (!*label)
		return;
	printf(", label '");
	for (; *label; label++) {
		if (isprint((unsigned char)*label) && *label != '\'')
			putchar(*label);
		else
			printf("\\x%02x", (unsigned char)*label);
	}
	putchar('\'');
}

static void print_zones(int zoned, uint64_t zone_size, uint32_t zone_count)
{
	char size[SIZE_TEXT_MAX];

	if (zone_size)
		printf(", %u %s of %s", zone_count, zoned ? "zones" : "emulated zones",
		       format_size(zone_size, size));
}

static void print_members(const struct zr_source *source)
{
	size_t position = 0;
	uint64_t devid;
	const char *path;

	while (!zr_source_member_next(source, &position, &devid, &path))
		printf("\n        beside devid %llu, %s", (unsigned long long)devid,
		       path ? path : "which is missing");
}

void show_devices(const struct zr_source *source, const struct zr_target *target)
{
	struct zr_source_info from;
	struct zr_target_info to;
	char size[SIZE_TEXT_MAX];
	char fsid[UUID_STR_LEN];

	zr_source_info(source, &from);
	zr_target_info(target, &to);
	uuid_unparse_lower(from.fsid, fsid);
	printf("source: %s%s%s, %s", from.path, from.model[0] ? " " : "", from.model,
	       format_size(from.device_bytes, size));
	print_zones(from.zoned, from.zone_size, from.zone_count);
	printf("\n        btrfs %s, devid %llu, generation %llu, %s", fsid,
	       (unsigned long long)from.devid, (unsigned long long)from.generation, from.csum);
	print_label(from.label);
	print_members(source);
	printf("\ntarget: %s%s%s, %s", to.path, to.model[0] ? " " : "", to.model,
	       format_size(to.device_bytes, size));
	print_zones(to.zoned, to.zone_size, to.zone_count);
	printf("%s\n", to.missing ? ", will be made" : "");
}

/* What is not a copy: the target gets what the source does not have. */
static void show_changes(const struct zr_plan_summary *sum)
{
	char here[SIZE_TEXT_MAX];
	char there[SIZE_TEXT_MAX];
	char fsid[UUID_STR_LEN];

	if (sum->zones_moved)
		printf("moved:  %u zones get another place on the target\n", sum->zones_moved);
	if (sum->total_bytes != sum->source_bytes)
		printf("size:   %s of the target, where the source has %s\n",
		       format_size(sum->total_bytes, there), format_size(sum->source_bytes, here));
	uuid_unparse_lower(sum->target_fsid, fsid);
	if (sum->uuid != ZR_UUID_KEEP)
		printf("uuid:   %s in %s\n", fsid,
		       sum->uuid == ZR_UUID_NEW ? "the superblock and in every tree block"
						: "the superblock; tree blocks keep the old one");
}

/* What becomes different when nothing stays where it is. */
static void show_relayout(const struct zr_plan *plan)
{
	struct zr_plan_relayout relayout;
	char size[SIZE_TEXT_MAX];

	if (zr_plan_relayout(plan, &relayout))
		return;
	printf("layout: %llu block group%s before, %llu of one zone each after\n",
	       (unsigned long long)relayout.groups_before, plural_ending(relayout.groups_before),
	       (unsigned long long)relayout.groups_after);
	printf("        %llu tree blocks get new addresses, %llu are made anew\n",
	       (unsigned long long)relayout.kept_blocks, (unsigned long long)relayout.made_blocks);
	if (relayout.nodatacow)
		printf("        about %llu files and directories lose the attribute C (no copy on "
		       "write)\n",
		       (unsigned long long)relayout.nodatacow);
	if (relayout.holes)
		printf("        about %llu parts of files that were allocated and not written become "
		       "holes\n",
		       (unsigned long long)relayout.holes);
	if (relayout.quotas)
		printf("        the first mount counts quotas anew\n");
	if (relayout.cache_bytes)
		printf("        %s of free space cache are left out\n",
		       format_size(relayout.cache_bytes, size));
	if (relayout.tail_bytes)
		printf("        %s at the ends of zones are too few for the extent that follows\n",
		       format_size(relayout.tail_bytes, size));
	printf("        %llu zone%s left free%s\n", (unsigned long long)relayout.zones_free,
	       plural_ending(relayout.zones_free),
	       relayout.zones_free < relayout.zones_wanted
		       ? ", which is few: a kernel needs some to reclaim others"
		       : "");
}

static void show_summary(const struct zr_plan *plan)
{
	struct zr_plan_summary sum;
	char used[SIZE_TEXT_MAX];
	char filled[SIZE_TEXT_MAX];
	char lost[SIZE_TEXT_MAX];

	zr_plan_summary(plan, &sum);
	printf("copy:   %s used in %u zones (%u of them empty), %s of zeroes in gaps\n",
	       format_size(sum.used_bytes, used), sum.zones, sum.zones_empty,
	       format_size(sum.fill_bytes, filled));
	show_changes(&sum);
	show_relayout(plan);
	if (sum.log_trees)
		printf("log:    %u extents of %u subvolumes were fsynced and not committed: %s\n",
		       sum.log_extents, sum.log_trees,
		       sum.log == ZR_LOG_COPY ? "copied, the next mount replays them"
					      : "left out, what was written to them since is lost");
	printf("zones:  %u reset before, %u active after", sum.resets, sum.active);
	if (sum.max_active)
		printf(" (limit %u)", sum.max_active);
	if (sum.zones_finished)
		printf(", %u finished: %s unusable until reclaimed", sum.zones_finished,
		       format_size(sum.lost_bytes, lost));
	printf("\n");
}

static const char *const columns[] = { "SOURCE", "TARGET", "LOGICAL", "TYPE", "PROFILE",
				       "USED",	 "LAST",   "END",     "STATE" };
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int set_number(struct libscols_line *line, size_t column, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return scols_line_set_data(line, column, text);
}

static int add_row(struct libscols_table *table, const struct zr_plan_zone *zone)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	return !line || set_number(line, 0, zone->source_physical) ||
	       set_number(line, 1, zone->target_physical) || set_number(line, 2, zone->logical) ||
	       scols_line_set_data(line, 3, zr_plan_zone_type(zone)) ||
	       scols_line_set_data(line, 4, zr_plan_zone_profile(zone)) ||
	       set_number(line, 5, zone->used) || set_number(line, 6, zone->last) ||
	       set_number(line, 7, zone->end) ||
	       scols_line_set_data(line, 8, zone_end_name(zone->state));
}

static int fill_table(struct libscols_table *table, const struct zr_plan *plan)
{
	const struct zr_plan_zone *zone;
	size_t position = 0;
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		bool word = i == 3 || i == 4 || i == 8;

		if (!scols_table_new_column(table, columns[i], 0, word ? 0 : SCOLS_FL_RIGHT))
			return -1;
	}
	while (!zr_plan_zone_next(plan, &position, &zone))
		if (add_row(table, zone))
			return -1;
	return scols_print_table(table);
}

int show_plan(const struct zr_plan *plan, bool zones)
{
	struct libscols_table *table;
	int rc;

	show_summary(plan);
	if (!zones)
		return 0;
	table = scols_new_table();
	rc = table ? fill_table(table, plan) : -1;
	scols_unref_table(table);
	return rc;
}
