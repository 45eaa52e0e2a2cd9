// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: profiles NAME TOLERATES IMAGE...
 *
 * Reads everything that is in use in a file system of several devices, verified: with all of them,
 * without some, and with some that give wrong bytes or errors. What is read must be the same each
 * time, as long as no more than TOLERATES devices are lost; with one more it may only fail. One
 * line for each kind of loss says how many of the choices of devices were read.
 */
#include "read_all.h"
#include "super_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES 8
/* A node; four of them are an element of a stripe. */
#define SPOT 16384

enum loss {
	NOTHING,
	MISSING,
	WRONG, /* all but the superblocks */
	FAILING, /* all but the superblocks */
	MIXED, /* one missing, another one wrong */
	SPOTS, /* in places that differ, so that no row loses more than two stripes */
};

static const char *const loss_names[] = {
	[MISSING] = "missing",
	[WRONG] = "wrong",
	[FAILING] = "failing",
};

/* What was read, with and without checksums. */
struct contents {
	uint8_t verified[ZR_CSUM_MAX];
	uint8_t unverified[ZR_CSUM_MAX];
	uint64_t extents;
	struct zr_source_counters counters;
};

static struct {
	const char *name;
	unsigned int tolerates;
	unsigned int count;
	char **paths;
	struct zr_device *devices[DEVICES]; /* while they are open */
	struct zr_device_ops ops; /* of the library */
	enum loss loss;
	unsigned int lost; /* one bit for each device */
	unsigned int wrong; /* the same, if some are lost otherwise */
	/* Bytes of findings. */
	uint64_t repaired, rebuilt, damaged;
} run;

static void give_up(const char *what, const struct zr_error *err)
{
	fprintf(stderr, "%s: loss %d of devices 0x%x: %s: %s\n", run.name, run.loss, run.lost, what,
		err ? err->text : "");
	exit(1);
}

static unsigned int index_of(const struct zr_device *dev)
{
	unsigned int i;

	for (i = 0; i < run.count; i++)
		if (run.devices[i] == dev)
			return i;
	abort();
}

static bool is_wrong(unsigned int device, uint64_t physical)
{
	if (run.loss == SPOTS)
		return physical / SPOT % 4 == device % 4;
	return (run.loss == WRONG ? run.lost : run.wrong) & 1U << device;
}

static bool is_super(uint64_t physical)
{
	return physical == 64ULL << 10 || physical == 64ULL << 20;
}

static int read_wrong(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		      struct zr_error *err)
{
	unsigned int device = index_of(dev);
	int rc = run.ops.read(dev, physical, buffer, len, err);
	uint8_t *bytes = buffer;
	size_t i;

	if (run.loss == FAILING && run.lost & 1U << device && !is_super(physical))
		return zr_fail(err, ZR_E_SOURCE_READ, "device %u: fails", device);
	for (i = 0; !rc && !is_super(physical) && i < len; i++)
		if (is_wrong(device, physical + i))
			bytes[i] ^= 0x5a;
	return rc;
}

static struct zr_device *open_device(unsigned int i)
{
	static struct zr_device_ops ops;
	struct zr_error err = ZR_ERROR_INIT;

	if (zr_device_open(&run.devices[i], run.paths[i], ZR_ROLE_SOURCE, &err))
		give_up("open", &err);
	run.ops = *run.devices[i]->ops;
	ops = run.ops;
	ops.read = read_wrong;
	run.devices[i]->ops = &ops;
	return run.devices[i];
}

static bool is_there(unsigned int i)
{
	return (run.loss != MISSING && run.loss != MIXED) || !(run.lost & 1U << i);
}

/* The first device that is there is the one that is opened, the others are its members. */
static int open_source(struct zr_source **source, struct zr_error *err)
{
	const struct zr_source_options options = { .regular = 1, .degraded = 1 };
	struct zr_members *members = zr_members_new();
	struct zr_device *first;
	struct zr_super own;
	uint64_t physical;
	unsigned int i = 0;

	memset(run.devices, 0, sizeof(run.devices));
	while (!is_there(i))
		i++;
	first = open_device(i);
	if (!members || zr_super_read_regular(first, &own, &physical, err))
		give_up("superblock", err);
	while (++i < run.count)
		if (is_there(i) && zr_members_add(members, &own, open_device(i), err))
			give_up("member", err);
	return zr_source_open_device(source, first, members, &options, err);
}

