/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small zoned image in a folder of its own, for the tests of the image backend.
 */
#ifndef TEST_DEVICE_IMAGE_H
#define TEST_DEVICE_IMAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "device.h"
#include "image.h"

#define MIB (1ULL << 20)
#define BLOCK 4096
#define ZONE_SIZE (4 * MIB)
#define ZONES 8
#define CAP (3 * MIB)
/* Zones 0 and 1 are conventional, the last one has 2 MiB, all in it usable. */
#define CONVENTIONAL 2
#define LAST (ZONES - 1)
#define DEVICE_SIZE ((ZONES - 1) * ZONE_SIZE + 2 * MIB)
#define MAX_OPEN 2
#define MAX_ACTIVE 3

struct fixture {
	char folder[64];
	char info[96];
	char data[96];
	uint8_t *buffer; /* 4 MiB */
};

static inline struct zr_geometry image_geometry(void)
{
	struct zr_geometry geo = {
		.model = ZR_MODEL_HOST_MANAGED,
		.size = DEVICE_SIZE,
		.zone_size = ZONE_SIZE,
		.zone_count = ZONES,
		.max_active = MAX_ACTIVE,
		.max_open = MAX_OPEN,
		.logical_block = BLOCK,
	};

	return geo;
}

static inline void image_zones(struct zr_zone zones[ZONES])
{
	uint32_t i;

	memset(zones, 0, ZONES * sizeof(*zones));
	for (i = 0; i < ZONES; i++) {
		bool conventional = i < CONVENTIONAL;

		zones[i].start = i * ZONE_SIZE;
		zones[i].len = i == LAST ? 2 * MIB : ZONE_SIZE;
		zones[i].cap = conventional || i == LAST ? zones[i].len : CAP;
		zones[i].type = conventional ? ZR_ZONE_CONVENTIONAL : ZR_ZONE_SEQUENTIAL;
	}
}

static inline int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct zr_geometry geo = image_geometry();
	struct zr_zone zones[ZONES];

	*state = fixture;
	assert_non_null(fixture);
	strcpy(fixture->folder, "/tmp/zreplace-image-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	snprintf(fixture->info, sizeof(fixture->info), "%s/a_zone_info.dump", fixture->folder);
	snprintf(fixture->data, sizeof(fixture->data), "%s/a_zone_data.dump", fixture->folder);
	fixture->buffer = zr_buffer_alloc(4 * MIB);
	assert_non_null(fixture->buffer);
	image_zones(zones);
	assert_int_equal(zr_image_create(fixture->info, &geo, zones, NULL), 0);
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->info);
	unlink(fixture->data);
	rmdir(fixture->folder);
	free(fixture->buffer);
	free(fixture);
	return 0;
}

static inline struct zr_device *open_image(const struct fixture *fixture, enum zr_device_role role)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev = NULL;
	int ret = zr_device_open(&dev, fixture->info, role, &err);

	assert_string_equal(err.text, "");
	assert_int_equal(ret, 0);
	assert_non_null(dev);
	return dev;
}

static inline struct zr_zone zone_of(struct zr_device *dev, uint32_t zone_no)
{
	struct zr_zone zone = { 0 };

	assert_int_equal(zr_device_report(dev, zone_no, 1, &zone, NULL), 0);
	return zone;
}

static inline void expect_zone(struct zr_device *dev, uint32_t zone_no, enum zr_zone_cond cond,
			       uint64_t wp_offset)
{
	struct zr_zone zone = zone_of(dev, zone_no);

	assert_string_equal(zr_zone_cond_name(zone.cond), zr_zone_cond_name(cond));
	assert_int_equal(zone.wp, zone_no * ZONE_SIZE + wp_offset);
}

/* Overwrite a part of a file, as damage or as another program would. */
static inline void poke(const char *path, uint64_t offset, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, (off_t)offset), len);
	close(fd);
}

static inline void peek(const char *path, uint64_t offset, void *bytes, size_t len)
{
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, bytes, len, (off_t)offset), len);
	close(fd);
}

static inline void poke32(const char *path, uint64_t offset, uint32_t value)
{
	poke(path, offset, &value, sizeof(value));
}

static inline void poke64(const char *path, uint64_t offset, uint64_t value)
{
	poke(path, offset, &value, sizeof(value));
}

/* Where a field of a zone lies in the info file. */
#define RECORD(zone_no, field) (192 + 64ULL * (zone_no) + (field))
#define RECORD_START 0
#define RECORD_LEN 8
#define RECORD_CAP 16
#define RECORD_WP 24
#define RECORD_FLAGS 32
#define RECORD_TYPE 36
#define RECORD_COND 40

#endif
