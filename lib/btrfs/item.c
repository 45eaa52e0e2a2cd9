// SPDX-License-Identifier: LGPL-2.1-or-later
#include "item.h"

#include "ondisk.h"
#include "range.h"
#include "super.h"

#include <string.h>

typedef unsigned long long ull;

static int check_size(const struct zr_item *item, size_t size, const char *what,
		      struct zr_error *err)
{
	if (item->size == size)
		return 0;
	return zr_fail(err, ZR_E_ITEM,
		       "%s: key (" ZR_KEY_FMT "), invalid item size, found %u expected %zu", what,
		       ZR_KEY_ARGS(item->key), item->size, size);
}

int zr_dev_item_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		       struct zr_dev_item *dev, struct zr_error *err)
{
	const struct btrfs_dev_item *disk = (const void *)item->data;
	int rc = check_size(item, sizeof(*disk), "device item", err);

	if (rc)
		return rc;
	dev->devid = le64_get(disk->devid);
	dev->total_bytes = le64_get(disk->total_bytes);
	dev->bytes_used = le64_get(disk->bytes_used);
	memcpy(dev->uuid, disk->uuid, sizeof(dev->uuid));
	memcpy(dev->fsid, disk->fsid, sizeof(dev->fsid));
	if (item->key.objectid != BTRFS_DEV_ITEMS_OBJECTID || dev->devid != item->key.offset)
		return zr_fail(err, ZR_E_DEV,
			       "device item: key (" ZR_KEY_FMT "), devid mismatch, item has %llu",
			       ZR_KEY_ARGS(item->key), (ull)dev->devid);
	if (!zr_is_aligned(dev->total_bytes, ctx->sectorsize))
		return zr_fail(err, ZR_E_DEV,
			       "device item: devid %llu, invalid total_bytes %llu" ZR_SIZE_REMEDY,
			       (ull)dev->devid, (ull)dev->total_bytes);
	if (dev->bytes_used > dev->total_bytes || !dev->total_bytes)
		return zr_fail(
			err, ZR_E_DEV,
			"device item: devid %llu, invalid total_bytes %llu with bytes_used %llu",
			(ull)dev->devid, (ull)dev->total_bytes, (ull)dev->bytes_used);
	return 0;
}

int zr_dev_extent_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			 struct zr_dev_extent *extent, struct zr_error *err)
{
	const struct btrfs_dev_extent *disk = (const void *)item->data;
	int rc = check_size(item, sizeof(*disk), "device extent", err);

	if (rc)
		return rc;
	extent->devid = item->key.objectid;
	extent->physical = item->key.offset;
	extent->logical = le64_get(disk->chunk_offset);
	extent->len = le64_get(disk->length);
	if (!zr_is_aligned(extent->physical, ctx->sectorsize) ||
	    !zr_is_aligned(extent->logical, ctx->sectorsize) ||
	    !zr_is_aligned(extent->len, ctx->sectorsize))
		return zr_fail(err, ZR_E_ALIGN,
			       "device extent: devid %llu physical %llu, chunk %llu or length %llu "
			       "unaligned",
			       (ull)extent->devid, (ull)extent->physical, (ull)extent->logical,
			       (ull)extent->len);
	if (le64_get(disk->chunk_tree) != BTRFS_CHUNK_TREE_OBJECTID ||
	    le64_get(disk->chunk_objectid) != BTRFS_FIRST_CHUNK_TREE_OBJECTID ||
	    !zr_range_fits(extent->physical, extent->len, INT64_MAX))
		return zr_fail(err, ZR_E_DEVEXT,
			       "device extent: devid %llu physical %llu length %llu, invalid chunk "
			       "tree, chunk objectid or length",
			       (ull)extent->devid, (ull)extent->physical, (ull)extent->len);
	return 0;
}

