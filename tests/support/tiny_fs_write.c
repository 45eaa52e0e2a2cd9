// SPDX-License-Identifier: GPL-2.0-or-later
/* From the description of a tiny file system to bytes on a device, and damage to them. */
#include "tiny_fs.h"

#include "csum.h"
#include "super_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUPER_PLACE (64ULL << 10)
#define HEADER 101

static const uint64_t owners[TINY_TREES] = {
	[TINY_CHUNK_TREE] = 3,		[TINY_ROOT_TREE] = 1,
	[TINY_EXTENT_TREE] = 2,		[TINY_DEV_TREE] = 4,
	[TINY_CSUM_TREE] = 7,		[TINY_FS_TREE] = 5,
	[TINY_GROUP_TREE] = 11,		[TINY_LOG_ROOTS] = (uint64_t)-6,
	[TINY_LOG_TREE] = (uint64_t)-6,
};

/* The tree-log is of the transaction after the superblock's. */
static uint64_t generation_of(uint64_t owner)
{
	return owner == owners[TINY_LOG_TREE] ? TINY_GENERATION + 1 : TINY_GENERATION;
}

static unsigned int copies(const struct tiny_fs *fs, uint64_t logical)
{
	return (fs->options.dup || fs->options.mirrored) && logical < TINY_DATA ? 2 : 1;
}

static void put(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical,
		const void *bytes, size_t len)
{
	unsigned int i;

	for (i = 0; i < copies(fs, logical); i++)
		memory_place(i && fs->peer ? fs->peer : memory, tiny_physical(logical, i), bytes,
			     len);
}

static void seal(uint8_t *bytes, size_t len)
{
	zr_csum(ZR_CSUM_CRC32C, bytes + 32, len - 32, bytes);
}

static void start_block(uint8_t *bytes, uint64_t owner, uint64_t logical, uint8_t level)
{
	memset(bytes, 0, TINY_NODE);
	memcpy(bytes + 32, tiny_fsid, 16);
	tiny_poke(bytes, 48, 8, logical);
	tiny_poke(bytes, 56, 8, 0x0100000000000001);
	tiny_poke(bytes, 80, 8, generation_of(owner));
	tiny_poke(bytes, 88, 8, owner);
	bytes[100] = level;
}

static void put_key(uint8_t *at, const struct zr_key *key)
{
	tiny_poke(at, 0, 8, key->objectid);
	at[8] = key->type;
	tiny_poke(at, 9, 8, key->offset);
}

static void fill_leaf(uint8_t *bytes, const struct tiny_item *items, size_t count)
{
	size_t data = TINY_NODE - HEADER;
	size_t i;

	for (i = 0; i < count; i++) {
		uint8_t *at = bytes + HEADER + i * 25;

		data -= items[i].size;
		put_key(at, &items[i].key);
		tiny_poke(at, 17, 4, data);
		tiny_poke(at, 21, 4, items[i].size);
		memcpy(bytes + HEADER + data, items[i].data, items[i].size);
	}
	if (HEADER + count * 25 > HEADER + data)
		abort();
	tiny_poke(bytes, 96, 4, count);
}

static void put_block(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical,
		      uint8_t *bytes)
{
	seal(bytes, TINY_NODE);
	put(fs, memory, logical, bytes, TINY_NODE);
}

void tiny_put_leaf(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical,
		   uint64_t owner, const struct tiny_items *list)
{
	uint8_t leaf[TINY_NODE];

	start_block(leaf, owner, logical, 0);
	fill_leaf(leaf, list->items, list->count);
	put_block(fs, memory, logical, leaf);
}

/* The first key of a child stands behind its header, in leaves and nodes. */
void tiny_put_node(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical,
		   uint64_t owner, const uint64_t *children, uint32_t count)
{
	const uint8_t *first = memory->bytes + tiny_physical(children[0], 0);
	uint8_t node[TINY_NODE];
	uint32_t i;

	start_block(node, owner, logical, first[100] + 1);
	for (i = 0; i < count; i++) {
		uint8_t *pointer = node + HEADER + (size_t)i * 33;

		memcpy(pointer, memory->bytes + tiny_physical(children[i], 0) + HEADER, 17);
		tiny_poke(pointer, 17, 8, children[i]);
		tiny_poke(pointer, 25, 8, TINY_GENERATION);
	}
	tiny_poke(node, 96, 4, count);
	put_block(fs, memory, logical, node);
}

/* Leaves get equal shares of the items. */
static size_t first_of(const struct tiny_items *list, uint32_t leaf)
{
	return list->count * leaf / list->leaf_count;
}

