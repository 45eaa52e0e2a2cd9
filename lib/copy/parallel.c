// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Locks, in the order in which they are taken: journal, lock. Neither is held while a unit is read
 * or written.
 */
#include "lane.h"
#include "throttle.h"
#include "walker.h"

#include "buffer.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <urcu/wfcqueue.h>

/* Threads that read and verify: as many reads are in flight. */
#define READERS 4
/* How often the caller hears of progress while no zone is complete. */
#define TICK_NS 200000000L

struct engine;

/* A lane, its thread and the units of its zone in their order. */
struct writer {
	struct engine *engine;
	struct zr_lane lane;
	pthread_t thread;
	pthread_cond_t ready; /* the first unit may be ready, or there will be none */
	struct zr_unit *first;
	struct zr_unit **end; /* where the next unit is hung on */
	bool busy; /* has a zone */
	bool finished; /* with it, and the caller has not heard of it */
	struct writer *next; /* in the order of zones */
};

struct engine {
	struct zr_copy *copy;
	struct zr_walker walker;
	uint8_t *zeroes;
	struct zr_throttle throttle;

	/* Units to be read; queued counts them, and once more for each reader at the end. */
	struct cds_wfcq_head head;
	struct cds_wfcq_tail tail;
	sem_t queued;

	pthread_mutex_t journal; /* the journal is used by one thread at a time */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t freed; /* for the walker: a unit or a lane is free */
	pthread_cond_t told; /* for the caller: a zone is complete, or all is over */
	struct zr_unit *free;
	struct writer *writers;
	struct writer *oldest; /* of those that have a zone */
	struct writer **newest;
	struct zr_zone_result since; /* what the caller has not heard of */
	bool walked; /* no more units will come */
	int rc; /* the first failure */
	struct zr_error err;
	atomic_bool stop; /* may be read without the lock */

	pthread_t walker_thread;
	pthread_t readers[READERS];
	uint32_t reader_count; /* threads that run */
	uint32_t writer_count;
	bool walker_runs;
};

/* Everybody who sleeps looks again. */
static void wake_all(struct engine *engine)
{
	uint32_t i;

	pthread_cond_broadcast(&engine->freed);
	pthread_cond_broadcast(&engine->told);
	for (i = 0; i < engine->copy->lanes; i++)
		pthread_cond_broadcast(&engine->writers[i].ready);
	for (i = 0; i < READERS; i++)
		sem_post(&engine->queued);
}

static void fail(struct engine *engine, int rc, const struct zr_error *err)
{
	pthread_mutex_lock(&engine->lock);
	if (!engine->rc) {
		engine->rc = rc;
		engine->err = *err;
	}
	atomic_store(&engine->stop, true);
	wake_all(engine);
	pthread_mutex_unlock(&engine->lock);
}

static bool stopped(const struct engine *engine)
{
	return atomic_load(&engine->stop);
}

/* The walker */

/* Returns a free unit, or NULL when all is over. */
static struct zr_unit *take_unit(struct engine *engine)
{
	struct zr_unit *unit = NULL;

	pthread_mutex_lock(&engine->lock);
	while (!engine->free && !stopped(engine))
		pthread_cond_wait(&engine->freed, &engine->lock);
	if (!stopped(engine)) {
		unit = engine->free;
		engine->free = unit->next;
	}
	pthread_mutex_unlock(&engine->lock);
	return unit;
}

/* A lane without a zone; the lock is held. */
static struct writer *idle_writer(const struct engine *engine)
{
	uint32_t i;

	for (i = 0; i < engine->copy->lanes; i++)
		if (!engine->writers[i].busy)
			return &engine->writers[i];
	return NULL;
}

/* Returns a lane for a new zone, or NULL when all is over; the lock is held. */
static struct writer *take_writer(struct engine *engine)
{
	struct writer *writer;

