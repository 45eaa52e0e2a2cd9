// SPDX-License-Identifier: LGPL-2.1-or-later
#include "translate.h"

#include "item.h"
#include "new_block.h"
#include "ondisk.h"
#include "range.h"

#include <string.h>

typedef unsigned long long ull;

static int fail_missing(const char *what, uint64_t logical, const struct zr_block *block,
			struct zr_error *err)
{
	return zr_fail(err, ZR_E_EXTENT,
		       "tree block: logical %llu, %s at logical %llu is in no extent item",
		       (ull)block->logical, what, (ull)logical);
}

/* Of a subvolume that is deleted half way, pointers to what is free already stay as they are. */
static int translate_pointer(const struct zr_translation *translation, const struct zr_block *node,
			     struct btrfs_key_ptr *pointer, struct zr_error *err)
{
	uint64_t logical = le64_get(pointer->blockptr);
	uint64_t to = translation->block(translation->owner, logical);

	if (to == UINT64_MAX)
		return translation->stale && translation->stale(translation->owner, node->logical)
			       ? 0
			       : fail_missing("a child", logical, node, err);
	pointer->blockptr = le64_set(to);
	return 0;
}

static int translate_node(const struct zr_translation *translation, const struct zr_block *node,
			  uint8_t *bytes, struct zr_error *err)
{
	struct btrfs_key_ptr *pointers = (void *)(bytes + sizeof(struct btrfs_header));
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < node->nritems && !rc; slot++)
		rc = translate_pointer(translation, node, &pointers[slot], err);
	return rc;
}

static bool is_inode(const struct zr_item *item)
{
	return item->key.type == BTRFS_INODE_ITEM_KEY &&
	       item->size == sizeof(struct btrfs_inode_item);
}

/* The item stays, since a leaf may have no other, and its key may be that of the leaf. */
static void make_hole(struct btrfs_file_extent_item *disk)
{
	disk->type = BTRFS_FILE_EXTENT_REG;
	disk->compression = 0;
	disk->disk_bytenr = le64_set(0);
	disk->disk_num_bytes = le64_set(0);
	disk->offset = le64_set(0);
	disk->ram_bytes = disk->num_bytes;
}

static int translate_extent(const struct zr_translation *translation,
			    const struct zr_check_context *ctx, const struct zr_block *leaf,
			    const struct zr_item *item, uint8_t *data, struct zr_error *err)
{
	struct btrfs_file_extent_item *disk = (void *)data;
	struct zr_file_extent extent;
	uint64_t to;
	int rc = zr_file_extent_decode(item, &ctx->items, &extent, err);

	if (rc < 0)
		return rc;
	if (zr_file_extent_is_prealloc(item))
		make_hole(disk);
	if (rc || !le64_get(disk->disk_bytenr))
		return 0;
	to = translation->data(translation->owner, extent.disk.logical);
	if (to == UINT64_MAX)
		return fail_missing("a file's extent", extent.disk.logical, leaf, err);
	disk->disk_bytenr = le64_set(to);
	return 0;
}

/* Bytes preallocated for an inode behind its item in the same leaf, which is not changed yet. */
static uint64_t preallocated(const struct zr_block *leaf, uint32_t slot, uint64_t inode)
{
	uint64_t bytes = 0;

	for (; slot < leaf->nritems; slot++) {
		const struct btrfs_file_extent_item *disk;
		struct zr_item item;

		zr_block_item(leaf, slot, &item);
		if (item.key.objectid != inode)
			break;
		disk = (const void *)item.data;
		if (zr_file_extent_is_prealloc(&item))
			bytes += le64_get(disk->num_bytes);
	}
	return bytes;
}

/* Nothing is written in place on sequential zones, and nothing is allocated before. */
static void translate_inode(const struct zr_translation *translation, const struct zr_block *leaf,
			    uint32_t slot, uint64_t number, struct btrfs_inode_item *inode)
{
	uint64_t flags = le64_get(inode->flags);
	uint64_t before = le64_get(inode->nbytes);
	uint64_t bytes = preallocated(leaf, slot, number);

	if (translation->spilled)
		bytes += translation->spilled(translation->owner, leaf->logical, number);
	inode->flags = le64_set(flags & ~(BTRFS_INODE_NODATACOW | BTRFS_INODE_PREALLOC));
	/* What was counted wrong before, as some old kernels did, stays wrong. */
	inode->nbytes = le64_set(before - zr_min64(bytes, before));
}

