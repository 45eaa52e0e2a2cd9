// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane.h"

#include "buffer.h"

/* What a unit without pieces is written from. Nobody writes to it; not const, so that it takes no
 * room in the file. */
static uint8_t zeroes[ZR_UNIT_BYTES] __attribute__((aligned(ZR_BUFFER_ALIGN)));

void zr_lane_init(struct zr_lane *lane, struct zr_copy *copy)
{
	lane->copy = copy;
	lane->findings = *copy->findings;
	lane->result = (struct zr_zone_result){ 0 };
	zr_sink_init(&lane->sink, copy->target);
}

static int begin(struct zr_lane *lane, const struct zr_unit *unit, struct zr_error *err)
{
	lane->result = (struct zr_zone_result){ .zone = unit->zone };
	lane->findings.zone = unit->zone;
	return zr_sink_begin(&lane->sink, lane->copy->plan->zones[unit->zone].target_physical, err);
}

static int end(struct zr_lane *lane, const struct zr_unit *unit, struct zr_error *err)
{
	bool finish = lane->copy->plan->zones[unit->zone].state == ZR_END_FINISH;

	return zr_sink_end(&lane->sink, finish ? ZR_SINK_FINISH : ZR_SINK_LEAVE, err);
}

static int write_out(struct zr_lane *lane, const struct zr_unit *unit, struct zr_error *err)
{
	const uint8_t *bytes = zr_unit_has_bytes(unit) ? unit->buffer : zeroes;

	if (!unit->len)
		return 0;
	if (atomic_load(lane->copy->cancelled))
		return zr_fail(err, ZR_E_CANCELLED, "copy: cancelled in zone %u at offset %llu",
			       lane->sink.zone_no, (unsigned long long)lane->sink.offset);
	return zr_sink_write(&lane->sink, unit->offset, bytes, unit->len, err);
}

void zr_zone_result_add(struct zr_zone_result *sum, const struct zr_zone_result *more)
{
	sum->copied += more->copied;
	sum->filled += more->filled;
	zr_counters_add(&sum->read, &more->read);
}

void zr_unit_result(const struct zr_unit *unit, struct zr_zone_result *result)
{
	*result = (struct zr_zone_result){
		.zone = unit->zone,
		.copied = unit->copied,
		.filled = unit->len - unit->copied,
		.read = unit->counters,
	};
}

int zr_lane_write(struct zr_lane *lane, const struct zr_unit *unit, struct zr_error *err)
{
	struct zr_zone_result done;
	int rc = unit->first ? begin(lane, unit, err) : 0;

	if (!rc)
		rc = write_out(lane, unit, err);
	if (!rc && unit->last)
		rc = end(lane, unit, err);
	zr_unit_result(unit, &done);
	zr_zone_result_add(&lane->result, &done);
	return rc;
}

int zr_lane_note(struct zr_lane *lane, const struct zr_unit *unit, struct zr_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < unit->finding_count && !rc; i++)
		rc = zr_findings_add(&lane->findings, &unit->findings[i], err);
	if (!rc && unit->last)
		rc = zr_findings_flush(&lane->findings, err);
	return rc;
}
