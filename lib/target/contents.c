// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a target holds already. */
#include "target.h"

#include "buffer.h"
#include "image.h"
#include "range.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is looked at where nobody says whether anything is there. */
#define START_BYTES (1U << 20)

static void add(char *text, const char *word, const char *rest)
{
	size_t used = strlen(text);

	snprintf(text + used, ZR_CONTENTS_MAX - used, "%s%s%s", used ? ", " : "", word, rest);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return !len || (!bytes[0] && !memcmp(bytes, bytes + 1, len - 1));
}

/* Where there is no write pointer, only the bytes say whether anything is there. */
static int look_at_start(struct zr_device *dev, char *text, struct zr_error *err)
{
	zr_autofree uint8_t *bytes = zr_buffer_alloc(START_BYTES);
	size_t len = (size_t)zr_min64(START_BYTES, dev->geo.size);
	int rc;

	if (!bytes)
		return zr_fail_nomem(err);
	rc = zr_device_read(dev, 0, bytes, len, err);
	if (!rc && !is_zero(bytes, len))
		add(text, "data at its start", "");
	return rc;
}

static int count_zones(struct zr_device *dev, char *text, struct zr_error *err)
{
	struct zr_zone *zones;
	char number[32];
	bool conventional;
	uint32_t used = 0;
	uint32_t i;
	int rc = zr_device_zones(dev, &zones, err);

	if (rc)
		return rc;
	for (i = 0; i < dev->geo.zone_count; i++)
		if (zr_zone_is_sequential(&zones[i]) && zr_zone_is_writable(&zones[i]) &&
		    zones[i].cond != ZR_COND_EMPTY)
			used++;
	conventional = zones[0].type == ZR_ZONE_CONVENTIONAL;
	free(zones);
	snprintf(number, sizeof(number), "%u", used);
	if (used)
		add(text, number, used == 1 ? " zone with data" : " zones with data");
	return text[0] || !conventional ? 0 : look_at_start(dev, text, err);
}

/* What has no path cannot be probed. */
static int custom_contents(struct zr_target *target, char *text, struct zr_error *err)
{
	if (target->geo.model == ZR_MODEL_HOST_MANAGED)
		return count_zones(target->dev, text, err);
	add(text, "a device that cannot be probed", "");
	return 0;
}

int zr_target_signature(const struct zr_target *target, struct zr_signatures *found,
			struct zr_error *err)
{
	zr_autofree char *data = NULL;
	const char *path = target->path;

	*found = (struct zr_signatures){ 0 };
	if (target->custom)
		return 0;
	if (zr_image_is_name(path)) {
		data = zr_image_data_path(path);
		if (!data)
			return zr_fail_nomem(err);
		path = data;
	}
	return zr_signatures_probe(path, found, ZR_E_TARGET_READ, err);
}

int zr_target_contents(struct zr_target *target, char text[ZR_CONTENTS_MAX], struct zr_error *err)
{
	struct zr_signatures found;
	int rc;

	text[0] = '\0';
	if (!target->dev)
		return 0;
	if (target->custom)
		return custom_contents(target, text, err);
	rc = zr_target_signature(target, &found, err);
	if (!rc && found.type[0])
		add(text, found.type, " signature");
	if (!rc && found.table[0])
		add(text, found.table, " partition table");
	if (!rc && target->geo.model == ZR_MODEL_HOST_MANAGED)
		rc = count_zones(target->dev, text, err);
	else if (!rc && !text[0])
		rc = look_at_start(target->dev, text, err);
	return rc;
}
