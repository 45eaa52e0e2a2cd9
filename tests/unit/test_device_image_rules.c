// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A zoned image as a host-managed device: what it allows, what it refuses, what it reads back.
 */
#include "test_device_image.h"

/* Z is the zone that most tests write to. */
#define Z 3

static void expect_write(struct fixture *fixture, struct zr_device *dev, uint64_t physical,
			 size_t len)
{
	struct zr_error err = ZR_ERROR_INIT;
	int ret = zr_device_write(dev, physical, fixture->buffer, len, &err);

	assert_string_equal(err.text, "");
	assert_int_equal(ret, 0);
}

static void expect_op(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no)
{
	struct zr_error err = ZR_ERROR_INIT;
	int ret = zr_device_zone_op(dev, op, zone_no, &err);

	assert_string_equal(err.text, "");
	assert_int_equal(ret, 0);
}

static void check_refusal(const struct zr_error *err, int ret, uint64_t physical, const char *text)
{
	assert_int_equal(ret, -ZR_E_ZONE_RULE);
	assert_int_equal(err->code, ZR_E_ZONE_RULE);
	assert_int_equal(err->zone, physical / ZONE_SIZE);
	assert_int_equal(err->physical, physical);
	if (!strstr(err->text, text) || !strstr(err->text, "a_zone_info.dump zone "))
		fail_msg("\"%s\" lacks \"%s\" or the place", err->text, text);
}

static void refuse_write(struct fixture *fixture, struct zr_device *dev, uint64_t physical,
			 size_t len, const char *text)
{
	struct zr_error err = ZR_ERROR_INIT;

	check_refusal(&err, zr_device_write(dev, physical, fixture->buffer, len, &err), physical,
		      text);
}

static void refuse_op(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no, const char *text)
{
	struct zr_error err = ZR_ERROR_INIT;

	check_refusal(&err, zr_device_zone_op(dev, op, zone_no, &err), zone_no * ZONE_SIZE, text);
}

/* Every byte of [physical, physical + len) on the device is value. */
static void expect_bytes(struct fixture *fixture, struct zr_device *dev, uint64_t physical,
			 size_t len, uint8_t value)
{
	size_t i;

	memset(fixture->buffer, ~value, len);
	assert_int_equal(zr_device_read(dev, physical, fixture->buffer, len, NULL), 0);
	for (i = 0; i < len; i++)
		if (fixture->buffer[i] != value)
			fail_msg("byte %zu is %u", i, fixture->buffer[i]);
}

static void new_image_reports_its_zones(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_SOURCE);
	struct zr_zone *zones = NULL;
	uint32_t i;

	assert_int_equal(dev->geo.model, ZR_MODEL_HOST_MANAGED);
	assert_int_equal(dev->geo.size, DEVICE_SIZE);
	assert_int_equal(dev->geo.zone_size, ZONE_SIZE);
	assert_int_equal(dev->geo.zone_count, ZONES);
	assert_int_equal(dev->geo.max_active, MAX_ACTIVE);
	assert_int_equal(dev->geo.max_open, MAX_OPEN);
	assert_int_equal(dev->geo.logical_block, BLOCK);
	assert_int_equal(dev->id, 0);
	assert_string_equal(dev->model, "btrfs-zreplace image");
	assert_int_equal(zr_device_zones(dev, &zones, NULL), 0);
	for (i = 0; i < ZONES; i++)
		assert_int_equal(zones[i].cond, i < 2 ? ZR_COND_NOT_WP : ZR_COND_EMPTY);
	assert_int_equal(zones[Z].cap, CAP);
	assert_int_equal(zones[LAST].len, 2 * MIB);
	assert_int_equal(zones[LAST].cap, 2 * MIB);
	free(zones);
	zr_device_close(dev);
}

static void writes_move_the_pointer(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	expect_write(*state, dev, Z * ZONE_SIZE, BLOCK);
	expect_zone(dev, Z, ZR_COND_IMP_OPEN, BLOCK);
	expect_write(*state, dev, Z * ZONE_SIZE + BLOCK, 3 * BLOCK);
	expect_zone(dev, Z, ZR_COND_IMP_OPEN, 4 * BLOCK);
	expect_write(*state, dev, Z * ZONE_SIZE + 4 * BLOCK, CAP - 4 * BLOCK);
	expect_zone(dev, Z, ZR_COND_FULL, ZONE_SIZE);
	expect_zone(dev, Z + 1, ZR_COND_EMPTY, 0);
	zr_device_close(dev);
}

