/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sink: zones written in order. There is no write at an address; a write says at which offset
 * of the zone it expects the write pointer, and anything else is an error.
 */
#ifndef ZR_TARGET_SINK_H
#define ZR_TARGET_SINK_H

#include "device.h"
#include "zone.h"

#include <stdbool.h>

/* The state in which a zone is left. */
enum zr_sink_end {
	ZR_SINK_LEAVE, /* as the last write left it */
	ZR_SINK_FINISH, /* finished: condition full, though written only in part */
};

struct zr_sink {
	struct zr_device *dev;
	struct zr_zone zone; /* as reported when it was begun */
	uint32_t zone_no;
	uint64_t offset; /* of the next write in the zone */
};

void zr_sink_init(struct zr_sink *sink, struct zr_device *dev);

/*
 * zr_sink_reset - reset a zone that is not empty
 * Returns 0 or -ZR_E_TARGET_ZONES.
 */
int zr_sink_reset(struct zr_sink *sink, uint32_t zone_no, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_sink_begin - begin to write a zone
 * @physical: start of the zone
 *
 * The device's report must say that a sequential zone is empty.
 * Returns 0, -ZR_E_ZONE_MISMATCH, or the device's code for a failed report.
 */
int zr_sink_begin(struct zr_sink *sink, uint64_t physical, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_sink_write - write at the write pointer
 * @expected: offset in the zone at which the caller believes the write pointer to be
 * @buffer, @len: aligned to ZR_BUFFER_ALIGN; len within the zone's capacity
 *
 * Returns 0, -ZR_E_ZONE_MISMATCH, -ZR_E_CAPACITY or -ZR_E_TARGET_WRITE.
 */
int zr_sink_write(struct zr_sink *sink, uint64_t expected, const void *buffer, size_t len,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_sink_end - end a zone and compare the device's report with what was written
 *
 * A partly written sequential zone is closed, so that it takes no open zone of the device's limit.
 * Returns 0, -ZR_E_ZONE_MISMATCH with both values, or -ZR_E_TARGET_ZONES.
 */
int zr_sink_end(struct zr_sink *sink, enum zr_sink_end end, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_sink_expect - compare a reported zone with what must be there
 * @written: offset in the zone up to which it was written
 * @finished: whether it was finished or filled
 *
 * The condition decides, then the write pointer; conventional zones have nothing to compare.
 * Returns 0 or -ZR_E_ZONE_MISMATCH.
 */
int zr_sink_expect(const struct zr_device *dev, uint32_t zone_no, const struct zr_zone *zone,
		   uint64_t written, bool finished, struct zr_error *err) ZR_NODISCARD;

#endif
