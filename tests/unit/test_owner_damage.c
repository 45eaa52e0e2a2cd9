// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners of data when metadata that names them is bad, or of a subvolume that is going away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "owner_fs.h"

#define EXTENT TINY_DATA
#define LEN (5ULL * TINY_SECTOR)
#define SHARED TINY_SPARE(9)

/*
 * The extent is in file 300 of the top subvolume, whose leaf the snapshots 257 and 258 share below
 * nodes of their own, and in file 301 of subvolume 259.
 */
static void make(struct owner_fs *owners)
{
	const struct tiny_part part = { 300, 0, EXTENT, LEN, 0, LEN, false };
	const struct tiny_part copy = { 301, 0, EXTENT, LEN, 0, LEN, false };
	struct tiny_items *top;
	struct tiny_items leaf = { 0 };
	uint64_t i;

	owner_fs_new(owners, NULL);
	top = &owners->fs->trees[TINY_FS_TREE];
	tiny_add_part(top, &part);
	tiny_add_name(top, 300, 256, "file");
	tiny_add_part(&leaf, &copy);
	tiny_add_name(&leaf, 301, 256, "copy");
	for (i = 0; i < 2; i++)
		tiny_add_subvolume(owners->fs, 257 + i, TINY_SPARE(i), 1, 5, "snap");
	tiny_add_subvolume(owners->fs, 259, SHARED, 0, 5, "sub");
	tiny_add_inline(tiny_bare_extent(owners->fs, EXTENT), &(struct tiny_ref){ 178, 5, 300, 0 });
	tiny_add_keyed(owners->fs, EXTENT, &(struct tiny_ref){ 178, 259, 301, 0 }, 7);
	owner_fs_write(owners);
	for (i = 0; i < 2; i++)
		tiny_put_node(owners->fs, owners->memory, TINY_SPARE(i), 257 + i, &top->root, 1);
	tiny_put_leaf(owners->fs, owners->memory, SHARED, 259, &leaf);
	free(leaf.items);
}

static struct tiny_item *extent(struct owner_fs *owners)
{
	return tiny_item(owners->fs, TINY_EXTENT_TREE, EXTENT, 168, LEN);
}

static void make_again(struct owner_fs *owners)
{
	tiny_write(owners->fs, owners->memory);
}

static void test_nothing_is_bad(void **state)
{
	struct owner_fs owners;

	(void)state;
	make(&owners);
	owner_fs_expect(&owners, EXTENT, LEN, 0,
			"5:300+0 file\n257:300+0 snap/file\n258:300+0 snap/file\n"
			"259:301+0 sub/copy\n");
	owner_fs_free(&owners);
}

