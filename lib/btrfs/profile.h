/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Profiles of block groups: how many stripes a chunk has and what they hold. One table.
 */
#ifndef ZR_BTRFS_PROFILE_H
#define ZR_BTRFS_PROFILE_H

#include "block_group.h"

#include <stdbool.h>
#include <stdint.h>

struct zr_profile {
	uint64_t flag; /* BTRFS_BLOCK_GROUP_*, 0 for single */
	uint16_t stripes_min;
	uint16_t stripes_max; /* 0: as many as there are devices */
	uint16_t copies; /* of each byte */
	uint16_t parity; /* stripes per row that hold no data */
	uint16_t sub_stripes; /* what the chunk item must say */
};

/*
 * zr_profile_find - the profile of a block group or chunk
 * Returns an entry that is lent for ever, or NULL when @flags has several profile bits.
 */
const struct zr_profile *zr_profile_find(uint64_t flags);

/*
 * zr_profile_data_stripes - how many stripes of a chunk hold different data
 * @stripes: number of stripes that the profile allows
 */
uint16_t zr_profile_data_stripes(const struct zr_profile *profile, uint16_t stripes);

#endif
