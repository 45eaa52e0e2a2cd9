// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decoders of items: good ones, each bad field, and each size that is too short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_block.h"
#include "item.h"

#define U64 0xffffffffffffffffULL
#define CSUMS 0xfffffffffffffff6ULL

/* Superblock generation 9, so that 10 is the newest that an item may have. */
static const struct zr_item_context context = {
	.sectorsize = 4096,
	.nodesize = 16384,
	.csum_size = 4,
	.generation = 9,
	.skinny = true,
};

enum kind {
	DEV,
	DEV_EXTENT,
	GROUP,
	ROOT,
	DATA,
	BLOCK, /* a tree block as EXTENT_ITEM */
	SKINNY, /* a tree block as METADATA_ITEM */
	CSUM,
	KINDS,
};

struct field {
	uint16_t at;
	uint8_t size;
	uint64_t value;
};

/* A good item of each kind: key, size, the least size that its decoder takes, and its fields. */
/* clang-format off */
static const struct {
	const char *name;
	struct zr_key key;
	uint32_t size;
	uint32_t least;
	bool exact; /* a greater size is bad as well */
	struct field fields[6];
} good[KINDS] = {
	[DEV] = { "device item", { 1, 216, 3 }, 98, 98, true,
		  { { 0, 8, 3 }, { 8, 8, 0x40000000 }, { 16, 8, 0x10000000 }, { 66, 8, 0x66 },
		    { 82, 8, 0x82 } } },
	[DEV_EXTENT] = { "device extent", { 3, 204, 0x800000 }, 48, 48, true,
			 { { 0, 8, 3 }, { 8, 8, 256 }, { 16, 8, 0x1400000 },
			   { 24, 8, 0x400000 } } },
	[GROUP] = { "block group item", { 0x1400000, 192, 0x400000 }, 24, 24, true,
		    { { 0, 8, 0x8000 }, { 8, 8, 256 }, { 16, 8, 0x24 } } },
	[ROOT] = { "root item", { 2, 132, 0 }, 439, 239, false,
		   { { 160, 8, 8 }, { 176, 8, 0x1d10000 }, { 237, 1, 0 }, { 238, 1, 2 } } },
	[DATA] = { "extent item", { 0x1800000, 168, 0x3000 }, 24, 24, false,
		   { { 0, 8, 1 }, { 8, 8, 6 }, { 16, 8, 1 } } },
	[BLOCK] = { "extent item", { 0x1d10000, 168, 16384 }, 42, 42, false,
		    { { 0, 8, 1 }, { 8, 8, 6 }, { 16, 8, 2 }, { 41, 1, 3 } } },
	[SKINNY] = { "extent item", { 0x1d10000, 169, 3 }, 24, 24, false,
		     { { 0, 8, 1 }, { 8, 8, 6 }, { 16, 8, 0x102 } } },
	[CSUM] = { "checksum item", { CSUMS, 128, 0x1800000 }, 12, 4, false, { { 0, 0, 0 } } },
};
/* clang-format on */

/* Exactly size bytes on the heap, so that a sanitizer sees what is read behind them. */
static uint8_t *make_item(enum kind kind, uint32_t size, struct zr_item *item)
{
	uint8_t whole[512] = { 0 };
	uint8_t *data = malloc(size ? size : 1);
	size_t i;

	assert_non_null(data);
	for (i = 0; i < 6; i++)
		poke(whole, good[kind].fields[i].at, good[kind].fields[i].size,
		     good[kind].fields[i].value);
	memcpy(data, whole, size);
	item->key = good[kind].key;
	item->data = data;
	item->size = size;
	return data;
}

static void good_items_are_accepted(void **state)
{
	enum kind kind;

	(void)state;
	for (kind = 0; kind < KINDS; kind++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_item item;
		uint8_t *data = make_item(kind, good[kind].size, &item);

		expect_accepted(good[kind].name, zr_item_check(&item, &context, &err), &err);
		free(data);
	}
}

static void check_size(enum kind kind, uint32_t size, int code)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_item item;
	uint8_t *data = make_item(kind, size, &item);
	char name[60];
	int rc = zr_item_check(&item, &context, &err);

	snprintf(name, sizeof(name), "%s of kind %d with %u bytes", good[kind].name, (int)kind,
		 size);
	if (code)
		expect_refused(name, rc, &err, code, "");
	else
		expect_accepted(name, rc, &err);
	free(data);
}

