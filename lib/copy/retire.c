// SPDX-License-Identifier: LGPL-2.1-or-later
/* The end of a source: the one thing that is ever written to it. */
#include "buffer.h"
#include "device.h"
#include "sblog.h"
#include "source.h"
#include "super.h"
#include "super_read.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zreplace/job.h>

/* What identifies a device from the verification to its end, over a close and an open. */
struct retiring {
	char *path;
	struct zr_device *dev;
	struct zr_super super; /* as it was when the target was compared with it */
	uint64_t super_physical; /* where that was */
	struct zr_super found; /* of the mirror that is looked at */
};

/* Those that the target stands for, the source last. */
struct retired {
	struct retiring *list;
	size_t count;
};

/* A superblock at a fixed place loses its magic, as the kernel does it. */
static int clear_fixed(struct retiring *retiring, uint64_t physical, struct zr_error *err)
{
	struct zr_device *dev = retiring->dev;
	zr_autofree uint8_t *raw = zr_buffer_alloc(ZR_SB_SIZE);
	int rc;

	if (!raw)
		return zr_fail_nomem(err);
	rc = zr_device_read(dev, physical, raw, ZR_SB_SIZE, err);
	if (rc || !zr_super_is_magic(raw))
		return rc;
	zr_super_clear_magic(raw);
	return zr_device_write(dev, physical, raw, ZR_SB_SIZE, err);
}

/*
 * The zone without the newest entry goes first: a superblock that is older than the trees must
 * never be the one that a kernel finds.
 */
static int clear_log(struct retiring *retiring, unsigned int mirror, uint32_t first,
		     struct zr_error *err)
{
	struct zr_device *dev = retiring->dev;
	uint32_t newest = first;
	uint64_t physical;
	int rc;

	if (!zr_super_read_copy(dev, mirror, &retiring->found, &physical, NULL))
		newest = (uint32_t)(physical / dev->geo.zone_size);
	rc = zr_device_zone_op(dev, ZR_OP_RESET, newest == first ? first + 1 : first, err);
	return rc ? rc : zr_device_zone_op(dev, ZR_OP_RESET, newest, err);
}

static int clear_pair(struct retiring *retiring, unsigned int mirror, struct zr_error *err)
{
	struct zr_device *dev = retiring->dev;
	uint32_t first = (uint32_t)zr_sblog_zone(mirror, dev->geo.zone_size);
	struct zr_zone zone;
	int rc = zr_device_report(dev, first, 1, &zone, err);

	if (rc)
		return rc;
	if (!zr_zone_is_sequential(&zone))
		return clear_fixed(retiring, zone.start, err);
	return clear_log(retiring, mirror, first, err);
}

static int clear_mirror(struct retiring *retiring, unsigned int mirror, struct zr_error *err)
{
	const struct zr_geometry *geo = &retiring->dev->geo;
	uint64_t fixed = zr_sb_offset(mirror);

	if (geo->model == ZR_MODEL_HOST_MANAGED)
		return zr_sblog_exists(geo, mirror) ? clear_pair(retiring, mirror, err) : 0;
	return fixed + ZR_SB_SIZE <= geo->size ? clear_fixed(retiring, fixed, err) : 0;
}

/* The primary goes last, so that what was interrupted can be repeated. */
static int clear_mirrors(struct retiring *retiring, struct zr_error *err)
{
	unsigned int mirror = ZR_SB_MIRRORS;
	int rc = zr_super_unchanged(retiring->dev, &retiring->super, retiring->super_physical, err);

	while (!rc && mirror--) {
		rc = clear_mirror(retiring, mirror, err);
		if (!rc)
			rc = zr_device_flush(retiring->dev, err);
	}
	return rc;
}

/* Later reads may succeed, with other means: then the source is the only one that has it. */
static int fail_bad(const struct zr_source *source, struct zr_error *err)
{
	return zr_fail(err, ZR_E_SOURCE_BAD,
		       "source: %s, %llu bytes are bad in all copies and not on the target",
		       source->dev->path,
		       (unsigned long long)(source->counters.damaged + source->counters.lost));
}

static int take_device(struct retired *retired, const struct zr_device *dev,
		       const struct zr_super *super, uint64_t super_physical, struct zr_error *err)
{
	struct retiring *retiring = &retired->list[retired->count];

	retiring->path = strdup(dev->path);
	if (!retiring->path)
		return zr_fail_nomem(err);
	retiring->super = *super;
	retiring->super_physical = super_physical;
	retired->count++;
	return 0;
}

/* Two names of one device, or of one file: it would be equal to itself, and then gone. */
static int refuse_same(const char *path, const char *target_path, struct zr_error *err)
{
	struct stat source;
	struct stat target;
	bool same;

	if (stat(path, &source) || stat(target_path, &target))
		return 0;
	same = S_ISBLK(source.st_mode) && S_ISBLK(target.st_mode)
		       ? source.st_rdev == target.st_rdev
		       : source.st_dev == target.st_dev && source.st_ino == target.st_ino;
	if (!same)
		return 0;
	return zr_fail(err, ZR_E_ARGUMENT, "%s: is both what to retire and its target", path);
}

static int take_devices(struct retired *retired, const struct zr_source *source, bool all,
			const char *target_path, struct zr_error *err)
{
	size_t others = all ? source->members->count : 0;
	size_t i;
	int rc = 0;

	retired->list = calloc(others + 1, sizeof(*retired->list));
	if (!retired->list)
		return zr_fail_nomem(err);
	for (i = 0; i < others && !rc; i++) {
		const struct zr_member *member = &source->members->list[i];

		rc = refuse_same(member->dev->path, target_path, err);
		if (!rc)
			rc = take_device(retired, member->dev, &member->super,
					 member->super_physical, err);
	}
	return rc ? rc
		  : take_device(retired, source->dev, &source->super, source->super_physical, err);
}

static int compare(struct retired *retired, struct zr_source *source, const char *target_path,
		   zr_difference_fn difference, void *context, struct zr_verify_result *result,
		   struct zr_error *err)
{
	int rc = zr_verify_run(source, target_path, difference, context, result, err);

	if (!rc && (source->counters.damaged || source->counters.lost))
		rc = fail_bad(source, err);
	return rc ? rc : take_devices(retired, source, result->devices > 1, target_path, err);
}

static int retire(struct retiring *retiring, struct zr_error *err)
{
	int rc = zr_device_open(&retiring->dev, retiring->path, ZR_ROLE_RETIRE, err);

	if (rc)
		return rc;
	rc = clear_mirrors(retiring, err);
	zr_device_close(retiring->dev);
	return rc;
}

static void free_retired(struct retired *retired)
{
	while (retired->count)
		free(retired->list[--retired->count].path);
	free(retired->list);
}

int zr_source_retire(const char *source_path, const struct zr_source_options *options,
		     const char *target_path, zr_difference_fn difference, void *context,
		     struct zr_verify_result *result, struct zr_error *err)
{
	struct retired retired = { 0 };
	struct zr_source *source;
	size_t i;
	int rc = refuse_same(source_path, target_path, err);

	if (!rc)
		rc = zr_source_open(&source, source_path, options, err);
	if (rc)
		return rc;
	rc = compare(&retired, source, target_path, difference, context, result, err);
	zr_source_close(source);
	for (i = 0; i < retired.count && !rc; i++)
		rc = retire(&retired.list[i], err);
	free_retired(&retired);
	return rc;
}
