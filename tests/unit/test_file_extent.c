// SPDX-License-Identifier: GPL-2.0-or-later
/* Parts of files: inline ones, holes, and those that lie in an extent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "build_block.h"
#include "item.h"

#define SIZE 53
#define HIGH 0x7fffffffffffffffULL

static const struct zr_item_context context = {
	.sectorsize = 4096,
	.nodesize = 16384,
	.csum_size = 4,
	.generation = 9,
};

struct field {
	uint16_t at;
	uint8_t size;
	uint64_t value;
};

/* A regular part of 0x3000 bytes at offset 0x2000 of an extent of 0x6000 bytes. */
static const struct field good[] = {
	{ 0, 8, 8 },	   { 8, 8, 0x6000 },  { 20, 1, 1 },	 { 21, 8, 0x1800000 },
	{ 29, 8, 0x6000 }, { 37, 8, 0x2000 }, { 45, 8, 0x3000 },
};

static uint8_t *make(uint32_t size, const struct field *changed, struct zr_item *item)
{
	uint8_t whole[64] = { 0 };
	uint8_t *data = malloc(size ? size : 1);
	size_t i;

	assert_non_null(data);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		poke(whole, good[i].at, good[i].size, good[i].value);
	if (changed)
		poke(whole, changed->at, changed->size, changed->value);
	memcpy(data, whole, size);
	*item = (struct zr_item){ { 300, 108, 0x10000 }, data, size };
	return data;
}

static void all_fields_are_decoded(void **state)
{
	/* Compression methods, one that does not exist yet, and the field behind. */
	static const struct field rows[] = {
		{ 16, 1, 0 }, { 16, 1, 1 },    { 16, 1, 2 },
		{ 16, 1, 3 }, { 16, 1, 0x80 }, { 17, 1, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_file_extent part;
		struct zr_item item;
		uint8_t *data = make(SIZE, &rows[i], &item);

		expect_accepted("part", zr_file_extent_decode(&item, &context, &part, &err), &err);
		assert_int_equal(part.disk.kind, ZR_EXTENT_DATA);
		assert_int_equal(part.disk.generation, 8);
		assert_int_equal(part.disk.logical, 0x1800000);
		assert_int_equal(part.disk.len, 0x6000);
		assert_int_equal(part.offset, 0x2000);
		assert_int_equal(part.len, 0x3000);
		assert_int_equal(part.compressed, rows[i].at == 16 && rows[i].value);
		free(data);
	}
}

/* An inline part ends wherever it likes behind its type; any other has one size. */
static void each_size(void **state)
{
	static const struct field inline_type = { 20, 1, 0 };
	uint32_t size;

	(void)state;
	for (size = 0; size < 64; size++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_file_extent part;
		struct zr_item item;
		uint8_t *data = make(size, NULL, &item);
		int rc = zr_file_extent_decode(&item, &context, &part, &err);

		if (size == SIZE)
			expect_accepted("size", rc, &err);
		else
			expect_refused("size", rc, &err, ZR_E_ITEM, "invalid item size");
		free(data);
		zr_error_clear(&err);
		data = make(size, &inline_type, &item);
		rc = zr_file_extent_decode(&item, &context, &part, &err);
		if (size > 20)
			assert_int_equal(rc, 1);
		else
			expect_refused("inline", rc, &err, ZR_E_ITEM, "invalid item size");
		free(data);
	}
}

static void bad_fields_are_refused(void **state)
{
	static const struct {
		struct field field;
		int code; /* 0: accepted; 1: no extent */
	} rows[] = {
		{ { 20, 1, 2 }, 0 },
		{ { 20, 1, 3 }, ZR_E_EXTENT },
		{ { 21, 8, 0 }, 1 },
		{ { 21, 8, 0x1800001 }, ZR_E_ALIGN },
		{ { 21, 8, HIGH - 0xfff }, ZR_E_ALIGN },
		{ { 29, 8, 0 }, ZR_E_ALIGN },
		{ { 29, 8, 0x6001 }, ZR_E_ALIGN },
		{ { 29, 8, HIGH }, ZR_E_ALIGN },
		{ { 37, 8, 0 }, 0 },
		{ { 37, 8, HIGH - 0x3000 }, 0 },
		{ { 37, 8, HIGH - 0x2fff }, ZR_E_EXTENT },
		{ { 37, 8, UINT64_MAX }, ZR_E_EXTENT },
		{ { 45, 8, 0 }, ZR_E_EXTENT },
		{ { 45, 8, 1 }, 0 },
		{ { 45, 8, HIGH - 0x2000 }, 0 },
		{ { 45, 8, HIGH - 0x1fff }, ZR_E_EXTENT },
		{ { 45, 8, UINT64_MAX - 0x1fff }, ZR_E_EXTENT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_file_extent part;
		struct zr_item item;
		uint8_t *data = make(SIZE, &rows[i].field, &item);
		int rc = zr_file_extent_decode(&item, &context, &part, &err);

		if (rows[i].code > 1)
			expect_refused("field", rc, &err, rows[i].code, "file extent item");
		else
			assert_int_equal(rc, rows[i].code);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_fields_are_decoded),
		cmocka_unit_test(each_size),
		cmocka_unit_test(bad_fields_are_refused),
	};

	return cmocka_run_group_tests_name("file_extent", tests, NULL, NULL);
}