static void fold(uint8_t digest[ZR_CSUM_MAX], const uint8_t *bytes, size_t len)
{
	uint8_t both[2 * ZR_CSUM_MAX];

	memcpy(both, digest, ZR_CSUM_MAX);
	zr_csum(ZR_CSUM_XXHASH, bytes, len, both + ZR_CSUM_MAX);
	zr_csum(ZR_CSUM_XXHASH, both, sizeof(both), digest);
}

static void fold_piece(void *owner, const struct zr_reader *reader, const struct zr_extent *extent,
		       const uint8_t *bytes, uint64_t len)
{
	struct contents *contents = owner;
	uint32_t sector = reader->reading.source->super.sectorsize;
	uint64_t i;

	for (i = 0; i < len / sector; i++) {
		bool verified = extent->kind == ZR_EXTENT_TREE_BLOCK || reader->csums.present[i];

		fold(verified ? contents->verified : contents->unverified, bytes + i * sector,
		     sector);
	}
}

/* Whatever was repaired lay on a device that fails or gives wrong bytes, at a place that does. */
static bool may_be_repaired(unsigned int device, uint64_t physical)
{
	if (run.loss == FAILING)
		return run.lost & 1U << device;
	return is_wrong(device, physical);
}

static int take_finding(void *owner, const struct zr_finding *finding, struct zr_error *err)
{
	unsigned int device = (unsigned int)finding->devid - 1;

	(void)owner;
	if (finding->kind == ZR_FINDING_REPAIRED && may_be_repaired(device, finding->physical))
		run.repaired += finding->len;
	else if (finding->kind == ZR_FINDING_REBUILT && run.lost && !finding->has_csum)
		run.rebuilt += finding->len;
	else if (finding->kind == ZR_FINDING_DAMAGED && run.loss == MIXED && !finding->has_csum)
		run.damaged += finding->len;
	else
		give_up("finding of a good place", err);
	return 0;
}

static int read_contents(struct contents *contents, struct zr_source *source, struct zr_error *err)
{
	struct read_all all;
	int rc;

	read_all_init(&all, source);
	all.reader.reading.found = take_finding;
	all.reader.reading.rescue = run.loss == MIXED;
	all.take = fold_piece;
	all.owner = contents;
	rc = read_all(&all, err);
	contents->extents = all.extents;
	contents->counters = source->counters;
	return rc;
}

/* Returns 0, or the failure when the file system could not be read. */
static int read_fs(struct contents *contents, enum loss loss, unsigned int lost)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source;
	int rc;

	memset(contents, 0, sizeof(*contents));
	run.loss = loss;
	run.lost = lost;
	run.repaired = 0;
	run.rebuilt = 0;
	run.damaged = 0;
	rc = open_source(&source, &err);
	if (!rc) {
		rc = read_contents(contents, source, &err);
		zr_source_close(source);
	}
	if (rc && loss == MISSING && rc != -ZR_E_MISSING)
		give_up("another failure than that of a missing device", &err);
	if (run.repaired != contents->counters.repaired ||
	    run.damaged != contents->counters.damaged)
		give_up("repairs were not told", NULL);
	return rc;
}

static bool is_same(const struct contents *a, const struct contents *b)
{
	bool silent = run.loss == WRONG || run.loss == MIXED || run.loss == SPOTS;

	if (memcmp(a->verified, b->verified, ZR_CSUM_MAX) || a->extents != b->extents ||
	    a->counters.metadata != b->counters.metadata ||
	    a->counters.verified != b->counters.verified ||
	    a->counters.unverified != b->counters.unverified + b->counters.damaged)
		return false;
	/* Nothing tells that these bytes are wrong, but missing ones are made. */
	return silent || !memcmp(a->unverified, b->unverified, ZR_CSUM_MAX);
}

