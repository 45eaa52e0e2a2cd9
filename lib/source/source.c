// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source.h"

#include "range.h"
#include "super_read.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

int zr_source_read(struct zr_source *source, uint64_t physical, void *buffer, size_t len,
		   struct zr_error *err)
{
	struct zr_device *dev = source->dev;

	if (!zr_range_fits(physical, len, dev->geo.size))
		return zr_fail(err, ZR_E_RANGE,
			       "%s: physical %llu length %zu lies beyond the device", dev->path,
			       (ull)physical, len);
	if (source->zones) {
		const struct zr_zone *zone = &source->zones[physical / dev->geo.zone_size];

		if (zone->cond == ZR_COND_OFFLINE)
			return zr_fail(err, dev->codes->read,
				       "%s: physical %llu length %zu lies in an offline zone",
				       dev->path, (ull)physical, len);
		if (!zr_range_fits(physical - zone->start, len, zr_zone_written(zone)))
			return zr_fail(err, ZR_E_ZONED,
				       "%s: physical %llu length %zu lies beyond the write pointer "
				       "of its zone, %llu bytes are written",
				       dev->path, (ull)physical, len, (ull)zr_zone_written(zone));
	}
	return zr_device_read(dev, physical, buffer, len, err);
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

int zr_source_super_unchanged(struct zr_source *source, struct zr_error *err)
{
	struct zr_super *super = malloc(sizeof(*super));
	uint64_t physical;
	int rc;

	if (!super)
		return zr_fail_nomem(err);
	rc = zr_super_read(source->dev, super, &physical, err);
	if (!rc &&
	    (physical != source->super_physical || !zr_super_same(super->raw, source->super.raw)))
		rc = zr_fail(err, ZR_E_SOURCE_CHANGED,
			     "%s: the source changed, superblock at %llu has generation %llu, at "
			     "the start it was at %llu with %llu",
			     source->dev->path, (ull)physical, (ull)super->generation,
			     (ull)source->super_physical, (ull)source->super.generation);
	free(super);
	return rc;
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
}

struct zr_device *zr_source_release(struct zr_source *source)
{
	struct zr_device *dev = source->dev;

	source->dev = NULL;
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
	free(source->zones);
	free(source);
}
