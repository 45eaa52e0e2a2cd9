// SPDX-License-Identifier: GPL-2.0-or-later
/* The array as it is, with its size in the input, and with a chunk that is not the system's. */
#include "seed.h"
#include "tiny_fs.h"

#include <string.h>

static void put_chunk(struct fuzz_seed *seed, struct tiny_fs *fs, uint64_t logical)
{
	const struct tiny_item *item = tiny_item(fs, TINY_CHUNK_TREE, 256, 228, logical);

	fuzz_put_number(seed, 8, item->key.objectid);
	fuzz_put_number(seed, 1, item->key.type);
	fuzz_put_number(seed, 8, item->key.offset);
	fuzz_put(seed, item->data, item->size);
}

/* The system chunk again, with @count stripes of a profile on one device, all in the same place. */
static void put_profile(struct fuzz_seed *seed, struct tiny_fs *fs, uint64_t flags,
			unsigned int count)
{
	const struct tiny_item *item = tiny_item(fs, TINY_CHUNK_TREE, 256, 228, TINY_SYSTEM);
	uint8_t chunk[48];
	unsigned int i;

	memcpy(chunk, item->data, sizeof(chunk));
	tiny_poke(chunk, 0, 8, 12 * 65536);
	tiny_poke(chunk, 24, 8, flags);
	tiny_poke(chunk, 44, 2, count);
	tiny_poke(chunk, 46, 2, flags & 0x40 ? 2 : 1);
	fuzz_put_number(seed, 8, item->key.objectid);
	fuzz_put_number(seed, 1, item->key.type);
	fuzz_put_number(seed, 8, item->key.offset);
	fuzz_put(seed, chunk, sizeof(chunk));
	for (i = 0; i < count; i++)
		fuzz_put(seed, item->data + 48, 32);
}

static void save_profiles(struct fuzz_seed *seed, const char *folder)
{
	static const struct {
		const char *name;
		uint64_t flags;
		unsigned int count;
	} profiles[] = {
		{ "regular-raid0", 0xa, 3 },	 { "regular-raid10", 0x42, 4 },
		{ "regular-raid1c3", 0x202, 3 }, { "regular-raid5-two", 0x82, 2 },
		{ "regular-raid5", 0x82, 4 },	 { "regular-raid6-three", 0x102, 3 },
		{ "regular-raid6", 0x102, 6 },
	};
	struct tiny_fs *fs = tiny_new(NULL);
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		fuzz_put_number(seed, 1, 4);
		put_profile(seed, fs, profiles[i].flags, profiles[i].count);
		fuzz_save(seed, folder, profiles[i].name);
	}
	tiny_free(fs);
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
	save_profiles(&seed, folder);
}
