// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON: numbers are bytes or counts, keys carry no units. */
#include "command.h"
#include "show.h"

#include <stdio.h>
#include <uuid/uuid.h>

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

static void add_bool(struct json_object *object, const char *key, int value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

static struct json_object *json_members(const struct zr_source *source)
{
	struct json_object *array = json_object_new_array();
	size_t position = 0;
	uint64_t devid;
	const char *path;

	while (!zr_source_member_next(source, &position, &devid, &path)) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "devid", devid);
		if (path)
			json_add_text(object, "path", path);
		else
			json_object_object_add(object, "path", NULL);
		json_object_array_add(array, object);
	}
	return array;
}

struct json_object *json_source(const struct zr_source *source)
{
	struct json_object *object = json_object_new_object();
	struct zr_source_info info;
	char fsid[UUID_STR_LEN];

	zr_source_info(source, &info);
	uuid_unparse_lower(info.fsid, fsid);
	json_add_text(object, "path", info.path);
	json_add_text(object, "model", info.model);
	json_add_text(object, "label", info.label);
	json_add_text(object, "fsid", fsid);
	json_add_text(object, "checksum", info.csum);
	json_add_number(object, "devid", info.devid);
	json_add_number(object, "generation", info.generation);
	json_add_number(object, "device_bytes", info.device_bytes);
	json_add_number(object, "total_bytes", info.total_bytes);
	json_add_number(object, "used_bytes", info.used_bytes);
	json_add_number(object, "zone_size", info.zone_size);
	json_add_number(object, "zones", info.zone_count);
	json_add_number(object, "nodesize", info.nodesize);
	json_add_number(object, "sectorsize", info.sectorsize);
	add_bool(object, "zoned", info.zoned);
	json_object_object_add(object, "members", json_members(source));
	return object;
}

struct json_object *json_target(const struct zr_target *target)
{
	struct json_object *object = json_object_new_object();
	struct zr_target_info info;

	zr_target_info(target, &info);
	json_add_text(object, "path", info.path);
	json_add_text(object, "model", info.model);
	json_add_number(object, "device_bytes", info.device_bytes);
	json_add_number(object, "zone_size", info.zone_size);
	json_add_number(object, "zones", info.zone_count);
	json_add_number(object, "max_active", info.max_active);
	add_bool(object, "zoned", info.zoned);
	add_bool(object, "missing", info.missing);
	return object;
}

struct json_object *json_counters(const struct zr_source_counters *counters)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "metadata_bytes", counters->metadata);
	json_add_number(object, "verified_bytes", counters->verified);
	json_add_number(object, "unverified_bytes", counters->unverified);
	json_add_number(object, "repaired_bytes", counters->repaired);
	json_add_number(object, "damaged_bytes", counters->damaged);
	json_add_number(object, "lost_bytes", counters->lost);
	return object;
}

static const char *uuid_name(enum zr_plan_uuid uuid)
{
	static const char *const names[] = {
		[ZR_UUID_KEEP] = "keep",
		[ZR_UUID_METADATA] = "metadata",
		[ZR_UUID_NEW] = "new",
	};

	return names[uuid];
}

static struct json_object *json_summary(const struct zr_plan *plan)
{
	struct json_object *object = json_object_new_object();
	struct zr_plan_summary sum;
	char fsid[UUID_STR_LEN];

	zr_plan_summary(plan, &sum);
	uuid_unparse_lower(sum.target_fsid, fsid);
	json_add_text(object, "uuid", uuid_name(sum.uuid));
	json_add_text(object, "target_fsid", fsid);
	json_add_number(object, "source_bytes", sum.source_bytes);
	json_add_number(object, "total_bytes", sum.total_bytes);
	json_add_number(object, "used_bytes", sum.used_bytes);
	json_add_number(object, "fill_bytes", sum.fill_bytes);
	json_add_number(object, "lost_bytes", sum.lost_bytes);
	json_add_number(object, "zones", sum.zones);
	json_add_number(object, "zones_empty", sum.zones_empty);
	json_add_number(object, "zones_finished", sum.zones_finished);
	json_add_number(object, "zones_moved", sum.zones_moved);
	json_add_number(object, "resets", sum.resets);
	json_add_number(object, "active", sum.active);
	json_add_number(object, "max_active", sum.max_active);
	json_add_number(object, "superblocks", sum.superblocks);
	json_add_number(object, "log_trees", sum.log_trees);
	json_add_number(object, "log_extents", sum.log_extents);
	add_bool(object, "log_dropped", sum.log == ZR_LOG_DROP);
	return object;
}

