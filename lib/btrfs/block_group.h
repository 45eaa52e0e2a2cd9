/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Flags of a block group and of its chunk: what it holds and how many copies are where.
 */
#ifndef ZR_BTRFS_BLOCK_GROUP_H
#define ZR_BTRFS_BLOCK_GROUP_H

#include <stdint.h>

#define BTRFS_BLOCK_GROUP_DATA 0x1ULL
#define BTRFS_BLOCK_GROUP_SYSTEM 0x2ULL
#define BTRFS_BLOCK_GROUP_METADATA 0x4ULL
#define BTRFS_BLOCK_GROUP_RAID0 0x8ULL
#define BTRFS_BLOCK_GROUP_RAID1 0x10ULL
#define BTRFS_BLOCK_GROUP_DUP 0x20ULL
#define BTRFS_BLOCK_GROUP_RAID10 0x40ULL
#define BTRFS_BLOCK_GROUP_RAID5 0x80ULL
#define BTRFS_BLOCK_GROUP_RAID6 0x100ULL
#define BTRFS_BLOCK_GROUP_RAID1C3 0x200ULL
#define BTRFS_BLOCK_GROUP_RAID1C4 0x400ULL

#define BTRFS_BLOCK_GROUP_TYPE_MASK \
	(BTRFS_BLOCK_GROUP_DATA | BTRFS_BLOCK_GROUP_SYSTEM | BTRFS_BLOCK_GROUP_METADATA)
#define BTRFS_BLOCK_GROUP_PROFILE_MASK                                                  \
	(BTRFS_BLOCK_GROUP_RAID0 | BTRFS_BLOCK_GROUP_RAID1 | BTRFS_BLOCK_GROUP_DUP |    \
	 BTRFS_BLOCK_GROUP_RAID10 | BTRFS_BLOCK_GROUP_RAID5 | BTRFS_BLOCK_GROUP_RAID6 | \
	 BTRFS_BLOCK_GROUP_RAID1C3 | BTRFS_BLOCK_GROUP_RAID1C4)

/*
 * zr_block_group_type_name, zr_block_group_profile_name - the words that btrfs-progs print; lent
 * for ever, "unknown" for no single type or profile
 */
static inline const char *zr_block_group_type_name(uint64_t flags)
{
	switch (flags & BTRFS_BLOCK_GROUP_TYPE_MASK) {
	case BTRFS_BLOCK_GROUP_DATA:
		return "data";
	case BTRFS_BLOCK_GROUP_SYSTEM:
		return "system";
	case BTRFS_BLOCK_GROUP_METADATA:
		return "metadata";
	default:
		return "unknown";
	}
}

static inline const char *zr_block_group_profile_name(uint64_t flags)
{
	switch (flags & BTRFS_BLOCK_GROUP_PROFILE_MASK) {
	case 0:
		return "single";
	case BTRFS_BLOCK_GROUP_RAID0:
		return "raid0";
	case BTRFS_BLOCK_GROUP_RAID1:
		return "raid1";
	case BTRFS_BLOCK_GROUP_DUP:
		return "dup";
	case BTRFS_BLOCK_GROUP_RAID10:
		return "raid10";
	case BTRFS_BLOCK_GROUP_RAID5:
		return "raid5";
	case BTRFS_BLOCK_GROUP_RAID6:
		return "raid6";
	case BTRFS_BLOCK_GROUP_RAID1C3:
		return "raid1c3";
	case BTRFS_BLOCK_GROUP_RAID1C4:
		return "raid1c4";
	default:
		return "unknown";
	}
}

#endif
