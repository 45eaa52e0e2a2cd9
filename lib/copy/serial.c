// SPDX-License-Identifier: LGPL-2.1-or-later
#include "engine.h"

#include "buffer.h"
#include "extent.h"
#include "verified_read.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of one write; a multiple of every node size. */
#define WRITE_BYTES (1U << 20)

struct engine {
	struct zr_copy *copy;
	struct zr_extent_walk walk;
	struct zr_reader reader;
	struct zr_sink sink;
	uint8_t *buffer;
	size_t filled; /* bytes in the buffer */
	uint64_t offset; /* in the zone, of the end of the buffer's content */
};

static int write_out(struct engine *engine, struct zr_error *err)
{
	struct zr_copy *copy = engine->copy;
	int rc;

	if (!engine->filled)
		return 0;
	if (atomic_load(copy->cancelled))
		return zr_fail(err, ZR_E_CANCELLED, "copy: cancelled in zone %u at offset %llu",
			       engine->sink.zone_no, (unsigned long long)engine->sink.offset);
	rc = zr_sink_write(&engine->sink, engine->offset - engine->filled, engine->buffer,
			   engine->filled, err);
	if (rc)
		return rc;
	engine->filled = 0;
	copy->progress->read = copy->source->counters;
	if (copy->report)
		copy->report(copy->progress, copy->context);
	return 0;
}

static int make_room(struct engine *engine, size_t len, struct zr_error *err)
{
	return WRITE_BYTES - engine->filled < len ? write_out(engine, err) : 0;
}

static void advance(struct engine *engine, size_t len)
{
	engine->filled += len;
	engine->offset += len;
}

static int fill_to(struct engine *engine, uint64_t offset, struct zr_error *err)
{
	while (engine->offset < offset) {
		size_t room = WRITE_BYTES - engine->filled;
		size_t len =
			offset - engine->offset < room ? (size_t)(offset - engine->offset) : room;

		memset(engine->buffer + engine->filled, 0, len);
		advance(engine, len);
		engine->copy->progress->filled += len;
		if (engine->filled == WRITE_BYTES) {
			int rc = write_out(engine, err);

			if (rc)
				return rc;
		}
	}
	return 0;
}

/* How much of an extent goes into the buffer at once: a tree block whole, data as it fits. */
static size_t piece_len(const struct engine *engine, const struct zr_extent *extent, uint64_t done)
{
	uint64_t left = extent->len - done;
	uint64_t room = WRITE_BYTES - engine->filled;
	uint64_t most = zr_reader_piece_max(&engine->reader);

	if (extent->kind == ZR_EXTENT_TREE_BLOCK)
		return (size_t)left;
	left = left < room ? left : room;
	return (size_t)(left < most ? left : most);
}

static int copy_extent(struct engine *engine, const struct zr_group *group,
		       const struct zr_plan_zone *zone, const struct zr_extent *extent,
		       struct zr_error *err)
{
	const struct zr_super *super = &engine->copy->source->super;
	size_t unit = extent->kind == ZR_EXTENT_TREE_BLOCK ? super->nodesize : super->sectorsize;
	uint64_t done = 0;
	int rc = fill_to(engine, extent->logical - zone->logical, err);

	while (!rc && done < extent->len) {
		size_t len;

		rc = make_room(engine, unit, err);
		if (rc)
			break;
		len = piece_len(engine, extent, done);
		rc = zr_reader_read(&engine->reader, group->chunk, extent, (uint16_t)zone->stripe,
				    extent->logical + done, engine->buffer + engine->filled, len,
				    err);
		if (rc)
			break;
		advance(engine, len);
		engine->copy->progress->copied += len;
		done += len;
	}
	return rc;
}

static int copy_extents(struct engine *engine, const struct zr_plan_zone *zone,
			struct zr_error *err)
{
	const struct zr_mapped_chunk *chunk =
		zr_chunk_map_find(&engine->copy->source->chunks, zone->logical);
	const struct zr_group *group =
		&engine->copy->list->groups[chunk - engine->copy->source->chunks.chunks];
	struct zr_extent extent;
	int rc;

	zr_extent_walk_start(&engine->walk, group);
	while (!(rc = zr_extent_walk_next(&engine->walk, &extent, err))) {
		rc = copy_extent(engine, group, zone, &extent, err);
		if (rc)
			return rc;
	}
	if (rc < 0)
		return rc;
	if (engine->offset != zone->last)
		return zr_fail(
			err, ZR_E_BLOCK_GROUP,
			"block group: logical %llu, extents end at offset %llu, planned %llu",
			(unsigned long long)zone->logical, (unsigned long long)engine->offset,
			(unsigned long long)zone->last);
	return 0;
}

static int found(void *owner, const struct zr_finding *finding, struct zr_error *err)
{
	struct engine *engine = owner;

	return zr_findings_add(engine->copy->findings, finding, err);
}

static int copy_zone(struct engine *engine, const struct zr_plan_zone *zone, struct zr_error *err)
{
	bool finish = zone->state == ZR_END_FINISH;
	int rc = zr_sink_begin(&engine->sink, zone->target_physical, err);

	engine->filled = 0;
	engine->offset = 0;
	if (!rc)
		rc = copy_extents(engine, zone, err);
	if (!rc)
		rc = fill_to(engine, zone->end, err);
	if (!rc)
		rc = write_out(engine, err);
	if (!rc)
		rc = zr_sink_end(&engine->sink, finish ? ZR_SINK_FINISH : ZR_SINK_LEAVE, err);
	if (!rc)
		rc = zr_findings_flush(engine->copy->findings, err);
	return rc;
}

static int copy_zones(struct engine *engine, struct zr_error *err)
{
	struct zr_copy *copy = engine->copy;
	uint32_t i;

	for (i = 0; i < copy->plan->zone_count; i++) {
		int rc = 0;

		copy->findings->zone = i;
		if (!copy->done[i])
			rc = copy_zone(engine, &copy->plan->zones[i], err);
		copy->progress->read = copy->source->counters;
		if (!rc)
			copy->progress->zones_done = i + 1;
		if (!rc && !copy->done[i])
			rc = copy->complete(copy->owner, i + 1, err);
		if (rc)
			return rc;
	}
	return 0;
}

int zr_copy_serial(struct zr_copy *copy, struct zr_error *err)
{
	struct engine engine = { .copy = copy };
	int rc;

	engine.buffer = zr_buffer_alloc(WRITE_BYTES);
	if (!engine.buffer)
		return zr_fail_nomem(err);
	zr_extent_walk_init(&engine.walk, copy->source);
	zr_reader_init(&engine.reader, copy->source);
	engine.reader.rescue = copy->rescue;
	engine.reader.found = found;
	engine.reader.owner = &engine;
	zr_sink_init(&engine.sink, copy->target);
	rc = copy_zones(&engine, err);
	zr_reader_free(&engine.reader);
	zr_extent_walk_free(&engine.walk);
	free(engine.buffer);
	return rc;
}
