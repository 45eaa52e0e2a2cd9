// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipeline.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a wait for a zone lasts at most. */
#define TICK_NS 200000000L
#define SECOND_NS 1000000000L

static int make_units(struct zr_pipeline *pipeline, size_t count, size_t size)
{
	pipeline->units = calloc(count, sizeof(*pipeline->units));
	if (!pipeline->units)
		return -1;
	while (pipeline->unit_count < count) {
		struct zr_unit *unit = zr_unit_new(size);

		if (!unit)
			return -1;
		unit->next = pipeline->free;
		pipeline->free = unit;
		pipeline->units[pipeline->unit_count++] = unit;
	}
	return 0;
}

static int make_slots(struct zr_pipeline *pipeline, struct zr_copy *copy)
{
	uint32_t count = zr_slot_count(copy);

	pipeline->lanes = copy->lanes;
	pipeline->slots = calloc(count, sizeof(*pipeline->slots));
	if (!pipeline->slots)
		return -1;
	for (; pipeline->slot_count < count; pipeline->slot_count++) {
		struct zr_slot *slot = &pipeline->slots[pipeline->slot_count];

		slot->end = &slot->first;
		pthread_cond_init(&slot->ready, NULL);
		zr_lane_init(&slot->lane, copy);
	}
	return 0;
}

int zr_pipeline_init(struct zr_pipeline *pipeline, struct zr_copy *copy, struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;

	memset(pipeline, 0, sizeof(*pipeline));
	pipeline->err = none;
	pipeline->newest = &pipeline->oldest;
	cds_wfcq_init(&pipeline->head, &pipeline->tail);
	sem_init(&pipeline->queued, 0, 0);
	pthread_mutex_init(&pipeline->lock, NULL);
	pthread_cond_init(&pipeline->freed, NULL);
	pthread_cond_init(&pipeline->told, NULL);
	if (make_units(pipeline, copy->units, copy->unit_bytes) || make_slots(pipeline, copy))
		return zr_fail_nomem(err);
	return 0;
}

void zr_pipeline_fini(struct zr_pipeline *pipeline)
{
	size_t i;

	for (i = 0; i < pipeline->slot_count; i++)
		pthread_cond_destroy(&pipeline->slots[i].ready);
	for (i = 0; i < pipeline->unit_count; i++)
		zr_unit_free(pipeline->units[i]);
	free(pipeline->slots);
	free(pipeline->units);
	pthread_cond_destroy(&pipeline->told);
	pthread_cond_destroy(&pipeline->freed);
	pthread_mutex_destroy(&pipeline->lock);
	sem_destroy(&pipeline->queued);
	cds_wfcq_destroy(&pipeline->head, &pipeline->tail);
}

/* Everybody who sleeps looks again; one more count lets a reader find the queue empty, and it
 * passes it on. */
static void wake_all(struct zr_pipeline *pipeline)
{
	uint32_t i;

	pthread_cond_broadcast(&pipeline->freed);
	pthread_cond_broadcast(&pipeline->told);
	for (i = 0; i < pipeline->slot_count; i++)
		pthread_cond_broadcast(&pipeline->slots[i].ready);
	sem_post(&pipeline->queued);
}

void zr_pipeline_fail(struct zr_pipeline *pipeline, int rc, const struct zr_error *err)
{
	pthread_mutex_lock(&pipeline->lock);
	if (!pipeline->rc) {
		pipeline->rc = rc;
		pipeline->err = *err;
	}
	atomic_store(&pipeline->stop, true);
	wake_all(pipeline);
	pthread_mutex_unlock(&pipeline->lock);
}

struct zr_unit *zr_pipeline_take(struct zr_pipeline *pipeline)
{
	struct zr_unit *unit = NULL;

