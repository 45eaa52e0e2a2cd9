// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole file system without zones. Input: one byte for its shape (bits 0 and 1: profile of its
 * metadata; bit 2: a block group tree; bit 3: back references behind extents; bit 4: two leaves;
 * bit 5: its second device is missing; bit 6: a rescue), then edits, see edits.h. It is opened, and
 * what is in use is read.
 */
#include "edits.h"
#include "feature.h"
#include "read_all.h"
#include "super_read.h"

#define INCOMPAT_AT 0xbc
/* Of the first chunk of the array in the superblock. */
#define SYSTEM_TYPE_AT (0x32b + 17 + 24)
#define CHUNK_ITEM 228
#define GROUP_ITEM 192
#define RAID1 0x10ULL
#define RAID5 0x80ULL
#define RAID10 0x40ULL

/* Those that lie as RAID1 does on two devices, as one stripe of data and its parity are the same.
 */
static const uint64_t profiles[] = { 0, RAID1, RAID5, RAID10 };

static void set_profile(uint8_t *bytes, size_t at, uint64_t profile)
{
	uint64_t flags = tiny_peek(bytes, at, 8);

	if (flags & RAID1)
		tiny_poke(bytes, at, 8, (flags & ~RAID1) | profile);
}

static void set_profiles(struct tiny_fs *fs, uint64_t profile)
{
	enum tiny_tree tree;
	size_t i;

	set_profile(fs->super, SYSTEM_TYPE_AT, profile);
	tiny_poke(fs->super, SYSTEM_TYPE_AT + 22, 2, 2);
	for (tree = 0; tree < TINY_TREES; tree++) {
		for (i = 0; i < fs->trees[tree].count; i++) {
			struct tiny_item *item = &fs->trees[tree].items[i];

			if (item->key.type == CHUNK_ITEM) {
				set_profile(item->data, 24, profile);
				tiny_poke(item->data, 46, 2, 2);
			}
			if (item->key.type == GROUP_ITEM)
				set_profile(item->data, 16, profile);
		}
	}
}

static int open_fs(struct zr_source **source, struct memory_device *memory,
		   struct memory_device *peer, struct zr_error *err)
{
	const struct zr_source_options options = { .regular = 1, .degraded = 1 };
	struct zr_members *members = zr_members_new();
	struct zr_super own;
	uint64_t physical;
	int rc = zr_super_read_regular(&memory->dev, &own, &physical, err);

	fuzz_must(members);
	if (!rc && peer)
		rc = zr_members_add(members, &own, &peer->dev, err);
	if (!rc)
		return zr_source_open_device(source, &memory->dev, members, &options, err);
	zr_members_free(members);
	return rc;
}

static int read_fs(struct zr_source *source, bool rescue)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct read_all all;

	read_all_init(&all, source);
	all.reader.reading.rescue = rescue;
	return fuzz_result(read_all(&all, &err), &err);
}

static void run(struct tiny_fs *fs, uint8_t shape, struct fuzz_input edits)
{
	bool untouched = !edits.left;
	unsigned int flips;
	struct memory_device *memory = edits_source(fs, true, edits, &flips);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source;
	int rc;

	rc = fuzz_result(open_fs(&source, memory, shape & 32 ? NULL : fs->peer, &err), &err);
	fuzz_must(!rc || !untouched);
	if (!rc) {
		rc = read_fs(source, shape & 64);
		fuzz_must(!untouched || (!rc && !source->counters.repaired));
		zr_source_close(source);
	}
	memory_free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint8_t shape = (uint8_t)fuzz_number(&input, 1);
	uint64_t profile = profiles[shape & 3];
	const struct tiny_options options = {
		.mirrored = profile,
		.group_tree = shape & 4,
		.keyed_refs = shape & 8,
		.leaves = shape & 16 ? 2 : 1,
	};
	struct tiny_fs *fs = tiny_new(&options);
	uint64_t incompat = tiny_peek(fs->super, INCOMPAT_AT, 8);

	tiny_poke(fs->super, INCOMPAT_AT, 8, incompat & ~BTRFS_INCOMPAT_ZONED);
	if (profile)
		set_profiles(fs, profile);
	run(fs, shape, input);
	tiny_free(fs);
	return 0;
}
