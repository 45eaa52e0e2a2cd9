// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check.h"

#include "ondisk.h"
#include "range.h"

#include <string.h>

typedef unsigned long long ull;

static int check_header(const struct zr_check_context *ctx, const struct zr_block *block,
			const struct zr_block_expect *expect, struct zr_error *err)
{
	const struct btrfs_header *header = (const struct btrfs_header *)block->bytes;

	if (block->logical != expect->logical)
		return zr_fail(err, ZR_E_OFFSET,
			       "tree block: logical %llu, bad tree block start, found %llu",
			       (ull)expect->logical, (ull)block->logical);
	if (memcmp(header->fsid, ctx->metadata_uuid, BTRFS_UUID_SIZE))
		return zr_fail(err, ZR_E_UUID, "tree block: logical %llu, bad fsid",
			       (ull)expect->logical);
	if (expect->generation != ZR_ANY_GENERATION && block->generation != expect->generation)
		return zr_fail(
			err, ZR_E_GENERATION,
			"tree block: logical %llu, generation mismatch, found %llu expected %llu",
			(ull)expect->logical, (ull)block->generation, (ull)expect->generation);
	if (block->generation > ctx->items.generation)
		return zr_fail(err, ZR_E_GENERATION,
			       "tree block: logical %llu, generation %llu newer than the "
			       "superblock's %llu",
			       (ull)expect->logical, (ull)block->generation,
			       (ull)ctx->items.generation);
	if (expect->owner != ZR_ANY_OWNER && block->owner != expect->owner)
		return zr_fail(err, ZR_E_OWNER,
			       "tree block: logical %llu, owner mismatch, found %llu expected %llu",
			       (ull)expect->logical, (ull)block->owner, (ull)expect->owner);
	if (block->level >= BTRFS_MAX_LEVEL ||
	    (expect->level != ZR_ANY_LEVEL && block->level != expect->level))
		return zr_fail(
			err, ZR_E_LEVEL,
			"tree block: logical %llu, bad tree block level, found %u expected %u",
			(ull)expect->logical, block->level, expect->level);
	return 0;
}

int zr_block_identify(const struct zr_check_context *ctx, const uint8_t *bytes,
		      const struct zr_block_expect *expect, struct zr_block *block,
		      struct zr_error *err)
{
	uint32_t nodesize = ctx->items.nodesize;

	if (!zr_csum_matches(ctx->csum_type, bytes + BTRFS_CSUM_SIZE, nodesize - BTRFS_CSUM_SIZE,
			     bytes))
		return zr_fail(err, ZR_E_CSUM, "tree block: logical %llu, %s checksum mismatch",
			       (ull)expect->logical, zr_csum_name(ctx->csum_type));
	zr_block_view(block, bytes, nodesize);
	return check_header(ctx, block, expect, err);
}

static int check_count(const struct zr_block *block, const struct zr_block_expect *expect,
		       struct zr_error *err)
{
	size_t unit = block->level ? sizeof(struct btrfs_key_ptr) : sizeof(struct btrfs_item);
	size_t most = (block->size - sizeof(struct btrfs_header)) / unit;

	if (block->nritems > most)
		return zr_fail(
			err, ZR_E_NRITEMS,
			"tree block: logical %llu, nritems too big, found %u expected at most %zu",
			(ull)block->logical, block->nritems, most);
	/* Only the root of a tree may be empty, and then it is a leaf. */
	if (!block->nritems && (block->level || expect->first_key))
		return zr_fail(err, ZR_E_NRITEMS, "tree block: logical %llu, nritems is 0",
			       (ull)block->logical);
	return 0;
}

static int check_keys(const struct zr_block *block, const struct zr_block_expect *expect,
		      struct zr_error *err)
{
	struct zr_key previous;
	uint32_t slot;

	if (!block->nritems)
		return 0;
	previous = zr_block_key(block, 0);
	if (expect->first_key && zr_key_compare(&previous, expect->first_key))
		return zr_fail(err, ZR_E_KEY,
			       "tree block: logical %llu, first key mismatch, found (" ZR_KEY_FMT
			       ") expected (" ZR_KEY_FMT ")",
			       (ull)block->logical, ZR_KEY_ARGS(previous),
			       ZR_KEY_ARGS(*expect->first_key));
	for (slot = 1; slot < block->nritems; slot++) {
		struct zr_key key = zr_block_key(block, slot);

		if (zr_key_compare(&previous, &key) >= 0)
			return zr_fail(
				err, ZR_E_KEY,
				"tree block: logical %llu slot %u, bad key order, (" ZR_KEY_FMT
				") behind (" ZR_KEY_FMT ")",
				(ull)block->logical, slot, ZR_KEY_ARGS(key), ZR_KEY_ARGS(previous));
		previous = key;
	}
	if (expect->end_key && zr_key_compare(&previous, expect->end_key) >= 0)
		return zr_fail(err, ZR_E_KEY,
			       "tree block: logical %llu, last key (" ZR_KEY_FMT
			       ") is not below the next block's (" ZR_KEY_FMT ")",
			       (ull)block->logical, ZR_KEY_ARGS(previous),
			       ZR_KEY_ARGS(*expect->end_key));
	return 0;
}

