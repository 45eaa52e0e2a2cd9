// SPDX-License-Identifier: GPL-2.0-or-later
#include "endless_fs.h"

#include "csum.h"
#include "key.h"
#include "le.h"
#include "range.h"

#include <stdlib.h>
#include <string.h>

#define ZONE (4ULL << 20)
#define ZONE_BLOCKS (ZONE / ENDLESS_NODE)
#define HEADER 101
#define FANOUT 480
#define GENERATION 42
#define SYSTEM_GROUPS 4
/* Zones in front of the first block group, and those that the third superblock keeps free. */
#define FIRST_ZONE 32
#define SUPER_ZONE 65536
#define SUPER_ZONES 2

static const uint8_t fsid[16] = "endless fs      ";
static const uint8_t device_uuid[16] = "endless device  ";

static const struct {
	uint64_t owner;
	uint32_t per_leaf;
} kinds[ENDLESS_TREES] = {
	[ENDLESS_CHUNK] = { 3, 140 }, [ENDLESS_ROOT] = { 1, 4 },   [ENDLESS_EXTENT] = { 2, 200 },
	[ENDLESS_DEV] = { 4, 200 },   [ENDLESS_CSUM] = { 7, 500 }, [ENDLESS_GROUP] = { 11, 300 },
};

/* Those that the tree of roots names, in its order. */
static const enum endless_tree rooted[] = { ENDLESS_EXTENT, ENDLESS_DEV, ENDLESS_CSUM,
					    ENDLESS_GROUP };

static void put16(uint8_t *at, uint16_t value)
{
	struct le16 bytes = le16_set(value);

	memcpy(at, &bytes, sizeof(bytes));
}

static void put32(uint8_t *at, uint32_t value)
{
	struct le32 bytes = le32_set(value);

	memcpy(at, &bytes, sizeof(bytes));
}

static void put64(uint8_t *at, uint64_t value)
{
	struct le64 bytes = le64_set(value);

	memcpy(at, &bytes, sizeof(bytes));
}

static void put_key(uint8_t *at, const struct zr_key *key)
{
	put64(at, key->objectid);
	at[8] = key->type;
	put64(at + 9, key->offset);
}

static uint64_t group_place(uint64_t group)
{
	uint64_t zone = FIRST_ZONE + group;

	return (zone < SUPER_ZONE ? zone : zone + SUPER_ZONES) * ZONE;
}

static uint64_t group_at(uint64_t physical)
{
	uint64_t zone = physical / ZONE;

	return (zone < SUPER_ZONE ? zone : zone - SUPER_ZONES) - FIRST_ZONE;
}

static uint32_t tree_groups(const struct endless_fs *fs)
{
	return SYSTEM_GROUPS + fs->metadata;
}

uint64_t endless_size(const struct endless_fs *fs)
{
	return group_place(fs->zones) + ZONE;
}

/* The number of a block among those of its kind of block group, as its place. */
static uint64_t block_place(enum endless_tree tree, uint64_t number)
{
	uint64_t group = number / ZONE_BLOCKS + (tree == ENDLESS_CHUNK ? 0 : SYSTEM_GROUPS);

	return group_place(group) + number % ZONE_BLOCKS * ENDLESS_NODE;
}

static uint64_t system_blocks(const struct endless_fs *fs)
{
	const struct endless_items *items = &fs->trees[ENDLESS_CHUNK];

	return items->first[items->root_level] + 1;
}

/* Which block of which tree it is. Returns whether it is one. */
static bool find_block(const struct endless_fs *fs, bool system, uint64_t number,
		       enum endless_tree *tree, uint8_t *level, uint64_t *index)
{
	for (*tree = system ? ENDLESS_CHUNK : ENDLESS_ROOT; *tree < ENDLESS_TREES; (*tree)++) {
		const struct endless_items *items = &fs->trees[*tree];

		for (*level = 0; *level <= items->root_level; (*level)++) {
			*index = number - items->first[*level];
			if (number >= items->first[*level] && *index < items->blocks[*level])
				return true;
		}
		if (system)
			return false;
	}
	return false;
}

static uint32_t put_chunk(uint64_t group, uint64_t flags, uint8_t *to)
{
	put64(to, ZONE);
	put64(to + 8, 2);
	put64(to + 16, 65536);
	put64(to + 24, flags);
	put32(to + 32, ENDLESS_SECTOR);
	put32(to + 36, ENDLESS_SECTOR);
	put32(to + 40, ENDLESS_SECTOR);
	put16(to + 44, 1);
	put16(to + 46, 1);
	put64(to + 48, 1);
	put64(to + 56, group_place(group));
	memcpy(to + 64, device_uuid, sizeof(device_uuid));
	return 80;
}

