// SPDX-License-Identifier: GPL-2.0-or-later
/* Tree blocks and superblocks that are changed on their way, at literal offsets of the format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build_block.h"
#include "edit.h"

#define NODE 16384U
#define ZONE (4ULL << 20)
#define DEVID 3
#define OTHER_DEVID 1
#define DATA_CHUNK (1ULL << 30)
#define SIZE (64 * ZONE)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t new_fsid[16] = { 0xaa, 0xbb, 0xcc };

static const struct zr_move moves[] = {
	{ 2 * ZONE, 2 * ZONE },
	{ 5 * ZONE, 3 * ZONE },
	{ 9 * ZONE, 8 * ZONE },
};

static const struct zr_check_context context = {
	.items = { .sectorsize = 4096, .nodesize = NODE, .csum_size = 4, .generation = 7 },
	.csum_type = ZR_CSUM_CRC32C,
	.metadata_uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
};

/* To a smaller device on which two device extents lie elsewhere. */
static struct zr_edit smaller(void)
{
	return (struct zr_edit){
		.devid = DEVID,
		.total_bytes = SIZE / 2,
		.growth = SIZE / 2 - SIZE,
		.moves = moves,
		.move_count = COUNT(moves),
		.layout = true,
	};
}

static struct zr_edit another_fsid(bool blocks)
{
	struct zr_edit edit = {
		.devid = DEVID,
		.total_bytes = SIZE,
		.moves = moves,
		.move_count = COUNT(moves),
		.new_fsid = true,
		.new_blocks = blocks,
	};

	memcpy(edit.fsid, new_fsid, sizeof(edit.fsid));
	return edit;
}

static uint8_t *add_chunk(struct build_block *leaf, uint64_t logical, uint64_t type,
			  const uint64_t (*stripes)[2], uint16_t count)
{
	uint8_t *chunk = build_item(leaf, (struct zr_key){ 256, 228, logical }, 48 + 32U * count);
	uint16_t i;

	poke(chunk, 0, 8, ZONE);
	poke(chunk, 8, 8, 2);
	poke(chunk, 16, 8, 65536);
	poke(chunk, 24, 8, type);
	poke(chunk, 40, 4, 4096);
	poke(chunk, 44, 2, count);
	for (i = 0; i < count; i++) {
		poke(chunk, 48 + 32U * i, 8, stripes[i][0]);
		poke(chunk, 56 + 32U * i, 8, stripes[i][1]);
	}
	return chunk;
}

static uint8_t *add_device(struct build_block *leaf, uint64_t devid, uint64_t bytes)
{
	uint8_t *dev = build_item(leaf, (struct zr_key){ 1, 216, devid }, 98);

	poke(dev, 0, 8, devid);
	poke(dev, 8, 8, bytes);
	poke(dev, 16, 8, 3 * ZONE);
	poke(dev, 32, 4, 4096);
	memcpy(dev + 82, build_fsid, 16);
	return dev;
}

struct chunk_leaf {
	struct build_block block;
	uint8_t *other;
	uint8_t *dev;
	uint8_t *chunk;
};

/* A DUP chunk of metadata on the device, and device items of it and of another one. */
static void start_chunk_leaf(struct chunk_leaf *leaf)
{
	static const uint64_t stripes[][2] = { { DEVID, 2 * ZONE }, { DEVID, 9 * ZONE } };

	build_start(&leaf->block, NODE, 0);
	leaf->other = add_device(&leaf->block, OTHER_DEVID, SIZE);
	leaf->dev = add_device(&leaf->block, DEVID, SIZE);
	leaf->chunk = add_chunk(&leaf->block, DATA_CHUNK, 0x24, stripes, 2);
	build_seal(&leaf->block, ZR_CSUM_CRC32C);
}

static bool is_sealed(const struct build_block *block)
{
	return zr_csum_matches(ZR_CSUM_CRC32C, block->bytes + 32, block->size - 32, block->bytes);
}

