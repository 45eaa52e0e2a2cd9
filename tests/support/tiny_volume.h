/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subvolumes, files and back references for tiny file systems. The top subvolume is the tree
 * TINY_FS_TREE of the description; leaves and nodes of others are put on the device by the test,
 * which can so share them.
 */
#ifndef ZR_TESTS_TINY_VOLUME_H
#define ZR_TESTS_TINY_VOLUME_H

#include "tiny_fs.h"

/* Places for tree blocks that the description does not use; numbers below 128. */
#define TINY_SPARE(number) (TINY_METADATA + (64 + (uint64_t)(number)) * TINY_NODE)

/* A part of a file. */
struct tiny_part {
	uint64_t inode;
	uint64_t at; /* in the file */
	uint64_t logical; /* of the extent; 0: a hole */
	uint64_t disk_len;
	uint64_t offset; /* in the extent */
	uint64_t len;
	bool compressed;
};

/* A back reference. */
struct tiny_ref {
	uint8_t type;
	uint64_t number; /* tree, or address of the parent */
	uint64_t inode; /* of type 178 */
	uint64_t origin; /* of type 178: offset of the extent in the file */
};

void tiny_add_part(struct tiny_items *list, const struct tiny_part *part);

/*
 * tiny_add_name - an INODE_REF with one name
 */
void tiny_add_name(struct tiny_items *list, uint64_t inode, uint64_t directory, const char *name);

/*
 * tiny_add_subvolume - a root item
 * @name: of the subvolume in the top directory of @parent; NULL for none
 *
 * Returns the root item.
 */
struct tiny_item *tiny_add_subvolume(struct tiny_fs *fs, uint64_t number, uint64_t logical,
				     uint8_t level, uint64_t parent, const char *name);

/*
 * tiny_bare_extent - the item of a data extent of the description, its back references removed
 * tiny_bare_block - the item of a tree block, new, without back references
 */
struct tiny_item *tiny_bare_extent(struct tiny_fs *fs, uint64_t logical);
struct tiny_item *tiny_bare_block(struct tiny_fs *fs, uint64_t logical, uint8_t level);

/*
 * tiny_add_inline - append a back reference to an extent item
 */
void tiny_add_inline(struct tiny_item *extent, const struct tiny_ref *ref);

/*
 * tiny_add_keyed - a back reference as an item of its own
 * @hash: in the key of type 178
 */
struct tiny_item *tiny_add_keyed(struct tiny_fs *fs, uint64_t logical, const struct tiny_ref *ref,
				 uint64_t hash);

#endif
