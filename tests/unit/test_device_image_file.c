// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of a zoned image: what is written into them, and what is refused when it is read.
 */
#include "test_device_image.h"

#include <errno.h>

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put_record(uint8_t *at, uint64_t start, uint64_t len, uint64_t cap, uint64_t wp,
		       uint32_t type, uint32_t cond)
{
	put64(at, start);
	put64(at + 8, len);
	put64(at + 16, cap);
	put64(at + 24, wp);
	put32(at + 36, type);
	put32(at + 40, cond);
}

static void put_header(uint8_t *at)
{
	memcpy(at, "btrfs-zreplace image", 20);
	put64(at + 32, 61440); /* sectors of 512 bytes in 30 MiB */
	put64(at + 40, 7680);
	put64(at + 48, 7680);
	put64(at + 56, 4194304);
	put32(at + 64, 8192);
	put32(at + 68, 4096);
	put32(at + 72, 4096);
	put32(at + 76, 8);
	put32(at + 80, 2);
	put32(at + 84, 3);
	put32(at + 88, 1);
	put32(at + 128, 0);
	put32(at + 132, 8);
}

static off_t file_size(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void new_files_byte_by_byte(void **state)
{
	struct fixture *fixture = *state;
	uint8_t expected[192 + 8 * 64] = { 0 };
	uint8_t found[sizeof(expected)];
	uint64_t at;
	uint32_t i;

	put_header(expected);
	for (i = 0; i < 8; i++) {
		at = i * 4194304ULL;
		if (i < 2)
			put_record(expected + 192 + 64 * i, at, 4194304, 4194304, at + 4194304, 1,
				   0);
		else if (i < 7)
			put_record(expected + 192 + 64 * i, at, 4194304, 3145728, at, 2, 1);
		else
			put_record(expected + 192 + 64 * i, at, 2097152, 2097152, at, 2, 1);
	}
	assert_int_equal(file_size(fixture->info), sizeof(expected));
	peek(fixture->info, 0, found, sizeof(found));
	assert_memory_equal(found, expected, sizeof(expected));
	assert_int_equal(file_size(fixture->data), 31457280);
}

static void records_byte_by_byte(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev;
	uint8_t expected[64] = { 0 };
	uint8_t found[64];

	poke32(fixture->info, RECORD(3, RECORD_FLAGS), 3);
	dev = open_image(fixture, ZR_ROLE_TARGET);
	assert_int_equal(zr_device_write(dev, 3 * ZONE_SIZE, fixture->buffer, 2 * BLOCK, NULL), 0);
	put_record(expected, 12582912, 4194304, 3145728, 12591104, 2, 2);
	put32(expected + 32, 3);
	peek(fixture->info, RECORD(3, 0), found, sizeof(found));
	assert_memory_equal(found, expected, sizeof(expected));

	assert_int_equal(zr_device_zone_op(dev, ZR_OP_CLOSE, 3, NULL), 0);
	put32(expected + 40, 4);
	peek(fixture->info, RECORD(3, 0), found, sizeof(found));
	assert_memory_equal(found, expected, sizeof(expected));

	assert_int_equal(zr_device_zone_op(dev, ZR_OP_FINISH, 3, NULL), 0);
	put64(expected + 24, 16777216);
	put32(expected + 40, 14);
	peek(fixture->info, RECORD(3, 0), found, sizeof(found));
	assert_memory_equal(found, expected, sizeof(expected));

	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, 3, NULL), 0);
	put64(expected + 24, 12582912);
	put32(expected + 40, 1);
	peek(fixture->info, RECORD(3, 0), found, sizeof(found));
	assert_memory_equal(found, expected, sizeof(expected));
	zr_device_close(dev);
}

/* Dumps have whatever was in memory in their reserved bytes, and unknown limits. */
static void dumps_of_drives_open(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev;

	memset(fixture->buffer, 0xa5, 56);
	poke(fixture->info, 92, fixture->buffer, 36);
	poke(fixture->info, 136, fixture->buffer, 56);
	poke(fixture->info, RECORD(2, 44), fixture->buffer, 20);
	poke(fixture->info, 0, "WDC      HC620\001  0001          XX", 32);
	poke32(fixture->info, 80, UINT32_MAX);
	poke32(fixture->info, 84, UINT32_MAX);
	poke64(fixture->info, RECORD(0, RECORD_WP), UINT64_MAX - 511);
	poke64(fixture->info, RECORD(2, RECORD_WP), UINT64_MAX);
	dev = open_image(fixture, ZR_ROLE_TARGET);
	assert_string_equal(dev->model, "WDC      HC620?  0001          X");
	assert_int_equal(dev->geo.max_open, 0);
	assert_int_equal(dev->geo.max_active, 0);
	expect_zone(dev, 2, ZR_COND_EMPTY, 0);
	assert_int_equal(zr_device_write(dev, 2 * ZONE_SIZE, fixture->buffer, BLOCK, NULL), 0);
	zr_device_close(dev);
}

struct damage {
	uint64_t offset; /* in the info file */
	int bytes; /* 4 or 8 */
	uint64_t value;
	int code;
	const char *text;
};