static void writes_elsewhere_are_refused(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	uint64_t start = Z * ZONE_SIZE;

	refuse_write(*state, dev, start + BLOCK, BLOCK, "not at the write pointer");
	expect_zone(dev, Z, ZR_COND_EMPTY, 0);
	expect_write(*state, dev, start, 2 * BLOCK);
	refuse_write(*state, dev, start, BLOCK, "not at the write pointer");
	refuse_write(*state, dev, start + BLOCK, BLOCK, "expected byte 12591104");
	refuse_write(*state, dev, start + 3 * BLOCK, BLOCK, "not at the write pointer");
	expect_zone(dev, Z, ZR_COND_IMP_OPEN, 2 * BLOCK);
	zr_device_close(dev);
}

static void writes_end_at_the_capacity(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	uint64_t start = Z * ZONE_SIZE;

	refuse_write(*state, dev, start, CAP + BLOCK,
		     "beyond the capacity, found 3149824 bytes expected at most 3145728");
	expect_write(*state, dev, start, CAP - BLOCK);
	refuse_write(*state, dev, start + CAP - BLOCK, 2 * BLOCK, "beyond the capacity");
	refuse_write(*state, dev, start + CAP - BLOCK, 4 * MIB - BLOCK,
		     "across the end of the zone");
	expect_write(*state, dev, start + CAP - BLOCK, BLOCK);
	refuse_write(*state, dev, start + CAP, BLOCK, "zone is full");
	refuse_write(*state, dev, start, BLOCK, "zone is full");
	zr_device_close(dev);
}

static void short_last_zone_fills_up(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	expect_write(*state, dev, LAST * ZONE_SIZE, 2 * MIB);
	expect_zone(dev, LAST, ZR_COND_FULL, 2 * MIB);
	zr_device_close(dev);
}

static void conventional_zones_take_any_order(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	struct fixture *fixture = *state;

	memset(fixture->buffer, 5, 4 * MIB);
	expect_write(fixture, dev, 3 * BLOCK, BLOCK);
	expect_write(fixture, dev, BLOCK, BLOCK);
	expect_write(fixture, dev, BLOCK, BLOCK);
	expect_write(fixture, dev, ZONE_SIZE, 4 * MIB);
	refuse_write(fixture, dev, ZONE_SIZE - BLOCK, 2 * BLOCK, "across the end of the zone");
	expect_bytes(fixture, dev, BLOCK, BLOCK, 5);
	expect_bytes(fixture, dev, 2 * BLOCK, BLOCK, 0);
	expect_bytes(fixture, dev, ZONE_SIZE, 4 * MIB, 5);
	assert_int_equal(zone_of(dev, 0).cond, ZR_COND_NOT_WP);
	zr_device_close(dev);
}

static void conventional_zones_take_no_commands(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	refuse_op(dev, ZR_OP_RESET, 1, "zone is conventional");
	refuse_op(dev, ZR_OP_CLOSE, 1, "zone is conventional");
	refuse_op(dev, ZR_OP_FINISH, 1, "zone is conventional");
	zr_device_close(dev);
}

static void dead_zones(void **state)
{
	struct fixture *fixture = *state;
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev;

	poke32(fixture->info, RECORD(0, RECORD_COND), ZR_COND_READONLY);
	poke32(fixture->info, RECORD(3, RECORD_COND), ZR_COND_READONLY);
	poke32(fixture->info, RECORD(4, RECORD_COND), ZR_COND_OFFLINE);
	memset(fixture->buffer, 7, BLOCK);
	poke(fixture->data, 3 * ZONE_SIZE, fixture->buffer, BLOCK);
	poke(fixture->data, 4 * ZONE_SIZE, fixture->buffer, BLOCK);
	dev = open_image(fixture, ZR_ROLE_TARGET);
	refuse_write(fixture, dev, 0, BLOCK, "zone is read-only");
	refuse_write(fixture, dev, 3 * ZONE_SIZE, BLOCK, "zone is read-only");
	refuse_write(fixture, dev, 4 * ZONE_SIZE, BLOCK, "zone is offline");
	refuse_op(dev, ZR_OP_RESET, 3, "zone is read-only");
	refuse_op(dev, ZR_OP_FINISH, 3, "zone is read-only");
	refuse_op(dev, ZR_OP_CLOSE, 4, "zone is offline");
	refuse_op(dev, ZR_OP_RESET, 4, "zone is offline");
	expect_bytes(fixture, dev, 3 * ZONE_SIZE, BLOCK, 7);
	assert_int_equal(zr_device_read(dev, 4 * ZONE_SIZE, fixture->buffer, BLOCK, &err),
			 -ZR_E_TARGET_READ);
	assert_non_null(strstr(err.text, "zone is offline"));
	assert_int_equal(err.zone, 4);
	zr_device_close(dev);
}

