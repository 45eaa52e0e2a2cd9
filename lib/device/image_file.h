/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An open zoned image in memory, and the functions that it is made of. Private to this room.
 */
#ifndef ZR_DEVICE_IMAGE_FILE_H
#define ZR_DEVICE_IMAGE_FILE_H

#include "backend.h"
#include "image.h"
#include "image_format.h"

#include <pthread.h>

struct image_zone {
	struct zr_zone zone;
	uint32_t flags;
	bool dirty; /* its record in the info file is behind */
};

struct image {
	struct zr_device dev;
	pthread_mutex_t lock; /* of the zones, while the image is open for writing */
	int info_fd;
	int data_fd;
	struct image_zone *zones;
	uint32_t open; /* zones that count for geo.max_open */
	uint32_t active; /* zones that count for geo.max_active */
};

/*
 * zr_image_load - read header and records from image->info_fd and check the header
 * Returns 0, -ZR_E_IMAGE, -ZR_E_OPEN or -ZR_E_NO_MEMORY.
 */
int zr_image_load(struct image *image, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_image_record - the record of a zone as it lies in the info file
 */
struct image_record zr_image_record(const struct image_zone *it);

/*
 * zr_image_store - write the record of a zone through to the info file
 * zr_image_store_dirty - the same for all zones whose record is behind
 * Return 0 or the negative of the device's code for writing.
 */
int zr_image_store(struct image *image, uint32_t zone_no, struct zr_error *err) ZR_NODISCARD;
int zr_image_store_dirty(struct image *image, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_image_count - count the open and active zones after loading
 */
void zr_image_count(struct image *image);

/*
 * zr_image_may_write - whether the rules of a host-managed device allow a write
 * @it: the zone that physical lies in
 *
 * Returns 0 or -ZR_E_ZONE_RULE.
 */
int zr_image_may_write(const struct image *image, const struct image_zone *it, uint64_t physical,
		       size_t len, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_image_make_room - make sure that a zone can become active, and open if @open is set
 *
 * Closes an implicitly open zone if the limit of open zones asks for it, as a device does.
 * Returns 0, -ZR_E_ZONE_RULE if a limit is reached, or an error of zr_image_store().
 */
int zr_image_make_room(struct image *image, struct image_zone *it, bool open,
		       struct zr_error *err) ZR_NODISCARD;

/*
 * zr_image_set_cond - change a zone's condition in memory, with its write pointer where the new
 * condition fixes it
 */
void zr_image_set_cond(struct image *image, struct image_zone *it, enum zr_zone_cond cond);

/*
 * zr_image_zone_op - run a zone command: rules, data, record
 * Returns 0, -ZR_E_ZONE_RULE or the negative of the device's code for writing.
 */
int zr_image_zone_op(struct image *image, enum zr_zone_op op, uint32_t zone_no,
		     struct zr_error *err) ZR_NODISCARD;

#endif
