/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A large file system that is stored nowhere: each tree block is made when it is read, and all data
 * is zeroes. Every zone behind the superblocks is a block group, first those of tree blocks; each
 * of the others has the same number of extents of one sector, with a hole of one sector behind
 * each. Logical addresses are the physical ones.
 */
#ifndef ZR_TESTS_ENDLESS_FS_H
#define ZR_TESTS_ENDLESS_FS_H

#include <stdbool.h>
#include <stdint.h>

#define ENDLESS_NODE 16384U
#define ENDLESS_SECTOR 4096U

enum endless_tree {
	ENDLESS_CHUNK, /* in system block groups, all others in metadata block groups */
	ENDLESS_ROOT,
	ENDLESS_EXTENT,
	ENDLESS_DEV,
	ENDLESS_CSUM,
	ENDLESS_GROUP,
	ENDLESS_TREES,
};

#define ENDLESS_LEVELS 4

/* A tree without contents: its items follow from their number. */
struct endless_items {
	uint64_t count;
	uint64_t blocks[ENDLESS_LEVELS]; /* of each level, 0 above the root */
	uint64_t first[ENDLESS_LEVELS]; /* number of the first one, among the blocks of trees */
	uint8_t root_level;
};

struct endless_fs {
	uint32_t zones; /* block groups */
	uint32_t extents; /* in each one with data */
	uint32_t metadata; /* block groups with tree blocks, behind those of the chunk tree */
	struct endless_items trees[ENDLESS_TREES];
	uint64_t blocks; /* of all trees but the chunk tree */
	uint8_t csum[4]; /* of a sector of zeroes */
};

/*
 * endless_init - describe a file system
 * @extents: in each block group with data, at most 512
 *
 * Ends the program when there are more than a superblock can point to.
 */
void endless_init(struct endless_fs *fs, uint32_t zones, uint32_t extents);

/*
 * endless_size - bytes of the device that it takes
 */
uint64_t endless_size(const struct endless_fs *fs);

/*
 * endless_has_blocks - whether an address is in a block group of tree blocks
 */
bool endless_has_blocks(const struct endless_fs *fs, uint64_t physical);

/*
 * endless_block - the tree block at an address, or zeroes
 * @to: ENDLESS_NODE bytes, filled
 */
void endless_block(const struct endless_fs *fs, uint64_t physical, uint8_t *to);

/*
 * endless_super - the superblock for a place
 * @raw: ENDLESS_SECTOR bytes, filled
 */
void endless_super(const struct endless_fs *fs, uint64_t place, uint8_t *raw);

#endif
