// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chunk items: fields, sizes, and how many stripes each profile may have.
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

#define LOGICAL 0x1400000ULL

static const struct zr_item_context context = {
	.sectorsize = 4096,
	.nodesize = 16384,
	.csum_size = 4,
	.generation = 9,
	.skinny = true,
};

/* A length near 4 MiB: some rows of 64 KiB for each stripe that holds data of its own. */
static uint64_t whole_rows(uint64_t type, uint64_t stripes)
{
	uint64_t columns = 1;

	if (type & 0x8)
		columns = stripes;
	else if (type & 0x40)
		columns = stripes / 2;
	else if (type & 0x180 && stripes > 2)
		columns = stripes - (type & 0x100 ? 2 : 1);
	if (!columns || columns > 64)
		return (columns ? columns : 1) * 65536;
	return 0x400000 / (columns * 65536) * columns * 65536;
}

/* Exactly the bytes of a chunk with its stripes: stripe i is on device i + 1 at (i + 2) * 4 MiB. */
static uint8_t *make_chunk(struct zr_item *item, uint64_t type, uint16_t stripes,
			   uint16_t sub_stripes)
{
	uint32_t size = 48 + 32 * (uint32_t)stripes;
	uint8_t *data = calloc(1, size);
	uint32_t i;

	assert_non_null(data);
	poke(data, 0, 8, whole_rows(type, stripes));
	poke(data, 8, 8, 2);
	poke(data, 16, 8, 65536);
	poke(data, 24, 8, type);
	poke(data, 32, 4, 65536);
	poke(data, 36, 4, 65536);
	poke(data, 40, 4, 4096);
	poke(data, 44, 2, stripes);
	poke(data, 46, 2, sub_stripes);
	for (i = 0; i < stripes; i++) {
		poke(data, 48 + 32 * i, 8, i + 1);
		poke(data, 56 + 32 * i, 8, (i + 2) * 0x400000ULL);
		memset(data + 64 + 32 * i, (int)(0xa0 + i), 16);
	}
	*item = (struct zr_item){ { 256, 228, LOGICAL }, data, size };
	return data;
}

static int decode(const struct zr_item *item, struct zr_chunk *chunk, struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;

	*err = none;
	return zr_chunk_decode(item, &context, chunk, err);
}

static void every_field_is_decoded(void **state)
{
	struct zr_stripe stripe;
	struct zr_chunk chunk;
	struct zr_error err;
	struct zr_item item;
	uint8_t *data = make_chunk(&item, 0x24, 2, 1);
	uint16_t i;

	(void)state;
	expect_accepted("chunk", decode(&item, &chunk, &err), &err);
	assert_true(chunk.logical == LOGICAL && chunk.len == 0x400000);
	assert_true(chunk.flags == 0x24);
	assert_int_equal(chunk.stripe_count, 2);
	assert_int_equal(chunk.sub_stripes, 1);
	assert_ptr_equal(chunk.stripes, data + 48);
	for (i = 0; i < 2; i++) {
		zr_chunk_stripe(&chunk, i, &stripe);
		assert_true(stripe.devid == i + 1U);
		assert_true(stripe.physical == (i + 2U) * 0x400000);
		assert_int_equal(stripe.dev_uuid[0], 0xa0 + i);
		assert_int_equal(stripe.dev_uuid[15], 0xa0 + i);
	}
	free(data);
}

static const struct {
	const char *name;
	uint16_t at;
	uint8_t size;
	uint64_t value;
	int code;
	const char *fragment;
} changes[] = {
	{ "length 0", 0, 8, 0, ZR_E_CHUNK, "invalid chunk logical start and length 0" },
	{ "length unaligned", 0, 8, 0x400200, ZR_E_ALIGN, "length 4194816 unaligned" },
	{ "length of 2^32 elements", 0, 8, 1ULL << 48, ZR_E_CHUNK, "is too large" },
	{ "end wraps", 0, 8, 0xfffffffffec00000, ZR_E_CHUNK, "invalid chunk logical start" },
	{ "length of all ones but the sector", 0, 8, 0xfffffffffffff000, ZR_E_CHUNK, "length" },
	{ "end above 2^63", 0, 8, 0x7fffffffff000000, ZR_E_CHUNK, "invalid chunk logical start" },
	{ "stripe length 0", 16, 8, 0, ZR_E_CHUNK, "stripe length, found 0 expected 65536" },
	{ "stripe length 4096", 16, 8, 4096, ZR_E_CHUNK, "stripe length, found 4096" },
	{ "stripe length 2^45", 16, 8, 1ULL << 45, ZR_E_CHUNK, "found 35184372088832" },
	{ "sector size 0", 40, 4, 0, ZR_E_CHUNK, "sector size, found 0 expected 4096" },
	{ "sector size 512", 40, 4, 512, ZR_E_CHUNK, "sector size, found 512" },
	{ "no type bit", 24, 8, 0, ZR_E_CHUNK, "missing chunk type flag in 0x0" },
	{ "no type bit but a profile", 24, 8, 0x20, ZR_E_CHUNK, "missing chunk type flag" },
	{ "mixed data and metadata", 24, 8, 5, ZR_E_CHUNK, "mixed chunk type 0x5" },
	{ "data and system", 24, 8, 3, ZR_E_CHUNK, "mixed chunk type 0x3" },
	{ "system and metadata", 24, 8, 6, ZR_E_CHUNK, "mixed chunk type 0x6" },
	{ "all types", 24, 8, 7, ZR_E_CHUNK, "mixed chunk type 0x7" },
	{ "remapped", 24, 8, 0x801, ZR_E_CHUNK, "unrecognized type 0x801" },
	{ "metadata of the remap tree", 24, 8, 0x1000, ZR_E_CHUNK, "unrecognized type" },
	{ "highest bit", 24, 8, 0x8000000000000001, ZR_E_CHUNK, "unrecognized type" },
	{ "two profiles", 24, 8, 0x31, ZR_E_CHUNK, "more than one profile in type 0x31" },
	{ "all profiles", 24, 8, 0x7f9, ZR_E_CHUNK, "more than one profile" },
	{ "no stripes in an item with one", 44, 2, 0, ZR_E_ITEM, "found 80 expected 48 for 0" },
	{ "two stripes in an item with one", 44, 2, 2, ZR_E_ITEM, "expected 112 for 2 stripes" },
	{ "65535 stripes", 44, 2, 65535, ZR_E_ITEM, "expected 2097168 for 65535 stripes" },
};

