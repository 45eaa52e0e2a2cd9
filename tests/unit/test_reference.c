// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Back references and names: each layout, inside an extent item and as an item of its own, and each
 * size that is too short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "build_block.h"
#include "reference.h"

#define LOGICAL 0x1d10000ULL
#define WRAPPED 0xfffffffffffff000ULL

/* clang-format off */
static const struct {
	const char *name;
	uint8_t type;
	uint32_t inline_size; /* with the type byte */
	uint32_t item_size;
	struct zr_reference inside; /* what the bytes of an inline reference say */
} layouts[] = {
	{ "owner", 172, 9, 8, { .kind = ZR_REFERENCE_OTHER } },
	{ "tree", 176, 9, 0, { .kind = ZR_REFERENCE_TREE, .tree = 0x1122334455667788 } },
	{ "file", 178, 29, 28, { .kind = ZR_REFERENCE_FILE, .tree = 0x1122334455667788,
				 .inode = 0x99aabbccddeeff01, .offset = WRAPPED } },
	{ "node", 182, 9, 0, { .kind = ZR_REFERENCE_PARENT_NODE, .parent = 0x1122334455667788 } },
	{ "leaf", 184, 13, 4, { .kind = ZR_REFERENCE_PARENT_LEAF, .parent = 0x1122334455667788 } },
};
/* clang-format on */

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static bool is_layout(unsigned int type)
{
	size_t i;

	for (i = 0; i < LAYOUTS; i++)
		if (layouts[i].type == type)
			return true;
	return false;
}

/* What stands behind the type byte, or in an item of type 178; of others the key is enough. */
static void put_numbers(uint8_t *to)
{
	poke(to, 0, 8, 0x1122334455667788);
	poke(to, 8, 8, 0x99aabbccddeeff01);
	poke(to, 16, 8, WRAPPED);
	poke(to, 24, 4, 3);
}

static void expect_same(const char *name, const struct zr_reference *found,
			const struct zr_reference *expected)
{
	if (found->kind != expected->kind || found->inode != expected->inode ||
	    found->offset != expected->offset)
		fail_msg("%s: kind %d inode %llu offset %llu", name, (int)found->kind,
			 (unsigned long long)found->inode, (unsigned long long)found->offset);
	if (expected->kind == ZR_REFERENCE_OTHER)
		return;
	if (found->tree != expected->tree || found->parent != expected->parent)
		fail_msg("%s: tree %llu parent %llu", name, (unsigned long long)found->tree,
			 (unsigned long long)found->parent);
}

/* Exactly @size bytes on the heap, so that a sanitizer sees what is read behind them. */
static uint8_t *exact(const uint8_t *whole, uint32_t size, struct zr_item *item)
{
	uint8_t *data = malloc(size ? size : 1);

	assert_non_null(data);
	memcpy(data, whole, size);
	item->data = data;
	item->size = size;
	return data;
}

/* All layouts behind the head of an extent item, in the order of their types. */
static uint32_t put_all(uint8_t *whole, uint32_t start)
{
	uint32_t at = start;
	size_t i;

	for (i = 0; i < LAYOUTS; i++) {
		uint8_t numbers[28];

		put_numbers(numbers);
		whole[at] = layouts[i].type;
		memcpy(whole + at + 1, numbers, layouts[i].inline_size - 1);
		at += layouts[i].inline_size;
	}
	return at;
}

/* Three heads: data, a tree block with its information, and one without. */
static const struct {
	uint8_t type;
	uint64_t flags;
	uint32_t start;
} heads[] = {
	{ 168, 1, 24 },
	{ 168, 2, 42 },
	{ 168, 0x102, 42 },
	{ 169, 2, 24 },
};

static void inline_start_depends_on_the_kind(void **state)
{
	uint8_t whole[64] = { 0 };
	size_t h;

	(void)state;
	for (h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
		struct zr_item item = { { LOGICAL, heads[h].type, 3 }, whole, sizeof(whole) };

		poke(whole, 16, 8, heads[h].flags);
		assert_int_equal(zr_reference_inline_start(&item), heads[h].start);
	}
}

