// SPDX-License-Identifier: GPL-2.0-or-later
/* Tree blocks whose logical addresses become others, at literal offsets of the format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build_block.h"
#include "translate.h"

#define NODE 16384U
#define SHIFT (1ULL << 40)
#define GONE (900ULL << 20)
#define DATA (100ULL << 20)

static const struct zr_check_context context = {
	.items = { .sectorsize = 4096, .nodesize = NODE, .csum_size = 4, .generation = 7 },
	.csum_type = ZR_CSUM_CRC32C,
	.metadata_uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
};

static uint64_t block_to(const void *owner, uint64_t logical)
{
	(void)owner;
	return logical == GONE ? UINT64_MAX : logical + SHIFT;
}

static uint64_t data_to(const void *owner, uint64_t logical)
{
	(void)owner;
	return logical == GONE ? UINT64_MAX : logical + 2 * SHIFT;
}

static const struct zr_translation there = { .block = block_to, .data = data_to };

static int translate(const struct zr_translation *translation, struct build_block *block,
		     struct zr_error *err)
{
	build_seal(block, ZR_CSUM_CRC32C);
	return zr_translate_block(translation, &context, block->bytes, err);
}

/* What must hold of every block that was translated. */
static void expect_sealed(const struct build_block *block)
{
	assert_int_equal(peek(block->bytes, 48, 8), BUILD_LOGICAL + SHIFT);
	assert_int_equal(peek(block->bytes, 80, 8), BUILD_GENERATION);
	assert_int_equal(peek(block->bytes, 88, 8), BUILD_OWNER);
	assert_true(zr_csum_matches(ZR_CSUM_CRC32C, block->bytes + 32, NODE - 32, block->bytes));
}

static void pointers_of_a_node(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;

	(void)state;
	build_start(&block, NODE, 1);
	build_pointer(&block, (struct zr_key){ 256, 1, 0 }, 40 << 20, 5);
	build_pointer(&block, (struct zr_key){ 300, 108, 4096 }, 50 << 20, 7);
	expect_accepted("node", translate(&there, &block, &err), &err);
	expect_sealed(&block);
	assert_int_equal(peek(block.bytes, 101 + 17, 8), (40 << 20) + SHIFT);
	assert_int_equal(peek(block.bytes, 101 + 25, 8), 5);
	assert_int_equal(peek(block.bytes, 101 + 33, 8), 300);
	assert_int_equal(peek(block.bytes, 101 + 33 + 17, 8), (50 << 20) + SHIFT);
	build_free(&block);
}

static uint64_t block_askew(const void *owner, uint64_t logical)
{
	return block_to(owner, logical) + 512;
}

/* What comes out goes through the tree checker too. */
static void an_address_that_no_block_has(void **state)
{
	struct zr_translation askew = there;
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;

	(void)state;
	askew.block = block_askew;
	build_start(&block, NODE, 1);
	build_pointer(&block, (struct zr_key){ 256, 1, 0 }, 40 << 20, 5);
	expect_refused("askew", translate(&askew, &block, &err), &err, ZR_E_ALIGN,
		       "unaligned pointer");
	build_free(&block);
}

static bool is_stale(const void *owner, uint64_t node)
{
	(void)owner;
	return node == BUILD_LOGICAL;
}

static bool is_not_stale(const void *owner, uint64_t node)
{
	return !is_stale(owner, node);
}

/* Of a subvolume that was deleted half way; of any other it is damage. */
static void a_pointer_to_what_is_free(void **state)
{
	struct zr_translation deleted = there;
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;

	(void)state;
	deleted.stale = is_not_stale;
	build_start(&block, NODE, 1);
	build_pointer(&block, (struct zr_key){ 256, 1, 0 }, GONE, 5);
	expect_refused("free child", translate(&there, &block, &err), &err, ZR_E_EXTENT,
		       "a child at logical 943718400 is in no extent item");
	err = (struct zr_error)ZR_ERROR_INIT;
	expect_refused("of another node", translate(&deleted, &block, &err), &err, ZR_E_EXTENT,
		       "a child at logical 943718400 is in no extent item");
	err = (struct zr_error)ZR_ERROR_INIT;
	deleted.stale = is_stale;
	expect_accepted("free child", translate(&deleted, &block, &err), &err);
	expect_sealed(&block);
	assert_int_equal(peek(block.bytes, 101 + 17, 8), GONE);
	build_free(&block);
}

