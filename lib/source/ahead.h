/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leaves that a cursor will come to next, read together: sorted by physical address, neighbours at
 * once, several reads in flight. Nothing is checked here, and nothing fails: a leaf that could not
 * be read, or that is found to be bad, is read in the usual way when its turn comes.
 */
#ifndef ZR_SOURCE_AHEAD_H
#define ZR_SOURCE_AHEAD_H

#include "source.h"

/* Bytes that are read ahead at most, and leaves, whatever their size. */
#define ZR_AHEAD_BYTES (1024U << 10)
#define ZR_AHEAD_LEAVES 64

/* A leaf in the buffer. */
struct zr_ahead_leaf {
	uint64_t logical;
	struct zr_place place;
	uint8_t *bytes;
	bool good; /* it was read */
};

struct zr_ahead {
	struct zr_source *source;
	uint8_t *buffer;
	struct zr_ahead_leaf leaves[ZR_AHEAD_LEAVES];
	uint32_t count;
	uint64_t node; /* logical, above the leaf that was wanted last */
	uint32_t slot; /* of that leaf in the node */
};

/*
 * zr_ahead_new - nothing is read yet; NULL if memory runs out
 */
struct zr_ahead *zr_ahead_new(struct zr_source *source);
void zr_ahead_free(struct zr_ahead *ahead);

/*
 * zr_ahead_want - the leaf below a slot of a node is wanted
 * @node: a checked node of level 1
 *
 * Reads it and some of those behind it, unless it is there already, or is not the one behind the
 * leaf that was wanted before: a search would read them in vain.
 */
void zr_ahead_want(struct zr_ahead *ahead, const struct zr_block *node, uint32_t slot);

/*
 * zr_ahead_take - the bytes of a leaf that was read
 * @buffer: nodesize bytes, filled
 *
 * Returns whether it was there.
 */
bool zr_ahead_take(const struct zr_ahead *ahead, uint64_t logical, uint8_t *buffer);

#endif
