// SPDX-License-Identifier: GPL-2.0-or-later
/* Each shape and way without an edit, and some with one in what gets new addresses. */
#include "edits.h"
#include "ondisk.h"
#include "seed.h"

#include <stdio.h>

static const struct {
	const char *name;
	uint8_t shape, way, kind, which;
	uint16_t at;
	uint8_t size;
	uint64_t value;
} seeds[] = {
	{ "extent-key", 0, 0, EDIT_KEY, TINY_EXTENT_TREE, 0, 8, TINY_DATA + 4096 },
	{ "extent-len", 1, 1, EDIT_ITEM, TINY_EXTENT_TREE, 0, 8, 4096 },
	{ "csum-key", 2, 2, EDIT_KEY, TINY_CSUM_TREE, 2, 8, TINY_DATA + 4096 },
	{ "no-csum", 3, 3, EDIT_REMOVE, TINY_CSUM_TREE, 0, 1, 0 },
	{ "no-extent", 20, 4, EDIT_REMOVE, TINY_EXTENT_TREE, 3, 1, 0 },
	{ "one-copy", 1, 0, EDIT_FLIP, 1, 16, 1, 1 },
	{ "data", 0, 8, EDIT_FLIP, 2, 0, 1, 0 },
	{ "generation", 13, 1, EDIT_BLOCK, TINY_DEV_TREE, 80, 8, 41 },
	{ "group-used", 2, 0, EDIT_ITEM, TINY_GROUP_TREE, 0, 8, 0 },
};

/* A file that is in a tree, with an extent that gets another address or becomes a hole. */
static void save_file(struct fuzz_seed *seed, const char *folder, const char *name, uint8_t type)
{
	fuzz_put_number(seed, 2, 0);
	fuzz_put_edit(seed, EDIT_ADD, TINY_FS_TREE, 257, 8, 0);
	fuzz_put_number(seed, 1, BTRFS_EXTENT_DATA_KEY);
	fuzz_put_number(seed, 1, sizeof(struct btrfs_file_extent_item));
	fuzz_put_number(seed, 8, TINY_GENERATION);
	fuzz_put_number(seed, 8, 5 * TINY_SECTOR);
	fuzz_put_number(seed, 5, (uint64_t)type << 32);
	fuzz_put_number(seed, 8, TINY_DATA);
	fuzz_put_number(seed, 8, 5 * TINY_SECTOR);
	fuzz_put_number(seed, 8, 0);
	fuzz_put_number(seed, 8, 5 * TINY_SECTOR);
	fuzz_save(seed, folder, name);
}

void fuzz_seeds(const char *folder)
{
	static struct fuzz_seed seed;
	char name[16];
	size_t i;

	for (i = 0; i < 32; i++) {
		fuzz_put_number(&seed, 1, i);
		fuzz_put_number(&seed, 1, i ^ i >> 2);
		snprintf(name, sizeof(name), "shape-%zu", i);
		fuzz_save(&seed, folder, name);
	}
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		fuzz_put_number(&seed, 1, seeds[i].shape);
		fuzz_put_number(&seed, 1, seeds[i].way);
		fuzz_put_edit(&seed, seeds[i].kind, seeds[i].which, seeds[i].at, seeds[i].size,
			      seeds[i].value);
		fuzz_save(&seed, folder, seeds[i].name);
	}
	save_file(&seed, folder, "file", 1);
	save_file(&seed, folder, "allocated", 2);
}
