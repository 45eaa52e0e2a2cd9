// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A plan as text: one line per fact, all numbers in decimal bytes, in the order of the run.
 */
#include "block_group.h"
#include "csum.h"
#include "plan.h"
#include "uuid_text.h"

#include <inttypes.h>
#include <stdlib.h>

static void print_fsid(const char *name, const uint8_t fsid[16], FILE *out)
{
	char text[ZR_UUID_TEXT];

	zr_uuid_text(fsid, text);
	fprintf(out, "%s %s\n", name, text);
}

static void print_relayout(const struct zr_plan *plan, FILE *out)
{
	struct zr_plan_relayout relayout;

	if (zr_plan_relayout(plan, &relayout))
		return;
	fprintf(out, "re-layout of %" PRIu64 " block groups into %" PRIu64 "\n",
		relayout.groups_before, relayout.groups_after);
	fprintf(out, "tree blocks kept %" PRIu64 " made %" PRIu64 "\n", relayout.kept_blocks,
		relayout.made_blocks);
	fprintf(out, "nodatacow cleared %" PRIu64 " cache left out %" PRIu64 "\n",
		relayout.nodatacow, relayout.cache_bytes);
	if (relayout.holes)
		fprintf(out, "preallocated file extents %" PRIu64 "%s\n", relayout.holes,
			relayout.quotas ? ", quotas counted anew" : "");
	fprintf(out, "zones free %" PRIu64 " wanted %" PRIu64 "\n", relayout.zones_free,
		relayout.zones_wanted);
}

static void print_summary(const struct zr_plan *plan, FILE *out)
{
	const struct zr_plan_summary *summary = &plan->summary;

	print_fsid("fsid", summary->fsid, out);
	if (summary->uuid == ZR_UUID_METADATA)
		print_fsid("fsid of the target's superblock", summary->target_fsid, out);
	if (summary->uuid == ZR_UUID_NEW)
		print_fsid("fsid of the target", summary->target_fsid, out);
	fprintf(out, "devid %" PRIu64 "\n", summary->devid);
	fprintf(out, "generation %" PRIu64 "\n", summary->generation);
	fprintf(out, "zone size %" PRIu64 "\n", summary->zone_size);
	fprintf(out, "total bytes %" PRIu64 "\n", summary->total_bytes);
	if (summary->total_bytes != summary->source_bytes)
		fprintf(out, "total bytes on the source %" PRIu64 "\n", summary->source_bytes);
	fprintf(out, "target bytes %" PRIu64 "\n", summary->target_bytes);
	fprintf(out, "used bytes %" PRIu64 "\n", summary->used_bytes);
	fprintf(out, "fill bytes %" PRIu64 "\n", summary->fill_bytes);
	fprintf(out, "lost bytes %" PRIu64 "\n", summary->lost_bytes);
	fprintf(out, "zones %" PRIu32 " empty %" PRIu32 " finished %" PRIu32 "\n", summary->zones,
		summary->zones_empty, summary->zones_finished);
	if (summary->zones_moved)
		fprintf(out, "zones moved %" PRIu32 "\n", summary->zones_moved);
	fprintf(out, "superblocks %" PRIu32 "\n", summary->superblocks);
	if (summary->log_trees)
		fprintf(out, "log of %" PRIu32 " subvolumes, %" PRIu32 " extents, %s\n",
			summary->log_trees, summary->log_extents,
			summary->log == ZR_LOG_COPY ? "copied" : "dropped");
	print_relayout(plan, out);
	if (summary->max_active)
		fprintf(out, "active %" PRIu32 " of %" PRIu32 "\n", summary->active,
			summary->max_active);
	else
		fprintf(out, "active %" PRIu32 " without limit\n", summary->active);
}

static const char *state_word(enum zr_zone_end state)
{
	switch (state) {
	case ZR_END_EMPTY:
		return "empty";
	case ZR_END_OPEN:
		return "open";
	case ZR_END_FULL:
		return "full";
	case ZR_END_FINISH:
		return "finish";
	case ZR_END_NO_WP:
		return "conventional";
	}
	return "unknown";
}

static void print_zone(const struct zr_plan_zone *zone, FILE *out)
{
	fprintf(out, "zone %" PRIu64 " -> %" PRIu64 " logical %" PRIu64 " %s,%s stripe %" PRIu32,
		zone->source_physical, zone->target_physical, zone->logical,
		zr_block_group_type_name(zone->flags), zr_block_group_profile_name(zone->flags),
		zone->stripe);
	fprintf(out, " used %" PRIu64 " last %" PRIu64 " end %" PRIu64 " %s", zone->used,
		zone->last, zone->end, state_word(zone->state));
	if (zone->lost)
		fprintf(out, " lost %" PRIu64, zone->lost);
	fputc('\n', out);
}

static void print_superblock(const struct zr_plan_superblock *copy, FILE *out)
{
	fprintf(out, "superblock %u at %" PRIu64 " bytenr %" PRIu64 " %s\n", copy->mirror,
		copy->physical, copy->bytenr, copy->sequential ? "log" : "fixed");
}

int zr_plan_text(const struct zr_plan *plan, enum zr_plan_part part, FILE *out)
{
	size_t i;

	print_summary(plan, out);
	for (i = 0; i < plan->wipe_count && part == ZR_PLAN_WHOLE; i++)
		fprintf(out, "wipe %" PRIu64 " length %" PRIu64 "\n", plan->wipes[i].physical,
			plan->wipes[i].len);
	for (i = 0; i < plan->reset_count && part == ZR_PLAN_WHOLE; i++)
		fprintf(out, "reset %" PRIu64 "\n", plan->resets[i]);
	for (i = 0; i < plan->zone_count; i++)
		print_zone(&plan->zones[i], out);
	for (i = 0; i < plan->superblock_count; i++)
		print_superblock(&plan->superblocks[i], out);
	/* Most writes only reach the buffer, so that the stream is asked once, when it is empty. */
	return fflush(out) || ferror(out) ? -1 : 0;
}

int zr_plan_digest(const struct zr_plan *plan, uint8_t digest[32], struct zr_error *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc = 0;

	if (!out)
		return zr_fail_nomem(err);
	if (zr_plan_text(plan, ZR_PLAN_LASTING, out))
		rc = zr_fail_nomem(err);
	if (fclose(out))
		rc = zr_fail_nomem(err);
	if (!rc)
		zr_csum(ZR_CSUM_BLAKE2B, text, len, digest);
	free(text);
	return rc;
}
