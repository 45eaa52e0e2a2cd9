// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The info file of an image: names, header, records.
 */
#include "image_file.h"
#include "image.h"
#include "range.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INFO_SUFFIX "_zone_info.dump"
#define DATA_SUFFIX "_zone_data.dump"

static bool ends_in(const char *path, const char *suffix)
{
	size_t len = strlen(path);
	size_t suffix_len = strlen(suffix);

	return len >= suffix_len && !strcmp(path + len - suffix_len, suffix);
}

bool zr_image_is_name(const char *path)
{
	return ends_in(path, INFO_SUFFIX);
}

bool zr_image_is_data_name(const char *path)
{
	return ends_in(path, DATA_SUFFIX);
}

char *zr_image_data_path(const char *info_path)
{
	char *path = strdup(info_path);

	if (path)
		memcpy(path + strlen(path) - strlen(INFO_SUFFIX), DATA_SUFFIX, strlen(DATA_SUFFIX));
	return path;
}

static int mismatch(const struct image *image, const char *what, uint64_t found, uint64_t expected,
		    struct zr_error *err)
{
	return zr_fail(err, ZR_E_IMAGE, "zoned image: %s, %s, found %" PRIu64 " expected %" PRIu64,
		       image->dev.path, what, found, expected);
}

/* Both ends of the arithmetic come from a file, so each factor is bounded before it is used. */
static int check_sizes(const struct image *image, const struct image_header *header,
		       struct zr_error *err)
{
	uint64_t size = header->nr_sectors * IMAGE_SECTOR;

	if (!size || size / IMAGE_SECTOR != header->nr_sectors || size > INT64_MAX)
		return zr_fail(err, ZR_E_IMAGE,
			       "zoned image: %s, impossible size, found %" PRIu64 " sectors",
			       image->dev.path, header->nr_sectors);
	if (!header->zone_size)
		return mismatch(image, "zone size", 0,
				(uint64_t)header->zone_sectors * IMAGE_SECTOR, err);
	if (header->zone_size != (uint64_t)header->zone_sectors * IMAGE_SECTOR)
		return mismatch(image, "zone size contradicts its sectors", header->zone_size,
				(uint64_t)header->zone_sectors * IMAGE_SECTOR, err);
	if (header->nr_zones != zr_div_up(size, header->zone_size))
		return mismatch(image, "number of zones contradicts the size", header->nr_zones,
				zr_div_up(size, header->zone_size), err);
	if (!header->lblock_size || header->nr_lblocks != size / header->lblock_size)
		return mismatch(image, "number of logical blocks contradicts the size",
				header->nr_lblocks,
				header->lblock_size ? size / header->lblock_size : 0, err);
	return 0;
}

static int check_header(const struct image *image, const struct image_header *header,
			struct zr_error *err)
{
	int ret = check_sizes(image, header, err);

	if (ret)
		return ret;
	if (header->model != IMAGE_HOST_MANAGED && header->model != IMAGE_HOST_AWARE)
		return mismatch(image, "unknown zone model", header->model, IMAGE_HOST_MANAGED,
				err);
	if (header->zstart)
		return mismatch(image, "dump of a part of the device, first zone", header->zstart,
				0, err);
	if (header->zend != header->nr_zones)
		return mismatch(image, "dump of a part of the device, end zone", header->zend,
				header->nr_zones, err);
	return 0;
}

static uint32_t known_limit(uint32_t limit)
{
	return limit == IMAGE_LIMIT_UNKNOWN ? 0 : limit;
}

static void take_geometry(struct zr_geometry *geo, const struct image_header *header)
{
	geo->model = ZR_MODEL_HOST_MANAGED;
	geo->size = header->nr_sectors * IMAGE_SECTOR;
	geo->zone_size = header->zone_size;
	geo->zone_count = header->nr_zones;
	geo->max_active = known_limit(header->max_nr_active_zones);
	geo->max_open = known_limit(header->max_nr_open_zones);
	geo->logical_block = header->lblock_size;
	geo->seeks = true;
}

