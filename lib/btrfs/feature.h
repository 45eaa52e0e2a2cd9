/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Feature bits and superblock flags: one table that says which are supported and why others are
 * not.
 */
#ifndef ZR_BTRFS_FEATURE_H
#define ZR_BTRFS_FEATURE_H

#include "error.h"
#include "super.h"

#include <stdbool.h>

#define BTRFS_INCOMPAT_RAID56 (1ULL << 7)
#define BTRFS_INCOMPAT_SKINNY_METADATA (1ULL << 8)
#define BTRFS_INCOMPAT_METADATA_UUID (1ULL << 10)
#define BTRFS_INCOMPAT_RAID1C34 (1ULL << 11)
#define BTRFS_INCOMPAT_ZONED (1ULL << 12)
#define BTRFS_INCOMPAT_SIMPLE_QUOTA (1ULL << 16)
#define BTRFS_COMPAT_RO_FREE_SPACE_TREE (1ULL << 0)
#define BTRFS_COMPAT_RO_FREE_SPACE_TREE_VALID (1ULL << 1)
#define BTRFS_COMPAT_RO_BLOCK_GROUP_TREE (1ULL << 3)

/*
 * zr_features_check - whether everything that a superblock declares is supported
 *
 * Unknown bits are refused: a tree that is not known can hold space that is not known to be used.
 * Returns 0 or -ZR_E_FEATURE with the bit, its name and the reason.
 */
int zr_features_check(const struct zr_super *super, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_super_is_zoned - whether the file system has zones, be they emulated
 */
bool zr_super_is_zoned(const struct zr_super *super);

/*
 * zr_super_require_zoned - refuse a file system without zones
 * Returns 0 or -ZR_E_FEATURE.
 */
int zr_super_require_zoned(const struct zr_super *super, struct zr_error *err) ZR_NODISCARD;

#endif
