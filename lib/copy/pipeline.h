/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ways of units between threads: free -> walked, waiting in their zone and to be read -> ready
 * -> written -> free. Units of a zone leave in their order, zones begin and end in theirs.
 *
 * There is a slot more than zones that may be written at once: while one zone is noted, which takes
 * flushes, the next one is read and written.
 */
#ifndef ZR_COPY_PIPELINE_H
#define ZR_COPY_PIPELINE_H

#include "lane.h"

#include <pthread.h>
#include <semaphore.h>
#include <urcu/wfcqueue.h>

/* Room for a zone in flight and its units. */
struct zr_slot {
	struct zr_lane lane;
	pthread_cond_t ready; /* the first unit may be written, or there will be none */
	struct zr_unit *first;
	struct zr_unit **end; /* where the next unit is hung on */
	bool busy; /* has a zone */
	bool begun; /* writing it */
	bool finished; /* with it, and zr_pipeline_retire() has not taken it */
	struct zr_slot *next; /* in the order of zones */
};

struct zr_pipeline {
	/* To be read. The semaphore counts them, and readers are woken by it at the end. */
	struct cds_wfcq_head head;
	struct cds_wfcq_tail tail;
	sem_t queued;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t freed; /* for the walker: a unit or a slot is free */
	pthread_cond_t told; /* for who retires zones: one is finished, or all is over */
	struct zr_unit **units; /* all of them, wherever they are */
	size_t unit_count;
	struct zr_unit *free;
	struct zr_slot *slots;
	uint32_t slot_count;
	uint32_t lanes; /* slots whose zones may be written at once */
	struct zr_slot *oldest; /* of those that have a zone */
	struct zr_slot **newest;
	struct zr_zone_result since; /* written since zr_pipeline_since() */
	bool walked; /* no more units will come */
	int rc; /* the first failure */
	struct zr_error err;
	atomic_bool stop; /* after a failure; may be read without the lock */
};

/*
 * zr_slot_count - slots of a pipeline for a copy
 */
static inline uint32_t zr_slot_count(const struct zr_copy *copy)
{
	return copy->lanes + 1;
}

/*
 * zr_pipeline_init - an empty pipeline; its lanes have no zones
 *
 * Returns 0 or -ZR_E_NO_MEMORY; zr_pipeline_fini() is due in both cases.
 */
int zr_pipeline_init(struct zr_pipeline *pipeline, struct zr_copy *copy,
		     struct zr_error *err) ZR_NODISCARD;
void zr_pipeline_fini(struct zr_pipeline *pipeline);

/*
 * zr_pipeline_fail - keep the first failure, and let every thread come to its end
 */
void zr_pipeline_fail(struct zr_pipeline *pipeline, int rc, const struct zr_error *err);

static inline bool zr_pipeline_stopped(const struct zr_pipeline *pipeline)
{
	return atomic_load(&pipeline->stop);
}

/*
 * zr_pipeline_take - for the walker: a free unit; waits for one, NULL after a failure
 */
struct zr_unit *zr_pipeline_take(struct zr_pipeline *pipeline);

/*
 * zr_pipeline_give_back - a unit that was taken and not filled in
 */
void zr_pipeline_give_back(struct zr_pipeline *pipeline, struct zr_unit *unit);

/*
 * zr_pipeline_claim - take a slot for the next zone of the plan, if it has none
 * Returns whether it was taken.
 */
bool zr_pipeline_claim(struct zr_pipeline *pipeline, struct zr_slot *slot);

/*
 * zr_pipeline_await_slot - wait until some slot has no zone
 * Returns 0, or 1 after a failure.
 */
int zr_pipeline_await_slot(struct zr_pipeline *pipeline);

/*
 * zr_pipeline_put - a walked unit: to the slot of its zone, and to the readers
 */
void zr_pipeline_put(struct zr_pipeline *pipeline, struct zr_slot *slot, struct zr_unit *unit);

/*
 * zr_pipeline_walked - no more units will come
 */
void zr_pipeline_walked(struct zr_pipeline *pipeline);

/*
 * zr_pipeline_next_read - for readers: a unit to be read, or NULL when no more will come
 * zr_pipeline_read - it is read
 */
struct zr_unit *zr_pipeline_next_read(struct zr_pipeline *pipeline);
void zr_pipeline_read(struct zr_pipeline *pipeline, struct zr_unit *unit);

/*
 * zr_pipeline_next_write - for the writer of a slot: its next unit, or NULL when no more will come
 * zr_pipeline_written - it is written
 */
struct zr_unit *zr_pipeline_next_write(struct zr_pipeline *pipeline, struct zr_slot *slot);
void zr_pipeline_written(struct zr_pipeline *pipeline, struct zr_slot *slot, struct zr_unit *unit);

/*
 * zr_pipeline_wait - wait for the oldest zone to be finished, for the end, or for a moment
 * @result: of the zone, filled
 *
 * Returns 0 for a finished zone, 1 when all zones were retired or after a failure, 2 otherwise.
 */
int zr_pipeline_wait(struct zr_pipeline *pipeline, struct zr_zone_result *result);

/*
 * zr_pipeline_retire - the slot of the oldest zone, which is finished, is free for another one
 */
void zr_pipeline_retire(struct zr_pipeline *pipeline);

/*
 * zr_pipeline_since - what was written since the last call
 */
void zr_pipeline_since(struct zr_pipeline *pipeline, struct zr_zone_result *since);

#endif