static uint32_t put_device(const struct endless_fs *fs, uint8_t *to)
{
	put64(to, 1);
	put64(to + 8, endless_size(fs));
	put64(to + 16, fs->zones * ZONE);
	put32(to + 32, ENDLESS_SECTOR);
	memcpy(to + 66, device_uuid, sizeof(device_uuid));
	memcpy(to + 82, fsid, sizeof(fsid));
	return 98;
}

static uint64_t group_flags(const struct endless_fs *fs, uint64_t group)
{
	if (group < SYSTEM_GROUPS)
		return 2;
	return group < tree_groups(fs) ? 4 : 1;
}

static uint64_t group_used(const struct endless_fs *fs, uint64_t group)
{
	uint64_t blocks = group < SYSTEM_GROUPS ? system_blocks(fs) : fs->blocks;
	uint64_t before = (group < SYSTEM_GROUPS ? group : group - SYSTEM_GROUPS) * ZONE_BLOCKS;

	if (group >= tree_groups(fs))
		return (uint64_t)fs->extents * ENDLESS_SECTOR;
	return blocks > before ? zr_min64(blocks - before, ZONE_BLOCKS) * ENDLESS_NODE : 0;
}

/* The items: @key and @to are filled, the size of what is in @to is returned. */

static uint32_t chunk_item(const struct endless_fs *fs, uint64_t index, struct zr_key *key,
			   uint8_t *to)
{
	if (!index) {
		*key = (struct zr_key){ 1, 216, 1 };
		return put_device(fs, to);
	}
	*key = (struct zr_key){ 256, 228, group_place(index - 1) };
	return put_chunk(index - 1, group_flags(fs, index - 1), to);
}

static uint32_t root_item(const struct endless_fs *fs, uint64_t index, struct zr_key *key,
			  uint8_t *to)
{
	const struct endless_items *items = &fs->trees[rooted[index]];

	*key = (struct zr_key){ kinds[rooted[index]].owner, 132, 0 };
	memset(to, 0, 439);
	put64(to + 160, GENERATION);
	put64(to + 176, block_place(rooted[index], items->first[items->root_level]));
	put32(to + 216, 1);
	to[238] = items->root_level;
	return 439;
}

static uint32_t block_item(const struct endless_fs *fs, bool system, uint64_t number,
			   struct zr_key *key, uint8_t *to)
{
	enum endless_tree tree;
	uint64_t index;
	uint8_t level = 0;

	if (!find_block(fs, system, number, &tree, &level, &index))
		abort();
	*key = (struct zr_key){ block_place(tree, number), 169, level };
	put64(to, 1);
	put64(to + 8, GENERATION);
	put64(to + 16, 2);
	to[24] = 176;
	put64(to + 25, kinds[tree].owner);
	return 33;
}

/* The place of an extent of data, by its number. */
static uint64_t data_place(const struct endless_fs *fs, uint64_t number)
{
	return group_place(tree_groups(fs) + number / fs->extents) +
	       number % fs->extents * 2 * ENDLESS_SECTOR;
}

static uint32_t extent_item(const struct endless_fs *fs, uint64_t index, struct zr_key *key,
			    uint8_t *to)
{
	uint64_t system = system_blocks(fs);

	if (index < system)
		return block_item(fs, true, index, key, to);
	if (index < system + fs->blocks)
		return block_item(fs, false, index - system, key, to);
	index -= system + fs->blocks;
	*key = (struct zr_key){ data_place(fs, index), 168, ENDLESS_SECTOR };
	put64(to, 1);
	put64(to + 8, GENERATION);
	put64(to + 16, 1);
	to[24] = 178;
	put64(to + 25, 5);
	put64(to + 33, 257);
	put64(to + 41, index * ENDLESS_SECTOR);
	put32(to + 49, 1);
	return 53;
}

static uint32_t dev_item(uint64_t index, struct zr_key *key, uint8_t *to)
{
	*key = (struct zr_key){ 1, 204, group_place(index) };
	put64(to, 3);
	put64(to + 8, 256);
	put64(to + 16, group_place(index));
	put64(to + 24, ZONE);
	memset(to + 32, 0, 16);
	return 48;
}