static void write_tree(const struct tiny_fs *fs, struct memory_device *memory, enum tiny_tree tree)
{
	const struct tiny_items *list = &fs->trees[tree];
	uint32_t i;

	for (i = 0; i < list->leaf_count; i++) {
		struct tiny_items share = {
			.items = list->count ? list->items + first_of(list, i) : NULL,
			.count = first_of(list, i + 1) - first_of(list, i),
		};

		tiny_put_leaf(fs, memory, list->leaves[i], owners[tree], &share);
	}
	if (list->leaf_count > 1)
		tiny_put_node(fs, memory, list->root, owners[tree], list->leaves, list->leaf_count);
}

static void write_sectors(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical,
			  uint64_t len)
{
	uint64_t end = logical + len;
	uint8_t sector[TINY_SECTOR];

	for (; logical < end; logical += TINY_SECTOR) {
		tiny_fill_sector(logical, sector);
		put(fs, memory, logical, sector, TINY_SECTOR);
	}
}

static void write_data(const struct tiny_fs *fs, struct memory_device *memory)
{
	size_t i;

	for (i = 0; i < fs->options.data_count; i++)
		write_sectors(fs, memory, TINY_DATA + fs->options.data[i].offset,
			      fs->options.data[i].len);
	if (fs->options.log)
		write_sectors(fs, memory, TINY_LOGGED, TINY_LOGGED_LEN);
}

void tiny_super_copy(const struct tiny_fs *fs, uint64_t generation, uint64_t bytenr, uint8_t *raw)
{
	memcpy(raw, fs->super, 4096);
	tiny_poke(raw, 0x30, 8, bytenr);
	tiny_poke(raw, 0x48, 8, generation);
	seal(raw, 4096);
}

void tiny_write(struct tiny_fs *fs, struct memory_device *memory)
{
	uint8_t raw[4096];
	enum tiny_tree tree;

	for (tree = 0; tree < TINY_TREES; tree++)
		if (tiny_has_tree(fs, tree))
			write_tree(fs, memory, tree);
	write_data(fs, memory);
	tiny_super_copy(fs, tiny_peek(fs->super, 0x48, 8), SUPER_PLACE, raw);
	memory_place(memory, memory->options.regular ? SUPER_PLACE : 0, raw, sizeof(raw));
	if (!fs->peer)
		return;
	memset(raw + 0xc9, 0, 98);
	tiny_describe_device(fs, 1, raw + 0xc9);
	seal(raw, sizeof(raw));
	memory_place(fs->peer, fs->peer->options.regular ? SUPER_PLACE : 0, raw, sizeof(raw));
}

void tiny_flip(struct memory_device *memory, uint64_t logical, unsigned int mirror)
{
	memory->bytes[tiny_physical(logical, mirror)] ^= 0xff;
}

void tiny_edit(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical, size_t at,
	       size_t size, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < copies(fs, logical); i++) {
		struct memory_device *on = i && fs->peer ? fs->peer : memory;
		uint8_t *block = on->bytes + tiny_physical(logical, i);

		tiny_poke(block, at, size, value);
		seal(block, TINY_NODE);
	}
}

struct memory_device *tiny_source(struct tiny_fs *fs, bool regular)
{
	const struct memory_options options = {
		.zones = fs->options.zones,
		.regular = regular,
		.source = true,
	};
	struct memory_device *memory = memory_new(&options, "source");

	if (fs->options.mirrored && !fs->peer)
		fs->peer = memory_new(&options, "peer");
	tiny_write(fs, memory);
	return memory;
}

struct zr_source *tiny_open(struct memory_device *memory)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source;

	if (!zr_source_open_device(&source, &memory->dev, NULL, NULL, &err))
		return source;
	fprintf(stderr, "tiny_open: %s\n", err.text);
	abort();
}

int tiny_open_beside(struct zr_source **source, struct memory_device *memory,
		     struct memory_device *peer, bool spare, struct zr_error *err)
{
	const struct zr_source_options options = { .spare = spare };
	struct zr_members *members = zr_members_new();
	struct zr_super own;
	uint64_t physical;
	int rc;

	if (!members || zr_super_read(&memory->dev, &own, &physical, NULL))
		abort();
	rc = peer ? zr_members_add(members, &own, &peer->dev, err) : 0;
	if (!rc)
		return zr_source_open_device(source, &memory->dev, members, &options, err);
	zr_members_free(members);
	return rc;
}

struct zr_target *tiny_target(struct memory_device *memory)
{
	struct zr_target *target = calloc(1, sizeof(*target));

	if (!target)
		abort();
	target->path = strdup(memory->dev.path);
	target->dev = &memory->dev;
	target->geo = memory->dev.geo;
	target->options.size = sizeof(target->options);
	target->options.writable = 1;
	target->custom = true;
	return target;
}
