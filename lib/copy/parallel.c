// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The threads of the parallel engine. One walks, some read, one writes for each slot, and the
 * caller's takes zones that are complete. The journal's lock is taken before the pipeline's;
 * neither is held while a unit is read or written.
 */
#include "pipeline.h"
#include "throttle.h"
#include "turns.h"
#include "walker.h"

#include <stdlib.h>

/* Threads that read and verify: as many reads are in flight. */
#define READERS 4

/*
 * Zones that read leaves ahead, so that memory does not grow with the zones in flight, of which all
 * but a few have data. Those with trees that are made read ahead for them all the same.
 */
#define AHEAD_LANES 4

struct engine;

/* Who writes the zone of a slot, and who walks it; walker and turn are of the walking thread. */
struct writer {
	struct engine *engine;
	struct zr_slot *slot;
	struct zr_walker *walker;
	struct zr_turn *turn;
	pthread_t thread;
};

struct engine {
	struct zr_copy *copy;
	struct zr_pipeline pipeline;
	uint32_t next_zone; /* of the plan, that no slot has */
	struct zr_turn *turns; /* one for each writer */
	uint32_t next_turn; /* whose walker goes on first */
	struct zr_throttle throttle;
	pthread_mutex_t journal; /* the journal is used by one thread at a time */
	struct writer *writers;
	uint32_t writer_count; /* that run */
	pthread_t readers[READERS];
	uint32_t reader_count; /* that run */
	pthread_t walker_thread;
	bool walker_runs;
};

static uint32_t walking(const struct engine *engine)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < engine->pipeline.slot_count; i++)
		count += engine->turns[i].walking;
	return count;
}

/*
 * Zones begin in the order of the plan, in whatever slots are free. No more than may be written at
 * once are walked, so that units of one that has to wait never keep others from going on.
 */
static void begin_zones(struct engine *engine)
{
	uint32_t i;

	for (i = 0; i < engine->pipeline.slot_count; i++) {
		struct writer *writer = &engine->writers[i];

		if (engine->next_zone == engine->copy->plan->zone_count ||
		    walking(engine) == engine->copy->lanes)
			return;
		if (writer->turn->walking || !zr_pipeline_claim(&engine->pipeline, writer->slot))
			continue;
		zr_walker_begin(writer->walker, engine->next_zone);
		zr_turn_begin(writer->turn, engine->next_zone);
		engine->next_zone = zr_walker_zone(engine->copy, engine->next_zone + 1);
	}
}

/* NULL at the end, or after a failure. */
static struct writer *next_to_walk(struct engine *engine)
{
	uint32_t slots = engine->pipeline.slot_count;

	for (;;) {
		uint32_t chosen;

		begin_zones(engine);
		chosen = zr_turn_choose(engine->turns, slots, &engine->next_turn);
		if (chosen < slots)
			return &engine->writers[chosen];
		if (engine->next_zone == engine->copy->plan->zone_count ||
		    zr_pipeline_await_slot(&engine->pipeline))
			return NULL;
	}
}

/* Returns 0, 1 when there is no more to walk, or a failure. */
static int walk_unit(struct engine *engine, struct zr_unit *unit, struct zr_error *err)
{
	struct writer *writer = next_to_walk(engine);
	int rc = writer ? zr_walker_next(writer->walker, unit, err) : 1;

	if (rc)
		return rc;
	writer->turn->fed = true;
	writer->turn->walking = !unit->last;
	zr_throttle_wait(&engine->throttle, unit->len, &engine->pipeline.stop,
			 engine->copy->cancelled);
	zr_pipeline_put(&engine->pipeline, writer->slot, unit);
	return 0;
}

static void *walk(void *context)
{
	struct engine *engine = context;
	struct zr_pipeline *pipeline = &engine->pipeline;
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_unit *unit;
	int rc = 0;

	while (!rc && (unit = zr_pipeline_take(pipeline))) {
		rc = walk_unit(engine, unit, &err);
		if (rc)
			zr_pipeline_give_back(pipeline, unit);
	}
	if (rc < 0)
		zr_pipeline_fail(pipeline, rc, &err);
	zr_pipeline_walked(pipeline);
	return NULL;
}

static void *read_units(void *context)
{
	struct engine *engine = context;
	const struct zr_copy *copy = engine->copy;
	struct zr_unit *unit;

	while ((unit = zr_pipeline_next_read(&engine->pipeline))) {
		struct zr_error err = ZR_ERROR_INIT;
		int rc = zr_unit_fill(unit, copy, &err);

		if (rc)
			zr_pipeline_fail(&engine->pipeline, rc, &err);
		else
			zr_pipeline_read(&engine->pipeline, unit);
	}
	return NULL;
}

static int write_unit(struct writer *writer, const struct zr_unit *unit, struct zr_error *err)
{
	struct zr_lane *lane = &writer->slot->lane;
	int rc = zr_lane_write(lane, unit, err);

	if (rc || (!unit->finding_count && !unit->last))
		return rc;
	pthread_mutex_lock(&writer->engine->journal);
	rc = zr_lane_note(lane, unit, err);
	pthread_mutex_unlock(&writer->engine->journal);
	return rc;
}