/* All choices of some devices. */
static void try_choices(const struct contents *whole, enum loss loss, unsigned int number)
{
	unsigned int choices = 0;
	unsigned int good = 0;
	uint64_t repaired = 0;
	uint64_t rebuilt = 0;
	unsigned int lost;

	for (lost = 1; lost + 1 < 1U << run.count; lost++) {
		struct contents contents;

		if ((unsigned int)__builtin_popcount(lost) != number)
			continue;
		choices++;
		if (read_fs(&contents, loss, lost)) {
			if (number <= run.tolerates)
				give_up("cannot be read", NULL);
			continue;
		}
		good++;
		repaired += run.repaired;
		rebuilt += run.rebuilt;
		if (!is_same(whole, &contents) || (loss == MISSING && contents.counters.repaired))
			give_up("reads otherwise", NULL);
	}
	if (choices)
		printf("%s: %s %u: read %u of %u, repaired %" PRIu64 ", rebuilt %" PRIu64 "\n",
		       run.name, loss_names[loss], number, good, choices, repaired, rebuilt);
}

/* All choices of one device that is missing and another one that is wrong. */
static void try_mixed(const struct contents *whole)
{
	uint64_t repaired = 0;
	uint64_t damaged = 0;
	unsigned int i;

	for (i = 0; i < run.count * run.count; i++) {
		unsigned int missing = i / run.count;
		struct contents contents;

		run.wrong = 1U << i % run.count;
		if (run.wrong == 1U << missing)
			continue;
		if (read_fs(&contents, MIXED, 1U << missing) || !is_same(whole, &contents))
			give_up("reads otherwise", NULL);
		repaired += run.repaired;
		damaged += run.damaged;
	}
	run.wrong = 0;
	printf("%s: one missing, another one wrong: repaired %" PRIu64 ", damaged %" PRIu64 "\n",
	       run.name, repaired, damaged);
}

static void try_spots(const struct contents *whole)
{
	struct contents contents;

	if (read_fs(&contents, SPOTS, 0) || !is_same(whole, &contents))
		give_up("reads otherwise", NULL);
	printf("%s: wrong in spots: repaired %" PRIu64 "\n", run.name, contents.counters.repaired);
}

/* As a program opens it that wants to. */
static void open_by_name(void)
{
	struct zr_source_options options = {
		.size = sizeof(options),
		.members = (const char *const *)run.paths + 1,
		.member_count = run.count - 1,
	};
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source_info info;
	struct zr_source *source;

	if (zr_source_open(&source, run.paths[0], &options, &err) != -ZR_E_FEATURE)
		give_up("was not refused", &err);
	options.regular = 1;
	zr_error_clear(&err);
	if (zr_source_open(&source, run.paths[0], &options, &err))
		give_up("open by name", &err);
	zr_source_info(source, &info);
	if (info.devices != run.count || info.zone_size || info.zone_count || info.zoned)
		give_up("info", NULL);
	zr_source_close(source);
}

int main(int argc, char **argv)
{
	struct contents whole;
	unsigned int number;

	if (argc < 4 || argc - 3 > DEVICES)
		return 2;
	run.name = argv[1];
	run.tolerates = (unsigned int)atoi(argv[2]);
	run.count = (unsigned int)argc - 3;
	run.paths = argv + 3;
	open_by_name();
	if (read_fs(&whole, NOTHING, 0) || whole.counters.repaired)
		give_up("cannot be read", NULL);
	printf("%s: %" PRIu64 " extents, metadata %" PRIu64 ", verified %" PRIu64
	       ", unverified %" PRIu64 "\n",
	       run.name, whole.extents, whole.counters.metadata, whole.counters.verified,
	       whole.counters.unverified);
	for (number = 1; number <= run.tolerates + 1; number++) {
		try_choices(&whole, MISSING, number);
		try_choices(&whole, WRONG, number);
		try_choices(&whole, FAILING, number);
	}
	if (run.tolerates > 1)
		try_mixed(&whole);
	if (run.tolerates)
		try_spots(&whole);
	return 0;
}
