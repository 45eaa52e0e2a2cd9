// SPDX-License-Identifier: LGPL-2.1-or-later
#include "facts.h"

#include "choices.h"
#include "peers.h"

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

int zr_facts_read(struct zr_facts *facts, struct zr_source *source, struct zr_target *target,
		  enum zr_plan_log log, struct zr_error *err)
{
	int rc;

	memset(facts, 0, sizeof(*facts));
	rc = read_log(source, log, err);
	if (rc)
		return rc;
	facts->input.log = log;
	rc = zr_target_fit(target, &source->dev->geo, source->zones, source->super.dev_total_bytes,
			   err);
	if (!rc)
		rc = zr_groups_read(source, &facts->list, err);
	if (!rc)
		rc = convert_list(facts, err);
	if (!rc)
		rc = zr_peers_read(source, &facts->list, &facts->peers, &facts->input.peer_count,
				   err);
	if (!rc)
		fill_input(facts, source, target);
	return rc;
}

void zr_facts_free(struct zr_facts *facts)
{
	zr_groups_free(&facts->list);
	free(facts->groups);
	free(facts->extents);
	free(facts->peers);
}

/* What this version does not know is refused, rather than taken for something else. */
static int check_options(const struct zr_plan_options *options, struct zr_error *err)
{
	unsigned int tail;
	unsigned int log;
	unsigned int resize;
	unsigned int uuid;

	if (options->size != sizeof(*options))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "plan options: size is not known, found %zu expected %zu",
			       options->size, sizeof(*options));
	tail = (unsigned int)options->tail;
	log = (unsigned int)options->log;
	resize = (unsigned int)options->resize;
	uuid = (unsigned int)options->uuid;
	if (tail <= ZR_TAIL_SOURCE && log <= ZR_LOG_DROP && resize <= ZR_RESIZE_MAX &&
	    uuid <= ZR_UUID_NEW)
		return 0;
	return zr_fail(err, ZR_E_ARGUMENT,
		       "plan options: a value is not known, found tail %u, log %u, resize %u, "
		       "uuid %u",
		       tail, log, resize, uuid);
}

int zr_plan_build(struct zr_plan **plan, struct zr_source *source, struct zr_target *target,
		  const struct zr_plan_options *options, struct zr_error *err)
{
	const struct zr_plan_options defaults = { .size = sizeof(defaults) };
	struct zr_plan *made = NULL;
	struct zr_facts facts;
	int rc;

	if (!options)
		options = &defaults;
	rc = check_options(options, err);
	if (rc)
		return rc;
	rc = zr_facts_read(&facts, source, target, options->log, err);
	if (!rc)
		rc = zr_choices_make(&facts.input.choices, options, target, err);
	if (!rc)
		rc = zr_plan_make(&made, &facts.input, err);
	if (!rc)
		rc = zr_plan_check(made, &facts.input, err);
	if (rc) {
		zr_source_name_device(source, err);
		zr_plan_free(made);
	} else {
		*plan = made;
	}
	zr_facts_free(&facts);
	return rc;
}
