/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a zone of a plan to units: what goes into it, in order, with checksums.
 *
 * There are two kinds. A replace has the device extent of the source at the same offsets; a
 * re-layout has extents from anywhere, one behind the other, and blocks that the walker makes.
 */
#ifndef ZR_COPY_WALKER_H
#define ZR_COPY_WALKER_H

#include "engine.h"
#include "unit.h"

struct zr_walker;

struct zr_walker_ops {
	void (*begin)(struct zr_walker *walker, uint32_t zone);
	int (*next)(struct zr_walker *walker, struct zr_unit *unit, struct zr_error *err);
	int (*read_ahead)(struct zr_walker *walker, struct zr_error *err);
	void (*free)(struct zr_walker *walker);
};

/* The first member of each kind. */
struct zr_walker {
	const struct zr_walker_ops *ops;
	struct zr_copy *copy;
};

/*
 * zr_walker_new - a walker of the kind that the plan needs; NULL if memory runs out
 */
struct zr_walker *zr_walker_new(struct zr_copy *copy);
struct zr_walker *zr_replace_walker_new(struct zr_copy *copy);
struct zr_walker *zr_relayout_walker_new(struct zr_copy *copy);

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
 * @unit: filled but for the bytes of its pieces; the last one of the zone says so
 *
 * Returns 0, -ZR_E_BLOCK_GROUP when the extents do not end where the plan says, or a failure of
 * reading a tree of the source.
 */
int zr_walker_next(struct zr_walker *walker, struct zr_unit *unit,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_walker_free - NULL is allowed
 */
void zr_walker_free(struct zr_walker *walker);

#endif
