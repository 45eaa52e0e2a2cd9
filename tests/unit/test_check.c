// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tree checker: header, number of items, keys, pointers and the places of items.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "build_block.h"
#include "check.h"

static const uint32_t sizes[] = { 4096, 16384, 65536 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* A key type that has no decoder. */
#define PLAIN 12
#define COUNT 5

static const struct zr_key first_key = { 100, PLAIN, 0 };

static void make_context(struct zr_check_context *ctx, uint32_t size)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->items.sectorsize = 4096;
	ctx->items.nodesize = size;
	ctx->items.csum_size = 4;
	ctx->items.generation = 9;
	ctx->items.skinny = true;
	ctx->csum_type = ZR_CSUM_CRC32C;
	memcpy(ctx->metadata_uuid, build_fsid, 16);
}

static struct zr_block_expect make_expect(uint8_t level)
{
	struct zr_block_expect expect = {
		.logical = 30408704,
		.generation = 7,
		.owner = 3,
		.level = level,
		.first_key = &first_key,
	};

	return expect;
}

/* Keys (100, PLAIN, 0), (101, PLAIN, 0), ...; items of 16 bytes, children of generation 6 or 7. */
static void make_block(struct build_block *built, uint32_t size, uint8_t level)
{
	unsigned int i;

	build_start(built, size, level);
	for (i = 0; i < COUNT; i++) {
		struct zr_key key = { 100 + i, PLAIN, 0 };

		if (level)
			build_pointer(built, key, 0x2000000 + i * 0x10000, 6 + i % 2);
		else
			build_item(built, key, 16);
	}
	build_seal(built, ZR_CSUM_CRC32C);
}

static int run(const struct build_block *built, const struct zr_block_expect *expect,
	       struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_check_context ctx;
	struct zr_block block;

	*err = none;
	make_context(&ctx, built->size);
	return zr_block_check(&ctx, built->bytes, expect, &block, err);
}

static void good_blocks_of_each_size_and_level(void **state)
{
	uint8_t level;
	size_t i;

	(void)state;
	for (i = 0; i < SIZES; i++) {
		for (level = 0; level < 8; level++) {
			struct zr_block_expect expect = make_expect(level);
			struct build_block built;
			struct zr_error err;
			int rc;

			make_block(&built, sizes[i], level);
			rc = run(&built, &expect, &err);
			expect_accepted("good block", rc, &err);
			build_free(&built);
		}
	}
}

static void view_is_returned(void **state)
{
	struct zr_block_expect expect = make_expect(0);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_check_context ctx;
	struct build_block built;
	struct zr_block block;

	(void)state;
	make_context(&ctx, 16384);
	make_block(&built, 16384, 0);
	assert_int_equal(zr_block_identify(&ctx, built.bytes, &expect, &block, &err), 0);
	assert_ptr_equal(block.bytes, built.bytes);
	assert_int_equal(block.size, 16384);
	assert_int_equal(block.nritems, COUNT);
	assert_true(block.logical == 30408704 && block.generation == 7 && block.owner == 3);
	build_free(&built);
}

static void checksum_of_each_type(void **state)
{
	static const char *const names[] = { "crc32c", "xxhash", "sha256", "blake2" };
	struct zr_block_expect expect = make_expect(0);
	struct zr_check_context ctx;
	struct build_block built;
	struct zr_block block;
	unsigned int type;

	(void)state;
	make_block(&built, 16384, 0);
	for (type = 0; type < 4; type++) {
		struct zr_error err = ZR_ERROR_INIT;

		make_context(&ctx, 16384);
		ctx.csum_type = (enum zr_csum_type)type;
		build_seal(&built, ctx.csum_type);
		expect_accepted(names[type],
				zr_block_check(&ctx, built.bytes, &expect, &block, &err), &err);
		built.bytes[16383] ^= 0x80;
		expect_refused(names[type],
			       zr_block_check(&ctx, built.bytes, &expect, &block, &err), &err,
			       ZR_E_CSUM, names[type]);
		built.bytes[16383] ^= 0x80;
	}
	build_free(&built);
}

struct change {
	const char *name;
	uint8_t level;
	uint16_t at;
	uint8_t size;
	uint64_t value;
	int code;
	const char *fragment;
};

static void check_change(const struct change *change, uint32_t size)
{
	struct zr_block_expect expect = make_expect(change->level);
	struct build_block built;
	struct zr_error err;
	char name[100];
	int rc;

	snprintf(name, sizeof(name), "%s (node size %u)", change->name, size);
	make_block(&built, size, change->level);
	poke(built.bytes, change->at, change->size, change->value);
	build_seal(&built, ZR_CSUM_CRC32C);
	rc = run(&built, &expect, &err);
	expect_refused(name, rc, &err, change->code, change->fragment);
	expect_refused(name, rc, &err, change->code, "logical 30408704");
	build_free(&built);
}

