/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The block groups and device extents of the source device.
 */
#ifndef ZR_SOURCE_GROUP_H
#define ZR_SOURCE_GROUP_H

#include "source.h"

struct zr_group {
	const struct zr_mapped_chunk *chunk; /* lent by the source */
	struct zr_block_group item;
	uint64_t last; /* offset in the block group of the end of the last extent, 0 for none */
	uint64_t logged; /* bytes that only the tree-log names; the item does not count them */
};

struct zr_group_extent {
	uint64_t physical;
	uint64_t len;
	size_t group; /* index into groups */
	uint16_t stripe;
};

struct zr_group_list {
	struct zr_group *groups; /* ascending by logical, one for each chunk */
	size_t group_count;
	struct zr_group_extent *extents; /* of the source device, ascending by physical */
	size_t extent_count;
};

/*
 * zr_groups_read - list the block groups and the device extents of the source device
 * @list: filled; the caller frees it with zr_groups_free(), also after a failure
 *
 * Chunks, block group items and device extents must agree (the kernel:
 * check_chunk_block_group_mappings(), btrfs_verify_dev_extents()). Costs one search in the extent
 * tree per block group for its last extent; the extents themselves are not listed. Returns 0,
 * -ZR_E_BLOCK_GROUP, -ZR_E_DEVEXT, or an error of reading a tree.
 */
int zr_groups_read(struct zr_source *source, struct zr_group_list *list,
		   struct zr_error *err) ZR_NODISCARD;

void zr_groups_free(struct zr_group_list *list);

#endif
