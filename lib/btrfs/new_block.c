// SPDX-License-Identifier: LGPL-2.1-or-later
#include "new_block.h"

#include "ondisk.h"

#include <string.h>

static struct btrfs_disk_key key_to_disk(const struct zr_key *key)
{
	return (struct btrfs_disk_key){
		.objectid = le64_set(key->objectid),
		.type = key->type,
		.offset = le64_set(key->offset),
	};
}

void zr_new_block_begin(struct zr_new_block *block, uint8_t *bytes, uint32_t nodesize,
			const struct zr_new_header *header, uint64_t logical, uint8_t level)
{
	struct btrfs_header *disk = (struct btrfs_header *)bytes;

	*block = (struct zr_new_block){
		.bytes = bytes,
		.nodesize = nodesize,
		.start = nodesize - (uint32_t)sizeof(*disk),
	};
	if (!bytes)
		return;
	memset(bytes, 0, nodesize);
	memcpy(disk->fsid, header->fsid, sizeof(disk->fsid));
	disk->bytenr = le64_set(logical);
	disk->flags = le64_set(BTRFS_HEADER_FLAG_WRITTEN | BTRFS_MIXED_BACKREF_REV << 56);
	memcpy(disk->chunk_tree_uuid, header->chunk_tree_uuid, sizeof(disk->chunk_tree_uuid));
	disk->generation = le64_set(header->generation);
	disk->owner = le64_set(header->owner);
	disk->level = level;
}

/* The number of items is kept in the header as they come. */
static void count(struct zr_new_block *block)
{
	block->nritems++;
	if (block->bytes)
		((struct btrfs_header *)block->bytes)->nritems = le32_set(block->nritems);
}

static void put_item(struct zr_new_block *block, uint32_t at, const struct zr_key *key,
		     const uint8_t *data, uint32_t size)
{
	const struct btrfs_item item = {
		.key = key_to_disk(key),
		.offset = le32_set(block->start),
		.size = le32_set(size),
	};
	uint8_t *items = block->bytes + sizeof(struct btrfs_header);

	memcpy(items + at, &item, sizeof(item));
	if (size)
		memcpy(items + block->start, data, size);
}

bool zr_new_leaf_add(struct zr_new_block *block, const struct zr_key *key, const uint8_t *data,
		     uint32_t size)
{
	uint32_t table = (block->nritems + 1) * (uint32_t)sizeof(struct btrfs_item);

	if (block->start < table || block->start - table < size)
		return false;
	block->start -= size;
	if (block->bytes)
		put_item(block, table - (uint32_t)sizeof(struct btrfs_item), key, data, size);
	count(block);
	return true;
}

void zr_new_node_add(struct zr_new_block *block, const struct zr_key *key, uint64_t logical,
		     uint64_t generation)
{
	const struct btrfs_key_ptr pointer = {
		.key = key_to_disk(key),
		.blockptr = le64_set(logical),
		.generation = le64_set(generation),
	};
	size_t at = sizeof(struct btrfs_header) + block->nritems * sizeof(pointer);

	if (block->bytes)
		memcpy(block->bytes + at, &pointer, sizeof(pointer));
	count(block);
}

uint32_t zr_new_node_pointers(uint32_t nodesize)
{
	return (nodesize - (uint32_t)sizeof(struct btrfs_header)) /
	       (uint32_t)sizeof(struct btrfs_key_ptr);
}

bool zr_new_leaf_fits(uint32_t nodesize, uint32_t size)
{
	return size <= nodesize - sizeof(struct btrfs_header) - sizeof(struct btrfs_item);
}

void zr_block_seal(enum zr_csum_type type, uint8_t *bytes, uint32_t nodesize)
{
	uint8_t csum[ZR_CSUM_MAX];

	zr_csum(type, bytes + BTRFS_CSUM_SIZE, nodesize - BTRFS_CSUM_SIZE, csum);
	memcpy(bytes, csum, zr_csum_size(type));
}