static const struct change changes[] = {
	{ "bytenr of another block", 0, 48, 8, 30425088, ZR_E_OFFSET, "bad tree block start" },
	{ "fsid of another file system", 0, 47, 1, 0, ZR_E_UUID, "bad fsid" },
	{ "older generation", 0, 80, 8, 6, ZR_E_GENERATION, "found 6 expected 7" },
	{ "newer generation", 0, 80, 8, 8, ZR_E_GENERATION, "found 8 expected 7" },
	{ "other owner", 0, 88, 8, 5, ZR_E_OWNER, "found 5 expected 3" },
	{ "leaf where a node is expected", 2, 100, 1, 0, ZR_E_LEVEL, "found 0 expected 2" },
	{ "node where a leaf is expected", 0, 100, 1, 1, ZR_E_LEVEL, "found 1 expected 0" },
	{ "level 8", 0, 100, 1, 8, ZR_E_LEVEL, "found 8" },
	{ "level 255", 1, 100, 1, 255, ZR_E_LEVEL, "found 255" },
	{ "leaf without items", 0, 96, 4, 0, ZR_E_NRITEMS, "nritems is 0" },
	{ "node without pointers", 1, 96, 4, 0, ZR_E_NRITEMS, "nritems is 0" },
	{ "leaf of 2^32-1 items", 0, 96, 4, 0xffffffff, ZR_E_NRITEMS, "found 4294967295" },
	{ "node of 2^32-1 pointers", 1, 96, 4, 0xffffffff, ZR_E_NRITEMS, "found 4294967295" },
	{ "leaf of 2^31 items", 0, 96, 4, 0x80000000, ZR_E_NRITEMS, "nritems too big" },
	{ "more items than there are", 0, 96, 4, 6, ZR_E_KEY, "slot 5, bad key order" },
	{ "more pointers than there are", 1, 96, 4, 6, ZR_E_KEY, "slot 5, bad key order" },
	{ "first key of a leaf", 0, 101, 8, 99, ZR_E_KEY, "found (99 12 0) expected (100 12 0)" },
	{ "first key of a node", 3, 110, 8, 1, ZR_E_KEY, "first key mismatch" },
	{ "items out of order", 0, 151, 8, 100, ZR_E_KEY, "slot 2, bad key order" },
	{ "same item twice", 0, 126, 8, 100, ZR_E_KEY, "slot 1, bad key order" },
	{ "last item below the others", 0, 201, 8, 0, ZR_E_KEY, "slot 4, bad key order" },
	{ "pointers out of order", 1, 167, 8, 100, ZR_E_KEY, "slot 2, bad key order" },
	{ "same pointer twice", 1, 134, 8, 100, ZR_E_KEY, "slot 1, bad key order" },
	{ "pointer to 0", 1, 118, 8, 0, ZR_E_RANGE, "slot 0, invalid node pointer 0" },
	{ "last pointer 0", 1, 250, 8, 0, ZR_E_RANGE, "slot 4, invalid node pointer 0" },
	{ "pointer to 2^64-9", 1, 118, 8, 0xfffffffffffffff7, ZR_E_RANGE, "invalid node pointer" },
	{ "pointer to 2^63", 1, 118, 8, 0x8000000000000000, ZR_E_RANGE, "invalid node pointer" },
	{ "pointer unaligned", 1, 151, 8, 0x2010200, ZR_E_ALIGN, "slot 1, unaligned pointer" },
	{ "child newer than its node", 1, 126, 8, 8, ZR_E_GENERATION, "child generation 8" },
	{ "child of generation 0", 1, 126, 8, 0, ZR_E_GENERATION, "child generation 0" },
	{ "child of generation 2^64-1", 1, 126, 8, 0xffffffffffffffff, ZR_E_GENERATION,
	  "not from 1 to 7" },
	{ "size of the first item one less", 0, 122, 4, 15, ZR_E_ITEM,
	  "slot 0, unexpected item end" },
	{ "size of the first item one more", 0, 122, 4, 17, ZR_E_ITEM,
	  "slot 0, unexpected item end" },
	{ "size of an item 2^32-1", 0, 172, 4, 0xffffffff, ZR_E_ITEM,
	  "slot 2, unexpected item end" },
	{ "offset of an item 2^32-1", 0, 168, 4, 0xffffffff, ZR_E_ITEM,
	  "slot 2, unexpected item end" },
	{ "offset of an item 0", 0, 168, 4, 0, ZR_E_ITEM, "slot 2, unexpected item end" },
};

static void changed_blocks_are_refused(void **state)
{
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		for (k = 0; k < SIZES; k++)
			check_change(&changes[i], sizes[k]);
}

