// SPDX-License-Identifier: LGPL-2.1-or-later
/* The superblocks of all mirrors: which entry is the current one, and who finds it. */
#include "audit.h"
#include "sblog.h"
#include "super_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *state_name(enum zr_sblog_state state)
{
	switch (state) {
	case ZR_SBLOG_FIXED:
		return "fixed place";
	case ZR_SBLOG_EMPTY:
		return "empty";
	case ZR_SBLOG_FIRST:
		return "first zone";
	case ZR_SBLOG_SECOND:
		return "second zone";
	case ZR_SBLOG_COMPARE:
		return "both full";
	case ZR_SBLOG_BROKEN:
		break;
	}
	return "broken";
}

static const struct zr_zone *pair_of(const struct zr_audit *audit, unsigned int mirror)
{
	return &audit->zones[zr_sblog_zone(mirror, audit->dev->geo.zone_size)];
}

static bool is_zoned(const struct zr_audit *audit)
{
	return audit->dev->geo.model != ZR_MODEL_REGULAR;
}

static enum zr_sblog_state state_of(const struct zr_audit *audit, unsigned int mirror)
{
	const struct zr_geometry *geo = &audit->dev->geo;

	if (!is_zoned(audit))
		return ZR_SBLOG_FIXED;
	/* A device of one zone has no pair. */
	if (zr_sblog_zone(mirror, geo->zone_size) + 1 >= geo->zone_count)
		return ZR_SBLOG_BROKEN;
	return zr_sblog_state(pair_of(audit, mirror));
}

static struct zr_audit_place place_of(const struct zr_audit *audit, unsigned int mirror)
{
	struct zr_audit_place place = ZR_AUDIT_NOWHERE;

	if (is_zoned(audit))
		place.zone = zr_sblog_zone(mirror, audit->dev->geo.zone_size);
	return place;
}

/*
 * libblkid and btrfs-progs take the end of a full zone for its length, not for its capacity, and a
 * zone for full by its condition only.
 */
static bool misleads_tools(const struct zr_zone pair[2], enum zr_sblog_state state)
{
	bool full[2];
	int i;

	if (state == ZR_SBLOG_FIXED || state == ZR_SBLOG_EMPTY || state == ZR_SBLOG_BROKEN)
		return false;
	for (i = 0; i < 2; i++)
		full[i] = zr_zone_written(&pair[i]) + ZR_SB_SIZE > pair[i].cap &&
			  pair[i].cap < pair[i].len;
	if (state == ZR_SBLOG_COMPARE)
		return full[0] || full[1];
	return state == ZR_SBLOG_FIRST ? full[0] : full[1];
}

static enum zr_check_kind kind_of_failure(int code)
{
	switch (code) {
	case ZR_E_SBLOG:
		return ZR_CHECK_SUPER_LOG;
	case ZR_E_CSUM:
		return ZR_CHECK_SUPER_CSUM;
	case ZR_E_NOT_BTRFS:
	case ZR_E_OFFSET:
	case ZR_E_SHORT:
		return ZR_CHECK_SUPER_NONE;
	default:
		return ZR_CHECK_SUPER_FIELD;
	}
}

static bool is_about_contents(int rc)
{
	return rc == -ZR_E_NOT_BTRFS || zr_error_class(rc) == ZR_CLASS_CORRUPT ||
	       zr_error_class(rc) == ZR_CLASS_UNSUPPORTED;
}

static void tell_superblock(struct zr_audit *audit, unsigned int mirror,
			    const struct zr_super *super, uint64_t physical)
{
	struct zr_check_superblock superblock = {
		.mirror = mirror,
		.state = state_name(state_of(audit, mirror)),
		.valid = super != NULL,
		.physical = super ? physical : 0,
		.generation = super ? super->generation : 0,
	};

	if (audit->listener && audit->listener->superblock)
		audit->listener->superblock(&superblock, audit->listener->context);
}