/* A tree block that lacks its information is an extent item that is long enough for data. */
static int code_for_size(enum kind kind, uint32_t size)
{
	if (kind == CSUM)
		return size && size % 4 == 0 ? 0 : ZR_E_CSUM_TREE;
	if (kind == BLOCK && size >= 24 && size < 42)
		return ZR_E_EXTENT;
	if (size < good[kind].least || (good[kind].exact && size > good[kind].least))
		return ZR_E_ITEM;
	return 0;
}

static void each_size_is_accepted_or_refused(void **state)
{
	enum kind kind;
	uint32_t size;

	(void)state;
	for (kind = 0; kind < KINDS; kind++)
		for (size = 0; size < good[kind].size + 20; size++)
			check_size(kind, size, code_for_size(kind, size));
}

/* One field of the data or, at KEY_*, of the key is set to a value; code 0 for still good. */
enum {
	KEY_OBJECTID = 1000,
	KEY_OFFSET,
};

static const struct {
	const char *name;
	enum kind kind;
	uint16_t at;
	uint8_t size;
	uint64_t value;
	int code;
	const char *fragment;
} changes[] = {
	{ "key has another devid", DEV, KEY_OFFSET, 8, 4, ZR_E_DEV, "devid mismatch, item has 3" },
	{ "key has another objectid", DEV, KEY_OBJECTID, 8, 2, ZR_E_DEV, "key (2 216 3)" },
	{ "item has another devid", DEV, 0, 8, 0, ZR_E_DEV, "devid mismatch, item has 0" },
	{ "device of 0 bytes", DEV, 8, 8, 0, ZR_E_DEV, "invalid total_bytes 0" },
	{ "device size unaligned", DEV, 8, 8, 0x40000200, ZR_E_DEV, "fix-device-size" },
	{ "more used than there is", DEV, 16, 8, 0x40000001, ZR_E_DEV, "bytes_used 1073741825" },
	{ "all of the device is used", DEV, 16, 8, 0x40000000, 0, "" },

	{ "physical unaligned", DEV_EXTENT, KEY_OFFSET, 8, 0x800001, ZR_E_ALIGN,
	  "physical 8388609" },
	{ "chunk unaligned", DEV_EXTENT, 16, 8, 0x1400800, ZR_E_ALIGN, "chunk 20973568" },
	{ "length unaligned", DEV_EXTENT, 24, 8, 0x3fffff, ZR_E_ALIGN, "length 4194303" },
	{ "length 0", DEV_EXTENT, 24, 8, 0, ZR_E_DEVEXT, "length 0" },
	{ "end wraps", DEV_EXTENT, 24, 8, 0xffffffffff800000, ZR_E_DEVEXT, "physical 8388608" },
	{ "end above 2^63", DEV_EXTENT, KEY_OFFSET, 8, 0x7fffffffffc00000, ZR_E_DEVEXT, "invalid" },
	{ "other chunk tree", DEV_EXTENT, 0, 8, 4, ZR_E_DEVEXT, "invalid chunk tree" },
	{ "other chunk objectid", DEV_EXTENT, 8, 8, 255, ZR_E_DEVEXT, "chunk objectid" },

	{ "length 0", GROUP, KEY_OFFSET, 8, 0, ZR_E_BLOCK_GROUP, "invalid length 0" },
	{ "length unaligned", GROUP, KEY_OFFSET, 8, 0x400001, ZR_E_BLOCK_GROUP, "length 4194305" },
	{ "logical unaligned", GROUP, KEY_OBJECTID, 8, 0x1400200, ZR_E_BLOCK_GROUP,
	  "logical 20972032" },
	{ "end wraps", GROUP, KEY_OFFSET, 8, 0xfffffffffffff000, ZR_E_BLOCK_GROUP,
	  "invalid length" },
	{ "used is length", GROUP, 0, 8, 0x400000, 0, "" },
	{ "used above length", GROUP, 0, 8, 0x400001, ZR_E_BLOCK_GROUP, "invalid used 4194305" },
	{ "used of all ones", GROUP, 0, 8, U64, ZR_E_BLOCK_GROUP, "invalid used" },
	{ "chunk objectid", GROUP, 8, 8, 257, ZR_E_BLOCK_GROUP, "chunk objectid 257 expected 256" },

	{ "bytenr 0", ROOT, 176, 8, 0, ZR_E_ROOT, "tree 2, invalid bytenr 0" },
	{ "bytenr unaligned", ROOT, 176, 8, 0x1d10001, ZR_E_ROOT, "invalid bytenr 30474241" },
	{ "level 7", ROOT, 238, 1, 7, 0, "" },
	{ "level 8", ROOT, 238, 1, 8, ZR_E_ROOT, "invalid level 8" },
	{ "level 255", ROOT, 238, 1, 255, ZR_E_ROOT, "invalid level 255" },
	{ "drop level 8", ROOT, 237, 1, 8, ZR_E_ROOT, "drop_level 8" },
	{ "generation 0", ROOT, 160, 8, 0, ZR_E_ROOT, "found 0 expected 1 to 10" },
	{ "generation is the next", ROOT, 160, 8, 10, 0, "" },
	{ "generation too new", ROOT, 160, 8, 11, ZR_E_ROOT, "found 11 expected 1 to 10" },
	{ "generation of all ones", ROOT, 160, 8, U64, ZR_E_ROOT, "invalid generation" },

	{ "length 0", DATA, KEY_OFFSET, 8, 0, ZR_E_EXTENT, "invalid extent length 0" },
	{ "length unaligned", DATA, KEY_OFFSET, 8, 0x2001, ZR_E_EXTENT, "extent length 8193" },
	{ "logical unaligned", DATA, KEY_OBJECTID, 8, 0x1800001, ZR_E_EXTENT, "logical 25165825" },
	{ "end wraps", DATA, KEY_OFFSET, 8, 0xfffffffffffff000, ZR_E_EXTENT,
	  "invalid extent length" },
	{ "logical near the top", DATA, KEY_OBJECTID, 8, 0xfffffffffffff000, ZR_E_EXTENT,
	  "length" },
	{ "no references", DATA, 0, 8, 0, ZR_E_EXTENT, "invalid refs 0" },
	{ "generation is the next", DATA, 8, 8, 10, 0, "" },
	{ "generation too new", DATA, 8, 8, 11, ZR_E_EXTENT, "generation 11" },
	{ "generation of all ones", DATA, 8, 8, U64, ZR_E_EXTENT, "generation" },
	{ "neither data nor tree block", DATA, 16, 8, 0, ZR_E_EXTENT, "invalid flags 0x0" },
	{ "data and tree block", DATA, 16, 8, 3, ZR_E_EXTENT, "invalid flags 0x3" },
	{ "only another flag", DATA, 16, 8, 0x100, ZR_E_EXTENT, "invalid flags 0x100" },

	{ "generation 0", DATA, 8, 8, 0, 0, "" },
	{ "generation 0", BLOCK, 8, 8, 0, ZR_E_EXTENT, "generation 0" },
	{ "generation 0", SKINNY, 8, 8, 0, ZR_E_EXTENT, "generation 0" },
	{ "level 7", BLOCK, 41, 1, 7, 0, "" },
	{ "level 8", BLOCK, 41, 1, 8, ZR_E_EXTENT, "invalid tree block" },
	{ "shorter than a node", BLOCK, KEY_OFFSET, 8, 4096, ZR_E_EXTENT, "of length 4096" },
	{ "longer than a node", BLOCK, KEY_OFFSET, 8, 32768, ZR_E_EXTENT, "of length 32768" },
	{ "no references", BLOCK, 0, 8, 0, ZR_E_EXTENT, "invalid refs 0" },

	{ "level 7", SKINNY, KEY_OFFSET, 8, 7, 0, "" },
	{ "level 8", SKINNY, KEY_OFFSET, 8, 8, ZR_E_EXTENT, "invalid level 8" },
	{ "level 256", SKINNY, KEY_OFFSET, 8, 256, ZR_E_EXTENT, "invalid level 256" },
	{ "level is a length", SKINNY, KEY_OFFSET, 8, 16384, ZR_E_EXTENT, "invalid level 16384" },
	{ "data as metadata item", SKINNY, 16, 8, 1, ZR_E_EXTENT, "is flagged as data" },
	{ "logical unaligned", SKINNY, KEY_OBJECTID, 8, 0x1d10200, ZR_E_EXTENT, "unaligned" },
	{ "logical near the top", SKINNY, KEY_OBJECTID, 8, 0xfffffffffffff000, ZR_E_EXTENT,
	  "length" },

	{ "logical unaligned", CSUM, KEY_OFFSET, 8, 0x1800200, ZR_E_CSUM_TREE, "invalid key" },
	{ "other objectid", CSUM, KEY_OBJECTID, 8, 5, ZR_E_CSUM_TREE, "invalid key" },
	{ "range wraps", CSUM, KEY_OFFSET, 8, 0xfffffffffffff000, ZR_E_CSUM_TREE, "range wraps" },
};