/* Places that leave a gap or overlap, or whose end is right but for 2^32. */
static void check_place(uint32_t offset, uint32_t item_size, const char *fragment)
{
	struct zr_block_expect expect = make_expect(0);
	struct build_block built;
	struct zr_error err;
	int rc;

	make_block(&built, 4096, 0);
	poke(built.bytes, 193, 4, offset);
	poke(built.bytes, 197, 4, item_size);
	build_seal(&built, ZR_CSUM_CRC32C);
	rc = run(&built, &expect, &err);
	expect_refused("place of item 3", rc, &err, ZR_E_ITEM, fragment);
	build_free(&built);
}

/* Data ends 3995 bytes behind the header; item 3 is at 3931 and ends at 3947. */
static void items_overlap_or_leave_a_gap(void **state)
{
	(void)state;
	check_place(3931, 17, "slot 3, unexpected item end, found 3948 expected 3947");
	check_place(3932, 16, "slot 3, unexpected item end");
	check_place(3930, 16, "slot 3, unexpected item end, found 3946 expected 3947");
	check_place(3931, 0, "slot 3, unexpected item end");
	check_place(3948, 0xffffffff, "found 4294971243");
	check_place(0xfffffff0, 3963, "found 4294971243");
	check_place(0xffffffff, 0xffffffff, "found 8589934590");
	check_place(0, 3947, "slot 3, item data overlaps the item table");
	check_place(124, 3823, "slot 3, item data overlaps the item table");
	check_place(125, 3822, "slot 4, unexpected item end");
}

static void table_of_a_full_leaf_meets_its_data(void **state)
{
	struct zr_block_expect expect = make_expect(0);
	struct build_block built;
	struct zr_error err;
	int rc;

	(void)state;
	build_start(&built, 4096, 0);
	build_item(&built, first_key, 3970);
	build_seal(&built, ZR_CSUM_CRC32C);
	rc = run(&built, &expect, &err);
	expect_accepted("no byte between table and data", rc, &err);
	build_free(&built);
	build_start(&built, 4096, 0);
	build_item(&built, first_key, 3971);
	build_seal(&built, ZR_CSUM_CRC32C);
	rc = run(&built, &expect, &err);
	expect_refused("one byte too much", rc, &err, ZR_E_ITEM, "overlaps the item table");
	build_free(&built);
}

static void check_most(uint32_t size, uint8_t level, uint32_t most)
{
	struct zr_block_expect expect = make_expect(level);
	struct build_block built;
	struct zr_error err;
	uint32_t i;

	build_start(&built, size, level);
	for (i = 0; i < most; i++) {
		struct zr_key key = { 100 + i, PLAIN, 0 };

		if (level)
			build_pointer(&built, key, 4096, 1);
		else
			build_item(&built, key, 0);
	}
	build_seal(&built, ZR_CSUM_CRC32C);
	expect_accepted("full block", run(&built, &expect, &err), &err);
	poke(built.bytes, 96, 4, most + 1);
	build_seal(&built, ZR_CSUM_CRC32C);
	expect_refused("one too many", run(&built, &expect, &err), &err, ZR_E_NRITEMS,
		       "nritems too big");
	build_free(&built);
}

static void as_many_items_as_fit_and_no_more(void **state)
{
	(void)state;
	check_most(4096, 0, 159);
	check_most(16384, 0, 651);
	check_most(65536, 0, 2617);
	check_most(4096, 1, 121);
	check_most(16384, 1, 493);
	check_most(65536, 7, 1982);
}

static void empty_block_is_only_good_as_root_leaf(void **state)
{
	uint8_t level;

	(void)state;
	for (level = 0; level < 8; level++) {
		struct zr_block_expect expect = make_expect(level);
		struct build_block built;
		struct zr_error err;

		build_start(&built, 4096, level);
		build_seal(&built, ZR_CSUM_CRC32C);
		expect_refused("empty child", run(&built, &expect, &err), &err, ZR_E_NRITEMS,
			       "is 0");
		expect.first_key = NULL;
		if (level)
			expect_refused("empty root node", run(&built, &expect, &err), &err,
				       ZR_E_NRITEMS, "is 0");
		else
			expect_accepted("empty root leaf", run(&built, &expect, &err), &err);
		build_free(&built);
	}
}

static void what_is_not_known_is_not_compared(void **state)
{
	struct zr_block_expect expect = make_expect(0);
	struct build_block built;
	struct zr_error err;

	(void)state;
	expect.generation = ZR_ANY_GENERATION;
	expect.owner = ZR_ANY_OWNER;
	expect.level = ZR_ANY_LEVEL;
	expect.first_key = NULL;
	make_block(&built, 4096, 5);
	poke(built.bytes, 80, 8, 9);
	poke(built.bytes, 88, 8, 12345);
	build_seal(&built, ZR_CSUM_CRC32C);
	expect_accepted("anything", run(&built, &expect, &err), &err);
	poke(built.bytes, 80, 8, 10);
	build_seal(&built, ZR_CSUM_CRC32C);
	expect_refused("newer than the superblock", run(&built, &expect, &err), &err,
		       ZR_E_GENERATION, "generation 10 newer than the superblock's 9");
	poke(built.bytes, 80, 8, 9);
	poke(built.bytes, 100, 1, 8);
	build_seal(&built, ZR_CSUM_CRC32C);
	expect_refused("level 8", run(&built, &expect, &err), &err, ZR_E_LEVEL, "found 8");
	build_free(&built);
}

