// SPDX-License-Identifier: LGPL-2.1-or-later
#include "walker.h"

struct zr_walker *zr_walker_new(struct zr_copy *copy)
{
	return copy->plan->relayout ? zr_relayout_walker_new(copy) : zr_replace_walker_new(copy);
}

int zr_walker_read_ahead(struct zr_walker *walker, struct zr_error *err)
{
	return walker->ops->read_ahead(walker, err);
}

uint32_t zr_walker_zone(const struct zr_copy *copy, uint32_t from)
{
	while (from < copy->plan->zone_count && copy->done[from])
		from++;
	return from;
}

void zr_walker_begin(struct zr_walker *walker, uint32_t zone)
{
	walker->ops->begin(walker, zone);
}

int zr_walker_next(struct zr_walker *walker, struct zr_unit *unit, struct zr_error *err)
{
	return walker->ops->next(walker, unit, err);
}

void zr_walker_free(struct zr_walker *walker)
{
	if (walker)
		walker->ops->free(walker);
}
