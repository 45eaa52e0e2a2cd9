/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inodes whose items lie in other leaves than some of their file extents that become holes. Which
 * leaf follows which is in the nodes above them, and with their first keys so is where an inode's
 * items go on. No leaf is read, and each node once, however many subvolumes share it.
 */
#ifndef ZR_COPY_RELAYOUT_SPILL_H
#define ZR_COPY_RELAYOUT_SPILL_H

#include "prealloc.h"
#include "source.h"

/*
 * zr_relayout_spill - find their items in each subvolume, and how many bytes they count too many
 * @prealloc: sorted; gets the spills
 *
 * Every subvolume that shares a leaf with an inode item must say the same about it, which is looked
 * at the second time around. Memory is an entry for each node.
 * Returns 0, -ZR_E_EXTENT, -ZR_E_NO_MEMORY, or an error of reading a tree.
 */
int zr_relayout_spill(struct zr_prealloc *prealloc, struct zr_source *source,
		      struct zr_error *err) ZR_NODISCARD;

#endif