/* The keys are 100 to 104. */
static void last_key_is_below_the_end(void **state)
{
	static const struct zr_key ends[] = {
		{ 104, PLAIN, 1 }, { 104, PLAIN + 1, 0 }, { 105, 0, 0 }, /* good */
		{ 104, PLAIN, 0 }, { 104, PLAIN - 1, 9 }, { 103, 255, 9 }, { 0, 0, 0 },
	};
	struct build_block built;
	struct zr_error err;
	uint8_t level;
	size_t i;

	(void)state;
	for (level = 0; level < 2; level++) {
		struct zr_block_expect expect = make_expect(level);

		make_block(&built, 4096, level);
		for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			expect.end_key = &ends[i];
			if (i < 3)
				expect_accepted("end", run(&built, &expect, &err), &err);
			else
				expect_refused("end", run(&built, &expect, &err), &err, ZR_E_KEY,
					       "last key (104 12 0) is not below");
		}
		build_free(&built);
	}
}

/* A block that was read before is taken again only where all that is known of it agrees. */
static void known_block_fits_where_it_was_found(void **state)
{
	static const struct zr_key other = { 101, PLAIN, 0 };
	static const struct zr_key last = { 104, PLAIN, 0 };
	struct zr_block_expect good = make_expect(0);
	struct zr_block_expect changed[5] = { good, good, good, good, good };
	struct build_block built;
	struct zr_block block;
	size_t i;

	(void)state;
	changed[0].logical += 4096;
	changed[1].generation = 6;
	changed[2].level = 1;
	changed[3].first_key = &other;
	changed[4].end_key = &last;
	make_block(&built, 4096, 0);
	zr_block_view(&block, built.bytes, 4096);
	assert_true(zr_block_fits(&block, &good));
	for (i = 0; i < 5; i++)
		if (zr_block_fits(&block, &changed[i]))
			fail_msg("change %zu fits", i);
	build_free(&built);
}

static void items_that_have_a_decoder_are_decoded(void **state)
{
	struct zr_block_expect expect = make_expect(0);
	struct build_block built;
	struct zr_error err;

	(void)state;
	make_block(&built, 4096, 0);
	poke(built.bytes, 184, 1, 192);
	build_seal(&built, ZR_CSUM_CRC32C);
	expect_refused(
		"block group item of 16 bytes", run(&built, &expect, &err), &err, ZR_E_ITEM,
		"block group item: key (103 192 0), invalid item size, found 16 expected 24");
	build_free(&built);
}

/* Each bit of header and item table or pointers: no crash, and no code that is not of the list. */
static void check_flips(uint8_t level)
{
	struct zr_block_expect expect = make_expect(level);
	struct build_block built;
	uint32_t bit;

	make_block(&built, 4096, level);
	for (bit = 32 * 8; bit < (101 + COUNT * 33) * 8; bit++) {
		struct zr_error err;
		int rc;

		built.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		build_seal(&built, ZR_CSUM_CRC32C);
		rc = run(&built, &expect, &err);
		assert_int_equal(err.code, -rc);
		if (rc && zr_error_class(rc) != ZR_CLASS_CORRUPT)
			fail_msg("level %u bit %u: %s", level, bit, zr_error_name(rc));
		built.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	build_free(&built);
}

static void each_flipped_bit_is_survived(void **state)
{
	(void)state;
	check_flips(0);
	check_flips(1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_blocks_of_each_size_and_level),
		cmocka_unit_test(view_is_returned),
		cmocka_unit_test(checksum_of_each_type),
		cmocka_unit_test(changed_blocks_are_refused),
		cmocka_unit_test(items_overlap_or_leave_a_gap),
		cmocka_unit_test(table_of_a_full_leaf_meets_its_data),
		cmocka_unit_test(as_many_items_as_fit_and_no_more),
		cmocka_unit_test(empty_block_is_only_good_as_root_leaf),
		cmocka_unit_test(what_is_not_known_is_not_compared),
		cmocka_unit_test(last_key_is_below_the_end),
		cmocka_unit_test(known_block_fits_where_it_was_found),
		cmocka_unit_test(items_that_have_a_decoder_are_decoded),
		cmocka_unit_test(each_flipped_bit_is_survived),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
