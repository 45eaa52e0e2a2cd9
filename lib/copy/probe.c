// SPDX-License-Identifier: LGPL-2.1-or-later
/* How fast the source can be read, from a few places of what a plan copies. */
#include "block_group.h"
#include "buffer.h"
#include "chunk_read.h"
#include "clock.h"
#include "plan.h"
#include "range.h"
#include "source.h"

#include <string.h>

#define PLACES 16
/* Long enough that the way to the place, which is not timed, does not matter. */
#define PLACE_BYTES (8U << 20)
#define READ_BYTES (1U << 20)
/* No further place is begun after that. */
#define LONGEST_NS (5 * ZR_SECOND_NS)

/* Of a new layout, zones with data are read from one place for the most part, others hardly. */
static bool is_read(const struct zr_plan *plan, const struct zr_plan_zone *zone)
{
	return zone->last && (!plan->relayout || zone->flags & BTRFS_BLOCK_GROUP_DATA);
}

/* A zone with something to read, at or behind a number; the number of zones if there is none. */
static size_t next_used(const struct zr_plan *plan, size_t from)
{
	while (from < plan->zone_count && !is_read(plan, &plan->zones[from]))
		from++;
	return from;
}

/* Where the first byte of a zone is read. */
struct place {
	struct zr_source *source;
	const struct zr_mapped_chunk *chunk; /* NULL for what is read from one device */
	uint64_t at; /* logical in the chunk, else physical */
	uint64_t len; /* as far as it makes sense to read on from there */
};

static void find_place(struct place *place, const struct zr_plan *plan, struct zr_source *source,
		       const struct zr_plan_zone *zone)
{
	const struct zr_relayout *relayout = plan->relayout;
	uint64_t number;

	*place = (struct place){ .source = source, .len = zr_min64(PLACE_BYTES, zone->last) };
	if (!relayout) {
		place->at = zone->source_physical;
		return;
	}
	number = (zone->logical - relayout->layout.base) / relayout->layout.zone_size;
	place->at = zr_address_map_source(&relayout->data,
					  zr_layout_chunk(&relayout->layout, number)->first);
	place->chunk = zr_chunk_map_find(&source->chunks, place->at);
	place->len = zr_min64(place->len, place->chunk->logical + place->chunk->len - place->at);
}

static int read_at(const struct place *place, uint64_t offset, uint8_t *buffer, uint64_t len)
{
	struct zr_error ignored = ZR_ERROR_INIT;

	if (place->chunk)
		return zr_chunk_read(place->source, place->chunk, place->at + offset, 0, buffer,
				     len, &ignored);
	return zr_device_read(place->source->dev, place->at + offset, buffer, (size_t)len,
			      &ignored);
}

static int read_place(const struct place *place, uint8_t *buffer, struct zr_read_probe *probe)
{
	uint64_t sector = place->source->super.sectorsize;
	uint64_t len = place->len / sector * sector;
	uint64_t begun;
	uint64_t done;
	int rc;

	/* A disk moves its head here first. */
	rc = read_at(place, 0, buffer, sector);
	begun = zr_clock_ns();
	for (done = 0; !rc && done < len; done += READ_BYTES)
		rc = read_at(place, done, buffer, zr_min64(READ_BYTES, len - done));
	if (rc)
		return rc;
	probe->nanoseconds += zr_clock_ns() - begun;
	probe->bytes += len;
	return 0;
}

int zr_plan_probe(const struct zr_plan *plan, struct zr_source *source, struct zr_read_probe *probe,
		  struct zr_error *err)
{
	zr_autofree uint8_t *buffer = zr_buffer_alloc(READ_BYTES);
	uint64_t begun = zr_clock_ns();
	struct place where;
	size_t zone = 0;
	size_t place;

	memset(probe, 0, sizeof(*probe));
	if (!buffer)
		return zr_fail_nomem(err);
	for (place = 0; place < PLACES && zr_clock_ns() - begun < LONGEST_NS; place++) {
		size_t wanted = plan->zone_count * place / PLACES;

		zone = next_used(plan, wanted > zone ? wanted : zone);
		if (zone == plan->zone_count)
			break;
		find_place(&where, plan, source, &plan->zones[zone]);
		probe->places++;
		if (read_place(&where, buffer, probe))
			probe->failed++;
		zone++;
	}
	return 0;
}