static const struct damage damages[] = {
	{ 32, 8, 0, ZR_E_IMAGE, "impossible size, found 0" },
	{ 32, 8, UINT64_MAX, ZR_E_IMAGE, "impossible size" },
	{ 32, 8, 1ULL << 55, ZR_E_IMAGE, "impossible size" },
	{ 32, 8, 61441, ZR_E_IMAGE, "data file too short, found 31457280 expected 31457792" },
	{ 32, 8, 61432, ZR_E_IMAGE, "number of logical blocks" },
	{ 32, 8, 49152, ZR_E_IMAGE, "number of zones contradicts the size, found 8 expected 6" },
	{ 40, 8, 7679, ZR_E_IMAGE, "number of logical blocks" },
	{ 56, 8, 0, ZR_E_IMAGE, "zone size, found 0 expected 4194304" },
	{ 56, 8, 8388608, ZR_E_IMAGE, "zone size contradicts its sectors, found 8388608" },
	{ 64, 4, 0, ZR_E_IMAGE, "zone size contradicts its sectors" },
	{ 64, 4, 16384, ZR_E_IMAGE, "zone size contradicts its sectors" },
	{ 68, 4, 0, ZR_E_IMAGE, "number of logical blocks" },
	{ 68, 4, 512, ZR_E_IMAGE, "number of logical blocks" },
	{ 76, 4, 0, ZR_E_IMAGE, "number of zones contradicts the size, found 0 expected 8" },
	{ 76, 4, 7, ZR_E_IMAGE, "number of zones contradicts the size, found 7 expected 8" },
	{ 76, 4, UINT32_MAX, ZR_E_IMAGE, "number of zones contradicts the size" },
	{ 88, 4, 0, ZR_E_IMAGE, "unknown zone model, found 0" },
	{ 88, 4, 3, ZR_E_IMAGE, "unknown zone model, found 3" },
	{ 128, 4, 1, ZR_E_IMAGE, "dump of a part of the device, first zone, found 1 expected 0" },
	{ 132, 4, 7, ZR_E_IMAGE, "dump of a part of the device, end zone, found 7 expected 8" },
	{ RECORD(3, RECORD_TYPE), 4, 3, ZR_E_ZONE_REPORT,
	  "zone 3 at byte 12582912, unsupported type" },
	{ RECORD(3, RECORD_COND), 4, 9, ZR_E_ZONE_REPORT, "unknown condition, found 9" },
	{ RECORD(3, RECORD_START), 8, 0, ZR_E_ZONE_REPORT, "wrong start" },
	{ RECORD(3, RECORD_LEN), 8, UINT64_MAX, ZR_E_ZONE_REPORT, "wrong length" },
	{ RECORD(3, RECORD_CAP), 8, 0, ZR_E_ZONE_REPORT, "wrong capacity" },
};

static void damaged_info_files(void **state)
{
	struct fixture *fixture = *state;
	uint64_t saved;
	size_t i;

	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *it = &damages[i];
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_device *dev = NULL;

		peek(fixture->info, it->offset, &saved, 8);
		if (it->bytes == 4)
			poke32(fixture->info, it->offset, (uint32_t)it->value);
		else
			poke64(fixture->info, it->offset, it->value);
		assert_int_equal(zr_device_open(&dev, fixture->info, ZR_ROLE_TARGET, &err),
				 -it->code);
		if (!strstr(err.text, it->text))
			fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err.text, it->text);
		assert_null(dev);
		poke64(fixture->info, it->offset, saved);
	}
	zr_device_close(open_image(fixture, ZR_ROLE_TARGET));
}

static void expect_open_fails(const char *path, int code, const char *text)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev = NULL;

	assert_int_equal(zr_device_open(&dev, path, ZR_ROLE_SOURCE, &err), -code);
	if (!strstr(err.text, text))
		fail_msg("\"%s\" lacks \"%s\"", err.text, text);
	assert_null(dev);
}

static void write_pointers_are_checked(void **state)
{
	struct fixture *fixture = *state;

	poke32(fixture->info, RECORD(3, RECORD_COND), ZR_COND_CLOSED);
	poke64(fixture->info, RECORD(3, RECORD_WP), 3 * ZONE_SIZE + CAP + 1);
	assert_int_equal(
		zr_device_open(&(struct zr_device *){ NULL }, fixture->info, ZR_ROLE_SOURCE, NULL),
		-ZR_E_ZONE_REPORT);
}

static void geometry_that_btrfs_cannot_use(void **state)
{
	struct fixture *fixture = *state;

	/* One zone of 32 MiB - 512 bytes: consistent, but no power of two. */
	poke32(fixture->info, 64, 65535);
	poke64(fixture->info, 56, 65535 * 512);
	poke32(fixture->info, 76, 1);
	poke32(fixture->info, 132, 1);
	assert_int_equal(
		zr_device_open(&(struct zr_device *){ NULL }, fixture->info, ZR_ROLE_SOURCE, NULL),
		-ZR_E_GEOMETRY);
}

