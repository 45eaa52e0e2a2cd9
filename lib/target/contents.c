// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a target holds already. The only file that names libblkid. */
#include "target.h"

#include "buffer.h"
#include "image.h"

#include <blkid/blkid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(char *text, const char *word, const char *rest)
{
	size_t used = strlen(text);

	snprintf(text + used, ZR_CONTENTS_MAX - used, "%s%s%s", used ? ", " : "", word, rest);
}

static void describe_signature(blkid_probe probe, char *text)
{
	const char *value;

	if (!blkid_probe_lookup_value(probe, "TYPE", &value, NULL))
		add(text, value, " signature");
	if (!blkid_probe_lookup_value(probe, "PTTYPE", &value, NULL))
		add(text, value, " partition table");
}

/* Looks at superblocks with bad checksums too: what is damaged may still be of value. */
static int probe_signatures(const char *path, char *text, struct zr_error *err)
{
	blkid_probe probe = blkid_new_probe_from_filename(path);
	int rc;

	if (!probe)
		return zr_fail(err, ZR_E_TARGET_READ, "%s: cannot be probed for signatures", path);
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(probe, 1);
	rc = blkid_do_fullprobe(probe);
	if (rc == 0)
		describe_signature(probe, text);
	blkid_free_probe(probe);
	if (rc < 0)
		return zr_fail(err, ZR_E_TARGET_READ, "%s: probing for signatures failed", path);
	return 0;
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

int zr_target_contents(struct zr_target *target, char text[ZR_CONTENTS_MAX], struct zr_error *err)
{
	zr_autofree char *data = NULL;
	const char *path = target->path;
	int rc = 0;

	text[0] = '\0';
	if (!target->dev)
		return 0;
	if (zr_image_is_name(path)) {
		data = zr_image_data_path(path);
		if (!data)
			return zr_fail_nomem(err);
		path = data;
	}
	rc = probe_signatures(path, text, err);
	if (!rc && target->geo.model == ZR_MODEL_HOST_MANAGED)
		rc = count_zones(target->dev, text, err);
	return rc;
}
