// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zoned block devices, with a stand-in for libzbd that answers as told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <libzbd/zbd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "backend.h"

#define MIB (1ULL << 20)

static struct {
	int open_errno;
	int open_flags;
	int report_errno;
	unsigned int missing; /* zones that the report lacks */
	int op_errno;
	enum zbd_zone_op op;
	off_t op_start;
	off_t op_len;
	unsigned int type;
	unsigned int max_open;
	unsigned int max_active;
} fake;

void zbd_set_log_level(enum zbd_log_level level)
{
	(void)level;
}

int zbd_device_is_zoned(const char *path)
{
	(void)path;
	return -1;
}

int zbd_open(const char *path, int flags, struct zbd_info *info)
{
	(void)path;
	fake.open_flags = flags;
	if (fake.open_errno) {
		errno = fake.open_errno;
		return -1;
	}
	memset(info, 0xff, sizeof(*info));
	info->nr_sectors = 8 * MIB / 512 * 4;
	info->zone_size = 8 * MIB;
	info->nr_zones = 4;
	info->lblock_size = 4096;
	info->max_nr_open_zones = fake.max_open;
	info->max_nr_active_zones = fake.max_active;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

void zbd_close(int fd)
{
	close(fd);
}

int zbd_report_zones(int fd, off_t start, off_t len, enum zbd_report_option option,
		     struct zbd_zone *zones, unsigned int *count)
{
	unsigned int i;

	(void)fd;
	(void)len;
	(void)option;
	if (fake.report_errno) {
		errno = fake.report_errno;
		return -fake.report_errno;
	}
	*count -= fake.missing;
	for (i = 0; i < *count; i++) {
		zones[i] = (struct zbd_zone){
			.start = (unsigned long long)start + i * 8 * MIB,
			.len = 8 * MIB,
			.capacity = 6 * MIB,
			.wp = (unsigned long long)start + i * 8 * MIB + MIB,
			.type = fake.type,
			.cond = ZBD_ZONE_COND_CLOSED,
		};
	}
	return 0;
}

int zbd_zones_operation(int fd, enum zbd_zone_op op, off_t start, off_t len)
{
	(void)fd;
	fake.op = op;
	fake.op_start = start;
	fake.op_len = len;
	errno = fake.op_errno;
	return fake.op_errno ? -1 : 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.type = ZBD_ZONE_TYPE_SWR;
	return 0;
}

static struct zr_device *open_fake(enum zr_device_role role)
{
	struct zr_device *dev = NULL;

	assert_int_equal(zr_zbd_open(&dev, "/dev/zero", role, NULL), 0);
	assert_non_null(dev);
	return dev;
}

static void geometry(void **state)
{
	struct zr_device *dev;

	(void)state;
	fake.max_open = 14;
	fake.max_active = UINT32_MAX;
	dev = open_fake(ZR_ROLE_SOURCE);
	assert_int_equal(dev->geo.model, ZR_MODEL_HOST_MANAGED);
	assert_int_equal(dev->geo.size, 32 * MIB);
	assert_int_equal(dev->geo.zone_size, 8 * MIB);
	assert_int_equal(dev->geo.zone_count, 4);
	assert_int_equal(dev->geo.max_open, 14);
	assert_int_equal(dev->geo.max_active, 0);
	assert_int_equal(dev->geo.logical_block, 4096);
	zr_device_close(dev);
}

static void ways_to_open(void **state)
{
	struct zr_device *dev = open_fake(ZR_ROLE_SOURCE);

	(void)state;
	assert_int_equal(fake.open_flags, O_RDONLY | O_DIRECT | O_EXCL | O_CLOEXEC);
	zr_device_close(dev);
	dev = open_fake(ZR_ROLE_TARGET_READ);
	assert_int_equal(fake.open_flags, O_RDONLY | O_DIRECT | O_EXCL | O_CLOEXEC);
	zr_device_close(dev);
	dev = open_fake(ZR_ROLE_TARGET);
	assert_int_equal(fake.open_flags, O_RDWR | O_DIRECT | O_EXCL | O_CLOEXEC);
	zr_device_close(dev);
}

static void failures_to_open(void **state)
{
	static const struct {
		int sys_errno;
		int code;
		const char *text;
	} rows[] = {
		{ EBUSY, ZR_E_BUSY, "/dev/zero, is mounted or in use" },
		{ EACCES, ZR_E_OPEN, "Permission denied" },
		{ ENXIO, ZR_E_OPEN, "No such device" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_device *dev = NULL;

		fake.open_errno = rows[i].sys_errno;
		assert_int_equal(zr_zbd_open(&dev, "/dev/zero", ZR_ROLE_TARGET, &err),
				 -rows[i].code);
		assert_int_equal(err.sys_errno, rows[i].sys_errno);
		assert_non_null(strstr(err.text, rows[i].text));
		assert_null(dev);
	}
}

/* libzbd would write past the end of its table. */
static void descriptors_that_libzbd_has_no_room_for(void **state)
{
	struct rlimit limit = { 0 };
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev = NULL;
	int filler[1100];
	int count = 0;
	int fd = -1;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 1100 < limit.rlim_max ? 1100 : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur <= 1030)
		skip();
	while (fd < 1023) {
		fd = open("/dev/null", O_RDONLY);
		assert_true(fd >= 0);
		filler[count++] = fd;
	}
	assert_int_equal(zr_zbd_open(&dev, "/dev/zero", ZR_ROLE_SOURCE, &err), -ZR_E_OPEN);
	assert_non_null(strstr(err.text, "found descriptor 1024 expected below 1024"));
	assert_int_equal(fake.open_flags, 0);
	close(filler[--count]);
	zr_device_close(open_fake(ZR_ROLE_SOURCE));
	while (count)
		close(filler[--count]);
}

static void reports(void **state)
{
	struct zr_device *dev = open_fake(ZR_ROLE_SOURCE);
	struct zr_zone zones[4];

	(void)state;
	assert_int_equal(zr_device_report(dev, 1, 3, zones, NULL), 0);
	assert_int_equal(zones[0].start, 8 * MIB);
	assert_int_equal(zones[2].start, 24 * MIB);
	assert_int_equal(zones[2].len, 8 * MIB);
	assert_int_equal(zones[2].cap, 6 * MIB);
	assert_int_equal(zones[2].wp, 25 * MIB);
	assert_int_equal(zones[2].type, ZR_ZONE_SEQUENTIAL);
	assert_int_equal(zones[2].cond, ZR_COND_CLOSED);
	zr_device_close(dev);
}

static void reports_that_fail(void **state)
{
	struct zr_device *dev = open_fake(ZR_ROLE_SOURCE);
	struct zr_error failed = ZR_ERROR_INIT;
	struct zr_error cut = ZR_ERROR_INIT;
	struct zr_zone *zones = NULL;

	(void)state;
	fake.report_errno = EIO;
	assert_int_equal(zr_device_zones(dev, &zones, &failed), -ZR_E_SOURCE_ZONES);
	assert_int_equal(failed.sys_errno, EIO);
	fake.report_errno = 0;
	fake.missing = 1;
	assert_int_equal(zr_device_zones(dev, &zones, &cut), -ZR_E_SOURCE_ZONES);
	assert_non_null(strstr(cut.text, "incomplete, found 3 expected 4 zones"));
	fake.missing = 0;
	fake.type = ZBD_ZONE_TYPE_SWP;
	assert_int_equal(zr_device_zones(dev, &zones, NULL), -ZR_E_ZONE_REPORT);
	assert_null(zones);
	zr_device_close(dev);
}

static void zone_commands(void **state)
{
	struct zr_device *dev = open_fake(ZR_ROLE_TARGET);
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, 2, NULL), 0);
	assert_int_equal(fake.op, ZBD_OP_RESET);
	assert_int_equal(fake.op_start, 16 * MIB);
	assert_int_equal(fake.op_len, 8 * MIB);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_CLOSE, 0, NULL), 0);
	assert_int_equal(fake.op, ZBD_OP_CLOSE);
	assert_int_equal(fake.op_start, 0);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_FINISH, 3, NULL), 0);
	assert_int_equal(fake.op, ZBD_OP_FINISH);
	fake.op_errno = EIO;
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_FINISH, 3, &err), -ZR_E_TARGET_ZONES);
	assert_non_null(strstr(err.text, "zone finish: /dev/zero zone 3 at byte 25165824"));
	assert_int_equal(err.sys_errno, EIO);
	assert_int_equal(err.zone, 3);
	zr_device_close(dev);
}

static void conventional_zones_take_no_commands(void **state)
{
	struct zr_device *dev = open_fake(ZR_ROLE_TARGET);

	(void)state;
	fake.type = ZBD_ZONE_TYPE_CNV;
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, 1, NULL), -ZR_E_ZONE_RULE);
	assert_int_equal(fake.op, 0);
	zr_device_close(dev);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(geometry),		TEST(ways_to_open),
		TEST(failures_to_open), TEST(descriptors_that_libzbd_has_no_room_for),
		TEST(reports),		TEST(reports_that_fail),
		TEST(zone_commands),	TEST(conventional_zones_take_no_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
