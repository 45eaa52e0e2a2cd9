// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct record {
	struct zr_device dev;
	struct zr_device *inner;
	FILE *log;
};

static struct record *record_of(struct zr_device *dev)
{
	return (struct record *)dev;
}

static int record_report(struct zr_device *dev, uint32_t first, uint32_t count,
			 struct zr_zone *zones, struct zr_error *err)
{
	return zr_device_report(record_of(dev)->inner, first, count, zones, err);
}

static int record_read(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		       struct zr_error *err)
{
	return zr_device_read(record_of(dev)->inner, physical, buffer, len, err);
}

static int record_write(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
			struct zr_error *err)
{
	/* Records of the journal hold a random number. */
	if (len > 40 && !memcmp((const char *)buffer + 32, "ZRJOURNL", 8))
		fprintf(record_of(dev)->log, "journal %llu\n", (unsigned long long)physical);
	else
		fprintf(record_of(dev)->log, "write %llu %zu %016llx\n",
			(unsigned long long)physical, len,
			(unsigned long long)XXH64(buffer, len, 0));
	return zr_device_write(record_of(dev)->inner, physical, buffer, len, err);
}

static int record_zone_op(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			  struct zr_error *err)
{
	static const char *const names[] = {
		[ZR_OP_RESET] = "reset",
		[ZR_OP_CLOSE] = "close",
		[ZR_OP_FINISH] = "finish",
	};

	fprintf(record_of(dev)->log, "%s %u\n", names[op], zone_no);
	return zr_device_zone_op(record_of(dev)->inner, op, zone_no, err);
}

static int record_flush(struct zr_device *dev, struct zr_error *err)
{
	fputs("flush\n", record_of(dev)->log);
	return zr_device_flush(record_of(dev)->inner, err);
}

static void record_close(struct zr_device *dev)
{
	zr_device_close(record_of(dev)->inner);
	free(record_of(dev));
}

static const struct zr_device_ops record_ops = {
	.report = record_report,
	.read = record_read,
	.write = record_write,
	.zone_op = record_zone_op,
	.flush = record_flush,
	.close = record_close,
};

struct zr_device *record_wrap(struct zr_device *inner, FILE *log)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->dev = *inner;
	record->dev.ops = &record_ops;
	record->inner = inner;
	record->log = log;
	return &record->dev;
}
