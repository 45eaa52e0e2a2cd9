/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that hold a large file system without storing it: each tree block is made when it is
 * read, and all data is zeroes. Every zone behind the superblocks is a block group, first those of
 * tree blocks; each of the others has the same number of extents of one sector, with a hole of one
 * sector behind each. Logical addresses are the physical ones.
 */
#ifndef ZR_TESTS_ENDLESS_FS_H
#define ZR_TESTS_ENDLESS_FS_H

#include "source.h"
#include "target.h"

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
 * endless_device - a regular device that holds it; what is written to it stays only where
 * superblocks and the journal are
 */
struct zr_device *endless_device(const struct endless_fs *fs, bool empty);

/*
 * endless_target - an open target on a device, which zr_target_close() frees
 */
struct zr_target *endless_target(struct zr_device *dev);

#endif