int zr_block_group_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			  struct zr_block_group *group, struct zr_error *err)
{
	const struct btrfs_block_group_item *disk = (const void *)item->data;
	int rc = check_size(item, sizeof(*disk), "block group item", err);

	if (rc)
		return rc;
	group->logical = item->key.objectid;
	group->len = item->key.offset;
	group->used = le64_get(disk->used);
	group->flags = le64_get(disk->flags);
	if (!zr_range_fits(group->logical, group->len, INT64_MAX) ||
	    !zr_is_aligned(group->logical, ctx->sectorsize) ||
	    !zr_is_aligned(group->len, ctx->sectorsize))
		return zr_fail(err, ZR_E_BLOCK_GROUP,
			       "block group item: logical %llu, invalid length %llu",
			       (ull)group->logical, (ull)group->len);
	if (group->used > group->len)
		return zr_fail(
			err, ZR_E_BLOCK_GROUP,
			"block group item: logical %llu, invalid used %llu above length %llu",
			(ull)group->logical, (ull)group->used, (ull)group->len);
	if (le64_get(disk->chunk_objectid) != BTRFS_FIRST_CHUNK_TREE_OBJECTID)
		return zr_fail(
			err, ZR_E_BLOCK_GROUP,
			"block group item: logical %llu, invalid chunk objectid %llu expected %llu",
			(ull)group->logical, (ull)le64_get(disk->chunk_objectid),
			BTRFS_FIRST_CHUNK_TREE_OBJECTID);
	return 0;
}

int zr_root_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		   struct zr_root *root, struct zr_error *err)
{
	const struct btrfs_root_item *disk = (const void *)item->data;

	if (item->size < BTRFS_ROOT_ITEM_LEGACY_SIZE)
		return zr_fail(err, ZR_E_ITEM,
			       "root item: key (" ZR_KEY_FMT
			       "), invalid item size, found %u expected %u or more",
			       ZR_KEY_ARGS(item->key), item->size, BTRFS_ROOT_ITEM_LEGACY_SIZE);
	root->logical = le64_get(disk->bytenr);
	root->generation = le64_get(disk->generation);
	root->level = disk->level;
	root->dropping = le64_get(disk->drop_progress.objectid);
	if (!root->logical || !zr_is_aligned(root->logical, ctx->sectorsize))
		return zr_fail(err, ZR_E_ROOT, "root item: tree %llu, invalid bytenr %llu",
			       (ull)item->key.objectid, (ull)root->logical);
	if (root->level >= BTRFS_MAX_LEVEL || disk->drop_level >= BTRFS_MAX_LEVEL)
		return zr_fail(err, ZR_E_ROOT,
			       "root item: tree %llu, invalid level %u or drop_level %u",
			       (ull)item->key.objectid, root->level, disk->drop_level);
	if (!root->generation || root->generation > ctx->generation + 1)
		return zr_fail(
			err, ZR_E_ROOT,
			"root item: tree %llu, invalid generation, found %llu expected 1 to %llu",
			(ull)item->key.objectid, (ull)root->generation, (ull)ctx->generation + 1);
	return 0;
}

static int check_tree_block(const struct zr_item *item, const struct zr_item_context *ctx,
			    struct zr_extent *extent, struct zr_error *err)
{
	const struct btrfs_tree_block_info *info =
		(const void *)(item->data + sizeof(struct btrfs_extent_item));

	if (item->key.type == BTRFS_METADATA_ITEM_KEY) {
		extent->len = ctx->nodesize;
		if (item->key.offset >= BTRFS_MAX_LEVEL)
			return zr_fail(err, ZR_E_EXTENT,
				       "metadata item: logical %llu, invalid level %llu",
				       (ull)extent->logical, (ull)item->key.offset);
		extent->level = (uint8_t)item->key.offset;
		return 0;
	}
	if (extent->len != ctx->nodesize ||
	    item->size < sizeof(struct btrfs_extent_item) + sizeof(*info) ||
	    info->level >= BTRFS_MAX_LEVEL)
		return zr_fail(err, ZR_E_EXTENT,
			       "extent item: logical %llu, invalid tree block of length %llu",
			       (ull)extent->logical, (ull)extent->len);
	extent->level = info->level;
	return 0;
}

static int check_extent_flags(const struct zr_item *item, const struct zr_item_context *ctx,
			      uint64_t flags, struct zr_error *err)
{
	const uint64_t kinds = BTRFS_EXTENT_FLAG_DATA | BTRFS_EXTENT_FLAG_TREE_BLOCK;

	if ((flags & kinds) != BTRFS_EXTENT_FLAG_DATA &&
	    (flags & kinds) != BTRFS_EXTENT_FLAG_TREE_BLOCK)
		return zr_fail(err, ZR_E_EXTENT, "extent item: logical %llu, invalid flags 0x%llx",
			       (ull)item->key.objectid, (ull)flags);
	if (item->key.type == BTRFS_METADATA_ITEM_KEY && !ctx->skinny)
		return zr_fail(
			err, ZR_E_EXTENT,
			"metadata item: logical %llu, invalid without feature skinny-metadata",
			(ull)item->key.objectid);
	if (item->key.type == BTRFS_METADATA_ITEM_KEY && (flags & BTRFS_EXTENT_FLAG_DATA))
		return zr_fail(err, ZR_E_EXTENT, "metadata item: logical %llu, is flagged as data",
			       (ull)item->key.objectid);
	return 0;
}

