/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zoned images: NAME_zone_info.dump and NAME_zone_data.dump in the format of "zbd dump".
 *
 * The info file is 192 bytes of header (struct zbd_info in 128 bytes, first and last dumped zone as
 * two 32-bit numbers, 56 reserved bytes) followed by one struct zbd_zone of 64 bytes per zone, all
 * in the byte order of the host. The data file is as long as the device.
 *
 * An image obeys the rules of a host-managed device when it is written to; breaking one is
 * -ZR_E_ZONE_RULE. What lies above a write pointer reads as zeroes.
 *
 * The info file follows each change of a zone's condition at once, and the write pointers at flush
 * and close. In the order of calls to the kernel, data is written before the record that counts it,
 * so if the process dies, write pointers are behind the data or at its end. A flush makes the data
 * stable first and the records after; what was not flushed when power fails is undefined.
 */
#ifndef ZR_DEVICE_IMAGE_H
#define ZR_DEVICE_IMAGE_H

#include "device.h"

/*
 * zr_image_is_name - whether a path names an image, that is, ends in "_zone_info.dump"
 */
bool zr_image_is_name(const char *path);

/*
 * zr_image_is_data_name - whether a path names the other file of an image: "_zone_data.dump"
 */
bool zr_image_is_data_name(const char *path);

/*
 * zr_image_data_path - path of the data file that belongs to an info file
 * Returns a string that the caller frees, or NULL if memory ran out.
 */
char *zr_image_data_path(const char *info_path);

/*
 * zr_image_create - make an empty zoned image: sequential zones empty, conventional ones first
 * @path: NAME_zone_info.dump; neither it nor its data file may exist
 * @geo: model, size, zone_size, zone_count, max_active, max_open, logical_block
 * @zones: geo->zone_count zones with start, len, cap and type; wp and cond are ignored
 *
 * Both files are written and flushed; the data file is sparse.
 * Returns 0, -ZR_E_ARGUMENT or -ZR_E_GEOMETRY if no device can look like this, -ZR_E_OPEN,
 * -ZR_E_TARGET_WRITE or -ZR_E_NO_MEMORY; on failure no file is left that was not there before.
 */
int zr_image_create(const char *path, const struct zr_geometry *geo, const struct zr_zone *zones,
		    struct zr_error *err) ZR_NODISCARD;

#endif