static void bad_fields_are_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_item item;
		uint8_t *data = make_item(changes[i].kind, good[changes[i].kind].size, &item);
		int rc;

		if (changes[i].at == KEY_OBJECTID)
			item.key.objectid = changes[i].value;
		else if (changes[i].at == KEY_OFFSET)
			item.key.offset = changes[i].value;
		else
			poke(data, changes[i].at, changes[i].size, changes[i].value);
		rc = zr_item_check(&item, &context, &err);
		if (changes[i].code)
			expect_refused(changes[i].name, rc, &err, changes[i].code,
				       changes[i].fragment);
		else
			expect_accepted(changes[i].name, rc, &err);
		free(data);
	}
}

static void metadata_item_needs_its_feature(void **state)
{
	struct zr_item_context old = context;
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_item item;
	uint8_t *data = make_item(SKINNY, 24, &item);

	(void)state;
	old.skinny = false;
	expect_refused("metadata item", zr_item_check(&item, &old, &err), &err, ZR_E_EXTENT,
		       "without feature skinny-metadata");
	free(data);
}

static void device_and_its_extents_are_decoded(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_dev_extent extent;
	struct zr_dev_item dev;
	struct zr_item item;
	uint8_t *data = make_item(DEV, 98, &item);

	(void)state;
	expect_accepted("device", zr_dev_item_decode(&item, &context, &dev, &err), &err);
	assert_true(dev.devid == 3 && dev.total_bytes == 0x40000000);
	assert_true(dev.bytes_used == 0x10000000);
	assert_int_equal(dev.uuid[0], 0x66);
	assert_int_equal(dev.fsid[0], 0x82);
	free(data);
	data = make_item(DEV_EXTENT, 48, &item);
	expect_accepted("extent", zr_dev_extent_decode(&item, &context, &extent, &err), &err);
	assert_true(extent.devid == 3 && extent.physical == 0x800000);
	assert_true(extent.logical == 0x1400000 && extent.len == 0x400000);
	free(data);
}

