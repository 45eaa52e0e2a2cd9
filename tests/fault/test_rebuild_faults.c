// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A row of RAID5 that is made while memory runs out, or because a device went away: no bytes are
 * said to be bad for that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fault.h"
#include "buffer.h"
#include "member.h"
#include "verified_read.h"

#define SECTOR 4096
#define LOGICAL (16ULL << 20)
#define LEN 65536

static const struct zr_device_codes codes = { .read = ZR_E_SOURCE_READ };

static int read_zeroes(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		       struct zr_error *err)
{
	(void)dev;
	(void)physical;
	(void)err;
	memset(buffer, 0, len);
	return 0;
}

static const struct zr_device_ops ops = { .read = read_zeroes };

static struct zr_device device = {
	.ops = &ops,
	.codes = &codes,
	.geo = { .size = 1 << 30, .logical_block = SECTOR },
};

static int read_nothing(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
			struct zr_error *err)
{
	(void)physical;
	(void)buffer;
	(void)len;
	return zr_fail_errno(err, dev->codes->read, ENODEV, "read");
}

static const struct zr_device_ops gone_ops = { .read = read_nothing };

static struct zr_device gone = {
	.ops = &gone_ops,
	.codes = &codes,
	.geo = { .size = 1 << 30, .logical_block = SECTOR },
};

static int take_finding(void *owner, const struct zr_finding *finding, struct zr_error *err)
{
	(void)owner;
	(void)err;
	/* It has no checksum, and the device that has it is missing. */
	assert_int_equal(finding->kind, ZR_FINDING_REBUILT);
	return 0;
}

/* The first device of two is missing, or one of @members, and so the second one has the parity. */
static int read_piece(uint8_t *buffer, struct zr_members *members, struct zr_error *err)
{
	static struct zr_stripe stripes[] = { { .devid = 1 }, { .devid = 2 } };
	static const bool present[LEN / SECTOR];
	static const uint8_t csums[LEN / SECTOR * 4];
	const struct zr_mapped_chunk chunk = {
		.logical = LOGICAL,
		.len = LEN,
		.flags = 0x81,
		.stripe_count = 2,
		.stripes = stripes,
	};
	struct zr_source source = {
		.dev = &device,
		.members = members,
		.super = { .devid = 2, .sectorsize = SECTOR },
		.check.items = { .sectorsize = SECTOR, .csum_size = 4 },
	};
	struct zr_reading reading = {
		.source = &source,
		.counters = &source.counters,
		.rescue = true,
		.found = take_finding,
	};
	const struct zr_piece piece = {
		.chunk = &chunk,
		.extent = { .kind = ZR_EXTENT_DATA, .logical = LOGICAL, .len = LEN },
		.logical = LOGICAL,
		.len = LEN,
		.buffer = buffer,
		.present = present,
		.csums = csums,
	};

	return zr_pieces_read(&reading, &piece, 1, err);
}

static void each_allocation_fails(void **state)
{
	uint8_t *buffer = zr_buffer_alloc(LEN);
	uint64_t count;
	uint64_t n;

	(void)state;
	assert_non_null(buffer);
	alloc_fail_at(UINT64_MAX);
	assert_int_equal(read_piece(buffer, NULL, NULL), 0);
	count = alloc_work_again();
	assert_true(count > 1);
	/* The first read is only tried. */
	for (n = 2; n <= count; n++) {
		struct zr_error err = ZR_ERROR_INIT;
		int rc;

		alloc_fail_at(n);
		rc = read_piece(buffer, NULL, &err);
		alloc_work_again();
		assert_int_equal(rc, -ZR_E_NO_MEMORY);
		assert_int_equal(err.code, ZR_E_NO_MEMORY);
	}
	free(buffer);
}

/* Whether it was right is known when the device is back. */
static void device_goes_away(void **state)
{
	struct zr_member member = { .dev = &gone, .super.devid = 1 };
	struct zr_members members = { .list = &member, .count = 1 };
	uint8_t *buffer = zr_buffer_alloc(LEN);
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	assert_non_null(buffer);
	assert_int_equal(read_piece(buffer, &members, &err), -ZR_E_SOURCE_READ);
	assert_int_equal(err.sys_errno, ENODEV);
	assert_int_equal(err.logical, LOGICAL);
	member.dev = &device;
	assert_int_equal(read_piece(buffer, &members, NULL), 0);
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails),
		cmocka_unit_test(device_goes_away),
	};

	return cmocka_run_group_tests_name("rebuild faults", tests, NULL, NULL);
}
