// SPDX-License-Identifier: LGPL-2.1-or-later
#include "profile.h"

#include <stddef.h>

/* flag, fewest stripes, most stripes, copies, parity stripes, sub_stripes */
static const struct zr_profile profiles[] = {
	{ 0, 1, 1, 1, 0, 1 },
	{ BTRFS_BLOCK_GROUP_DUP, 2, 2, 2, 0, 1 },
	{ BTRFS_BLOCK_GROUP_RAID1, 2, 2, 2, 0, 1 },
	{ BTRFS_BLOCK_GROUP_RAID1C3, 3, 3, 3, 0, 1 },
	{ BTRFS_BLOCK_GROUP_RAID1C4, 4, 4, 4, 0, 1 },
	{ BTRFS_BLOCK_GROUP_RAID0, 1, 0, 1, 0, 1 },
	{ BTRFS_BLOCK_GROUP_RAID10, 2, 0, 2, 0, 2 },
	{ BTRFS_BLOCK_GROUP_RAID5, 2, 0, 1, 1, 1 },
	{ BTRFS_BLOCK_GROUP_RAID6, 3, 0, 1, 2, 1 },
};

const struct zr_profile *zr_profile_find(uint64_t flags)
{
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].flag == (flags & BTRFS_BLOCK_GROUP_PROFILE_MASK))
			return &profiles[i];
	return NULL;
}

uint16_t zr_profile_data_stripes(const struct zr_profile *profile, uint16_t stripes)
{
	return (uint16_t)((stripes - profile->parity) / profile->copies);
}
