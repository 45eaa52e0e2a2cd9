// SPDX-License-Identifier: GPL-2.0-or-later
/* Preallocated parts of files in leaves behind the one with the inode's item. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "build_block.h"
#include "relayout_spill.h"
#include "tiny_volume.h"

#define PART (2 * TINY_SECTOR)
#define FIRST_NODE 40
#define SUBVOLUMES_MAX 20

/* Leaves; the first parts of each are of the inode whose item is in the leaf before. */
enum {
	ITEM, /* inode 257 and its first part */
	MIDDLE, /* the second part */
	LAST, /* the third part, then inode 258 */
	SHORT, /* no part of 257, but one of 258, whose item comes before */
	OTHER, /* as LAST, one part more */
	LEAVES,
};

struct spilling {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	struct zr_prealloc prealloc;
	struct zr_error err;
};

static void add_part(struct tiny_items *list, uint64_t inode, uint64_t at)
{
	const struct tiny_part part = {
		.inode = inode,
		.at = at * PART,
		.logical = TINY_DATA,
		.disk_len = PART,
		.len = PART,
	};
	size_t i;

	tiny_add_part(list, &part);
	for (i = 0; i < list->count; i++)
		if (list->items[i].key.type == 108)
			list->items[i].data[20] = 2;
}

static void fill_leaf(struct tiny_items *list, int leaf)
{
	if (leaf == ITEM)
		tiny_list_add(list, 257, 1, 0, 160);
	if (leaf <= LAST)
		add_part(list, 257, (uint64_t)leaf);
	if (leaf == OTHER) {
		add_part(list, 257, LAST);
		add_part(list, 257, LAST + 1);
	}
	if (leaf >= LAST) {
		tiny_list_add(list, 258, 1, 0, 160);
		add_part(list, 258, 0);
	}
}

static void put_leaves(struct spilling *spilling)
{
	const struct zr_item_context *ctx = &spilling->source->check.items;
	int leaf;

	for (leaf = ITEM; leaf < LEAVES; leaf++) {
		uint64_t logical = TINY_SPARE((uint64_t)leaf);
		struct tiny_items list = { 0 };
		struct zr_block block;

		fill_leaf(&list, leaf);
		tiny_put_leaf(spilling->fs, spilling->memory, logical, 256, &list);
		free(list.items);
		zr_block_view(&block, spilling->memory->bytes + tiny_physical(logical, 0),
			      TINY_NODE);
		assert_int_equal(zr_prealloc_take(&spilling->prealloc, &block, false, ctx, NULL),
				 0);
	}
	zr_prealloc_sort(&spilling->prealloc);
}

/* Subvolume 256 has node FIRST_NODE for its root, 257 the next one and so on. */
static void start(struct spilling *spilling, uint64_t subvolumes, uint8_t level)
{
	uint64_t i;

	*spilling = (struct spilling){ .fs = tiny_new(NULL), .err = ZR_ERROR_INIT };
	for (i = 0; i < subvolumes; i++)
		tiny_add_subvolume(spilling->fs, 256 + i, TINY_SPARE(FIRST_NODE + i), level, 5,
				   NULL);
	spilling->memory = tiny_source(spilling->fs, true);
	spilling->source = tiny_open(spilling->memory);
	put_leaves(spilling);
}

static void put_node(struct spilling *spilling, uint64_t number, uint64_t first, uint64_t second,
		     uint64_t third)
{
	const uint64_t children[] = { TINY_SPARE(first), TINY_SPARE(second), TINY_SPARE(third) };

	tiny_put_node(spilling->fs, spilling->memory, TINY_SPARE(number), 256, children,
		      third == second ? 2 : 3);
}

/* A node with one child. */
static void put_parent(struct spilling *spilling, uint64_t number, int leaf)
{
	const uint64_t child = TINY_SPARE((uint64_t)leaf);

	tiny_put_node(spilling->fs, spilling->memory, TINY_SPARE(number), 256, &child, 1);
}

static int spill(struct spilling *spilling)
{
	memory_forget(spilling->memory);
	return zr_relayout_spill(&spilling->prealloc, spilling->source, &spilling->err);
}

static void end(struct spilling *spilling)
{
	zr_prealloc_free(&spilling->prealloc);
	zr_source_close(spilling->source);
	memory_free(spilling->memory);
	tiny_free(spilling->fs);
}