static void reset_empties(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	struct fixture *fixture = *state;

	memset(fixture->buffer, 9, 4 * MIB);
	expect_write(fixture, dev, Z * ZONE_SIZE, 8 * BLOCK);
	expect_op(dev, ZR_OP_RESET, Z);
	expect_zone(dev, Z, ZR_COND_EMPTY, 0);
	expect_bytes(fixture, dev, Z * ZONE_SIZE, 8 * BLOCK, 0);
	peek(fixture->data, Z * ZONE_SIZE, fixture->buffer, BLOCK);
	assert_int_equal(fixture->buffer[0], 0);
	expect_op(dev, ZR_OP_RESET, Z);
	expect_write(fixture, dev, Z * ZONE_SIZE, CAP);
	expect_op(dev, ZR_OP_RESET, Z);
	expect_zone(dev, Z, ZR_COND_EMPTY, 0);
	zr_device_close(dev);
}

static void close_keeps_or_empties(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	refuse_op(dev, ZR_OP_CLOSE, Z, "zone is empty, expected open");
	expect_write(*state, dev, Z * ZONE_SIZE, BLOCK);
	expect_op(dev, ZR_OP_CLOSE, Z);
	expect_zone(dev, Z, ZR_COND_CLOSED, BLOCK);
	expect_op(dev, ZR_OP_CLOSE, Z);
	expect_write(*state, dev, Z * ZONE_SIZE + BLOCK, BLOCK);
	expect_zone(dev, Z, ZR_COND_IMP_OPEN, 2 * BLOCK);
	expect_op(dev, ZR_OP_FINISH, Z);
	refuse_op(dev, ZR_OP_CLOSE, Z, "zone is full, expected open");
	zr_device_close(dev);
}

static void explicitly_open_zones(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev;

	poke32(fixture->info, RECORD(Z, RECORD_COND), ZR_COND_EXP_OPEN);
	poke32(fixture->info, RECORD(Z + 1, RECORD_COND), ZR_COND_EXP_OPEN);
	dev = open_image(fixture, ZR_ROLE_TARGET);
	expect_op(dev, ZR_OP_CLOSE, Z + 1);
	expect_zone(dev, Z + 1, ZR_COND_EMPTY, 0);
	expect_write(fixture, dev, Z * ZONE_SIZE, BLOCK);
	expect_zone(dev, Z, ZR_COND_EXP_OPEN, BLOCK);
	zr_device_close(dev);
}

static void finish_fills(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	struct fixture *fixture = *state;

	memset(fixture->buffer, 9, 4 * MIB);
	expect_write(fixture, dev, Z * ZONE_SIZE, BLOCK);
	expect_op(dev, ZR_OP_FINISH, Z);
	expect_zone(dev, Z, ZR_COND_FULL, ZONE_SIZE);
	expect_op(dev, ZR_OP_FINISH, Z);
	expect_op(dev, ZR_OP_FINISH, Z + 1);
	expect_zone(dev, Z + 1, ZR_COND_FULL, ZONE_SIZE);
	refuse_write(fixture, dev, Z * ZONE_SIZE + BLOCK, BLOCK, "zone is full");
	expect_bytes(fixture, dev, Z * ZONE_SIZE, BLOCK, 9);
	expect_bytes(fixture, dev, Z * ZONE_SIZE + BLOCK, CAP - BLOCK, 0);
	zr_device_close(dev);
}

/* What a dead process left above the write pointer is neither read nor brought back by a finish. */
static void stale_data_stays_hidden(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev;

	memset(fixture->buffer, 9, 4 * MIB);
	poke(fixture->data, Z * ZONE_SIZE, fixture->buffer, 4 * MIB);
	dev = open_image(fixture, ZR_ROLE_TARGET);
	expect_bytes(fixture, dev, Z * ZONE_SIZE, 4 * MIB, 0);
	memset(fixture->buffer, 3, BLOCK);
	expect_write(fixture, dev, Z * ZONE_SIZE, BLOCK);
	expect_bytes(fixture, dev, Z * ZONE_SIZE, BLOCK, 3);
	expect_bytes(fixture, dev, Z * ZONE_SIZE + BLOCK, 4 * MIB - BLOCK, 0);
	expect_op(dev, ZR_OP_FINISH, Z);
	expect_bytes(fixture, dev, Z * ZONE_SIZE + BLOCK, 4 * MIB - BLOCK, 0);
	zr_device_close(dev);
}