static void bad_fields_are_refused(void **state)
{
	struct zr_chunk chunk;
	struct zr_error err;
	struct zr_item item;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t *data = make_chunk(&item, 1, 1, 1);

		poke(data, changes[i].at, changes[i].size, changes[i].value);
		expect_refused(changes[i].name, decode(&item, &chunk, &err), &err, changes[i].code,
			       changes[i].fragment);
		expect_refused(changes[i].name, zr_item_check(&item, &context, &err), &err,
			       changes[i].code, "logical 20971520");
		free(data);
	}
}

static void check_key(const char *name, uint64_t objectid, uint64_t offset, int code)
{
	struct zr_chunk chunk;
	struct zr_error err;
	struct zr_item item;
	uint8_t *data = make_chunk(&item, 1, 1, 1);

	item.key.objectid = objectid;
	item.key.offset = offset;
	if (code)
		expect_refused(name, decode(&item, &chunk, &err), &err, code, "chunk: ");
	else
		expect_accepted(name, decode(&item, &chunk, &err), &err);
	free(data);
}

static void bad_keys_are_refused(void **state)
{
	(void)state;
	check_key("objectid 255", 255, LOGICAL, ZR_E_CHUNK);
	check_key("objectid 0", 0, LOGICAL, ZR_E_CHUNK);
	check_key("logical 0", 256, 0, 0);
	check_key("logical unaligned", 256, LOGICAL + 512, ZR_E_ALIGN);
	check_key("logical 2^64 - 4 MiB wraps", 256, 0xffffffffffc00000, ZR_E_CHUNK);
	check_key("logical 2^64 - 8 MiB", 256, 0xffffffffff800000, ZR_E_CHUNK);
	check_key("end at 2^63", 256, 0x7fffffffffc00000, ZR_E_CHUNK);
	check_key("end just below 2^63", 256, 0x7fffffffffbff000, 0);
}

static void item_must_have_the_size_of_its_stripes(void **state)
{
	struct zr_chunk chunk;
	struct zr_error err;
	struct zr_item item;
	uint32_t size;

	(void)state;
	for (size = 0; size < 160; size++) {
		uint8_t *whole = make_chunk(&item, 0x24, 2, 1);
		uint8_t *data = calloc(1, size ? size : 1);

		assert_non_null(data);
		memcpy(data, whole, size < 112 ? size : 112);
		free(whole);
		item.data = data;
		item.size = size;
		if (size == 112)
			expect_accepted("size", decode(&item, &chunk, &err), &err);
		else
			expect_refused("size", decode(&item, &chunk, &err), &err, ZR_E_ITEM,
				       "invalid chunk item size");
		free(data);
	}
}

/* What each profile takes: fewest and most stripes, a multiple, and a fixed number of sub-stripes.
 */
static const struct {
	const char *name;
	uint64_t bit;
	uint16_t fewest, most, multiple;
	uint16_t sub_stripes; /* 0: any number will do */
} profiles[] = {
	{ "single", 0x0, 1, 1, 1, 0 },	    { "raid0", 0x8, 1, 65535, 1, 0 },
	{ "raid1", 0x10, 2, 2, 1, 0 },	    { "dup", 0x20, 2, 2, 1, 0 },
	{ "raid10", 0x40, 2, 65535, 2, 2 }, { "raid5", 0x80, 2, 65535, 1, 0 },
	{ "raid6", 0x100, 3, 257, 1, 0 },   { "raid1c3", 0x200, 3, 3, 1, 0 },
	{ "raid1c4", 0x400, 4, 4, 1, 0 },
};

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