static uint32_t group_item(const struct endless_fs *fs, uint64_t index, struct zr_key *key,
			   uint8_t *to)
{
	*key = (struct zr_key){ group_place(index), 192, ZONE };
	put64(to, group_used(fs, index));
	put64(to + 8, 256);
	put64(to + 16, group_flags(fs, index));
	return 24;
}

static uint32_t put_item(const struct endless_fs *fs, enum endless_tree tree, uint64_t index,
			 struct zr_key *key, uint8_t *to)
{
	switch (tree) {
	case ENDLESS_CHUNK:
		return chunk_item(fs, index, key, to);
	case ENDLESS_ROOT:
		return root_item(fs, index, key, to);
	case ENDLESS_EXTENT:
		return extent_item(fs, index, key, to);
	case ENDLESS_DEV:
		return dev_item(index, key, to);
	case ENDLESS_CSUM:
		*key = (struct zr_key){ (uint64_t)-10, 128, data_place(fs, index) };
		memcpy(to, fs->csum, sizeof(fs->csum));
		return sizeof(fs->csum);
	case ENDLESS_GROUP:
		return group_item(fs, index, key, to);
	case ENDLESS_TREES:
		break;
	}
	abort();
}

static void put_leaf(const struct endless_fs *fs, enum endless_tree tree, uint64_t index,
		     uint8_t *block)
{
	uint32_t most = kinds[tree].per_leaf;
	uint64_t first = index * most;
	uint64_t count = zr_min64(fs->trees[tree].count - first, most);
	uint32_t data = ENDLESS_NODE - HEADER;
	uint8_t item[512] = { 0 };
	uint64_t i;

	for (i = 0; i < count; i++) {
		uint8_t *at = block + HEADER + i * 25;
		struct zr_key key;
		uint32_t size = put_item(fs, tree, first + i, &key, item);

		data -= size;
		put_key(at, &key);
		put32(at + 17, data);
		put32(at + 21, size);
		memcpy(block + HEADER + data, item, size);
	}
	put32(block + 96, (uint32_t)count);
}

static void put_node(const struct endless_fs *fs, enum endless_tree tree, uint8_t level,
		     uint64_t index, uint8_t *block)
{
	const struct endless_items *items = &fs->trees[tree];
	uint64_t first = index * FANOUT;
	uint64_t count = zr_min64(items->blocks[level - 1] - first, FANOUT);
	uint64_t below = kinds[tree].per_leaf; /* items below a child */
	uint8_t item[512] = { 0 };
	uint64_t i;

	for (i = 1; i < level; i++)
		below *= FANOUT;
	for (i = 0; i < count; i++) {
		uint8_t *at = block + HEADER + i * 33;
		struct zr_key key;

		put_item(fs, tree, (first + i) * below, &key, item);
		put_key(at, &key);
		put64(at + 17, block_place(tree, items->first[level - 1] + first + i));
		put64(at + 25, GENERATION);
	}
	put32(block + 96, (uint32_t)count);
}

static void seal(uint8_t *bytes, size_t len)
{
	uint8_t csum[ZR_CSUM_MAX];

	zr_csum(ZR_CSUM_CRC32C, bytes + ZR_CSUM_MAX, len - ZR_CSUM_MAX, csum);
	memcpy(bytes, csum, sizeof(csum));
}

void endless_block(const struct endless_fs *fs, uint64_t physical, uint8_t *to)
{
	uint64_t group = group_at(physical);
	bool system = group < SYSTEM_GROUPS;
	uint64_t number = (system ? group : group - SYSTEM_GROUPS) * ZONE_BLOCKS +
			  physical % ZONE / ENDLESS_NODE;
	enum endless_tree tree;
	uint64_t index;
	uint8_t level;

	memset(to, 0, ENDLESS_NODE);
	if (!find_block(fs, system, number, &tree, &level, &index))
		return;
	memcpy(to + 32, fsid, sizeof(fsid));
	put64(to + 48, block_place(tree, number));
	put64(to + 56, 0x0100000000000001);
	put64(to + 80, GENERATION);
	put64(to + 88, kinds[tree].owner);
	to[100] = level;
	if (level)
		put_node(fs, tree, level, index, to);
	else
		put_leaf(fs, tree, index, to);
	seal(to, ENDLESS_NODE);
}

