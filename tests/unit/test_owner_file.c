// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files have a range of data: parts of extents, shared extents, snapshots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "owner_fs.h"

#define SECTOR ((uint64_t)TINY_SECTOR)
#define EXTENT TINY_DATA /* five sectors */
#define LEN (5 * SECTOR)
#define OTHER (TINY_DATA + 16 * SECTOR)
#define WRAPPED(sectors) (0 - (sectors)*SECTOR)

static struct tiny_items *top(struct owner_fs *owners)
{
	return &owners->fs->trees[TINY_FS_TREE];
}

static void add_ref(struct owner_fs *owners, uint8_t type, uint64_t number, uint64_t inode,
		    uint64_t origin)
{
	const struct tiny_ref ref = { type, number, inode, origin };

	tiny_add_inline(tiny_bare_extent(owners->fs, EXTENT), &ref);
}

/* One part of the file 300, in sectors of file, extent and range. */
static const struct {
	uint64_t at, offset, len, origin;
	bool compressed;
	uint64_t bad, bad_len;
	int64_t found; /* in sectors of the file; -1: no owner */
} parts[] = {
	{ 0, 0, 5, 0, false, 0, 5, 0 },
	{ 0, 0, 5, 0, false, 0, 1, 0 },
	{ 0, 0, 5, 0, false, 3, 1, 3 },
	{ 0, 0, 5, 0, false, 4, 1, 4 },
	{ 7, 0, 5, 7 * SECTOR, false, 2, 2, 9 },
	/* The middle of the extent, where the file has it, before and behind. */
	{ 9, 2, 2, 7 * SECTOR, false, 2, 1, 9 },
	{ 9, 2, 2, 7 * SECTOR, false, 3, 1, 10 },
	{ 9, 2, 2, 7 * SECTOR, false, 0, 5, 9 },
	{ 9, 2, 2, 7 * SECTOR, false, 1, 1, -1 },
	{ 9, 2, 2, 7 * SECTOR, false, 4, 1, -1 },
	/* The extent would begin before the file. */
	{ 0, 3, 2, WRAPPED(3), false, 4, 1, 1 },
	{ 1, 3, 2, WRAPPED(2), false, 3, 1, 1 },
	{ 0, 3, 2, WRAPPED(3), false, 2, 1, -1 },
	/* A reference to another place in the file is not one to this part. */
	{ 0, 3, 2, 0, false, 3, 1, -1 },
	{ 7, 0, 5, 6 * SECTOR, false, 0, 5, -1 },
	/* No byte of a compressed extent belongs to one place in the file. */
	{ 7, 0, 31, 7 * SECTOR, true, 4, 1, 7 },
	{ 9, 2, 1, 7 * SECTOR, true, 0, 1, 9 },
	{ 38, 31, 1, 7 * SECTOR, true, 0, 1, 38 },
};

static void expect_part(size_t row)
{
	const struct tiny_part part = {
		.inode = 300,
		.at = parts[row].at * SECTOR,
		.logical = EXTENT,
		.disk_len = LEN,
		.offset = parts[row].offset * SECTOR,
		.len = parts[row].len * SECTOR,
		.compressed = parts[row].compressed,
	};
	struct owner_fs owners;
	char line[64] = "";

	owner_fs_new(&owners, NULL);
	tiny_add_part(top(&owners), &part);
	tiny_add_name(top(&owners), 300, 256, "file");
	add_ref(&owners, 178, 5, 300, parts[row].origin);
	owner_fs_write(&owners);
	if (parts[row].found >= 0)
		snprintf(line, sizeof(line), "5:300+%llu file\n",
			 (unsigned long long)parts[row].found * SECTOR);
	print_message("# row %zu\n", row);
	owner_fs_expect(&owners, EXTENT + parts[row].bad * SECTOR, parts[row].bad_len * SECTOR, 0,
			line);
	owner_fs_free(&owners);
}

static void test_parts_of_an_extent(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		expect_part(i);
}

