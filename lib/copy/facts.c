// SPDX-License-Identifier: LGPL-2.1-or-later
#include "facts.h"

#include "choices.h"
#include "peers.h"
#include "relayout_build.h"
#include "relayout_facts.h"

#include <stdlib.h>
#include <string.h>

static int convert_list(struct zr_facts *facts, struct zr_error *err)
{
	const struct zr_group_list *list = &facts->list;
	size_t i;

	facts->groups = calloc(list->group_count + 1, sizeof(*facts->groups));
	facts->extents = calloc(list->extent_count + 1, sizeof(*facts->extents));
	if (!facts->groups || !facts->extents)
		return zr_fail_nomem(err);
	for (i = 0; i < list->group_count; i++) {
		const struct zr_group *group = &list->groups[i];

		facts->groups[i] = (struct zr_plan_group){
			.logical = group->item.logical,
			.len = group->item.len,
			.flags = group->item.flags,
			.used = group->item.used + group->logged,
			.last = group->last,
			.stripes = group->chunk->stripe_count,
		};
	}
	for (i = 0; i < list->extent_count; i++)
		facts->extents[i] = (struct zr_plan_extent){
			.physical = list->extents[i].physical,
			.len = list->extents[i].len,
			.group = (uint32_t)list->extents[i].group,
			.stripe = list->extents[i].stripe,
		};
	return 0;
}

/* A log that is dropped need not be readable; reading it only says what is lost. */
static int read_log(struct zr_source *source, enum zr_plan_log log, struct zr_error *err)
{
	bool use = log == ZR_LOG_COPY;

	/* The superblocks of the other devices would still name it. */
	if (!use && source->super.log_root && source->device_count > 1)
		return zr_fail(err, ZR_E_MEMBER,
			       "%s: the tree-log cannot be left out on one device of several",
			       source->dev->path);
	return zr_log_read(source, use, use ? err : NULL) && use ? -ZR_E_LOG : 0;
}

static void fill_input(struct zr_facts *facts, const struct zr_source *source,
		       const struct zr_target *target)
{
	struct zr_plan_input *input = &facts->input;
	const struct zr_super *super = &source->super;

	memcpy(input->fsid, super->fsid, sizeof(input->fsid));
	input->devid = super->devid;
	input->generation = super->generation;
	input->sectorsize = super->sectorsize;
	input->nodesize = super->nodesize;
	input->total_bytes = super->dev_total_bytes;
	input->devices = super->num_devices;
	input->source = source->dev->geo;
	input->source_zones = source->zones;
	input->target = target->geo;
	input->target_zones = target->zones;
	input->source_path = source->dev->path;
	input->target_path = target->path;
	input->groups = facts->groups;
	input->group_count = facts->list.group_count;
	input->extents = facts->extents;
	input->extent_count = facts->list.extent_count;
	input->peers = facts->peers;
	input->log_trees = source->log.trees;
	input->log_extents = (uint32_t)source->log.extent_count;
}

/* What both kinds of plans are made from. */
static int read_groups(struct zr_facts *facts, struct zr_source *source, struct zr_target *target,
		       enum zr_plan_log log, struct zr_error *err)
{
	int rc = zr_target_fit(target, &source->dev->geo, source->zones,
			       source->super.dev_total_bytes, err);

	facts->input.log = log;
	return rc ? rc : zr_groups_read(source, &facts->list, err);
}

int zr_facts_read(struct zr_facts *facts, struct zr_source *source, struct zr_target *target,
		  enum zr_plan_log log, struct zr_error *err)
{
	int rc;

	memset(facts, 0, sizeof(*facts));
	rc = zr_source_require_zoned(source, err);
	if (!rc)
		rc = read_log(source, log, err);
	if (rc)
		return rc;
	rc = read_groups(facts, source, target, log, err);
	if (!rc)
		rc = convert_list(facts, err);
	if (!rc)
		rc = zr_peers_read(source, &facts->list, &facts->peers, &facts->input.peer_count,
				   err);
	if (!rc)
		fill_input(facts, source, target);
	return rc;
}

/*
 * Blocks and extents that only the log names are in no tree that says where they go. One that is
 * dropped need not be readable.
 */
static int refuse_log(struct zr_source *source, enum zr_plan_log log, struct zr_error *err)
{
	int rc;

	if (source->super.log_root && log != ZR_LOG_DROP)
		return zr_fail(err, ZR_E_LOG_DIRTY,
			       "tree-log: the source was not unmounted, and a log cannot be moved "
			       "to a new layout; mount and unmount it once, or drop the log");
	rc = zr_log_read(source, false, NULL);
	return rc == -ZR_E_NO_MEMORY ? zr_fail_nomem(err) : 0;
}

int zr_facts_relayout(struct zr_facts *facts, struct zr_source *source, struct zr_target *target,
		      enum zr_plan_log log, const struct zr_relayout *relayout,
		      struct zr_error *err)
{
	int rc;

	memset(facts, 0, sizeof(*facts));
	rc = refuse_log(source, log, err);
	if (rc)
		return rc;
	rc = read_groups(facts, source, target, log, err);
	if (rc)
		return rc;
	fill_input(facts, source, target);
	return relayout ? zr_relayout_facts(facts, relayout, target, err) : 0;
}

void zr_facts_free(struct zr_facts *facts)
{
	zr_groups_free(&facts->list);
	free(facts->groups);
	free(facts->extents);
	free(facts->peers);
	free(facts->zones);
}

