// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * New zoned images.
 */
#include "buffer.h"
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

#define VENDOR "btrfs-zreplace image"

/* The info file as it will be, in one piece. */
struct info {
	struct image_header header;
	struct image_record records[];
};

static size_t info_len(const struct zr_geometry *geo)
{
	return sizeof(struct info) + geo->zone_count * sizeof(struct image_record);
}

static int check_request(const char *path, const struct zr_geometry *geo, struct zr_error *err)
{
	if (!zr_image_is_name(path))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "new image: %s, name does not end in _zone_info.dump", path);
	if (geo->model != ZR_MODEL_HOST_MANAGED)
		return zr_fail(err, ZR_E_ARGUMENT, "new image: %s, an image must have zones", path);
	if (!zr_is_power_of_two(geo->logical_block) || geo->logical_block < IMAGE_SECTOR ||
	    geo->logical_block > ZR_BUFFER_ALIGN)
		return zr_fail(err, ZR_E_ARGUMENT,
			       "new image: %s, logical block size, found %" PRIu32
			       " expected a power of two from %d to %d",
			       path, geo->logical_block, IMAGE_SECTOR, ZR_BUFFER_ALIGN);
	if (!zr_is_aligned(geo->size, geo->logical_block))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "new image: %s, size, found %" PRIu64
			       " expected a multiple of %" PRIu32,
			       path, geo->size, geo->logical_block);
	return 0;
}

/* The zones as a new device reports them, checked as every report is. */
static int new_zones(const char *path, const struct zr_geometry *geo, const struct zr_zone *wanted,
		     struct zr_zone **zones, struct zr_error *err)
{
	struct zr_zone *made = calloc(geo->zone_count ? geo->zone_count : 1, sizeof(*made));
	uint32_t i;
	int ret;

	if (!made)
		return zr_fail_nomem(err);
	for (i = 0; i < geo->zone_count; i++) {
		bool sequential = zr_zone_is_sequential(&wanted[i]);

		made[i] = wanted[i];
		made[i].cond = sequential ? ZR_COND_EMPTY : ZR_COND_NOT_WP;
		made[i].wp = wanted[i].start + (sequential ? 0 : wanted[i].len);
	}
	ret = zr_zones_check(path, geo, made, ZR_E_ARGUMENT, err);
	if (ret)
		free(made);
	else
		*zones = made;
	return ret;
}

static void fill_header(struct image_header *header, const struct zr_geometry *geo)
{
	memcpy(header->vendor_id, VENDOR, sizeof(VENDOR));
	header->nr_sectors = geo->size / IMAGE_SECTOR;
	header->nr_lblocks = geo->size / geo->logical_block;
	header->nr_pblocks = geo->size / geo->logical_block;
	header->zone_size = geo->zone_size;
	header->zone_sectors = (uint32_t)(geo->zone_size / IMAGE_SECTOR);
	header->lblock_size = geo->logical_block;
	header->pblock_size = geo->logical_block;
	header->nr_zones = geo->zone_count;
	header->max_nr_open_zones = geo->max_open;
	header->max_nr_active_zones = geo->max_active;
	header->model = IMAGE_HOST_MANAGED;
	header->zend = geo->zone_count;
}

static int make_info(struct info **info, const char *path, const struct zr_geometry *geo,
		     const struct zr_zone *wanted, struct zr_error *err)
{
	struct zr_zone *zones = NULL;
	struct info *made = NULL;
	int ret = new_zones(path, geo, wanted, &zones, err);
	uint32_t i;

	if (ret)
		return ret;
	made = calloc(1, info_len(geo));
	if (made) {
		fill_header(&made->header, geo);
		for (i = 0; i < geo->zone_count; i++) {
			struct image_zone it = { .zone = zones[i] };

			made->records[i] = zr_image_record(&it);
		}
	}
	free(zones);
	*info = made;
	return made ? 0 : zr_fail_nomem(err);
}

static int create_failed(const char *path, int sys_errno, struct zr_error *err)
{
	return zr_fail_errno(err, ZR_E_TARGET_WRITE, sys_errno, "new image: %s, writing it failed",
			     path);
}

/* Make a file of a length with some content at its start; on failure it is gone again. */
static int make_file(const char *path, const void *content, size_t len, uint64_t size,
		     struct zr_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	ssize_t n = 0;
	int ret = 0;

	if (fd < 0)
		return zr_open_fail(path, errno, err);
	if (len)
		n = write(fd, content, len);
	if (n < 0)
		ret = create_failed(path, errno, err);
	else if ((size_t)n != len)
		ret = create_failed(path, ENOSPC, err);
	else if (ftruncate(fd, (off_t)size) || fsync(fd))
		ret = create_failed(path, errno, err);
	if (close(fd) && !ret)
		ret = create_failed(path, errno, err);
	if (ret)
		unlink(path);
	return ret;
}

/* The info file comes last: with it the image exists. */
static int make_files(const char *path, const struct info *info, const struct zr_geometry *geo,
		      struct zr_error *err)
{
	char *data_path = zr_image_data_path(path);
	int ret;

	if (!data_path)
		return zr_fail_nomem(err);
	ret = make_file(data_path, NULL, 0, geo->size, err);
	if (!ret) {
		ret = make_file(path, info, info_len(geo), info_len(geo), err);
		if (ret)
			unlink(data_path);
	}
	free(data_path);
	return ret;
}

int zr_image_create(const char *path, const struct zr_geometry *geo, const struct zr_zone *zones,
		    struct zr_error *err)
{
	struct info *info = NULL;
	int ret = check_request(path, geo, err);

	if (!ret)
		ret = make_info(&info, path, geo, zones, err);
	if (!ret)
		ret = make_files(path, info, geo, err);
	free(info);
	return ret;
}