static void add_file(struct tiny_items *list, uint64_t inode, uint64_t at, const char *name)
{
	const struct tiny_part part = {
		.inode = inode,
		.at = at,
		.logical = EXTENT,
		.disk_len = LEN,
		.len = LEN,
	};

	tiny_add_part(list, &part);
	if (name)
		tiny_add_name(list, inode, 256, name);
}

/* Overwritten in the middle: two parts have one reference, and between them is another extent. */
static void test_both_parts_around_a_hole(void **state)
{
	const struct tiny_part rows[] = {
		{ 300, 0, EXTENT, LEN, 0, SECTOR, false },
		{ 300, SECTOR, OTHER, 2 * SECTOR, 0, 2 * SECTOR, false },
		{ 300, 3 * SECTOR, 0, 0, 0, SECTOR, false },
		{ 300, 4 * SECTOR, EXTENT, LEN, 4 * SECTOR, SECTOR, false },
	};
	struct owner_fs owners;
	size_t i;

	(void)state;
	owner_fs_new(&owners, NULL);
	for (i = 0; i < 4; i++)
		tiny_add_part(top(&owners), &rows[i]);
	tiny_add_name(top(&owners), 300, 256, "file");
	add_ref(&owners, 178, 5, 300, 0);
	owner_fs_write(&owners);
	owner_fs_expect(&owners, EXTENT, LEN, 0, "5:300+0 file\n5:300+16384 file\n");
	owner_fs_expect(&owners, EXTENT + 2 * SECTOR, SECTOR, 0, "");
	owner_fs_free(&owners);
}

static void test_inline_and_keyed_references(void **state)
{
	struct owner_fs owners;
	uint64_t i;

	(void)state;
	owner_fs_new(&owners, NULL);
	for (i = 0; i < 20; i++)
		add_file(top(&owners), 300 + i, i * SECTOR, i % 2 ? NULL : "even");
	/* Which subvolume an extent was made in says nothing about its files. */
	add_ref(&owners, 172, 5, 0, 0);
	for (i = 0; i < 20; i++)
		tiny_add_keyed(owners.fs, EXTENT, &(struct tiny_ref){ 178, 5, 300 + i, i * SECTOR },
			       1000 - i);
	owner_fs_write(&owners);
	owner_fs_expect(&owners, EXTENT + SECTOR, SECTOR, 0,
			"5:319+81920 ?\n5:318+77824 even\n5:317+73728 ?\n5:316+69632 even\n"
			"5:315+65536 ?\n5:314+61440 even\n5:313+57344 ?\n5:312+53248 even\n"
			"5:311+49152 ?\n5:310+45056 even\n5:309+40960 ?\n5:308+36864 even\n"
			"5:307+32768 ?\n5:306+28672 even\n5:305+24576 ?\n5:304+20480 even\n"
			"5:303+16384 ?\n5:302+12288 even\n5:301+8192 ?\n5:300+4096 even\n");
	owner_fs_free(&owners);
}

/* A snapshot whose leaf is that of the top subvolume. */
static void add_snapshot(struct owner_fs *owners, uint64_t number, uint32_t spare, uint64_t leaf)
{
	tiny_put_node(owners->fs, owners->memory, TINY_SPARE(spare), number, &leaf, 1);
}

static void test_snapshot_shares_the_leaf(void **state)
{
	struct owner_fs owners;

	(void)state;
	owner_fs_new(&owners, NULL);
	add_file(top(&owners), 300, 0, "file");
	add_ref(&owners, 178, 5, 300, 0);
	tiny_add_subvolume(owners.fs, 257, TINY_SPARE(0), 1, 5, "snap");
	tiny_add_subvolume(owners.fs, 258, TINY_SPARE(1), 1, 257, "inner");
	owner_fs_write(&owners);
	add_snapshot(&owners, 257, 0, owners.fs->trees[TINY_FS_TREE].root);
	add_snapshot(&owners, 258, 1, owners.fs->trees[TINY_FS_TREE].root);
	owner_fs_expect(&owners, EXTENT, SECTOR, 0,
			"5:300+0 file\n257:300+0 snap/file\n258:300+0 snap/inner/file\n");
	owner_fs_expect(&owners, OTHER, SECTOR, 0, "");
	owner_fs_free(&owners);
}

