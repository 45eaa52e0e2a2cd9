// SPDX-License-Identifier: GPL-2.0-or-later
/* Device extents of every device of a file system without zones, compared with all chunks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "build_block.h"
#include "super_read.h"
#include "tiny_fs.h"

#define INCOMPAT 0xbc
#define ZONED 0x1000ULL
#define CHUNK_ITEM 228
#define DEV_EXTENT 204
/* In a chunk item with two stripes, the place of the second one. */
#define SECOND_PLACE (48 + 32 + 8)
/* In a device extent. */
#define EXTENT_CHUNK 16
#define EXTENT_LEN 24

static uint8_t *extent_of(struct tiny_fs *fs, uint64_t devid, uint64_t logical)
{
	return tiny_item(fs, TINY_DEV_TREE, devid, DEV_EXTENT, tiny_physical(logical, 1))->data;
}

static void nothing(struct tiny_fs *fs)
{
	(void)fs;
}

static void bit_of_a_stripe(struct tiny_fs *fs)
{
	uint8_t *chunk = tiny_item(fs, TINY_CHUNK_TREE, 256, CHUNK_ITEM, TINY_METADATA)->data;

	tiny_poke(chunk, SECOND_PLACE, 8, tiny_peek(chunk, SECOND_PLACE, 8) ^ 1 << 20);
}

static void no_record(struct tiny_fs *fs)
{
	tiny_remove(fs, TINY_DEV_TREE, 2, DEV_EXTENT, tiny_physical(TINY_METADATA, 1));
}

static void another_length(struct tiny_fs *fs)
{
	tiny_poke(extent_of(fs, 2, TINY_METADATA), EXTENT_LEN, 8, 1 << 20);
}

static void another_chunk(struct tiny_fs *fs)
{
	tiny_poke(extent_of(fs, 2, TINY_METADATA), EXTENT_CHUNK, 8, TINY_SYSTEM);
}

static void no_chunk(struct tiny_fs *fs)
{
	tiny_poke(extent_of(fs, 2, TINY_METADATA), EXTENT_CHUNK, 8, TINY_METADATA + TINY_SECTOR);
}

static void move(struct tiny_fs *fs, uint64_t devid, uint64_t physical)
{
	uint64_t from = tiny_physical(TINY_METADATA, 1);
	struct tiny_item old = *tiny_item(fs, TINY_DEV_TREE, 2, DEV_EXTENT, from);
	struct tiny_item *extent;

	tiny_remove(fs, TINY_DEV_TREE, 2, DEV_EXTENT, from);
	extent = tiny_add(fs, TINY_DEV_TREE, devid, DEV_EXTENT, physical, old.size);
	memcpy(extent->data, old.data, sizeof(old.data));
	tiny_poke(tiny_item(fs, TINY_CHUNK_TREE, 256, CHUNK_ITEM, TINY_METADATA)->data,
		  SECOND_PLACE, 8, physical);
}

static void device_that_is_none(struct tiny_fs *fs)
{
	move(fs, 3, tiny_physical(TINY_METADATA, 1));
}

static void behind_the_end(struct tiny_fs *fs)
{
	move(fs, 2, (TINY_ZONES - 1) * MEMORY_ZONE_SIZE + TINY_SECTOR);
}

static void overlap(struct tiny_fs *fs)
{
	move(fs, 2, tiny_physical(TINY_SYSTEM, 1) - TINY_SECTOR);
}

static const struct {
	const char *name;
	void (*change)(struct tiny_fs *fs);
	const char *text; /* NULL: nothing is wrong */
} cases[] = {
	{ "good", nothing, NULL },
	{ "bit of a stripe", bit_of_a_stripe, "is no stripe of chunk" },
	{ "no record", no_record, "have 5 stripes on all devices, found 4 device extents" },
	{ "another length", another_length, "length does not match chunk" },
	{ "another chunk", another_chunk, "is no stripe of chunk" },
	{ "no chunk", no_chunk, "has no corresponding chunk" },
	{ "device that is none", device_that_is_none, "is on no device" },
	{ "behind the end", behind_the_end, "beyond device boundary" },
	{ "overlap", overlap, "overlaps the one before" },
};

static int open_fs(struct zr_source **source, const struct tiny_fs *fs,
		   struct memory_device *memory, struct zr_error *err)
{
	const struct zr_source_options options = { .regular = 1 };
	struct zr_members *members = zr_members_new();
	struct zr_super own;
	uint64_t physical;

	assert_non_null(members);
	expect_accepted("superblock", zr_super_read_regular(&memory->dev, &own, &physical, err),
			err);
	expect_accepted("member", zr_members_add(members, &own, &fs->peer->dev, err), err);
	return zr_source_open_device(source, &memory->dev, members, &options, err);
}

static void test_compared_with_chunks(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tiny_fs *fs = tiny_new(&(struct tiny_options){ .mirrored = true });
		struct zr_error err = ZR_ERROR_INIT;
		struct memory_device *memory;
		struct zr_source *source;
		int rc;

		tiny_poke(fs->super, INCOMPAT, 8, tiny_peek(fs->super, INCOMPAT, 8) & ~ZONED);
		cases[i].change(fs);
		memory = tiny_source(fs, true);
		rc = open_fs(&source, fs, memory, &err);
		if (cases[i].text) {
			expect_refused(cases[i].name, rc, &err, ZR_E_DEVEXT, cases[i].text);
		} else {
			expect_accepted(cases[i].name, rc, &err);
			zr_source_close(source);
		}
		memory_free(memory);
		tiny_free(fs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compared_with_chunks),
	};

	return cmocka_run_group_tests_name("device extents", tests, NULL, NULL);
}
