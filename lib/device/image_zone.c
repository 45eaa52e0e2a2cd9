// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The rules that a host-managed device enforces, and the state that they depend on.
 */
#include "buffer.h"
#include "image_file.h"
#include "range.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/falloc.h>

/* Zeroes for file systems that cannot punch holes; the rest of a zone is written in such pieces. */
static const uint8_t zeroes[65536] __attribute__((aligned(ZR_BUFFER_ALIGN)));

static bool is_open(enum zr_zone_cond cond)
{
	return cond == ZR_COND_IMP_OPEN || cond == ZR_COND_EXP_OPEN;
}

void zr_image_count(struct image *image)
{
	uint32_t i;

	image->open = 0;
	image->active = 0;
	for (i = 0; i < image->dev.geo.zone_count; i++) {
		const struct zr_zone *zone = &image->zones[i].zone;

		image->open += is_open(zone->cond);
		image->active += zr_zone_is_active(zone);
	}
}

void zr_image_set_cond(struct image *image, struct image_zone *it, enum zr_zone_cond cond)
{
	struct zr_zone *zone = &it->zone;

	image->open -= is_open(zone->cond);
	image->active -= zr_zone_is_active(zone);
	zone->cond = cond;
	image->open += is_open(zone->cond);
	image->active += zr_zone_is_active(zone);
	if (cond == ZR_COND_EMPTY)
		zone->wp = zone->start;
	if (cond == ZR_COND_FULL)
		zone->wp = zone->start + zone->len;
	it->dirty = true;
}

static int broken_rule(const struct image *image, uint64_t physical, const char *what,
		       const char *reason, struct zr_error *err)
{
	return zr_device_fail(&image->dev, physical, ZR_E_ZONE_RULE, 0, err, what, "%s", reason);
}

static int may_write_sequential(const struct image *image, const struct zr_zone *zone,
				uint64_t physical, size_t len, struct zr_error *err)
{
	if (zone->cond == ZR_COND_FULL)
		return broken_rule(image, physical, "write", "zone is full", err);
	if (physical != zone->wp)
		return zr_device_fail(&image->dev, physical, ZR_E_ZONE_RULE, 0, err, "write",
				      "not at the write pointer, expected byte %" PRIu64, zone->wp);
	if (!zr_range_fits(physical - zone->start, len, zone->cap))
		return zr_device_fail(
			&image->dev, physical, ZR_E_ZONE_RULE, 0, err, "write",
			"beyond the capacity, found %zu bytes expected at most %" PRIu64, len,
			zone->start + zone->cap - physical);
	return 0;
}

int zr_image_may_write(const struct image *image, const struct image_zone *it, uint64_t physical,
		       size_t len, struct zr_error *err)
{
	const struct zr_zone *zone = &it->zone;

	if (!zr_zone_is_writable(zone))
		return zr_device_fail(&image->dev, physical, ZR_E_ZONE_RULE, 0, err, "write",
				      "zone is %s", zr_zone_cond_name(zone->cond));
	if (!zr_range_fits(physical - zone->start, len, zone->len))
		return zr_device_fail(&image->dev, physical, ZR_E_ZONE_RULE, 0, err, "write",
				      "across the end of the zone, found %zu bytes expected at most"
				      " %" PRIu64,
				      len, zone->start + zone->len - physical);
	if (!zr_zone_is_sequential(zone))
		return 0;
	return may_write_sequential(image, zone, physical, len, err);
}

/* Devices choose as they like; the first one is what null_blk takes. */
static int close_implicitly_open(struct image *image, const struct image_zone *keep,
				 struct zr_error *err)
{
	uint32_t i;

	for (i = 0; i < image->dev.geo.zone_count; i++) {
		struct image_zone *it = &image->zones[i];
		bool has_data = it->zone.wp > it->zone.start;

		if (it == keep || it->zone.cond != ZR_COND_IMP_OPEN)
			continue;
		zr_image_set_cond(image, it, has_data ? ZR_COND_CLOSED : ZR_COND_EMPTY);
		return zr_image_store(image, i, err);
	}
	return zr_device_fail(&image->dev, keep->zone.start, ZR_E_ZONE_RULE, 0, err, "open zones",
			      "limit reached, found %" PRIu32 " expected below %" PRIu32,
			      image->open, image->dev.geo.max_open);
}

