// SPDX-License-Identifier: LGPL-2.1-or-later
#include "profile.h"

#include "ondisk.h"
#include "parity.h"
#include "range.h"

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
	{ BTRFS_BLOCK_GROUP_RAID6, 3, ZR_PARITY_DATA_MAX + 2, 1, 2, 1 },
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

/* What one stripe and its copies hold before the next one gets something. */
static uint64_t row_bytes(const struct zr_profile *profile, uint16_t stripes)
{
	return (uint64_t)zr_profile_data_stripes(profile, stripes) * BTRFS_STRIPE_LEN;
}

/* What lies in a row before a stripe. */
static uint64_t bytes_before(const struct zr_profile *profile, uint16_t stripe)
{
	return (uint64_t)(stripe / profile->copies) * BTRFS_STRIPE_LEN;
}

uint64_t zr_profile_reach(const struct zr_profile *profile, uint16_t stripes, uint16_t stripe,
			  uint64_t offset)
{
	uint64_t row = row_bytes(profile, stripes);
	uint64_t before = bytes_before(profile, stripe);
	uint64_t rest = offset % row;

	rest = rest > before ? zr_min64(rest - before, BTRFS_STRIPE_LEN) : 0;
	return offset / row * BTRFS_STRIPE_LEN + rest;
}

void zr_profile_fill(const struct zr_profile *profile, uint16_t stripes, uint16_t stripe,
		     uint64_t reach, uint64_t *least, uint64_t *most)
{
	uint64_t row = row_bytes(profile, stripes);
	uint64_t before = bytes_before(profile, stripe);
	uint64_t rest = reach % BTRFS_STRIPE_LEN;
	uint64_t start = reach / BTRFS_STRIPE_LEN * row + before;

	/* Between two elements of a stripe, the others of the row are filled. */
	*least = rest || !reach ? start + rest : start - row + BTRFS_STRIPE_LEN;
	*most = start + rest;
	if (!reach)
		*least = 0;
}
