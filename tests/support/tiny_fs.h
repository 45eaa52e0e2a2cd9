/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tiny zoned file systems in the memory of a device. A description becomes lists of items, which a
 * test can change; the lists become tree blocks with good checksums, which a test can damage. What
 * is on disk is written at literal offsets of the format, not through the library's structures.
 *
 * One system, one metadata and one data block group in neighbouring logical ranges:
 *
 *   zone 0, 1   superblock log       zone 3, 4   metadata (4: second copy)
 *   zone 2      data                 zone 5, 6   system (6: second copy)
 *
 * A mirrored one has its second copies in these zones of a second device.
 */
#ifndef ZR_TESTS_TINY_FS_H
#define ZR_TESTS_TINY_FS_H

#include "key.h"
#include "memory_device.h"
#include "source.h"
#include "target.h"

#define TINY_SECTOR 4096U
#define TINY_NODE 16384U
#define TINY_GENERATION 42
#define TINY_ZONES 10
#define TINY_LEAVES_MAX 8
#define TINY_ITEM_MAX 640

#define TINY_SYSTEM (256ULL << 20)
#define TINY_METADATA (TINY_SYSTEM + MEMORY_ZONE_SIZE)
#define TINY_DATA (TINY_METADATA + MEMORY_ZONE_SIZE)
#define TINY_LOGGED (TINY_DATA + 40 * TINY_SECTOR)
#define TINY_LOGGED_LEN (2 * TINY_SECTOR)

/* A data extent. */
struct tiny_extent {
	uint64_t offset; /* in the data block group */
	uint64_t len;
	bool no_csum;
};

struct tiny_options {
	bool dup; /* system and metadata have two copies */
	bool mirrored; /* the second copy is on another device, in the same place */
	bool group_tree; /* block group items are in a tree of their own */
	bool keyed_refs; /* back references behind the last extent of each block group */
	bool log; /* a tree-log that names one more extent, at TINY_LOGGED */
	uint32_t zones; /* of the device; 0: TINY_ZONES */
	uint32_t leaves; /* of extent and checksum tree; two or more make a node above them */
	const struct tiny_extent *data; /* NULL for a few extents with gaps between them */
	size_t data_count;
};

enum tiny_tree {
	TINY_CHUNK_TREE,
	TINY_ROOT_TREE,
	TINY_EXTENT_TREE,
	TINY_DEV_TREE,
	TINY_CSUM_TREE,
	TINY_FS_TREE, /* empty; nothing reads it, it is only copied */
	TINY_GROUP_TREE,
	TINY_LOG_ROOTS,
	TINY_LOG_TREE,
	TINY_TREES,
};

struct tiny_item {
	struct zr_key key;
	uint32_t size;
	uint8_t data[TINY_ITEM_MAX];
};

/* The items of a tree, ascending, and where its blocks are. */
struct tiny_items {
	struct tiny_item *items;
	size_t count;
	uint64_t root; /* logical */
	uint64_t leaves[TINY_LEAVES_MAX]; /* leaves[0] is the root if there is one leaf */
	uint32_t leaf_count;
};

struct tiny_fs {
	struct tiny_options options;
	struct tiny_items trees[TINY_TREES];
	uint8_t super[4096]; /* without checksum and bytenr until tiny_write() */
	struct memory_device *peer; /* the other device, if mirrored; lives as long as this */
	uint64_t metadata_used;
	uint64_t data_used;
};

extern const uint8_t tiny_fsid[16];

/*
 * tiny_new - describe a file system of TINY_ZONES zones
 * @options: NULL for the defaults: single, block groups in the extent tree, one leaf each
 *
 * Ends the program when memory runs out.
 */
struct tiny_fs *tiny_new(const struct tiny_options *options);
void tiny_free(struct tiny_fs *fs);

/*
 * tiny_has_tree - whether the description has a tree, which some options decide
 */
bool tiny_has_tree(const struct tiny_fs *fs, enum tiny_tree tree);

