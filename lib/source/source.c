// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source.h"

#include "feature.h"
#include "range.h"
#include "super_read.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* Both NULL if the device is missing. */
static struct zr_device *device_of(const struct zr_source *source, uint64_t devid,
				   const struct zr_zone **zones)
{
	const struct zr_member *member = NULL;

	*zones = source->zones;
	if (devid == source->super.devid)
		return source->dev;
	member = zr_member_find(source->members, devid);
	*zones = member ? member->zones : NULL;
	return member ? member->dev : NULL;
}

const struct zr_zone *zr_source_zone(const struct zr_source *source, uint64_t devid,
				     uint64_t physical)
{
	const struct zr_zone *zones;
	const struct zr_device *dev = device_of(source, devid, &zones);

	if (!dev || !zones || physical >= dev->geo.size)
		return NULL;
	return &zones[physical / dev->geo.zone_size];
}

static int compare_devid(const void *devid, const void *item)
{
	uint64_t a = *(const uint64_t *)devid;
	uint64_t b = ((const struct zr_dev_item *)item)->devid;

	return (a > b) - (a < b);
}

/* Items come in the order of their keys. */
const struct zr_dev_item *zr_source_device_item(const struct zr_source *source, uint64_t devid)
{
	if (!source->device_count)
		return NULL;
	return bsearch(&devid, source->devices, source->device_count, sizeof(*source->devices),
		       compare_devid);
}

bool zr_source_has_device(const struct zr_source *source, uint64_t devid)
{
	return devid == source->super.devid || zr_member_find(source->members, devid);
}

/* Whether a copy is on the device itself, and whether it is on one that is missing. */
static void locate(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
		   uint64_t logical, uint16_t mirror, bool *own, bool *missing)
{
	struct zr_place place;

	zr_chunk_map_place(chunk, logical, mirror, &place);
	*own = place.devid == source->super.devid;
	*missing = !zr_source_has_device(source, place.devid);
}

uint16_t zr_source_own_mirror(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
			      uint64_t logical)
{
	uint16_t copies = zr_chunk_copies(chunk);
	uint16_t i;

	for (i = 0; i < copies; i++) {
		bool missing;
		bool own;

		locate(source, chunk, logical, i, &own, &missing);
		if (own)
			return i;
	}
	return 0;
}

uint16_t zr_source_first_mirror(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
				uint64_t logical, uint16_t own)
{
	uint16_t copies = zr_chunk_copies(chunk);
	uint16_t i;

	for (i = 1; source->spare && i < copies; i++) {
		uint16_t mirror = (uint16_t)((own + i) % copies);
		bool missing;
		bool here;

		locate(source, chunk, logical, mirror, &here, &missing);
		if (!here && !missing)
			return mirror;
	}
	return own;
}

/* Before zones are known nothing can be told about what is written. */
static int check_written(const struct zr_device *dev, const struct zr_zone *zone, uint64_t physical,
			 size_t len, struct zr_error *err)
{
	if (zone->cond == ZR_COND_OFFLINE)
		return zr_fail(err, dev->codes->read,
			       "%s: physical %llu length %zu lies in an offline zone", dev->path,
			       (ull)physical, len);
	if (!zr_range_fits(physical - zone->start, len, zr_zone_written(zone)))
		return zr_fail(err, ZR_E_ZONED,
			       "%s: physical %llu length %zu lies beyond the write pointer of its "
			       "zone, %llu bytes are written",
			       dev->path, (ull)physical, len, (ull)zr_zone_written(zone));
	return 0;
}

static bool is_about_device(const struct zr_error *err)
{
	enum zr_error_class class = zr_error_class(err->code);

	return class == ZR_CLASS_CORRUPT || class == ZR_CLASS_UNSUPPORTED ||
	       class == ZR_CLASS_SOURCE_IO || err->code == ZR_E_NOT_BTRFS ||
	       err->code == ZR_E_REPLACE_RUNNING || err->code == ZR_E_MISSING;
}