static char *take_model(const struct image_header *header)
{
	char *model = strndup(header->vendor_id, IMAGE_VENDOR_LEN);
	size_t i;

	if (!model)
		return NULL;
	for (i = 0; model[i]; i++)
		if (!isprint((unsigned char)model[i]))
			model[i] = '?';
	while (i && model[i - 1] == ' ')
		model[--i] = 0;
	return model;
}

static struct image_zone take_record(const struct image_record *record)
{
	struct image_zone it = {
		.zone = {
			.start = record->start,
			.len = record->len,
			.cap = record->capacity,
			.wp = record->wp,
			.type = (enum zr_zone_type)record->type,
			.cond = (enum zr_zone_cond)record->cond,
		},
		.flags = record->flags,
	};

	/* What a device reports of an empty zone is not relied upon, but where it is written is. */
	if (it.zone.cond == ZR_COND_EMPTY)
		it.zone.wp = it.zone.start;
	return it;
}

struct image_record zr_image_record(const struct image_zone *it)
{
	struct image_record record = {
		.start = it->zone.start,
		.len = it->zone.len,
		.capacity = it->zone.cap,
		.wp = it->zone.wp,
		.flags = it->flags,
		.type = it->zone.type,
		.cond = it->zone.cond,
	};

	return record;
}

static int read_info(const struct image *image, void *buffer, size_t len, uint64_t offset,
		     struct zr_error *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(image->info_fd, (char *)buffer + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return zr_open_fail(image->dev.path, errno, err);
		if (n == 0)
			return mismatch(image, "info file too short", offset + done, offset + len,
					err);
		done += (size_t)n;
	}
	return 0;
}

static int load_zones(struct image *image, struct zr_error *err)
{
	size_t count = image->dev.geo.zone_count;
	struct image_record *records = calloc(count, sizeof(*records));
	size_t i;
	int ret;

	image->zones = calloc(count, sizeof(*image->zones));
	if (records && image->zones)
		ret = read_info(image, records, count * sizeof(*records),
				sizeof(struct image_header), err);
	else
		ret = zr_fail_nomem(err);
	for (i = 0; i < count && !ret; i++)
		image->zones[i] = take_record(&records[i]);
	free(records);
	return ret;
}

int zr_image_load(struct image *image, struct zr_error *err)
{
	struct image_header header;
	uint64_t expected;
	struct stat st;
	int ret = read_info(image, &header, sizeof(header), 0, err);

	if (!ret)
		ret = check_header(image, &header, err);
	if (ret)
		return ret;
	if (fstat(image->info_fd, &st))
		return zr_open_fail(image->dev.path, errno, err);
	/* Before anything is allocated for as many zones as the header says. */
	expected = sizeof(header) + header.nr_zones * (uint64_t)sizeof(struct image_record);
	if ((uint64_t)st.st_size < expected)
		return mismatch(image, "info file too short", (uint64_t)st.st_size, expected, err);
	take_geometry(&image->dev.geo, &header);
	image->dev.model = take_model(&header);
	return image->dev.model ? load_zones(image, err) : zr_fail_nomem(err);
}

int zr_image_store(struct image *image, uint32_t zone_no, struct zr_error *err)
{
	struct image_zone *it = &image->zones[zone_no];
	struct image_record record = zr_image_record(it);
	uint64_t offset = sizeof(struct image_header) + (uint64_t)zone_no * sizeof(record);
	ssize_t n = pwrite(image->info_fd, &record, sizeof(record), (off_t)offset);

	/* A record does not straddle a block, so it is written whole or not at all. */
	if (n != (ssize_t)sizeof(record))
		return zr_device_fail(&image->dev, it->zone.start, image->dev.codes->write,
				      n < 0 ? errno : EIO, err, "zone record",
				      "writing it to the info file failed");
	it->dirty = false;
	return 0;
}

int zr_image_store_dirty(struct image *image, struct zr_error *err)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < image->dev.geo.zone_count && !ret; i++)
		if (image->zones[i].dirty)
			ret = zr_image_store(image, i, err);
	return ret;
}
