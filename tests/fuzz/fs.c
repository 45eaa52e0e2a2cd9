// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A whole file system. Input: one byte for its shape (bit 0: two copies of metadata; bit 1: a block
 * group tree; bit 2: back references behind extents; bit 3: two leaves; bit 4: on a regular device;
 * bit 5: zones keep the length of the source's; bit 6: there is a tree-log; bit 7: it is dropped),
 * one for the way (bits 0 to 2: the target; bit 3: a rescue; bits 4 and 5: the UUID; bit 6: as
 * large as the target), then edits, see edits.h. It is opened, planned and replaced; what was made
 * is replaced once more. Both are audited.
 */
#include "audit.h"
#include "checked_replace.h"
#include "edits.h"

#define OLD_BYTES 4096

static const struct memory_options targets[] = {
	{ .zones = TINY_ZONES },
	{ .zones = TINY_ZONES + 2, .cap = 3 << 20 },
	{ .zones = TINY_ZONES, .conventional = 2 },
	{ .zones = TINY_ZONES, .regular = true },
	{ .zones = TINY_ZONES, .max_active = 8 },
	{ .zones = TINY_ZONES, .conventional = 1 },
	{ .zones = TINY_ZONES + 2, .offline = 3 },
	{ .zones = TINY_ZONES - 2 },
};

static struct memory_device *make_target(uint8_t number)
{
	static const uint8_t old[OLD_BYTES] = { 0xee };
	const struct memory_options *options =
		&targets[number % (sizeof(targets) / sizeof(targets[0]))];
	struct memory_device *memory = memory_new(options, "target");
	uint32_t i;

	for (i = 0; i < options->zones; i++)
		memory_place(memory, i * MEMORY_ZONE_SIZE, old, sizeof(old));
	memory_forget(memory);
	return memory;
}

/*
 * What was made holds everything that it needs; if it is a copy without a loss, nothing in it has
 * to be repaired.
 */
static void replace_again(struct memory_device *made, struct checked_options options,
			  const struct zr_progress *before)
{
	const struct memory_options same = { .zones = made->options.zones + 2, .offline = 3 };
	struct memory_device *to = memory_new(&same, "second target");
	struct zr_progress progress;

	options.equal = true;
	fuzz_must(!checked_replace(made, to, &options, &progress));
	fuzz_must(progress.copied == before->copied);
	if (!before->read.damaged && !before->read.lost) {
		fuzz_must(!progress.read.repaired);
		fuzz_must(progress.read.verified == before->read.verified);
		fuzz_must(progress.read.unverified == before->read.unverified);
	}
	memory_free(to);
}

/* An audit takes anything, and finds no fault with what was made without a loss. */
static void audit(struct memory_device *memory, bool sound)
{
	struct zr_check_summary summary;
	int rc = zr_audit_device(&memory->dev, NULL, NULL, &summary, NULL);

	fuzz_must(!sound || (!rc && summary.complete && !summary.errors));
}

static void run(struct tiny_fs *fs, uint8_t shape, uint8_t way, struct fuzz_input edits)
{
	unsigned int flips;
	struct memory_device *from = edits_source(fs, shape & 16, edits, &flips);
	struct memory_device *to = make_target(way);
	const struct checked_options options = {
		.plan.size = sizeof(options.plan),
		.plan.tail = shape & 32 ? ZR_TAIL_SOURCE : ZR_TAIL_USED,
		.plan.log = shape & 128 ? ZR_LOG_DROP : ZR_LOG_COPY,
		.plan.uuid = way >> 4 & 3 ? (way >> 4 & 3) - 1 : ZR_UUID_KEEP,
		.plan.resize = way & 64 ? ZR_RESIZE_MAX : ZR_RESIZE_KEEP,
		.rescue = way & 8,
		.equal = !flips,
	};
	struct zr_progress progress = { 0 };

	if (!checked_replace(from, to, &options, &progress)) {
		audit(to, !progress.read.damaged && !progress.read.lost);
		replace_again(to, options, &progress);
	}
	audit(from, false);
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
		.log = shape & 64,
	};
	struct tiny_fs *fs = tiny_new(&options);

	run(fs, shape, way, input);
	tiny_free(fs);
	return 0;
}