static struct json_object *json_zone(const struct zr_plan_zone *zone)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "source_physical", zone->source_physical);
	json_add_number(object, "target_physical", zone->target_physical);
	json_add_number(object, "logical", zone->logical);
	json_add_text(object, "type", zr_plan_zone_type(zone));
	json_add_text(object, "profile", zr_plan_zone_profile(zone));
	json_add_number(object, "stripe", zone->stripe);
	json_add_number(object, "used", zone->used);
	json_add_number(object, "last", zone->last);
	json_add_number(object, "end", zone->end);
	json_add_number(object, "lost", zone->lost);
	json_add_text(object, "state", zone_end_name(zone->state));
	return object;
}

static struct json_object *json_zones(const struct zr_plan *plan)
{
	struct json_object *array = json_object_new_array();
	const struct zr_plan_zone *zone;
	size_t position = 0;

	while (!zr_plan_zone_next(plan, &position, &zone))
		json_object_array_add(array, json_zone(zone));
	return array;
}

static struct json_object *json_resets(const struct zr_plan *plan)
{
	struct json_object *array = json_object_new_array();
	uint64_t physical;
	size_t position = 0;

	while (!zr_plan_reset_next(plan, &position, &physical))
		json_object_array_add(array, json_object_new_uint64(physical));
	return array;
}

static struct json_object *json_wipes(const struct zr_plan *plan)
{
	struct json_object *array = json_object_new_array();
	uint64_t physical;
	uint64_t len;
	size_t position = 0;

	while (!zr_plan_wipe_next(plan, &position, &physical, &len)) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "physical", physical);
		json_add_number(object, "length", len);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_superblocks(const struct zr_plan *plan)
{
	struct json_object *array = json_object_new_array();
	const struct zr_plan_superblock *superblock;
	size_t position = 0;

	while (!zr_plan_superblock_next(plan, &position, &superblock)) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "mirror", superblock->mirror);
		json_add_number(object, "physical", superblock->physical);
		json_add_number(object, "bytenr", superblock->bytenr);
		json_object_array_add(array, object);
	}
	return array;
}

/* NULL if addresses stay as they are. */
static struct json_object *json_relayout(const struct zr_plan *plan)
{
	struct zr_plan_relayout relayout;
	struct json_object *object;

	if (zr_plan_relayout(plan, &relayout))
		return NULL;
	object = json_object_new_object();
	json_add_number(object, "groups_before", relayout.groups_before);
	json_add_number(object, "groups_after", relayout.groups_after);
	json_add_number(object, "kept_blocks", relayout.kept_blocks);
	json_add_number(object, "made_blocks", relayout.made_blocks);
	json_add_number(object, "nodatacow", relayout.nodatacow);
	json_add_number(object, "holes", relayout.holes);
	add_bool(object, "quotas_recounted", relayout.quotas);
	json_add_number(object, "cache_bytes", relayout.cache_bytes);
	json_add_number(object, "tail_bytes", relayout.tail_bytes);
	json_add_number(object, "zones_free", relayout.zones_free);
	json_add_number(object, "zones_wanted", relayout.zones_wanted);
	return object;
}

struct json_object *json_plan(const struct zr_plan *plan)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "summary", json_summary(plan));
	json_object_object_add(object, "relayout", json_relayout(plan));
	json_object_object_add(object, "zones", json_zones(plan));
	json_object_object_add(object, "resets", json_resets(plan));
	json_object_object_add(object, "wipes", json_wipes(plan));
	json_object_object_add(object, "superblocks", json_superblocks(plan));
	return object;
}

void json_add_place(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key,
			       number == ZR_NOWHERE ? NULL : json_object_new_uint64(number));
}

static struct json_object *json_failure(const struct report *report, int status)
{
	struct json_object *object = json_object_new_object();

	json_add_text(object, "code", zr_error_name(report->code));
	json_add_text(object, "message", report->message);
	json_add_number(object, "exit_status", (uint64_t)status);
	json_add_place(object, "zone", report->zone);
	json_add_place(object, "physical", report->physical);
	json_add_place(object, "logical", report->logical);
	return object;
}

void json_print(struct json_object *result, int status)
{
	struct json_object *object = result ? result : json_object_new_object();
	const struct report *report = first_report();

	json_object_object_add(object, "error", report ? json_failure(report, status) : NULL);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
