// SPDX-License-Identifier: LGPL-2.1-or-later
#include "super_read.h"

#include "buffer.h"
#include "feature.h"
#include "sblog.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static int read_at(struct zr_device *dev, uint64_t physical, uint8_t *raw, struct zr_error *err)
{
	if (dev->geo.size < physical || dev->geo.size - physical < ZR_SB_SIZE)
		return zr_fail(err, ZR_E_SHORT,
			       "%s: device too small for a btrfs superblock, found %llu bytes",
			       dev->path, (ull)dev->geo.size);
	return zr_device_read(dev, physical, raw, ZR_SB_SIZE, err);
}

/* As the kernel does, by what the slots say of themselves; a wrong checksum is found afterwards. */
static int slot_generation(struct zr_device *dev, const struct zr_zone *zone, uint8_t *raw,
			   uint64_t *generation, struct zr_error *err)
{
	int rc = read_at(dev, zr_sblog_last_slot(zone), raw, err);

	*generation = rc ? 0 : zr_super_generation(raw);
	return rc;
}

static int newest_of_two(struct zr_device *dev, const struct zr_zone pair[2], uint8_t *raw,
			 uint64_t *physical, struct zr_error *err)
{
	uint64_t generation[2];
	int i;

	for (i = 0; i < 2; i++) {
		int rc = slot_generation(dev, &pair[i], raw, &generation[i], err);

		if (rc)
			return rc;
	}
	*physical = zr_sblog_last_slot(&pair[zr_sblog_compare(generation)]);
	return 0;
}

static int locate_in_log(struct zr_device *dev, unsigned int mirror, uint8_t *raw,
			 uint64_t *physical, struct zr_error *err)
{
	struct zr_zone pair[2];
	int rc;

	if (dev->geo.zone_count < 2)
		return zr_fail(err, ZR_E_SHORT, "%s: no room for a superblock log, found %u zones",
			       dev->path, dev->geo.zone_count);
	rc = zr_device_report(dev, (uint32_t)zr_sblog_zone(mirror, dev->geo.zone_size), 2, pair,
			      err);
	if (rc)
		return rc;
	switch (zr_sblog_state(pair)) {
	case ZR_SBLOG_FIXED:
		*physical = pair[0].start;
		return 0;
	case ZR_SBLOG_FIRST:
		*physical = zr_sblog_newest(&pair[0]);
		return 0;
	case ZR_SBLOG_SECOND:
		*physical = zr_sblog_newest(&pair[1]);
		return 0;
	case ZR_SBLOG_COMPARE:
		return newest_of_two(dev, pair, raw, physical, err);
	case ZR_SBLOG_EMPTY:
		return zr_fail(err, ZR_E_NOT_BTRFS,
			       "%s: superblock log is empty, no superblock was written", dev->path);
	case ZR_SBLOG_BROKEN:
		break;
	}
	return zr_fail(err, ZR_E_SBLOG,
		       "%s: invalid state of superblock log zones, first is %s, second is %s",
		       dev->path, zr_zone_cond_name(pair[0].cond), zr_zone_cond_name(pair[1].cond));
}

/*
 * The write pointer of a read-only zone is lost, so a kernel takes it for full and looks at its
 * last entry only.
 */
static int refuse_read_only(struct zr_device *dev, uint64_t physical, const uint8_t *raw,
			    struct zr_error *err)
{
	uint32_t zone_no = (uint32_t)(physical / dev->geo.zone_size);
	struct zr_zone zone;
	int rc;

	if (zr_super_generation(raw))
		return 0;
	rc = zr_device_report(dev, zone_no, 1, &zone, err);
	if (rc || zone.cond != ZR_COND_READONLY)
		return rc;
	return zr_fail(
		err, ZR_E_SBLOG,
		"%s: superblock log zone %u is read-only, and the last entry that it has room "
		"for is no superblock",
		dev->path, zone_no);
}

static int read_and_decode(struct zr_device *dev, unsigned int mirror, uint64_t physical,
			   uint8_t *raw, struct zr_super *super, struct zr_error *err)
{
	int rc = read_at(dev, physical, raw, err);

	if (rc)
		return rc;
	if (err && !err->code)
		err->physical = physical;
	if (dev->geo.model != ZR_MODEL_REGULAR)
		rc = refuse_read_only(dev, physical, raw, err);
	return rc ? rc : zr_super_decode(raw, zr_sb_offset(mirror), super, err);
}

int zr_super_read_at(struct zr_device *dev, uint64_t physical, struct zr_super *super,
		     struct zr_error *err)
{
	zr_autofree uint8_t *raw = zr_buffer_alloc(ZR_SB_SIZE);