static int check_pointers(const struct zr_check_context *ctx, const struct zr_block *node,
			  struct zr_error *err)
{
	uint32_t slot;

	for (slot = 0; slot < node->nritems; slot++) {
		struct zr_pointer pointer;

		zr_block_pointer(node, slot, &pointer);
		if (!zr_range_fits(pointer.logical, node->size, INT64_MAX) || !pointer.logical)
			return zr_fail(err, ZR_E_RANGE,
				       "tree node: logical %llu slot %u, invalid node pointer %llu",
				       (ull)node->logical, slot, (ull)pointer.logical);
		if (!zr_is_aligned(pointer.logical, ctx->items.sectorsize))
			return zr_fail(err, ZR_E_ALIGN,
				       "tree node: logical %llu slot %u, unaligned pointer %llu",
				       (ull)node->logical, slot, (ull)pointer.logical);
		if (!pointer.generation || pointer.generation > node->generation)
			return zr_fail(
				err, ZR_E_GENERATION,
				"tree node: logical %llu slot %u, child generation %llu is not from 1 to %llu",
				(ull)node->logical, slot, (ull)pointer.generation,
				(ull)node->generation);
	}
	return 0;
}

/*
 * Item data is packed from the end of the leaf without a gap, so each item must end where the one
 * before begins; together with the check against the item table nothing can overlap.
 */
static int check_item_place(const struct zr_block *leaf, uint32_t slot, uint32_t *limit,
			    struct zr_error *err)
{
	const struct btrfs_item *disk =
		(const struct btrfs_item *)(leaf->bytes + sizeof(struct btrfs_header)) + slot;
	uint64_t offset = le32_get(disk->offset);
	uint64_t end = offset + le32_get(disk->size);

	if (end != *limit)
		return zr_fail(err, ZR_E_ITEM,
			       "tree leaf: logical %llu slot %u, unexpected item end, found %llu "
			       "expected %u",
			       (ull)leaf->logical, slot, (ull)end, *limit);
	if (offset < (uint64_t)leaf->nritems * sizeof(struct btrfs_item))
		return zr_fail(err, ZR_E_ITEM,
			       "tree leaf: logical %llu slot %u, item data overlaps the item table",
			       (ull)leaf->logical, slot);
	*limit = (uint32_t)offset;
	return 0;
}

static int check_leaf(const struct zr_check_context *ctx, const struct zr_block *leaf,
		      struct zr_error *err)
{
	uint32_t limit = leaf->size - (uint32_t)sizeof(struct btrfs_header);
	uint32_t slot;

	for (slot = 0; slot < leaf->nritems; slot++) {
		struct zr_item item;
		int rc = check_item_place(leaf, slot, &limit, err);

		if (rc)
			return rc;
		zr_block_item(leaf, slot, &item);
		rc = zr_item_check(&item, &ctx->items, err);
		if (rc)
			return rc;
	}
	return 0;
}

bool zr_block_fits(const struct zr_block *block, const struct zr_block_expect *expect)
{
	struct zr_key first;
	struct zr_key last;

	if (block->logical != expect->logical || block->generation != expect->generation ||
	    block->level != expect->level)
		return false;
	if (!block->nritems)
		return !expect->first_key;
	first = zr_block_key(block, 0);
	last = zr_block_key(block, block->nritems - 1);
	return (!expect->first_key || !zr_key_compare(&first, expect->first_key)) &&
	       (!expect->end_key || zr_key_compare(&last, expect->end_key) < 0);
}

int zr_block_check(const struct zr_check_context *ctx, const uint8_t *bytes,
		   const struct zr_block_expect *expect, struct zr_block *block,
		   struct zr_error *err)
{
	int rc = zr_block_identify(ctx, bytes, expect, block, err);

	return rc ? rc : zr_block_check_inside(ctx, expect, block, err);
}

int zr_block_check_inside(const struct zr_check_context *ctx, const struct zr_block_expect *expect,
			  const struct zr_block *block, struct zr_error *err)
{
	int rc = check_count(block, expect, err);

	if (!rc)
		rc = check_keys(block, expect, err);
	if (rc)
		return rc;
	return block->level ? check_pointers(ctx, block, err) : check_leaf(ctx, block, err);
}
