/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views of tree blocks. A view borrows the bytes. Items and pointers may only be asked for when
 * zr_block_check() accepted the block, so that the accessors cannot leave it.
 */
#ifndef ZR_BTRFS_BLOCK_H
#define ZR_BTRFS_BLOCK_H

#include "key.h"

#include <stdbool.h>
#include <stdint.h>

struct zr_block {
	const uint8_t *bytes;
	uint32_t size; /* node size */
	uint64_t logical;
	uint64_t generation;
	uint64_t owner;
	uint32_t nritems;
	uint8_t level; /* 0: a leaf */
};

struct zr_item {
	struct zr_key key;
	const uint8_t *data; /* lent by the block */
	uint32_t size;
};

struct zr_pointer {
	struct zr_key key; /* first key of the child */
	uint64_t logical;
	uint64_t generation;
};

/*
 * zr_block_view - decode the header of a tree block; the bytes are not checked
 */
void zr_block_view(struct zr_block *block, const uint8_t *bytes, uint32_t size);

/*
 * zr_block_chunk_tree_uuid - the UUID of the chunk tree, which all blocks of a file system carry
 */
const uint8_t *zr_block_chunk_tree_uuid(const struct zr_block *block);

/*
 * zr_block_item - an item of a leaf
 * @slot: below block->nritems
 */
void zr_block_item(const struct zr_block *leaf, uint32_t slot, struct zr_item *item);

/*
 * zr_block_pointer - a pointer of a node
 * @slot: below block->nritems
 */
void zr_block_pointer(const struct zr_block *node, uint32_t slot, struct zr_pointer *pointer);

/*
 * zr_block_key - the key in a slot of a leaf or a node
 */
struct zr_key zr_block_key(const struct zr_block *block, uint32_t slot);

/*
 * zr_block_lower_bound - the first slot whose key is not below @key; block->nritems if there is
 * none
 */
uint32_t zr_block_lower_bound(const struct zr_block *block, const struct zr_key *key);

#endif