static void expect_spilled(struct spilling *spilling, uint64_t parts)
{
	expect_accepted("spill", spill(spilling), &spilling->err);
	assert_int_equal(zr_prealloc_spilled(&spilling->prealloc, TINY_SPARE(ITEM), 257),
			 parts * PART);
	assert_int_equal(zr_prealloc_spilled(&spilling->prealloc, TINY_SPARE(LAST), 258), 0);
	end(spilling);
}

static void expect_different(struct spilling *spilling, const char *text)
{
	expect_refused(text, spill(spilling), &spilling->err, ZR_E_EXTENT, text);
	end(spilling);
}

static void leaves_of_one_node(void **state)
{
	struct spilling spilling;

	(void)state;
	start(&spilling, 1, 1);
	put_node(&spilling, FIRST_NODE, ITEM, MIDDLE, LAST);
	expect_spilled(&spilling, 2);
}

/* The inode goes on over the border of two nodes, or is all that a node has. */
static void leaves_of_several_nodes(void **state)
{
	struct spilling spilling;

	(void)state;
	start(&spilling, 1, 2);
	put_node(&spilling, 60, ITEM, MIDDLE, MIDDLE);
	put_parent(&spilling, 61, LAST);
	put_node(&spilling, FIRST_NODE, 60, 61, 61);
	expect_spilled(&spilling, 2);
	start(&spilling, 1, 2);
	put_parent(&spilling, 60, ITEM);
	put_parent(&spilling, 61, MIDDLE);
	put_parent(&spilling, 62, OTHER);
	put_node(&spilling, FIRST_NODE, 60, 61, 62);
	expect_spilled(&spilling, 3);
}

/* A leaf that is shared has one inode item for all, so that all must have as much behind it. */
static void subvolumes_that_do_not_agree(void **state)
{
	static const struct {
		int second;
		int third;
		const char *text;
	} rows[] = {
		{ MIDDLE, OTHER, "16384 bytes of inode 257 and 24576 of inode 257" },
		{ MIDDLE, SHORT, "16384 bytes of inode 257 and 8192 of inode 257" },
		{ SHORT, SHORT, "16384 bytes of inode 257 and 0 of inode 0" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct spilling spilling;

		start(&spilling, 2, 1);
		put_node(&spilling, FIRST_NODE, ITEM, MIDDLE, LAST);
		put_node(&spilling, FIRST_NODE + 1, ITEM, (uint64_t)rows[i].second,
			 (uint64_t)rows[i].third);
		expect_different(&spilling, rows[i].text);
	}
}

/* The same, where they share a node, which is read for the first of them only. */
static void subvolumes_that_share_a_node(void **state)
{
	static const int ends[] = { OTHER, SHORT };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct spilling spilling;

		start(&spilling, 2, 2);
		put_node(&spilling, 60, ITEM, MIDDLE, MIDDLE);
		put_parent(&spilling, 61, LAST);
		put_parent(&spilling, 62, ends[i]);
		put_node(&spilling, FIRST_NODE, 60, 61, 61);
		put_node(&spilling, FIRST_NODE + 1, 60, 62, 62);
		expect_different(&spilling, "is shared by subvolumes in which");
	}
}

static size_t count_reads(uint64_t subvolumes)
{
	struct spilling spilling;
	size_t reads;
	uint64_t i;

	start(&spilling, subvolumes, 2);
	put_node(&spilling, 60, ITEM, MIDDLE, MIDDLE);
	put_parent(&spilling, 61, LAST);
	for (i = 0; i < subvolumes; i++)
		put_node(&spilling, FIRST_NODE + i, 60, 61, 61);
	assert_int_equal(spill(&spilling), 0);
	reads = memory_count(spilling.memory, MEMORY_READ);
	end(&spilling);
	return reads;
}

/* Twice: the node that it has for itself, and nothing of what it shares. */
static void a_snapshot_costs_its_root(void **state)
{
	size_t few = count_reads(2);

	(void)state;
	assert_int_equal(count_reads(SUBVOLUMES_MAX), few + 2 * (SUBVOLUMES_MAX - 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_of_one_node),
		cmocka_unit_test(leaves_of_several_nodes),
		cmocka_unit_test(subvolumes_that_do_not_agree),
		cmocka_unit_test(subvolumes_that_share_a_node),
		cmocka_unit_test(a_snapshot_costs_its_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
