/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A zone of the target that is being written.
 */
#ifndef ZR_COPY_LANE_H
#define ZR_COPY_LANE_H

#include "engine.h"
#include "unit.h"

struct zr_lane {
	struct zr_copy *copy;
	struct zr_sink sink;
	struct zr_findings findings;
	struct zr_zone_result result; /* of the zone so far */
};

/*
 * zr_unit_result - what writing a unit adds to its zone
 */
void zr_unit_result(const struct zr_unit *unit, struct zr_zone_result *result);

/*
 * zr_zone_result_add - add figures up; the number of the zone stays
 */
void zr_zone_result_add(struct zr_zone_result *sum, const struct zr_zone_result *more);

/*
 * zr_lane_init - a lane without a zone
 */
void zr_lane_init(struct zr_lane *lane, struct zr_copy *copy);

/*
 * zr_lane_write - write the next unit of a zone; the first one begins the zone, the last one ends
 * it
 * @unit: filled
 *
 * Returns 0, -ZR_E_CANCELLED, or a failure of the target.
 */
int zr_lane_write(struct zr_lane *lane, const struct zr_unit *unit,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_lane_note - take over what was found to be bad while a unit was read; the last unit of a zone
 * brings it to the journal
 *
 * Returns 0 or an error of the journal. The journal is used by one thread at a time.
 */
int zr_lane_note(struct zr_lane *lane, const struct zr_unit *unit,
		 struct zr_error *err) ZR_NODISCARD;

#endif