void endless_super(const struct endless_fs *fs, uint64_t place, uint8_t *raw)
{
	const struct endless_items *roots = &fs->trees[ENDLESS_ROOT];
	const struct endless_items *chunks = &fs->trees[ENDLESS_CHUNK];
	uint64_t data_groups = fs->zones - tree_groups(fs);
	uint8_t *at = raw + 0x32b;
	uint64_t group;

	memset(raw, 0, ENDLESS_SECTOR);
	memcpy(raw + 0x20, fsid, sizeof(fsid));
	put64(raw + 0x30, place);
	put64(raw + 0x38, 1);
	memcpy(raw + 0x40, "_BHRfS_M", 8);
	put64(raw + 0x48, GENERATION);
	put64(raw + 0x50, block_place(ENDLESS_ROOT, roots->first[0]));
	put64(raw + 0x58, block_place(ENDLESS_CHUNK, chunks->first[chunks->root_level]));
	put64(raw + 0x70, endless_size(fs));
	put64(raw + 0x78, (system_blocks(fs) + fs->blocks) * ENDLESS_NODE +
				  data_groups * fs->extents * ENDLESS_SECTOR);
	put64(raw + 0x80, 6);
	put64(raw + 0x88, 1);
	put32(raw + 0x90, ENDLESS_SECTOR);
	put32(raw + 0x94, ENDLESS_NODE);
	put32(raw + 0x98, ENDLESS_NODE);
	put32(raw + 0x9c, ENDLESS_SECTOR);
	put64(raw + 0xa4, GENERATION);
	put64(raw + 0xb4, 0xb);
	put64(raw + 0xbc, 1 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 12);
	raw[0xc7] = chunks->root_level;
	put_device(fs, raw + 0xc9);
	for (group = 0; group < SYSTEM_GROUPS; group++) {
		const struct zr_key key = { 256, 228, group_place(group) };

		put_key(at, &key);
		at += 17 + put_chunk(group, 2, at + 17);
	}
	put32(raw + 0xa0, (uint32_t)(at - (raw + 0x32b)));
	seal(raw, ENDLESS_SECTOR);
}

static void lay_out(struct endless_fs *fs, enum endless_tree tree, uint64_t count, uint64_t *number)
{
	struct endless_items *items = &fs->trees[tree];
	uint64_t blocks = (count + kinds[tree].per_leaf - 1) / kinds[tree].per_leaf;
	uint8_t level = 0;

	items->count = count;
	for (;;) {
		items->first[level] = *number;
		items->blocks[level] = blocks;
		items->root_level = level;
		*number += blocks;
		if (blocks == 1)
			return;
		blocks = (blocks + FANOUT - 1) / FANOUT;
		if (++level == ENDLESS_LEVELS)
			abort();
	}
}

/* Sets blocks, which depends on itself, as each one has an item in the extent tree. */
static uint64_t lay_out_all(struct endless_fs *fs)
{
	uint64_t data = (uint64_t)(fs->zones - tree_groups(fs)) * fs->extents;
	uint64_t number = 0;

	lay_out(fs, ENDLESS_CHUNK, fs->zones + 1, &number);
	number = 0;
	lay_out(fs, ENDLESS_ROOT, sizeof(rooted) / sizeof(rooted[0]), &number);
	lay_out(fs, ENDLESS_EXTENT, system_blocks(fs) + fs->blocks + data, &number);
	lay_out(fs, ENDLESS_DEV, fs->zones, &number);
	lay_out(fs, ENDLESS_CSUM, data, &number);
	lay_out(fs, ENDLESS_GROUP, fs->zones, &number);
	return number;
}

bool endless_has_blocks(const struct endless_fs *fs, uint64_t physical)
{
	return physical >= FIRST_ZONE * ZONE && group_at(physical) < tree_groups(fs);
}

void endless_init(struct endless_fs *fs, uint32_t zones, uint32_t extents)
{
	uint8_t zeroes[ENDLESS_SECTOR] = { 0 };
	uint8_t csum[ZR_CSUM_MAX];
	uint64_t blocks;

	memset(fs, 0, sizeof(*fs));
	fs->zones = zones;
	fs->extents = extents;
	fs->metadata = 1;
	while ((blocks = lay_out_all(fs)) != fs->blocks) {
		fs->blocks = blocks;
		fs->metadata = (uint32_t)((blocks + ZONE_BLOCKS - 1) / ZONE_BLOCKS);
	}
	if (system_blocks(fs) > SYSTEM_GROUPS * ZONE_BLOCKS || extents * 2 * ENDLESS_SECTOR > ZONE)
		abort();
	zr_csum(ZR_CSUM_CRC32C, zeroes, ENDLESS_SECTOR, csum);
	memcpy(fs->csum, csum, sizeof(fs->csum));
}
