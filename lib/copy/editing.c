// SPDX-License-Identifier: LGPL-2.1-or-later
#include "editing.h"

#include <stdlib.h>
#include <string.h>

bool zr_editing_needed(const struct zr_editing *editing)
{
	return editing->edit.layout || editing->edit.new_blocks || editing->edit.translation;
}

void zr_editing_free(struct zr_editing *editing)
{
	free(editing->moves);
}

static int begin(struct zr_editing *editing, size_t count, struct zr_error *err)
{
	memset(editing, 0, sizeof(*editing));
	editing->moves = calloc(count + 1, sizeof(*editing->moves));
	if (!editing->moves)
		return zr_fail_nomem(err);
	editing->edit.moves = editing->moves;
	return 0;
}

static void add_move(struct zr_editing *editing, uint64_t from, uint64_t to)
{
	struct zr_edit *edit = &editing->edit;

	editing->moves[edit->move_count++] = (struct zr_move){ .from = from, .to = to };
	edit->layout |= from != to;
}

static void set_size(struct zr_edit *edit, uint64_t devid, uint64_t from, uint64_t to)
{
	edit->devid = devid;
	edit->total_bytes = to;
	edit->growth = to - from;
	edit->layout |= from != to;
}

int zr_editing_plan(struct zr_editing *editing, const struct zr_plan *plan, struct zr_error *err)
{
	const struct zr_plan_summary *summary = &plan->summary;
	struct zr_edit *edit = &editing->edit;
	int rc = begin(editing, plan->zone_count, err);
	size_t i;

	for (i = 0; i < plan->zone_count && !rc; i++)
		add_move(editing, plan->zones[i].source_physical, plan->zones[i].target_physical);
	set_size(edit, summary->devid, summary->source_bytes, summary->total_bytes);
	edit->new_fsid = summary->uuid != ZR_UUID_KEEP;
	edit->new_blocks = summary->uuid == ZR_UUID_NEW;
	memcpy(edit->fsid, summary->target_fsid, sizeof(edit->fsid));
	if (plan->relayout) {
		zr_relayout_translation(plan->relayout, edit->new_blocks ? edit->fsid : NULL,
					&editing->translation);
		edit->translation = &editing->translation;
	}
	return rc;
}

int zr_editing_super(const struct zr_editing *editing, const struct zr_plan *plan,
		     uint8_t raw[ZR_SUPER_BYTES], struct zr_error *err)
{
	int rc = 0;

	if (plan->summary.log == ZR_LOG_DROP)
		zr_super_clear_log(raw);
	if (plan->relayout)
		rc = zr_relayout_super(plan->relayout, raw, err);
	return rc ? rc : zr_edit_super(&editing->edit, raw, err);
}

void zr_editing_fsid(struct zr_edit *edit, const struct zr_super *old, const struct zr_super *new)
{
	edit->new_fsid = memcmp(old->fsid, new->fsid, sizeof(old->fsid)) != 0;
	edit->new_blocks =
		memcmp(old->metadata_uuid, new->metadata_uuid, sizeof(old->metadata_uuid)) != 0;
	memcpy(edit->fsid, new->fsid, sizeof(edit->fsid));
}

int zr_editing_found(struct zr_editing *editing, const struct zr_source *source,
		     const struct zr_group_list *from, const struct zr_source *target,
		     const struct zr_group_list *to, struct zr_error *err)
{
	const struct zr_super *old = &source->super;
	const struct zr_super *new = &target->super;
	struct zr_edit *edit = &editing->edit;
	int rc = begin(editing, from->extent_count, err);
	size_t i;

	for (i = 0; i < from->extent_count && !rc; i++)
		add_move(editing, from->extents[i].physical, to->extents[i].physical);
	set_size(edit, old->devid, old->dev_total_bytes, new->dev_total_bytes);
	zr_editing_fsid(edit, old, new);
	return rc;
}
