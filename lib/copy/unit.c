// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

struct zr_unit *zr_unit_new(size_t size)
{
	struct zr_unit *unit = calloc(1, sizeof(*unit));

	if (!unit)
		return NULL;
	unit->size = size;
	unit->buffer = zr_buffer_alloc(size);
	if (unit->buffer)
		return unit;
	free(unit);
	return NULL;
}

void zr_unit_free(struct zr_unit *unit)
{
	if (!unit)
		return;
	free(unit->buffer);
	free(unit->findings);
	free(unit);
}

void zr_unit_clear(struct zr_unit *unit, uint32_t zone, uint64_t offset)
{
	unit->zone = zone;
	unit->offset = offset;
	unit->len = 0;
	unit->first = !offset;
	unit->last = false;
	unit->piece_count = 0;
	unit->sectors = 0;
	unit->made = 0;
	unit->copied = 0;
	unit->counters = (struct zr_source_counters){ 0 };
	unit->finding_count = 0;
	unit->next = NULL;
	unit->ready = false;
}

/* The look-up keeps its answer only until the next one. */
static void keep_csums(struct zr_unit *unit, struct zr_piece *piece,
		       const struct zr_check_context *check)
{
	size_t sectors = (size_t)(piece->len / check->items.sectorsize);
	uint8_t *csums = unit->csums + unit->sectors * check->items.csum_size;

	memcpy(unit->present + unit->sectors, piece->present, sectors * sizeof(*piece->present));
	memcpy(csums, piece->csums, sectors * check->items.csum_size);
	piece->present = unit->present + unit->sectors;
	piece->csums = csums;
	unit->sectors += sectors;
}

int zr_unit_add(struct zr_unit *unit, const struct zr_piece *piece, struct zr_csum_lookup *csums,
		bool rescue, struct zr_error *err)
{
	struct zr_piece *added = &unit->pieces[unit->piece_count];
	int rc = 0;

	*added = *piece;
	added->buffer = unit->buffer + unit->len;
	if (added->extent.kind == ZR_EXTENT_DATA) {
		rc = zr_piece_look_up(added, csums, rescue, err);
		if (!rc)
			keep_csums(unit, added, &csums->cursor.source->check);
	}
	if (rc)
		return rc;
	unit->piece_count++;
	unit->len += added->len;
	unit->copied += added->len;
	return 0;
}

struct filling {
	struct zr_unit *unit;
	const atomic_bool *cancelled;
};

/* Reading what is bad can take minutes, so that this is a place to stop. */
static int found(void *owner, const struct zr_finding *finding, struct zr_error *err)
{
	const struct filling *filling = owner;
	struct zr_unit *unit = filling->unit;
	int rc;

	if (atomic_load(filling->cancelled))
		return zr_fail(err, ZR_E_CANCELLED, "copy: cancelled at logical %llu",
			       (unsigned long long)finding->logical);
	rc = zr_array_reserve(&unit->findings, &unit->finding_capacity, unit->finding_count,
			      sizeof(*finding), err);
	if (!rc)
		unit->findings[unit->finding_count++] = *finding;
	return rc;
}

static void fill_gaps(struct zr_unit *unit)
{
	uint8_t *at = unit->buffer;
	size_t i;

	for (i = 0; i < unit->piece_count; i++) {
		const struct zr_piece *piece = &unit->pieces[i];

		memset(at, 0, (size_t)(piece->buffer - at));
		at = piece->buffer + piece->len;
	}
	memset(at, 0, (size_t)(unit->buffer + unit->len - unit->made - at));
}

int zr_unit_fill(struct zr_unit *unit, const struct zr_copy *copy, struct zr_error *err)
{
	struct filling filling = { .unit = unit, .cancelled = copy->cancelled };
	struct zr_reading reading = {
		.source = copy->source,
		.counters = &unit->counters,
		.rescue = copy->rescue,
		.edit = copy->edit,
		.found = found,
		.owner = &filling,
	};

	/* One without pieces is made already, or is written from zeroes that all share. */
	if (!unit->piece_count)
		return 0;
	fill_gaps(unit);
	return zr_pieces_read(&reading, unit->pieces, unit->piece_count, err);
}