static uint8_t *add_extent(struct build_block *block, uint64_t offset, uint8_t type, uint64_t disk)
{
	uint8_t *data = build_item(block, (struct zr_key){ 257, 108, offset }, 53);

	poke(data, 0, 8, 6);
	poke(data, 20, 1, type);
	poke(data, 21, 8, disk);
	poke(data, 29, 8, disk ? 8192 : 0);
	poke(data, 45, 8, 8192);
	return data;
}

static void extents_of_a_file(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;
	uint8_t *in_line;
	uint8_t *extent;
	uint8_t *hole;

	(void)state;
	build_start(&block, NODE, 0);
	in_line = build_item(&block, (struct zr_key){ 256, 108, 0 }, 21 + 40);
	poke(in_line, 21, 8, DATA);
	extent = add_extent(&block, 0, 1, DATA);
	hole = add_extent(&block, 8192, 1, 0);
	expect_accepted("leaf", translate(&there, &block, &err), &err);
	expect_sealed(&block);
	assert_int_equal(peek(in_line, 21, 8), DATA);
	assert_int_equal(peek(extent, 21, 8), DATA + 2 * SHIFT);
	assert_int_equal(peek(extent, 29, 8), 8192);
	assert_int_equal(peek(extent, 0, 8), 6);
	assert_int_equal(peek(hole, 21, 8), 0);
	build_free(&block);
}

static void an_extent_that_nobody_knows(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;

	(void)state;
	build_start(&block, NODE, 0);
	add_extent(&block, 0, 1, GONE);
	expect_refused("unknown extent", translate(&there, &block, &err), &err, ZR_E_EXTENT,
		       "a file's extent at logical 943718400 is in no extent item");
	build_free(&block);
}

/* Written in place, allocated before: neither is possible in a zone. Without checksums: stays. */
static void flags_of_an_inode(void **state)
{
	struct zr_leaf_facts facts = { 0 };
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;
	struct zr_block view;
	uint8_t *extent;
	uint8_t *inode;
	uint8_t *other;

	(void)state;
	build_start(&block, NODE, 0);
	inode = build_item(&block, (struct zr_key){ 256, 1, 0 }, 160);
	poke(inode, 64, 8, 0x1 | 0x2 | 0x10 | 0x800);
	other = build_item(&block, (struct zr_key){ 257, 1, 0 }, 160);
	poke(other, 64, 8, 0x800);
	poke(other, 24, 8, 50000);
	extent = add_extent(&block, 0, 2, DATA);
	poke(extent, 16, 1, 1);
	poke(extent, 37, 8, 4096);
	/* A hole of that type has no bytes. */
	add_extent(&block, 8192, 2, 0);
	build_seal(&block, ZR_CSUM_CRC32C);
	zr_block_view(&view, block.bytes, NODE);
	expect_accepted("look", zr_leaf_look(&context, &view, &facts, &err), &err);
	assert_int_equal(facts.nodatacow, 1);
	assert_int_equal(facts.preallocated, 1);
	expect_accepted("leaf", translate(&there, &block, &err), &err);
	assert_int_equal(peek(inode, 64, 8), 0x1 | 0x800);
	assert_int_equal(peek(other, 64, 8), 0x800);
	/* What was allocated and not written is a hole now, and the inode counts it no more. */
	assert_int_equal(peek(other, 24, 8), 50000 - 8192);
	assert_int_equal(peek(extent, 20, 1), 1);
	assert_int_equal(peek(extent, 16, 1), 0);
	assert_int_equal(peek(extent, 8, 8), 8192);
	assert_int_equal(peek(extent, 45, 8), 8192);
	assert_int_equal(peek(extent, 21, 8) | peek(extent, 29, 8) | peek(extent, 37, 8), 0);
	build_free(&block);
}

static uint64_t spilled(const void *owner, uint64_t leaf, uint64_t inode)
{
	(void)owner;
	return leaf == BUILD_LOGICAL && inode == 300 ? 4096 : 0;
}

