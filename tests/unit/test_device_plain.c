// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regular files as devices, and the zones that are emulated on them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "device.h"

#define MIB (1ULL << 20)
#define BLOCK 4096
#define SIZE (10 * MIB)

struct fixture {
	char path[64];
	uint8_t *buffer;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int fd;

	*state = fixture;
	assert_non_null(fixture);
	strcpy(fixture->path, "/tmp/zreplace-plain-XXXXXX");
	fd = mkstemp(fixture->path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SIZE + 1000), 0);
	close(fd);
	fixture->buffer = zr_buffer_alloc(2 * BLOCK);
	assert_non_null(fixture->buffer);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	free(fixture->buffer);
	free(fixture);
	return 0;
}

static struct zr_device *open_plain(const struct fixture *fixture, enum zr_device_role role)
{
	struct zr_device *dev = NULL;

	assert_int_equal(zr_device_open(&dev, fixture->path, role, NULL), 0);
	assert_non_null(dev);
	return dev;
}

static void geometry(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev = open_plain(fixture, ZR_ROLE_SOURCE);

	assert_int_equal(dev->geo.model, ZR_MODEL_REGULAR);
	assert_int_equal(dev->geo.size, SIZE);
	assert_int_equal(dev->geo.logical_block, BLOCK);
	assert_int_equal(dev->geo.zone_size, 0);
	assert_int_equal(dev->geo.zone_count, 0);
	assert_int_equal(dev->geo.max_active, 0);
	assert_int_equal(dev->id, 0);
	assert_false(dev->writable);
	assert_string_equal(dev->model, "");
	assert_string_equal(dev->path, fixture->path);
	zr_device_close(dev);
}

static void reads_return_what_was_written(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev = open_plain(fixture, ZR_ROLE_TARGET);

	assert_true(dev->writable);
	memset(fixture->buffer, 7, BLOCK);
	assert_int_equal(zr_device_write(dev, SIZE - BLOCK, fixture->buffer, BLOCK, NULL), 0);
	memset(fixture->buffer, 8, BLOCK);
	assert_int_equal(zr_device_write(dev, BLOCK, fixture->buffer, BLOCK, NULL), 0);
	assert_int_equal(zr_device_flush(dev, NULL), 0);
	zr_device_close(dev);

	dev = open_plain(fixture, ZR_ROLE_SOURCE);
	assert_int_equal(zr_device_read(dev, SIZE - BLOCK, fixture->buffer, BLOCK, NULL), 0);
	assert_int_equal(fixture->buffer[0], 7);
	assert_int_equal(fixture->buffer[BLOCK - 1], 7);
	assert_int_equal(zr_device_read(dev, 0, fixture->buffer, 2 * BLOCK, NULL), 0);
	assert_int_equal(fixture->buffer[BLOCK - 1], 0);
	assert_int_equal(fixture->buffer[BLOCK], 8);
	zr_device_close(dev);
}

static void file_that_shrinks(void **state)
{
	struct fixture *fixture = *state;
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev = open_plain(fixture, ZR_ROLE_SOURCE);

	assert_int_equal(zr_device_emulate(dev, 4 * MIB, NULL), 0);
	assert_int_equal(truncate(fixture->path, 8 * MIB + BLOCK), 0);
	assert_int_equal(zr_device_read(dev, 8 * MIB, fixture->buffer, 2 * BLOCK, &err),
			 -ZR_E_SOURCE_READ);
	assert_non_null(strstr(err.text, "end of data, found 4096 expected 8192 bytes"));
	assert_int_equal(err.physical, 8 * MIB + BLOCK);
	assert_int_equal(err.zone, 2);
	zr_device_close(dev);
}

static void no_zones_before_emulation(void **state)
{
	struct zr_device *dev = open_plain(*state, ZR_ROLE_TARGET);
	struct zr_zone *zones = NULL;
	struct zr_zone zone;

	assert_int_equal(zr_device_report(dev, 0, 1, &zone, NULL), -ZR_E_TARGET_ZONES);
	assert_int_equal(zr_device_zones(dev, &zones, NULL), -ZR_E_TARGET_ZONES);
	assert_null(zones);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, 0, NULL), -ZR_E_ZONE_RULE);
	zr_device_close(dev);
}

