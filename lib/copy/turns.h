/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose zone gets the next unit, of those that are walked at a time.
 */
#ifndef ZR_COPY_TURNS_H
#define ZR_COPY_TURNS_H

#include <stdbool.h>
#include <stdint.h>

struct zr_turn {
	uint32_t zone; /* of the plan */
	bool walking; /* the walker has not come to the end of the zone */
	bool fed; /* the zone has got a unit */
};

/*
 * zr_turn_begin - a zone begins to be walked
 */
void zr_turn_begin(struct zr_turn *turn, uint32_t zone);

/*
 * zr_turn_choose - the zone that gets a unit
 * @turns: of all slots
 * @next: where the one after the last that was chosen is; advanced
 *
 * A zone cannot be written before those in front of it have begun, so the first unit of each comes
 * before all others, in the order of the plan; otherwise units of zones that wait could be all
 * there are. Then they take turns. Returns a number of @turns, or @count if none is walked.
 */
uint32_t zr_turn_choose(const struct zr_turn *turns, uint32_t count, uint32_t *next);

#endif
