/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File extents that were allocated and not written. No zoned kernel can write to them, so that they
 * become holes: the file extent item stays in its place without an extent, the extent loses a
 * reference, and goes when it has no other, and the inode counts fewer bytes.
 */
#ifndef ZR_RELAYOUT_PREALLOC_H
#define ZR_RELAYOUT_PREALLOC_H

#include "error.h"
#include "item.h"
#include "reference.h"

#include <stddef.h>

/* References of an extent that go, all alike. */
struct zr_dropped {
	uint64_t extent; /* old logical address */
	uint64_t count;
	uint64_t owner; /* tree, or parent leaf if shared */
	uint64_t inode; /* of a tree */
	uint64_t offset; /* of the extent's first byte in the file, may have wrapped below 0 */
	bool shared;
};

/* Bytes of such file extents at the start of a leaf, of an inode whose item is in a leaf before. */
struct zr_head {
	uint64_t leaf; /* old logical address */
	uint64_t bytes;
};

/*
 * Bytes that the inode item in a leaf counts too many because of file extents in later leaves. Only
 * the last inode of a leaf has such.
 */
struct zr_spill {
	uint64_t leaf; /* old logical address */
	uint64_t inode;
	uint64_t bytes;
};

struct zr_prealloc {
	/* Sorted and merged by zr_prealloc_sort(), and merged whenever it is full: no more than two
	 * for each back reference. */
	struct zr_dropped *dropped;
	size_t dropped_count;
	size_t dropped_capacity;
	struct zr_head *heads; /* sorted with them */
	size_t head_count;
	size_t head_capacity;
	struct zr_spill *spills; /* one for each leaf, ascending, after zr_prealloc_sort_spills() */
	size_t spill_count;
	size_t spill_capacity;
	uint64_t items; /* file extents that become holes */
};

/*
 * zr_prealloc_take - take what a leaf has
 * @leaf: one that zr_leaf_look() found to have some
 * @shared: whether its references are those of the leaf and not of its tree (FULL_BACKREF)
 *
 * Returns 0, -ZR_E_NO_MEMORY, or a code of zr_file_extent_decode().
 */
int zr_prealloc_take(struct zr_prealloc *prealloc, const struct zr_block *leaf, bool shared,
		     const struct zr_item_context *ctx, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_prealloc_sort - when all leaves were taken
 */
void zr_prealloc_sort(struct zr_prealloc *prealloc);

/*
 * zr_prealloc_goes_on - whether a leaf begins within the items of an inode
 * @first: its first key
 */
bool zr_prealloc_goes_on(const struct zr_key *first);

/*
 * zr_prealloc_head - bytes at the start of a leaf, 0 for most
 */
uint64_t zr_prealloc_head(const struct zr_prealloc *prealloc, uint64_t leaf);

/*
 * zr_prealloc_add_spill - in any order, and once for each subvolume that has the leaf
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_prealloc_add_spill(struct zr_prealloc *prealloc, const struct zr_spill *spill,
			  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_prealloc_sort_spills - when all were added; of those of one leaf, one stays
 */
void zr_prealloc_sort_spills(struct zr_prealloc *prealloc);

/*
 * zr_prealloc_check_spill - whether that one says the same; for 0 bytes, whether there is none
 * Returns 0 or -ZR_E_EXTENT.
 */
int zr_prealloc_check_spill(const struct zr_prealloc *prealloc, const struct zr_spill *spill,
			    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_prealloc_spilled - bytes, 0 for most
 */
uint64_t zr_prealloc_spilled(const struct zr_prealloc *prealloc, uint64_t leaf, uint64_t inode);

/*
 * zr_prealloc_references - how many references of an extent go
 */
uint64_t zr_prealloc_references(const struct zr_prealloc *prealloc, uint64_t extent);

/*
 * zr_prealloc_dropped - how many go of those that one back reference counts
 */
uint64_t zr_prealloc_dropped(const struct zr_prealloc *prealloc, uint64_t extent,
			     const struct zr_reference *reference);

void zr_prealloc_free(struct zr_prealloc *prealloc);

#endif
