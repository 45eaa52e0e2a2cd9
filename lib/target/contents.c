// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a target holds already. */
#include "target.h"

#include "blkid.h"
#include "buffer.h"
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(char *text, const char *word, const char *rest)
{
	size_t used = strlen(text);

	snprintf(text + used, ZR_CONTENTS_MAX - used, "%s%s%s", used ? ", " : "", word, rest);
}

static int count_zones(struct zr_device *dev, char *text, struct zr_error *err)
{
	struct zr_zone *zones;
	char number[32];
	uint32_t used = 0;
	uint32_t i;
	int rc = zr_device_zones(dev, &zones, err);

	if (rc)
		return rc;
	for (i = 0; i < dev->geo.zone_count; i++)
		if (zr_zone_is_sequential(&zones[i]) && zr_zone_is_writable(&zones[i]) &&
		    zones[i].cond != ZR_COND_EMPTY)
			used++;
	free(zones);
	snprintf(number, sizeof(number), "%u", used);
	if (used)
		add(text, number, used == 1 ? " zone with data" : " zones with data");
	return 0;
}

/* What has no path cannot be probed. */
static int custom_contents(struct zr_target *target, char *text, struct zr_error *err)
{
	if (target->geo.model == ZR_MODEL_HOST_MANAGED)
		return count_zones(target->dev, text, err);
	add(text, "a device that cannot be probed", "");
	return 0;
}

int zr_target_contents(struct zr_target *target, char text[ZR_CONTENTS_MAX], struct zr_error *err)
{
	zr_autofree char *data = NULL;
	struct zr_signatures found;
	const char *path = target->path;
	int rc = 0;

	text[0] = '\0';
	if (!target->dev)
		return 0;
	if (target->custom)
		return custom_contents(target, text, err);
	if (zr_image_is_name(path)) {
		data = zr_image_data_path(path);
		if (!data)
			return zr_fail_nomem(err);
		path = data;
	}
	rc = zr_signatures_probe(path, &found, ZR_E_TARGET_READ, err);
	if (!rc && found.type[0])
		add(text, found.type, " signature");
	if (!rc && found.table[0])
		add(text, found.table, " partition table");
	if (!rc && target->geo.model == ZR_MODEL_HOST_MANAGED)
		rc = count_zones(target->dev, text, err);
	return rc;
}
