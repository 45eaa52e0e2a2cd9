// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading across stripes, and past devices that are missing; what each sector holds is its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "block_group.h"
#include "buffer.h"
#include "build_block.h"
#include "chunk_read.h"

#define SECTOR 4096
#define ELEMENT 65536ULL
#define LOGICAL (48ULL << 20)
#define DEVICES 4
#define READ_MAX (5 * ELEMENT)

struct fixture {
	struct zr_source source;
	struct zr_members members;
	struct zr_member list[DEVICES];
	struct zr_device devices[DEVICES];
	struct zr_stripe stripes[DEVICES];
	struct zr_mapped_chunk chunk;
	uint8_t *buffer;
};

static const struct zr_device_codes codes = { .read = ZR_E_SOURCE_READ };

/* Device i is number i + 1, and its stripe begins at i MiB. */
static int read_device(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		       struct zr_error *err)
{
	uint8_t *to = buffer;
	uint64_t at;

	(void)err;
	for (at = 0; at < len; at += SECTOR) {
		memset(to + at, 0, SECTOR);
		poke(to + at, 0, 8, dev->id);
		poke(to + at, 8, 8, physical + at);
	}
	return 0;
}

static const struct zr_device_ops ops = { .read = read_device };

static int setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	unsigned int i;

	if (!fix)
		return -1;
	for (i = 0; i < DEVICES; i++) {
		fix->devices[i] = (struct zr_device){ .ops = &ops, .codes = &codes, .id = i + 1 };
		fix->devices[i].geo.size = 1ULL << 30;
		fix->devices[i].geo.logical_block = SECTOR;
		fix->stripes[i].devid = i + 1;
		fix->stripes[i].physical = (uint64_t)i << 20;
		fix->list[i].dev = &fix->devices[i];
		fix->list[i].super.devid = i + 1;
	}
	fix->source.dev = &fix->devices[0];
	fix->source.super.devid = 1;
	fix->members.list = fix->list + 1;
	fix->source.members = &fix->members;
	fix->chunk.logical = LOGICAL;
	fix->chunk.stripes = fix->stripes;
	fix->buffer = zr_buffer_alloc(READ_MAX);
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

/* The first @present devices are there. */
static void set_chunk(struct fixture *fix, uint64_t flags, uint16_t stripes, uint64_t len,
		      size_t present)
{
	fix->chunk.flags = flags;
	fix->chunk.stripe_count = stripes;
	fix->chunk.len = len;
	fix->members.count = present - 1;
}

static int read_at(struct fixture *fix, uint64_t offset, uint16_t way, uint64_t len,
		   struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;

	*err = none;
	return zr_chunk_read(&fix->source, &fix->chunk, LOGICAL + offset, way, fix->buffer, len,
			     err);
}

static void expect_place(const struct fixture *fix, uint64_t at, uint64_t device, uint64_t physical)
{
	assert_true(peek(fix->buffer + at, 0, 8) == device);
	assert_true(peek(fix->buffer + at, 8, 8) == physical);
}

/* A sector before the end of an element, whole ones, and a sector of the last. */
static void each_sector_comes_from_its_stripe(void **state)
{
	struct fixture *fix = *state;
	struct zr_error err;
	uint64_t at;

	set_chunk(fix, 0x9, 3, 12 * ELEMENT, 3);
	expect_accepted("raid0", read_at(fix, ELEMENT - SECTOR, 0, 3 * ELEMENT, &err), &err);
	for (at = 0; at < 3 * ELEMENT; at += SECTOR) {
		uint64_t offset = ELEMENT - SECTOR + at;
		uint64_t device = offset / ELEMENT % 3;

		expect_place(fix, at, device + 1,
			     (device << 20) + offset / ELEMENT / 3 * ELEMENT + offset % ELEMENT);
	}
}

/* As a tree block may lie that was made before elements were thought of. */
static void a_block_may_cross_stripes(void **state)
{
	struct fixture *fix = *state;
	struct zr_error err;
	uint16_t way;

	set_chunk(fix, 0x44, 4, 4 * ELEMENT, 4);
	for (way = 0; way < 2; way++) {
		expect_accepted("raid10", read_at(fix, ELEMENT - 2 * SECTOR, way, 4 * SECTOR, &err),
				&err);
		expect_place(fix, SECTOR, way + 1, ((uint64_t)way << 20) + ELEMENT - SECTOR);
		expect_place(fix, 2ULL * SECTOR, way + 3, (way + 2ULL) << 20);
	}
	set_chunk(fix, 0x84, 3, 4 * ELEMENT, 3);
	expect_accepted("raid5", read_at(fix, 2 * ELEMENT - SECTOR, 0, 2 * SECTOR, &err), &err);
	expect_place(fix, 0, 2, (1ULL << 20) + ELEMENT - SECTOR);
	expect_place(fix, SECTOR, 2, (1ULL << 20) + ELEMENT);
}