static void *write_zones(void *context)
{
	struct writer *writer = context;
	struct zr_pipeline *pipeline = &writer->engine->pipeline;
	struct zr_unit *unit;

	while ((unit = zr_pipeline_next_write(pipeline, writer->slot))) {
		struct zr_error err = ZR_ERROR_INIT;
		int rc = write_unit(writer, unit, &err);

		if (rc) {
			zr_pipeline_fail(pipeline, rc, &err);
			break;
		}
		zr_pipeline_written(pipeline, writer->slot, unit);
	}
	return NULL;
}

static void tell_progress(struct engine *engine)
{
	struct zr_zone_result since;

	zr_pipeline_since(&engine->pipeline, &since);
	engine->copy->advance(engine->copy->owner, &since);
}

static void tell_complete(struct engine *engine, const struct zr_zone_result *result)
{
	struct zr_error err = ZR_ERROR_INIT;
	int rc;

	pthread_mutex_lock(&engine->journal);
	rc = engine->copy->complete(engine->copy->owner, result, &err);
	pthread_mutex_unlock(&engine->journal);
	if (rc)
		zr_pipeline_fail(&engine->pipeline, rc, &err);
	zr_pipeline_retire(&engine->pipeline);
}

static void watch(struct engine *engine)
{
	struct zr_zone_result result;
	int state;

	while ((state = zr_pipeline_wait(&engine->pipeline, &result)) != 1) {
		tell_progress(engine);
		if (!state)
			tell_complete(engine, &result);
	}
}

/* Returns whether the thread runs, and has to be joined. */
static bool start_thread(struct engine *engine, pthread_t *thread, void *(*body)(void *),
			 void *context)
{
	struct zr_error err = ZR_ERROR_INIT;
	int error;

	if (zr_pipeline_stopped(&engine->pipeline))
		return false;
	error = pthread_create(thread, NULL, body, context);
	if (error)
		zr_pipeline_fail(
			&engine->pipeline,
			zr_fail_errno(&err, ZR_E_NO_MEMORY, error, "copy: a thread cannot be made"),
			&err);
	return !error;
}

static void start_threads(struct engine *engine)
{
	uint32_t i;

	for (i = 0; i < READERS; i++)
		engine->reader_count +=
			start_thread(engine, &engine->readers[i], read_units, engine);
	for (i = 0; i < engine->pipeline.slot_count; i++)
		engine->writer_count += start_thread(engine, &engine->writers[i].thread,
						     write_zones, &engine->writers[i]);
	engine->walker_runs = start_thread(engine, &engine->walker_thread, walk, engine);
}

static void join_threads(struct engine *engine)
{
	uint32_t i;

	if (engine->walker_runs)
		pthread_join(engine->walker_thread, NULL);
	for (i = 0; i < engine->reader_count; i++)
		pthread_join(engine->readers[i], NULL);
	for (i = 0; i < engine->writer_count; i++)
		pthread_join(engine->writers[i].thread, NULL);
}

static int init_writers(struct engine *engine, struct zr_error *err)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; i < engine->pipeline.slot_count; i++) {
		engine->writers[i].engine = engine;
		engine->writers[i].slot = &engine->pipeline.slots[i];
		engine->writers[i].turn = &engine->turns[i];
		engine->writers[i].walker = zr_walker_new(engine->copy);
		if (!engine->writers[i].walker)
			rc = zr_fail_nomem(err);
		if (i < AHEAD_LANES && !rc)
			rc = zr_walker_read_ahead(engine->writers[i].walker, err);
	}
	return rc;
}

static void free_writers(struct engine *engine)
{
	uint32_t i;

	for (i = 0; i < engine->pipeline.slot_count; i++)
		zr_walker_free(engine->writers[i].walker);
}

static int run_threads(struct engine *engine, struct zr_error *err)
{
	engine->next_zone = zr_walker_zone(engine->copy, 0);
	start_threads(engine);
	watch(engine);
	join_threads(engine);
	tell_progress(engine);
	if (engine->pipeline.rc && err && !err->code)
		*err = engine->pipeline.err;
	return engine->pipeline.rc;
}

static int run(struct engine *engine, struct zr_error *err)
{
	int rc = init_writers(engine, err);

	if (!rc)
		rc = run_threads(engine, err);
	free_writers(engine);
	return rc;
}

int zr_copy_parallel(struct zr_copy *copy, struct zr_error *err)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int rc;

	if (!engine)
		return zr_fail_nomem(err);
	engine->copy = copy;
	engine->throttle.rate = copy->rate;
	engine->writers = calloc(zr_slot_count(copy), sizeof(*engine->writers));
	engine->turns = calloc(zr_slot_count(copy), sizeof(*engine->turns));
	pthread_mutex_init(&engine->journal, NULL);
	rc = zr_pipeline_init(&engine->pipeline, copy, err);
	if (!rc)
		rc = engine->writers && engine->turns ? run(engine, err) : zr_fail_nomem(err);
	zr_pipeline_fini(&engine->pipeline);
	pthread_mutex_destroy(&engine->journal);
	free(engine->turns);
	free(engine->writers);
	free(engine);
	return rc;
}
