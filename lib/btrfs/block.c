// SPDX-License-Identifier: LGPL-2.1-or-later
#include "block.h"

#include "ondisk.h"

static struct zr_key key_from_disk(const struct btrfs_disk_key *disk)
{
	struct zr_key key = {
		.objectid = le64_get(disk->objectid),
		.type = disk->type,
		.offset = le64_get(disk->offset),
	};

	return key;
}

static const struct btrfs_item *item_at(const struct zr_block *leaf, uint32_t slot)
{
	return (const struct btrfs_item *)(leaf->bytes + sizeof(struct btrfs_header)) + slot;
}

static const struct btrfs_key_ptr *pointer_at(const struct zr_block *node, uint32_t slot)
{
	return (const struct btrfs_key_ptr *)(node->bytes + sizeof(struct btrfs_header)) + slot;
}

void zr_block_view(struct zr_block *block, const uint8_t *bytes, uint32_t size)
{
	const struct btrfs_header *header = (const struct btrfs_header *)bytes;

	block->bytes = bytes;
	block->size = size;
	block->logical = le64_get(header->bytenr);
	block->generation = le64_get(header->generation);
	block->owner = le64_get(header->owner);
	block->nritems = le32_get(header->nritems);
	block->level = header->level;
}

const uint8_t *zr_block_chunk_tree_uuid(const struct zr_block *block)
{
	return ((const struct btrfs_header *)block->bytes)->chunk_tree_uuid;
}

void zr_block_item(const struct zr_block *leaf, uint32_t slot, struct zr_item *item)
{
	const struct btrfs_item *disk = item_at(leaf, slot);

	item->key = key_from_disk(&disk->key);
	item->data = leaf->bytes + sizeof(struct btrfs_header) + le32_get(disk->offset);
	item->size = le32_get(disk->size);
}

void zr_block_pointer(const struct zr_block *node, uint32_t slot, struct zr_pointer *pointer)
{
	const struct btrfs_key_ptr *disk = pointer_at(node, slot);

	pointer->key = key_from_disk(&disk->key);
	pointer->logical = le64_get(disk->blockptr);
	pointer->generation = le64_get(disk->generation);
}

struct zr_key zr_block_key(const struct zr_block *block, uint32_t slot)
{
	if (block->level)
		return key_from_disk(&pointer_at(block, slot)->key);
	return key_from_disk(&item_at(block, slot)->key);
}

uint32_t zr_block_lower_bound(const struct zr_block *block, const struct zr_key *key)
{
	uint32_t low = 0;
	uint32_t high = block->nritems;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		struct zr_key found = zr_block_key(block, middle);

		if (zr_key_compare(&found, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