	pthread_mutex_lock(&pipeline->lock);
	while (!pipeline->free && !zr_pipeline_stopped(pipeline))
		pthread_cond_wait(&pipeline->freed, &pipeline->lock);
	if (!zr_pipeline_stopped(pipeline)) {
		unit = pipeline->free;
		pipeline->free = unit->next;
	}
	pthread_mutex_unlock(&pipeline->lock);
	return unit;
}

static void free_unit(struct zr_pipeline *pipeline, struct zr_unit *unit)
{
	unit->next = pipeline->free;
	pipeline->free = unit;
	pthread_cond_signal(&pipeline->freed);
}

void zr_pipeline_give_back(struct zr_pipeline *pipeline, struct zr_unit *unit)
{
	pthread_mutex_lock(&pipeline->lock);
	free_unit(pipeline, unit);
	pthread_mutex_unlock(&pipeline->lock);
}

bool zr_pipeline_claim(struct zr_pipeline *pipeline, struct zr_slot *slot)
{
	bool claimed;

	pthread_mutex_lock(&pipeline->lock);
	claimed = !slot->busy;
	if (claimed) {
		slot->busy = true;
		slot->begun = false;
		slot->finished = false;
		slot->next = NULL;
		*pipeline->newest = slot;
		pipeline->newest = &slot->next;
	}
	pthread_mutex_unlock(&pipeline->lock);
	return claimed;
}

static bool has_idle_slot(const struct zr_pipeline *pipeline)
{
	uint32_t i;

	for (i = 0; i < pipeline->slot_count; i++)
		if (!pipeline->slots[i].busy)
			return true;
	return false;
}

int zr_pipeline_await_slot(struct zr_pipeline *pipeline)
{
	pthread_mutex_lock(&pipeline->lock);
	while (!has_idle_slot(pipeline) && !zr_pipeline_stopped(pipeline))
		pthread_cond_wait(&pipeline->freed, &pipeline->lock);
	pthread_mutex_unlock(&pipeline->lock);
	return zr_pipeline_stopped(pipeline);
}

void zr_pipeline_put(struct zr_pipeline *pipeline, struct zr_slot *slot, struct zr_unit *unit)
{
	pthread_mutex_lock(&pipeline->lock);
	*slot->end = unit;
	slot->end = &unit->next;
	pthread_mutex_unlock(&pipeline->lock);
	cds_wfcq_node_init(&unit->node);
	cds_wfcq_enqueue(&pipeline->head, &pipeline->tail, &unit->node);
	sem_post(&pipeline->queued);
}

void zr_pipeline_walked(struct zr_pipeline *pipeline)
{
	pthread_mutex_lock(&pipeline->lock);
	pipeline->walked = true;
	wake_all(pipeline);
	pthread_mutex_unlock(&pipeline->lock);
}

static struct zr_unit *unit_of(struct cds_wfcq_node *node)
{
	void *unit = (char *)node - offsetof(struct zr_unit, node);

	return unit;
}

struct zr_unit *zr_pipeline_next_read(struct zr_pipeline *pipeline)
{
	struct cds_wfcq_node *node = NULL;

	while (sem_wait(&pipeline->queued) && errno == EINTR)
		;
	if (!zr_pipeline_stopped(pipeline))
		node = cds_wfcq_dequeue_blocking(&pipeline->head, &pipeline->tail);
	if (node)
		return unit_of(node);
	sem_post(&pipeline->queued);
	return NULL;
}

/* Zones begin in their order, and no more than there are lanes are written at once. */
static bool may_begin(const struct zr_pipeline *pipeline, const struct zr_slot *slot)
{
	const struct zr_slot *older;
	uint32_t writing = 0;

	for (older = pipeline->oldest; older != slot; older = older->next) {
		if (!older->begun)
			return false;
		writing += !older->finished;
	}
	return writing < pipeline->lanes;
}

static bool may_write(const struct zr_pipeline *pipeline, const struct zr_slot *slot)
{
	return slot->first && slot->first->ready && (slot->begun || may_begin(pipeline, slot));
}

