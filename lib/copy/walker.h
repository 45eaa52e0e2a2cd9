/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a zone of a plan to units: its used extents in order, with their checksums.
 */
#ifndef ZR_COPY_WALKER_H
#define ZR_COPY_WALKER_H

#include "engine.h"
#include "unit.h"

struct zr_walker {
	struct zr_copy *copy;
	struct zr_extent_walk walk;
	struct zr_csum_lookup csums;
	uint32_t zone; /* index of the planned zone */
	uint64_t offset; /* in the zone, of the next unit */
	struct zr_extent extent; /* the one that is cut into pieces, if has_extent */
	uint64_t done; /* bytes of it that are in units, or on other stripes */
	uint64_t together; /* bytes of it behind those that lie in one place */
	bool has_extent;
	bool ended; /* the zone has no more extents */
};

void zr_walker_init(struct zr_walker *walker, struct zr_copy *copy);

/*
 * zr_walker_read_ahead - read leaves ahead, several at a time
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_walker_read_ahead(struct zr_walker *walker, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_walker_zone - the first zone from an index on that is to be copied; zone_count at the end
 */
uint32_t zr_walker_zone(const struct zr_copy *copy, uint32_t from);

/*
 * zr_walker_begin - begin with a zone of the plan
 */
void zr_walker_begin(struct zr_walker *walker, uint32_t zone);

/*
 * zr_walker_next - the next unit of the zone, ascending by offset
 * @unit: filled but for the bytes in its buffer; the last one of the zone says so
 *
 * Returns 0, -ZR_E_BLOCK_GROUP when the extents do not end where the plan says, or a failure of
 * reading the extent tree or the checksum tree.
 */
int zr_walker_next(struct zr_walker *walker, struct zr_unit *unit,
		   struct zr_error *err) ZR_NODISCARD;

void zr_walker_free(struct zr_walker *walker);

#endif
