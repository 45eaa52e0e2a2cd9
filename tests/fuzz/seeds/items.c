// SPDX-License-Identifier: GPL-2.0-or-later
/* All items of a tiny file system, and an unfinished replace of the kernel. */
#include "ondisk.h"
#include "seed.h"
#include "tiny_fs.h"

#include <stdio.h>

static void save_item(const struct tiny_item *item, const char *folder)
{
	static struct fuzz_seed seed;
	char name[64];

	fuzz_put_number(&seed, 1, 16);
	fuzz_put_number(&seed, 8, TINY_GENERATION);
	fuzz_put_number(&seed, 8, item->key.objectid);
	fuzz_put_number(&seed, 1, item->key.type);
	fuzz_put_number(&seed, 8, item->key.offset);
	fuzz_put(&seed, item->data, item->size);
	snprintf(name, sizeof(name), "%u-%llu", item->key.type,
		 (unsigned long long)item->key.offset);
	fuzz_save(&seed, folder, name);
}

void fuzz_seeds(const char *folder)
{
	const struct tiny_options options = { .dup = true, .group_tree = true };
	struct tiny_fs *fs = tiny_new(&options);
	struct tiny_item *replaced = tiny_add(fs, TINY_DEV_TREE, 0, BTRFS_DEV_REPLACE_KEY, 0, 72);
	unsigned int tree;
	size_t i;

	tiny_poke(replaced->data, 32, 8, 1);
	for (tree = 0; tree < TINY_TREES; tree++)
		for (i = 0; i < fs->trees[tree].count; i++)
			save_item(&fs->trees[tree].items[i], folder);
	tiny_free(fs);
}