static int edit_block(const struct zr_edit *edit, struct build_block *block, struct zr_error *err)
{
	return zr_edit_block(edit, &context, block->bytes, err);
}

static void test_chunk_leaf(void **state)
{
	const struct zr_edit edit = smaller();
	struct zr_error err = ZR_ERROR_INIT;
	struct chunk_leaf leaf;

	(void)state;
	start_chunk_leaf(&leaf);
	expect_accepted("chunk leaf", edit_block(&edit, &leaf.block, &err), &err);
	assert_int_equal(peek(leaf.chunk, 56, 8), 2 * ZONE);
	assert_int_equal(peek(leaf.chunk, 88, 8), 8 * ZONE);
	assert_int_equal(peek(leaf.dev, 8, 8), SIZE / 2);
	assert_int_equal(peek(leaf.other, 8, 8), SIZE);
	assert_memory_equal(leaf.dev + 82, build_fsid, 16);
	assert_true(is_sealed(&leaf.block));
	build_free(&leaf.block);
}

static void test_chunk_leaf_of_another_fsid(void **state)
{
	const struct zr_edit edit = another_fsid(true);
	struct zr_error err = ZR_ERROR_INIT;
	struct chunk_leaf leaf;

	(void)state;
	start_chunk_leaf(&leaf);
	/* Both moves of this chunk are none, so that only the fsid changes. */
	poke(leaf.chunk, 88, 8, 2 * ZONE);
	build_seal(&leaf.block, ZR_CSUM_CRC32C);
	expect_accepted("chunk leaf", edit_block(&edit, &leaf.block, &err), &err);
	assert_memory_equal(leaf.block.bytes + 32, new_fsid, 16);
	assert_memory_equal(leaf.dev + 82, new_fsid, 16);
	assert_memory_equal(leaf.other + 82, new_fsid, 16);
	assert_int_equal(peek(leaf.dev, 8, 8), SIZE);
	assert_true(is_sealed(&leaf.block));
	build_free(&leaf.block);
}

static const uint64_t places[] = { 2 * ZONE, 5 * ZONE, 9 * ZONE };

/* Device extents of the device between those of its neighbours, at the same addresses. */
static void start_device_leaf(struct build_block *leaf)
{
	uint64_t devid;
	size_t i;

	build_start(leaf, NODE, 0);
	poke(leaf->bytes, 88, 8, 4);
	for (devid = DEVID - 1; devid <= DEVID + 1; devid++)
		for (i = 0; i < COUNT(places); i++) {
			const struct zr_key key = { devid, 204, places[i] };
			uint8_t *extent = build_item(leaf, key, 48);

			poke(extent, 0, 8, 3);
			poke(extent, 8, 8, 256);
			poke(extent, 16, 8, DATA_CHUNK + i * ZONE);
			poke(extent, 24, 8, ZONE);
		}
	build_seal(leaf, ZR_CSUM_CRC32C);
}

static uint64_t key_offset(const struct build_block *block, size_t stride, size_t slot)
{
	return peek(block->bytes, 101 + stride * slot + 9, 8);
}

static void test_device_leaf(void **state)
{
	const struct zr_edit edit = smaller();
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block leaf;
	size_t i;

	(void)state;
	start_device_leaf(&leaf);
	expect_accepted("device leaf", edit_block(&edit, &leaf, &err), &err);
	for (i = 0; i < COUNT(places); i++) {
		assert_int_equal(key_offset(&leaf, 25, i), moves[i].from);
		assert_int_equal(key_offset(&leaf, 25, i + 3), moves[i].to);
		assert_int_equal(key_offset(&leaf, 25, i + 6), moves[i].from);
	}
	assert_true(is_sealed(&leaf));
	build_free(&leaf);
}