	if (!raw)
		return zr_fail_nomem(err);
	return read_and_decode(dev, 0, physical, raw, super, err);
}

int zr_super_read_copy(struct zr_device *dev, unsigned int mirror, struct zr_super *super,
		       uint64_t *physical, struct zr_error *err)
{
	zr_autofree uint8_t *raw = zr_buffer_alloc(ZR_SB_SIZE);
	int rc = 0;

	if (!raw)
		return zr_fail_nomem(err);
	*physical = zr_sb_offset(mirror);
	if (dev->geo.model != ZR_MODEL_REGULAR)
		rc = locate_in_log(dev, mirror, raw, physical, err);
	return rc ? rc : read_and_decode(dev, mirror, *physical, raw, super, err);
}

int zr_super_read(struct zr_device *dev, struct zr_super *super, uint64_t *physical,
		  struct zr_error *err)
{
	return zr_super_read_copy(dev, 0, super, physical, err);
}

/* No kernel mounts a copy, and an fsync writes none: what is in it may be abandoned, or incomplete.
 */
static int refuse_newer(const struct zr_device *dev, const struct zr_super *super,
			const struct zr_super *copy, uint64_t place, struct zr_error *err)
{
	if (memcmp(copy->fsid, super->fsid, sizeof(super->fsid)) || copy->devid != super->devid ||
	    copy->generation <= super->generation)
		return 0;
	return zr_fail(
		err, ZR_E_GENERATION,
		"%s: superblock has generation %llu, its copy at %llu has %llu: a commit was "
		"interrupted; mount the file system once",
		dev->path, (ull)super->generation, (ull)place, (ull)copy->generation);
}

static int check_copies(struct zr_device *dev, const struct zr_super *super, struct zr_super *copy,
			struct zr_error *err)
{
	unsigned int mirror;
	int rc = 0;

	for (mirror = 1; mirror < ZR_SB_MIRRORS && !rc; mirror++) {
		uint64_t place;

		if (zr_sb_copy_exists(&dev->geo, mirror, super->dev_total_bytes) &&
		    !zr_super_read_copy(dev, mirror, copy, &place, NULL))
			rc = refuse_newer(dev, super, copy, place, err);
	}
	return rc;
}

/* A bad superblock is a failure as for a kernel, but one that a good copy is a remedy for. */
static int name_remedy(struct zr_device *dev, const struct zr_error *reason, struct zr_super *copy,
		       struct zr_error *err)
{
	unsigned int mirror;

	for (mirror = 1; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t place;

		if (zr_super_read_copy(dev, mirror, copy, &place, NULL) || zr_super_is_zoned(copy))
			continue;
		if (err && !err->code)
			err->physical = reason->physical;
		return zr_fail(err, reason->code,
			       "%.200s; the copy at %llu is good, with generation %llu: \"btrfs "
			       "rescue super-recover\" puts it in place, without what was only "
			       "fsynced",
			       reason->text, (ull)place, (ull)copy->generation);
	}
	if (err && !err->code)
		*err = *reason;
	return -reason->code;
}

int zr_super_read_regular(struct zr_device *dev, struct zr_super *super, uint64_t *physical,
			  struct zr_error *err)
{
	zr_autofree struct zr_super *copy = malloc(sizeof(*copy));
	struct zr_error reason = ZR_ERROR_INIT;

	if (!copy)
		return zr_fail_nomem(err);
	if (zr_super_read(dev, super, physical, &reason)) {
		if (dev->geo.model == ZR_MODEL_REGULAR && reason.code != ZR_E_NOT_BTRFS)
			return name_remedy(dev, &reason, copy, err);
		if (err && !err->code)
			*err = reason;
		return -reason.code;
	}
	if (dev->geo.model != ZR_MODEL_REGULAR || zr_super_is_zoned(super))
		return 0;
	return check_copies(dev, super, copy, err);
}

int zr_super_unchanged(struct zr_device *dev, const struct zr_super *super, uint64_t physical,
		       struct zr_error *err)
{
	struct zr_super *now = malloc(sizeof(*now));
	uint64_t place;
	int rc;

	if (!now)
		return zr_fail_nomem(err);
	rc = zr_super_read(dev, now, &place, err);
	if (!rc && (place != physical || !zr_super_same(now->raw, super->raw)))
		rc = zr_fail(err, ZR_E_SOURCE_CHANGED,
			     "%s: the source changed, superblock at %llu has generation %llu, at "
			     "the start it was at %llu with %llu",
			     dev->path, (ull)place, (ull)now->generation, (ull)physical,
			     (ull)super->generation);
	free(now);
	return rc;
}