/* The subvolume that made the leaf is gone; two snapshots share it, and it has the reference. */
static void test_leaf_of_a_deleted_subvolume(void **state)
{
	size_t keyed;

	(void)state;
	for (keyed = 0; keyed < 2; keyed++) {
		const struct tiny_ref ref = { 184, TINY_SPARE(9), 0, 0 };
		struct tiny_items leaf = { 0 };
		struct owner_fs owners;

		owner_fs_new(&owners, NULL);
		add_file(&leaf, 300, 2 * SECTOR, "file");
		add_file(&leaf, 301, 0, "copy");
		if (keyed)
			tiny_add_keyed(owners.fs, EXTENT, &ref, 0);
		tiny_bare_extent(owners.fs, EXTENT);
		if (!keyed)
			tiny_add_inline(tiny_bare_extent(owners.fs, EXTENT), &ref);
		tiny_add_subvolume(owners.fs, 257, TINY_SPARE(0), 1, 5, "a");
		tiny_add_subvolume(owners.fs, 260, TINY_SPARE(1), 1, 5, "b");
		owner_fs_write(&owners);
		tiny_put_leaf(owners.fs, owners.memory, TINY_SPARE(9), 259, &leaf);
		add_snapshot(&owners, 257, 0, TINY_SPARE(9));
		add_snapshot(&owners, 260, 1, TINY_SPARE(9));
		owner_fs_expect(&owners, EXTENT + SECTOR, SECTOR, 0,
				"257:300+12288 a/file\n260:300+12288 b/file\n"
				"257:301+4096 a/copy\n260:301+4096 b/copy\n");
		owner_fs_free(&owners);
		free(leaf.items);
	}
}

/* Snapshots with leaves of their own have references of their own, to the same file. */
static void test_many_snapshots_cost_one_search_each(void **state)
{
	const uint64_t count = 20;
	struct tiny_items leaf = { 0 };
	struct owner_fs owners;
	char lines[2048] = "";
	size_t len = 0;
	uint64_t i;

	(void)state;
	owner_fs_new(&owners, NULL);
	add_file(&leaf, 300, 0, "file");
	tiny_bare_extent(owners.fs, EXTENT);
	for (i = 0; i < count; i++) {
		const struct tiny_ref ref = { 178, 257 + i, 300, 0 };

		tiny_add_keyed(owners.fs, EXTENT, &ref, i);
		tiny_add_subvolume(owners.fs, 257 + i, TINY_SPARE(i), 0, 5, "snap");
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%llu:300+0 snap/file\n",
					257ULL + i);
	}
	owner_fs_write(&owners);
	for (i = 0; i < count; i++)
		tiny_put_leaf(owners.fs, owners.memory, TINY_SPARE(i), 257 + i, &leaf);
	owner_fs_expect(&owners, EXTENT, SECTOR, 0, lines);
	memory_forget(owners.memory);
	owner_fs_expect(&owners, EXTENT, SECTOR, 0, lines);
	print_message("# %zu reads for %llu owners\n", memory_count(owners.memory, MEMORY_READ),
		      (unsigned long long)count);
	assert_true(memory_count(owners.memory, MEMORY_READ) < 10 * count);
	owner_fs_free(&owners);
	free(leaf.items);
}

/* Parts of a file that share an extent are no further apart than it is long, so that of a file of
 * many leaves only those are read. */
