// SPDX-License-Identifier: GPL-2.0-or-later
#include "endless_device.h"

#include <stdlib.h>
#include <string.h>

/* From the start of the device; there are the first superblock and the journal. */
#define KEPT (4ULL << 20)
#define SUPER_PLACE (64ULL << 10)

struct endless_device {
	struct zr_device dev;
	const struct endless_fs *fs;
	uint8_t start[KEPT]; /* what was written there */
	uint8_t super[2][ENDLESS_SECTOR]; /* the second and third superblock */
};

/* Where written bytes are kept, or NULL. */
static uint8_t *kept(struct endless_device *it, uint64_t physical, size_t len)
{
	if (physical + len <= KEPT)
		return it->start + physical;
	if (physical == 64ULL << 20 && len <= ENDLESS_SECTOR)
		return it->super[0];
	return physical == 256ULL << 30 && len <= ENDLESS_SECTOR ? it->super[1] : NULL;
}

static int report_zones(struct zr_device *dev, uint32_t first, uint32_t count,
			struct zr_zone *zones, struct zr_error *err)
{
	uint32_t i;

	(void)err;
	for (i = 0; i < count; i++)
		zones[i] = zr_zone_emulated(&dev->geo, first + i);
	return 0;
}

static int read_bytes(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		      struct zr_error *err)
{
	struct endless_device *it = (struct endless_device *)dev;
	const uint8_t *bytes = kept(it, physical, len);
	size_t done;

	(void)err;
	if (bytes)
		memcpy(buffer, bytes, len);
	else
		memset(buffer, 0, len);
	if (bytes || !endless_has_blocks(it->fs, physical))
		return 0;
	for (done = 0; done < len; done += ENDLESS_NODE)
		endless_block(it->fs, physical + done, (uint8_t *)buffer + done);
	return 0;
}

static int write_bytes(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		       struct zr_error *err)
{
	uint8_t *bytes = kept((struct endless_device *)dev, physical, len);

	(void)err;
	if (bytes)
		memcpy(bytes, buffer, len);
	return 0;
}

static int zone_command(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			struct zr_error *err)
{
	(void)dev;
	(void)op;
	(void)zone_no;
	(void)err;
	return 0;
}

static int flush_data(struct zr_device *dev, struct zr_error *err)
{
	(void)dev;
	(void)err;
	return 0;
}

static void close_device(struct zr_device *dev)
{
	free(dev->path);
	free(dev->model);
	free(dev);
}

static const struct zr_device_ops ops = {
	.report = report_zones,
	.read = read_bytes,
	.write = write_bytes,
	.zone_op = zone_command,
	.flush = flush_data,
	.close = close_device,
};

struct zr_device *endless_device(const struct endless_fs *fs, bool empty)
{
	static const struct zr_device_codes source_codes = { ZR_E_SOURCE_READ, ZR_E_SOURCE_READ,
							     ZR_E_SOURCE_READ, ZR_E_SOURCE_ZONES };
	static const struct zr_device_codes target_codes = { ZR_E_TARGET_READ, ZR_E_TARGET_WRITE,
							     ZR_E_TARGET_FLUSH, ZR_E_TARGET_ZONES };
	struct endless_device *it = calloc(1, sizeof(*it));

	if (!it)
		abort();
	it->fs = fs;
	it->dev.ops = &ops;
	it->dev.codes = empty ? &target_codes : &source_codes;
	it->dev.path = strdup(empty ? "target" : "source");
	it->dev.model = strdup("");
	it->dev.writable = empty;
	it->dev.geo.model = ZR_MODEL_REGULAR;
	it->dev.geo.size = endless_size(fs);
	it->dev.geo.logical_block = ENDLESS_SECTOR;
	if (!empty)
		endless_super(fs, SUPER_PLACE, it->start + SUPER_PLACE);
	return &it->dev;
}

struct zr_target *endless_target(struct zr_device *dev)
{
	struct zr_target *target = calloc(1, sizeof(*target));

	if (!target)
		abort();
	target->path = strdup(dev->path);
	target->dev = dev;
	target->geo = dev->geo;
	target->options.size = sizeof(target->options);
	target->options.writable = 1;
	return target;
}
