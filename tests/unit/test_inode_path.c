// SPDX-License-Identifier: GPL-2.0-or-later
/* The path of an inode from the top of the file system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "owner_fs.h"
#include "subvolume.h"

#define TOP 5
#define SUB 257
#define DEEP 258 /* in a directory of SUB */
#define GONE 259 /* deleted, without a name */
#define ROUND 260 /* in ROUNDER, which is in it */
#define ROUNDER 261
#define NOWHERE 262 /* in a tree that does not exist */

static void add_extref(struct tiny_items *list, uint64_t inode, uint64_t directory, uint64_t hash,
		       const char *name)
{
	uint32_t len = (uint32_t)strlen(name);
	uint8_t *data = tiny_list_add(list, inode, 13, hash, 18 + len)->data;

	tiny_poke(data, 0, 8, directory);
	tiny_poke(data, 16, 2, len);
	memcpy(data + 18, name, len);
}

/* Names of the same inodes in each subvolume, which all have the leaf of the top one. */
static void add_names(struct tiny_items *list)
{
	struct tiny_item *two;

	tiny_add_name(list, 300, 256, "file");
	tiny_add_name(list, 301, 310, "second");
	tiny_add_name(list, 301, 311, "third");
	add_extref(list, 302, 311, 1, "linked");
	tiny_list_add(list, 303, 1, 0, 160);
	tiny_add_name(list, 304, 305, "in itself");
	tiny_add_name(list, 305, 304, "around");
	tiny_add_name(list, 306, 306, "self");
	tiny_add_name(list, 307, 9999, "orphan");
	two = tiny_list_add(list, 308, 12, 256, 10 + 3 + 10 + 4);
	tiny_poke(two->data, 8, 2, 3);
	memcpy(two->data + 10, "one", 3);
	tiny_poke(two->data, 21, 2, 4);
	memcpy(two->data + 23, "more", 4);
	tiny_add_name(list, 309, 256, "both");
	add_extref(list, 309, 311, 1, "not this one");
	tiny_add_name(list, 310, 256, "directory");
	tiny_add_name(list, 311, 310, "inner");
	tiny_list_add(list, 312, 12, 256, 9);
	tiny_add_name(list, 313, 256, "");
}

static void make(struct owner_fs *owners)
{
	static const struct {
		uint64_t number;
		uint64_t parent;
		const char *name;
	} rows[] = {
		{ SUB, TOP, "sub" },	       { DEEP, SUB, "deep" },
		{ GONE, TOP, NULL },	       { ROUND, ROUNDER, "round" },
		{ ROUNDER, ROUND, "rounder" }, { NOWHERE, 999, "lost" },
	};
	struct tiny_items *top;
	uint64_t i;

	owner_fs_new(owners, NULL);
	top = &owners->fs->trees[TINY_FS_TREE];
	add_names(top);
	for (i = 0; i < 6; i++)
		tiny_add_subvolume(owners->fs, rows[i].number, TINY_SPARE(i), 1, rows[i].parent,
				   rows[i].name);
	/* Subvolumes that are not in the top directory of their parent. */
	tiny_poke(tiny_item(owners->fs, TINY_ROOT_TREE, DEEP, 144, SUB)->data, 0, 8, 311);
	owner_fs_write(owners);
	for (i = 0; i < 6; i++)
		tiny_put_node(owners->fs, owners->memory, TINY_SPARE(i), rows[i].number, &top->root,
			      1);
	owners->source = tiny_open(owners->memory);
}

static void test_paths(void **state)
{
	static const struct {
		uint64_t tree;
		uint64_t inode;
		const char *path; /* NULL: none, and no error */
	} rows[] = {
		{ TOP, 300, "file" },
		{ TOP, 256, "" },
		{ TOP, 301, "directory/second" },
		{ TOP, 302, "directory/inner/linked" },
		{ TOP, 308, "one" },
		{ TOP, 309, "both" },
		{ TOP, 311, "directory/inner" },
		{ TOP, 303, NULL },
		{ TOP, 304, NULL },
		{ TOP, 306, NULL },
		{ TOP, 307, NULL },
		{ TOP, 9999, NULL },
		{ TOP, UINT64_MAX, NULL },
		{ SUB, 300, "sub/file" },
		{ SUB, 256, "sub" },
		{ SUB, 304, NULL },
		{ DEEP, 302, "sub/directory/inner/deep/directory/inner/linked" },
		{ DEEP, 256, "sub/directory/inner/deep" },
		{ GONE, 300, NULL },
		{ ROUND, 300, NULL },
		{ ROUNDER, 256, NULL },
		{ NOWHERE, 300, NULL },
		{ 4711, 300, NULL },
		{ UINT64_MAX, 300, NULL },
		{ 4, 300, NULL },
	};
	struct owner_fs owners;
	size_t i;

	(void)state;
	make(&owners);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		char path[ZR_PATH_MAX];
		int rc = zr_inode_path(owners.source, rows[i].tree, rows[i].inode, path, &err);

		print_message("# row %zu\n", i);
		assert_int_equal(rc, !rows[i].path);
		assert_int_equal(err.code, 0);
		if (rows[i].path)
			assert_string_equal(path, rows[i].path);
	}
	owner_fs_free(&owners);
}

