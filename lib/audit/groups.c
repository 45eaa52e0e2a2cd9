// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Block groups: where their zones lie and where they end. The kernel's
 * btrfs_load_block_group_zone_info() and exclude_super_stripes() decide the same.
 */
#include "audit.h"
#include "block_group.h"
#include "profile.h"
#include "range.h"
#include "sblog.h"

#include <inttypes.h>

/* One copy of a block group, on this device or another one. */
struct copy {
	const struct zr_group *group;
	const struct zr_zone *zone;
	struct zr_audit_place place;
	uint16_t stripe;
};

/* What a block group's zones are like together. */
struct tally {
	uint64_t lowest; /* written, of sequential zones */
	uint64_t highest;
	struct copy short_of; /* the one with the lowest */
	uint16_t sequential;
	uint16_t conventional;
};

static void tell_zone(struct zr_audit *audit, const struct copy *copy, uint64_t physical)
{
	struct zr_check_zone zone = {
		.zone = copy->place.zone,
		.physical = physical,
		.logical = copy->group->item.logical,
		.type = zr_block_group_type_name(copy->group->item.flags),
		.profile = zr_block_group_profile_name(copy->group->item.flags),
		.stripe = copy->stripe,
		.used = copy->group->item.used,
		.last = copy->group->last,
		.written = zr_zone_written(copy->zone),
		.cap = copy->zone->cap,
		.cond = zr_zone_cond_name(copy->zone->cond),
	};

	audit->summary->group_zones++;
	if (audit->listener && audit->listener->zone)
		audit->listener->zone(&zone, audit->listener->context);
}

/* Places that kernels keep for superblocks. Only the regular ones are looked at when mounting. */
static void audit_place(struct zr_audit *audit, const struct copy *copy, uint64_t physical)
{
	uint64_t zone_size = audit->dev->geo.zone_size;
	unsigned int mirror;

	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++)
		if (zr_sb_offset(mirror) / zone_size == copy->place.zone) {
			zr_audit_find(audit, ZR_CHECK_GROUP_ON_SUPER, copy->place,
				      "block group %" PRIu64 " stripe %u: physical %" PRIu64
				      " covers byte %" PRIu64 ", a place for superblocks",
				      copy->place.logical, copy->stripe, physical,
				      zr_sb_offset(mirror));
			return;
		}
	if (zr_sblog_reserved(copy->place.zone, zone_size))
		zr_audit_find(audit, ZR_CHECK_GROUP_ON_LOG, copy->place,
			      "block group %" PRIu64
			      " stripe %u: lies in a zone of the superblock log, "
			      "which the kernel overwrites",
			      copy->place.logical, copy->stripe);
}

/* What is written next begins at the write pointer, and must begin where a block can. */
static void audit_alignment(struct zr_audit *audit, const struct copy *copy)
{
	const struct zr_super *super = &audit->source->super;
	bool data = copy->group->item.flags & BTRFS_BLOCK_GROUP_DATA;
	uint64_t unit = data ? super->sectorsize : super->nodesize;
	uint64_t written = zr_zone_written(copy->zone);

	if (zr_zone_is_active(copy->zone) && !zr_is_aligned(written, unit))
		zr_audit_find(audit, ZR_CHECK_POINTER_UNALIGNED, copy->place,
			      "block group %" PRIu64 " stripe %u: write pointer at offset %" PRIu64
			      ", no multiple of %" PRIu64,
			      copy->place.logical, copy->stripe, written, unit);
}

/* Whether a zone is there that has the same as a copy. Of a device that is missing nothing is
 * known. */
static bool has_mirror(const struct zr_audit *audit, const struct copy *copy)
{
	const struct zr_mapped_chunk *chunk = copy->group->chunk;
	uint16_t copies = zr_chunk_copies(chunk);
	uint16_t first = (uint16_t)(copy->stripe / copies * copies);
	uint16_t i;

	for (i = first; i < first + copies; i++) {
		const struct zr_stripe *on = &chunk->stripes[i];
		const struct zr_zone *zone = zr_source_zone(audit->source, on->devid, on->physical);

		if (i != copy->stripe && (!zone || zr_zone_is_writable(zone)))
			return true;
	}
	return false;
}

/*
 * With copies on several devices a kernel can do without one of them, but for the first, which it
 * compares the others with. The kernel: btrfs_load_block_group_raid1().
 */
static enum zr_check_kind lost_kind(const struct zr_audit *audit, const struct copy *copy)
{
	const struct zr_mapped_chunk *chunk = copy->group->chunk;
	uint64_t profile = copy->group->item.flags & BTRFS_BLOCK_GROUP_PROFILE_MASK;

	if (!profile || profile == BTRFS_BLOCK_GROUP_DUP)
		return ZR_CHECK_POINTER_LOST;
	if (!has_mirror(audit, copy))
		return ZR_CHECK_STRIPE_LOST;
	return copy->stripe || zr_chunk_columns(chunk) > 1 ? ZR_CHECK_MIRROR_LOST
							   : ZR_CHECK_FIRST_MIRROR_LOST;
}

static void audit_lost(struct zr_audit *audit, const struct copy *copy)
{
	zr_audit_find(audit, lost_kind(audit, copy), copy->place,
		      "block group %" PRIu64 " stripe %u: its zone is %s", copy->place.logical,
		      copy->stripe, zr_zone_cond_name(copy->zone->cond));
}

