/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device extents: the records of what chunks take on devices.
 */
#ifndef ZR_SOURCE_DEV_EXTENT_H
#define ZR_SOURCE_DEV_EXTENT_H

#include "source.h"

/* The stripe of a chunk that a device extent is the record of. */
struct zr_dev_extent_stripe {
	const struct zr_mapped_chunk *chunk; /* lent by the source */
	uint16_t number;
};

/*
 * zr_dev_extent_match - find the stripe that a device extent is the record of
 *
 * Returns 0 or -ZR_E_DEVEXT. The kernel: verify_one_dev_extent().
 */
int zr_dev_extent_match(const struct zr_source *source, const struct zr_dev_extent *extent,
			struct zr_dev_extent_stripe *stripe, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_dev_extents_check - whether the stripes of all chunks and the device extents of all devices
 * are the same places, one to one, below the ends of the devices, without overlaps
 *
 * Nothing else tells that data without checksums is read where it was written. Devices that are
 * missing have device extents as well.
 * Returns 0, -ZR_E_DEVEXT, or an error of reading the device tree.
 * The kernel: btrfs_verify_dev_extents().
 */
int zr_dev_extents_check(struct zr_source *source, struct zr_error *err) ZR_NODISCARD;

#endif