static void take_primary(struct zr_audit *audit, const struct zr_super *super)
{
	struct zr_check_summary *summary = audit->summary;
	enum zr_sblog_state state = state_of(audit, 0);

	summary->has_super = 1;
	memcpy(summary->fsid, super->fsid, sizeof(summary->fsid));
	summary->devid = super->devid;
	summary->generation = super->generation;
	summary->total_bytes = super->dev_total_bytes;
	if (is_zoned(audit) && misleads_tools(pair_of(audit, 0), state))
		zr_audit_find(audit, ZR_CHECK_SUPER_TOOLS, place_of(audit, 0),
			      "superblock: the current entry is in a full zone whose capacity is "
			      "below its size, so libblkid and btrfs-progs look in another place");
}

static int audit_primary(struct zr_audit *audit, struct zr_super *super, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	uint64_t physical;
	int rc = zr_super_read(audit->dev, super, &physical, &reason);

	if (!rc) {
		tell_superblock(audit, 0, super, physical);
		take_primary(audit, super);
		return 0;
	}
	if (!is_about_contents(rc))
		return zr_audit_pass(rc, &reason, err);
	tell_superblock(audit, 0, NULL, 0);
	zr_audit_find(audit, kind_of_failure(reason.code), place_of(audit, 0), "%s", reason.text);
	return 0;
}

/* A pair that the file system does not reach is written by no kernel, and yet looked at by all. */
static void audit_beyond(struct zr_audit *audit, unsigned int mirror)
{
	const struct zr_zone *pair = pair_of(audit, mirror);

	if (zr_zone_written(&pair[0]) && zr_zone_is_sequential(&pair[0]))
		zr_audit_find(
			audit, ZR_CHECK_COPY_BEYOND, place_of(audit, mirror),
			"superblock copy %u: lies beyond the end of the file system at %" PRIu64
			", no kernel brings it up to date",
			mirror, audit->summary->total_bytes);
}

static int audit_copy(struct zr_audit *audit, unsigned int mirror, struct zr_super *super,
		      struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	uint64_t physical;
	int rc = zr_super_read_copy(audit->dev, mirror, super, &physical, &reason);

	/* Kernels that mount read copies only to tell which of two full zones is newer. */
	if (rc && !is_about_contents(rc) && zr_error_class(reason.code) != ZR_CLASS_SOURCE_IO)
		return zr_audit_pass(rc, &reason, err);
	tell_superblock(audit, mirror, rc ? NULL : super, physical);
	if (rc)
		zr_audit_find(audit,
			      state_of(audit, mirror) == ZR_SBLOG_COMPARE ? ZR_CHECK_COPY_LOG
									  : ZR_CHECK_COPY_BAD,
			      place_of(audit, mirror), "superblock copy %u: %s", mirror,
			      reason.text);
	else if (super->generation != audit->summary->generation)
		zr_audit_find(audit, ZR_CHECK_COPY_OLD, place_of(audit, mirror),
			      "superblock copy %u: has generation %" PRIu64
			      ", the first has %" PRIu64,
			      mirror, super->generation, audit->summary->generation);
	return 0;
}

/* Every pair that the device has is looked at when it is mounted, whether it is used or not. */
static int audit_mirror(struct zr_audit *audit, unsigned int mirror, struct zr_super *super,
			struct zr_error *err)
{
	const struct zr_geometry *geo = &audit->dev->geo;

	if (is_zoned(audit) && !zr_sblog_exists(geo, mirror))
		return 0;
	if (state_of(audit, mirror) == ZR_SBLOG_BROKEN) {
		tell_superblock(audit, mirror, NULL, 0);
		zr_audit_find(audit, ZR_CHECK_COPY_LOG, place_of(audit, mirror),
			      "superblock copy %u: its two log zones contradict each other",
			      mirror);
		return 0;
	}
	if (!audit->summary->has_super)
		return 0;
	if (zr_sb_copy_exists(geo, mirror, audit->summary->total_bytes))
		return audit_copy(audit, mirror, super, err);
	if (is_zoned(audit))
		audit_beyond(audit, mirror);
	return 0;
}

int zr_audit_supers(struct zr_audit *audit, struct zr_error *err)
{
	struct zr_super *super = malloc(sizeof(*super));
	unsigned int mirror;
	int rc;

	if (!super)
		return zr_fail_nomem(err);
	rc = audit_primary(audit, super, err);
	for (mirror = 1; mirror < ZR_SB_MIRRORS && !rc; mirror++)
		rc = audit_mirror(audit, mirror, super, err);
	free(super);
	return rc;
}