	while (!(writer = idle_writer(engine)) && !stopped(engine))
		pthread_cond_wait(&engine->freed, &engine->lock);
	if (stopped(engine))
		return NULL;
	writer->busy = true;
	writer->finished = false;
	writer->next = NULL;
	*engine->newest = writer;
	engine->newest = &writer->next;
	return writer;
}

/* Give a unit to its lane and to the readers. The walker goes on with the same zone. */
static void hand_over(struct engine *engine, struct writer **writer, struct zr_unit *unit)
{
	pthread_mutex_lock(&engine->lock);
	if (unit->first)
		*writer = take_writer(engine);
	if (*writer && !stopped(engine)) {
		*(*writer)->end = unit;
		(*writer)->end = &unit->next;
	} else {
		unit->next = engine->free;
		engine->free = unit;
		unit = NULL;
	}
	pthread_mutex_unlock(&engine->lock);
	if (!unit)
		return;
	cds_wfcq_node_init(&unit->node);
	cds_wfcq_enqueue(&engine->head, &engine->tail, &unit->node);
	sem_post(&engine->queued);
}

static void walk_is_over(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->walked = true;
	wake_all(engine);
	pthread_mutex_unlock(&engine->lock);
}

static void put_back(struct engine *engine, struct zr_unit *unit)
{
	pthread_mutex_lock(&engine->lock);
	unit->next = engine->free;
	engine->free = unit;
	pthread_cond_signal(&engine->freed);
	pthread_mutex_unlock(&engine->lock);
}

static void *walk(void *context)
{
	struct engine *engine = context;
	struct zr_error err = ZR_ERROR_INIT;
	struct writer *writer = NULL;
	struct zr_unit *unit;
	int rc = 0;

	while (!rc && (unit = take_unit(engine))) {
		rc = zr_walker_next(&engine->walker, unit, &err);
		if (rc) {
			put_back(engine, unit);
			break;
		}
		zr_throttle_wait(&engine->throttle, unit->len, &engine->stop);
		hand_over(engine, &writer, unit);
	}
	if (rc < 0)
		fail(engine, rc, &err);
	walk_is_over(engine);
	return NULL;
}

/* Readers */

static struct zr_unit *next_to_read(struct engine *engine)
{
	struct cds_wfcq_node *node;

	while (sem_wait(&engine->queued) && errno == EINTR)
		;
	if (stopped(engine))
		return NULL;
	node = cds_wfcq_dequeue_blocking(&engine->head, &engine->tail);
	return node ? caa_container_of(node, struct zr_unit, node) : NULL;
}

/* The lane that has the unit waits for it only when it is the first one. */
static void is_ready(struct engine *engine, struct zr_unit *unit)
{
	struct writer *writer;

	pthread_mutex_lock(&engine->lock);
	unit->ready = true;
	for (writer = engine->oldest; writer; writer = writer->next)
		if (writer->first == unit)
			pthread_cond_signal(&writer->ready);
	pthread_mutex_unlock(&engine->lock);
}

static void *read_units(void *context)
{
	struct engine *engine = context;
	const struct zr_copy *copy = engine->copy;
	struct zr_unit *unit;

	while ((unit = next_to_read(engine))) {
		struct zr_error err = ZR_ERROR_INIT;
		int rc = zr_unit_fill(unit, copy->source, copy->rescue, copy->cancelled, &err);

		if (rc)
			fail(engine, rc, &err);
		else
			is_ready(engine, unit);
	}
	return NULL;
}

/* Lanes */

/* Returns the next unit of the lane, or NULL when no more will come. */
static struct zr_unit *next_to_write(struct writer *writer)
{
	struct engine *engine = writer->engine;
	struct zr_unit *unit;

