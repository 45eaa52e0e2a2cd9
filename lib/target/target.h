/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An open target: the device and its zones as they were reported before anything was written.
 */
#ifndef ZR_TARGET_TARGET_H
#define ZR_TARGET_TARGET_H

#include "device.h"

#include "blkid.h"

#include <stdbool.h>
#include <zreplace/target.h>

struct zr_target {
	char *path;
	struct zr_device *dev; /* NULL while an image is still to be made */
	struct zr_target_options options;
	struct zr_geometry geo; /* of the device, or of the image to be made */
	bool custom; /* the caller serves the device, and the path is no path */
	struct zr_zone *zones; /* geo.zone_count of them; NULL until zr_target_fit() */
};

/*
 * zr_target_fit - settle the target's geometry
 * @source: geometry of the source with its zone size
 * @source_zones: its zones
 * @total_bytes: what the file system takes of the source device
 *
 * An image that does not exist gets its geometry from the options and, where they are silent, from
 * the source. A regular target gets the source's zone size, and one of 256 MiB if it has none, as
 * mkfs.btrfs does. Calling it again changes nothing.
 * Returns 0, -ZR_E_GEOMETRY, -ZR_E_NO_MEMORY or an error of the zone report.
 */
int zr_target_fit(struct zr_target *target, const struct zr_geometry *source,
		  const struct zr_zone *source_zones, uint64_t total_bytes,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_target_signature - what libblkid finds on an existing target; nothing where the caller serves
 * the device
 *
 * Returns 0, -ZR_E_TARGET_READ or -ZR_E_NO_MEMORY.
 */
int zr_target_signature(const struct zr_target *target, struct zr_signatures *found,
			struct zr_error *err) ZR_NODISCARD;

/*
 * zr_target_refresh - report the zones of an existing target again
 * Returns 0 or an error of the report; the zones of before are kept then.
 */
int zr_target_refresh(struct zr_target *target, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_target_create - make the image if it does not exist yet, and open it
 * Returns 0, or an error of zr_image_create() or zr_device_open().
 */
int zr_target_create(struct zr_target *target, struct zr_error *err) ZR_NODISCARD;

#endif
