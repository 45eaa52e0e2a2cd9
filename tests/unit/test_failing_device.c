// SPDX-License-Identifier: GPL-2.0-or-later
/* Data of a chunk, one of whose devices gives errors or wrong bytes: how often devices are read,
 * and which of them is said to be bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "build_block.h"
#include "chunk_read.h"
#include "verified_read.h"

#define SECTOR 4096
#define ELEMENT 65536ULL
#define LOGICAL (48ULL << 20)
#define DEVICES 12
#define PIECE (1ULL << 20)
#define SECTORS (PIECE / SECTOR)
#define RAID5 0x81
#define RAID6 0x101
#define RAID10 0x41
#define RAID0 0x9
#define SINGLE 0x1

/* All data is zeroes, and so is the parity of it. */
struct fixture {
	struct zr_source source;
	struct zr_members members;
	struct zr_member list[DEVICES];
	struct zr_device devices[DEVICES];
	struct zr_stripe stripes[DEVICES];
	struct zr_mapped_chunk chunk;
	bool present[SECTORS];
	uint8_t csums[SECTORS * 4 + ZR_CSUM_MAX];
	uint8_t *buffer;
	uint64_t told[ZR_FINDING_REBUILT + 1]; /* bytes */
	uint64_t bad; /* device that every finding must name */
	bool rescue;
};

/* Of the test that runs. */
static struct {
	unsigned int reads;
	uint64_t failing, wrong; /* numbers of devices */
	uint64_t sector; /* the only one that fails, or ZR_NOWHERE */
} devices;

static const struct zr_device_codes codes = { .read = ZR_E_SOURCE_READ };

static int read_device(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		       struct zr_error *err)
{
	devices.reads++;
	memset(buffer, dev->id == devices.wrong ? 0x5a : 0, len);
	if (dev->id != devices.failing)
		return 0;
	if (devices.sector != ZR_NOWHERE &&
	    (physical > devices.sector || physical + len <= devices.sector))
		return 0;
	return zr_fail(err, ZR_E_SOURCE_READ, "device %llu: fails", (unsigned long long)dev->id);
}

static const struct zr_device_ops ops = { .read = read_device };

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	uint8_t zeroes[SECTOR] = { 0 };
	unsigned int i;

	if (!fix)
		return -1;
	for (i = 0; i < DEVICES; i++) {
		fix->devices[i] = (struct zr_device){ .ops = &ops, .codes = &codes, .id = i + 1 };
		fix->devices[i].geo.size = 1ULL << 30;
		fix->devices[i].geo.logical_block = SECTOR;
		fix->stripes[i].devid = i + 1;
		fix->list[i].dev = &fix->devices[i];
		fix->list[i].super.devid = i + 1;
	}
	for (i = 0; i < SECTORS; i++) {
		fix->present[i] = true;
		zr_csum(ZR_CSUM_CRC32C, zeroes, SECTOR, fix->csums + (size_t)i * 4);
	}
	fix->source.super.sectorsize = SECTOR;
	fix->source.check.items.sectorsize = SECTOR;
	fix->source.check.items.csum_size = 4;
	fix->source.members = &fix->members;
	fix->chunk.logical = LOGICAL;
	fix->chunk.stripes = fix->stripes;
	fix->buffer = zr_buffer_alloc(PIECE);
	*state = fix;
	return fix->buffer ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	free(fix->buffer);
	free(fix);
	return 0;
}

/* @missing: number of a device, or 0 */
static void set_chunk(struct fixture *fix, uint64_t flags, uint16_t stripes, uint64_t missing)
{
	unsigned int first = missing == 1;

	fix->chunk.flags = flags;
	fix->chunk.stripe_count = stripes;
	fix->chunk.len = stripes * PIECE;
	fix->source.dev = &fix->devices[first];
	fix->source.super.devid = first + 1;
	fix->members.list = fix->list + first + 1;
	fix->members.count = stripes - first - 1U;
	if (missing > 1)
		fix->list[missing - 1].super.devid = 100;
}

static int take_finding(void *owner, const struct zr_finding *finding, struct zr_error *err)
{
	struct fixture *fix = owner;

	(void)err;
	assert_int_equal(finding->len, SECTOR);
	assert_true(finding->devid == fix->bad || finding->devid == devices.failing);
	fix->told[finding->kind] += finding->len;
	return 0;
}

static int read_piece(struct fixture *fix, struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_reading reading = {
		.source = &fix->source,
		.counters = &fix->source.counters,
		.rescue = fix->rescue,
		.found = take_finding,
		.owner = fix,
	};
	const struct zr_piece piece = {
		.chunk = &fix->chunk,
		.extent = { .kind = ZR_EXTENT_DATA, .logical = LOGICAL, .len = PIECE },
		.logical = LOGICAL,
		.len = PIECE,
		.buffer = fix->buffer,
		.present = fix->present,
		.csums = fix->csums,
	};

	*err = none;
	devices.reads = 0;
	memset(&fix->source.counters, 0, sizeof(fix->source.counters));
	memset(fix->told, 0, sizeof(fix->told));
	return zr_pieces_read(&reading, &piece, 1, err);
}

static void expect_zeroes(const struct fixture *fix)
{
	uint64_t i;

	for (i = 0; i < PIECE; i++)
		assert_int_equal(fix->buffer[i], 0);
}

