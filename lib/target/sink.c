// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sink.h"

#include <string.h>

typedef unsigned long long ull;

void zr_sink_init(struct zr_sink *sink, struct zr_device *dev)
{
	memset(sink, 0, sizeof(*sink));
	sink->dev = dev;
}

int zr_sink_reset(struct zr_sink *sink, uint32_t zone_no, struct zr_error *err)
{
	return zr_device_zone_op(sink->dev, ZR_OP_RESET, zone_no, err);
}

int zr_sink_begin(struct zr_sink *sink, uint64_t physical, struct zr_error *err)
{
	int rc;

	sink->zone_no = (uint32_t)(physical / sink->dev->geo.zone_size);
	sink->offset = 0;
	if (physical % sink->dev->geo.zone_size)
		return zr_fail(err, ZR_E_INTERNAL, "%s: physical %llu is no start of a zone",
			       sink->dev->path, (ull)physical);
	rc = zr_device_report(sink->dev, sink->zone_no, 1, &sink->zone, err);
	if (rc)
		return rc;
	return zr_sink_expect(sink->dev, sink->zone_no, &sink->zone, 0, false, err);
}

int zr_sink_write(struct zr_sink *sink, uint64_t expected, const void *buffer, size_t len,
		  struct zr_error *err)
{
	int rc;

	if (expected != sink->offset)
		return zr_fail(err, ZR_E_ZONE_MISMATCH,
			       "%s: zone %u, write expects the write pointer at offset %llu, it is "
			       "at %llu",
			       sink->dev->path, sink->zone_no, (ull)expected, (ull)sink->offset);
	if (len > sink->zone.cap - sink->offset)
		return zr_fail(err, ZR_E_CAPACITY,
			       "%s: zone %u, write of %zu bytes at offset %llu exceeds the "
			       "capacity of %llu",
			       sink->dev->path, sink->zone_no, len, (ull)sink->offset,
			       (ull)sink->zone.cap);
	rc = zr_device_write(sink->dev, sink->zone.start + sink->offset, buffer, len, err);
	if (!rc)
		sink->offset += len;
	return rc;
}

int zr_sink_expect(const struct zr_device *dev, uint32_t zone_no, const struct zr_zone *zone,
		   uint64_t written, bool finished, struct zr_error *err)
{
	bool full = finished || written == zone->cap;
	bool good;

	if (!zr_zone_is_sequential(zone))
		return 0;
	if (full)
		good = zone->cond == ZR_COND_FULL;
	else if (!written)
		good = zone->cond == ZR_COND_EMPTY;
	else
		good = zr_zone_is_active(zone) && zone->wp == zone->start + written;
	if (good)
		return 0;
	if (err && !err->code)
		err->zone = zone_no;
	/* Of such a zone the write pointer means nothing. */
	if (!zr_zone_is_writable(zone))
		return zr_fail(err, ZR_E_ZONE_MISMATCH, "%s: zone %u is %s", dev->path, zone_no,
			       zr_zone_cond_name(zone->cond));
	return zr_fail(
		err, ZR_E_ZONE_MISMATCH,
		"%s: zone %u, found condition %s with write pointer at offset %llu, expected %s at "
		"offset %llu; was it written by another program, or did a write get lost?",
		dev->path, zone_no, zr_zone_cond_name(zone->cond), (ull)(zone->wp - zone->start),
		full	  ? "full"
		: written ? "open"
			  : "empty",
		(ull)written);
}

/* A finished zone is full wherever its write pointer was, so that must be compared before. */
static int finish(struct zr_sink *sink, struct zr_error *err)
{
	int rc = zr_device_report(sink->dev, sink->zone_no, 1, &sink->zone, err);

	if (!rc)
		rc = zr_sink_expect(sink->dev, sink->zone_no, &sink->zone, sink->offset, false,
				    err);
	return rc ? rc : zr_device_zone_op(sink->dev, ZR_OP_FINISH, sink->zone_no, err);
}

int zr_sink_end(struct zr_sink *sink, enum zr_sink_end end, struct zr_error *err)
{
	bool finished = end == ZR_SINK_FINISH;
	int rc = 0;

	if (!zr_zone_is_sequential(&sink->zone))
		return 0;
	if (finished)
		rc = finish(sink, err);
	else if (sink->offset && sink->offset < sink->zone.cap)
		rc = zr_device_zone_op(sink->dev, ZR_OP_CLOSE, sink->zone_no, err);
	if (!rc)
		rc = zr_device_report(sink->dev, sink->zone_no, 1, &sink->zone, err);
	if (rc)
		return rc;
	return zr_sink_expect(sink->dev, sink->zone_no, &sink->zone, sink->offset, finished, err);
}