	pthread_mutex_lock(&engine->lock);
	while (!stopped(engine) && !(writer->first && writer->first->ready) &&
	       (writer->first || writer->busy || !engine->walked))
		pthread_cond_wait(&writer->ready, &engine->lock);
	unit = stopped(engine) ? NULL : writer->first;
	if (unit) {
		writer->first = unit->next;
		if (!writer->first)
			writer->end = &writer->first;
	}
	pthread_mutex_unlock(&engine->lock);
	return unit;
}

static void is_written(struct writer *writer, struct zr_unit *unit)
{
	struct engine *engine = writer->engine;
	struct zr_zone_result result;

	zr_unit_result(unit, &result);
	pthread_mutex_lock(&engine->lock);
	zr_zone_result_add(&engine->since, &result);
	if (unit->last) {
		writer->finished = true;
		pthread_cond_signal(&engine->told);
	}
	unit->next = engine->free;
	engine->free = unit;
	pthread_cond_signal(&engine->freed);
	pthread_mutex_unlock(&engine->lock);
}

static int write_unit(struct writer *writer, const struct zr_unit *unit, struct zr_error *err)
{
	struct engine *engine = writer->engine;
	int rc = zr_lane_write(&writer->lane, unit, err);

	if (rc || (!unit->finding_count && !unit->last))
		return rc;
	pthread_mutex_lock(&engine->journal);
	rc = zr_lane_note(&writer->lane, unit, err);
	pthread_mutex_unlock(&engine->journal);
	return rc;
}

static void *write_zones(void *context)
{
	struct writer *writer = context;
	struct zr_unit *unit;

	while ((unit = next_to_write(writer))) {
		struct zr_error err = ZR_ERROR_INIT;
		int rc = write_unit(writer, unit, &err);

		if (rc)
			fail(writer->engine, rc, &err);
		is_written(writer, unit);
	}
	return NULL;
}

/* The caller's thread */

static void nap(struct engine *engine)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += TICK_NS;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&engine->told, &engine->lock, &until);
}

/* The lock is held, and given up meanwhile. */
static void tell_progress(struct engine *engine)
{
	const struct zr_zone_result since = engine->since;

	engine->since = (struct zr_zone_result){ 0 };
	pthread_mutex_unlock(&engine->lock);
	engine->copy->advance(engine->copy->owner, &since);
	pthread_mutex_lock(&engine->lock);
}

/* The oldest zone is complete. The lock is held, and given up meanwhile. */
static void tell_complete(struct engine *engine)
{
	struct writer *writer = engine->oldest;
	const struct zr_zone_result result = writer->lane.result;
	struct zr_error err = ZR_ERROR_INIT;
	int rc;

	tell_progress(engine);
	pthread_mutex_unlock(&engine->lock);
	pthread_mutex_lock(&engine->journal);
	rc = engine->copy->complete(engine->copy->owner, &result, &err);
	pthread_mutex_unlock(&engine->journal);
	if (rc)
		fail(engine, rc, &err);
	pthread_mutex_lock(&engine->lock);
	engine->oldest = writer->next;
	if (!engine->oldest)
		engine->newest = &engine->oldest;
	writer->busy = false;
	pthread_cond_signal(&engine->freed);
	/* Its thread may wait for the end. */
	pthread_cond_signal(&writer->ready);
}

static void watch(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	while (!stopped(engine) && (engine->oldest || !engine->walked)) {
		if (engine->oldest && engine->oldest->finished) {
			tell_complete(engine);
			continue;
		}
		tell_progress(engine);
		if (!stopped(engine) && (engine->oldest || !engine->walked) &&
		    !(engine->oldest && engine->oldest->finished))
			nap(engine);
	}
	pthread_mutex_unlock(&engine->lock);
}

/* Beginning and end */

static int start_thread(struct engine *engine, pthread_t *thread, void *(*body)(void *),
			void *context)
{
	struct zr_error err = ZR_ERROR_INIT;
	int error = pthread_create(thread, NULL, body, context);

	if (error)
		fail(engine,
		     zr_fail_errno(&err, ZR_E_NO_MEMORY, error, "copy: a thread cannot be made"),
		     &err);
	return error;
}

