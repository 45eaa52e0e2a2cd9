// SPDX-License-Identifier: GPL-2.0-or-later
/* The array as it is, with its size in the input, and with a chunk that is not the system's. */
#include "seed.h"
#include "tiny_fs.h"

static void put_chunk(struct fuzz_seed *seed, struct tiny_fs *fs, uint64_t logical)
{
	const struct tiny_item *item = tiny_item(fs, TINY_CHUNK_TREE, 256, 228, logical);

	fuzz_put_number(seed, 8, item->key.objectid);
	fuzz_put_number(seed, 1, item->key.type);
	fuzz_put_number(seed, 8, item->key.offset);
	fuzz_put(seed, item->data, item->size);
}

void fuzz_seeds(const char *folder)
{
	static const char *const names[] = { "single", "dup", "single-sized", "dup-two" };
	static struct fuzz_seed seed;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		const struct tiny_options options = { .dup = i & 1 };
		struct tiny_fs *fs = tiny_new(&options);

		fuzz_put_number(&seed, 1, i == 2 ? 2 : i & 1);
		if (i == 2)
			fuzz_put_number(&seed, 4, tiny_peek(fs->super, 0xa0, 4));
		put_chunk(&seed, fs, TINY_SYSTEM);
		if (i == 3)
			put_chunk(&seed, fs, TINY_METADATA);
		fuzz_save(&seed, folder, names[i]);
		tiny_free(fs);
	}
}
