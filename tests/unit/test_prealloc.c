// SPDX-License-Identifier: GPL-2.0-or-later
/* File extents that become holes: what is taken of leaves, and what is found of it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "build_block.h"
#include "prealloc.h"

#define NODE 16384U
#define EXTENT (100ULL << 20)
#define OTHER (200ULL << 20)

static const struct zr_item_context context = {
	.sectorsize = 4096, .nodesize = NODE, .csum_size = 4, .generation = 7
};

/* A part of 8192 bytes of a file, from an offset in the extent. */
static void add(struct build_block *block, uint64_t inode, uint64_t at, uint8_t type, uint64_t disk,
		uint64_t offset)
{
	uint8_t *data = build_item(block, (struct zr_key){ inode, 108, at }, 53);

	poke(data, 20, 1, type);
	poke(data, 21, 8, disk);
	poke(data, 29, 8, 1 << 20);
	poke(data, 37, 8, offset);
	poke(data, 45, 8, 8192);
}

static void take(struct zr_prealloc *prealloc, struct build_block *block, bool shared)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_block leaf;

	build_seal(block, ZR_CSUM_CRC32C);
	zr_block_view(&leaf, block->bytes, NODE);
	expect_accepted("leaf", zr_prealloc_take(prealloc, &leaf, shared, &context, &err), &err);
}

static uint64_t of_file(const struct zr_prealloc *prealloc, uint64_t extent, uint64_t inode,
			uint64_t offset)
{
	const struct zr_reference reference = {
		.kind = ZR_REFERENCE_FILE,
		.tree = BUILD_OWNER,
		.inode = inode,
		.offset = offset,
	};

	return zr_prealloc_dropped(prealloc, extent, &reference);
}

static void fill(struct build_block *block)
{
	build_start(block, NODE, 0);
	add(block, 256, 1 << 20, 2, OTHER, 0);
	build_item(block, (struct zr_key){ 257, 1, 0 }, 160);
	add(block, 257, 0, 2, EXTENT, 0);
	add(block, 257, 8192, 1, EXTENT, 8192);
	/* A hole of this type, which no kernel makes, has nothing and ends nothing. */
	add(block, 257, 12288, 2, 0, 0);
	add(block, 257, 16384, 2, EXTENT, 16384);
	add(block, 257, 24576, 2, EXTENT, 1 << 18);
	add(block, 257, 40960, 1, 0, 0);
}

/* Parts that refer to an extent at the same offset of the file are one reference that counts them.
 */
static void references_of_a_tree(void **state)
{
	struct zr_prealloc prealloc = { 0 };
	struct build_block block;

	(void)state;
	fill(&block);
	take(&prealloc, &block, false);
	zr_prealloc_sort(&prealloc);
	assert_int_equal(prealloc.items, 4);
	assert_int_equal(prealloc.dropped_count, 3);
	assert_int_equal(zr_prealloc_references(&prealloc, EXTENT), 3);
	assert_int_equal(zr_prealloc_references(&prealloc, OTHER), 1);
	assert_int_equal(zr_prealloc_references(&prealloc, EXTENT + 4096), 0);
	assert_int_equal(of_file(&prealloc, EXTENT, 257, 0), 2);
	assert_int_equal(of_file(&prealloc, EXTENT, 257, 24576ULL - (1 << 18)), 1);
	assert_int_equal(of_file(&prealloc, EXTENT, 258, 0), 0);
	assert_int_equal(of_file(&prealloc, OTHER, 256, 1 << 20), 1);
	/* The item of inode 256 is in a leaf before. */
	assert_int_equal(prealloc.head_count, 1);
	assert_int_equal(zr_prealloc_head(&prealloc, BUILD_LOGICAL), 8192);
	assert_int_equal(zr_prealloc_head(&prealloc, BUILD_LOGICAL + NODE), 0);
	build_free(&block);
	zr_prealloc_free(&prealloc);
}

static void references_of_a_leaf(void **state)
{
	struct zr_prealloc prealloc = { 0 };
	struct zr_reference reference = {
		.kind = ZR_REFERENCE_PARENT_LEAF,
		.parent = BUILD_LOGICAL,
	};
	struct build_block block;

	(void)state;
	fill(&block);
	take(&prealloc, &block, true);
	take(&prealloc, &block, false);
	zr_prealloc_sort(&prealloc);
	assert_int_equal(zr_prealloc_dropped(&prealloc, EXTENT, &reference), 3);
	assert_int_equal(zr_prealloc_dropped(&prealloc, OTHER, &reference), 1);
	assert_int_equal(zr_prealloc_references(&prealloc, EXTENT), 6);
	assert_int_equal(of_file(&prealloc, EXTENT, 257, 0), 2);
	reference.parent += NODE;
	assert_int_equal(zr_prealloc_dropped(&prealloc, EXTENT, &reference), 0);
	build_free(&block);
	zr_prealloc_free(&prealloc);
}

/* Memory follows from the references, and not from the file extents that they count. */
static void file_extents_that_are_alike(void **state)
{
	struct zr_prealloc prealloc = { 0 };
	struct build_block block;
	int i;

	(void)state;
	fill(&block);
	for (i = 0; i < 1000; i++)
		take(&prealloc, &block, false);
	assert_int_equal(prealloc.items, 4000);
	assert_true(prealloc.dropped_capacity <= 16);
	zr_prealloc_sort(&prealloc);
	assert_int_equal(prealloc.dropped_count, 3);
	assert_int_equal(zr_prealloc_references(&prealloc, EXTENT), 3000);
	assert_int_equal(of_file(&prealloc, EXTENT, 257, 0), 2000);
	build_free(&block);
	zr_prealloc_free(&prealloc);
}

/* Subvolumes that share a leaf must agree about it. */
static void spills(void **state)
{
	static const struct zr_spill rows[] = {
		{ 5 << 20, 300, 8192 },
		{ 3 << 20, 300, 4096 },
		{ 3 << 20, 300, 4096 },
		{ 4 << 20, 1, 1 },
	};
	static const struct zr_spill wrong[] = {
		{ 5 << 20, 300, 4096 },
		{ 5 << 20, 301, 8192 },
		{ 5 << 20, 0, 0 },
		{ 6 << 20, 300, 1 },
	};
	const struct zr_spill none = { 6 << 20, 0, 0 };
	struct zr_prealloc prealloc = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(zr_prealloc_add_spill(&prealloc, &rows[i], NULL), 0);
	zr_prealloc_sort_spills(&prealloc);
	assert_int_equal(prealloc.spill_count, 3);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(zr_prealloc_spilled(&prealloc, rows[i].leaf, rows[i].inode),
				 rows[i].bytes);
		assert_int_equal(zr_prealloc_check_spill(&prealloc, &rows[i], NULL), 0);
	}
	assert_int_equal(zr_prealloc_spilled(&prealloc, 5 << 20, 258), 0);
	assert_int_equal(zr_prealloc_spilled(&prealloc, 6 << 20, 300), 0);
	assert_int_equal(zr_prealloc_check_spill(&prealloc, &none, NULL), 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;

		expect_refused("another", zr_prealloc_check_spill(&prealloc, &wrong[i], &err), &err,
			       ZR_E_EXTENT, "is shared by subvolumes in which");
	}
	zr_prealloc_free(&prealloc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_of_a_tree),
		cmocka_unit_test(references_of_a_leaf),
		cmocka_unit_test(file_extents_that_are_alike),
		cmocka_unit_test(spills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