/* 16 elements, each of which is read once, or in the other way as well. */
static void one_device_fails(void **state)
{
	static const struct {
		const char *name;
		uint64_t flags;
		uint16_t stripes;
		uint64_t failing;
		uint64_t repaired; /* elements */
		unsigned int most; /* reads */
	} cases[] = {
		{ "raid10", RAID10, 4, 1, 8, 1 + 16 + 8 },
		{ "raid6 on 12, data", RAID6, 12, 2, 2, 2 + 16 + 2 * 10 },
		{ "raid6 on 12, nothing of the piece", RAID6, 12, 12, 0, 16 },
		{ "raid6 on 3", RAID6, 3, 1, 6, 1 + 16 + 6 },
	};
	struct fixture *fix = *state;
	struct zr_error err;
	size_t i;

	devices.wrong = 0;
	devices.sector = ZR_NOWHERE;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_chunk(fix, cases[i].flags, cases[i].stripes, 0);
		devices.failing = fix->bad = cases[i].failing;
		expect_accepted(cases[i].name, read_piece(fix, &err), &err);
		expect_zeroes(fix);
		if (devices.reads > cases[i].most)
			fail_msg("%s: %u reads", cases[i].name, devices.reads);
		assert_true(fix->source.counters.verified == PIECE);
		assert_true(fix->source.counters.repaired == cases[i].repaired * ELEMENT);
		assert_true(fix->told[ZR_FINDING_REPAIRED] == fix->source.counters.repaired);
	}
}

/* Sectors are all that is left to try where there is no other way. */
static void one_sector_fails(void **state)
{
	struct fixture *fix = *state;
	struct zr_error err;

	devices.wrong = 0;
	devices.sector = 3ULL * SECTOR;
	devices.failing = fix->bad = 1;
	set_chunk(fix, RAID0, 4, 0);
	expect_refused("raid0", read_piece(fix, &err), &err, ZR_E_SOURCE_READ, "device 1: fails");
	assert_true(err.logical == LOGICAL + 3ULL * SECTOR);
	assert_int_equal(devices.reads, 1 + 1 + 4);
	set_chunk(fix, SINGLE, 1, 0);
	expect_refused("single", read_piece(fix, &err), &err, ZR_E_SOURCE_READ, "device 1: fails");
	assert_int_equal(devices.reads, 1 + 4);
	set_chunk(fix, RAID6, 5, 0);
	expect_accepted("raid6", read_piece(fix, &err), &err);
	assert_true(fix->told[ZR_FINDING_REPAIRED] == ELEMENT);
}

/* One device of RAID6 is missing, and what is wrong with another one is its own fault. */
static void missing_device_is_not_the_bad_one(void **state)
{
	static const uint64_t missing[] = { 1, 2, 5 };
	struct fixture *fix = *state;
	struct zr_error err;
	size_t i;

	for (i = 0; i < 3; i++) {
		for (fix->bad = 1; fix->bad <= 5; fix->bad++) {
			if (fix->bad == missing[i])
				continue;
			set_chunk(fix, RAID6, 5, missing[i]);
			devices.sector = ZR_NOWHERE;
			devices.wrong = fix->bad;
			devices.failing = 0;
			expect_accepted("wrong", read_piece(fix, &err), &err);
			expect_zeroes(fix);
			assert_true(fix->told[ZR_FINDING_REPAIRED]);
			devices.wrong = 0;
			devices.failing = fix->bad;
			expect_accepted("failing", read_piece(fix, &err), &err);
			expect_zeroes(fix);
			assert_true(fix->told[ZR_FINDING_REPAIRED]);
		}
		fix->list[missing[i] - 1].super.devid = missing[i];
	}
}

/* Nothing but the other parity can tell whether data without checksum is right. */
static void data_without_checksum_is_made(void **state)
{
	static const struct {
		const char *name;
		uint64_t flags;
		uint16_t stripes;
		uint64_t missing, failing, wrong;
		enum zr_finding_kind kind;
		uint64_t elements;
	} cases[] = {
		{ "raid5, missing", RAID5, 3, 1, 0, 0, ZR_FINDING_REBUILT, 5 },
		{ "raid5, failing", RAID5, 3, 0, 1, 0, ZR_FINDING_REBUILT, 5 },
		{ "raid6, missing", RAID6, 4, 1, 0, 0, ZR_FINDING_REBUILT, 0 },
		{ "raid6, failing", RAID6, 4, 0, 1, 0, ZR_FINDING_REPAIRED, 4 },
		{ "raid6, missing, another one fails", RAID6, 4, 1, 4, 0, ZR_FINDING_REBUILT, 8 },
		{ "raid6, missing, another one is wrong", RAID6, 4, 1, 0, 4, ZR_FINDING_DAMAGED,
		  4 },
	};
	struct fixture *fix = *state;
	struct zr_error err;
	size_t i;

	memset(fix->present, 0, sizeof(fix->present));
	devices.sector = ZR_NOWHERE;
	fix->bad = 1;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_chunk(fix, cases[i].flags, cases[i].stripes, cases[i].missing);
		devices.failing = cases[i].failing;
		devices.wrong = cases[i].wrong;
		fix->rescue = cases[i].kind == ZR_FINDING_DAMAGED;
		expect_accepted(cases[i].name, read_piece(fix, &err), &err);
		if (fix->told[cases[i].kind] != cases[i].elements * ELEMENT)
			fail_msg("%s: told %llu", cases[i].name,
				 (unsigned long long)fix->told[cases[i].kind]);
		assert_true(fix->source.counters.unverified + fix->source.counters.damaged ==
			    PIECE);
	}
	fix->rescue = false;
	expect_refused("damaged", read_piece(fix, &err), &err, ZR_E_CSUM, "made of P it is not");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_device_fails),
		TEST(one_sector_fails),
		TEST(missing_device_is_not_the_bad_one),
		TEST(data_without_checksum_is_made),
	};

	return cmocka_run_group_tests_name("failing device", tests, NULL, NULL);
}
