// SPDX-License-Identifier: GPL-2.0-or-later
#include "tiny_fs.h"

#include "csum.h"

#include <stdlib.h>
#include <string.h>

#define SYSTEM_FLAG 0x2
#define METADATA_FLAG 0x4
#define DATA_FLAG 0x1
#define DUP_FLAG 0x20
#define RAID1_FLAG 0x10

/* Slots of tree blocks in the metadata block group; the third one is a gap. */
#define SLOT_EXTENT_LEAVES 8
#define SLOT_CSUM_LEAVES (SLOT_EXTENT_LEAVES + TINY_LEAVES_MAX)
#define SLOT_LOG (SLOT_CSUM_LEAVES + TINY_LEAVES_MAX)

const uint8_t tiny_fsid[16] = { 0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87,
				0x98, 0xa9, 0xba, 0xcb, 0xdc, 0xed, 0xfe, 0x0f };
static const uint8_t device_uuids[2][16] = {
	{ 0xd0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 0xd1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
};

static const uint64_t owners[TINY_TREES] = {
	[TINY_CHUNK_TREE] = 3, [TINY_ROOT_TREE] = 1, [TINY_EXTENT_TREE] = 2, [TINY_DEV_TREE] = 4,
	[TINY_CSUM_TREE] = 7,  [TINY_FS_TREE] = 5,   [TINY_GROUP_TREE] = 11,
};

static const uint64_t root_places[TINY_TREES] = {
	[TINY_CHUNK_TREE] = TINY_SYSTEM,
	[TINY_ROOT_TREE] = TINY_METADATA,
	[TINY_EXTENT_TREE] = TINY_METADATA + 1 * TINY_NODE,
	[TINY_DEV_TREE] = TINY_METADATA + 3 * TINY_NODE,
	[TINY_CSUM_TREE] = TINY_METADATA + 4 * TINY_NODE,
	[TINY_FS_TREE] = TINY_METADATA + 5 * TINY_NODE,
	[TINY_GROUP_TREE] = TINY_METADATA + 6 * TINY_NODE,
	[TINY_LOG_ROOTS] = TINY_METADATA + SLOT_LOG * TINY_NODE,
	[TINY_LOG_TREE] = TINY_METADATA + (SLOT_LOG + 1) * TINY_NODE,
};

/* Three zones and what they hold; in the order of their logical addresses. */
static const struct {
	uint64_t logical;
	uint64_t flag;
	uint32_t zone_no;
} groups[] = {
	{ TINY_SYSTEM, SYSTEM_FLAG, 5 },
	{ TINY_METADATA, METADATA_FLAG, 3 },
	{ TINY_DATA, DATA_FLAG, 2 },
};

static const struct tiny_extent default_data[] = {
	{ 0, 5 * TINY_SECTOR, false },
	{ 8 * TINY_SECTOR, 3 * TINY_SECTOR, true },
	{ 16 * TINY_SECTOR, 2 * TINY_SECTOR, false },
	{ 18 * TINY_SECTOR, 4 * TINY_SECTOR, false },
};

static void *memory_or_end(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

void tiny_poke(uint8_t *bytes, size_t at, size_t size, uint64_t value)
{
	size_t i;

	for (i = 0; i < size; i++)
		bytes[at + i] = (uint8_t)(value >> 8 * i);
}

uint64_t tiny_peek(const uint8_t *bytes, size_t at, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | bytes[at + size];
	return value;
}

uint64_t tiny_physical(uint64_t logical, unsigned int mirror)
{
	uint64_t offset = (logical - TINY_SYSTEM) % MEMORY_ZONE_SIZE;
	size_t group = (size_t)((logical - TINY_SYSTEM) / MEMORY_ZONE_SIZE);

	return (groups[group].zone_no + mirror) * MEMORY_ZONE_SIZE + offset;
}

uint64_t tiny_other_copy(uint64_t physical)
{
	size_t g;

	for (g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		uint64_t first = groups[g].zone_no * MEMORY_ZONE_SIZE;

		if (groups[g].flag == DATA_FLAG || physical < first ||
		    physical >= first + 2 * MEMORY_ZONE_SIZE)
			continue;
		return physical < first + MEMORY_ZONE_SIZE ? physical + MEMORY_ZONE_SIZE
							   : physical - MEMORY_ZONE_SIZE;
	}
	return physical;
}

static struct zr_key key_of(uint64_t objectid, uint8_t type, uint64_t offset)
{
	struct zr_key key = { .objectid = objectid, .type = type, .offset = offset };

	return key;
}

struct tiny_item *tiny_list_add(struct tiny_items *list, uint64_t objectid, uint8_t type,
				uint64_t offset, uint32_t size)
{
	struct zr_key key = key_of(objectid, type, offset);
	size_t at = list->count;

	list->items = reallocarray(list->items, list->count + 1, sizeof(*list->items));
	if (!list->items || size > TINY_ITEM_MAX)
		abort();
	while (at > 0 && zr_key_compare(&list->items[at - 1].key, &key) > 0)
		at--;
	memmove(&list->items[at + 1], &list->items[at], (list->count - at) * sizeof(*list->items));
	list->count++;
	memset(&list->items[at], 0, sizeof(*list->items));
	list->items[at].key = key;
	list->items[at].size = size;
	return &list->items[at];
}

struct tiny_item *tiny_add(struct tiny_fs *fs, enum tiny_tree tree, uint64_t objectid, uint8_t type,
			   uint64_t offset, uint32_t size)
{
	return tiny_list_add(&fs->trees[tree], objectid, type, offset, size);
}

struct tiny_item *tiny_item(struct tiny_fs *fs, enum tiny_tree tree, uint64_t objectid,
			    uint8_t type, uint64_t offset)
{
	struct zr_key key = key_of(objectid, type, offset);
	struct tiny_items *list = &fs->trees[tree];
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!zr_key_compare(&list->items[i].key, &key))
			return &list->items[i];
	abort();
}

void tiny_remove(struct tiny_fs *fs, enum tiny_tree tree, uint64_t objectid, uint8_t type,
		 uint64_t offset)
{
	struct tiny_item *item = tiny_item(fs, tree, objectid, type, offset);
	struct tiny_items *list = &fs->trees[tree];
	size_t at = (size_t)(item - list->items);

	list->count--;
	memmove(item, item + 1, (list->count - at) * sizeof(*item));
}

bool tiny_has_tree(const struct tiny_fs *fs, enum tiny_tree tree)
{
	switch (tree) {
	case TINY_GROUP_TREE:
		return fs->options.group_tree;
	case TINY_LOG_ROOTS:
	case TINY_LOG_TREE:
		return fs->options.log;
	default:
		return true;
	}
}

static unsigned int copies(const struct tiny_fs *fs, uint64_t logical)
{
	return (fs->options.dup || fs->options.mirrored) && logical < TINY_DATA ? 2 : 1;
}

/* Number of the device that a copy is on, from 0. */
static unsigned int device_of(const struct tiny_fs *fs, unsigned int mirror)
{
	return fs->options.mirrored ? mirror : 0;
}

static uint64_t profile_flag(const struct tiny_fs *fs, uint64_t logical)
{
	if (copies(fs, logical) == 1)
		return 0;
	return fs->options.mirrored ? RAID1_FLAG : DUP_FLAG;
}

/* A chunk without its key, which is the same in the tree and in the superblock. */
static uint32_t describe_chunk(const struct tiny_fs *fs, size_t group, uint8_t *to)
{
	unsigned int count = copies(fs, groups[group].logical);
	unsigned int i;

	tiny_poke(to, 0, 8, MEMORY_ZONE_SIZE);
	tiny_poke(to, 8, 8, 2);
	tiny_poke(to, 16, 8, 65536);
	tiny_poke(to, 24, 8, groups[group].flag | profile_flag(fs, groups[group].logical));
	tiny_poke(to, 32, 4, TINY_SECTOR);
	tiny_poke(to, 36, 4, TINY_SECTOR);
	tiny_poke(to, 40, 4, TINY_SECTOR);
	tiny_poke(to, 44, 2, count);
	tiny_poke(to, 46, 2, 1);
	for (i = 0; i < count; i++) {
		tiny_poke(to, 48 + i * 32, 8, device_of(fs, i) + 1);
		tiny_poke(to, 56 + i * 32, 8, tiny_physical(groups[group].logical, i));
		memcpy(to + 64 + i * 32, device_uuids[device_of(fs, i)], 16);
	}
	return 48 + count * 32;
}

void tiny_describe_device(const struct tiny_fs *fs, unsigned int number, uint8_t *to)
{
	tiny_poke(to, 0, 8, number + 1);
	tiny_poke(to, 8, 8, fs->options.zones * MEMORY_ZONE_SIZE);
	tiny_poke(to, 16, 8, 3 * MEMORY_ZONE_SIZE);
	tiny_poke(to, 32, 4, TINY_SECTOR);
	memcpy(to + 66, device_uuids[number], 16);
	memcpy(to + 82, tiny_fsid, 16);
}

static void add_chunks(struct tiny_fs *fs)
{
	size_t g;

	tiny_describe_device(fs, 0, tiny_add(fs, TINY_CHUNK_TREE, 1, 216, 1, 98)->data);
	if (fs->options.mirrored)
		tiny_describe_device(fs, 1, tiny_add(fs, TINY_CHUNK_TREE, 1, 216, 2, 98)->data);
	for (g = 0; g < 3; g++) {
		uint64_t logical = groups[g].logical;
		unsigned int i;

		struct tiny_item *chunk = tiny_add(fs, TINY_CHUNK_TREE, 256, 228, logical, 0);

		chunk->size = describe_chunk(fs, g, chunk->data);
		for (i = 0; i < copies(fs, logical); i++) {
			uint8_t *extent = tiny_add(fs, TINY_DEV_TREE, device_of(fs, i) + 1, 204,
						   tiny_physical(logical, i), 48)
						  ->data;

			tiny_poke(extent, 0, 8, 3);
			tiny_poke(extent, 8, 8, 256);
			tiny_poke(extent, 16, 8, logical);
			tiny_poke(extent, 24, 8, MEMORY_ZONE_SIZE);
		}
	}
}

static void place_leaves(struct tiny_fs *fs, enum tiny_tree tree, uint32_t first_slot)
{
	struct tiny_items *list = &fs->trees[tree];
	uint32_t i;

	list->root = root_places[tree];
	list->leaf_count = fs->options.leaves > 1 && first_slot ? fs->options.leaves : 1;
	for (i = 0; i < list->leaf_count; i++)
		list->leaves[i] = list->leaf_count == 1
					  ? list->root
					  : TINY_METADATA + (first_slot + i) * TINY_NODE;
}

static void place_trees(struct tiny_fs *fs)
{
	enum tiny_tree tree;

	for (tree = 0; tree < TINY_TREES; tree++)
		place_leaves(fs, tree, 0);
	place_leaves(fs, TINY_EXTENT_TREE, SLOT_EXTENT_LEAVES);
	place_leaves(fs, TINY_CSUM_TREE, SLOT_CSUM_LEAVES);
}

static void add_tree_block(struct tiny_fs *fs, uint64_t logical, uint8_t level)
{
	struct tiny_item *item = tiny_add(fs, TINY_EXTENT_TREE, logical, 169, level, 33);

	tiny_poke(item->data, 0, 8, 1);
	tiny_poke(item->data, 8, 8, TINY_GENERATION);
	tiny_poke(item->data, 16, 8, 2);
	item->data[24] = 176;
	if (logical >= TINY_METADATA)
		fs->metadata_used += TINY_NODE;
}

static void add_metadata_extents(struct tiny_fs *fs)
{
	enum tiny_tree tree;

	for (tree = 0; tree < TINY_LOG_ROOTS; tree++) {
		const struct tiny_items *list = &fs->trees[tree];
		uint32_t i;

		if (!tiny_has_tree(fs, tree))
			continue;
		add_tree_block(fs, list->root, list->leaf_count > 1);
		for (i = 0; i < list->leaf_count && list->leaf_count > 1; i++)
			add_tree_block(fs, list->leaves[i], 0);
	}
}

void tiny_fill_sector(uint64_t logical, uint8_t *to)
{
	uint64_t state = logical * 6364136223846793005ULL + 1442695040888963407ULL;
	size_t i;

	for (i = 0; i < TINY_SECTOR; i += 8) {
		state = state * 6364136223846793005ULL + 1442695040888963407ULL;
		tiny_poke(to, i, 8, state);
	}
}

static void add_csums(struct tiny_fs *fs, enum tiny_tree tree, uint64_t logical, uint64_t len)
{
	uint32_t sectors = (uint32_t)(len / TINY_SECTOR);
	struct tiny_item *item = tiny_add(fs, tree, (uint64_t)-10, 128, logical, 4 * sectors);
	uint8_t content[TINY_SECTOR];
	uint8_t csum[ZR_CSUM_MAX];
	uint32_t i;

	for (i = 0; i < sectors; i++) {
		tiny_fill_sector(logical + i * TINY_SECTOR, content);
		zr_csum(ZR_CSUM_CRC32C, content, TINY_SECTOR, csum);
		memcpy(item->data + 4 * i, csum, 4);
	}
}

static void add_data_extents(struct tiny_fs *fs)
{
	size_t i;

	for (i = 0; i < fs->options.data_count; i++) {
		const struct tiny_extent *extent = &fs->options.data[i];
		uint64_t logical = TINY_DATA + extent->offset;
		struct tiny_item *item =
			tiny_add(fs, TINY_EXTENT_TREE, logical, 168, extent->len, 53);

		tiny_poke(item->data, 0, 8, 1);
		tiny_poke(item->data, 8, 8, TINY_GENERATION);
		tiny_poke(item->data, 16, 8, 1);
		item->data[24] = 178;
		fs->data_used += extent->len;
		if (!extent->no_csum)
			add_csums(fs, TINY_CSUM_TREE, logical, extent->len);
	}
}

/* Behind the last extent item lie back references, which have its logical address in their keys. */
static void add_keyed_refs(struct tiny_fs *fs)
{
	const struct tiny_extent *last = &fs->options.data[fs->options.data_count - 1];
	uint64_t i;

	for (i = 0; i < 20; i++) {
		tiny_add(fs, TINY_EXTENT_TREE, TINY_DATA + last->offset, 178, 1000 + i, 28);
		tiny_add(fs, TINY_EXTENT_TREE, TINY_SYSTEM, 176, 1000 + i, 0);
	}
}

static void add_groups(struct tiny_fs *fs)
{
	enum tiny_tree tree = fs->options.group_tree ? TINY_GROUP_TREE : TINY_EXTENT_TREE;
	const uint64_t used[] = { TINY_NODE, fs->metadata_used, fs->data_used };
	size_t g;

	for (g = 0; g < 3; g++) {
		struct tiny_item *item =
			tiny_add(fs, tree, groups[g].logical, 192, MEMORY_ZONE_SIZE, 24);

		tiny_poke(item->data, 0, 8, used[g]);
		tiny_poke(item->data, 8, 8, 256);
		tiny_poke(item->data, 16, 8, groups[g].flag | profile_flag(fs, groups[g].logical));
	}
}

static void describe_root(struct tiny_item *item, const struct tiny_items *list,
			  uint64_t generation)
{
	tiny_poke(item->data, 160, 8, generation);
	tiny_poke(item->data, 176, 8, list->root);
	tiny_poke(item->data, 216, 4, 1);
	item->data[238] = list->leaf_count > 1;
}

static void add_roots(struct tiny_fs *fs)
{
	enum tiny_tree tree;

	for (tree = TINY_EXTENT_TREE; tree < TINY_LOG_ROOTS; tree++)
		if (tiny_has_tree(fs, tree))
			describe_root(tiny_add(fs, TINY_ROOT_TREE, owners[tree], 132, 0, 439),
				      &fs->trees[tree], TINY_GENERATION);
}

/* The log of the tree of files: one file with one extent, in the transaction that did not end. */
static void add_log(struct tiny_fs *fs)
{
	const struct tiny_items *log = &fs->trees[TINY_LOG_TREE];
	struct tiny_item *item = tiny_add(fs, TINY_LOG_TREE, 257, 108, 0, 53);

	tiny_poke(item->data, 0, 8, TINY_GENERATION + 1);
	tiny_poke(item->data, 8, 8, TINY_LOGGED_LEN);
	item->data[20] = 1;
	tiny_poke(item->data, 21, 8, TINY_LOGGED);
	tiny_poke(item->data, 29, 8, TINY_LOGGED_LEN);
	tiny_poke(item->data, 45, 8, TINY_LOGGED_LEN);
	add_csums(fs, TINY_LOG_TREE, TINY_LOGGED, TINY_LOGGED_LEN);
	describe_root(tiny_add(fs, TINY_LOG_ROOTS, (uint64_t)-6, 132, owners[TINY_FS_TREE], 439),
		      log, TINY_GENERATION + 1);
}

static void describe_super(struct tiny_fs *fs)
{
	const uint64_t incompat = 1 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 12;
	uint8_t *raw = fs->super;
	uint32_t size;

	memcpy(raw + 0x20, tiny_fsid, 16);
	tiny_poke(raw, 0x38, 8, 1);
	memcpy(raw + 0x40, "_BHRfS_M", 8);
	tiny_poke(raw, 0x48, 8, TINY_GENERATION);
	tiny_poke(raw, 0x50, 8, fs->trees[TINY_ROOT_TREE].root);
	tiny_poke(raw, 0x58, 8, fs->trees[TINY_CHUNK_TREE].root);
	tiny_poke(raw, 0x60, 8, fs->options.log ? fs->trees[TINY_LOG_ROOTS].root : 0);
	tiny_poke(raw, 0x70, 8, (fs->options.mirrored + 1) * fs->options.zones * MEMORY_ZONE_SIZE);
	tiny_poke(raw, 0x78, 8, TINY_NODE + fs->metadata_used + fs->data_used);
	tiny_poke(raw, 0x80, 8, 6);
	tiny_poke(raw, 0x88, 8, fs->options.mirrored + 1);
	tiny_poke(raw, 0x90, 4, TINY_SECTOR);
	tiny_poke(raw, 0x94, 4, TINY_NODE);
	tiny_poke(raw, 0x98, 4, TINY_NODE);
	tiny_poke(raw, 0x9c, 4, TINY_SECTOR);
	tiny_poke(raw, 0xa4, 8, TINY_GENERATION);
	tiny_poke(raw, 0xb4, 8, fs->options.group_tree ? 0xb : 0);
	tiny_poke(raw, 0xbc, 8, incompat);
	tiny_describe_device(fs, 0, raw + 0xc9);
	memcpy(raw + 0x12b, "tiny", 4);
	tiny_poke(raw, 0x32b, 8, 256);
	raw[0x333] = 228;
	tiny_poke(raw, 0x334, 8, TINY_SYSTEM);
	size = describe_chunk(fs, 0, raw + 0x33c);
	tiny_poke(raw, 0xa0, 4, 17 + size);
}

struct tiny_fs *tiny_new(const struct tiny_options *options)
{
	struct tiny_fs *fs = memory_or_end(1, sizeof(*fs));

	if (options)
		fs->options = *options;
	if (!fs->options.data) {
		fs->options.data = default_data;
		fs->options.data_count = sizeof(default_data) / sizeof(default_data[0]);
	}
	if (!fs->options.zones)
		fs->options.zones = TINY_ZONES;
	place_trees(fs);
	add_chunks(fs);
	add_metadata_extents(fs);
	add_data_extents(fs);
	if (fs->options.keyed_refs)
		add_keyed_refs(fs);
	add_groups(fs);
	add_roots(fs);
	if (fs->options.log)
		add_log(fs);
	describe_super(fs);
	return fs;
}

void tiny_free(struct tiny_fs *fs)
{
	enum tiny_tree tree;

	for (tree = 0; tree < TINY_TREES; tree++)
		free(fs->trees[tree].items);
	memory_free(fs->peer);
	free(fs);
}
