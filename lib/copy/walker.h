/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a plan to units: the used extents of each zone in order, with their checksums.
 */
#ifndef ZR_COPY_WALKER_H
#define ZR_COPY_WALKER_H

#include "engine.h"
#include "unit.h"

struct zr_walker {
	struct zr_copy *copy;
	struct zr_extent_walk walk;
	struct zr_csum_lookup csums;
	uint32_t zone; /* index of the planned zone; zone_count when all is done */
	uint64_t offset; /* in the zone, of the next unit */
	struct zr_extent extent; /* the one that is cut into pieces, if has_extent */
	uint64_t done; /* bytes of it that are in units */
	bool has_extent;
	bool started; /* the zone */
	bool ended; /* the zone has no more extents */
};

void zr_walker_init(struct zr_walker *walker, struct zr_copy *copy);

/*
 * zr_walker_next - the next unit, ascending by zone of the plan and offset
 * @unit: filled but for the bytes in its buffer
 *
 * Zones that are done already are left out. The last unit of a zone says so.
 * Returns 0, 1 at the end of the plan, -ZR_E_BLOCK_GROUP when the extents do not end where the plan
 * says, or a failure of reading the extent tree or the checksum tree.
 */
int zr_walker_next(struct zr_walker *walker, struct zr_unit *unit,
		   struct zr_error *err) ZR_NODISCARD;

void zr_walker_free(struct zr_walker *walker);

#endif
