// SPDX-License-Identifier: LGPL-2.1-or-later
/* The only file that names libblkid. */
#include "blkid.h"

#include "uuid_text.h"

#include <blkid/blkid.h>
#include <stdio.h>

static void look_up(blkid_probe probe, const char *name, char text[ZR_SIGNATURE_MAX])
{
	const char *value;

	if (!blkid_probe_lookup_value(probe, name, &value, NULL))
		snprintf(text, ZR_SIGNATURE_MAX, "%s", value);
}

int zr_signatures_probe(const char *path, struct zr_signatures *found, int code,
			struct zr_error *err)
{
	blkid_probe probe = blkid_new_probe_from_filename(path);
	int rc;

	*found = (struct zr_signatures){ 0 };
	if (!probe)
		return zr_fail(err, code, "%s: cannot be probed for signatures", path);
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(probe, 1);
	rc = blkid_do_fullprobe(probe);
	if (rc == 0) {
		look_up(probe, "TYPE", found->type);
		look_up(probe, "PTTYPE", found->table);
	}
	blkid_free_probe(probe);
	return rc < 0 ? zr_fail(err, code, "%s: probing for signatures failed", path) : 0;
}

/* A cache that is no file: what was true at an earlier time is of no use here. */
int zr_devices_of(const uint8_t fsid[16],
		  int (*found)(void *owner, const char *path, struct zr_error *err), void *owner,
		  struct zr_error *err)
{
	blkid_dev_iterate iterate;
	blkid_cache cache;
	char uuid[ZR_UUID_TEXT];
	blkid_dev dev;
	int rc = 0;

	if (blkid_get_cache(&cache, "/dev/null"))
		return zr_fail_nomem(err);
	blkid_probe_all(cache);
	zr_uuid_text(fsid, uuid);
	iterate = blkid_dev_iterate_begin(cache);
	blkid_dev_set_search(iterate, "UUID", uuid);
	while (!rc && !blkid_dev_next(iterate, &dev))
		rc = found(owner, blkid_dev_devname(dev), err);
	blkid_dev_iterate_end(iterate);
	blkid_put_cache(cache);
	return rc;
}
