// SPDX-License-Identifier: GPL-2.0-or-later
/* Items of the extent tree and the root tree in a new layout, at literal offsets of the format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build_block.h"
#include "patch.h"
#include "relayout_fixture.h"

#define SHARED_BLOCK 182
#define SHARED_DATA 184
#define TREE_BLOCK 176
#define DATA_REF 178
#define OWNER_REF 172

struct patched {
	struct relayout_fixture fixture;
	uint8_t old[512];
	uint8_t bytes[FIXTURE_NODE];
	struct zr_item item;
	struct zr_new_item made;
	struct zr_error err;
};

static uint64_t new_block(const struct patched *patched, unsigned int number)
{
	return zr_layout_chunk(&patched->fixture.relayout.layout, 1)->logical +
	       number * (uint64_t)FIXTURE_NODE;
}

static uint64_t new_data(const struct patched *patched, unsigned int number)
{
	return zr_layout_chunk(&patched->fixture.relayout.layout, 2)->logical +
	       number * FIXTURE_MIB;
}

static void start(struct patched *patched)
{
	size_t needed;

	memset(patched, 0, sizeof(*patched));
	patched->err = (struct zr_error)ZR_ERROR_INIT;
	relayout_fixture_start(&patched->fixture, 1, FIXTURE_ZONE);
	assert_int_equal(relayout_fixture_place(&patched->fixture, 2, 5, 9, &needed, NULL), 0);
	patched->item.data = patched->old;
}

static void set_item(struct patched *patched, uint64_t objectid, uint8_t type, uint64_t offset,
		     uint32_t size)
{
	patched->item.key = (struct zr_key){ objectid, type, offset };
	patched->item.size = size;
}

static int patch(struct patched *patched)
{
	return zr_patch_extent(&patched->fixture.relayout, &patched->item, patched->bytes,
			       &patched->made, &patched->err);
}

static void expect_key(const struct patched *patched, uint64_t objectid, uint8_t type,
		       uint64_t offset)
{
	assert_int_equal(patched->made.key.objectid, objectid);
	assert_int_equal(patched->made.key.type, type);
	assert_int_equal(patched->made.key.offset, offset);
	assert_int_equal(patched->made.size, patched->item.size);
}

static void a_tree_block_with_two_parents(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	set_item(&patched, FIXTURE_BLOCKS + 2 * FIXTURE_NODE, 169, 1, 24 + 9 + 9 + 9);
	poke(patched.old, 0, 8, 3);
	poke(patched.old, 16, 8, 2);
	poke(patched.old, 24, 1, TREE_BLOCK);
	poke(patched.old, 25, 8, 257);
	poke(patched.old, 33, 1, SHARED_BLOCK);
	poke(patched.old, 34, 8, FIXTURE_BLOCKS + 7 * FIXTURE_NODE);
	poke(patched.old, 42, 1, SHARED_BLOCK);
	poke(patched.old, 43, 8, FIXTURE_BLOCKS + 5 * FIXTURE_NODE);
	expect_accepted("block", patch(&patched), &patched.err);
	expect_key(&patched, new_block(&patched, 2), 169, 1);
	assert_int_equal(peek(patched.bytes, 25, 8), 257);
	assert_int_equal(peek(patched.bytes, 34, 8), new_block(&patched, 7));
	assert_int_equal(peek(patched.bytes, 43, 8), new_block(&patched, 5));
	assert_memory_equal(patched.bytes, patched.old, 24);
	relayout_fixture_end(&patched.fixture);
}

/* Of old file systems: between head and references are a key and a level. */
static void a_tree_block_with_its_first_key(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	set_item(&patched, FIXTURE_BLOCKS, 168, FIXTURE_NODE, 24 + 18 + 9);
	poke(patched.old, 16, 8, 2);
	poke(patched.old, 24, 8, SHARED_BLOCK);
	poke(patched.old, 42, 1, SHARED_BLOCK);
	poke(patched.old, 43, 8, FIXTURE_BLOCKS + FIXTURE_NODE);
	expect_accepted("block", patch(&patched), &patched.err);
	expect_key(&patched, new_block(&patched, 0), 168, FIXTURE_NODE);
	assert_memory_equal(patched.bytes, patched.old, 42);
	assert_int_equal(peek(patched.bytes, 43, 8), new_block(&patched, 1));
	relayout_fixture_end(&patched.fixture);
}

