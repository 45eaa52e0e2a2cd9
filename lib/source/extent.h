/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The used extents of a block group, in order, one at a time.
 */
#ifndef ZR_SOURCE_EXTENT_H
#define ZR_SOURCE_EXTENT_H

#include "group.h"
#include "tree.h"

/*
 * zr_extent_before - the last extent of the extent tree that begins below an address
 * @lowest: extents that begin below it are none
 *
 * Back references lie between extent items, and are passed over.
 * Returns 0, 1 when there is none, or an error of reading or decoding.
 */
int zr_extent_before(struct zr_cursor *cursor, uint64_t lowest, uint64_t logical,
		     struct zr_extent *extent, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_extent_is_key - whether a key is that of an extent item
 */
bool zr_extent_is_key(const struct zr_key *key);

struct zr_extent_walk {
	struct zr_cursor cursor;
	const struct zr_group *group;
	uint64_t first; /* where it began, logical */
	uint64_t end; /* end of the last extent, logical */
	uint64_t found; /* bytes in extent items so far */
	struct zr_extent ahead; /* the next one of the extent tree, if has_ahead */
	bool has_ahead;
	bool started;
	bool ended; /* the extent tree has no more for this block group */
	size_t log_next; /* the next extent that only the tree-log may name */
};

/*
 * zr_extent_walk_init - a walk that has no block group yet; nothing is read
 */
void zr_extent_walk_init(struct zr_extent_walk *walk, struct zr_source *source);

/*
 * zr_extent_walk_start - begin with the first extent of a block group
 * @group: lent until the walk ends
 */
void zr_extent_walk_start(struct zr_extent_walk *walk, const struct zr_group *group);

/*
 * zr_extent_walk_start_at - the same from an address on; the sum of the extents is not asked for
 */
void zr_extent_walk_start_at(struct zr_extent_walk *walk, const struct zr_group *group,
			     uint64_t logical);

/*
 * zr_extent_walk_next - the next extent, ascending by logical address
 *
 * Extents that are in use according to the tree-log come in their order.
 * Extents that overlap, leave the block group or are of the wrong kind for it end the walk with
 * -ZR_E_EXTENT or -ZR_E_OVERLAP. At the end the sum of all extents must be what the block group
 * item counts as used, or the tree is not to be trusted about what is used: -ZR_E_BLOCK_GROUP.
 * Returns 0, 1 at the end, or an error.
 */
int zr_extent_walk_next(struct zr_extent_walk *walk, struct zr_extent *extent,
			struct zr_error *err) ZR_NODISCARD;

void zr_extent_walk_free(struct zr_extent_walk *walk);

#endif
