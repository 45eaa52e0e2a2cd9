// SPDX-License-Identifier: LGPL-2.1-or-later
/* A half-done target, seen without its source. */
#include "buffer.h"
#include "journal.h"
#include "range.h"
#include "resume.h"
#include "sblog.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zreplace/job.h>

#define WIPE_BYTES (1U << 20)

static int find(struct zr_journal *journal, struct zr_target *target, struct zr_error *err)
{
	int rc = target->dev ? zr_journal_find(journal, target->dev, err) : 1;

	if (rc != 1)
		return rc;
	if (!target->dev)
		return zr_fail(err, ZR_E_NO_RUN, "%s: does not exist", target->path);
	return zr_fail(err, ZR_E_NO_RUN, "%s: holds no unfinished run", target->path);
}

int zr_run_status(struct zr_target *target, struct zr_run_status *status, struct zr_error *err)
{
	struct zr_journal journal;
	int rc = find(&journal, target, err);

	if (!rc)
		rc = zr_journal_require_whole(&journal, err);
	if (rc)
		return rc;
	memset(status, 0, sizeof(*status));
	memcpy(status->fsid, journal.head.fsid, sizeof(status->fsid));
	status->devid = journal.head.devid;
	status->generation = journal.head.generation;
	snprintf(status->source, sizeof(status->source), "%s", journal.head.source);
	snprintf(status->version, sizeof(status->version), "%s", journal.head.version);
	status->zones = journal.head.zones;
	status->zones_done = journal.progress.zones;
	status->copied = journal.progress.copied;
	status->filled = journal.progress.filled;
	status->repaired = journal.progress.read.repaired;
	status->damaged = journal.progress.read.damaged;
	status->lost = journal.progress.read.lost;
	return 0;
}

int zr_run_matches(struct zr_source *source, struct zr_target *target, const struct zr_plan *plan,
		   struct zr_error *err)
{
	struct zr_journal journal;
	int rc = find(&journal, target, err);

	if (!rc)
		rc = zr_resume_check(&journal, source, target, plan, err);
	return rc ? rc : zr_run_untouched(target, &journal, err);
}

static int reset_zones(struct zr_device *dev, const struct zr_journal *journal,
		       const struct zr_zone *zones, struct zr_error *err)
{
	uint32_t i;

	for (i = 0; i < dev->geo.zone_count; i++) {
		int rc;

		if (!zr_zone_is_sequential(&zones[i]) || !zr_zone_is_writable(&zones[i]) ||
		    zones[i].cond == ZR_COND_EMPTY ||
		    (journal->sequential && i == zr_journal_zone(journal)))
			continue;
		rc = zr_device_zone_op(dev, ZR_OP_RESET, i, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* A superblock may be there already when the run was interrupted in its last steps. */
static int wipe_superblocks(struct zr_device *dev, const struct zr_zone *zones,
			    struct zr_error *err)
{
	zr_autofree uint8_t *zeroes = zr_buffer_alloc(WIPE_BYTES);
	unsigned int mirror;

	if (!zeroes)
		return zr_fail_nomem(err);
	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t at = mirror ? zr_sb_offset(mirror) : 0;
		size_t len = mirror ? ZR_SB_SIZE : WIPE_BYTES;
		bool zoned = dev->geo.model != ZR_MODEL_REGULAR;
		int rc;

		if (!zr_range_fits(at, len, dev->geo.size) ||
		    (zoned && zr_zone_is_sequential(&zones[at / dev->geo.zone_size])))
			continue;
		rc = zr_device_write(dev, at, zeroes, len, err);
		if (rc)
			return rc;
	}
	return 0;
}

int zr_run_discard(struct zr_target *target, struct zr_error *err)
{
	struct zr_device *dev = target->dev;
	struct zr_zone *zones = NULL;
	struct zr_journal journal;
	int rc = find(&journal, target, err);

	if (!rc)
		rc = zr_run_untouched(target, &journal, err);
	if (!rc && dev->geo.model != ZR_MODEL_REGULAR)
		rc = zr_device_zones(dev, &zones, err);
	/* None may stand over zones that are reset. */
	if (!rc)
		rc = wipe_superblocks(dev, zones, err);
	if (!rc)
		rc = zr_device_flush(dev, err);
	if (!rc && zones)
		rc = reset_zones(dev, &journal, zones, err);
	if (!rc)
		rc = zr_device_flush(dev, err);
	if (!rc)
		rc = zr_journal_end(&journal, err);
	free(zones);
	return rc;
}