static void check_stripes(size_t which, uint16_t stripes, uint16_t sub_stripes)
{
	bool sub_good = !profiles[which].sub_stripes || sub_stripes == profiles[which].sub_stripes;
	bool count_good = stripes >= profiles[which].fewest && stripes <= profiles[which].most &&
			  stripes % profiles[which].multiple == 0;
	struct zr_chunk chunk;
	struct zr_error err;
	struct zr_item item;
	uint8_t *data = make_chunk(&item, profiles[which].bit | 4, stripes, sub_stripes);
	int rc = decode(&item, &chunk, &err);
	char name[60];

	snprintf(name, sizeof(name), "profile %s cannot have %u stripes", profiles[which].name,
		 stripes);
	if (!count_good)
		expect_refused(name, rc, &err, ZR_E_CHUNK, name);
	else if (!sub_good)
		expect_refused(name, rc, &err, ZR_E_CHUNK, "invalid sub_stripes");
	else
		expect_accepted(name, rc, &err);
	free(data);
}

static void each_profile_has_its_number_of_stripes(void **state)
{
	static const uint16_t many[] = { 100, 101, 65534, 65535 };
	uint16_t sub_stripes;
	uint16_t stripes;
	size_t which;
	size_t i;

	(void)state;
	for (which = 0; which < PROFILES; which++) {
		for (sub_stripes = 0; sub_stripes < 5; sub_stripes++) {
			for (stripes = 0; stripes < 12; stripes++)
				check_stripes(which, stripes, sub_stripes);
			for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
				check_stripes(which, many[i], sub_stripes);
		}
	}
}

/* Rows of 64 KiB for each stripe with data of its own; without rows any sector is an end. */
static void rows_are_whole(void **state)
{
	static const struct {
		uint64_t type;
		uint16_t stripes, columns;
	} cases[] = {
		{ 0x1, 1, 1 },	 { 0x24, 2, 1 }, { 0x14, 2, 1 }, { 0x9, 1, 1 },	 { 0x81, 2, 1 },
		{ 0x101, 3, 1 }, { 0x9, 3, 3 },	 { 0x41, 6, 3 }, { 0x81, 4, 3 }, { 0x101, 5, 3 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t row = cases[i].columns * 65536ULL;
		struct zr_chunk chunk;
		struct zr_error err;
		struct zr_item item;
		uint8_t *data = make_chunk(&item, cases[i].type, cases[i].stripes, 2);

		poke(data, 0, 8, 5 * row);
		expect_accepted("rows", decode(&item, &chunk, &err), &err);
		poke(data, 0, 8, 5 * row + 4096);
		if (cases[i].columns == 1)
			expect_accepted("sectors", decode(&item, &chunk, &err), &err);
		else
			expect_refused("sectors", decode(&item, &chunk, &err), &err, ZR_E_CHUNK,
				       "is not whole rows of 3 stripes");
		free(data);
	}
}

static void each_type_goes_with_each_profile(void **state)
{
	struct zr_chunk chunk;
	struct zr_error err;
	struct zr_item item;
	uint64_t type;
	size_t which;

	(void)state;
	for (which = 0; which < PROFILES; which++) {
		for (type = 1; type <= 4; type *= 2) {
			uint8_t *data =
				make_chunk(&item, profiles[which].bit | type,
					   profiles[which].fewest, profiles[which].sub_stripes);

			expect_accepted(profiles[which].name, decode(&item, &chunk, &err), &err);
			free(data);
		}
	}
}

/* Each bit that the kernel has no use for, alone and with a good type. */
static void each_type_bit(void **state)
{
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		struct zr_chunk chunk;
		struct zr_error err;
		struct zr_item item;
		uint8_t *data = make_chunk(&item, 1ULL << bit | 2, 2, 2);
		int rc = decode(&item, &chunk, &err);

		if (bit >= 11)
			expect_refused("type", rc, &err, ZR_E_CHUNK, "unrecognized type");
		else if (bit == 0 || bit == 2)
			expect_refused("type", rc, &err, ZR_E_CHUNK, "mixed chunk type");
		else if (bit == 1 || bit == 8 || bit == 9 || bit == 10)
			expect_refused("type", rc, &err, ZR_E_CHUNK, "cannot have 2 stripes");
		else
			expect_accepted("type", rc, &err);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_decoded),
		cmocka_unit_test(bad_fields_are_refused),
		cmocka_unit_test(bad_keys_are_refused),
		cmocka_unit_test(item_must_have_the_size_of_its_stripes),
		cmocka_unit_test(each_profile_has_its_number_of_stripes),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(each_type_goes_with_each_profile),
		cmocka_unit_test(each_type_bit),
	};

	return cmocka_run_group_tests_name("chunk_item", tests, NULL, NULL);
}
