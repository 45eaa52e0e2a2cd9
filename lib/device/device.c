// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which backend a path needs, and the checks that hold for every backend.
 */
#include "backend.h"
#include "buffer.h"
#include "image.h"
#include "range.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#define BLOCK_MIN 512

static int open_backend(struct zr_device **dev, const char *path, enum zr_device_role role,
			struct zr_error *err)
{
	struct stat st;

	if (stat(path, &st))
		return zr_open_fail(path, errno, err);
	if (S_ISBLK(st.st_mode) && zr_zbd_is_zoned(path))
		return zr_zbd_open(dev, path, role, err);
	if (S_ISREG(st.st_mode) && zr_image_is_name(path))
		return zr_image_open(dev, path, role, err);
	if (S_ISREG(st.st_mode) && zr_image_is_data_name(path))
		return zr_fail(err, ZR_E_IMAGE,
			       "open: %s, is the data of a zoned image, name its info file", path);
	if (S_ISBLK(st.st_mode) || S_ISREG(st.st_mode))
		return zr_plain_open(dev, path, role, err);
	return zr_fail(err, ZR_E_OPEN, "open: %s, is neither a block device nor a file", path);
}

static int check_geometry(const struct zr_device *dev, struct zr_error *err)
{
	const struct zr_geometry *geo = &dev->geo;

	if (!zr_is_power_of_two(geo->logical_block) || geo->logical_block < BLOCK_MIN ||
	    geo->logical_block > ZR_BUFFER_ALIGN)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "logical block size: %s, not supported, found %" PRIu32
			       " expected a power of two from %d to %d",
			       dev->path, geo->logical_block, BLOCK_MIN, ZR_BUFFER_ALIGN);
	if (!geo->size || !zr_is_aligned(geo->size, geo->logical_block))
		return zr_fail(err, ZR_E_GEOMETRY,
			       "size: %s, not whole blocks, found %" PRIu64
			       " expected a multiple of %" PRIu32,
			       dev->path, geo->size, geo->logical_block);
	return 0;
}

int zr_device_check(struct zr_device *dev, struct zr_error *err)
{
	struct zr_zone *zones = NULL;
	int ret = check_geometry(dev, err);

	if (ret || dev->geo.model == ZR_MODEL_REGULAR)
		return ret;
	ret = zr_device_zones(dev, &zones, err);
	free(zones);
	return ret;
}

int zr_device_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		   struct zr_error *err)
{
	struct zr_device *opened = NULL;
	int ret = open_backend(&opened, path, role, err);

	*dev = NULL;
	if (ret)
		return ret;
	ret = zr_device_check(opened, err);
	if (ret)
		zr_device_close(opened);
	else
		*dev = opened;
	return ret;
}

int zr_device_emulate(struct zr_device *dev, uint64_t zone_size, struct zr_error *err)
{
	uint64_t count;
	int ret;

	if (dev->geo.model != ZR_MODEL_REGULAR)
		return 0;
	ret = zr_zone_size_check(dev->path, zone_size, err);
	if (ret)
		return ret;
	count = zr_div_up(dev->geo.size, zone_size);
	if (count > UINT32_MAX)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "emulated zones: %s, too many, found %" PRIu64
			       " expected at most %" PRIu32,
			       dev->path, count, UINT32_MAX);
	dev->geo.zone_size = zone_size;
	dev->geo.zone_count = (uint32_t)count;
	return 0;
}

int zr_device_zones(struct zr_device *dev, struct zr_zone **zones, struct zr_error *err)
{
	uint32_t count = dev->geo.zone_count;
	struct zr_zone *report = calloc(count ? count : 1, sizeof(*report));
	int ret;

	*zones = NULL;
	if (!report)
		return zr_fail_nomem(err);
	ret = zr_device_report(dev, 0, count, report, err);
	if (!ret)
		ret = zr_zones_check(dev->path, &dev->geo, report, ZR_E_ZONE_REPORT, err);
	if (ret)
		free(report);
	else
		*zones = report;
	return ret;
}

int zr_device_report(struct zr_device *dev, uint32_t first, uint32_t count, struct zr_zone *zones,
		     struct zr_error *err)
{
	if (!zr_range_fits(first, count, dev->geo.zone_count))
		return zr_fail(err, dev->codes->zones,
			       "zone report: %s, no such zones, found %" PRIu32 " from %" PRIu32
			       " expected within %" PRIu32,
			       dev->path, count, first, dev->geo.zone_count);
	return dev->ops->report(dev, first, count, zones, err);
}

static int check_transfer(const struct zr_device *dev, const char *what, int code,
			  uint64_t physical, const void *buffer, size_t len, struct zr_error *err)
{
	const struct zr_geometry *geo = &dev->geo;

	if (!zr_range_fits(physical, len, geo->size))
		return zr_device_fail(
			dev, physical, code, 0, err, what,
			"outside the device, found %zu bytes expected end at most %" PRIu64, len,
			geo->size);
	if (!zr_is_aligned(physical, geo->logical_block) || !zr_is_aligned(len, geo->logical_block))
		return zr_device_fail(dev, physical, code, 0, err, what,
				      "not aligned, found %zu bytes expected multiples of %" PRIu32,
				      len, geo->logical_block);
	if (!zr_is_aligned((uintptr_t)buffer, ZR_BUFFER_ALIGN))
		return zr_device_fail(dev, physical, ZR_E_INTERNAL, 0, err, what,
				      "buffer not aligned, found %p expected a multiple of %d",
				      buffer, ZR_BUFFER_ALIGN);
	return 0;
}

int zr_device_read(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		   struct zr_error *err)
{
	int ret = check_transfer(dev, "read", dev->codes->read, physical, buffer, len, err);

	return ret ? ret : dev->ops->read(dev, physical, buffer, len, err);
}

/* Comes before all else: a source's code for writing is none. */
static int check_writable(const struct zr_device *dev, const char *what, struct zr_error *err)
{
	if (dev->writable)
		return 0;
	return zr_fail(err, ZR_E_INTERNAL, "%s: %s, is open for reading", what, dev->path);
}

int zr_device_write(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		    struct zr_error *err)
{
	int ret = check_writable(dev, "write", err);

	if (!ret)
		ret = check_transfer(dev, "write", dev->codes->write, physical, buffer, len, err);
	return ret ? ret : dev->ops->write(dev, physical, buffer, len, err);
}

int zr_device_zone_op(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
		      struct zr_error *err)
{
	int ret = check_writable(dev, "zone command", err);

	if (ret)
		return ret;
	if (zone_no >= dev->geo.zone_count)
		return zr_fail(err, ZR_E_ZONE_RULE,
			       "zone command: %s zone %" PRIu32
			       ", no such zone, expected below %" PRIu32,
			       dev->path, zone_no, dev->geo.zone_count);
	return dev->ops->zone_op(dev, op, zone_no, err);
}

int zr_device_flush(struct zr_device *dev, struct zr_error *err)
{
	return dev->writable ? dev->ops->flush(dev, err) : 0;
}

void zr_device_close(struct zr_device *dev)
{
	if (dev)
		dev->ops->close(dev);
}
