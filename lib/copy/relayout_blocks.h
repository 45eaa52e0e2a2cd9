/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree blocks that a re-layout makes, one after the other, from any one on. Making them again
 * gives the same bytes, for another copy as for a run that goes on.
 */
#ifndef ZR_COPY_RELAYOUT_BLOCKS_H
#define ZR_COPY_RELAYOUT_BLOCKS_H

#include "engine.h"
#include "records.h"
#include "relayout_items.h"

/* First keys of the leaves that were made in a run, which nodes need; used by one thread. */
struct zr_made_keys {
	struct zr_key *firsts[ZR_NEW_TREES]; /* NULL before the tree is begun */
};

void zr_made_keys_free(struct zr_made_keys *keys);

struct zr_made_tree_blocks {
	struct zr_relayout_reader reader;
	struct zr_made_keys *keys;
	const atomic_bool *cancelled;
	struct zr_tree_maker maker;
	struct zr_new_tree_place place;
	int tree; /* enum zr_new_tree_name of the one that is being made; ZR_NEW_TREES for none */
	union {
		struct zr_records records;
		struct zr_csum_items csums;
		struct zr_root_items roots;
		struct zr_extent_tree_items extents;
	} items;
};

/*
 * zr_made_tree_blocks_init - begin with no tree
 * @copy: lent; what it copies is a re-layout
 */
void zr_made_tree_blocks_init(struct zr_made_tree_blocks *blocks, const struct zr_copy *copy);

/*
 * zr_made_tree_blocks_next - make the block with a number
 * @tree: enum zr_new_tree_name
 * @number: below the blocks of the tree. In ascending order each block is made once; to go back,
 *          or on after a gap, all from the first one of the tree to it are made again.
 * @bytes: nodesize bytes
 *
 * Returns as zr_tree_maker_next(), -ZR_E_NO_MEMORY, or -ZR_E_CANCELLED.
 */
int zr_made_tree_blocks_next(struct zr_made_tree_blocks *blocks, int tree, uint64_t number,
			     uint8_t *bytes, struct zr_error *err) ZR_NODISCARD;

void zr_made_tree_blocks_free(struct zr_made_tree_blocks *blocks);

#endif