static void test_device_node(void **state)
{
	const struct zr_edit edit = smaller();
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block node;

	(void)state;
	build_start(&node, NODE, 1);
	poke(node.bytes, 88, 8, 4);
	build_pointer(&node, (struct zr_key){ 0, 249, 1 }, ZONE, 7);
	build_pointer(&node, (struct zr_key){ DEVID, 204, 5 * ZONE }, 2 * ZONE, 7);
	build_pointer(&node, (struct zr_key){ DEVID + 1, 204, 5 * ZONE }, 3 * ZONE, 7);
	build_seal(&node, ZR_CSUM_CRC32C);
	expect_accepted("device node", edit_block(&edit, &node, &err), &err);
	assert_int_equal(key_offset(&node, 33, 0), 1);
	assert_int_equal(key_offset(&node, 33, 1), 3 * ZONE);
	assert_int_equal(key_offset(&node, 33, 2), 5 * ZONE);
	assert_true(is_sealed(&node));
	build_free(&node);
}

/* What names no place stays byte for byte, and gets a new fsid only where that is wanted. */
static void test_other_trees(void **state)
{
	const struct zr_edit layout = smaller();
	const struct zr_edit super_only = another_fsid(false);
	const struct zr_edit all = another_fsid(true);
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block leaf;
	uint8_t *before = malloc(NODE);

	(void)state;
	assert_non_null(before);
	start_device_leaf(&leaf);
	poke(leaf.bytes, 88, 8, 5);
	build_seal(&leaf, ZR_CSUM_CRC32C);
	memcpy(before, leaf.bytes, NODE);
	expect_accepted("layout", edit_block(&layout, &leaf, &err), &err);
	expect_accepted("superblock", edit_block(&super_only, &leaf, &err), &err);
	assert_memory_equal(leaf.bytes, before, NODE);
	expect_accepted("all", edit_block(&all, &leaf, &err), &err);
	assert_memory_equal(leaf.bytes + 32, new_fsid, 16);
	assert_memory_equal(leaf.bytes + 48, before + 48, NODE - 48);
	assert_true(is_sealed(&leaf));
	free(before);
	build_free(&leaf);
}

static void spoil_stripe(struct chunk_leaf *leaf)
{
	poke(leaf->chunk, 56, 8, 3 * ZONE);
}

static void spoil_size(struct chunk_leaf *leaf)
{
	poke(leaf->dev, 8, 8, SIZE + 4096);
}

static void spoil_type(struct chunk_leaf *leaf)
{
	poke(leaf->chunk, 24, 8, 0x25);
}

static void spoil_count(struct chunk_leaf *leaf)
{
	poke(leaf->chunk, 44, 2, 3);
}

/* A block that is not what the plan was made from is not changed by guess. */
static void test_refusals(void **state)
{
	static const struct {
		const char *name;
		void (*spoil)(struct chunk_leaf *leaf);
		int code;
		const char *text;
	} refusals[] = {
		{ "stripe", spoil_stripe, ZR_E_DEVEXT, "no device extent of the plan" },
		{ "size", spoil_size, ZR_E_DEV, "found 268439552 expected 268435456" },
		{ "type", spoil_type, ZR_E_CHUNK, "mixed chunk type" },
		{ "stripes", spoil_count, ZR_E_ITEM, "invalid chunk item size" },
	};
	const struct zr_edit edit = smaller();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refusals); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct chunk_leaf leaf;

		start_chunk_leaf(&leaf);
		refusals[i].spoil(&leaf);
		build_seal(&leaf.block, ZR_CSUM_CRC32C);
		expect_refused(refusals[i].name, edit_block(&edit, &leaf.block, &err), &err,
			       refusals[i].code, refusals[i].text);
		build_free(&leaf.block);
	}
}

/* Moves that change the order would leave a tree that no kernel reads. */
static void test_order(void **state)
{
	static const struct zr_move crossed[] = {
		{ 2 * ZONE, 9 * ZONE },
		{ 5 * ZONE, 5 * ZONE },
		{ 9 * ZONE, 2 * ZONE },
	};
	struct zr_edit edit = smaller();
	struct zr_error err = ZR_ERROR_INIT;
	struct build_block leaf;

	(void)state;
	edit.moves = crossed;
	start_device_leaf(&leaf);
	expect_refused("crossed", edit_block(&edit, &leaf, &err), &err, ZR_E_KEY, "bad key order");
	build_free(&leaf);
}