int zr_extent_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		     struct zr_extent *extent, struct zr_error *err)
{
	const struct btrfs_extent_item *disk = (const void *)item->data;
	uint64_t flags;
	int rc;

	if (item->size < sizeof(*disk))
		return zr_fail(err, ZR_E_ITEM,
			       "extent item: key (" ZR_KEY_FMT
			       "), invalid item size, found %u expected %zu or more",
			       ZR_KEY_ARGS(item->key), item->size, sizeof(*disk));
	flags = le64_get(disk->flags);
	rc = check_extent_flags(item, ctx, flags, err);
	if (rc)
		return rc;
	extent->kind = flags & BTRFS_EXTENT_FLAG_DATA ? ZR_EXTENT_DATA : ZR_EXTENT_TREE_BLOCK;
	extent->logical = item->key.objectid;
	extent->len = item->key.offset;
	extent->generation = le64_get(disk->generation);
	extent->level = 0;
	if (extent->kind == ZR_EXTENT_TREE_BLOCK)
		rc = check_tree_block(item, ctx, extent, err);
	if (rc)
		return rc;
	if (!zr_range_fits(extent->logical, extent->len, INT64_MAX) ||
	    !zr_is_aligned(extent->logical, ctx->sectorsize) ||
	    !zr_is_aligned(extent->len, ctx->sectorsize))
		return zr_fail(err, ZR_E_EXTENT,
			       "extent item: logical %llu, invalid extent length %llu or unaligned",
			       (ull)extent->logical, (ull)extent->len);
	if (!le64_get(disk->refs) || extent->generation > ctx->generation + 1 ||
	    (extent->kind == ZR_EXTENT_TREE_BLOCK && !extent->generation))
		return zr_fail(err, ZR_E_EXTENT,
			       "extent item: logical %llu, invalid refs %llu or generation %llu",
			       (ull)extent->logical, (ull)le64_get(disk->refs),
			       (ull)extent->generation);
	return 0;
}

int zr_csum_item_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			struct zr_csum_item *csum, struct zr_error *err)
{
	if (item->key.objectid != BTRFS_EXTENT_CSUM_OBJECTID ||
	    !zr_is_aligned(item->key.offset, ctx->sectorsize))
		return zr_fail(err, ZR_E_CSUM_TREE,
			       "checksum item: key (" ZR_KEY_FMT "), invalid key",
			       ZR_KEY_ARGS(item->key));
	if (!item->size || !zr_is_aligned(item->size, ctx->csum_size))
		return zr_fail(err, ZR_E_CSUM_TREE,
			       "checksum item: logical %llu, item size %u is no multiple of %u",
			       (ull)item->key.offset, item->size, ctx->csum_size);
	csum->logical = item->key.offset;
	csum->len = (uint64_t)(item->size / ctx->csum_size) * ctx->sectorsize;
	csum->csums = item->data;
	if (!zr_range_fits(csum->logical, csum->len, INT64_MAX))
		return zr_fail(err, ZR_E_CSUM_TREE, "checksum item: logical %llu, range wraps",
			       (ull)csum->logical);
	return 0;
}