static void data_of_files_and_leaves(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	set_item(&patched, FIXTURE_DATA + 6 * FIXTURE_MIB, 168, FIXTURE_MIB, 24 + 9 + 29 + 13);
	poke(patched.old, 16, 8, 1);
	poke(patched.old, 24, 1, OWNER_REF);
	poke(patched.old, 25, 8, 5);
	poke(patched.old, 33, 1, DATA_REF);
	poke(patched.old, 34, 8, 5);
	poke(patched.old, 42, 8, FIXTURE_BLOCKS);
	poke(patched.old, 62, 1, SHARED_DATA);
	poke(patched.old, 63, 8, FIXTURE_BLOCKS + 8 * FIXTURE_NODE);
	poke(patched.old, 71, 4, 6);
	expect_accepted("data", patch(&patched), &patched.err);
	expect_key(&patched, new_data(&patched, 3), 168, FIXTURE_MIB);
	assert_memory_equal(patched.bytes, patched.old, 63);
	assert_int_equal(peek(patched.bytes, 63, 8), new_block(&patched, 8));
	assert_int_equal(peek(patched.bytes, 71, 4), 6);
	relayout_fixture_end(&patched.fixture);
}

/* What has no room in the extent item. An offset is an address only if it is a parent's. */
static void take(struct patched *patched, uint64_t owner, uint64_t extent, uint64_t count,
		 bool shared)
{
	struct zr_prealloc *prealloc = &patched->fixture.relayout.prealloc;

	prealloc->dropped = realloc(prealloc->dropped, 8 * sizeof(*prealloc->dropped));
	prealloc->dropped_capacity = 8;
	prealloc->dropped[prealloc->dropped_count++] = (struct zr_dropped){
		.extent = extent,
		.count = count,
		.owner = owner,
		.inode = shared ? 0 : 300,
		.offset = shared ? 0 : 4096,
		.shared = shared,
	};
	zr_prealloc_sort(prealloc);
}

/* Of three references, two are of a file and one of a leaf. */
static void set_three(struct patched *patched)
{
	set_item(patched, FIXTURE_DATA, 168, FIXTURE_MIB, 24 + 29 + 13);
	poke(patched->old, 0, 8, 3);
	poke(patched->old, 16, 8, 1);
	poke(patched->old, 24, 1, DATA_REF);
	poke(patched->old, 25, 8, 257);
	poke(patched->old, 33, 8, 300);
	poke(patched->old, 41, 8, 4096);
	poke(patched->old, 49, 4, 2);
	poke(patched->old, 53, 1, SHARED_DATA);
	poke(patched->old, 54, 8, FIXTURE_BLOCKS + FIXTURE_NODE);
	poke(patched->old, 62, 4, 1);
}

/* File extents that become holes refer to nothing any more. */
static void references_of_holes(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	set_three(&patched);
	take(&patched, 257, FIXTURE_DATA, 1, false);
	expect_accepted("one of two", patch(&patched), &patched.err);
	assert_int_equal(patched.made.size, 24 + 29 + 13);
	assert_int_equal(peek(patched.bytes, 0, 8), 2);
	assert_int_equal(peek(patched.bytes, 49, 4), 1);
	take(&patched, 257, FIXTURE_DATA, 1, false);
	expect_accepted("both", patch(&patched), &patched.err);
	assert_int_equal(patched.made.size, 24 + 13);
	assert_int_equal(peek(patched.bytes, 0, 8), 1);
	assert_int_equal(patched.bytes[24], SHARED_DATA);
	assert_int_equal(peek(patched.bytes, 25, 8), new_block(&patched, 1));
	assert_int_equal(peek(patched.bytes, 33, 4), 1);
	assert_false(zr_extent_is_hole(&patched.fixture.relayout, &patched.item));
	take(&patched, FIXTURE_BLOCKS + FIXTURE_NODE, FIXTURE_DATA, 1, true);
	assert_true(zr_extent_is_hole(&patched.fixture.relayout, &patched.item));
	free(patched.fixture.relayout.prealloc.dropped);
	relayout_fixture_end(&patched.fixture);
}

