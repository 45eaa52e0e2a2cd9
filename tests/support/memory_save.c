// SPDX-License-Identifier: GPL-2.0-or-later
/* From a device in memory to files. */
#include "image.h"
#include "memory_device.h"

#include <fcntl.h>
#include <unistd.h>

#define SAVE_BYTES (64U << 10)

/* Mapped memory is aligned as buffers must be. */
static int save_zone(const struct memory_device *memory, const struct zr_zone *zone,
		     struct zr_device *to, struct zr_error *err)
{
	uint64_t at = zone->start;
	uint64_t end = zone->start + zr_zone_written(zone);
	int rc = 0;

	while (!rc && at < end) {
		size_t len = end - at < SAVE_BYTES ? (size_t)(end - at) : SAVE_BYTES;

		rc = zr_device_write(to, at, memory->bytes + at, len, err);
		at += len;
	}
	return rc;
}

static int save_to(const struct memory_device *memory, const char *path, struct zr_error *err)
{
	struct zr_device *to;
	uint32_t i;
	int rc = zr_device_open(&to, path, ZR_ROLE_TARGET, err);

	if (rc)
		return rc;
	for (i = 0; i < memory->options.zones && !rc; i++)
		rc = save_zone(memory, &memory->zones[i], to, err);
	if (!rc)
		rc = zr_device_flush(to, err);
	zr_device_close(to);
	return rc;
}

int memory_save(const struct memory_device *memory, const char *path, struct zr_error *err)
{
	int rc = 0;
	int fd;

	if (!memory->options.regular) {
		rc = zr_image_create(path, &memory->dev.geo, memory->zones, err);
		return rc ? rc : save_to(memory, path, err);
	}
	fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)memory->dev.geo.size))
		rc = zr_fail(err, ZR_E_OPEN, "%s: cannot be made", path);
	if (fd >= 0)
		close(fd);
	return rc ? rc : save_to(memory, path, err);
}