/* The kernel adds to these numbers when it counts again, so that they begin at 0. */
static void translate_quota(const struct zr_item *item, uint8_t *data)
{
	const uint64_t again =
		BTRFS_QGROUP_STATUS_FLAG_RESCAN | BTRFS_QGROUP_STATUS_FLAG_INCONSISTENT;
	struct btrfs_qgroup_status_item *status = (void *)data;
	struct btrfs_qgroup_info_item *info = (void *)data;

	if (item->key.type == BTRFS_QGROUP_STATUS_KEY && item->size >= sizeof(*status)) {
		status->flags = le64_set(le64_get(status->flags) | again);
		status->rescan = le64_set(0);
	}
	if (item->key.type == BTRFS_QGROUP_INFO_KEY && item->size == sizeof(*info))
		memset(info->counts, 0, sizeof(info->counts));
}

/* Of all trees that are kept, subvolumes and the data relocation tree have inodes and files. */
static int translate_leaf(const struct zr_translation *translation,
			  const struct zr_check_context *ctx, const struct zr_block *leaf,
			  uint8_t *bytes, struct zr_error *err)
{
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < leaf->nritems && !rc; slot++) {
		struct zr_item item;
		uint8_t *data;

		zr_block_item(leaf, slot, &item);
		data = bytes + (item.data - leaf->bytes);
		if (item.key.type == BTRFS_EXTENT_DATA_KEY)
			rc = translate_extent(translation, ctx, leaf, &item, data, err);
		else if (is_inode(&item))
			translate_inode(translation, leaf, slot, item.key.objectid,
					(struct btrfs_inode_item *)data);
		else if (leaf->owner == BTRFS_QUOTA_TREE_OBJECTID && translation->recount)
			translate_quota(&item, data);
	}
	return rc;
}

static int look_at_extent(const struct zr_check_context *ctx, const struct zr_item *item,
			  struct zr_leaf_facts *facts, struct zr_error *err)
{
	struct zr_file_extent extent;
	int rc = zr_file_extent_decode(item, &ctx->items, &extent, err);

	facts->preallocated += rc >= 0 && zr_file_extent_is_prealloc(item);
	return rc < 0 ? rc : 0;
}

int zr_leaf_look(const struct zr_check_context *ctx, const struct zr_block *leaf,
		 struct zr_leaf_facts *facts, struct zr_error *err)
{
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < leaf->nritems && !rc; slot++) {
		struct zr_item item;

		zr_block_item(leaf, slot, &item);
		if (item.key.type == BTRFS_EXTENT_DATA_KEY)
			rc = look_at_extent(ctx, &item, facts, err);
		else if (is_inode(&item) &&
			 le64_get(((const struct btrfs_inode_item *)item.data)->flags) &
				 BTRFS_INODE_NODATACOW)
			facts->nodatacow++;
	}
	return rc;
}

int zr_translate_block(const struct zr_translation *translation, const struct zr_check_context *ctx,
		       uint8_t *bytes, struct zr_error *err)
{
	struct btrfs_header *header = (struct btrfs_header *)bytes;
	struct zr_block_expect expect = { .level = ZR_ANY_LEVEL, .owner = ZR_ANY_OWNER };
	struct zr_block block;
	uint64_t to;
	int rc;

	zr_block_view(&block, bytes, ctx->items.nodesize);
	expect.logical = block.logical;
	expect.generation = block.generation;
	rc = zr_block_check(ctx, bytes, &expect, &block, err);
	if (!rc)
		rc = block.level ? translate_node(translation, &block, bytes, err)
				 : translate_leaf(translation, ctx, &block, bytes, err);
	if (!rc)
		rc = zr_block_check_inside(ctx, &expect, &block, err);
	if (rc)
		return rc;
	to = translation->block(translation->owner, block.logical);
	if (to == UINT64_MAX)
		return fail_missing("it itself", block.logical, &block, err);
	header->bytenr = le64_set(to);
	if (translation->new_fsid)
		memcpy(header->fsid, translation->fsid, sizeof(header->fsid));
	zr_block_seal(ctx->csum_type, bytes, ctx->items.nodesize);
	return 0;
}