static void blocks_larger_than_a_page(void **state)
{
	struct fixture *fixture = *state;

	poke32(fixture->info, 68, 8192);
	poke64(fixture->info, 40, 3840);
	expect_open_fails(fixture->info, ZR_E_GEOMETRY, "found 8192 expected a power of two");
}

static void short_files(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(truncate(fixture->data, DEVICE_SIZE - 1), 0);
	expect_open_fails(fixture->info, ZR_E_IMAGE,
			  "a_zone_data.dump, data file too short, found 31457279");
	assert_int_equal(truncate(fixture->data, DEVICE_SIZE + 1), 0);
	zr_device_close(open_image(fixture, ZR_ROLE_SOURCE));
	assert_int_equal(truncate(fixture->info, 192 + 8 * 64 - 1), 0);
	expect_open_fails(fixture->info, ZR_E_IMAGE, "info file too short, found 703 expected 704");
	assert_int_equal(truncate(fixture->info, 191), 0);
	expect_open_fails(fixture->info, ZR_E_IMAGE, "info file too short, found 191");
	assert_int_equal(truncate(fixture->info, 0), 0);
	expect_open_fails(fixture->info, ZR_E_IMAGE, "info file too short, found 0 expected 192");
}

static void missing_files(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->data);
	expect_open_fails(fixture->info, ZR_E_OPEN, "a_zone_data.dump, failed: No such file");
	unlink(fixture->info);
	expect_open_fails(fixture->info, ZR_E_OPEN, "No such file");
}

static void data_files_are_not_devices(void **state)
{
	struct fixture *fixture = *state;

	expect_open_fails(fixture->data, ZR_E_IMAGE, "name its info file");
}

static void names(void **state)
{
	(void)state;
	assert_true(zr_image_is_name("a_zone_info.dump"));
	assert_true(zr_image_is_name("/x/_zone_info.dump"));
	assert_false(zr_image_is_name("a_zone_data.dump"));
	assert_false(zr_image_is_name("zone_info.dump"));
	assert_false(zr_image_is_name("a_zone_info.dump.xz"));
	assert_false(zr_image_is_name(""));
	assert_true(zr_image_is_data_name("a_zone_data.dump"));
	assert_false(zr_image_is_data_name("a_zone_info.dump"));
}

static void creation_does_not_overwrite(void **state)
{
	struct fixture *fixture = *state;
	struct zr_geometry geo = image_geometry();
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_zone zones[ZONES];

	image_zones(zones);
	assert_int_equal(zr_image_create(fixture->info, &geo, zones, &err), -ZR_E_OPEN);
	assert_int_equal(err.sys_errno, EEXIST);
	unlink(fixture->data);
	assert_int_equal(zr_image_create(fixture->info, &geo, zones, NULL), -ZR_E_OPEN);
	assert_int_equal(access(fixture->data, F_OK), -1);
	assert_int_equal(file_size(fixture->info), 704);
	unlink(fixture->info);
	assert_int_equal(zr_image_create(fixture->info, &geo, zones, NULL), 0);
}

static void creation_of_the_impossible(void **state)
{
	struct fixture *fixture = *state;
	const struct zr_geometry good = image_geometry();
	struct zr_geometry geos[6];
	struct zr_zone zones[ZONES];
	size_t i;

	unlink(fixture->info);
	unlink(fixture->data);
	image_zones(zones);
	for (i = 0; i < 6; i++)
		geos[i] = good;
	geos[0].model = ZR_MODEL_REGULAR;
	geos[1].logical_block = 0;
	geos[2].logical_block = 8192;
	geos[3].size -= 512;
	geos[4].zone_count = 0;
	geos[5].zone_count = 7;
	for (i = 0; i < 6; i++)
		assert_int_equal(zr_image_create(fixture->info, &geos[i], zones, NULL),
				 -ZR_E_ARGUMENT);
	geos[0] = good;
	geos[0].zone_size = 3 * MIB;
	assert_int_equal(zr_image_create(fixture->info, &geos[0], zones, NULL), -ZR_E_GEOMETRY);
	zones[4].cap = 5 * MIB;
	assert_int_equal(zr_image_create(fixture->info, &good, zones, NULL), -ZR_E_ARGUMENT);
	image_zones(zones);
	zones[4].type = (enum zr_zone_type)3;
	assert_int_equal(zr_image_create(fixture->info, &good, zones, NULL), -ZR_E_ARGUMENT);
	assert_int_equal(zr_image_create(fixture->folder, &good, zones, NULL), -ZR_E_ARGUMENT);
	assert_int_equal(access(fixture->info, F_OK), -1);
	assert_int_equal(access(fixture->data, F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(new_files_byte_by_byte),
		TEST(records_byte_by_byte),
		TEST(dumps_of_drives_open),
		TEST(damaged_info_files),
		TEST(write_pointers_are_checked),
		TEST(geometry_that_btrfs_cannot_use),
		TEST(blocks_larger_than_a_page),
		TEST(short_files),
		TEST(missing_files),
		TEST(data_files_are_not_devices),
		cmocka_unit_test(names),
		TEST(creation_does_not_overwrite),
		TEST(creation_of_the_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