void zr_source_name_device(const struct zr_source *source, struct zr_error *err)
{
	const struct zr_members *members = source->members;
	const struct zr_member *member;
	size_t i;

	if (!err || !is_about_device(err) || zr_error_names(err, source->dev->path))
		return;
	for (i = 0; members && i < members->count; i++)
		if (zr_error_names(err, members->list[i].dev->path))
			return;
	member = err->devid == source->super.devid ? NULL : zr_member_find(members, err->devid);
	zr_error_begin(err, member ? member->dev->path : source->dev->path);
}

int zr_source_read(struct zr_source *source, const struct zr_place *place, void *buffer, size_t len,
		   struct zr_error *err)
{
	uint64_t physical = place->physical;
	const struct zr_zone *zones;
	struct zr_device *dev = device_of(source, place->devid, &zones);
	int rc = 0;

	if (!dev)
		return zr_fail(err, ZR_E_MISSING,
			       "devid %llu is missing, of which physical %llu length %zu "
			       "is needed",
			       (ull)place->devid, (ull)physical, len);
	if (!zr_range_fits(physical, len, dev->geo.size))
		return zr_fail(err, ZR_E_RANGE,
			       "%s: physical %llu length %zu lies beyond the device", dev->path,
			       (ull)physical, len);
	if (zones)
		rc = check_written(dev, &zones[physical / dev->geo.zone_size], physical, len, err);
	return rc ? rc : zr_device_read(dev, physical, buffer, len, err);
}

const struct zr_check_context *zr_source_check(const struct zr_source *source, uint64_t generation)
{
	bool ahead = source->super.log_root && generation == source->super.generation + 1;

	return ahead ? &source->log_check : &source->check;
}

void zr_counters_add(struct zr_source_counters *sum, const struct zr_source_counters *more)
{
	sum->metadata += more->metadata;
	sum->verified += more->verified;
	sum->unverified += more->unverified;
	sum->repaired += more->repaired;
	sum->damaged += more->damaged;
	sum->lost += more->lost;
}

bool zr_source_is_zoned(const struct zr_source *source)
{
	return zr_super_is_zoned(&source->super);
}

int zr_source_require_zoned(const struct zr_source *source, struct zr_error *err)
{
	return zr_super_require_zoned(&source->super, err);
}

int zr_source_super_unchanged(struct zr_source *source, struct zr_error *err)
{
	int rc = zr_super_unchanged(source->dev, &source->super, source->super_physical, err);

	return rc ? rc : zr_members_unchanged(source->members, err);
}

void zr_source_info(const struct zr_source *source, struct zr_source_info *info)
{
	const struct zr_super *super = &source->super;
	const struct zr_geometry *geo = &source->dev->geo;

	memset(info, 0, sizeof(*info));
	info->path = source->dev->path;
	info->model = source->dev->model;
	info->label = super->label;
	info->csum = zr_csum_name(super->csum_type);
	memcpy(info->fsid, super->fsid, sizeof(info->fsid));
	info->devid = super->devid;
	info->generation = super->generation;
	info->device_bytes = geo->size;
	info->total_bytes = super->dev_total_bytes;
	info->used_bytes = super->bytes_used;
	info->zone_size = geo->zone_size;
	info->zone_count = geo->zone_count;
	info->nodesize = super->nodesize;
	info->sectorsize = super->sectorsize;
	info->zoned = geo->model == ZR_MODEL_HOST_MANAGED;
	info->devices = (uint32_t)source->device_count;
}

int zr_source_member_next(const struct zr_source *source, size_t *position, uint64_t *devid,
			  const char **path)
{
	while (*position < source->device_count) {
		const struct zr_dev_item *item = &source->devices[(*position)++];
		const struct zr_member *member = zr_member_find(source->members, item->devid);

		if (item->devid == source->super.devid)
			continue;
		*devid = item->devid;
		*path = member ? member->dev->path : NULL;
		return 0;
	}
	return 1;
}

struct zr_device *zr_source_release(struct zr_source *source)
{
	struct zr_device *dev = source->dev;

	source->dev = NULL;
	source->members_lent = true;
	zr_source_close(source);
	return dev;
}

void zr_source_close(struct zr_source *source)
{
	if (!source)
		return;
	zr_chunk_map_free(&source->chunks);
	zr_log_free(&source->log);
	zr_device_close(source->dev);
	if (!source->members_lent)
		zr_members_free(source->members);
	free(source->devices);
	free(source->zones);
	free(source);
}
