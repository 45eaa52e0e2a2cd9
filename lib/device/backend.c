// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backend.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct zr_device_codes source_codes = {
	.read = ZR_E_SOURCE_READ,
	.write = ZR_E_SOURCE_WRITE,
	.flush = ZR_E_SOURCE_WRITE,
	.zones = ZR_E_SOURCE_ZONES,
};

static const struct zr_device_codes target_codes = {
	.read = ZR_E_TARGET_READ,
	.write = ZR_E_TARGET_WRITE,
	.flush = ZR_E_TARGET_FLUSH,
	.zones = ZR_E_TARGET_ZONES,
};

int zr_device_init(struct zr_device *dev, const struct zr_device_ops *ops, const char *path,
		   enum zr_device_role role, struct zr_error *err)
{
	bool source = role == ZR_ROLE_SOURCE || role == ZR_ROLE_RETIRE;

	dev->ops = ops;
	dev->codes = source ? &source_codes : &target_codes;
	dev->writable = role == ZR_ROLE_TARGET || role == ZR_ROLE_RETIRE;
	dev->path = strdup(path);
	return dev->path ? 0 : zr_fail_nomem(err);
}

void zr_device_fini(struct zr_device *dev)
{
	free(dev->path);
	free(dev->model);
}

int zr_open_fail(const char *path, int sys_errno, struct zr_error *err)
{
	if (sys_errno == EBUSY)
		return zr_fail_errno(err, ZR_E_BUSY, sys_errno, "open: %s, is mounted or in use",
				     path);
	return zr_fail_errno(err, ZR_E_OPEN, sys_errno, "open: %s, failed", path);
}

int zr_device_fail(const struct zr_device *dev, uint64_t physical, int code, int sys_errno,
		   struct zr_error *err, const char *what, const char *fmt, ...)
{
	uint64_t zone_size = dev->geo.zone_size;
	uint64_t zone = zone_size ? physical / zone_size : ZR_NOWHERE;
	char where[40] = "";
	char reason[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (zone_size)
		snprintf(where, sizeof(where), "zone %" PRIu64 " ", zone);
	zr_zone_error_at(err, zone, physical);
	return zr_fail_errno(err, code, sys_errno, "%s: %s %sat byte %" PRIu64 ", %s", what,
			     dev->path, where, physical, reason);
}
