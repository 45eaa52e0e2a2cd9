/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing the logical addresses that a tree block names, when all that it points to gets new ones.
 * Keys, generations and the number of items stay. What is changed: the block's own address, child
 * pointers of nodes, extents of files; and of inodes the flags that zoned btrfs cannot honour. File
 * extents that were allocated and not written become holes, and inodes count their bytes no more.
 *
 * Blocks of trees that are keyed by addresses are not translated but made anew.
 */
#ifndef ZR_BTRFS_TRANSLATE_H
#define ZR_BTRFS_TRANSLATE_H

#include "check.h"

/* Answers where something lies now; UINT64_MAX if it was not kept. */
struct zr_translation {
	uint64_t (*block)(const void *owner, uint64_t logical);
	uint64_t (*data)(const void *owner, uint64_t logical);
	const void *owner;
	/* Bytes preallocated for an inode in leaves behind the one that has its item. */
	uint64_t (*spilled)(const void *owner, uint64_t leaf, uint64_t inode);
	bool recount; /* quotas are counted anew by the first mount, as extents are left out */
	/* Whether a node is of a subvolume that is deleted half way, and may point to free space;
	 * may be NULL. */
	bool (*stale)(const void *owner, uint64_t node);
	bool new_fsid; /* whether blocks get another fsid */
	uint8_t fsid[16];
};

/* What a leaf has that matters for a zoned file system. */
struct zr_leaf_facts {
	uint64_t preallocated; /* file extents that were allocated and not written */
	uint64_t nodatacow; /* inodes that are written in place */
};

/*
 * zr_leaf_look - count what a leaf of a subvolume has
 * @leaf: one that zr_block_check() accepted
 * @facts: added to
 *
 * Returns 0 or a code of zr_file_extent_decode().
 */
int zr_leaf_look(const struct zr_check_context *ctx, const struct zr_block *leaf,
		 struct zr_leaf_facts *facts, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_translate_block - change a tree block in place and make its checksum anew
 * @ctx: of the source
 * @bytes: a block that zr_block_identify() accepted
 *
 * It goes through the tree checker before and after the change.
 * Returns 0; a code of zr_block_check(); -ZR_E_EXTENT for an address that was not kept. The block
 * is not to be used after a failure.
 */
int zr_translate_block(const struct zr_translation *translation, const struct zr_check_context *ctx,
		       uint8_t *bytes, struct zr_error *err) ZR_NODISCARD;

#endif
