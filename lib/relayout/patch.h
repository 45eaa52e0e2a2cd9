/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Items of trees that are made anew from the source's, with translated addresses.
 */
#ifndef ZR_RELAYOUT_PATCH_H
#define ZR_RELAYOUT_PATCH_H

#include "relayout.h"

/*
 * zr_patch_extent - an EXTENT_ITEM, METADATA_ITEM or a back reference that is an item of its own
 * @item: of an extent that is kept, checked
 * @bytes: nodesize bytes
 * @made: filled; its data is in @bytes
 *
 * The order of inline references is that of their old addresses, which the new ones keep.
 * References of file extents that become holes are left out. Returns 0; 1 if nothing is left of a
 * back reference; -ZR_E_EXTENT for a parent that is not kept or a reference that counts too few;
 * -ZR_E_ITEM for an unknown item.
 */
int zr_patch_extent(const struct zr_relayout *relayout, const struct zr_item *item, uint8_t *bytes,
		    struct zr_new_item *made, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_extent_is_cache - whether a data extent belongs to the free space cache of old kernels, whose
 * inodes are in the root tree
 * Returns 0, 1, or a code of zr_reference_inline_next().
 */
int zr_extent_is_cache(const struct zr_item *item, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_extent_count_holes - how many file extents that become holes refer to an extent by an item of
 * it: an EXTENT_ITEM or METADATA_ITEM, or a back reference that is an item of its own
 * @holes: added to; from all items of an extent it is zr_prealloc_references(), as otherwise back
 *         references and their number would no longer agree
 *
 * Returns 0, also for other items; -ZR_E_EXTENT for a reference that counts too few; a code of
 * zr_reference_decode().
 */
int zr_extent_count_holes(const struct zr_relayout *relayout, const struct zr_item *item,
			  uint64_t *holes, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_extent_is_hole - whether all that refers to a data extent becomes holes
 */
bool zr_extent_is_hole(const struct zr_relayout *relayout, const struct zr_item *item);

/*
 * zr_root_item_is_dropped - whether an item of the root tree belongs to that cache
 */
bool zr_root_item_is_dropped(const struct zr_item *item);

/*
 * zr_patch_root - an item of the root tree that is not dropped
 *
 * Returns as zr_patch_extent(), or -ZR_E_ROOT.
 */
int zr_patch_root(const struct zr_relayout *relayout, const struct zr_item *item, uint8_t *bytes,
		  struct zr_new_item *made, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_make_free_space_root - the root item of a free space tree where there was none
 * @bytes: nodesize bytes
 */
void zr_make_free_space_root(const struct zr_relayout *relayout, uint8_t *bytes,
			     struct zr_new_item *made);

#endif