/* File extents in later leaves count in the inode item of this one. */
static void bytes_in_later_leaves(void **state)
{
	struct zr_translation spilling = there;
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;
	uint8_t *first;
	uint8_t *last;

	(void)state;
	spilling.spilled = spilled;
	build_start(&block, NODE, 0);
	first = build_item(&block, (struct zr_key){ 299, 1, 0 }, 160);
	poke(first, 24, 8, 4096);
	last = build_item(&block, (struct zr_key){ 300, 1, 0 }, 160);
	poke(last, 24, 8, 12288);
	expect_accepted("leaf", translate(&spilling, &block, &err), &err);
	assert_int_equal(peek(first, 24, 8), 4096);
	assert_int_equal(peek(last, 24, 8), 8192);
	build_free(&block);
	build_start(&block, NODE, 0);
	last = build_item(&block, (struct zr_key){ 300, 1, 0 }, 160);
	poke(last, 24, 8, 100);
	expect_accepted("wrong before", translate(&spilling, &block, &err), &err);
	assert_int_equal(peek(last, 24, 8), 0);
	build_free(&block);
}

/* The kernel adds to what is there when it counts again. */
static void quotas_begin_at_zero(void **state)
{
	struct zr_translation recounted = there;
	struct zr_error err = ZR_ERROR_INIT;
	int again;

	(void)state;
	for (again = 0; again < 2; again++) {
		struct build_block block;
		uint8_t *status;
		uint8_t *info;

		recounted.recount = again;
		build_start(&block, NODE, 0);
		poke(block.bytes, 88, 8, 8);
		status = build_item(&block, (struct zr_key){ 0, 240, 0 }, 32);
		poke(status, 16, 8, 1);
		poke(status, 24, 8, 5);
		info = build_item(&block, (struct zr_key){ 0, 242, 5 }, 40);
		memset(info, 7, 40);
		expect_accepted("quotas", translate(&recounted, &block, &err), &err);
		assert_int_equal(peek(status, 16, 8), again ? 1 | 2 | 4 : 1);
		assert_int_equal(peek(status, 24, 8), again ? 0 : 5);
		assert_int_equal(info[0], 7);
		assert_int_equal(info[8], again ? 0 : 7);
		assert_int_equal(info[39], again ? 0 : 7);
		build_free(&block);
	}
}

static void another_fsid(void **state)
{
	static const uint8_t fsid[16] = { 9, 9, 9 };
	struct zr_translation renamed = there;
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;

	(void)state;
	renamed.new_fsid = true;
	memcpy(renamed.fsid, fsid, sizeof(fsid));
	build_start(&block, NODE, 0);
	build_item(&block, (struct zr_key){ 256, 1, 0 }, 160);
	expect_accepted("leaf", translate(&there, &block, &err), &err);
	assert_memory_equal(block.bytes + 32, build_fsid, 16);
	build_free(&block);
	build_start(&block, NODE, 0);
	build_item(&block, (struct zr_key){ 256, 1, 0 }, 160);
	expect_accepted("leaf", translate(&renamed, &block, &err), &err);
	assert_memory_equal(block.bytes + 32, fsid, 16);
	expect_sealed(&block);
	build_free(&block);
}

/* Nothing of a block is followed before the tree checker saw all of it. */
static void a_block_with_wrong_items(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block block;

	(void)state;
	build_start(&block, NODE, 0);
	build_item(&block, (struct zr_key){ 257, 1, 0 }, 160);
	build_item(&block, (struct zr_key){ 256, 1, 0 }, 160);
	expect_refused("order", translate(&there, &block, &err), &err, ZR_E_KEY, "bad key order");
	build_free(&block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pointers_of_a_node),
		cmocka_unit_test(an_address_that_no_block_has),
		cmocka_unit_test(a_pointer_to_what_is_free),
		cmocka_unit_test(extents_of_a_file),
		cmocka_unit_test(an_extent_that_nobody_knows),
		cmocka_unit_test(flags_of_an_inode),
		cmocka_unit_test(bytes_in_later_leaves),
		cmocka_unit_test(quotas_begin_at_zero),
		cmocka_unit_test(another_fsid),
		cmocka_unit_test(a_block_with_wrong_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
