// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a target must be like whatever is in its block groups. */
#include "sblog.h"
#include "super_read.h"
#include "verify.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct zr_zone *zone_of(const struct zr_verify_side *side,
				     const struct zr_group_extent *extent)
{
	return &side->source->zones[extent->physical / side->source->dev->geo.zone_size];
}

static bool has_pointer(const struct zr_zone *zone)
{
	return zone && zr_zone_is_sequential(zone) && zr_zone_is_writable(zone);
}

/* A copy is compared once with each other one: of those on the target, with the earlier ones. */
static void compare_copies(struct zr_verify *verify, const struct zr_group_extent *extent,
			   uint64_t written)
{
	const struct zr_source *target = verify->b.source;
	const struct zr_mapped_chunk *chunk = verify->b.list.groups[extent->group].chunk;
	uint16_t copies = zr_chunk_copies(chunk);
	uint16_t first = (uint16_t)(extent->stripe / copies * copies);
	uint16_t i;

	for (i = first; i < first + copies; i++) {
		const struct zr_stripe *stripe = &chunk->stripes[i];
		const struct zr_zone *other =
			zr_source_zone(target, stripe->devid, stripe->physical);

		if (i == extent->stripe || !has_pointer(other) ||
		    zr_zone_written(other) == written ||
		    (stripe->devid == target->super.devid && i > extent->stripe))
			continue;
		zr_verify_differ(verify,
				 "block group %" PRIu64
				 ": write pointers differ, stripe %u at offset %" PRIu64
				 ", stripe %u at %" PRIu64,
				 chunk->logical, i, zr_zone_written(other), extent->stripe,
				 written);
	}
}

/* Write pointers: behind the last extent, and equal on all sequential copies of a block group. */
static void compare_pointers(struct zr_verify *verify, const struct zr_group_extent *extent)
{
	const struct zr_group *group = &verify->b.list.groups[extent->group];
	const struct zr_zone *zone = zone_of(&verify->b, extent);
	uint64_t written = zr_zone_written(zone);
	uint64_t last =
		zr_chunk_reach(group->chunk, extent->stripe, group->chunk->logical + group->last);

	if (written < last)
		zr_verify_differ(verify,
				 "block group %" PRIu64
				 " stripe %u: write pointer at offset %" PRIu64
				 ", last extent ends at %" PRIu64,
				 group->item.logical, extent->stripe, written, last);
	if (has_pointer(zone))
		compare_copies(verify, extent, written);
}

/* A kernel that cannot use the first copy is helped by the others only if they say the same. */
static int compare_super(struct zr_verify *verify, unsigned int mirror, struct zr_error *err)
{
	const struct zr_source *target = verify->b.source;
	struct zr_error reason = ZR_ERROR_INIT;
	struct zr_super *super = malloc(sizeof(*super));
	uint64_t physical;
	int rc;

	if (!super)
		return zr_fail_nomem(err);
	rc = zr_super_read_copy(target->dev, mirror, super, &physical, &reason);
	if (rc == -ZR_E_NO_MEMORY)
		rc = zr_fail_nomem(err);
	else if (rc)
		zr_verify_differ(verify, "superblock copy %u: %s", mirror, reason.text);
	else if (!zr_super_same(super->raw, target->super.raw))
		zr_verify_differ(verify,
				 "superblock copy %u: generation %" PRIu64 " at %" PRIu64
				 ", or other fields differ from the first copy",
				 mirror, super->generation, physical);
	free(super);
	return rc == -ZR_E_NO_MEMORY ? rc : 0;
}

static int compare_supers(struct zr_verify *verify, struct zr_error *err)
{
	const struct zr_source *target = verify->b.source;
	unsigned int mirror;
	int rc = 0;

	for (mirror = 1; mirror < ZR_SB_MIRRORS && !rc; mirror++)
		if (zr_sb_copy_exists(&target->dev->geo, mirror, target->super.dev_total_bytes))
			rc = compare_super(verify, mirror, err);
	return rc;
}

/* Data in a zone of no block group takes an active zone or space until somebody resets it. */
static void check_unused_zones(struct zr_verify *verify)
{
	const struct zr_group_extent *extent = verify->b.list.extents;
	const struct zr_group_extent *last = extent + verify->b.list.extent_count;
	const struct zr_source *target = verify->b.source;
	uint32_t i;

	for (i = 0; i < target->dev->geo.zone_count; i++) {
		const struct zr_zone *zone = &target->zones[i];

		if (extent < last && extent->physical == zone->start) {
			extent++;
			continue;
		}
		if (zr_zone_is_sequential(zone) && zr_zone_is_writable(zone) &&
		    zone->cond != ZR_COND_EMPTY && !zr_sblog_uses(&target->dev->geo, i))
			zr_verify_differ(verify,
					 "zone %u: belongs to no block group but is %s, %" PRIu64
					 " bytes are written",
					 i, zr_zone_cond_name(zone->cond), zr_zone_written(zone));
	}
}

int zr_verify_target(struct zr_verify *verify, struct zr_error *err)
{
	size_t i;

	for (i = 0; i < verify->b.list.extent_count; i++)
		compare_pointers(verify, &verify->b.list.extents[i]);
	check_unused_zones(verify);
	return compare_supers(verify, err);
}
