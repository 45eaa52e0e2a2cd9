/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The info file of a zoned image, as "zbd dump" of zbd-utils writes it. Host byte order, no padding
 * that is not named.
 */
#ifndef ZR_DEVICE_IMAGE_FORMAT_H
#define ZR_DEVICE_IMAGE_FORMAT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* The unit of nr_sectors and zone_sectors, whatever the logical block size is. */
#define IMAGE_SECTOR 512
#define IMAGE_VENDOR_LEN 32
/* A limit that the dumping tool did not know. */
#define IMAGE_LIMIT_UNKNOWN UINT32_MAX

enum image_model {
	IMAGE_HOST_MANAGED = 1,
	IMAGE_HOST_AWARE = 2,
};

/* At offset 0. The reserved bytes of files made by "zbd dump" can be anything. */
struct image_header {
	char vendor_id[IMAGE_VENDOR_LEN];
	uint64_t nr_sectors;
	uint64_t nr_lblocks;
	uint64_t nr_pblocks;
	uint64_t zone_size; /* bytes */
	uint32_t zone_sectors;
	uint32_t lblock_size; /* bytes */
	uint32_t pblock_size; /* bytes */
	uint32_t nr_zones;
	uint32_t max_nr_open_zones; /* 0: no limit */
	uint32_t max_nr_active_zones; /* 0: no limit */
	uint32_t model; /* enum image_model */
	uint8_t info_reserved[36];
	uint32_t zstart; /* first zone whose data was dumped */
	uint32_t zend; /* the one after the last */
	uint8_t reserved[56];
};

static_assert(offsetof(struct image_header, info_reserved) == 92, "zbd_info has 92 bytes in use");
static_assert(offsetof(struct image_header, zstart) == 128, "zbd_info takes 128 bytes");
static_assert(sizeof(struct image_header) == 192, "the header takes 192 bytes");

/* One per zone, after the header. Everything in bytes; the numbers are those of the kernel. */
struct image_record {
	uint64_t start;
	uint64_t len;
	uint64_t capacity;
	uint64_t wp;
	uint32_t flags; /* hints of the drive; kept as they are */
	uint32_t type;
	uint32_t cond;
	uint8_t reserved[20];
};

static_assert(offsetof(struct image_record, reserved) == 44, "zbd_zone has 44 bytes in use");
static_assert(sizeof(struct image_record) == 64, "zbd_zone takes 64 bytes");

#endif
