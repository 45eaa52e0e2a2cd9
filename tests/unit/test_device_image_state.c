// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an image keeps when it is closed, when its process dies, and when the system fails it.
 */
#include "test_device_image.h"

#include <errno.h>
#include <sys/wait.h>

#define Z 3

/* Calls to the system that the tests let fail: these definitions come before the C library's. */
static bool punch_fails;
static int syncs;
static int failing_sync; /* number of the call that fails, 0 for none */

int fallocate(int fd, int mode, off_t offset, off_t len)
{
	uint8_t *zeroes;
	bool written;

	(void)mode;
	if (punch_fails) {
		errno = EOPNOTSUPP;
		return -1;
	}
	zeroes = calloc(1, (size_t)len);
	written = zeroes && pwrite(fd, zeroes, (size_t)len, offset) == (ssize_t)len;
	free(zeroes);
	return written ? 0 : -1;
}

int fdatasync(int fd)
{
	if (++syncs == failing_sync) {
		errno = EIO;
		return -1;
	}
	return fsync(fd);
}

static int setup(void **state)
{
	punch_fails = false;
	failing_sync = 0;
	syncs = 0;
	return fixture_setup(state);
}

static void fill(struct fixture *fixture, struct zr_device *dev, uint32_t zone_no, uint64_t offset,
		 size_t len, int value)
{
	memset(fixture->buffer, value, len);
	assert_int_equal(
		zr_device_write(dev, zone_no * ZONE_SIZE + offset, fixture->buffer, len, NULL), 0);
}

static void expect_bytes(struct fixture *fixture, struct zr_device *dev, uint32_t zone_no,
			 uint64_t offset, size_t len, int value)
{
	size_t i;

	assert_int_equal(
		zr_device_read(dev, zone_no * ZONE_SIZE + offset, fixture->buffer, len, NULL), 0);
	for (i = 0; i < len; i++)
		if (fixture->buffer[i] != value)
			fail_msg("byte %zu is %u", i, fixture->buffer[i]);
}

static uint64_t stored_pointer(const struct fixture *fixture, uint32_t zone_no)
{
	uint64_t wp;

	peek(fixture->info, RECORD(zone_no, RECORD_WP), &wp, sizeof(wp));
	return wp - zone_no * ZONE_SIZE;
}

static void reopening_keeps_state(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	fill(*state, dev, 0, BLOCK, BLOCK, 1);
	fill(*state, dev, 3, 0, BLOCK, 2);
	fill(*state, dev, 3, BLOCK, BLOCK, 3);
	fill(*state, dev, 4, 0, BLOCK, 4);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_CLOSE, 4, NULL), 0);
	fill(*state, dev, 5, 0, CAP, 5);
	zr_device_close(dev);

	dev = open_image(*state, ZR_ROLE_TARGET);
	expect_zone(dev, 2, ZR_COND_EMPTY, 0);
	expect_zone(dev, 3, ZR_COND_IMP_OPEN, 2 * BLOCK);
	expect_zone(dev, 4, ZR_COND_CLOSED, BLOCK);
	expect_zone(dev, 5, ZR_COND_FULL, ZONE_SIZE);
	expect_bytes(*state, dev, 0, BLOCK, BLOCK, 1);
	expect_bytes(*state, dev, 3, 0, BLOCK, 2);
	expect_bytes(*state, dev, 3, BLOCK, BLOCK, 3);
	expect_bytes(*state, dev, 4, 0, BLOCK, 4);
	expect_bytes(*state, dev, 5, 0, CAP, 5);
	fill(*state, dev, 3, 2 * BLOCK, BLOCK, 6);
	zr_device_close(dev);
}