static void start_threads(struct engine *engine)
{
	while (engine->reader_count < READERS &&
	       !start_thread(engine, &engine->readers[engine->reader_count], read_units, engine))
		engine->reader_count++;
	while (engine->writer_count < engine->copy->lanes && !stopped(engine) &&
	       !start_thread(engine, &engine->writers[engine->writer_count].thread, write_zones,
			     &engine->writers[engine->writer_count]))
		engine->writer_count++;
	if (!stopped(engine))
		engine->walker_runs = !start_thread(engine, &engine->walker_thread, walk, engine);
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

/* All units, to be freed whatever list they are in; NULL where there was no memory. */
static struct zr_unit **make_units(struct engine *engine)
{
	struct zr_unit **units = calloc(engine->copy->units, sizeof(*units));
	size_t i;

	for (i = 0; units && i < engine->copy->units; i++) {
		units[i] = zr_unit_new();
		if (!units[i])
			break;
		units[i]->next = engine->free;
		engine->free = units[i];
	}
	return units;
}

static void free_units(const struct engine *engine, struct zr_unit **units)
{
	size_t i;

	for (i = 0; units && i < engine->copy->units; i++)
		zr_unit_free(units[i]);
	free(units);
}

static void init_writers(struct engine *engine)
{
	uint32_t i;

	for (i = 0; i < engine->copy->lanes; i++) {
		struct writer *writer = &engine->writers[i];

		writer->engine = engine;
		writer->end = &writer->first;
		pthread_cond_init(&writer->ready, NULL);
		zr_lane_init(&writer->lane, engine->copy, engine->zeroes);
	}
}

static void init(struct engine *engine, struct zr_copy *copy)
{
	const struct zr_error none = ZR_ERROR_INIT;

	engine->copy = copy;
	engine->err = none;
	engine->throttle.rate = copy->rate;
	engine->newest = &engine->oldest;
	cds_wfcq_init(&engine->head, &engine->tail);
	sem_init(&engine->queued, 0, 0);
	pthread_mutex_init(&engine->journal, NULL);
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->freed, NULL);
	pthread_cond_init(&engine->told, NULL);
	zr_walker_init(&engine->walker, copy);
	init_writers(engine);
}

static void fini(struct engine *engine)
{
	uint32_t i;

	for (i = 0; i < engine->copy->lanes; i++)
		pthread_cond_destroy(&engine->writers[i].ready);
	zr_walker_free(&engine->walker);
	pthread_cond_destroy(&engine->told);
	pthread_cond_destroy(&engine->freed);
	pthread_mutex_destroy(&engine->lock);
	pthread_mutex_destroy(&engine->journal);
	sem_destroy(&engine->queued);
	cds_wfcq_destroy(&engine->head, &engine->tail);
}

static int run(struct engine *engine, struct zr_error *err)
{
	start_threads(engine);
	watch(engine);
	join_threads(engine);
	engine->copy->advance(engine->copy->owner, &engine->since);
	if (engine->rc && err && !err->code)
		*err = engine->err;
	return engine->rc;
}

int zr_copy_parallel(struct zr_copy *copy, struct zr_error *err)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	struct zr_unit **units = NULL;
	int rc;

	if (!engine)
		return zr_fail_nomem(err);
	engine->writers = calloc(copy->lanes, sizeof(*engine->writers));
	engine->zeroes = zr_buffer_alloc(ZR_UNIT_BYTES);
	if (engine->writers && engine->zeroes) {
		init(engine, copy);
		units = make_units(engine);
		rc = units && units[copy->units - 1] ? run(engine, err) : zr_fail_nomem(err);
		free_units(engine, units);
		fini(engine);
	} else {
		rc = zr_fail_nomem(err);
	}
	free(engine->writers);
	free(engine->zeroes);
	free(engine);
	return rc;
}
