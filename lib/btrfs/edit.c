// SPDX-License-Identifier: LGPL-2.1-or-later
#include "edit.h"

#include "feature.h"
#include "new_block.h"
#include "ondisk.h"
#include "sys_chunk.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static int compare_move(const void *physical, const void *element)
{
	const uint64_t *key = physical;
	const struct zr_move *move = element;

	return (*key > move->from) - (*key < move->from);
}

/* Where a device extent of the source lies on the target; NULL if there is none at that place. */
static const struct zr_move *find_move(const struct zr_edit *edit, uint64_t physical)
{
	return bsearch(&physical, edit->moves, edit->move_count, sizeof(*edit->moves),
		       compare_move);
}

static int move_place(const struct zr_edit *edit, struct le64 *place, const char *what,
		      struct zr_error *err)
{
	const struct zr_move *move = find_move(edit, le64_get(*place));

	if (!move)
		return zr_fail(err, ZR_E_DEVEXT,
			       "%s: physical %llu on devid %llu is no device extent of the plan",
			       what, (ull)le64_get(*place), (ull)edit->devid);
	*place = le64_set(move->to);
	return 0;
}

/* @data: a chunk item that was decoded before */
static int move_stripes(const struct zr_edit *edit, uint8_t *data, struct zr_error *err)
{
	const struct btrfs_chunk *chunk = (const struct btrfs_chunk *)data;
	struct btrfs_stripe *stripe = (struct btrfs_stripe *)(data + sizeof(*chunk));
	uint16_t count = le16_get(chunk->num_stripes);
	int rc = 0;

	for (; count && !rc; count--, stripe++)
		if (le64_get(stripe->devid) == edit->devid)
			rc = move_place(edit, &stripe->offset, "chunk", err);
	return rc;
}

static int edit_device(const struct zr_edit *edit, struct btrfs_dev_item *dev, struct zr_error *err)
{
	if (edit->new_blocks)
		memcpy(dev->fsid, edit->fsid, BTRFS_UUID_SIZE);
	if (le64_get(dev->devid) != edit->devid)
		return 0;
	if (le64_get(dev->total_bytes) + edit->growth != edit->total_bytes)
		return zr_fail(
			err, ZR_E_DEV,
			"device item: devid %llu, total bytes changed, found %llu expected %llu",
			(ull)edit->devid, (ull)le64_get(dev->total_bytes),
			(ull)(edit->total_bytes - edit->growth));
	dev->total_bytes = le64_set(edit->total_bytes);
	return 0;
}

static int edit_chunk_leaf(const struct zr_edit *edit, const struct zr_block *leaf, uint8_t *bytes,
			   struct zr_error *err)
{
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < leaf->nritems && !rc; slot++) {
		struct zr_item item;
		uint8_t *data;

		zr_block_item(leaf, slot, &item);
		data = bytes + (item.data - leaf->bytes);
		if (item.key.type == BTRFS_CHUNK_ITEM_KEY)
			rc = move_stripes(edit, data, err);
		else if (item.key.type == BTRFS_DEV_ITEM_KEY)
			rc = edit_device(edit, (struct btrfs_dev_item *)data, err);
	}
	return rc;
}

/* A node's key is the first one below it, so that leaves and nodes are mapped alike. */
static int edit_device_keys(const struct zr_edit *edit, const struct zr_block *block,
			    uint8_t *bytes, struct zr_error *err)
{
	size_t stride = block->level ? sizeof(struct btrfs_key_ptr) : sizeof(struct btrfs_item);
	uint8_t *at = bytes + sizeof(struct btrfs_header);
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < block->nritems && !rc; slot++, at += stride) {
		struct btrfs_disk_key *key = (struct btrfs_disk_key *)at;

		if (key->type == BTRFS_DEV_EXTENT_KEY && le64_get(key->objectid) == edit->devid)
			rc = move_place(edit, &key->offset, "device extent", err);
	}
	return rc;
}

static int check_whole(const struct zr_check_context *ctx, const uint8_t *bytes,
		       struct zr_block *block, struct zr_error *err)
{
	const struct zr_block_expect expect = {
		.logical = block->logical,
		.generation = block->generation,
		.owner = block->owner,
		.level = block->level,
	};