/* The next zone may begin when one has begun, or is finished. */
static void wake_next_zone(struct zr_pipeline *pipeline)
{
	struct zr_slot *slot = pipeline->oldest;

	while (slot && slot->begun)
		slot = slot->next;
	if (slot)
		pthread_cond_signal(&slot->ready);
}

/* The writer of the slot waits for a unit only when it is the first one. */
void zr_pipeline_read(struct zr_pipeline *pipeline, struct zr_unit *unit)
{
	struct zr_slot *slot;

	pthread_mutex_lock(&pipeline->lock);
	unit->ready = true;
	for (slot = pipeline->oldest; slot; slot = slot->next)
		if (slot->first == unit)
			pthread_cond_signal(&slot->ready);
	pthread_mutex_unlock(&pipeline->lock);
}

static bool may_get_unit(const struct zr_pipeline *pipeline, const struct zr_slot *slot)
{
	return slot->first || slot->busy || !pipeline->walked;
}

struct zr_unit *zr_pipeline_next_write(struct zr_pipeline *pipeline, struct zr_slot *slot)
{
	struct zr_unit *unit;

	pthread_mutex_lock(&pipeline->lock);
	while (!zr_pipeline_stopped(pipeline) && !may_write(pipeline, slot) &&
	       may_get_unit(pipeline, slot))
		pthread_cond_wait(&slot->ready, &pipeline->lock);
	unit = zr_pipeline_stopped(pipeline) ? NULL : slot->first;
	if (unit) {
		slot->first = unit->next;
		if (!slot->first)
			slot->end = &slot->first;
		if (!slot->begun) {
			slot->begun = true;
			wake_next_zone(pipeline);
		}
	}
	pthread_mutex_unlock(&pipeline->lock);
	return unit;
}

void zr_pipeline_written(struct zr_pipeline *pipeline, struct zr_slot *slot, struct zr_unit *unit)
{
	struct zr_zone_result result;

	zr_unit_result(unit, &result);
	pthread_mutex_lock(&pipeline->lock);
	zr_zone_result_add(&pipeline->since, &result);
	if (unit->last) {
		slot->finished = true;
		pthread_cond_signal(&pipeline->told);
		wake_next_zone(pipeline);
	}
	free_unit(pipeline, unit);
	pthread_mutex_unlock(&pipeline->lock);
}

static void wait_a_moment(struct zr_pipeline *pipeline)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += TICK_NS;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&pipeline->told, &pipeline->lock, &until);
}

static int state_of(const struct zr_pipeline *pipeline)
{
	if (zr_pipeline_stopped(pipeline) || (pipeline->walked && !pipeline->oldest))
		return 1;
	return pipeline->oldest && pipeline->oldest->finished ? 0 : 2;
}

int zr_pipeline_wait(struct zr_pipeline *pipeline, struct zr_zone_result *result)
{
	int state;

	pthread_mutex_lock(&pipeline->lock);
	if (state_of(pipeline) == 2)
		wait_a_moment(pipeline);
	state = state_of(pipeline);
	if (!state)
		*result = pipeline->oldest->lane.result;
	pthread_mutex_unlock(&pipeline->lock);
	return state;
}

void zr_pipeline_retire(struct zr_pipeline *pipeline)
{
	struct zr_slot *slot;

	pthread_mutex_lock(&pipeline->lock);
	slot = pipeline->oldest;
	pipeline->oldest = slot->next;
	if (!pipeline->oldest)
		pipeline->newest = &pipeline->oldest;
	slot->busy = false;
	pthread_cond_signal(&pipeline->freed);
	/* Its writer may wait for the end. */
	pthread_cond_signal(&slot->ready);
	pthread_mutex_unlock(&pipeline->lock);
}

void zr_pipeline_since(struct zr_pipeline *pipeline, struct zr_zone_result *since)
{
	pthread_mutex_lock(&pipeline->lock);
	*since = pipeline->since;
	pipeline->since = (struct zr_zone_result){ 0 };
	pthread_mutex_unlock(&pipeline->lock);
}
