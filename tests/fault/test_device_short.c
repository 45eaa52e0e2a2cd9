// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that do less than they were asked for: the rest follows at the next byte, nothing is
 * transferred twice, and a failure says how far it got. Files and zoned images share the code with
 * zoned block devices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "buffer.h"
#include "memory_device.h"

#define BLOCK 4096
#define BLOCKS 8
#define CALLS 12

/* What the next calls do: transfer at most so many bytes, or fail with a negative errno. */
struct script {
	int calls[CALLS]; /* behind the last one, everything is transferred */
	size_t count;
	size_t done; /* bytes transferred when it ends; SIZE_MAX for all */
};

static const struct script scripts[] = {
	{ { BLOCK }, 1, SIZE_MAX },
	{ { BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK, BLOCK }, 8, SIZE_MAX },
	{ { 3 * BLOCK, 4 * BLOCK }, 2, SIZE_MAX },
	{ { -EINTR, 2 * BLOCK, -EINTR, -EINTR, BLOCK }, 5, SIZE_MAX },
	{ { 0 }, 1, 0 },
	{ { 5 * BLOCK, 0 }, 2, 5 * BLOCK },
	{ { -EIO }, 1, 0 },
	{ { 2 * BLOCK, BLOCK, -EIO }, 3, 3 * BLOCK },
	{ { BLOCK, -EINTR, -ENODEV }, 3, BLOCK },
	{ { 7 * BLOCK, -ENOSPC }, 2, 7 * BLOCK },
};

static const struct script *current;
static size_t calls;

ssize_t __real_pread64(int fd, void *buffer, size_t len, off64_t offset);
ssize_t __real_pwrite64(int fd, const void *buffer, size_t len, off64_t offset);
ssize_t __wrap_pread64(int fd, void *buffer, size_t len, off64_t offset);
ssize_t __wrap_pwrite64(int fd, const void *buffer, size_t len, off64_t offset);

/* Returns how much the call may do, or -1 with errno. */
static ssize_t limit(size_t len)
{
	int step;

	if (!current || calls == current->count)
		return (ssize_t)len;
	step = current->calls[calls++];
	if (step >= 0)
		return (ssize_t)(len < (size_t)step ? len : (size_t)step);
	errno = -step;
	return -1;
}

ssize_t __wrap_pread64(int fd, void *buffer, size_t len, off64_t offset)
{
	ssize_t most = limit(len);

	return most <= 0 ? most : __real_pread64(fd, buffer, (size_t)most, offset);
}

ssize_t __wrap_pwrite64(int fd, const void *buffer, size_t len, off64_t offset)
{
	ssize_t most = limit(len);

	return most <= 0 ? most : __real_pwrite64(fd, buffer, (size_t)most, offset);
}

struct fixture {
	struct zr_device *dev;
	char folder[32];
	char path[64];
	char data[64]; /* of an image; empty for a file */
	uint8_t *wanted;
	uint8_t *buffer;
};

static void open_device(struct fixture *fix, bool image)
{
	const struct memory_options options = { .zones = 4, .regular = !image };
	struct memory_device *memory = memory_new(&options, "device");
	struct zr_error err = ZR_ERROR_INIT;
	size_t i;

	memset(fix, 0, sizeof(*fix));
	strcpy(fix->folder, "/tmp/zreplace-test-XXXXXX");
	assert_non_null(mkdtemp(fix->folder));
	snprintf(fix->path, sizeof(fix->path), "%s/%s", fix->folder,
		 image ? "d_zone_info.dump" : "d");
	snprintf(fix->data, sizeof(fix->data), "%s/d_zone_data.dump", fix->folder);
	assert_int_equal(memory_save(memory, fix->path, &err), 0);
	memory_free(memory);
	assert_int_equal(zr_device_open(&fix->dev, fix->path, ZR_ROLE_TARGET, &err), 0);
	fix->wanted = zr_buffer_alloc(BLOCKS * BLOCK);
	fix->buffer = zr_buffer_alloc(BLOCKS * BLOCK);
	assert_true(fix->wanted && fix->buffer);
	for (i = 0; i < BLOCKS * BLOCK; i++)
		fix->wanted[i] = (uint8_t)(i * 31 + i / BLOCK);
}

static void close_device(struct fixture *fix)
{
	current = NULL;
	zr_device_close(fix->dev);
	unlink(fix->path);
	unlink(fix->data);
	rmdir(fix->folder);
	free(fix->wanted);
	free(fix->buffer);
}

static void begin(const struct script *script)
{
	current = script;
	calls = 0;
}

static void expect_end(const struct script *script, const struct fixture *fix, int rc, int code,
		       const struct zr_error *err)
{
	char found[64];

	current = NULL;
	assert_int_equal(calls, script->count);
	if (script->done == SIZE_MAX) {
		assert_int_equal(rc, 0);
		return;
	}
	assert_int_equal(rc, -code);
	snprintf(found, sizeof(found), "found %zu expected %d bytes", script->done, BLOCKS * BLOCK);
	if (!strstr(err->text, found) || !strstr(err->text, fix->path))
		fail_msg("%s", err->text);
}

static void read_device(bool image)
{
	size_t s;

	for (s = 0; s < sizeof(scripts) / sizeof(scripts[0]); s++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct fixture fix;
		int rc;

		open_device(&fix, image);
		assert_int_equal(zr_device_write(fix.dev, 0, fix.wanted, BLOCKS * BLOCK, NULL), 0);
		begin(&scripts[s]);
		rc = zr_device_read(fix.dev, 0, fix.buffer, BLOCKS * BLOCK, &err);
		expect_end(&scripts[s], &fix, rc, ZR_E_TARGET_READ, &err);
		if (!rc)
			assert_memory_equal(fix.buffer, fix.wanted, BLOCKS * BLOCK);
		close_device(&fix);
	}
}

static void write_device(bool image)
{
	size_t s;

	for (s = 0; s < sizeof(scripts) / sizeof(scripts[0]); s++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct fixture fix;
		struct zr_zone zone;
		int rc;

		open_device(&fix, image);
		begin(&scripts[s]);
		rc = zr_device_write(fix.dev, 0, fix.wanted, BLOCKS * BLOCK, &err);
		expect_end(&scripts[s], &fix, rc, ZR_E_TARGET_WRITE, &err);
		if (image) {
			assert_int_equal(zr_device_report(fix.dev, 0, 1, &zone, NULL), 0);
			assert_int_equal(zone.wp, rc ? 0 : BLOCKS * BLOCK);
		}
		if (!rc) {
			assert_int_equal(
				zr_device_read(fix.dev, 0, fix.buffer, BLOCKS * BLOCK, NULL), 0);
			assert_memory_equal(fix.buffer, fix.wanted, BLOCKS * BLOCK);
		}
		close_device(&fix);
	}
}

static void test_short_reads_of_a_file(void **state)
{
	(void)state;
	read_device(false);
}

static void test_short_reads_of_an_image(void **state)
{
	(void)state;
	read_device(true);
}

static void test_short_writes_to_a_file(void **state)
{
	(void)state;
	write_device(false);
}

/* The write pointer counts whole writes alone: the zone is written anew from there. */
static void test_short_writes_to_an_image(void **state)
{
	(void)state;
	write_device(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_reads_of_a_file),
		cmocka_unit_test(test_short_reads_of_an_image),
		cmocka_unit_test(test_short_writes_to_a_file),
		cmocka_unit_test(test_short_writes_to_an_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