static void count_copy(struct zr_audit *audit, const struct copy *copy, struct tally *tally)
{
	uint64_t written = zr_zone_written(copy->zone);

	if (!zr_zone_is_writable(copy->zone)) {
		audit_lost(audit, copy);
		return;
	}
	if (!zr_zone_is_sequential(copy->zone)) {
		tally->conventional++;
		return;
	}
	if (!tally->sequential || written < tally->lowest) {
		tally->lowest = written;
		tally->short_of = *copy;
	}
	tally->highest = zr_max64(tally->highest, written);
	tally->sequential++;
	audit_alignment(audit, copy);
}

static void audit_pointers(struct zr_audit *audit, const struct zr_group *group,
			   const struct tally *tally)
{
	const struct copy *copy = &tally->short_of;

	/* Where data is striped, zones do not end alike. */
	if (!tally->sequential || zr_chunk_stripe_len(group->chunk) != group->chunk->len)
		return;
	if (tally->lowest != tally->highest)
		zr_audit_find(audit, ZR_CHECK_POINTER_DIFFERS, copy->place,
			      "block group %" PRIu64
			      ": its zones end at different offsets, %" PRIu64 " and %" PRIu64,
			      group->item.logical, tally->lowest, tally->highest);
	if (tally->conventional)
		zr_audit_find(audit, ZR_CHECK_POINTER_MIXED, copy->place,
			      "block group %" PRIu64
			      ": one of its zones is conventional and one is "
			      "sequential",
			      group->item.logical);
	if (tally->lowest < group->last)
		zr_audit_find(audit,
			      tally->conventional ? ZR_CHECK_POINTER_BEHIND_MIXED
						  : ZR_CHECK_POINTER_BEHIND,
			      copy->place,
			      "block group %" PRIu64 " stripe %u: write pointer at offset %" PRIu64
			      ", the last extent ends at %" PRIu64,
			      group->item.logical, copy->stripe, tally->lowest, group->last);
}

static void audit_profile(struct zr_audit *audit, const struct zr_group *group)
{
	struct zr_audit_place place = { ZR_NOWHERE, group->item.logical };

	uint64_t profile = group->item.flags & BTRFS_BLOCK_GROUP_PROFILE_MASK;

	if (group->item.flags & BTRFS_BLOCK_GROUP_DATA && profile)
		zr_audit_find(audit, ZR_CHECK_DATA_PROFILE, place,
			      "block group %" PRIu64
			      ": data with profile %s and no raid stripe tree",
			      group->item.logical, zr_block_group_profile_name(group->item.flags));
	else if (profile && profile != BTRFS_BLOCK_GROUP_DUP)
		zr_audit_find(audit, ZR_CHECK_PROFILE, place,
			      "block group %" PRIu64 ": metadata with profile %s, which Linux 6.7 "
			      "brought",
			      group->item.logical, zr_block_group_profile_name(group->item.flags));
}

static void audit_stripe(struct zr_audit *audit, const struct zr_group *group, uint16_t stripe,
			 struct tally *tally)
{
	const struct zr_geometry *geo = &audit->dev->geo;
	uint64_t physical = group->chunk->stripes[stripe].physical;
	uint64_t len = zr_chunk_stripe_len(group->chunk);
	struct copy copy = {
		.group = group,
		.place = { physical / geo->zone_size, group->item.logical },
		.stripe = stripe,
	};

	if (!zr_is_aligned(physical, geo->zone_size) || !zr_is_aligned(len, geo->zone_size)) {
		zr_audit_find(audit, ZR_CHECK_EXTENT_UNALIGNED, copy.place,
			      "block group %" PRIu64 " stripe %u: physical %" PRIu64
			      " length %" PRIu64 " are not whole zones of %" PRIu64,
			      group->item.logical, stripe, physical, len, geo->zone_size);
		return;
	}
	copy.zone = &audit->zones[copy.place.zone];
	tell_zone(audit, &copy, physical);
	audit_place(audit, &copy, physical);
	count_copy(audit, &copy, tally);
}

/* Of another device only the write pointer matters, if it is there. */
static void audit_peer(struct zr_audit *audit, const struct zr_group *group, uint16_t stripe,
		       struct tally *tally)
{
	const struct zr_stripe *on = &group->chunk->stripes[stripe];
	struct copy copy = {
		.group = group,
		.zone = zr_source_zone(audit->source, on->devid, on->physical),
		.place = { ZR_NOWHERE, group->item.logical },
		.stripe = stripe,
	};

	if (copy.zone)
		count_copy(audit, &copy, tally);
}

void zr_audit_groups(struct zr_audit *audit)
{
	size_t i;
	uint16_t s;

	for (i = 0; i < audit->list.group_count; i++) {
		const struct zr_group *group = &audit->list.groups[i];
		struct tally tally = { 0 };

		audit_profile(audit, group);
		for (s = 0; s < group->chunk->stripe_count; s++)
			if (group->chunk->stripes[s].devid == audit->summary->devid)
				audit_stripe(audit, group, s, &tally);
			else
				audit_peer(audit, group, s, &tally);
		audit_pointers(audit, group, &tally);
	}
}
