// SPDX-License-Identifier: LGPL-2.1-or-later
#include "custom.h"
#include "backend.h"
#include "range.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct custom {
	struct zr_device dev;
	pthread_rwlock_t lock; /* written for what the caller was promised to be called alone for */
	const struct zr_custom_ops *ops;
	void *context;
};

static struct custom *custom_of(struct zr_device *dev)
{
	return (struct custom *)dev;
}

static int failed(const struct zr_device *dev, uint64_t physical, int code, int rc,
		  struct zr_error *err, const char *what)
{
	return rc ? zr_device_fail(dev, physical, code, rc < 0 ? -rc : 0, err, what, "failed") : 0;
}

static int report_zones(struct zr_device *dev, uint32_t first, uint32_t count,
			struct zr_zone *zones, struct zr_error *err)
{
	struct custom *custom = custom_of(dev);
	uint32_t i;
	int rc;

	if (dev->geo.model == ZR_MODEL_REGULAR) {
		for (i = 0; i < count; i++)
			zones[i] = zr_zone_emulated(&dev->geo, first + i);
		return 0;
	}
	pthread_rwlock_wrlock(&custom->lock);
	rc = custom->ops->report(custom->context, first, count, zones);
	pthread_rwlock_unlock(&custom->lock);
	return failed(dev, first * dev->geo.zone_size, dev->codes->zones, rc, err, "zone report");
}

static int read_bytes(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		      struct zr_error *err)
{
	struct custom *custom = custom_of(dev);
	int rc;

	pthread_rwlock_rdlock(&custom->lock);
	rc = custom->ops->read(custom->context, physical, buffer, len);
	pthread_rwlock_unlock(&custom->lock);
	return failed(dev, physical, dev->codes->read, rc, err, "read");
}

static int write_bytes(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		       struct zr_error *err)
{
	struct custom *custom = custom_of(dev);
	int rc;

	pthread_rwlock_rdlock(&custom->lock);
	rc = custom->ops->write(custom->context, physical, buffer, len);
	pthread_rwlock_unlock(&custom->lock);
	return failed(dev, physical, dev->codes->write, rc, err, "write");
}

static int zone_command(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			struct zr_error *err)
{
	struct custom *custom = custom_of(dev);
	uint64_t physical = zone_no * dev->geo.zone_size;
	int rc;

	if (dev->geo.model == ZR_MODEL_REGULAR)
		return zr_device_fail(dev, physical, ZR_E_ZONE_RULE, 0, err, "zone command",
				      "the device has no zones of its own");
	pthread_rwlock_rdlock(&custom->lock);
	rc = custom->ops->zone_op(custom->context, op, zone_no);
	pthread_rwlock_unlock(&custom->lock);
	return failed(dev, physical, dev->codes->zones, rc, err, "zone command");
}

/* Lost data is reported once, see zr_file_sync(). */
static int flush_data(struct zr_device *dev, struct zr_error *err)
{
	struct custom *custom = custom_of(dev);
	int rc = -1;

	pthread_rwlock_wrlock(&custom->lock);
	if (!dev->flush_failed)
		rc = custom->ops->flush(custom->context);
	pthread_rwlock_unlock(&custom->lock);
	if (!rc)
		return 0;
	dev->flush_failed = true;
	return failed(dev, 0, dev->codes->flush, rc, err, "flush");
}

static void close_device(struct zr_device *dev)
{
	struct custom *custom = custom_of(dev);

	if (custom->ops->close)
		custom->ops->close(custom->context);
	zr_device_fini(dev);
	pthread_rwlock_destroy(&custom->lock);
	free(custom);
}

static const struct zr_device_ops backend_ops = {
	.report = report_zones,
	.read = read_bytes,
	.write = write_bytes,
	.zone_op = zone_command,
	.flush = flush_data,
	.close = close_device,
};

static const char *missing_function(const struct zr_custom_device *device, bool target)
{
	const struct zr_custom_ops *ops = device->ops;

	if (!ops->read)
		return "read";
	if (device->zone_size && !ops->report)
		return "report";
	if (target && !ops->write)
		return "write";
	if (target && !ops->flush)
		return "flush";
	return target && device->zone_size && !ops->zone_op ? "zone_op" : NULL;
}

static int check_arguments(const struct zr_custom_device *device, bool target, struct zr_error *err)
{
	const char *missing;

	if (device->size != sizeof(*device) || device->ops->size != sizeof(*device->ops))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "custom device: size is not known, found %zu and %zu of its "
			       "functions expected %zu and %zu",
			       device->size,
			       device->size == sizeof(*device) ? device->ops->size : 0,
			       sizeof(*device), sizeof(*device->ops));
	missing = missing_function(device, target);
	if (missing)
		return zr_fail(err, ZR_E_ARGUMENT, "custom device: %s has no function %s",
			       device->name, missing);
	return 0;
}

static int take_geometry(struct zr_device *dev, const struct zr_custom_device *device,
			 struct zr_error *err)
{
	struct zr_geometry *geo = &dev->geo;
	uint64_t count = 0;

	geo->model = device->zone_size ? ZR_MODEL_HOST_MANAGED : ZR_MODEL_REGULAR;
	geo->size = device->bytes;
	geo->zone_size = device->zone_size;
	if (device->zone_size)
		count = zr_div_up(device->bytes, device->zone_size);
	if (count > UINT32_MAX)
		return zr_fail(err, ZR_E_GEOMETRY, "%s: has too many zones", dev->path);
	geo->zone_count = (uint32_t)count;
	geo->max_active = device->max_active;
	geo->max_open = device->max_open;
	geo->logical_block = device->logical_block;
	geo->seeks = device->seeks;
	return zr_device_check(dev, err);
}

int zr_custom_open(struct zr_device **dev, const struct zr_custom_device *device,
		   enum zr_device_role role, struct zr_error *err)
{
	int rc = check_arguments(device, role == ZR_ROLE_TARGET, err);
	struct custom *custom;

	if (rc)
		return rc;
	custom = calloc(1, sizeof(*custom));
	if (!custom) {
		if (device->ops->close)
			device->ops->close(device->context);
		return zr_fail_nomem(err);
	}
	pthread_rwlock_init(&custom->lock, NULL);
	custom->ops = device->ops;
	custom->context = device->context;
	rc = zr_device_init(&custom->dev, &backend_ops, device->name, role, err);
	custom->dev.model = strdup(device->model ? device->model : "");
	if (!rc && !custom->dev.model)
		rc = zr_fail_nomem(err);
	if (!rc)
		rc = take_geometry(&custom->dev, device, err);
	if (rc)
		close_device(&custom->dev);
	else
		*dev = &custom->dev;
	return rc;
}