static void block_group_and_root_are_decoded(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_block_group group;
	struct zr_root root;
	struct zr_item item;
	uint8_t *data = make_item(GROUP, 24, &item);

	(void)state;
	expect_accepted("group", zr_block_group_decode(&item, &context, &group, &err), &err);
	assert_true(group.logical == 0x1400000 && group.len == 0x400000);
	assert_true(group.used == 0x8000 && group.flags == 0x24);
	free(data);
	data = make_item(ROOT, 239, &item);
	expect_accepted("root", zr_root_decode(&item, &context, &root, &err), &err);
	assert_true(root.logical == 0x1d10000 && root.generation == 8 && root.level == 2);
	free(data);
}

static void extents_are_decoded(void **state)
{
	static const struct {
		enum kind kind;
		struct zr_extent extent;
	} cases[] = {
		{ DATA, { ZR_EXTENT_DATA, 0x1800000, 0x3000, 6, 0 } },
		{ BLOCK, { ZR_EXTENT_TREE_BLOCK, 0x1d10000, 16384, 6, 3 } },
		{ SKINNY, { ZR_EXTENT_TREE_BLOCK, 0x1d10000, 16384, 6, 3 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		const struct zr_extent *expected = &cases[i].extent;
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_extent found;
		struct zr_item item;
		uint8_t *data = make_item(cases[i].kind, good[cases[i].kind].size, &item);

		expect_accepted("extent", zr_extent_decode(&item, &context, &found, &err), &err);
		assert_int_equal(found.kind, expected->kind);
		assert_true(found.logical == expected->logical && found.len == expected->len);
		assert_true(found.generation == expected->generation);
		assert_int_equal(found.level, expected->level);
		free(data);
	}
}

static void checksums_cover_a_sector_each(void **state)
{
	static const uint32_t csum_sizes[] = { 4, 8, 32 };
	struct zr_item_context ctx = context;
	uint8_t data[96] = { 0 };
	size_t i;
	uint32_t size;

	(void)state;
	for (i = 0; i < 3; i++) {
		ctx.csum_size = csum_sizes[i];
		for (size = 0; size <= 96; size++) {
			struct zr_item item = { good[CSUM].key, data, size };
			struct zr_error err = ZR_ERROR_INIT;
			struct zr_csum_item csum;
			int rc = zr_csum_item_decode(&item, &ctx, &csum, &err);

			if (!size || size % csum_sizes[i]) {
				expect_refused("size", rc, &err, ZR_E_CSUM_TREE, "no multiple of");
				continue;
			}
			expect_accepted("size", rc, &err);
			assert_true(csum.logical == 0x1800000);
			assert_true(csum.len == size / csum_sizes[i] * 4096);
			assert_ptr_equal(csum.csums, data);
		}
	}
}

/* Never started, started, finished, cancelled, suspended, and a number that is none of them. */
static void replace_is_running_when_started_or_suspended(void **state)
{
	static const int running[] = { 0, 1, 0, 0, 1, 0 };
	struct zr_item item = { { 0, 250, 0 }, NULL, 72 };
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t *data = calloc(1, 72);
	uint32_t size;
	unsigned int i;

	(void)state;
	assert_non_null(data);
	item.data = data;
	for (i = 0; i < 6; i++) {
		poke(data, 32, 8, i);
		assert_int_equal(zr_replace_is_running(&item, &err), running[i]);
	}
	poke(data, 32, 8, 0x100000001);
	assert_int_equal(zr_replace_is_running(&item, &err), 0);
	free(data);
	for (size = 0; size < 80; size += size == 71 ? 2 : 1) {
		item.data = data = calloc(1, size ? size : 1);
		item.size = size;
		zr_error_clear(&err);
		expect_refused("size", zr_replace_is_running(&item, &err), &err, ZR_E_ITEM,
			       "device replace item");
		free(data);
	}
}

/* Types without a decoder are not looked at, whatever they hold. */
static void unknown_types_are_accepted(void **state)
{
	static const uint8_t decoded[] = { 128, 132, 168, 169, 180, 192, 204, 216, 228 };
	unsigned int type;

	(void)state;
	for (type = 0; type < 256; type++) {
		struct zr_item item = { { 1, (uint8_t)type, 1 }, (const uint8_t *)"", 0 };
		struct zr_error err = ZR_ERROR_INIT;
		int rc = zr_item_check(&item, &context, &err);

		if (memchr(decoded, (int)type, sizeof(decoded)))
			assert_int_not_equal(rc, 0);
		else
			expect_accepted("type without a decoder", rc, &err);
	}
}

static void what_is_older_than_zones_is_refused(void **state)
{
	static const struct zr_item v0 = { { 30408704, 180, 4096 }, (const uint8_t *)"", 0 };
	static const struct zr_item cache = { { (uint64_t)-12, 1, 0 }, (const uint8_t *)"", 0 };
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	expect_refused("reference", zr_item_check(&v0, &context, &err), &err, ZR_E_FEATURE,
		       "version 0");
	zr_error_clear(&err);
	expect_refused("inode cache", zr_item_check(&cache, &context, &err), &err, ZR_E_FEATURE,
		       "inode cache");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_items_are_accepted),
		cmocka_unit_test(each_size_is_accepted_or_refused),
		cmocka_unit_test(bad_fields_are_refused),
		cmocka_unit_test(metadata_item_needs_its_feature),
		cmocka_unit_test(device_and_its_extents_are_decoded),
		cmocka_unit_test(block_group_and_root_are_decoded),
		cmocka_unit_test(extents_are_decoded),
		cmocka_unit_test(checksums_cover_a_sector_each),
		cmocka_unit_test(replace_is_running_when_started_or_suspended),
		cmocka_unit_test(unknown_types_are_accepted),
		cmocka_unit_test(what_is_older_than_zones_is_refused),
	};

	return cmocka_run_group_tests_name("item", tests, NULL, NULL);
}
