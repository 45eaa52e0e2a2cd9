// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Regular block devices and files: no zones but those that btrfs emulates.
 */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkzoned.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file says no block size that O_DIRECT is sure to take; btrfs has no smaller sectors than this.
 */
#define FILE_BLOCK 4096

struct plain_device {
	struct zr_device dev;
	int fd;
};

static int descriptor(const struct zr_device *dev)
{
	return ((const struct plain_device *)dev)->fd;
}

static int report_zones(struct zr_device *dev, uint32_t first, uint32_t count,
			struct zr_zone *zones, struct zr_error *err)
{
	uint32_t i;

	(void)err;
	for (i = 0; i < count; i++)
		zones[i] = zr_zone_emulated(&dev->geo, first + i);
	return 0;
}

static int read_bytes(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		      struct zr_error *err)
{
	return zr_file_read(dev, descriptor(dev), physical, buffer, len, err);
}

static int write_bytes(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		       struct zr_error *err)
{
	return zr_file_write(dev, descriptor(dev), physical, buffer, len, err);
}

static int zone_command(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			struct zr_error *err)
{
	(void)op;
	return zr_device_fail(dev, zone_no * dev->geo.zone_size, ZR_E_ZONE_RULE, 0, err,
			      "zone command", "zone is conventional");
}

static int flush_data(struct zr_device *dev, struct zr_error *err)
{
	return zr_file_sync(dev, descriptor(dev), err);
}

static void close_device(struct zr_device *dev)
{
	struct plain_device *plain = (struct plain_device *)dev;

	if (plain->fd >= 0)
		close(plain->fd);
	zr_device_fini(dev);
	free(plain);
}

static const struct zr_device_ops backend_ops = {
	.report = report_zones,
	.read = read_bytes,
	.write = write_bytes,
	.zone_op = zone_command,
	.flush = flush_data,
	.close = close_device,
};

static int block_geometry(struct plain_device *plain, const char *path, struct zr_error *err)
{
	uint32_t zone_sectors = 0;
	uint64_t size;
	int block;

	/* Its sysfs folder may be out of sight; taking it for a regular one would destroy it. */
	if (!ioctl(plain->fd, BLKGETZONESZ, &zone_sectors) && zone_sectors)
		return zr_fail(err, ZR_E_OPEN, "open: %s, has zones but sysfs does not say so",
			       path);
	if (ioctl(plain->fd, BLKGETSIZE64, &size) || ioctl(plain->fd, BLKSSZGET, &block))
		return zr_open_fail(path, errno, err);
	plain->dev.geo.size = size;
	plain->dev.geo.logical_block = (uint32_t)block;
	return 0;
}

static int inspect(struct plain_device *plain, const char *path, struct zr_error *err)
{
	struct zr_device *dev = &plain->dev;
	struct stat st;
	int ret;

	if (fstat(plain->fd, &st))
		return zr_open_fail(path, errno, err);
	if (S_ISBLK(st.st_mode)) {
		ret = block_geometry(plain, path, err);
		dev->id = st.st_rdev;
	} else {
		ret = zr_file_lock(plain->fd, path, dev->writable, err);
		dev->geo.size = (uint64_t)st.st_size / FILE_BLOCK * FILE_BLOCK;
		dev->geo.logical_block = FILE_BLOCK;
	}
	if (ret)
		return ret;
	dev->geo.model = ZR_MODEL_REGULAR;
	dev->geo.seeks = !S_ISBLK(st.st_mode) || zr_block_seeks(st.st_rdev);
	dev->model = S_ISBLK(st.st_mode) ? zr_block_model(st.st_rdev) : strdup("");
	return dev->model ? 0 : zr_fail_nomem(err);
}

static int open_fd(struct plain_device *plain, const char *path, struct zr_error *err)
{
	int flags = O_CLOEXEC | (plain->dev.writable ? O_RDWR : O_RDONLY);
	struct stat st;

	if (stat(path, &st))
		return zr_open_fail(path, errno, err);
	if (S_ISBLK(st.st_mode))
		flags |= O_EXCL;
	plain->fd = zr_open_direct(path, flags);
	return plain->fd < 0 ? zr_open_fail(path, errno, err) : 0;
}

int zr_plain_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		  struct zr_error *err)
{
	struct plain_device *plain = calloc(1, sizeof(*plain));
	int ret;

	if (!plain)
		return zr_fail_nomem(err);
	plain->fd = -1;
	ret = zr_device_init(&plain->dev, &backend_ops, path, role, err);
	if (!ret)
		ret = open_fd(plain, path, err);
	if (!ret)
		ret = inspect(plain, path, err);
	if (ret)
		close_device(&plain->dev);
	else
		*dev = &plain->dev;
	return ret;
}
