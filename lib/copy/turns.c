// SPDX-License-Identifier: LGPL-2.1-or-later
#include "turns.h"

void zr_turn_begin(struct zr_turn *turn, uint32_t zone)
{
	*turn = (struct zr_turn){ .zone = zone, .walking = true };
}

static bool comes_before(const struct zr_turn *turn, const struct zr_turn *other)
{
	return !turn->fed && (other->fed || turn->zone < other->zone);
}

uint32_t zr_turn_choose(const struct zr_turn *turns, uint32_t count, uint32_t *next)
{
	uint32_t chosen = count;
	uint32_t i;

	for (i = 0; i < count; i++) {
		uint32_t at = (*next + i) % count;

		if (turns[at].walking &&
		    (chosen == count || comes_before(&turns[at], &turns[chosen])))
			chosen = at;
	}
	if (chosen < count)
		*next = (chosen + 1) % count;
	return chosen;
}