int zr_file_extent_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			  struct zr_file_extent *extent, struct zr_error *err)
{
	const struct btrfs_file_extent_item *disk = (const void *)item->data;
	int rc;

	if (item->size > offsetof(struct btrfs_file_extent_item, type) &&
	    disk->type == BTRFS_FILE_EXTENT_INLINE)
		return 1;
	rc = check_size(item, sizeof(*disk), "file extent item", err);
	if (rc)
		return rc;
	if (disk->type > BTRFS_FILE_EXTENT_PREALLOC)
		return zr_fail(err, ZR_E_EXTENT,
			       "file extent item: key (" ZR_KEY_FMT "), invalid type %u",
			       ZR_KEY_ARGS(item->key), disk->type);
	*extent = (struct zr_file_extent){
		.disk.kind = ZR_EXTENT_DATA,
		.disk.generation = le64_get(disk->generation),
		.disk.logical = le64_get(disk->disk_bytenr),
		.disk.len = le64_get(disk->disk_num_bytes),
		.offset = le64_get(disk->offset),
		.len = le64_get(disk->num_bytes),
		.compressed = disk->compression,
	};
	if (!extent->disk.logical)
		return 1;
	if (!zr_range_fits(extent->disk.logical, extent->disk.len, INT64_MAX) ||
	    !zr_is_aligned(extent->disk.logical, ctx->sectorsize) ||
	    !zr_is_aligned(extent->disk.len, ctx->sectorsize))
		return zr_fail(err, ZR_E_ALIGN,
			       "file extent item: key (" ZR_KEY_FMT
			       "), invalid extent at %llu length %llu",
			       ZR_KEY_ARGS(item->key), (ull)extent->disk.logical,
			       (ull)extent->disk.len);
	if (!zr_range_fits(extent->offset, extent->len, INT64_MAX))
		return zr_fail(err, ZR_E_EXTENT,
			       "file extent item: key (" ZR_KEY_FMT
			       "), invalid offset %llu length %llu",
			       ZR_KEY_ARGS(item->key), (ull)extent->offset, (ull)extent->len);
	return 0;
}

bool zr_file_extent_is_prealloc(const struct zr_item *item)
{
	const struct btrfs_file_extent_item *disk = (const void *)item->data;

	return item->key.type == BTRFS_EXTENT_DATA_KEY && item->size == sizeof(*disk) &&
	       disk->type == BTRFS_FILE_EXTENT_PREALLOC;
}

int zr_replace_is_running(const struct zr_item *item, struct zr_error *err)
{
	const struct btrfs_dev_replace_item *disk = (const void *)item->data;
	int rc = check_size(item, sizeof(*disk), "device replace item", err);
	uint64_t state;

	if (rc)
		return rc;
	state = le64_get(disk->replace_state);
	return state == BTRFS_DEV_REPLACE_STARTED || state == BTRFS_DEV_REPLACE_SUSPENDED;
}

/* What no kernel that knows zones writes or understands. */
static int refuse_old(const struct zr_item *item, struct zr_error *err)
{
	if (item->key.type == BTRFS_EXTENT_REF_V0_KEY)
		return zr_fail(err, ZR_E_FEATURE,
			       "item: key (" ZR_KEY_FMT
			       "), back references of version 0 are not supported",
			       ZR_KEY_ARGS(item->key));
	if (item->key.objectid == BTRFS_FREE_INO_OBJECTID)
		return zr_fail(err, ZR_E_FEATURE,
			       "item: key (" ZR_KEY_FMT
			       "), the inode cache is not supported; remove it by btrfs rescue "
			       "clear-ino-cache",
			       ZR_KEY_ARGS(item->key));
	return 0;
}

int zr_item_check(const struct zr_item *item, const struct zr_item_context *ctx,
		  struct zr_error *err)
{
	union {
		struct zr_chunk chunk;
		struct zr_dev_item dev;
		struct zr_dev_extent dev_extent;
		struct zr_block_group group;
		struct zr_root root;
		struct zr_extent extent;
		struct zr_csum_item csum;
	} ignored;

	switch (item->key.type) {
	case BTRFS_CHUNK_ITEM_KEY:
		return zr_chunk_decode(item, ctx, &ignored.chunk, err);
	case BTRFS_DEV_ITEM_KEY:
		return zr_dev_item_decode(item, ctx, &ignored.dev, err);
	case BTRFS_DEV_EXTENT_KEY:
		return zr_dev_extent_decode(item, ctx, &ignored.dev_extent, err);
	case BTRFS_BLOCK_GROUP_ITEM_KEY:
		return zr_block_group_decode(item, ctx, &ignored.group, err);
	case BTRFS_ROOT_ITEM_KEY:
		return zr_root_decode(item, ctx, &ignored.root, err);
	case BTRFS_EXTENT_ITEM_KEY:
	case BTRFS_METADATA_ITEM_KEY:
		return zr_extent_decode(item, ctx, &ignored.extent, err);
	case BTRFS_EXTENT_CSUM_KEY:
		return zr_csum_item_decode(item, ctx, &ignored.csum, err);
	default:
		return refuse_old(item, err);
	}
}
