/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A re-layout: every extent of a file system gets a new logical address in chunks of one zone each.
 * Trees whose keys are inodes are copied block by block with translated addresses, so that what
 * subvolumes share stays shared. Trees whose keys are addresses, and the root tree, are made anew.
 *
 * Data keeps its order, and so do the blocks that are kept: items sorted by address stay sorted.
 */
#ifndef ZR_RELAYOUT_RELAYOUT_H
#define ZR_RELAYOUT_RELAYOUT_H

#include "address_map.h"
#include "layout.h"
#include "new_tree.h"
#include "prealloc.h"
#include "super.h"
#include "translate.h"

/* The trees that are made, in the order of their blocks; the chunk tree has chunks of its own. */
enum zr_new_tree_name {
	ZR_NEW_CHUNK_TREE,
	ZR_NEW_CSUM_TREE,
	ZR_NEW_DEV_TREE,
	ZR_NEW_GROUP_TREE,
	ZR_NEW_FREE_SPACE_TREE,
	ZR_NEW_EXTENT_TREE,
	ZR_NEW_ROOT_TREE,
	ZR_NEW_TREES,
};

/* What is the source's, or is lost on the way; for people. */
struct zr_relayout_facts {
	uint64_t groups; /* block groups of the source */
	uint64_t kept_blocks; /* tree blocks that are copied */
	uint64_t old_blocks; /* tree blocks that are not */
	uint64_t nodatacow; /* inodes that lose the flag, once for each block that has them */
	uint64_t cache_bytes; /* free space cache, dropped */
	uint64_t holes; /* file extents that were allocated and not written, once for each block */
};

struct zr_relayout {
	struct zr_layout layout;
	struct zr_address_map data; /* a bit for each sector */
	struct zr_address_map blocks; /* a bit for the first sector of each tree block */
	struct zr_new_tree trees[ZR_NEW_TREES];
	struct zr_new_header header; /* of blocks that are made, without owner */
	enum zr_csum_type csum_type;
	bool group_tree; /* block group items have a tree of their own */
	uint64_t *stale; /* nodes, ascending, see struct zr_translation */
	size_t stale_count;
	size_t stale_capacity;
	uint64_t devid;
	uint8_t dev_uuid[16];
	uint64_t total_bytes; /* of the device item */
	uint64_t segments[4]; /* leaves of the extent tree's parts, see zr_relayout_segment */
	uint64_t csum_leaves;
	uint64_t root_leaves;
	struct zr_prealloc prealloc;
	bool quota; /* there is a quota tree */
	struct zr_relayout_facts facts;
};

/*
 * The extent tree in four parts that share no leaf. Two of them grow with the number of blocks that
 * are made; the others are counted once.
 */
enum zr_relayout_segment {
	ZR_SEGMENT_SYSTEM,
	ZR_SEGMENT_KEPT,
	ZR_SEGMENT_MADE,
	ZR_SEGMENT_DATA,
};

/*
 * zr_relayout_owner_is_made - whether blocks of a tree are not copied
 * @owner: as in a block's header; of deleted subvolumes too
 */
bool zr_relayout_owner_is_made(uint64_t owner);

/*
 * zr_relayout_find_tree - which of the trees that are made a number names; ZR_NEW_TREES for none
 */
enum zr_new_tree_name zr_relayout_find_tree(uint64_t owner);

/*
 * zr_relayout_block - new address of a block of a tree that is made
 */
uint64_t zr_relayout_block(const struct zr_relayout *relayout, const struct zr_new_tree *tree,
			   uint64_t number);

/*
 * zr_relayout_settle - find out how many blocks the trees have, and with it how many chunks
 * metadata needs; the trees describe each other and themselves, so that this is a fixed point
 * @relayout: data is placed; the maps are sealed; csum_leaves, root_leaves and the segments KEPT
 *            and DATA are set
 * @needed: set to the chunks that system and metadata need
 *
 * All is settled when @needed is not more than layout->reserved.
 * Returns 0, -ZR_E_NO_MEMORY, or -ZR_E_INTERNAL if there is no fixed point.
 */
int zr_relayout_settle(struct zr_relayout *relayout, size_t *needed,
		       struct zr_error *err) ZR_NODISCARD;

/*
 * zr_relayout_add_stale - a node that may point to what is free
 * zr_relayout_sort_stale - when all were added
 *
 * Adding returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_relayout_add_stale(struct zr_relayout *relayout, uint64_t node,
			  struct zr_error *err) ZR_NODISCARD;
void zr_relayout_sort_stale(struct zr_relayout *relayout);

/*
 * zr_relayout_translation - what translates kept blocks; lent until @relayout is freed
 * @fsid: that blocks get; NULL: they keep it
 */
void zr_relayout_translation(const struct zr_relayout *relayout, const uint8_t *fsid,
			     struct zr_translation *translation);

/*
 * zr_relayout_super - make the superblock of the new layout
 * @raw: the source's; bytenr and checksum are left for zr_super_seal_copy()
 *
 * Returns 0, or -ZR_E_GEOMETRY if the system chunks do not fit into it.
 */
int zr_relayout_super(const struct zr_relayout *relayout, uint8_t raw[ZR_SUPER_BYTES],
		      struct zr_error *err) ZR_NODISCARD;

/*
 * zr_relayout_super_like - give a superblock what another one says about a new layout
 * @raw: the source's
 * @made: of a file system that has the new layout
 */
void zr_relayout_super_like(uint8_t raw[ZR_SUPER_BYTES], const uint8_t made[ZR_SUPER_BYTES]);

/*
 * zr_relayout_check - prove a re-layout, apart from the code that made it
 *
 * Chunks ascend without overlap above all old addresses, each in zones of its own that lie on the
 * target, and none is filled above its capacity; all that is kept and all that is made has exactly
 * one place; what block groups count is what the maps hold.
 * Returns 0 or -ZR_E_PLAN.
 */
int zr_relayout_check(const struct zr_relayout *relayout, const struct zr_layout_target *target,
		      struct zr_error *err) ZR_NODISCARD;

/*
 * zr_relayout_free - free all of it; NULL is allowed
 */
void zr_relayout_free(struct zr_relayout *relayout);

#endif
