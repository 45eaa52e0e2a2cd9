// SPDX-License-Identifier: LGPL-2.1-or-later
#include "superblock.h"

#include "buffer.h"
#include "super.h"

#include <string.h>

int zr_superblock_write(struct zr_device *dev, const uint8_t *raw, uint64_t physical,
			uint64_t bytenr, bool sequential, struct zr_error *err)
{
	zr_autofree uint8_t *copy = zr_buffer_alloc(ZR_SUPER_BYTES);
	struct zr_sink sink;
	int rc;

	if (!copy)
		return zr_fail_nomem(err);
	memcpy(copy, raw, ZR_SUPER_BYTES);
	zr_super_seal_copy(copy, bytenr);
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