static void nothing_is_read_behind_the_chunk(void **state)
{
	struct fixture *fix = *state;
	struct zr_error err;

	set_chunk(fix, 0x9, 2, 2 * ELEMENT, 2);
	expect_accepted("end", read_at(fix, ELEMENT, 0, ELEMENT, &err), &err);
	expect_refused("behind", read_at(fix, ELEMENT, 0, ELEMENT + SECTOR, &err), &err, ZR_E_RANGE,
		       "crosses the end of the chunk");
}

/* Copies on devices 1 to 3, of which the last ones are missing. */
static void missing_copies_are_passed_over(void **state)
{
	static const uint64_t found[3][3] = { { 1, 1, 1 }, { 1, 2, 1 }, { 1, 2, 3 } };
	struct fixture *fix = *state;
	struct zr_error err;
	size_t present;
	uint16_t way;

	for (present = 1; present <= 3; present++) {
		set_chunk(fix, 0x204, 3, 4 * ELEMENT, present);
		for (way = 0; way < 3; way++) {
			expect_accepted("copy", read_at(fix, SECTOR, way, SECTOR, &err), &err);
			expect_place(fix, 0, found[present - 1][way],
				     ((found[present - 1][way] - 1) << 20) + SECTOR);
		}
	}
}

/* Which device it is that nothing makes up for. */
static void what_is_missing_is_named(void **state)
{
	struct fixture *fix = *state;
	struct zr_error err;

	set_chunk(fix, 0x9, 3, 6 * ELEMENT, 2);
	expect_refused("raid0", read_at(fix, 2 * ELEMENT + SECTOR, 0, SECTOR, &err), &err,
		       ZR_E_MISSING, "devid 3 is missing, of which physical 2101248");
	set_chunk(fix, 0x81, 4, 6 * ELEMENT, 2);
	expect_accepted("raid5, there", read_at(fix, ELEMENT, 0, SECTOR, &err), &err);
	expect_refused("raid5", read_at(fix, 2 * ELEMENT, 0, SECTOR, &err), &err, ZR_E_MISSING,
		       "is missing");
	expect_refused("raid5, suspected", read_at(fix, ELEMENT, 1, SECTOR, &err), &err,
		       ZR_E_MISSING, "is missing");
}

/* How many devices, of those at the front, must at least be there. */
static void what_devices_that_are_there_have(void **state)
{
	static const struct {
		const char *name;
		uint64_t flags;
		uint16_t stripes;
		size_t least;
	} rows[] = {
		{ "single", 0, 1, 1 },
		{ "raid0", BTRFS_BLOCK_GROUP_RAID0, 4, 4 },
		{ "raid1", BTRFS_BLOCK_GROUP_RAID1, 2, 1 },
		{ "raid1c4", BTRFS_BLOCK_GROUP_RAID1C4, 4, 1 },
		{ "raid10", BTRFS_BLOCK_GROUP_RAID10, 4, 3 },
		{ "raid5", BTRFS_BLOCK_GROUP_RAID5, 4, 3 },
		{ "raid6", BTRFS_BLOCK_GROUP_RAID6, 4, 2 },
	};
	struct fixture *fix = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t present;

		for (present = 1; present <= rows[i].stripes; present++) {
			set_chunk(fix, rows[i].flags, rows[i].stripes, 4 * ELEMENT, present);
			if (zr_chunk_is_readable(&fix->source, &fix->chunk) !=
			    (present >= rows[i].least))
				fail_msg("%s with %zu devices", rows[i].name, present);
		}
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_sector_comes_from_its_stripe), TEST(a_block_may_cross_stripes),
		TEST(nothing_is_read_behind_the_chunk),	 TEST(missing_copies_are_passed_over),
		TEST(what_is_missing_is_named),		 TEST(what_devices_that_are_there_have),
	};

	return cmocka_run_group_tests_name("chunk_read", tests, NULL, NULL);
}
