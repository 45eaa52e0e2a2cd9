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

/*
 * zr_profile_reach - how far one stripe of a block group is filled
 * @profile: one without parity
 * @stripes: number of stripes, which the profile allows
 * @stripe: below @stripes
 * @offset: end of what fills the block group from its start, bytes
 *
 * A profile that spreads data gives BTRFS_STRIPE_LEN bytes to one stripe after the other.
 * The kernel: btrfs_map_block().
 */
uint64_t zr_profile_reach(const struct zr_profile *profile, uint16_t stripes, uint16_t stripe,
			  uint64_t offset);

/*
 * zr_profile_fill - the opposite: where the content of a block group can end when one stripe is
 * filled up to @reach
 * @least, @most: set to the first and the last such offset in the block group
 */
void zr_profile_fill(const struct zr_profile *profile, uint16_t stripes, uint16_t stripe,
		     uint64_t reach, uint64_t *least, uint64_t *most);

#endif
