// SPDX-License-Identifier: LGPL-2.1-or-later
#include "superblock.h"

#include "buffer.h"
#include "super.h"

#include <string.h>

static uint8_t *make_copy(const uint8_t *raw, uint64_t bytenr)
{
	uint8_t *copy = zr_buffer_alloc(ZR_SUPER_BYTES);

	if (!copy)
		return NULL;
	memcpy(copy, raw, ZR_SUPER_BYTES);
	zr_super_seal_copy(copy, bytenr);
	return copy;
}

int zr_superblock_write(struct zr_device *dev, const uint8_t *raw, uint64_t physical,
			uint64_t bytenr, bool sequential, struct zr_error *err)
{
	zr_autofree uint8_t *copy = make_copy(raw, bytenr);
	struct zr_sink sink;
	int rc;

	if (!copy)
		return zr_fail_nomem(err);
	if (!sequential)
		return zr_device_write(dev, physical, copy, ZR_SUPER_BYTES, err);
	zr_sink_init(&sink, dev);
	rc = zr_sink_begin(&sink, physical, err);
	if (!rc)
		rc = zr_sink_write(&sink, 0, copy, ZR_SUPER_BYTES, err);
	if (!rc)
		rc = zr_sink_end(&sink, ZR_SINK_LEAVE, err);
	return rc;
}

int zr_superblock_clear(struct zr_device *dev, uint64_t physical, bool sequential,
			struct zr_error *err)
{
	zr_autofree uint8_t *zeroes = NULL;

	if (sequential)
		return zr_device_zone_op(dev, ZR_OP_RESET,
					 (uint32_t)(physical / dev->geo.zone_size), err);
	zeroes = zr_buffer_alloc(ZR_SUPER_BYTES);
	if (!zeroes)
		return zr_fail_nomem(err);
	memset(zeroes, 0, ZR_SUPER_BYTES);
	return zr_device_write(dev, physical, zeroes, ZR_SUPER_BYTES, err);
}

int zr_superblock_compare(struct zr_device *dev, const uint8_t *raw, uint64_t physical,
			  uint64_t bytenr, struct zr_error *err)
{
	zr_autofree uint8_t *expected = make_copy(raw, bytenr);
	zr_autofree uint8_t *found = zr_buffer_alloc(ZR_SUPER_BYTES);
	int rc;

	if (!expected || !found)
		return zr_fail_nomem(err);
	rc = zr_device_read(dev, physical, found, ZR_SUPER_BYTES, err);
	if (rc || !memcmp(found, expected, ZR_SUPER_BYTES))
		return rc;
	return zr_fail(err, ZR_E_TARGET_READ,
		       "%s: the superblock at %llu is not the one that was written", dev->path,
		       (unsigned long long)physical);
}
