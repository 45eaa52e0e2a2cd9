/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making tree blocks: a header, items or pointers in the order of their keys, a checksum.
 */
#ifndef ZR_BTRFS_NEW_BLOCK_H
#define ZR_BTRFS_NEW_BLOCK_H

#include "check.h"

/* What all blocks of one tree have in their headers. */
struct zr_new_header {
	uint8_t fsid[16];
	uint8_t chunk_tree_uuid[16];
	uint64_t generation;
	uint64_t owner;
};

/* A block that is being made; the bytes are borrowed. */
struct zr_new_block {
	uint8_t *bytes; /* NULL: only what fits is asked */
	uint32_t nodesize;
	uint32_t nritems;
	uint32_t start; /* of the item data, from the end of the header */
};

/*
 * zr_new_block_begin - begin with an empty block
 * @bytes: nodesize bytes, or NULL
 * @header: not looked at without bytes
 */
void zr_new_block_begin(struct zr_new_block *block, uint8_t *bytes, uint32_t nodesize,
			const struct zr_new_header *header, uint64_t logical, uint8_t level);

/*
 * zr_new_leaf_add - add an item to a leaf
 * @data: NULL allowed without bytes
 *
 * Returns whether there was room.
 */
bool zr_new_leaf_add(struct zr_new_block *block, const struct zr_key *key, const uint8_t *data,
		     uint32_t size);

/*
 * zr_new_node_add - add a pointer to a node, which has room
 */
void zr_new_node_add(struct zr_new_block *block, const struct zr_key *key, uint64_t logical,
		     uint64_t generation);

/*
 * zr_new_node_pointers - how many pointers a node has room for
 */
uint32_t zr_new_node_pointers(uint32_t nodesize);

/*
 * zr_new_leaf_fits - whether a leaf can hold an item at all
 */
bool zr_new_leaf_fits(uint32_t nodesize, uint32_t size);

/*
 * zr_block_seal - make the checksum of a block anew
 * @bytes: nodesize bytes
 */
void zr_block_seal(enum zr_csum_type type, uint8_t *bytes, uint32_t nodesize);

#endif