/* What this version does not know is refused, rather than taken for something else. */
static int check_options(const struct zr_plan_options *options, struct zr_error *err)
{
	unsigned int tail;
	unsigned int log;
	unsigned int resize;
	unsigned int uuid;
	unsigned int relayout;
	unsigned int metadata;

	if (options->size != sizeof(*options))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "plan options: size is not known, found %zu expected %zu",
			       options->size, sizeof(*options));
	tail = (unsigned int)options->tail;
	log = (unsigned int)options->log;
	resize = (unsigned int)options->resize;
	uuid = (unsigned int)options->uuid;
	relayout = (unsigned int)options->relayout;
	metadata = (unsigned int)options->metadata;
	if (tail <= ZR_TAIL_SOURCE && log <= ZR_LOG_DROP && resize <= ZR_RESIZE_MAX &&
	    uuid <= ZR_UUID_NEW && relayout <= ZR_RELAYOUT_ALWAYS && metadata <= ZR_METADATA_SINGLE)
		return 0;
	return zr_fail(err, ZR_E_ARGUMENT,
		       "plan options: a value is not known, found tail %u, log %u, resize %u, "
		       "uuid %u, relayout %u, metadata %u",
		       tail, log, resize, uuid, relayout, metadata);
}

static int make_checked(struct zr_plan **plan, const struct zr_plan_input *input,
			struct zr_relayout *relayout, struct zr_error *err)
{
	struct zr_plan *made;
	int rc = zr_plan_make(&made, input, err);

	if (rc) {
		zr_relayout_free(relayout);
		return rc;
	}
	made->relayout = relayout;
	rc = zr_plan_check(made, input, err);
	if (rc)
		zr_plan_free(made);
	else
		*plan = made;
	return rc;
}

static int plan_replace(struct zr_plan **plan, struct zr_source *source, struct zr_target *target,
			const struct zr_plan_options *options, struct zr_error *err)
{
	struct zr_facts facts;
	int rc = zr_facts_read(&facts, source, target, options->log, err);

	if (!rc)
		rc = zr_choices_make(&facts.input.choices, options, target, err);
	if (!rc)
		rc = make_checked(plan, &facts.input, NULL, err);
	zr_facts_free(&facts);
	return rc;
}

static int build_relayout(struct zr_relayout **relayout, struct zr_source *source,
			  struct zr_target *target, const struct zr_facts *facts,
			  enum zr_plan_metadata metadata, struct zr_error *err)
{
	const struct zr_plan_choices *choices = &facts->input.choices;
	uint32_t copies = metadata == ZR_METADATA_DUP ? 2 : 1;
	int rc = zr_relayout_build(relayout, source, &facts->list, target, copies, err);

	if (!rc && choices->uuid == ZR_UUID_NEW)
		memcpy((*relayout)->header.fsid, choices->fsid, sizeof(choices->fsid));
	return rc;
}

static int plan_relayout(struct zr_plan **plan, struct zr_source *source, struct zr_target *target,
			 const struct zr_plan_options *options, struct zr_error *err)
{
	struct zr_relayout *relayout = NULL;
	struct zr_facts facts;
	int rc = zr_facts_relayout(&facts, source, target, options->log, NULL, err);

	if (!rc)
		rc = zr_choices_make(&facts.input.choices, options, target, err);
	if (!rc)
		rc = build_relayout(&relayout, source, target, &facts, options->metadata, err);
	if (!rc)
		rc = zr_relayout_facts(&facts, relayout, target, err);
	if (!rc)
		rc = make_checked(plan, &facts.input, relayout, err);
	else
		zr_relayout_free(relayout);
	zr_facts_free(&facts);
	return rc;
}

/* Whether a replace failed for what a re-layout is not bound to. */
static bool can_relayout(const struct zr_source *source, const struct zr_target *target, int rc)
{
	return rc == -ZR_E_CAPACITY ||
	       (rc == -ZR_E_GEOMETRY && target->geo.model == ZR_MODEL_HOST_MANAGED &&
		target->geo.zone_size != source->dev->geo.zone_size);
}

/* To replace one device of several is another wish than to have all of them on one. */
static int fail_alone(const struct zr_source *source, const struct zr_error *reason,
		      struct zr_error *err)
{
	return zr_fail(err, (enum zr_error_code)reason->code,
		       "%s; one device of %llu cannot get another layout, all together can, on the "
		       "target alone: --relayout always",
		       reason->text, (unsigned long long)source->super.num_devices);
}

static int build(struct zr_plan **plan, struct zr_source *source, struct zr_target *target,
		 const struct zr_plan_options *options, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc;

	if (options->relayout == ZR_RELAYOUT_ALWAYS ||
	    (options->relayout == ZR_RELAYOUT_AUTO && !zr_source_is_zoned(source)))
		return plan_relayout(plan, source, target, options, err);
	rc = plan_replace(plan, source, target, options, &reason);
	if (options->relayout == ZR_RELAYOUT_AUTO && can_relayout(source, target, rc))
		return source->super.num_devices > 1
			       ? fail_alone(source, &reason, err)
			       : plan_relayout(plan, source, target, options, err);
	if (rc && err && !err->code)
		*err = reason;
	return rc;
}

int zr_plan_build(struct zr_plan **plan, struct zr_source *source, struct zr_target *target,
		  const struct zr_plan_options *options, struct zr_error *err)
{
	const struct zr_plan_options defaults = { .size = sizeof(defaults) };
	int rc;

	if (!options)
		options = &defaults;
	rc = check_options(options, err);
	if (rc)
		return rc;
	rc = build(plan, source, target, options, err);
	if (rc)
		zr_source_name_device(source, err);
	return rc;
}