static void emulated_zones(void **state)
{
	struct zr_device *dev = open_plain(*state, ZR_ROLE_TARGET);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_zone *zones = NULL;
	struct zr_zone last;

	assert_int_equal(zr_device_emulate(dev, 4 * MIB, NULL), 0);
	assert_int_equal(dev->geo.zone_size, 4 * MIB);
	assert_int_equal(dev->geo.zone_count, 3);
	assert_int_equal(zr_device_zones(dev, &zones, NULL), 0);
	assert_int_equal(zones[1].start, 4 * MIB);
	assert_int_equal(zones[1].cap, 4 * MIB);
	assert_int_equal(zones[1].type, ZR_ZONE_CONVENTIONAL);
	assert_int_equal(zr_device_report(dev, 2, 1, &last, NULL), 0);
	assert_int_equal(last.start, 8 * MIB);
	assert_int_equal(last.len, 2 * MIB);
	assert_int_equal(zr_device_report(dev, 2, 2, &last, NULL), -ZR_E_TARGET_ZONES);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, 1, &err), -ZR_E_ZONE_RULE);
	assert_non_null(strstr(err.text, "zone 1 at byte 4194304, zone is conventional"));
	free(zones);
	zr_device_close(dev);
}

static void emulation_of_bad_sizes(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 4095, 2 * MIB, 5 * MIB, 1ULL << 34 };
	struct zr_device *dev = open_plain(*state, ZR_ROLE_SOURCE);
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(zr_device_emulate(dev, sizes[i], NULL), -ZR_E_GEOMETRY);
	assert_int_equal(dev->geo.zone_size, 0);
	assert_int_equal(dev->geo.zone_count, 0);
	zr_device_close(dev);
}

static int try_open(const char *path, enum zr_device_role role, const char *text)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev = NULL;
	int ret = zr_device_open(&dev, path, role, &err);

	if (text && !strstr(err.text, text))
		fail_msg("\"%s\" lacks \"%s\"", err.text, text);
	zr_device_close(dev);
	return ret;
}

static void runs_exclude_each_other(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev = open_plain(fixture, ZR_ROLE_TARGET);

	assert_int_equal(try_open(fixture->path, ZR_ROLE_SOURCE, "in use"), -ZR_E_BUSY);
	zr_device_close(dev);
	dev = open_plain(fixture, ZR_ROLE_SOURCE);
	assert_int_equal(try_open(fixture->path, ZR_ROLE_SOURCE, NULL), 0);
	assert_int_equal(try_open(fixture->path, ZR_ROLE_TARGET, "in use"), -ZR_E_BUSY);
	zr_device_close(dev);
}

static void things_that_are_no_device(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(try_open("/tmp", ZR_ROLE_SOURCE, "neither a block device nor a file"),
			 -ZR_E_OPEN);
	assert_int_equal(try_open("/dev/null", ZR_ROLE_SOURCE, "neither"), -ZR_E_OPEN);
	assert_int_equal(try_open("/nonexistent/device", ZR_ROLE_SOURCE, "No such file"),
			 -ZR_E_OPEN);
	assert_int_equal(try_open("", ZR_ROLE_SOURCE, "No such file"), -ZR_E_OPEN);
	assert_int_equal(truncate(fixture->path, BLOCK - 1), 0);
	assert_int_equal(try_open(fixture->path, ZR_ROLE_SOURCE, "found 0 expected"),
			 -ZR_E_GEOMETRY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(geometry),
		TEST(reads_return_what_was_written),
		TEST(file_that_shrinks),
		TEST(no_zones_before_emulation),
		TEST(emulated_zones),
		TEST(emulation_of_bad_sizes),
		TEST(runs_exclude_each_other),
		TEST(things_that_are_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
