/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Items in host byte order. Every decoder checks size and fields itself and reports what is wrong,
 * so a decoded struct can be trusted; the tree checker is made of these decoders.
 */
#ifndef ZR_BTRFS_ITEM_H
#define ZR_BTRFS_ITEM_H

#include "block.h"
#include "error.h"

/* What the decoders have to know about the file system. */
struct zr_item_context {
	uint32_t sectorsize;
	uint32_t nodesize;
	uint32_t csum_size;
	uint64_t generation; /* of the superblock */
	bool skinny; /* incompat feature skinny-metadata */
};

struct zr_stripe {
	uint64_t devid;
	uint64_t physical;
	uint8_t dev_uuid[16];
};

struct zr_chunk {
	uint64_t logical;
	uint64_t len;
	uint64_t flags; /* BTRFS_BLOCK_GROUP_* */
	uint16_t stripe_count;
	uint16_t sub_stripes;
	const uint8_t *stripes; /* lent by the item */
};

struct zr_dev_item {
	uint64_t devid;
	uint64_t total_bytes;
	uint64_t bytes_used;
	uint8_t uuid[16];
	uint8_t fsid[16];
};

struct zr_dev_extent {
	uint64_t devid;
	uint64_t physical;
	uint64_t logical; /* of the chunk */
	uint64_t len;
};

struct zr_block_group {
	uint64_t logical;
	uint64_t len;
	uint64_t used;
	uint64_t flags;
};

struct zr_root {
	uint64_t logical;
	uint64_t generation;
	uint8_t level;
	bool dropping; /* deleted, and some of its blocks are free already */
	uint8_t drop_level; /* of the node to which that came */
	struct zr_key drop_progress; /* where in it */
};

enum zr_extent_kind {
	ZR_EXTENT_DATA,
	ZR_EXTENT_TREE_BLOCK,
};

struct zr_extent {
	enum zr_extent_kind kind;
	uint64_t logical;
	uint64_t len;
	uint64_t generation; /* in which it was allocated; a tree block carries the same */
	uint8_t level; /* of a tree block */
};

/* A part of a file, and the extent on disk that it is in. */
struct zr_file_extent {
	struct zr_extent disk; /* kind, logical, len and generation */
	uint64_t offset; /* of the part in the extent, before compression */
	uint64_t len; /* of the part in the file */
	bool compressed; /* no byte of the part can be told from the others on disk */
};

struct zr_csum_item {
	uint64_t logical; /* of the first sector */
	uint64_t len; /* bytes of data that are covered */
	const uint8_t *csums; /* lent by the item, csum_size bytes per sector */
};

/*
 * zr_chunk_decode - a chunk item, of the chunk tree or of the system chunk array
 * Returns 0, -ZR_E_ITEM for a wrong size, -ZR_E_CHUNK or -ZR_E_ALIGN.
 * The kernel: btrfs_check_chunk_valid().
 */
int zr_chunk_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		    struct zr_chunk *chunk, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_chunk_stripe - a stripe of a decoded chunk
 * @number: below chunk->stripe_count
 */
void zr_chunk_stripe(const struct zr_chunk *chunk, uint16_t number, struct zr_stripe *stripe);

/*
 * zr_dev_item_decode - returns 0, -ZR_E_ITEM or -ZR_E_DEV. The kernel: check_dev_item().
 */
int zr_dev_item_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		       struct zr_dev_item *dev, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_dev_extent_decode - returns 0, -ZR_E_ITEM, -ZR_E_ALIGN or -ZR_E_DEVEXT.
 * The kernel: check_dev_extent_item().
 */
int zr_dev_extent_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			 struct zr_dev_extent *extent, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_block_group_decode - returns 0, -ZR_E_ITEM or -ZR_E_BLOCK_GROUP.
 * The kernel: check_block_group_item().
 */
int zr_block_group_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			  struct zr_block_group *group, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_root_decode - returns 0, -ZR_E_ITEM or -ZR_E_ROOT. The kernel: check_root_item().
 */
int zr_root_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		   struct zr_root *root, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_extent_decode - an EXTENT_ITEM or METADATA_ITEM; back references behind it are not looked at
 * Returns 0, -ZR_E_ITEM or -ZR_E_EXTENT. The kernel: check_extent_item().
 */
int zr_extent_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		     struct zr_extent *extent, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_csum_item_decode - returns 0 or -ZR_E_CSUM_TREE. The kernel: check_csum_item().
 */
int zr_csum_item_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			struct zr_csum_item *csum, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_file_extent_decode - a part of a file that lies in an extent of its own
 * Returns 0, 1 for an inline extent or a hole, -ZR_E_ITEM, -ZR_E_EXTENT or -ZR_E_ALIGN.
 * The kernel: check_extent_data_item().
 */
int zr_file_extent_decode(const struct zr_item *item, const struct zr_item_context *ctx,
			  struct zr_file_extent *extent, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_file_extent_is_prealloc - whether an item is that of a part of a file that was allocated and
 * not written; what has no extent is a hole, of whatever type it is
 */
bool zr_file_extent_is_prealloc(const struct zr_item *item);

/*
 * zr_item_check - run the decoder that belongs to the item's key type; other types are accepted
 */
int zr_item_check(const struct zr_item *item, const struct zr_item_context *ctx,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_replace_is_running - whether a DEV_REPLACE item says that a replace is started or suspended
 * Returns 0, 1, or -ZR_E_ITEM.
 */
int zr_replace_is_running(const struct zr_item *item, struct zr_error *err) ZR_NODISCARD;

#endif