/* An item that is cut ends at a reference or is refused there; nothing behind it is read. */
static void expect_cut(const uint8_t *whole, size_t head, uint32_t size)
{
	struct zr_item item = { { LOGICAL, heads[head].type, 3 }, NULL, 0 };
	uint8_t *data = exact(whole, size, &item);
	uint32_t at = zr_reference_inline_start(&item);
	uint32_t end = heads[head].start;
	struct zr_reference reference;
	struct zr_error err = ZR_ERROR_INIT;
	size_t i;

	for (i = 0; i < LAYOUTS && end + layouts[i].inline_size <= size; i++) {
		assert_int_equal(zr_reference_inline_next(&item, &at, &reference, &err), 0);
		expect_same(layouts[i].name, &reference, &layouts[i].inside);
		end += layouts[i].inline_size;
		assert_int_equal(at, end);
	}
	if (end == size)
		assert_int_equal(zr_reference_inline_next(&item, &at, &reference, &err), 1);
	else
		expect_refused("cut", zr_reference_inline_next(&item, &at, &reference, &err), &err,
			       ZR_E_EXTENT, "invalid back reference");
	assert_int_equal(at, end);
	free(data);
}

static void inline_references_cut_at_each_byte(void **state)
{
	size_t h;

	(void)state;
	for (h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
		uint8_t whole[128] = { 0 };
		uint32_t end = put_all(whole, heads[h].start);
		uint32_t size;

		poke(whole, 16, 8, heads[h].flags);
		for (size = heads[h].start; size <= end; size++)
			expect_cut(whole, h, size);
	}
}

static void unknown_inline_types_are_refused(void **state)
{
	uint8_t whole[64] = { 0 };
	struct zr_item item = { { LOGICAL, 169, 0 }, whole, sizeof(whole) };
	unsigned int type;

	(void)state;
	for (type = 0; type < 256; type++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_reference reference;
		uint32_t at = 24;
		int rc;

		whole[24] = (uint8_t)type;
		rc = zr_reference_inline_next(&item, &at, &reference, &err);
		if (is_layout(type))
			expect_accepted("known type", rc, &err);
		else
			expect_refused("unknown type", rc, &err, ZR_E_EXTENT, "at byte 24");
	}
}

/* Of an item of its own the size must be the right one; tree and parent are in its key. */
static void keyed_references_of_each_size(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LAYOUTS; i++) {
		uint32_t size;

		for (size = 0; size <= 40; size++) {
			struct zr_item item = { { LOGICAL, layouts[i].type, 0x1122334455667788 },
						NULL,
						0 };
			struct zr_error err = ZR_ERROR_INIT;
			struct zr_reference reference;
			uint8_t whole[40] = { 0 };
			uint8_t *data;
			int rc;

			put_numbers(whole);
			data = exact(whole, size, &item);
			rc = zr_reference_decode(&item, &reference, &err);
			if (size == layouts[i].item_size) {
				expect_accepted(layouts[i].name, rc, &err);
				expect_same(layouts[i].name, &reference, &layouts[i].inside);
			} else {
				expect_refused(layouts[i].name, rc, &err, ZR_E_ITEM,
					       "invalid item size");
			}
			free(data);
		}
	}
}

static void items_of_other_types_are_no_references(void **state)
{
	unsigned int type;

	(void)state;
	for (type = 0; type < 256; type++) {
		struct zr_item item = { { LOGICAL, (uint8_t)type, 1 }, (const uint8_t *)"", 0 };
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_reference reference;

		if (is_layout(type))
			continue;
		assert_int_equal(zr_reference_decode(&item, &reference, &err), 1);
		assert_int_equal(err.code, 0);
	}
}

enum name_kind {
	INODE_REF,
	INODE_EXTREF,
	ROOT_BACKREF,
	NAME_KINDS,
};

static const struct {
	struct zr_key key;
	uint32_t head;
	uint32_t len_at;
	uint32_t directory_at;
	uint64_t directory;
} names[NAME_KINDS] = {
	[INODE_REF] = { { 300, 12, 256 }, 10, 8, 0, 256 },
	[INODE_EXTREF] = { { 300, 13, 0x1234 }, 18, 16, 0, 0x1122334455 },
	[ROOT_BACKREF] = { { 257, 144, 5 }, 18, 16, 0, 0x1122334455 },
};

