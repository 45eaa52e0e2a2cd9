// SPDX-License-Identifier: GPL-2.0-or-later
/* Extents with one back reference of each kind, and names. */
#include "ondisk.h"
#include "seed.h"

static void start(struct fuzz_seed *seed, uint64_t objectid, uint8_t type, uint64_t offset)
{
	fuzz_put_number(seed, 1, 16);
	fuzz_put_number(seed, 8, 7);
	fuzz_put_number(seed, 8, objectid);
	fuzz_put_number(seed, 1, type);
	fuzz_put_number(seed, 8, offset);
}

static void save_extent(struct fuzz_seed *seed, const char *folder)
{
	start(seed, 1 << 20, BTRFS_EXTENT_ITEM_KEY, 65536);
	fuzz_put_number(seed, 8, 4);
	fuzz_put_number(seed, 8, 7);
	fuzz_put_number(seed, 8, BTRFS_EXTENT_FLAG_DATA);
	fuzz_put_number(seed, 1, BTRFS_EXTENT_OWNER_REF_KEY);
	fuzz_put_number(seed, 8, 5);
	fuzz_put_number(seed, 1, BTRFS_EXTENT_DATA_REF_KEY);
	fuzz_put_number(seed, 8, 5);
	fuzz_put_number(seed, 8, 257);
	fuzz_put_number(seed, 8, 0);
	fuzz_put_number(seed, 4, 1);
	fuzz_put_number(seed, 1, BTRFS_SHARED_DATA_REF_KEY);
	fuzz_put_number(seed, 8, 1 << 21);
	fuzz_put_number(seed, 4, 1);
	fuzz_save(seed, folder, "data");
}

static void save_tree_block(struct fuzz_seed *seed, const char *folder)
{
	start(seed, 1 << 20, BTRFS_METADATA_ITEM_KEY, 0);
	fuzz_put_number(seed, 8, 2);
	fuzz_put_number(seed, 8, 7);
	fuzz_put_number(seed, 8, BTRFS_EXTENT_FLAG_TREE_BLOCK);
	fuzz_put_number(seed, 1, BTRFS_TREE_BLOCK_REF_KEY);
	fuzz_put_number(seed, 8, 5);
	fuzz_put_number(seed, 1, BTRFS_SHARED_BLOCK_REF_KEY);
	fuzz_put_number(seed, 8, 1 << 21);
	fuzz_save(seed, folder, "tree-block");
}

static void save_names(struct fuzz_seed *seed, const char *folder)
{
	start(seed, 257, BTRFS_INODE_REF_KEY, 256);
	fuzz_put_number(seed, 8, 2);
	fuzz_put_number(seed, 2, 4);
	fuzz_put(seed, "name", 4);
	fuzz_save(seed, folder, "inode");
	start(seed, 257, BTRFS_ROOT_BACKREF_KEY, 5);
	fuzz_put_number(seed, 8, 256);
	fuzz_put_number(seed, 8, 2);
	fuzz_put_number(seed, 2, 4);
	fuzz_put(seed, "name", 4);
	fuzz_save(seed, folder, "subvolume");
}

void fuzz_seeds(const char *folder)
{
	static struct fuzz_seed seed;

	save_extent(&seed, folder);
	save_tree_block(&seed, folder);
	save_names(&seed, folder);
}
