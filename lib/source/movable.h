/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether extents may get other logical addresses, which a replace does not give them.
 */
#ifndef ZR_SOURCE_MOVABLE_H
#define ZR_SOURCE_MOVABLE_H

#include "source.h"

/*
 * zr_source_movable - refuse a file system in which a balance holds addresses
 *
 * The filters of a balance that is running or paused are addresses, and the trees of one that was
 * interrupted name blocks of subvolumes that are being moved.
 * Returns 0, -ZR_E_BALANCE_RUNNING, or an error of reading the root tree.
 * The kernel: btrfs_recover_balance(), btrfs_recover_relocation().
 */
int zr_source_movable(struct zr_source *source, struct zr_error *err) ZR_NODISCARD;

#endif
