// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Zoned block devices. The only file that names libzbd.
 */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <libzbd/zbd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* libzbd keeps what it knows in an array of this size, indexed by descriptor and not checked. */
#define ZBD_DESCRIPTORS 1024
/* What libzbd says for a limit that it does not know. */
#define ZBD_UNKNOWN 0xffffffffU

struct zbd_device {
	struct zr_device dev;
	int fd;
};

static int descriptor(const struct zr_device *dev)
{
	return ((const struct zbd_device *)dev)->fd;
}

/* libzbd fails with -1 and errno, or with the negative of errno, depending on the function. */
static int last_errno(int ret)
{
	if (errno)
		return errno;
	return ret < -1 ? -ret : EIO;
}

static void convert_zone(struct zr_zone *to, const struct zbd_zone *from)
{
	to->start = from->start;
	to->len = from->len;
	to->cap = from->capacity;
	to->wp = from->wp;
	to->type = (enum zr_zone_type)from->type;
	to->cond = (enum zr_zone_cond)from->cond;
}

static int report_zones(struct zr_device *dev, uint32_t first, uint32_t count,
			struct zr_zone *zones, struct zr_error *err)
{
	uint64_t start = first * dev->geo.zone_size;
	struct zbd_zone *report = calloc(count, sizeof(*report));
	unsigned int found = count;
	uint32_t i;
	int ret;

	if (!report)
		return zr_fail_nomem(err);
	errno = 0;
	ret = zbd_report_zones(descriptor(dev), (off_t)start, 0, ZBD_RO_ALL, report, &found);
	if (ret)
		ret = zr_device_fail(dev, start, dev->codes->zones, last_errno(ret), err,
				     "zone report", "failed");
	else if (found != count)
		ret = zr_device_fail(dev, start, dev->codes->zones, zr_gone_or(descriptor(dev), 0),
				     err, "zone report", "incomplete, found %u expected %u zones",
				     found, count);
	for (i = 0; i < count && !ret; i++)
		convert_zone(&zones[i], &report[i]);
	free(report);
	return ret;
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

static const struct {
	enum zbd_zone_op op;
	const char *name;
} commands[] = {
	[ZR_OP_RESET] = { ZBD_OP_RESET, "zone reset" },
	[ZR_OP_CLOSE] = { ZBD_OP_CLOSE, "zone close" },
	[ZR_OP_FINISH] = { ZBD_OP_FINISH, "zone finish" },
};

static int zone_command(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			struct zr_error *err)
{
	struct zr_zone zone;
	int ret = report_zones(dev, zone_no, 1, &zone, err);

	if (ret)
		return ret;
	/* Kernels differ in what they do to a conventional zone: ignore, reject or send on. */
	if (!zr_zone_is_sequential(&zone))
		return zr_device_fail(dev, zone.start, ZR_E_ZONE_RULE, 0, err, commands[op].name,
				      "zone is conventional");
	errno = 0;
	ret = zbd_zones_operation(descriptor(dev), commands[op].op, (off_t)zone.start,
				  (off_t)zone.len);
	if (ret)
		return zr_device_fail(dev, zone.start, dev->codes->zones, last_errno(ret), err,
				      commands[op].name, "zone is %s, failed",
				      zr_zone_cond_name(zone.cond));
	return 0;
}

static int flush_data(struct zr_device *dev, struct zr_error *err)
{
	return zr_file_sync(dev, descriptor(dev), err);
}

static void close_device(struct zr_device *dev)
{
	struct zbd_device *zbd = (struct zbd_device *)dev;

	if (zbd->fd >= 0)
		zbd_close(zbd->fd);
	zr_device_fini(dev);
	free(zbd);
}

static const struct zr_device_ops backend_ops = {
	.report = report_zones,
	.read = read_bytes,
	.write = write_bytes,
	.zone_op = zone_command,
	.flush = flush_data,
	.close = close_device,
};

static uint32_t known_limit(unsigned int limit)
{
	return limit == ZBD_UNKNOWN ? 0 : limit;
}

static void convert_info(struct zr_geometry *geo, const struct zbd_info *info, bool seeks)
{
	geo->model = ZR_MODEL_HOST_MANAGED;
	geo->size = info->nr_sectors * 512;
	geo->zone_size = info->zone_size;
	geo->zone_count = info->nr_zones;
	geo->max_active = known_limit(info->max_nr_active_zones);
	geo->max_open = known_limit(info->max_nr_open_zones);
	geo->logical_block = info->lblock_size;
	geo->seeks = seeks;
}

/* The next descriptor is the lowest free one, so another file can try its number. */
static int check_descriptor(const char *path, struct zr_error *err)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return zr_open_fail(path, errno, err);
	close(fd);
	if (fd < ZBD_DESCRIPTORS)
		return 0;
	return zr_fail(err, ZR_E_OPEN,
		       "open: %s, too many open files, found descriptor %d expected below %d", path,
		       fd, ZBD_DESCRIPTORS);
}

static int open_fd(struct zbd_device *zbd, const char *path, struct zr_error *err)
{
	int flags = O_DIRECT | O_EXCL | O_CLOEXEC | (zbd->dev.writable ? O_RDWR : O_RDONLY);
	struct zbd_info info;
	struct stat st;
	int ret = check_descriptor(path, err);

	if (ret)
		return ret;
	errno = 0;
	zbd->fd = zbd_open(path, flags, &info);
	if (zbd->fd < 0)
		return zr_open_fail(path, last_errno(zbd->fd), err);
	if (fstat(zbd->fd, &st))
		return zr_open_fail(path, errno, err);
	convert_info(&zbd->dev.geo, &info, zr_block_seeks(st.st_rdev));
	zbd->dev.id = st.st_rdev;
	zbd->dev.model = zr_block_model(st.st_rdev);
	return zbd->dev.model ? 0 : zr_fail_nomem(err);
}

bool zr_zbd_is_zoned(const char *path)
{
	zbd_set_log_level(ZBD_LOG_NONE);
	return zbd_device_is_zoned(path) > 0;
}

int zr_zbd_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		struct zr_error *err)
{
	struct zbd_device *zbd = calloc(1, sizeof(*zbd));
	int ret;

	if (!zbd)
		return zr_fail_nomem(err);
	zbd->fd = -1;
	ret = zr_device_init(&zbd->dev, &backend_ops, path, role, err);
	if (!ret)
		ret = open_fd(zbd, path, err);
	if (ret)
		close_device(&zbd->dev);
	else
		*dev = &zbd->dev;
	return ret;
}
