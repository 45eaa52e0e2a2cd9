// SPDX-License-Identifier: GPL-2.0-or-later
/* Each shape and target without an edit, one edit of each kind, and files whose extents are bad. */
#include "edits.h"
#include "ondisk.h"
#include "seed.h"

#include <stdio.h>

static const struct {
	const char *name;
	uint8_t shape, target, kind, which;
	uint16_t at;
	uint8_t size;
	uint64_t value;
} seeds[] = {
	{ "label", 0, 0, EDIT_SUPER, 0, 0x12b, 4, 0x656e6f },
	{ "data-len", 1, 1, EDIT_ITEM, TINY_EXTENT_TREE, 0, 8, 4096 },
	{ "csum-key", 2, 2, EDIT_KEY, TINY_CSUM_TREE, 2, 8, TINY_DATA + 4096 },
	{ "no-csum", 3, 3, EDIT_REMOVE, TINY_CSUM_TREE, 0, 1, 0 },
	{ "two-extents", 9, 4, EDIT_REPEAT, TINY_EXTENT_TREE, 0x101, 4, 0x10000 },
	{ "generation", 13, 5, EDIT_BLOCK, TINY_DEV_TREE, 80, 8, 41 },
	{ "one-copy", 17, 0, EDIT_FLIP, 1, 16, 1, 1 },
	{ "full-zone", 33, 1, EDIT_ZONE, 2, 4, 8, 0 },
	{ "logged", 64, 0, EDIT_ITEM, TINY_LOG_TREE, 21, 8, TINY_DATA },
	{ "two-files", 65, 1, EDIT_REPEAT, TINY_LOG_TREE, 1, 1, 1 },
	{ "log-dropped", 192, 1, EDIT_REMOVE, TINY_LOG_TREE, 0, 1, 0 },
};

/* A file with a name and the first data extent, which says so, and two bad sectors in it. */
static void save_file(struct fuzz_seed *seed, const char *folder, uint8_t way)
{
	fuzz_put_number(seed, 1, 0);
	fuzz_put_number(seed, 1, way);
	fuzz_put_edit(seed, EDIT_ADD, TINY_FS_TREE, 257, 8, 256);
	fuzz_put_number(seed, 1, BTRFS_INODE_REF_KEY);
	fuzz_put_number(seed, 1, 14);
	fuzz_put_number(seed, 8, 2);
	fuzz_put_number(seed, 2, 4);
	fuzz_put(seed, "name", 4);
	fuzz_put_edit(seed, EDIT_ADD, TINY_FS_TREE, 257, 8, 0);
	fuzz_put_number(seed, 1, BTRFS_EXTENT_DATA_KEY);
	fuzz_put_number(seed, 1, sizeof(struct btrfs_file_extent_item));
	fuzz_put_number(seed, 8, TINY_GENERATION);
	fuzz_put_number(seed, 8, 5 * TINY_SECTOR);
	fuzz_put_number(seed, 5, 1ULL << 32);
	fuzz_put_number(seed, 8, TINY_DATA);
	fuzz_put_number(seed, 8, 5 * TINY_SECTOR);
	fuzz_put_number(seed, 8, 0);
	fuzz_put_number(seed, 8, 5 * TINY_SECTOR);
	fuzz_put_edit(seed, EDIT_ITEM, TINY_EXTENT_TREE, 0x819, 8, 5);
	fuzz_put_edit(seed, EDIT_ITEM, TINY_EXTENT_TREE, 0x821, 8, 257);
	fuzz_put_edit(seed, EDIT_FLIP, 2, 0, 8, 0);
	fuzz_put_edit(seed, EDIT_FLIP, 2, TINY_SECTOR / 8, 8, 0);
	fuzz_save(seed, folder, "file");
}

void fuzz_seeds(const char *folder)
{
	static struct fuzz_seed seed;
	char name[16];
	size_t i;

	for (i = 0; i < 128; i++) {
		fuzz_put_number(&seed, 1, i);
		fuzz_put_number(&seed, 1, i / 4);
		snprintf(name, sizeof(name), "shape-%zu", i);
		fuzz_save(&seed, folder, name);
	}
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		fuzz_put_number(&seed, 1, seeds[i].shape);
		fuzz_put_number(&seed, 1, seeds[i].target);
		fuzz_put_edit(&seed, seeds[i].kind, seeds[i].which, seeds[i].at, seeds[i].size,
			      seeds[i].value);
		fuzz_save(&seed, folder, seeds[i].name);
	}
	save_file(&seed, folder, 8);
}
