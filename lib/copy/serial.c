// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane.h"
#include "throttle.h"
#include "walker.h"

#include <stdlib.h>

struct engine {
	struct zr_copy *copy;
	struct zr_walker *walker;
	struct zr_lane lane;
	struct zr_throttle throttle;
	struct zr_unit *unit;
};

static int copy_unit(struct engine *engine, struct zr_error *err)
{
	struct zr_copy *copy = engine->copy;
	struct zr_unit *unit = engine->unit;
	struct zr_zone_result since;
	int rc;

	zr_throttle_wait(&engine->throttle, unit->len, NULL, copy->cancelled);
	rc = zr_unit_fill(unit, copy, err);

	if (!rc)
		rc = zr_lane_write(&engine->lane, unit, err);
	if (!rc)
		rc = zr_lane_note(&engine->lane, unit, err);
	if (rc)
		return rc;
	zr_unit_result(unit, &since);
	copy->advance(copy->owner, &since);
	return unit->last ? copy->complete(copy->owner, &engine->lane.result, err) : 0;
}

static int copy_zone(struct engine *engine, uint32_t zone, struct zr_error *err)
{
	int rc;

	zr_walker_begin(engine->walker, zone);
	do {
		rc = zr_walker_next(engine->walker, engine->unit, err);
		if (!rc)
			rc = copy_unit(engine, err);
	} while (!rc && !engine->unit->last);
	return rc;
}

static int copy_zones(struct engine *engine, struct zr_error *err)
{
	const struct zr_copy *copy = engine->copy;
	uint32_t zone = zr_walker_zone(copy, 0);
	int rc = 0;

	while (!rc && zone < copy->plan->zone_count) {
		rc = copy_zone(engine, zone, err);
		zone = zr_walker_zone(copy, zone + 1);
	}
	return rc;
}

int zr_copy_serial(struct zr_copy *copy, struct zr_error *err)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int rc;

	if (!engine)
		return zr_fail_nomem(err);
	engine->copy = copy;
	engine->throttle.rate = copy->rate;
	engine->unit = zr_unit_new(copy->unit_bytes);
	engine->walker = zr_walker_new(copy);
	zr_lane_init(&engine->lane, copy);
	rc = engine->unit && engine->walker ? copy_zones(engine, err) : zr_fail_nomem(err);
	zr_walker_free(engine->walker);
	zr_unit_free(engine->unit);
	free(engine);
	return rc;
}
