// SPDX-License-Identifier: LGPL-2.1-or-later
#include "target.h"

#include "custom.h"
#include "image.h"
#include "range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Of a regular target, where the source has none to take: what mkfs.btrfs emulates. */
#define EMULATED_ZONE_SIZE (256ULL << 20)

static int take_options(struct zr_target *target, const struct zr_target_options *options,
			struct zr_error *err)
{
	if (!options)
		return 0;
	if (options->size != sizeof(*options))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "target options: size is not known, found %zu expected %zu",
			       options->size, sizeof(*options));
	target->options = *options;
	return 0;
}

static bool is_missing(const char *path)
{
	struct stat st;

	return stat(path, &st) && errno == ENOENT;
}

static int fail_chosen(const struct zr_target *target, struct zr_error *err)
{
	return zr_fail(err, ZR_E_ARGUMENT, "%s: exists, so its geometry cannot be chosen",
		       target->path);
}

static bool is_as_chosen(uint64_t option, uint64_t found)
{
	return !option || option == found;
}

static bool are_zones_as_chosen(const struct zr_target_options *options,
				const struct zr_geometry *geo, const struct zr_zone *zones)
{
	uint32_t i;

	for (i = 0; i < geo->zone_count; i++) {
		const struct zr_zone *zone = &zones[i];
		uint64_t cap = zr_min64(options->zone_capacity, zone->len);

		if (zr_zone_is_sequential(zone) != (i >= options->conventional_zones))
			return false;
		if (zr_zone_is_sequential(zone) && !is_as_chosen(cap, zone->cap))
			return false;
	}
	return true;
}

/* A run that goes on has the options that made the image. */
static int expect_chosen(const struct zr_target *target, struct zr_error *err)
{
	const struct zr_target_options *options = &target->options;
	const struct zr_geometry *geo = &target->geo;
	struct zr_zone *zones;
	bool same;
	int rc;

	if (!zr_image_is_name(target->path) || !is_as_chosen(options->image_size, geo->size) ||
	    !is_as_chosen(options->zone_size, geo->zone_size) ||
	    !is_as_chosen(options->max_active, geo->max_active))
		return fail_chosen(target, err);
	rc = zr_device_zones(target->dev, &zones, err);
	if (rc)
		return rc;
	same = are_zones_as_chosen(options, geo, zones);
	free(zones);
	return same ? 0 : fail_chosen(target, err);
}

static int open_existing(struct zr_target *target, struct zr_error *err)
{
	enum zr_device_role role = target->options.writable ? ZR_ROLE_TARGET : ZR_ROLE_TARGET_READ;
	int rc = zr_device_open(&target->dev, target->path, role, err);

	if (rc)
		return rc;
	target->geo = target->dev->geo;
	return target->options.geometry_given ? expect_chosen(target, err) : 0;
}

static int open_target(struct zr_target *target, struct zr_error *err)
{
	if (!is_missing(target->path))
		return open_existing(target, err);
	if (!zr_image_is_name(target->path))
		return zr_fail(err, ZR_E_OPEN,
			       "%s: no such device or file; a new zoned image must be named "
			       "NAME_zone_info.dump",
			       target->path);
	return 0;
}

/* Returns 0 and a target without a device, which zr_target_close() takes also after a failure. */
static int new_target(struct zr_target **target, const char *path,
		      const struct zr_target_options *options, struct zr_error *err)
{
	struct zr_target *made = calloc(1, sizeof(*made));

	*target = made;
	if (made)
		made->path = strdup(path);
	if (!made || !made->path)
		return zr_fail_nomem(err);
	return take_options(made, options, err);
}

static int opened(struct zr_target **out, struct zr_target *target, int rc)
{
	if (rc)
		zr_target_close(target);
	else
		*out = target;
	return rc;
}

int zr_target_open(struct zr_target **out, const char *path,
		   const struct zr_target_options *options, struct zr_error *err)
{
	struct zr_target *target;
	int rc = new_target(&target, path, options, err);

	return opened(out, target, rc ? rc : open_target(target, err));
}

static int open_custom(struct zr_target *target, const struct zr_custom_device *device,
		       struct zr_error *err)
{
	bool writable = target->options.writable;
	int rc;

	if (target->options.geometry_given)
		return fail_chosen(target, err);
	rc = zr_custom_open(&target->dev, device, writable ? ZR_ROLE_TARGET : ZR_ROLE_TARGET_READ,
			    err);
	if (!rc)
		target->geo = target->dev->geo;
	target->custom = true;
	return rc;
}

int zr_target_open_custom(struct zr_target **out, const struct zr_custom_device *device,
			  const struct zr_target_options *options, struct zr_error *err)
{
	struct zr_target *target;
	int rc = new_target(&target, device->name, options, err);

	return opened(out, target, rc ? rc : open_custom(target, device, err));
}

static uint64_t chosen(uint64_t first, uint64_t otherwise)
{
	return first ? first : otherwise;
}