/* A superblock with the fields that are looked at, and two system chunks in its array. */
static void make_super(uint8_t *raw)
{
	static const uint64_t stripes[][2] = { { DEVID, 5 * ZONE }, { OTHER_DEVID, 7 * ZONE } };
	struct build_block leaf;
	uint32_t at = 0x32b;
	int i;

	memset(raw, 0, 4096);
	memcpy(raw + 0x20, build_fsid, 16);
	memcpy(raw + 0xc9 + 82, build_fsid, 16);
	poke(raw, 0x70, 8, 3 * SIZE);
	poke(raw, 0xc9, 8, DEVID);
	poke(raw, 0xc9 + 8, 8, SIZE);
	build_start(&leaf, NODE, 0);
	for (i = 0; i < 2; i++) {
		const uint8_t *chunk = add_chunk(&leaf, i * ZONE, 0x12, stripes, 2);

		poke(raw, at, 8, 256);
		poke(raw, at + 8, 1, 228);
		poke(raw, at + 9, 8, i * ZONE);
		memcpy(raw + at + 17, chunk, 48 + 64);
		at += 17 + 48 + 64;
	}
	poke(raw, 0xa0, 4, at - 0x32b);
	build_free(&leaf);
}

static void test_super_layout(void **state)
{
	const struct zr_edit edit = smaller();
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t raw[4096];
	int i;

	(void)state;
	make_super(raw);
	expect_accepted("superblock", zr_edit_super(&edit, raw, &err), &err);
	assert_int_equal(peek(raw, 0x70, 8), 3 * SIZE - SIZE / 2);
	assert_int_equal(peek(raw, 0xc9 + 8, 8), SIZE / 2);
	for (i = 0; i < 2; i++) {
		const uint8_t *chunk = raw + 0x32b + i * (17 + 48 + 64) + 17;

		assert_int_equal(peek(chunk, 56, 8), 3 * ZONE);
		assert_int_equal(peek(chunk, 88, 8), 7 * ZONE);
	}
	assert_memory_equal(raw + 0x20, build_fsid, 16);
	expect_refused("moved twice", zr_edit_super(&edit, raw, &err), &err, ZR_E_DEVEXT,
		       "no device extent of the plan");
}

static void test_super_fsid(void **state)
{
	const struct zr_edit metadata = another_fsid(false);
	const struct zr_edit all = another_fsid(true);
	uint8_t raw[4096];

	(void)state;
	make_super(raw);
	assert_int_equal(zr_edit_super(&metadata, raw, NULL), 0);
	assert_memory_equal(raw + 0x20, new_fsid, 16);
	assert_memory_equal(raw + 0x23b, build_fsid, 16);
	assert_memory_equal(raw + 0xc9 + 82, build_fsid, 16);
	assert_int_equal(peek(raw, 0xbc, 8), 1 << 10);
	/* A second time: the metadata UUID is that of the blocks and stays. */
	assert_int_equal(zr_edit_super(&metadata, raw, NULL), 0);
	assert_memory_equal(raw + 0x23b, build_fsid, 16);
	assert_int_equal(zr_edit_super(&all, raw, NULL), 0);
	assert_memory_equal(raw + 0x20, new_fsid, 16);
	assert_memory_equal(raw + 0xc9 + 82, new_fsid, 16);
	assert_int_equal(peek(raw, 0x23b, 8), 0);
	assert_int_equal(peek(raw, 0xbc, 8), 0);
	assert_int_equal(peek(raw, 0xc9 + 8, 8), SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunk_leaf),
		cmocka_unit_test(test_chunk_leaf_of_another_fsid),
		cmocka_unit_test(test_device_leaf),
		cmocka_unit_test(test_device_node),
		cmocka_unit_test(test_other_trees),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_super_layout),
		cmocka_unit_test(test_super_fsid),
	};

	return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