/*
 * tiny_item - the item with this key; ends the program when there is none
 */
struct tiny_item *tiny_item(struct tiny_fs *fs, enum tiny_tree tree, uint64_t objectid,
			    uint8_t type, uint64_t offset);

/*
 * tiny_add - put an item of zeroes into its place in the order of keys
 */
struct tiny_item *tiny_add(struct tiny_fs *fs, enum tiny_tree tree, uint64_t objectid, uint8_t type,
			   uint64_t offset, uint32_t size);

/*
 * tiny_list_add - the same for a list of items that is in no tree of the description
 */
struct tiny_item *tiny_list_add(struct tiny_items *list, uint64_t objectid, uint8_t type,
				uint64_t offset, uint32_t size);

/*
 * tiny_remove - take an item out of its tree
 */
void tiny_remove(struct tiny_fs *fs, enum tiny_tree tree, uint64_t objectid, uint8_t type,
		 uint64_t offset);

/*
 * tiny_poke, tiny_peek - a little-endian number of @size bytes
 */
void tiny_poke(uint8_t *bytes, size_t at, size_t size, uint64_t value);
uint64_t tiny_peek(const uint8_t *bytes, size_t at, size_t size);

/*
 * tiny_fill_sector - the content of a sector of data, different for each address
 */
void tiny_fill_sector(uint64_t logical, uint8_t *to);

/*
 * tiny_write - make trees, data and superblock in the memory of a device
 */
void tiny_write(struct tiny_fs *fs, struct memory_device *memory);

/*
 * tiny_put_leaf, tiny_put_node - one more tree block on a device, with a good checksum
 * @list: its items, all of them
 * @children: @count tree blocks that are there already
 */
void tiny_put_leaf(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical,
		   uint64_t owner, const struct tiny_items *list);
void tiny_put_node(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical,
		   uint64_t owner, const uint64_t *children, uint32_t count);

/*
 * tiny_physical - where a copy of a logical address lies
 */
uint64_t tiny_physical(uint64_t logical, unsigned int mirror);

/*
 * tiny_other_copy - where the other copy of metadata lies; data gives the same address back
 */
uint64_t tiny_other_copy(uint64_t physical);

/*
 * tiny_flip - invert one byte of a copy
 */
void tiny_flip(struct memory_device *memory, uint64_t logical, unsigned int mirror);

/*
 * tiny_edit - store a number in a tree block, in all copies, with good checksums
 * @at: byte in the block
 */
void tiny_edit(const struct tiny_fs *fs, struct memory_device *memory, uint64_t logical, size_t at,
	       size_t size, uint64_t value);

/*
 * tiny_describe_device - a device item, of the first or the second device
 * @number: 0 or 1
 * @to: 98 bytes
 */
void tiny_describe_device(const struct tiny_fs *fs, unsigned int number, uint8_t *to);

/*
 * tiny_super_copy - a superblock as it lies on disk
 * @generation: replaces that of the description
 * @raw: 4096 bytes, filled
 */
void tiny_super_copy(const struct tiny_fs *fs, uint64_t generation, uint64_t bytenr, uint8_t *raw);

/*
 * tiny_source - a new device with the file system written to it
 * @regular: a regular device instead of a zoned one
 */
struct memory_device *tiny_source(struct tiny_fs *fs, bool regular);

/*
 * tiny_open - the file system on a device, opened; ends the program when it cannot be
 */
struct zr_source *tiny_open(struct memory_device *memory);

/*
 * tiny_open_beside - the same for a file system of two devices
 * @spare: read the first one only where the other has no good copy
 *
 * Returns what opening it returned.
 */
int tiny_open_beside(struct zr_source **source, struct memory_device *memory,
		     struct memory_device *peer, bool spare, struct zr_error *err);

/*
 * tiny_target - an open target on a device, which zr_target_close() frees without the device
 */
struct zr_target *tiny_target(struct memory_device *memory);

#endif