static void more_holes_than_references(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	set_three(&patched);
	take(&patched, FIXTURE_BLOCKS + FIXTURE_NODE, FIXTURE_DATA, 2, true);
	expect_refused("leaf", patch(&patched), &patched.err, ZR_E_EXTENT,
		       "counts 1 file extents of at least 2");
	patched.err = (struct zr_error)ZR_ERROR_INIT;
	take(&patched, 257, FIXTURE_DATA, 1, false);
	expect_refused("all", patch(&patched), &patched.err, ZR_E_EXTENT,
		       "3 references, of which 3 are of holes");
	free(patched.fixture.relayout.prealloc.dropped);
	relayout_fixture_end(&patched.fixture);
}

/* A reference that is an item of its own goes when nothing is left of it. */
static void items_of_holes(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	take(&patched, FIXTURE_BLOCKS + FIXTURE_NODE, FIXTURE_DATA, 2, true);
	set_item(&patched, FIXTURE_DATA, SHARED_DATA, FIXTURE_BLOCKS + FIXTURE_NODE, 4);
	poke(patched.old, 0, 4, 5);
	expect_accepted("three left", patch(&patched), &patched.err);
	assert_int_equal(peek(patched.bytes, 0, 4), 3);
	poke(patched.old, 0, 4, 2);
	assert_int_equal(patch(&patched), 1);
	free(patched.fixture.relayout.prealloc.dropped);
	relayout_fixture_end(&patched.fixture);
}