static void test_far_parts_are_not_read(void **state)
{
	struct tiny_items leaves[3] = { { 0 } };
	uint64_t places[3];
	struct owner_fs owners;
	uint64_t i;

	(void)state;
	owner_fs_new(&owners, NULL);
	add_ref(&owners, 178, 257, 300, 0);
	tiny_add_subvolume(owners.fs, 257, TINY_SPARE(3), 1, 5, "sub");
	owner_fs_write(&owners);
	add_file(&leaves[0], 300, 0, "file");
	for (i = 0; i < 3; i++) {
		const struct tiny_part far = { 300, (i + 1) << 20, OTHER, 2 * SECTOR,
					       0,   2 * SECTOR,	   false };

		tiny_add_part(&leaves[i], &far);
		places[i] = TINY_SPARE(i);
		tiny_put_leaf(owners.fs, owners.memory, places[i], 257, &leaves[i]);
		free(leaves[i].items);
	}
	tiny_put_node(owners.fs, owners.memory, TINY_SPARE(3), 257, places, 3);
	tiny_flip(owners.memory, TINY_SPARE(1), 0);
	tiny_flip(owners.memory, TINY_SPARE(2), 0);
	owner_fs_expect(&owners, EXTENT, LEN, 0, "257:300+0 sub/file\n");
	owner_fs_free(&owners);
}

/* Balance copies data through files of a tree that is no subvolume. */
static void test_file_of_another_tree(void **state)
{
	const uint64_t relocation = (uint64_t)-9;
	struct tiny_items leaf = { 0 };
	struct owner_fs owners;

	(void)state;
	owner_fs_new(&owners, NULL);
	add_file(&leaf, 257, 0, NULL);
	add_ref(&owners, 178, relocation, 257, 0);
	tiny_add_subvolume(owners.fs, relocation, TINY_SPARE(0), 0, 5, NULL);
	owner_fs_write(&owners);
	tiny_put_leaf(owners.fs, owners.memory, TINY_SPARE(0), relocation, &leaf);
	owner_fs_expect(&owners, EXTENT, LEN, 0, "-9:257+0 ?\n");
	owner_fs_free(&owners);
	free(leaf.items);
}

/* The tree-log has what was fsynced last, and nothing else names it. */
static void test_extent_of_the_log(void **state)
{
	const uint64_t log = (uint64_t)-6;
	struct tiny_items roots = { 0 };
	struct tiny_items leaf = { 0 };
	struct owner_fs owners;
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t *root;

	(void)state;
	owner_fs_new(&owners, NULL);
	tiny_remove(owners.fs, TINY_EXTENT_TREE, EXTENT, 168, LEN);
	root = tiny_list_add(&roots, log, 132, 5, 439)->data;
	tiny_poke(root, 160, 8, TINY_GENERATION + 1);
	tiny_poke(root, 176, 8, TINY_SPARE(1));
	add_file(&leaf, 300, 0, "file");
	tiny_poke(owners.fs->super, 0x60, 8, TINY_SPARE(0));
	owner_fs_write(&owners);
	tiny_put_leaf(owners.fs, owners.memory, TINY_SPARE(0), log, &roots);
	tiny_put_leaf(owners.fs, owners.memory, TINY_SPARE(1), log, &leaf);
	tiny_edit(owners.fs, owners.memory, TINY_SPARE(0), 80, 8, TINY_GENERATION + 1);
	tiny_edit(owners.fs, owners.memory, TINY_SPARE(1), 80, 8, TINY_GENERATION + 1);
	owners.source = tiny_open(owners.memory);
	assert_int_equal(zr_log_read(owners.source, true, &err), 0);
	owner_fs_expect(&owners, EXTENT + SECTOR, SECTOR, 0, "-6 level 0\n");
	owner_fs_expect(&owners, TINY_SPARE(1), TINY_NODE, 0, "-6 level 0\n");
	owner_fs_expect(&owners, EXTENT + LEN, SECTOR, 0, "");
	owner_fs_expect(&owners, TINY_SPARE(2), TINY_NODE, 0, "");
	owner_fs_free(&owners);
	free(roots.items);
	free(leaf.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_an_extent),
		cmocka_unit_test(test_both_parts_around_a_hole),
		cmocka_unit_test(test_inline_and_keyed_references),
		cmocka_unit_test(test_snapshot_shares_the_leaf),
		cmocka_unit_test(test_leaf_of_a_deleted_subvolume),
		cmocka_unit_test(test_many_snapshots_cost_one_search_each),
		cmocka_unit_test(test_far_parts_are_not_read),
		cmocka_unit_test(test_file_of_another_tree),
		cmocka_unit_test(test_extent_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