	return zr_block_check(ctx, bytes, &expect, block, err);
}

/* A chunk leaf has device items and with them the fsid; a node of the chunk tree has nothing. */
static bool has_contents(const struct zr_edit *edit, const struct zr_block *block)
{
	if (block->owner == BTRFS_CHUNK_TREE_OBJECTID)
		return !block->level && (edit->layout || edit->new_blocks);
	return block->owner == BTRFS_DEV_TREE_OBJECTID && edit->layout;
}

static int edit_contents(const struct zr_edit *edit, const struct zr_block *block, uint8_t *bytes,
			 struct zr_error *err)
{
	if (block->owner == BTRFS_CHUNK_TREE_OBJECTID)
		return edit_chunk_leaf(edit, block, bytes, err);
	return edit_device_keys(edit, block, bytes, err);
}

int zr_edit_block(const struct zr_edit *edit, const struct zr_check_context *ctx, uint8_t *bytes,
		  struct zr_error *err)
{
	struct zr_check_context after = *ctx;
	struct zr_block block;
	bool contents;
	int rc = 0;

	if (edit->translation)
		return zr_translate_block(edit->translation, ctx, bytes, err);
	zr_block_view(&block, bytes, ctx->items.nodesize);
	contents = has_contents(edit, &block);
	if (!contents && !edit->new_blocks)
		return 0;
	if (contents)
		rc = check_whole(ctx, bytes, &block, err);
	if (!rc && contents)
		rc = edit_contents(edit, &block, bytes, err);
	if (rc)
		return rc;
	if (edit->new_blocks) {
		memcpy(((struct btrfs_header *)bytes)->fsid, edit->fsid, BTRFS_UUID_SIZE);
		memcpy(after.metadata_uuid, edit->fsid, BTRFS_UUID_SIZE);
	}
	zr_block_seal(ctx->csum_type, bytes, ctx->items.nodesize);
	return contents ? check_whole(&after, bytes, &block, err) : 0;
}

static int move_system_chunks(const struct zr_edit *edit, struct btrfs_super_block *super,
			      struct zr_error *err)
{
	uint32_t size = le32_get(super->sys_chunk_array_size);
	uint32_t offset = 0;
	struct zr_item item;
	int rc = 0;

	while (!rc) {
		rc = zr_sys_chunk_next(super->sys_chunk_array, size, &offset, &item, err);
		if (!rc)
			rc = move_stripes(
				edit, super->sys_chunk_array + (item.data - super->sys_chunk_array),
				err);
	}
	return rc < 0 ? rc : 0;
}

static void edit_fsid(const struct zr_edit *edit, struct btrfs_super_block *super)
{
	uint64_t incompat = le64_get(super->incompat_flags);

	if (edit->new_blocks) {
		memset(super->metadata_uuid, 0, BTRFS_UUID_SIZE);
		memcpy(super->dev_item.fsid, edit->fsid, BTRFS_UUID_SIZE);
		incompat &= ~BTRFS_INCOMPAT_METADATA_UUID;
	} else if (!(incompat & BTRFS_INCOMPAT_METADATA_UUID)) {
		memcpy(super->metadata_uuid, super->fsid, BTRFS_UUID_SIZE);
		incompat |= BTRFS_INCOMPAT_METADATA_UUID;
	}
	super->incompat_flags = le64_set(incompat);
	memcpy(super->fsid, edit->fsid, BTRFS_UUID_SIZE);
}

int zr_edit_super(const struct zr_edit *edit, uint8_t raw[ZR_SUPER_BYTES], struct zr_error *err)
{
	struct btrfs_super_block *super = (struct btrfs_super_block *)raw;
	int rc = 0;

	if (edit->layout) {
		super->total_bytes = le64_set(le64_get(super->total_bytes) + edit->growth);
		super->dev_item.total_bytes = le64_set(edit->total_bytes);
		rc = move_system_chunks(edit, super, err);
	}
	if (edit->new_fsid)
		edit_fsid(edit, super);
	return rc;
}