static void references_as_items(void **state)
{
	static const struct {
		uint8_t type;
		uint32_t size;
		bool parent;
	} rows[] = {
		{ SHARED_DATA, 4, true },
		{ DATA_REF, 28, false },
		{ SHARED_BLOCK, 0, true },
		{ TREE_BLOCK, 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t offset = FIXTURE_BLOCKS + 4 * FIXTURE_NODE;
		struct patched patched;

		start(&patched);
		set_item(&patched, FIXTURE_DATA, rows[i].type, offset, rows[i].size);
		expect_accepted("reference", patch(&patched), &patched.err);
		expect_key(&patched, new_data(&patched, 0), rows[i].type,
			   rows[i].parent ? new_block(&patched, 4) : offset);
		relayout_fixture_end(&patched.fixture);
	}
}

static void what_is_not_known(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	set_item(&patched, FIXTURE_BLOCKS, 169, 0, 24 + 9);
	poke(patched.old, 16, 8, 2);
	poke(patched.old, 24, 1, SHARED_BLOCK);
	poke(patched.old, 25, 8, FIXTURE_BLOCKS + 9 * FIXTURE_NODE);
	expect_refused("parent", patch(&patched), &patched.err, ZR_E_EXTENT,
		       "that is no tree block of a subvolume");
	patched.err = (struct zr_error)ZR_ERROR_INIT;
	poke(patched.old, 24, 1, 99);
	expect_refused("inline", patch(&patched), &patched.err, ZR_E_EXTENT,
		       "invalid back reference");
	patched.err = (struct zr_error)ZR_ERROR_INIT;
	set_item(&patched, FIXTURE_BLOCKS, 180, 0, 16);
	expect_refused("type", patch(&patched), &patched.err, ZR_E_ITEM, "is not known here");
	relayout_fixture_end(&patched.fixture);
}

static int patch_root(struct patched *patched)
{
	return zr_patch_root(&patched->fixture.relayout, &patched->item, patched->bytes,
			     &patched->made, &patched->err);
}

static void roots_of_kept_trees(void **state)
{
	struct patched patched;

	(void)state;
	start(&patched);
	set_item(&patched, 257, 132, 9, 439);
	memset(patched.old, 0x5a, sizeof(patched.old));
	poke(patched.old, 176, 8, FIXTURE_BLOCKS + 3 * FIXTURE_NODE);
	expect_accepted("root", patch_root(&patched), &patched.err);
	expect_key(&patched, 257, 132, 9);
	assert_int_equal(peek(patched.bytes, 176, 8), new_block(&patched, 3));
	assert_memory_equal(patched.bytes, patched.old, 176);
	assert_memory_equal(patched.bytes + 184, patched.old + 184, 439 - 184);
	poke(patched.old, 176, 8, FIXTURE_BLOCKS + 77 * FIXTURE_NODE);
	expect_refused("no block", patch_root(&patched), &patched.err, ZR_E_ROOT,
		       "is in no extent item");
	relayout_fixture_end(&patched.fixture);
}

/* Generation, place, size and level of a tree that is made are its own; old items are shorter. */
static void roots_of_made_trees(void **state)
{
	static const uint32_t sizes[] = { 239, 439 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const struct zr_new_tree *tree;
		struct patched patched;

		start(&patched);
		tree = &patched.fixture.relayout.trees[ZR_NEW_EXTENT_TREE];
		set_item(&patched, 2, 132, 0, sizes[i]);
		expect_accepted("root", patch_root(&patched), &patched.err);
		assert_int_equal(peek(patched.bytes, 160, 8), 7);
		assert_int_equal(
			peek(patched.bytes, 176, 8),
			new_block(&patched, (unsigned int)(tree->first + tree->blocks - 1)));
		assert_int_equal(peek(patched.bytes, 192, 8), tree->blocks * FIXTURE_NODE);
		assert_int_equal(patched.bytes[238], tree->levels - 1);
		assert_int_equal(peek(patched.bytes, 239, 8), sizes[i] == 239 ? 0 : 7);
		relayout_fixture_end(&patched.fixture);
	}
}

static void the_cache_of_old_kernels(void **state)
{
	static const struct {
		uint64_t objectid;
		uint8_t type;
		bool dropped;
	} rows[] = {
		{ (uint64_t)-11, 0, true }, { 256, 1, true },
		{ 300, 108, true },	    { 6, 1, false },
		{ 256, 132, false },	    { (uint64_t)-5, 48, false },
		{ 5, 132, false },	    { 300, 156, false },
	};
	struct patched patched;
	size_t i;

	(void)state;
	start(&patched);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_item(&patched, rows[i].objectid, rows[i].type, 0, 0);
		assert_int_equal(zr_root_item_is_dropped(&patched.item), rows[i].dropped);
	}
	set_item(&patched, FIXTURE_DATA, 168, FIXTURE_MIB, 24 + 29);
	poke(patched.old, 16, 8, 1);
	poke(patched.old, 24, 1, DATA_REF);
	poke(patched.old, 25, 8, 1);
	assert_int_equal(zr_extent_is_cache(&patched.item, &patched.err), 1);
	poke(patched.old, 25, 8, 5);
	assert_int_equal(zr_extent_is_cache(&patched.item, &patched.err), 0);
	/* Simple quotas put the owner in front. */
	set_item(&patched, FIXTURE_DATA, 168, FIXTURE_MIB, 24 + 9 + 29);
	poke(patched.old, 24, 1, OWNER_REF);
	poke(patched.old, 25, 8, 1);
	poke(patched.old, 33, 1, DATA_REF);
	poke(patched.old, 34, 8, 1);
	assert_int_equal(zr_extent_is_cache(&patched.item, &patched.err), 1);
	poke(patched.old, 34, 8, 5);
	assert_int_equal(zr_extent_is_cache(&patched.item, &patched.err), 0);
	relayout_fixture_end(&patched.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_block_with_two_parents),
		cmocka_unit_test(a_tree_block_with_its_first_key),
		cmocka_unit_test(data_of_files_and_leaves),
		cmocka_unit_test(references_of_holes),
		cmocka_unit_test(more_holes_than_references),
		cmocka_unit_test(items_of_holes),
		cmocka_unit_test(references_as_items),
		cmocka_unit_test(what_is_not_known),
		cmocka_unit_test(roots_of_kept_trees),
		cmocka_unit_test(roots_of_made_trees),
		cmocka_unit_test(the_cache_of_old_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
