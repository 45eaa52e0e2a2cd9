// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A new layout of a whole file system. Input: one byte for its shape (bit 0: two copies of
 * metadata; bit 1: a block group tree; bit 2: back references behind extents; bit 3: two leaves;
 * bit 4: it has zones), one for the way (bits 0 and 1: the target; bit 2: one copy of metadata; bit
 * 3: a rescue; bit 4: a new UUID), then edits, see edits.h. What was made is audited and replaced.
 */
#include "audit.h"
#include "checked_replace.h"
#include "edits.h"
#include "feature.h"

#define INCOMPAT_AT 0xbc

static const struct memory_options targets[] = {
	{ .zones = TINY_ZONES + 4 },
	{ .zones = TINY_ZONES + 4, .cap = 3 << 20 },
	{ .zones = TINY_ZONES + 4, .conventional = 3 },
	{ .zones = TINY_ZONES - 2, .offline = 3 },
};

/* What is made is a sound file system, which a replace takes without a repair. */
static void use_made(struct memory_device *made, const struct zr_progress *before)
{
	const struct memory_options same = { .zones = made->options.zones + 2 };
	const struct checked_options options = {
		.plan = { .size = sizeof(options.plan), .relayout = ZR_RELAYOUT_NEVER },
		.rescue = true,
	};
	bool lossless = !before->read.damaged && !before->read.lost;
	struct memory_device *to = memory_new(&same, "second target");
	struct zr_check_summary summary;
	struct zr_progress progress;
	int rc = zr_audit_device(&made->dev, NULL, NULL, &summary, NULL);

	fuzz_must(!lossless || (!rc && summary.complete && !summary.errors));
	fuzz_must(!checked_replace(made, to, &options, &progress));
	fuzz_must(!lossless || !(progress.read.repaired || progress.read.damaged));
	memory_free(to);
}

static void run(struct tiny_fs *fs, bool zoned, uint8_t way, struct fuzz_input edits)
{
	unsigned int flips;
	struct memory_device *from = edits_source(fs, !zoned, edits, &flips);
	struct memory_device *to = memory_new(&targets[way & 3], "target");
	const struct checked_options options = {
		.plan = {
			.size = sizeof(options.plan),
			.relayout = ZR_RELAYOUT_ALWAYS,
			.metadata = way & 4 ? ZR_METADATA_SINGLE : ZR_METADATA_DUP,
			.uuid = way & 16 ? ZR_UUID_NEW : ZR_UUID_KEEP,
			.fsid = "another fsid 16",
		},
		.regular = true,
		.rescue = way & 8,
	};
	bool untouched = !edits.left;
	struct zr_progress progress = { 0 };
	int rc = checked_replace(from, to, &options, &progress);

	fuzz_must(!rc || !untouched || (way & 3) == 3);
	if (!rc)
		use_made(to, &progress);
	memory_free(from);
	memory_free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint8_t shape = (uint8_t)fuzz_number(&input, 1);
	uint8_t way = (uint8_t)fuzz_number(&input, 1);
	const struct tiny_options options = {
		.dup = shape & 1,
		.group_tree = shape & 2,
		.keyed_refs = shape & 4,
		.leaves = shape & 8 ? 2 : 1,
	};
	struct tiny_fs *fs = tiny_new(&options);
	uint64_t incompat = tiny_peek(fs->super, INCOMPAT_AT, 8);

	if (!(shape & 16))
		tiny_poke(fs->super, INCOMPAT_AT, 8, incompat & ~BTRFS_INCOMPAT_ZONED);
	run(fs, shape & 16, way, input);
	tiny_free(fs);
	return 0;
}
