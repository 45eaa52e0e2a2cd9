// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ahead.h"

#include "buffer.h"
#include "chunk_read.h"
#include "range.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Reads in flight. */
#define THREADS 4

/* Neighbours on the device, which are read at once. */
struct run {
	struct zr_ahead_leaf *leaves;
	uint32_t count;
};

struct batch {
	struct zr_ahead *ahead;
	struct run runs[ZR_AHEAD_LEAVES];
	uint32_t count;
	atomic_uint_fast32_t next; /* run that no thread has taken */
};

struct zr_ahead *zr_ahead_new(struct zr_source *source)
{
	struct zr_ahead *ahead = calloc(1, sizeof(*ahead));

	if (!ahead)
		return NULL;
	ahead->source = source;
	ahead->buffer = zr_buffer_alloc(ZR_AHEAD_BYTES);
	if (ahead->buffer)
		return ahead;
	free(ahead);
	return NULL;
}

void zr_ahead_free(struct zr_ahead *ahead)
{
	if (!ahead)
		return;
	free(ahead->buffer);
	free(ahead);
}

static const struct zr_ahead_leaf *find(const struct zr_ahead *ahead, uint64_t logical)
{
	uint32_t i;

	for (i = 0; i < ahead->count; i++)
		if (ahead->leaves[i].logical == logical)
			return &ahead->leaves[i];
	return NULL;
}

static int by_physical(const void *a, const void *b)
{
	const struct zr_ahead_leaf *left = a;
	const struct zr_ahead_leaf *right = b;

	if (left->place.devid != right->place.devid)
		return left->place.devid < right->place.devid ? -1 : 1;
	if (left->place.physical != right->place.physical)
		return left->place.physical < right->place.physical ? -1 : 1;
	return 0;
}

/* The copy of the leaf that would be read first, if it has a place. */
static void add_leaf(struct zr_ahead *ahead, uint64_t logical)
{
	const struct zr_source *source = ahead->source;
	const struct zr_mapped_chunk *chunk = zr_chunk_map_find(&source->chunks, logical);
	struct zr_ahead_leaf *leaf = &ahead->leaves[ahead->count];
	uint16_t mirror;

	if (!chunk)
		return;
	mirror = zr_source_own_mirror(source, chunk, logical);
	mirror = zr_source_first_mirror(source, chunk, logical, mirror);
	*leaf = (struct zr_ahead_leaf){ .logical = logical };
	zr_chunk_place(source, chunk, logical, mirror, &leaf->place);
	if (leaf->place.len < source->super.nodesize)
		return;
	ahead->count++;
}

static void choose_leaves(struct zr_ahead *ahead, const struct zr_block *node, uint32_t slot)
{
	uint32_t nodesize = ahead->source->super.nodesize;
	uint32_t most = (uint32_t)zr_min64(ZR_AHEAD_BYTES / nodesize, ZR_AHEAD_LEAVES);
	uint32_t i;

	ahead->count = 0;
	for (i = slot; i < node->nritems && i - slot < most; i++) {
		struct zr_pointer pointer;

		zr_block_pointer(node, i, &pointer);
		add_leaf(ahead, pointer.logical);
	}
	qsort(ahead->leaves, ahead->count, sizeof(ahead->leaves[0]), by_physical);
	for (i = 0; i < ahead->count; i++)
		ahead->leaves[i].bytes = ahead->buffer + (size_t)i * nodesize;
}

static void make_runs(struct batch *batch)
{
	struct zr_ahead *ahead = batch->ahead;
	uint32_t nodesize = ahead->source->super.nodesize;
	uint32_t i;

	for (i = 0; i < ahead->count; i++) {
		struct zr_ahead_leaf *leaf = &ahead->leaves[i];

		if (!i || leaf->place.devid != leaf[-1].place.devid ||
		    leaf->place.physical != leaf[-1].place.physical + nodesize)
			batch->runs[batch->count++].leaves = leaf;
		batch->runs[batch->count - 1].count++;
	}
}

static void *read_runs(void *context)
{
	struct batch *batch = context;
	struct zr_source *source = batch->ahead->source;
	uint32_t i;
	uint32_t l;

	while ((i = (uint32_t)atomic_fetch_add(&batch->next, 1)) < batch->count) {
		const struct run *run = &batch->runs[i];
		size_t len = (size_t)run->count * source->super.nodesize;
		bool good =
			!zr_source_read(source, &run->leaves->place, run->leaves->bytes, len, NULL);

		for (l = 0; l < run->count; l++)
			run->leaves[l].good = good;
	}
	return NULL;
}

/* The caller's thread is one of them, so that the work is done also if no other can be made. */
static void read_batch(struct batch *batch)
{
	pthread_t threads[THREADS - 1];
	uint32_t wanted = (uint32_t)zr_min64(batch->count, THREADS);
	uint32_t made = 0;

	while (made + 1 < wanted && !pthread_create(&threads[made], NULL, read_runs, batch))
		made++;
	read_runs(batch);
	while (made)
		pthread_join(threads[--made], NULL);
}

void zr_ahead_want(struct zr_ahead *ahead, const struct zr_block *node, uint32_t slot)
{
	struct batch batch = { .ahead = ahead };
	bool next = slot == 0 || (node->logical == ahead->node && slot == ahead->slot + 1);
	struct zr_pointer pointer;

	ahead->node = node->logical;
	ahead->slot = slot;
	zr_block_pointer(node, slot, &pointer);
	if (!next || find(ahead, pointer.logical))
		return;
	choose_leaves(ahead, node, slot);
	make_runs(&batch);
	read_batch(&batch);
}

bool zr_ahead_take(const struct zr_ahead *ahead, uint64_t logical, uint8_t *buffer)
{
	const struct zr_ahead_leaf *leaf = find(ahead, logical);

	if (!leaf || !leaf->good)
		return false;
	memcpy(buffer, leaf->bytes, ahead->source->super.nodesize);
	return true;
}
