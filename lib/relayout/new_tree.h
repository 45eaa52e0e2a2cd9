/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trees that are made anew from a stream of items: how many blocks they take, and the blocks one
 * after the other, all leaves first, then level by level up to the root. The address of a block is
 * known from its number, so that everything can be written in order.
 */
#ifndef ZR_RELAYOUT_NEW_TREE_H
#define ZR_RELAYOUT_NEW_TREE_H

#include "new_block.h"

#define ZR_NEW_LEVELS 8

/* An item on its way into a tree. */
struct zr_new_item {
	struct zr_key key;
	const uint8_t *data; /* lent until the stream is asked for the next one */
	uint32_t size;
	bool cut; /* begins a leaf, however full the one before is */
};

/*
 * Items in the order of their keys. Whoever makes a stream has this as the first member.
 * next() returns 0, 1 at the end, or an error.
 */
struct zr_item_stream {
	int (*next)(struct zr_item_stream *stream, struct zr_new_item *item, struct zr_error *err);
};

/* What is known of a tree before it is made. */
struct zr_new_tree {
	uint64_t owner;
	uint64_t first; /* number of its first block, in whatever numbers blocks */
	uint64_t counts[ZR_NEW_LEVELS]; /* blocks of each level */
	uint64_t blocks; /* all of them; 0 if there is no such tree */
	uint8_t levels;
};

/*
 * zr_new_tree_count - how many leaves a stream fills
 * @leaves: 0 if there is no item; a whole tree without items has an empty leaf all the same
 *
 * Returns 0, -ZR_E_ITEM for an item that fits into no leaf, or an error of the stream.
 */
int zr_new_tree_count(struct zr_item_stream *stream, uint32_t nodesize, uint64_t *leaves,
		      struct zr_error *err) ZR_NODISCARD;

/*
 * zr_new_tree_shape - the levels above some leaves; owner and first stay
 * @leaves: 0 for no tree
 */
void zr_new_tree_shape(struct zr_new_tree *tree, uint64_t leaves, uint32_t nodesize);

/*
 * zr_new_tree_level - level of a block
 * @number: below tree->blocks
 */
uint8_t zr_new_tree_level(const struct zr_new_tree *tree, uint64_t number);

/* Where the blocks of a tree go. */
struct zr_new_tree_place {
	uint64_t (*logical)(const void *owner, const struct zr_new_tree *tree, uint64_t number);
	const void *owner;
};

/* A tree that is being made. */
struct zr_tree_maker {
	const struct zr_new_tree *tree;
	const struct zr_new_tree_place *place;
	struct zr_new_header header;
	enum zr_csum_type csum_type;
	uint32_t nodesize;
	struct zr_key *firsts; /* of each leaf so far; lent, counts[0] of them */
	struct zr_item_stream *stream;
	struct zr_new_item item; /* the next one, if has_item */
	bool has_item;
	bool ended;
	uint64_t made;
};

/*
 * zr_tree_maker_begin - begin with the first leaf
 * @maker: all but stream and what follows is set. Makers of one tree that take turns in one thread
 *         may share their firsts, as each sets the same.
 * @stream: as it was counted
 */
void zr_tree_maker_begin(struct zr_tree_maker *maker, struct zr_item_stream *stream);

/*
 * zr_tree_maker_next - make the next block
 * @bytes: nodesize bytes; NULL to pass it over
 *
 * Returns 0; -ZR_E_INTERNAL if the stream is not what was counted; an error of the stream.
 */
int zr_tree_maker_next(struct zr_tree_maker *maker, uint8_t *bytes,
		       struct zr_error *err) ZR_NODISCARD;

#endif
