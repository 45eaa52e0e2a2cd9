// SPDX-License-Identifier: GPL-2.0-or-later
/* Which trees have a tree block: its own references, and nodes above it that trees share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "owner_fs.h"

#define BLOCK TINY_SPARE(0)
#define NODE(level, number) TINY_SPARE(8 * (level) + (number))

static void add_tree(struct tiny_item *extent, uint64_t tree)
{
	tiny_add_inline(extent, &(struct tiny_ref){ .type = 176, .number = tree });
}

static void add_parent(struct tiny_item *extent, uint64_t parent)
{
	tiny_add_inline(extent, &(struct tiny_ref){ .type = 182, .number = parent });
}

static void test_trees_of_a_block(void **state)
{
	struct owner_fs owners;
	struct tiny_item *block;

	(void)state;
	owner_fs_new(&owners, NULL);
	block = tiny_bare_block(owners.fs, BLOCK, 2);
	add_tree(block, 257);
	add_tree(block, 5);
	add_tree(block, 257);
	tiny_add_keyed(owners.fs, BLOCK, &(struct tiny_ref){ .type = 176, .number = 5 }, 0);
	tiny_add_keyed(owners.fs, BLOCK, &(struct tiny_ref){ .type = 176, .number = 258 }, 0);
	owner_fs_write(&owners);
	owner_fs_expect(&owners, BLOCK, TINY_NODE, 0, "257 level 2\n5 level 2\n258 level 2\n");
	owner_fs_expect(&owners, BLOCK + TINY_NODE - 1, 1, 0,
			"257 level 2\n5 level 2\n258 level 2\n");
	owner_fs_expect(&owners, BLOCK - 1, 1, 0, "");
	owner_fs_expect(&owners, BLOCK + TINY_NODE, 1, 0, "");
	owner_fs_free(&owners);
}

/* Without skinny metadata the level stands in the item. */
static void test_block_as_extent_item(void **state)
{
	struct owner_fs owners;
	struct tiny_item *block;

	(void)state;
	owner_fs_new(&owners, NULL);
	block = tiny_bare_block(owners.fs, BLOCK, 0);
	block->key.type = 168;
	block->key.offset = TINY_NODE;
	block->size = 42;
	block->data[41] = 3;
	add_tree(block, 257);
	add_parent(block, NODE(4, 0));
	add_tree(tiny_bare_block(owners.fs, NODE(4, 0), 4), 258);
	owner_fs_write(&owners);
	owner_fs_expect(&owners, BLOCK, TINY_NODE, 0, "257 level 3\n258 level 3\n");
	owner_fs_free(&owners);
}

/* References may be inside the extent item or behind it, in each of the nodes above. */
static void test_nodes_above(void **state)
{
	struct owner_fs owners;
	struct tiny_item *node;

	(void)state;
	owner_fs_new(&owners, NULL);
	add_parent(tiny_bare_block(owners.fs, BLOCK, 0), NODE(1, 0));
	tiny_add_keyed(owners.fs, BLOCK, &(struct tiny_ref){ .type = 182, .number = NODE(1, 1) },
		       0);
	tiny_bare_block(owners.fs, NODE(1, 0), 1);
	tiny_add_keyed(owners.fs, NODE(1, 0),
		       &(struct tiny_ref){ .type = 182, .number = NODE(2, 0) }, 0);
	node = tiny_bare_block(owners.fs, NODE(1, 1), 1);
	add_tree(node, 258);
	add_parent(node, NODE(2, 0));
	node = tiny_bare_block(owners.fs, NODE(2, 0), 2);
	add_tree(node, 257);
	add_tree(node, 258);
	owner_fs_write(&owners);
	owner_fs_expect(&owners, BLOCK, TINY_NODE, 0, "257 level 0\n258 level 0\n");
	owner_fs_expect(&owners, NODE(1, 1), TINY_NODE, 0, "258 level 1\n257 level 1\n");
	owner_fs_free(&owners);
}

/* A node that each block of the level below names is followed once, however many ways lead to it.
 */
static void test_many_ways_up(void **state)
{
	const struct tiny_options options = { .leaves = 4 };
	struct owner_fs owners;
	uint8_t level;

	(void)state;
	owner_fs_new(&owners, &options);
	for (level = 0; level < 8; level++) {
		uint64_t i;

		for (i = 0; i < 8; i++) {
			struct tiny_item *node = tiny_bare_block(owners.fs, NODE(level, i), level);
			uint64_t above;

			for (above = 0; above < 8 && level < 7; above++)
				add_parent(node, NODE(level + 1, above));
			if (level == 7)
				add_tree(node, 257 + i / 4);
		}
	}
	owner_fs_write(&owners);
	owner_fs_expect(&owners, BLOCK, TINY_NODE, 0, "257 level 0\n258 level 0\n");
	assert_true(memory_count(owners.memory, MEMORY_READ) < 1000);
	owner_fs_free(&owners);
}

/* What is named as a parent is the block itself, on its level, two levels above, free, or data. The
 * other reference is followed all the same. */
static void test_bad_parents(void **state)
{
	const uint64_t parents[] = {
		BLOCK,	    NODE(0, 1), NODE(2, 0), NODE(3, 3), TINY_DATA, NODE(1, 0) + TINY_SECTOR,
		UINT64_MAX, 0,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		struct owner_fs owners;
		struct tiny_item *block;

		owner_fs_new(&owners, NULL);
		block = tiny_bare_block(owners.fs, BLOCK, 0);
		add_parent(block, parents[i]);
		add_tree(block, 5);
		add_tree(tiny_bare_block(owners.fs, NODE(0, 1), 0), 301);
		add_tree(tiny_bare_block(owners.fs, NODE(1, 0), 1), 302);
		add_tree(tiny_bare_block(owners.fs, NODE(2, 0), 2), 303);
		owner_fs_write(&owners);
		owner_fs_expect(&owners, BLOCK, TINY_NODE, ZR_E_EXTENT, "5 level 0\n");
		owner_fs_free(&owners);
	}
}

/* Two nodes name each other. */
static void test_loop(void **state)
{
	struct owner_fs owners;

	(void)state;
	owner_fs_new(&owners, NULL);
	add_parent(tiny_bare_block(owners.fs, BLOCK, 0), NODE(1, 0));
	add_parent(tiny_bare_block(owners.fs, NODE(1, 0), 1), NODE(2, 0));
	add_parent(tiny_bare_block(owners.fs, NODE(2, 0), 2), NODE(1, 0));
	owner_fs_write(&owners);
	owner_fs_expect(&owners, BLOCK, TINY_NODE, 0, "");
	owner_fs_expect(&owners, NODE(2, 0), TINY_NODE, ZR_E_EXTENT, "");
	owner_fs_free(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees_of_a_block),
		cmocka_unit_test(test_block_as_extent_item),
		cmocka_unit_test(test_nodes_above),
		cmocka_unit_test(test_many_ways_up),
		cmocka_unit_test(test_bad_parents),
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
