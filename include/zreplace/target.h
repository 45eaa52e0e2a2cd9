/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The target of a replace: a zoned device, a zoned image, or a regular device or file.
 */
#ifndef ZREPLACE_TARGET_H
#define ZREPLACE_TARGET_H

#include <zreplace/error.h>
#include <zreplace/zone.h>

#include <stddef.h>
#include <stdint.h>

struct zr_target;

/* How a target is opened. */
struct zr_target_options {
	size_t size; /* sizeof(struct zr_target_options) */
	int writable; /* 0 to plan only; the target is then opened read-only */
	/*
	 * Geometry of a zoned image to be made, bytes or numbers of zones. 0 takes what the source
	 * has, but for conventional zones, of which there are none if anything else is given.
	 */
	uint64_t image_size;
	uint64_t zone_size;
	uint64_t zone_capacity;
	uint32_t conventional_zones; /* at the start of the image */
	uint32_t max_active; /* limit of active zones of the image */
	int geometry_given; /* nonzero: any of the above was set; an image that exists must have it
			     */
};

/* What a target is, for a person. Strings are lent until the target is closed. */
struct zr_target_info {
	const char *path;
	const char *model; /* vendor, model and serial of the device; may be empty */
	uint64_t device_bytes;
	uint64_t zone_size; /* 0 for a regular device */
	uint32_t zone_count;
	uint32_t max_active; /* 0: no limit */
	int zoned;
	int missing; /* nonzero: an image that the job will make */
};

/*
 * zr_target_open - open a target
 * @target: filled with a target that zr_target_close() frees
 * @path: a block device; a raw file; or NAME_zone_info.dump of a zoned image, which may not exist
 * @options: NULL for the defaults
 *
 * Nothing is written. The device is held until the target is closed, as a source is.
 * Returns 0, or a negative code of class USAGE, REFUSED, TARGET_IO or ZONE_STATE.
 */
int zr_target_open(struct zr_target **target, const char *path,
		   const struct zr_target_options *options, struct zr_error *err);

/*
 * zr_target_info - what the target is
 */
void zr_target_info(const struct zr_target *target, struct zr_target_info *info);

/*
 * zr_target_zone_next - the zones of a target, ascending, as they were reported last
 * @position: 0 before the first call; the function advances it
 *
 * They are known when a plan was built. Returns 0 with @zone lent until the next use of the target,
 * or 1 at the end.
 */
int zr_target_zone_next(const struct zr_target *target, size_t *position,
			const struct zr_zone **zone);

#define ZR_CONTENTS_MAX 160

/*
 * zr_target_contents - what of value a target holds
 * @text: filled with words such as "btrfs signature" or "12 zones with data", empty for nothing
 *
 * Looks for signatures with libblkid, for zones that are not empty and, where the first bytes lie
 * below no write pointer, for anything but zeroes in the first MiB.
 * Returns 0, or a negative code of class TARGET_IO.
 */
int zr_target_contents(struct zr_target *target, char text[ZR_CONTENTS_MAX], struct zr_error *err);

/*
 * zr_target_close - close and free; NULL is allowed
 */
void zr_target_close(struct zr_target *target);

#endif
