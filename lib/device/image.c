// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A zoned image as a device.
 */
#include "image.h"
#include "image_file.h"
#include "range.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct image *image_of(struct zr_device *dev)
{
	return (struct image *)dev;
}

static uint32_t zone_at(const struct image *image, uint64_t physical)
{
	return (uint32_t)(physical / image->dev.geo.zone_size);
}

static int report_zones(struct zr_device *dev, uint32_t first, uint32_t count,
			struct zr_zone *zones, struct zr_error *err)
{
	struct image *image = image_of(dev);
	uint32_t i;

	(void)err;
	pthread_mutex_lock(&image->lock);
	for (i = 0; i < count; i++)
		zones[i] = image->zones[first + i].zone;
	pthread_mutex_unlock(&image->lock);
	return 0;
}

/*
 * Read a part of one zone: data below the write pointer, zeroes above it. All of it is read, as
 * direct I/O does not end at any byte.
 */
static int read_zone(struct image *image, const struct zr_zone *zone, uint64_t physical,
		     uint8_t *buffer, size_t len, struct zr_error *err)
{
	uint64_t written = zone->start + zr_zone_written(zone);
	size_t data = physical < written ? (size_t)zr_min64(len, written - physical) : 0;
	int ret = 0;

	if (zone->cond == ZR_COND_OFFLINE)
		return zr_device_fail(&image->dev, physical, image->dev.codes->read, 0, err, "read",
				      "zone is offline");
	if (data)
		ret = zr_file_read(&image->dev, image->data_fd, physical, buffer, len, err);
	memset(buffer + data, 0, len - data);
	return ret;
}

static int read_zones(struct image *image, uint64_t physical, void *buffer, size_t len,
		      struct zr_error *err)
{
	size_t done = 0;
	int ret = 0;

	while (done < len && !ret) {
		uint64_t at = physical + done;
		const struct zr_zone *zone = &image->zones[zone_at(image, at)].zone;
		size_t part = (size_t)zr_min64(len - done, zone->start + zone->len - at);

		ret = read_zone(image, zone, at, (uint8_t *)buffer + done, part, err);
		done += part;
	}
	return ret;
}

/* Zones do not change under those who only read, and many of them may read at once. */
static int read_bytes(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		      struct zr_error *err)
{
	struct image *image = image_of(dev);
	int ret;

	if (!dev->writable)
		return read_zones(image, physical, buffer, len, err);
	pthread_mutex_lock(&image->lock);
	ret = read_zones(image, physical, buffer, len, err);
	pthread_mutex_unlock(&image->lock);
	return ret;
}

/* Data is in the file now: move the write pointer, and the condition with it. */
static int advance(struct image *image, uint32_t zone_no, size_t len, struct zr_error *err)
{
	struct image_zone *it = &image->zones[zone_no];
	struct zr_zone *zone = &it->zone;

	zone->wp += len;
	it->dirty = true;
	if (zone->wp == zone->start + zone->cap)
		zr_image_set_cond(image, it, ZR_COND_FULL);
	else if (zone->cond == ZR_COND_EMPTY || zone->cond == ZR_COND_CLOSED)
		zr_image_set_cond(image, it, ZR_COND_IMP_OPEN);
	else
		return 0;
	return zr_image_store(image, zone_no, err);
}

static int write_zone(struct image *image, uint64_t physical, const void *buffer, size_t len,
		      struct zr_error *err)
{
	uint32_t zone_no = zone_at(image, physical);
	struct image_zone *it = &image->zones[zone_no];
	bool sequential = zr_zone_is_sequential(&it->zone);
	int ret = zr_image_may_write(image, it, physical, len, err);

	if (!ret && sequential)
		ret = zr_image_make_room(image, it, true, err);
	if (!ret)
		ret = zr_file_write(&image->dev, image->data_fd, physical, buffer, len, err);
	if (!ret && sequential)
		ret = advance(image, zone_no, len, err);
	return ret;
}

static int write_bytes(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		       struct zr_error *err)
{
	struct image *image = image_of(dev);
	int ret;

	pthread_mutex_lock(&image->lock);
	ret = write_zone(image, physical, buffer, len, err);
	pthread_mutex_unlock(&image->lock);
	return ret;
}

static int zone_command(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			struct zr_error *err)
{
	struct image *image = image_of(dev);
	int ret;

	pthread_mutex_lock(&image->lock);
	ret = zr_image_zone_op(image, op, zone_no, err);
	pthread_mutex_unlock(&image->lock);
	return ret;
}

static int flush_data(struct zr_device *dev, struct zr_error *err)
{
	struct image *image = image_of(dev);
	int ret;

	pthread_mutex_lock(&image->lock);
	ret = zr_file_sync(dev, image->data_fd, err);
	if (!ret)
		ret = zr_image_store_dirty(image, err);
	if (!ret)
		ret = zr_file_sync(dev, image->info_fd, err);
	pthread_mutex_unlock(&image->lock);
	return ret;
}

static void close_device(struct zr_device *dev)
{
	struct image *image = image_of(dev);
	int ret = 0;

	/*
	 * Nobody can be told here; who needs to know flushes first. After a failed flush the
	 * records must not count data that may be lost.
	 */
	if (dev->writable && image->zones && !dev->flush_failed)
		ret = zr_image_store_dirty(image, NULL);
	(void)ret;
	if (image->data_fd >= 0)
		close(image->data_fd);
	if (image->info_fd >= 0)
		close(image->info_fd);
	free(image->zones);
	pthread_mutex_destroy(&image->lock);
	zr_device_fini(dev);
	free(image);
}

static const struct zr_device_ops backend_ops = {
	.report = report_zones,
	.read = read_bytes,
	.write = write_bytes,
	.zone_op = zone_command,
	.flush = flush_data,
	.close = close_device,
};

static int open_info(struct image *image, int flags, struct zr_error *err)
{
	int ret;

	image->info_fd = open(image->dev.path, flags);
	if (image->info_fd < 0)
		return zr_open_fail(image->dev.path, errno, err);
	ret = zr_file_lock(image->info_fd, image->dev.path, image->dev.writable, err);
	return ret ? ret : zr_image_load(image, err);
}

static int open_data(struct image *image, int flags, struct zr_error *err)
{
	char *path = zr_image_data_path(image->dev.path);
	struct stat st;
	int ret = 0;

	if (!path)
		return zr_fail_nomem(err);
	image->data_fd = zr_open_direct(path, flags);
	if (image->data_fd < 0 || fstat(image->data_fd, &st))
		ret = zr_open_fail(path, errno, err);
	else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < image->dev.geo.size)
		ret = zr_fail(err, ZR_E_IMAGE,
			      "zoned image: %s, data file too short, found %" PRIu64
			      " expected %" PRIu64,
			      path, (uint64_t)st.st_size, image->dev.geo.size);
	free(path);
	return ret;
}

int zr_image_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		  struct zr_error *err)
{
	struct image *image = calloc(1, sizeof(*image));
	int flags;
	int ret;

	if (!image)
		return zr_fail_nomem(err);
	pthread_mutex_init(&image->lock, NULL);
	image->info_fd = -1;
	image->data_fd = -1;
	ret = zr_device_init(&image->dev, &backend_ops, path, role, err);
	flags = O_CLOEXEC | (image->dev.writable ? O_RDWR : O_RDONLY);
	if (!ret)
		ret = open_info(image, flags, err);
	if (!ret)
		ret = open_data(image, flags, err);
	if (ret) {
		close_device(&image->dev);
		return ret;
	}
	zr_image_count(image);
	*dev = &image->dev;
	return 0;
}
