/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree checker: nothing in a tree block is used before it went through here once.
 */
#ifndef ZR_BTRFS_CHECK_H
#define ZR_BTRFS_CHECK_H

#include "block.h"
#include "csum.h"
#include "error.h"
#include "item.h"

/* What is the same for all tree blocks of a file system. */
struct zr_check_context {
	struct zr_item_context items;
	enum zr_csum_type csum_type;
	uint8_t metadata_uuid[16];
};

#define ZR_ANY_GENERATION UINT64_MAX
#define ZR_ANY_OWNER 0
#define ZR_ANY_LEVEL UINT8_MAX

/* What the one who points at a block knows about it. */
struct zr_block_expect {
	uint64_t logical;
	uint64_t generation; /* or ZR_ANY_GENERATION */
	uint64_t owner; /* or ZR_ANY_OWNER */
	uint8_t level; /* or ZR_ANY_LEVEL */
	const struct zr_key *first_key; /* NULL for a root */
	const struct zr_key *end_key; /* all keys are below it; NULL if there is no bound */
};

/*
 * zr_block_identify - whether the bytes are the tree block that was asked for
 * @bytes: ctx->items.nodesize bytes
 * @block: filled with a view of the bytes
 *
 * Checks checksum, bytenr, fsid, generation, owner and level, but no item: enough for copying it.
 * The kernel: btrfs_validate_extent_buffer().
 * Returns 0, -ZR_E_CSUM, -ZR_E_OFFSET, -ZR_E_UUID, -ZR_E_GENERATION, -ZR_E_OWNER or -ZR_E_LEVEL.
 */
int zr_block_identify(const struct zr_check_context *ctx, const uint8_t *bytes,
		      const struct zr_block_expect *expect, struct zr_block *block,
		      struct zr_error *err) ZR_NODISCARD;

/*
 * zr_block_check - zr_block_identify(), and everything inside
 *
 * Besides: number of items, order of keys, first and last key, pointers of a node, item places of a
 * leaf without gap or overlap, and every item that this library decodes. The kernel:
 * btrfs_check_node(), btrfs_check_leaf(). Returns as zr_block_identify(), or -ZR_E_NRITEMS,
 * -ZR_E_KEY, -ZR_E_ALIGN, -ZR_E_RANGE, -ZR_E_ITEM, or the code of the item's decoder.
 */
int zr_block_check(const struct zr_check_context *ctx, const uint8_t *bytes,
		   const struct zr_block_expect *expect, struct zr_block *block,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_block_check_inside - only that, for a block that is about to be written
 * @expect: first_key and end_key are looked at
 * @block: a view of it
 *
 * Returns as zr_block_check().
 */
int zr_block_check_inside(const struct zr_check_context *ctx, const struct zr_block_expect *expect,
			  const struct zr_block *block, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_block_fits - whether a block that was checked before is the one that is expected now, by
 * address, generation, level and both bounds of its keys
 */
bool zr_block_fits(const struct zr_block *block, const struct zr_block_expect *expect);

#endif