static int choose_geometry(struct zr_target *target, const struct zr_geometry *source,
			   uint64_t total_bytes, struct zr_error *err)
{
	const struct zr_target_options *options = &target->options;
	struct zr_geometry *geo = &target->geo;
	uint64_t count;

	geo->model = ZR_MODEL_HOST_MANAGED;
	geo->zone_size = chosen(options->zone_size, source->zone_size);
	/* A regular source may end inside a zone; an image of it ends with the file system. */
	geo->size = chosen(options->image_size,
			   source->model == ZR_MODEL_REGULAR ? total_bytes : source->size);
	geo->max_active = (uint32_t)chosen(options->max_active, source->max_active);
	geo->max_open = geo->max_active;
	geo->logical_block = 4096;
	geo->seeks = true;
	if (!geo->zone_size)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "%s: the image needs a zone size, as the source has no zones to "
			       "take it from",
			       target->path);
	if (!zr_is_power_of_two(geo->zone_size) || geo->zone_size < ZR_ZONE_SIZE_MIN ||
	    geo->zone_size > ZR_ZONE_SIZE_MAX)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "%s: zone size %llu is no power of two from 4 MiB to 8 GiB",
			       target->path, (unsigned long long)geo->zone_size);
	if (options->zone_capacity > geo->zone_size)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "%s: zone capacity %llu exceeds the zone size %llu", target->path,
			       (unsigned long long)options->zone_capacity,
			       (unsigned long long)geo->zone_size);
	count = zr_div_up(geo->size, geo->zone_size);
	if (!zr_is_aligned(geo->size, geo->logical_block) || count > UINT32_MAX)
		return zr_fail(err, ZR_E_GEOMETRY,
			       "%s: size %llu is no multiple of 4096 or has too many zones",
			       target->path, (unsigned long long)geo->size);
	geo->zone_count = (uint32_t)count;
	return 0;
}

static void make_zone(const struct zr_target *target, const struct zr_geometry *source,
		      const struct zr_zone *source_zones, uint32_t number, struct zr_zone *zone)
{
	const struct zr_target_options *options = &target->options;
	const struct zr_geometry *geo = &target->geo;
	bool twin = number < source->zone_count && source->model == ZR_MODEL_HOST_MANAGED &&
		    source->zone_size == geo->zone_size;
	bool conventional = options->geometry_given
				    ? number < options->conventional_zones
				    : twin && !zr_zone_is_sequential(&source_zones[number]);

	zone->start = number * geo->zone_size;
	zone->len = zr_min64(geo->zone_size, geo->size - zone->start);
	zone->cap = zone->len;
	if (options->zone_capacity)
		zone->cap = zr_min64(options->zone_capacity, zone->len);
	else if (twin)
		zone->cap = zr_min64(source_zones[number].cap, zone->len);
	if (conventional)
		zone->cap = zone->len;
	zone->wp = zone->start;
	zone->type = conventional ? ZR_ZONE_CONVENTIONAL : ZR_ZONE_SEQUENTIAL;
	zone->cond = conventional ? ZR_COND_NOT_WP : ZR_COND_EMPTY;
}

static int fit_image(struct zr_target *target, const struct zr_geometry *source,
		     const struct zr_zone *source_zones, uint64_t total_bytes, struct zr_error *err)
{
	uint32_t number;
	int rc = choose_geometry(target, source, total_bytes, err);

	if (rc)
		return rc;
	target->zones = calloc(target->geo.zone_count, sizeof(*target->zones));
	if (!target->zones)
		return zr_fail_nomem(err);
	for (number = 0; number < target->geo.zone_count; number++)
		make_zone(target, source, source_zones, number, &target->zones[number]);
	return zr_zones_check(target->path, &target->geo, target->zones, ZR_E_GEOMETRY, err);
}

int zr_target_fit(struct zr_target *target, const struct zr_geometry *source,
		  const struct zr_zone *source_zones, uint64_t total_bytes, struct zr_error *err)
{
	int rc;

	if (target->zones)
		return 0;
	if (!target->dev)
		return fit_image(target, source, source_zones, total_bytes, err);
	rc = zr_device_emulate(target->dev, chosen(source->zone_size, EMULATED_ZONE_SIZE), err);
	if (rc)
		return rc;
	target->geo = target->dev->geo;
	return zr_device_zones(target->dev, &target->zones, err);
}

int zr_target_refresh(struct zr_target *target, struct zr_error *err)
{
	struct zr_zone *zones;
	int rc;

	if (!target->dev)
		return 0;
	rc = zr_device_zones(target->dev, &zones, err);
	if (rc)
		return rc;
	free(target->zones);
	target->zones = zones;
	return 0;
}

int zr_target_create(struct zr_target *target, struct zr_error *err)
{
	int rc;

	if (target->dev)
		return 0;
	rc = zr_image_create(target->path, &target->geo, target->zones, err);
	if (!rc)
		rc = zr_device_open(&target->dev, target->path, ZR_ROLE_TARGET, err);
	return rc;
}

void zr_target_info(const struct zr_target *target, struct zr_target_info *info)
{
	memset(info, 0, sizeof(*info));
	info->path = target->path;
	info->model = target->dev ? target->dev->model : "";
	info->device_bytes = target->geo.size;
	info->zone_size = target->geo.zone_size;
	info->zone_count = target->geo.zone_count;
	info->max_active = target->geo.max_active;
	info->zoned = target->geo.model == ZR_MODEL_HOST_MANAGED;
	info->missing = !target->dev;
}

int zr_target_zone_next(const struct zr_target *target, size_t *position,
			const struct zr_zone **zone)
{
	if (!target->zones || *position >= target->geo.zone_count)
		return 1;
	*zone = &target->zones[(*position)++];
	return 0;
}

void zr_target_close(struct zr_target *target)
{
	if (!target)
		return;
	zr_device_close(target->dev);
	free(target->zones);
	free(target->path);
	free(target);
}