/* Which block is bad, and which owners are told then. */
static void test_bad_tree_blocks(void **state)
{
	const struct {
		uint64_t logical;
		const char *lines;
	} rows[] = {
		{ TINY_SPARE(0), "5:300+0 file\n258:300+0 snap/file\n259:301+0 sub/copy\n" },
		{ TINY_SPARE(1), "5:300+0 file\n257:300+0 snap/file\n259:301+0 sub/copy\n" },
		{ SHARED, "5:300+0 file\n257:300+0 snap/file\n258:300+0 snap/file\n" },
		{ TINY_METADATA + 5 * TINY_NODE, "259:301+0 sub/copy\n" },
		{ TINY_METADATA + 1 * TINY_NODE, "" },
		{ TINY_METADATA, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct owner_fs owners;

		make(&owners);
		owners.source = tiny_open(owners.memory);
		tiny_flip(owners.memory, rows[i].logical, 0);
		owner_fs_expect(&owners, EXTENT, LEN, ZR_E_CSUM, rows[i].lines);
		assert_int_equal(owners.err.logical, rows[i].logical);
		owner_fs_free(&owners);
	}
}

/* A reference of an unknown type hides those behind it in its item, and no others. */
static void test_bad_reference_inside_the_item(void **state)
{
	struct owner_fs owners;

	(void)state;
	make(&owners);
	extent(&owners)->data[24] = 177;
	make_again(&owners);
	owner_fs_expect(&owners, EXTENT, LEN, ZR_E_EXTENT, "259:301+0 sub/copy\n");
	extent(&owners)->data[24] = 178;
	extent(&owners)->size--;
	make_again(&owners);
	owner_fs_expect(&owners, EXTENT, LEN, ZR_E_EXTENT, "259:301+0 sub/copy\n");
	owner_fs_free(&owners);
}

static void test_bad_reference_item(void **state)
{
	struct owner_fs owners;

	(void)state;
	make(&owners);
	tiny_add_keyed(owners.fs, EXTENT, &(struct tiny_ref){ 178, 5, 300, 0 }, 6)->size = 27;
	make_again(&owners);
	owner_fs_expect(&owners, EXTENT, LEN, ZR_E_ITEM,
			"5:300+0 file\n257:300+0 snap/file\n258:300+0 snap/file\n"
			"259:301+0 sub/copy\n");
	owner_fs_free(&owners);
}

/* A leaf that is said to have the extent: free, not yet written, out of all chunks, a node, or
 * without it. */
static void test_bad_leaves(void **state)
{
	const struct {
		uint64_t leaf;
		int code;
	} rows[] = {
		{ TINY_METADATA + 2 * TINY_NODE, ZR_E_CSUM },
		{ TINY_SPARE(20), ZR_E_ZONED },
		{ 1ULL << 40, ZR_E_RANGE },
		{ TINY_SPARE(0), ZR_E_LEVEL },
		{ TINY_METADATA + 3 * TINY_NODE, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tiny_ref ref = { 184, rows[i].leaf, 0, 0 };
		struct owner_fs owners;

		make(&owners);
		tiny_add_inline(tiny_bare_extent(owners.fs, EXTENT), &ref);
		make_again(&owners);
		owner_fs_expect(&owners, EXTENT, LEN, rows[i].code, "259:301+0 sub/copy\n");
		owner_fs_free(&owners);
	}
}

/* An item of the leaf that cannot be understood does not hide those behind it. */
static void test_bad_part_in_a_leaf(void **state)
{
	struct tiny_items leaf = { 0 };
	struct owner_fs owners;

	(void)state;
	make(&owners);
	tiny_add_part(&leaf, &(struct tiny_part){ 299, 0, EXTENT, LEN, 0, LEN, false });
	leaf.items[0].data[20] = 9;
	tiny_add_part(&leaf, &(struct tiny_part){ 300, 0, EXTENT, LEN, 0, LEN, false });
	tiny_put_leaf(owners.fs, owners.memory, TINY_SPARE(10), 258, &leaf);
	tiny_add_inline(tiny_bare_extent(owners.fs, EXTENT),
			&(struct tiny_ref){ 184, TINY_SPARE(10), 0, 0 });
	make_again(&owners);
	owner_fs_expect(&owners, EXTENT, LEN, ZR_E_EXTENT,
			"5:300+0 file\n257:300+0 snap/file\n258:300+0 snap/file\n"
			"259:301+0 sub/copy\n");
	owner_fs_free(&owners);
	free(leaf.items);
}

/* A file whose directory cannot be read is an owner without a path. */
static void test_bad_names(void **state)
{
	struct tiny_items leaves[2] = { { 0 } };
	const uint64_t places[] = { TINY_SPARE(10), TINY_SPARE(11) };
	struct owner_fs owners;
	size_t i;

	(void)state;
	make(&owners);
	tiny_add_name(&leaves[0], 270, 256, "directory");
	tiny_add_name(&leaves[1], 300, 270, "file");
	tiny_add_part(&leaves[1], &(struct tiny_part){ 300, 0, EXTENT, LEN, 0, LEN, false });
	for (i = 0; i < 2; i++) {
		tiny_put_leaf(owners.fs, owners.memory, places[i], 257, &leaves[i]);
		free(leaves[i].items);
	}
	tiny_put_node(owners.fs, owners.memory, TINY_SPARE(0), 257, places, 2);
	owner_fs_expect(&owners, EXTENT, LEN, 0,
			"5:300+0 file\n257:300+0 snap/directory/file\n258:300+0 snap/file\n"
			"259:301+0 sub/copy\n");
	tiny_flip(owners.memory, places[0], 0);
	owner_fs_expect(&owners, EXTENT, LEN, 0,
			"5:300+0 file\n257:300+0 ?\n258:300+0 snap/file\n259:301+0 sub/copy\n");
	owner_fs_free(&owners);
}

/* Deleted but not yet dropped: whole, without a name. Half dropped: its blocks may be others'. */
static void test_deleted_subvolumes(void **state)
{
	struct owner_fs owners;
	struct tiny_item *root;

	(void)state;
	make(&owners);
	tiny_remove(owners.fs, TINY_ROOT_TREE, 257, 144, 5);
	root = tiny_item(owners.fs, TINY_ROOT_TREE, 257, 132, 0);
	tiny_poke(root->data, 216, 4, 0);
	make_again(&owners);
	owner_fs_expect(&owners, EXTENT, LEN, 0,
			"5:300+0 file\n257:300+0 ?\n258:300+0 snap/file\n259:301+0 sub/copy\n");
	zr_source_close(owners.source);
	owners.source = NULL;
	tiny_poke(root->data, 220, 8, 280);
	make_again(&owners);
	tiny_flip(owners.memory, TINY_SPARE(0), 0);
	owner_fs_expect(&owners, EXTENT, LEN, 0,
			"5:300+0 file\n258:300+0 snap/file\n259:301+0 sub/copy\n");
	owner_fs_free(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_bad),
		cmocka_unit_test(test_bad_tree_blocks),
		cmocka_unit_test(test_bad_reference_inside_the_item),
		cmocka_unit_test(test_bad_reference_item),
		cmocka_unit_test(test_bad_leaves),
		cmocka_unit_test(test_bad_part_in_a_leaf),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_deleted_subvolumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
