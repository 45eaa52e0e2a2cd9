/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zoned images: NAME_zone_info.dump and NAME_zone_data.dump in the format of "zbd dump".
 *
 * The info file is 192 bytes of header (struct zbd_info in 128 bytes, first and last dumped zone as
 * two 32-bit numbers, 56 reserved bytes) followed by one struct zbd_zone of 64 bytes per zone, all
 * in the byte order of the host. The data file is as long as the device.
 */
#ifndef ZR_DEVICE_IMAGE_H
#define ZR_DEVICE_IMAGE_H

#include "device.h"

/*
 * zr_image_is_name - whether a path names an image, that is, ends in "_zone_info.dump"
 */
bool zr_image_is_name(const char *path);

/*
 * zr_image_create - make an empty zoned image: sequential zones empty, conventional ones first
 * @path: NAME_zone_info.dump; neither it nor its data file may exist
 * @geo: model, size, zone_size, zone_count, max_active, max_open, logical_block
 * @zones: geo->zone_count zones with start, len, cap and type; wp and cond are ignored
 *
 * Both files are written and flushed; the data file is sparse.
 * Returns 0, -ZR_E_OPEN, -ZR_E_TARGET_WRITE or -ZR_E_NO_MEMORY; on failure no file is left.
 */
int zr_image_create(const char *path, const struct zr_geometry *geo, const struct zr_zone *zones,
		    struct zr_error *err) ZR_NODISCARD;

#endif
