/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading trees: verified blocks, and a cursor that moves over the items of a tree.
 */
#ifndef ZR_SOURCE_TREE_H
#define ZR_SOURCE_TREE_H

#include "ahead.h"
#include "source.h"

#define ZR_TREE_LEVELS 8

/*
 * zr_tree_block_read - read a tree block from the first copy that passes the tree checker
 * @buffer: nodesize bytes, aligned to ZR_BUFFER_ALIGN; @block borrows them
 *
 * Returns 0; with no good copy, the failure of the first copy.
 */
int zr_tree_block_read(struct zr_source *source, const struct zr_block_expect *expect,
		       uint8_t *buffer, struct zr_block *block, struct zr_error *err) ZR_NODISCARD;

/* One block of the path from the root to the current leaf. */
struct zr_cursor_level {
	uint8_t *buffer;
	struct zr_block block;
	uint32_t slot;
	bool loaded;
	bool bounded; /* whether there is a block behind it on the same level */
	struct zr_key end_key; /* first key of that block */
};

/*
 * A place in a tree. It keeps one block per level and reads only those that differ when it moves,
 * so walking forward or searching nearby costs one leaf at a time. Memory is nodesize per level,
 * and ZR_AHEAD_BYTES if it reads ahead.
 */
struct zr_cursor {
	struct zr_source *source;
	struct zr_tree tree;
	struct zr_cursor_level levels[ZR_TREE_LEVELS];
	struct zr_ahead *ahead; /* NULL: blocks are read one by one */
	bool placed; /* the slots of all levels are the path to the leaf that is loaded */
};

/*
 * zr_cursor_init - a cursor without a position; nothing is read
 */
void zr_cursor_init(struct zr_cursor *cursor, struct zr_source *source, const struct zr_tree *tree);

/*
 * zr_cursor_read_ahead - read several leaves together when the cursor moves forward
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_cursor_read_ahead(struct zr_cursor *cursor, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_cursor_seek - go to the first item whose key is not below @key
 * Returns 0, 1 when there is none, or an error.
 */
int zr_cursor_seek(struct zr_cursor *cursor, const struct zr_key *key,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_cursor_find - go to the item with exactly this key
 * @item: filled when it is found
 *
 * Returns 0, 1 when there is none, or an error.
 */
int zr_cursor_find(struct zr_cursor *cursor, const struct zr_key *key, struct zr_item *item,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_cursor_seek_below - go to the last item whose key is below @key
 * Returns 0, 1 when there is none, or an error.
 */
int zr_cursor_seek_below(struct zr_cursor *cursor, const struct zr_key *key,
			 struct zr_error *err) ZR_NODISCARD;

/*
 * zr_cursor_next, zr_cursor_previous - move by one item
 * Returns 0, 1 at the end of the tree, or an error. After 1 or an error the cursor has no position.
 */
int zr_cursor_next(struct zr_cursor *cursor, struct zr_error *err) ZR_NODISCARD;
int zr_cursor_previous(struct zr_cursor *cursor, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_cursor_item - the item at the position; lent until the cursor moves
 */
void zr_cursor_item(const struct zr_cursor *cursor, struct zr_item *item);

/*
 * zr_cursor_free - free the blocks of the path
 */
void zr_cursor_free(struct zr_cursor *cursor);

#endif