static void reads_cross_zones(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	struct fixture *fixture = *state;

	memset(fixture->buffer, 1, BLOCK);
	expect_write(fixture, dev, 2 * ZONE_SIZE - BLOCK, BLOCK);
	memset(fixture->buffer, 2, BLOCK);
	expect_write(fixture, dev, 2 * ZONE_SIZE, BLOCK);
	assert_int_equal(
		zr_device_read(dev, 2 * ZONE_SIZE - BLOCK, fixture->buffer, 3 * BLOCK, NULL), 0);
	assert_int_equal(fixture->buffer[0], 1);
	assert_int_equal(fixture->buffer[BLOCK - 1], 1);
	assert_int_equal(fixture->buffer[BLOCK], 2);
	assert_int_equal(fixture->buffer[2 * BLOCK - 1], 2);
	assert_int_equal(fixture->buffer[2 * BLOCK], 0);
	zr_device_close(dev);
}

/* Limits: 2 open, 3 active. */
static void open_limit_closes_implicitly_open_zones(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	expect_write(*state, dev, 2 * ZONE_SIZE, BLOCK);
	expect_write(*state, dev, 3 * ZONE_SIZE, BLOCK);
	expect_zone(dev, 2, ZR_COND_IMP_OPEN, BLOCK);
	expect_write(*state, dev, 4 * ZONE_SIZE, BLOCK);
	expect_zone(dev, 2, ZR_COND_CLOSED, BLOCK);
	expect_zone(dev, 3, ZR_COND_IMP_OPEN, BLOCK);
	expect_zone(dev, 4, ZR_COND_IMP_OPEN, BLOCK);
	expect_write(*state, dev, 2 * ZONE_SIZE + BLOCK, BLOCK);
	expect_zone(dev, 2, ZR_COND_IMP_OPEN, 2 * BLOCK);
	expect_zone(dev, 3, ZR_COND_CLOSED, BLOCK);
	zr_device_close(dev);
}

static void open_limit_without_a_zone_to_close(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev;

	poke32(fixture->info, RECORD(2, RECORD_COND), ZR_COND_EXP_OPEN);
	poke32(fixture->info, RECORD(3, RECORD_COND), ZR_COND_EXP_OPEN);
	dev = open_image(fixture, ZR_ROLE_TARGET);
	refuse_write(fixture, dev, 4 * ZONE_SIZE, BLOCK, "open zones: ");
	expect_zone(dev, 4, ZR_COND_EMPTY, 0);
	expect_write(fixture, dev, 3 * ZONE_SIZE, BLOCK);
	expect_op(dev, ZR_OP_CLOSE, 2);
	expect_write(fixture, dev, 4 * ZONE_SIZE, BLOCK);
	zr_device_close(dev);
}

static void active_limit(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	expect_write(*state, dev, 2 * ZONE_SIZE, BLOCK);
	expect_write(*state, dev, 3 * ZONE_SIZE, BLOCK);
	expect_op(dev, ZR_OP_CLOSE, 3);
	expect_write(*state, dev, 4 * ZONE_SIZE, BLOCK);
	refuse_write(*state, dev, 5 * ZONE_SIZE, BLOCK, "limit reached, found 3 expected below 3");
	refuse_op(dev, ZR_OP_FINISH, 5, "active zones: ");
	expect_zone(dev, 5, ZR_COND_EMPTY, 0);
	expect_zone(dev, 2, ZR_COND_IMP_OPEN, BLOCK);
	expect_op(dev, ZR_OP_FINISH, 3);
	expect_write(*state, dev, 5 * ZONE_SIZE, CAP);
	expect_op(dev, ZR_OP_FINISH, 6);
	expect_write(*state, dev, 7 * ZONE_SIZE, BLOCK);
	expect_op(dev, ZR_OP_RESET, 7);
	expect_op(dev, ZR_OP_RESET, 6);
	expect_write(*state, dev, 6 * ZONE_SIZE, BLOCK);
	zr_device_close(dev);
}