int zr_image_make_room(struct image *image, struct image_zone *it, bool open, struct zr_error *err)
{
	const struct zr_geometry *geo = &image->dev.geo;

	if (!zr_zone_is_active(&it->zone) && geo->max_active && image->active >= geo->max_active)
		return zr_device_fail(&image->dev, it->zone.start, ZR_E_ZONE_RULE, 0, err,
				      "active zones",
				      "limit reached, found %" PRIu32 " expected below %" PRIu32,
				      image->active, geo->max_active);
	if (!open || is_open(it->zone.cond) || !geo->max_open || image->open < geo->max_open)
		return 0;
	return close_implicitly_open(image, it, err);
}

/* Failure is harmless: what lies above the write pointer is not read from the file anyway. */
static bool punch_hole(const struct image *image, uint64_t start, uint64_t len)
{
	return !fallocate(image->data_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start,
			  (off_t)len);
}

static int reset(struct image *image, uint32_t zone_no, struct zr_error *err)
{
	struct image_zone *it = &image->zones[zone_no];
	int ret = 0;

	if (it->zone.cond != ZR_COND_EMPTY) {
		zr_image_set_cond(image, it, ZR_COND_EMPTY);
		ret = zr_image_store(image, zone_no, err);
	}
	/* After the record, so that no record ever counts data that is gone. */
	if (!ret)
		punch_hole(image, it->zone.start, it->zone.len);
	return ret;
}

static int close_zone(struct image *image, uint32_t zone_no, struct zr_error *err)
{
	struct image_zone *it = &image->zones[zone_no];

	if (it->zone.cond == ZR_COND_CLOSED)
		return 0;
	if (!is_open(it->zone.cond))
		return zr_device_fail(&image->dev, it->zone.start, ZR_E_ZONE_RULE, 0, err,
				      "zone close", "zone is %s, expected open",
				      zr_zone_cond_name(it->zone.cond));
	zr_image_set_cond(image, it, it->zone.wp > it->zone.start ? ZR_COND_CLOSED : ZR_COND_EMPTY);
	return zr_image_store(image, zone_no, err);
}

/* What a finish adds below the capacity must read as zeroes, not as an earlier life of the zone. */
static int clear_rest(struct image *image, const struct zr_zone *zone, struct zr_error *err)
{
	uint64_t at = zone->wp;
	uint64_t end = zone->start + zone->cap;
	int ret = 0;

	if (at == end || punch_hole(image, at, end - at))
		return 0;
	for (; at < end && !ret; at += sizeof(zeroes))
		ret = zr_file_write(&image->dev, image->data_fd, at, zeroes,
				    zr_min64(sizeof(zeroes), end - at), err);
	return ret;
}

static int finish(struct image *image, uint32_t zone_no, struct zr_error *err)
{
	struct image_zone *it = &image->zones[zone_no];
	int ret;

	if (it->zone.cond == ZR_COND_FULL)
		return 0;
	ret = zr_image_make_room(image, it, false, err);
	if (!ret)
		ret = clear_rest(image, &it->zone, err);
	if (ret)
		return ret;
	zr_image_set_cond(image, it, ZR_COND_FULL);
	return zr_image_store(image, zone_no, err);
}

int zr_image_zone_op(struct image *image, enum zr_zone_op op, uint32_t zone_no,
		     struct zr_error *err)
{
	const struct zr_zone *zone = &image->zones[zone_no].zone;

	if (!zr_zone_is_sequential(zone))
		return broken_rule(image, zone->start, "zone command", "zone is conventional", err);
	if (!zr_zone_is_writable(zone))
		return zr_device_fail(&image->dev, zone->start, ZR_E_ZONE_RULE, 0, err,
				      "zone command", "zone is %s", zr_zone_cond_name(zone->cond));
	switch (op) {
	case ZR_OP_RESET:
		return reset(image, zone_no, err);
	case ZR_OP_CLOSE:
		return close_zone(image, zone_no, err);
	case ZR_OP_FINISH:
		return finish(image, zone_no, err);
	}
	return broken_rule(image, zone->start, "zone command", "unknown command", err);
}
