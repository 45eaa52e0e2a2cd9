// SPDX-License-Identifier: GPL-2.0-or-later
/* The tree blocks of a tiny file system, each with another checksum. */
#include "seed.h"
#include "tiny_fs.h"

#define HEADER 101

/* Blocks of a tiny file system, without the hole between item table and item data. */
static void put_block(struct fuzz_seed *seed, const uint8_t *bytes, uint8_t type)
{
	size_t count = (size_t)tiny_peek(bytes, 96, 4);
	size_t first = HEADER + count * (bytes[100] ? 33 : 25);
	size_t rest = TINY_NODE;

	if (count && !bytes[100])
		rest = HEADER + (size_t)tiny_peek(bytes, HEADER + (count - 1) * 25 + 17, 4);
	fuzz_put_number(seed, 1, 4 | 8 | 16 | (type % 4));
	fuzz_put_number(seed, 2, first);
	fuzz_put(seed, bytes, first);
	fuzz_put(seed, bytes + rest, TINY_NODE - rest);
}

void fuzz_seeds(const char *folder)
{
	static const char *const names[] = { "chunk", "root", "extent", "device", "csum", "fs" };
	const struct tiny_options options = { .dup = true, .leaves = 2 };
	static struct fuzz_seed seed;
	struct tiny_fs *fs = tiny_new(&options);
	struct memory_device *memory = tiny_source(fs, false);
	uint8_t tree;

	for (tree = 0; tree < TINY_GROUP_TREE; tree++) {
		put_block(&seed, memory->bytes + tiny_physical(fs->trees[tree].root, 0), tree);
		fuzz_save(&seed, folder, names[tree]);
	}
	put_block(&seed, memory->bytes + tiny_physical(fs->trees[TINY_EXTENT_TREE].leaves[0], 0),
		  3);
	fuzz_save(&seed, folder, "extent-leaf");
	memory_free(memory);
	tiny_free(fs);
}