/* Limits are counted from what was stored: 2 of 2 open, 2 of 3 active. */
static void reopening_counts_open_zones(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	fill(*state, dev, 3, 0, BLOCK, 2);
	fill(*state, dev, 4, 0, BLOCK, 2);
	zr_device_close(dev);
	dev = open_image(*state, ZR_ROLE_TARGET);
	fill(*state, dev, 5, 0, BLOCK, 2);
	expect_zone(dev, 3, ZR_COND_CLOSED, BLOCK);
	memset(((struct fixture *)*state)->buffer, 0, BLOCK);
	assert_int_equal(zr_device_write(dev, 6 * ZONE_SIZE, ((struct fixture *)*state)->buffer,
					 BLOCK, NULL),
			 -ZR_E_ZONE_RULE);
	zr_device_close(dev);
}

/* Run a part of a test in a process that ends without closing anything. */
static void in_a_dying_process(struct fixture *fixture,
			       void (*run)(struct fixture *fixture, struct zr_device *dev))
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct zr_device *dev = NULL;

		if (zr_device_open(&dev, fixture->info, ZR_ROLE_TARGET, NULL))
			_exit(1);
		run(fixture, dev);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void write_and_flush(struct fixture *fixture, struct zr_device *dev)
{
	uint64_t at;

	memset(fixture->buffer, 8, BLOCK);
	for (at = 0; at < 5 * BLOCK; at += BLOCK)
		if (zr_device_write(dev, Z * ZONE_SIZE + at, fixture->buffer, BLOCK, NULL))
			_exit(2);
	if (zr_device_flush(dev, NULL))
		_exit(3);
}

static void death_after_flush_loses_nothing(void **state)
{
	struct zr_device *dev;

	in_a_dying_process(*state, write_and_flush);
	dev = open_image(*state, ZR_ROLE_SOURCE);
	expect_zone(dev, Z, ZR_COND_IMP_OPEN, 5 * BLOCK);
	expect_bytes(*state, dev, Z, 0, 5 * BLOCK, 8);
	zr_device_close(dev);
}

static void write_only(struct fixture *fixture, struct zr_device *dev)
{
	uint64_t at;

	memset(fixture->buffer, 8, BLOCK);
	for (at = 0; at < 5 * BLOCK; at += BLOCK)
		if (zr_device_write(dev, Z * ZONE_SIZE + at, fixture->buffer, BLOCK, NULL))
			_exit(2);
}

/* The pointer may be behind the data, so what it counts is there, and writing goes on from it. */
static void death_without_flush_leaves_the_pointer_behind(void **state)
{
	struct zr_device *dev;
	struct zr_zone zone;

	in_a_dying_process(*state, write_only);
	dev = open_image(*state, ZR_ROLE_TARGET);
	zone = zone_of(dev, Z);
	assert_int_equal(zone.cond, ZR_COND_IMP_OPEN);
	assert_in_range(zone.wp - zone.start, BLOCK, 5 * BLOCK);
	expect_bytes(*state, dev, Z, 0, zone.wp - zone.start, 8);
	expect_bytes(*state, dev, Z, zone.wp - zone.start, 8 * BLOCK, 0);
	fill(*state, dev, Z, zone.wp - zone.start, BLOCK, 1);
	zr_device_close(dev);
}

static void pointers_are_stored_at_flush_and_close(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	fill(*state, dev, Z, 0, BLOCK, 1);
	assert_int_equal(stored_pointer(*state, Z), BLOCK);
	fill(*state, dev, Z, BLOCK, BLOCK, 1);
	assert_int_equal(stored_pointer(*state, Z), BLOCK);
	assert_int_equal(zr_device_flush(dev, NULL), 0);
	assert_int_equal(stored_pointer(*state, Z), 2 * BLOCK);
	fill(*state, dev, Z, 2 * BLOCK, BLOCK, 1);
	assert_int_equal(stored_pointer(*state, Z), 2 * BLOCK);
	zr_device_close(dev);
	assert_int_equal(stored_pointer(*state, Z), 3 * BLOCK);
}

static void flush_syncs_both_files(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	assert_int_equal(zr_device_flush(dev, NULL), 0);
	assert_int_equal(syncs, 2);
	zr_device_close(dev);
}