static int decode_name(enum name_kind kind, const struct zr_item *item, struct zr_name *name,
		       struct zr_error *err)
{
	return kind == ROOT_BACKREF ? zr_subvolume_name_decode(item, name, err)
				    : zr_inode_name_decode(item, name, err);
}

static void put_name(enum name_kind kind, uint16_t len, uint8_t *whole)
{
	poke(whole, 0, 8, 0x1122334455);
	poke(whole, names[kind].len_at, 2, len);
	memset(whole + names[kind].head, 'n', len);
}

/* A name of 5 bytes in items of each size: what follows it does not count. */
static void names_cut_at_each_byte(void **state)
{
	enum name_kind kind;

	(void)state;
	for (kind = 0; kind < NAME_KINDS; kind++) {
		uint32_t whole_size = names[kind].head + 5;
		uint32_t size;

		for (size = 0; size <= whole_size + 20; size++) {
			struct zr_item item = { names[kind].key, NULL, 0 };
			struct zr_error err = ZR_ERROR_INIT;
			uint8_t whole[64] = { 0 };
			struct zr_name name;
			uint8_t *data;
			int rc;

			put_name(kind, 5, whole);
			data = exact(whole, size, &item);
			rc = decode_name(kind, &item, &name, &err);
			if (size < whole_size) {
				expect_refused("cut", rc, &err, ZR_E_ITEM, "invalid");
			} else {
				expect_accepted("name", rc, &err);
				assert_int_equal(name.directory, names[kind].directory);
				assert_int_equal(name.len, 5);
				assert_ptr_equal(name.bytes, data + names[kind].head);
			}
			free(data);
		}
	}
}

static void lengths_of_names(void **state)
{
	static const struct {
		uint16_t len;
		uint32_t room;
		bool good;
	} rows[] = {
		{ 0, 0, false },	{ 0, 5, false },     { 1, 1, true },  { 1, 0, false },
		{ 255, 255, true },	{ 255, 254, false }, { 6, 5, false }, { 0xffff, 5, false },
		{ 0x8000, 255, false }, { 0x100, 0, false },
	};
	enum name_kind kind;
	size_t i;

	(void)state;
	for (kind = 0; kind < NAME_KINDS; kind++)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct zr_item item = { names[kind].key, NULL, 0 };
			struct zr_error err = ZR_ERROR_INIT;
			uint8_t whole[300] = { 0 };
			struct zr_name name;
			uint8_t *data;
			int rc;

			poke(whole, names[kind].len_at, 2, rows[i].len);
			data = exact(whole, names[kind].head + rows[i].room, &item);
			rc = decode_name(kind, &item, &name, &err);
			if (rows[i].good)
				expect_accepted("length", rc, &err);
			else
				expect_refused("length", rc, &err, ZR_E_ITEM, "name length");
			free(data);
		}
}

/* The second name of an item is not looked at, whatever it says. */
static void first_of_several_names_counts(void **state)
{
	enum name_kind kind;

	(void)state;
	for (kind = 0; kind < ROOT_BACKREF; kind++) {
		uint8_t whole[80] = { 0 };
		uint32_t second = names[kind].head + 3;
		struct zr_item item = { names[kind].key, whole, second + names[kind].head + 4 };
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_name name;

		put_name(kind, 3, whole);
		memcpy(whole + names[kind].head, "abc", 3);
		poke(whole + second, names[kind].len_at, 2, 0xffff);
		expect_accepted("two names", decode_name(kind, &item, &name, &err), &err);
		assert_int_equal(name.len, 3);
		assert_memory_equal(name.bytes, "abc", 3);
		assert_int_equal(name.directory, names[kind].directory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_start_depends_on_the_kind),
		cmocka_unit_test(inline_references_cut_at_each_byte),
		cmocka_unit_test(unknown_inline_types_are_refused),
		cmocka_unit_test(keyed_references_of_each_size),
		cmocka_unit_test(items_of_other_types_are_no_references),
		cmocka_unit_test(names_cut_at_each_byte),
		cmocka_unit_test(lengths_of_names),
		cmocka_unit_test(first_of_several_names_counts),
	};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