/* Names that are cut or empty, and blocks that cannot be read. */
static void test_damage(void **state)
{
	static const struct {
		uint64_t tree;
		uint64_t inode;
		uint64_t bad; /* block; 0: none */
		int code;
	} rows[] = {
		{ TOP, 312, 0, ZR_E_ITEM },
		{ TOP, 313, 0, ZR_E_ITEM },
		{ TOP, 300, TINY_METADATA + 5 * TINY_NODE, ZR_E_CSUM },
		{ DEEP, 300, TINY_SPARE(0), ZR_E_CSUM },
		{ DEEP, 300, TINY_METADATA, ZR_E_CSUM },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		char path[ZR_PATH_MAX];
		struct owner_fs owners;
		int rc;

		make(&owners);
		if (rows[i].bad)
			tiny_flip(owners.memory, rows[i].bad, 0);
		rc = zr_inode_path(owners.source, rows[i].tree, rows[i].inode, path, &err);
		assert_int_equal(rc, -rows[i].code);
		assert_int_equal(err.code, rows[i].code);
		owner_fs_free(&owners);
	}
}

/* 17 names, one inside the other: how long the last two are decides. */
static int longest(size_t last, size_t one_more, char *path)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct owner_fs owners;
	struct tiny_items *top;
	char name[256];
	uint64_t i;
	int rc;

	owner_fs_new(&owners, NULL);
	top = &owners.fs->trees[TINY_FS_TREE];
	memset(name, 'n', 255);
	name[255] = '\0';
	for (i = 0; i < 15; i++)
		tiny_add_name(top, 300 + i, i ? 299 + i : 256, name);
	name[last] = '\0';
	tiny_add_name(top, 315, 314, name);
	name[one_more] = '\0';
	if (one_more)
		tiny_add_name(top, 316, 315, name);
	owner_fs_write(&owners);
	owners.source = tiny_open(owners.memory);
	rc = zr_inode_path(owners.source, TOP, one_more ? 316 : 315, path, &err);
	assert_int_equal(err.code, 0);
	owner_fs_free(&owners);
	return rc;
}

static void test_length_of_a_path(void **state)
{
	char *path = malloc(ZR_PATH_MAX);

	(void)state;
	assert_non_null(path);
	assert_int_equal(longest(255, 0, path), 0);
	assert_int_equal(strlen(path), 4095);
	assert_int_equal(longest(253, 1, path), 0);
	assert_int_equal(strlen(path), 4095);
	assert_int_equal(longest(254, 1, path), 1);
	assert_int_equal(longest(253, 2, path), 1);
	assert_int_equal(longest(255, 255, path), 1);
	free(path);
}

static void test_subvolumes_in_order(void **state)
{
	static const uint64_t numbers[] = { TOP, SUB, DEEP, GONE, ROUND, ROUNDER, NOWHERE };
	struct zr_subvolume_walk walk;
	struct owner_fs owners;
	struct zr_tree tree;
	size_t i;

	(void)state;
	make(&owners);
	zr_subvolume_walk_init(&walk, owners.source);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_int_equal(zr_subvolume_next(&walk, &tree, NULL), 0);
		assert_int_equal(tree.owner, numbers[i]);
		assert_true(tree.shared);
		assert_int_equal(tree.level, i > 0);
	}
	assert_int_equal(zr_subvolume_next(&walk, &tree, NULL), 1);
	zr_subvolume_walk_free(&walk);
	owner_fs_free(&owners);
}

/* The transaction that made it is in the key of a snapshot's root item, and of no other tree's. */
static void test_find_a_tree(void **state)
{
	struct owner_fs owners;
	struct zr_tree tree;

	(void)state;
	owner_fs_new(&owners, NULL);
	tiny_add_subvolume(owners.fs, 300, TINY_SPARE(0), 3, TOP, "snap")->key.offset = 41;
	tiny_add_subvolume(owners.fs, (uint64_t)-8, TINY_SPARE(1), 0, TOP, NULL)->key.offset = 300;
	tiny_add_subvolume(owners.fs, (uint64_t)-9, TINY_SPARE(2), 0, TOP, NULL);
	owner_fs_write(&owners);
	owners.source = tiny_open(owners.memory);
	assert_int_equal(zr_tree_find(owners.source, 300, &tree, NULL), 0);
	assert_int_equal(tree.logical, TINY_SPARE(0));
	assert_int_equal(tree.level, 3);
	assert_int_equal(tree.generation, TINY_GENERATION);
	assert_true(tree.shared);
	assert_int_equal(zr_tree_find(owners.source, (uint64_t)-8, &tree, NULL), 1);
	assert_int_equal(zr_tree_find(owners.source, (uint64_t)-9, &tree, NULL), 0);
	assert_false(tree.shared);
	assert_int_equal(zr_tree_find(owners.source, 301, &tree, NULL), 1);
	assert_int_equal(zr_tree_find(owners.source, 299, &tree, NULL), 1);
	owner_fs_free(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_length_of_a_path),
		cmocka_unit_test(test_subvolumes_in_order),
		cmocka_unit_test(test_find_a_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