static void no_limits(void **state)
{
	struct fixture *fixture = *state;
	struct zr_device *dev;
	uint32_t i;

	poke32(fixture->info, 80, 0);
	poke32(fixture->info, 84, UINT32_MAX);
	dev = open_image(fixture, ZR_ROLE_TARGET);
	assert_int_equal(dev->geo.max_open, 0);
	assert_int_equal(dev->geo.max_active, 0);
	for (i = CONVENTIONAL; i < ZONES; i++)
		expect_write(fixture, dev, i * ZONE_SIZE, BLOCK);
	for (i = CONVENTIONAL; i < ZONES; i++)
		expect_zone(dev, i, ZR_COND_IMP_OPEN, BLOCK);
	zr_device_close(dev);
}

/* The checks in front of every backend, seen through this one. */
static void transfers_outside(void **state)
{
	static const struct {
		uint64_t physical;
		size_t len;
		const char *text;
	} rows[] = {
		{ DEVICE_SIZE, BLOCK, "outside the device" },
		{ DEVICE_SIZE - BLOCK, 2 * BLOCK, "outside the device" },
		{ 0, DEVICE_SIZE + BLOCK, "outside the device" },
		{ UINT64_MAX - BLOCK + 1, BLOCK, "outside the device" },
		{ UINT64_MAX - BLOCK + 1, 2 * BLOCK, "outside the device" },
		{ BLOCK, SIZE_MAX - BLOCK + 1, "outside the device" },
		{ 0, 0, "outside the device" },
		{ 512, BLOCK, "not aligned" },
		{ 0, 512, "not aligned" },
		{ BLOCK, BLOCK + 1, "not aligned" },
	};
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error in = ZR_ERROR_INIT;
		struct zr_error out = ZR_ERROR_INIT;

		assert_int_equal(
			zr_device_read(dev, rows[i].physical, fixture->buffer, rows[i].len, &in),
			-ZR_E_TARGET_READ);
		assert_int_equal(
			zr_device_write(dev, rows[i].physical, fixture->buffer, rows[i].len, &out),
			-ZR_E_TARGET_WRITE);
		assert_non_null(strstr(in.text, rows[i].text));
		assert_non_null(strstr(out.text, rows[i].text));
		assert_int_equal(in.physical, rows[i].physical);
	}
	zr_device_close(dev);
}

static void calls_that_no_caller_makes(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);
	struct fixture *fixture = *state;
	struct zr_zone zones[2];

	assert_int_equal(zr_device_read(dev, 0, fixture->buffer + 512, BLOCK, NULL),
			 -ZR_E_INTERNAL);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, ZONES, NULL), -ZR_E_ZONE_RULE);
	assert_int_equal(zr_device_report(dev, ZONES, 1, zones, NULL), -ZR_E_TARGET_ZONES);
	assert_int_equal(zr_device_report(dev, ZONES - 1, 2, zones, NULL), -ZR_E_TARGET_ZONES);
	assert_int_equal(zr_device_report(dev, UINT32_MAX, 2, zones, NULL), -ZR_E_TARGET_ZONES);
	assert_int_equal(zr_device_emulate(dev, 64 * MIB, NULL), 0);
	assert_int_equal(dev->geo.zone_size, ZONE_SIZE);
	zr_device_close(dev);
	zr_device_close(NULL);
}

static void sources_are_not_written(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_SOURCE);
	struct fixture *fixture = *state;

	assert_int_equal(zr_device_write(dev, 0, fixture->buffer, BLOCK, NULL), -ZR_E_INTERNAL);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, Z, NULL), -ZR_E_INTERNAL);
	assert_int_equal(zr_device_flush(dev, NULL), 0);
	assert_int_equal(zr_device_read(dev, DEVICE_SIZE, fixture->buffer, BLOCK, NULL),
			 -ZR_E_SOURCE_READ);
	zr_device_close(dev);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(new_image_reports_its_zones),
		TEST(writes_move_the_pointer),
		TEST(writes_elsewhere_are_refused),
		TEST(writes_end_at_the_capacity),
		TEST(short_last_zone_fills_up),
		TEST(conventional_zones_take_any_order),
		TEST(conventional_zones_take_no_commands),
		TEST(dead_zones),
		TEST(reset_empties),
		TEST(close_keeps_or_empties),
		TEST(explicitly_open_zones),
		TEST(finish_fills),
		TEST(stale_data_stays_hidden),
		TEST(reads_cross_zones),
		TEST(open_limit_closes_implicitly_open_zones),
		TEST(open_limit_without_a_zone_to_close),
		TEST(active_limit),
		TEST(no_limits),
		TEST(transfers_outside),
		TEST(calls_that_no_caller_makes),
		TEST(sources_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