/* Data may be lost: the records do not count it, now or later, and no flush claims success. */
static void failed_flush_is_final(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	fill(*state, dev, Z, 0, BLOCK, 1);
	fill(*state, dev, Z, BLOCK, BLOCK, 1);
	failing_sync = 1;
	assert_int_equal(zr_device_flush(dev, &err), -ZR_E_TARGET_FLUSH);
	assert_int_equal(err.sys_errno, EIO);
	assert_int_equal(stored_pointer(*state, Z), BLOCK);
	assert_int_equal(zr_device_flush(dev, NULL), -ZR_E_TARGET_FLUSH);
	zr_device_close(dev);
	assert_int_equal(stored_pointer(*state, Z), BLOCK);
}

static void failed_flush_of_the_info_file_is_final(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	failing_sync = 2;
	assert_int_equal(zr_device_flush(dev, NULL), -ZR_E_TARGET_FLUSH);
	assert_int_equal(zr_device_flush(dev, NULL), -ZR_E_TARGET_FLUSH);
	zr_device_close(dev);
}

static void without_holes(void **state)
{
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	punch_fails = true;
	fill(*state, dev, Z, 0, CAP, 9);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_RESET, Z, NULL), 0);
	expect_bytes(*state, dev, Z, 0, CAP, 0);
	fill(*state, dev, Z, 0, BLOCK, 3);
	assert_int_equal(zr_device_zone_op(dev, ZR_OP_FINISH, Z, NULL), 0);
	expect_bytes(*state, dev, Z, 0, BLOCK, 3);
	expect_bytes(*state, dev, Z, BLOCK, CAP - BLOCK, 0);
	expect_bytes(*state, dev, Z + 1, 0, BLOCK, 0);
	zr_device_close(dev);
}

static int try_open(const struct fixture *fixture, enum zr_device_role role, struct zr_error *err)
{
	struct zr_device *dev = NULL;
	int ret = zr_device_open(&dev, fixture->info, role, err);

	zr_device_close(dev);
	return ret;
}

static void runs_exclude_each_other(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev = open_image(*state, ZR_ROLE_TARGET);

	assert_int_equal(try_open(*state, ZR_ROLE_SOURCE, &err), -ZR_E_BUSY);
	assert_non_null(strstr(err.text, "is mounted or in use"));
	assert_int_equal(try_open(*state, ZR_ROLE_TARGET, NULL), -ZR_E_BUSY);
	zr_device_close(dev);
	dev = open_image(*state, ZR_ROLE_SOURCE);
	assert_int_equal(try_open(*state, ZR_ROLE_SOURCE, NULL), 0);
	assert_int_equal(try_open(*state, ZR_ROLE_TARGET_READ, NULL), 0);
	assert_int_equal(try_open(*state, ZR_ROLE_TARGET, NULL), -ZR_E_BUSY);
	zr_device_close(dev);
	assert_int_equal(try_open(*state, ZR_ROLE_TARGET, NULL), 0);
}

static void reading_changes_no_file(void **state)
{
	struct fixture *fixture = *state;
	uint8_t before[704];
	uint8_t after[704];
	struct zr_device *dev;

	poke64(fixture->info, RECORD(4, RECORD_WP), 12345);
	peek(fixture->info, 0, before, sizeof(before));
	dev = open_image(fixture, ZR_ROLE_SOURCE);
	expect_bytes(fixture, dev, 4, 0, BLOCK, 0);
	zr_device_close(dev);
	zr_device_close(open_image(fixture, ZR_ROLE_TARGET));
	peek(fixture->info, 0, after, sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(reopening_keeps_state),
		TEST(reopening_counts_open_zones),
		TEST(death_after_flush_loses_nothing),
		TEST(death_without_flush_leaves_the_pointer_behind),
		TEST(pointers_are_stored_at_flush_and_close),
		TEST(flush_syncs_both_files),
		TEST(failed_flush_is_final),
		TEST(failed_flush_of_the_info_file_is_final),
		TEST(without_holes),
		TEST(runs_exclude_each_other),
		TEST(reading_changes_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
