// SPDX-License-Identifier: LGPL-2.1-or-later
/* The last steps: from a target that holds everything to one that is a file system. */
#include "stages.h"

#include "buffer.h"
#include "sink.h"
#include "super.h"
#include "super_read.h"
#include "superblock.h"

#include <stdlib.h>

static bool is_journal(const struct zr_job *job, uint32_t zone_no)
{
	return job->journal.sequential && zone_no == zr_journal_zone(&job->journal);
}

/* Every planned zone is at its end, and every other one but the journal's is empty. */
static int compare_zones(struct zr_job *job, struct zr_error *err)
{
	struct zr_device *dev = job->target->dev;
	const struct zr_plan_zone *planned = job->plan->zones;
	const struct zr_plan_zone *last = planned + job->plan->zone_count;
	struct zr_zone *zones;
	uint32_t i;
	int rc = zr_device_zones(dev, &zones, err);

	if (rc)
		return rc;
	for (i = 0; i < dev->geo.zone_count && !rc; i++) {
		if (planned < last && planned->target_physical == zones[i].start) {
			rc = zr_sink_expect(dev, i, &zones[i], planned->end,
					    planned->state == ZR_END_FINISH, err);
			planned++;
		} else if (zr_zone_is_writable(&zones[i]) && !is_journal(job, i)) {
			rc = zr_sink_expect(dev, i, &zones[i], 0, false, err);
		}
	}
	free(zones);
	if (!rc && planned < last)
		rc = zr_fail(err, ZR_E_INTERNAL,
			     "job: planned zone at %llu is no zone of the target",
			     (unsigned long long)planned->target_physical);
	return rc;
}

/* Other mirrors first; a flush lies between them and the one that decides. */
static int write_superblocks(struct zr_job *job, struct zr_error *err)
{
	struct zr_device *dev = job->target->dev;
	size_t i;

	for (i = 0; i < job->plan->superblock_count; i++) {
		const struct zr_plan_superblock *copy_of = &job->plan->superblocks[i];
		int rc = zr_superblock_write(dev, job->super, copy_of->physical, copy_of->bytenr,
					     copy_of->sequential, err);

		if (!rc)
			rc = zr_device_flush(dev, err);
		if (rc)
			return rc;
	}
	return 0;
}

/*
 * Take the superblocks away again, the primary first; what failed before is what gets reported.
 * Returns whether they are gone.
 */
static bool withdraw(struct zr_job *job)
{
	struct zr_device *dev = job->target->dev;
	size_t i = job->plan->superblock_count;
	int rc = 0;

	while (!rc && i--) {
		const struct zr_plan_superblock *copy_of = &job->plan->superblocks[i];

		rc = zr_superblock_clear(dev, copy_of->physical, copy_of->sequential, NULL);
	}
	return !rc && !zr_device_flush(dev, NULL);
}

/*
 * Begin the journal anew, which counts what is still there: the next run has the superblocks to
 * write and nothing else. It comes before they are taken away, as at each moment of the commit.
 * What was found on the source went with the old one, and a new one would keep silent about it.
 * Returns whether it is there.
 */
static bool bring_journal_back(struct zr_job *job)
{
	const struct zr_journal_head head = job->journal.head;
	int rc;

	if (job->journal.has_findings)
		return false;
	rc = zr_journal_begin(&job->journal, job->target->dev, &head, NULL);
	if (!rc)
		rc = zr_journal_note(&job->journal, &job->noted, NULL);
	return !rc;
}

/* Opening reads the primary one alone; the others are for the day when that is lost. */
static int compare_superblocks(struct zr_job *job, struct zr_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < job->plan->superblock_count && !rc; i++) {
		const struct zr_plan_superblock *copy_of = &job->plan->superblocks[i];

		rc = zr_superblock_compare(job->target->dev, job->super, copy_of->physical,
					   copy_of->bytenr, err);
	}
	return rc;
}

/* Blocks were changed on the way, so that the trees are asked where everything is now. */
static int compare_layout(struct zr_job *job, struct zr_source *opened, struct zr_error *err)
{
	const struct zr_plan *plan = job->plan;
	struct zr_group_list list;
	int rc = zr_groups_read(opened, &list, err);
	size_t i;

	for (i = 0; i < plan->zone_count && !rc; i++)
		if (i == list.extent_count ||
		    list.extents[i].physical != plan->zones[i].target_physical)
			rc = zr_fail(err, ZR_E_DEVEXT,
				     "no device extent at %llu, where the plan has one",
				     (unsigned long long)plan->zones[i].target_physical);
	zr_groups_free(&list);
	return rc;
}

static int fail_to_open(const struct zr_job *job, int rc, const struct zr_error *reason,
			struct zr_error *err)
{
	return zr_fail(err, rc == -ZR_E_NO_MEMORY ? ZR_E_NO_MEMORY : ZR_E_TARGET_READ,
		       "%s: the new file system cannot be opened: %s", job->target->path,
		       reason->text);
}

/* Reads that fail are another matter than what they read: they may be good the next time. */
static int judge_copies(const struct zr_source *opened, struct zr_error *err)
{
	if (opened->bad_copies)
		return zr_fail(err, ZR_E_CSUM,
			       "a copy of a tree block that was just written is bad");
	if (opened->unread_copies)
		return zr_fail(err, ZR_E_SOURCE_READ,
			       "a copy of a tree block that was just written cannot be read");
	return 0;
}

/* Open the file system by the superblock that was written; the journal still hides it. */
static int open_written(struct zr_job *job, struct zr_error *reason)
{
	const struct zr_plan *plan = job->plan;
	uint64_t primary = plan->superblocks[plan->superblock_count - 1].physical;
	struct zr_source *opened;
	int rc =
		zr_source_open_at(&opened, job->target->dev, job->source->members, primary, reason);

	if (rc)
		return rc;
	if (zr_editing_needed(&job->editing))
		rc = compare_layout(job, opened, reason);
	if (!rc)
		rc = judge_copies(opened, reason);
	zr_source_release(opened);
	return rc;
}

/* As long as a superblock may be there, the journal has to hide it. */
static void give_up(struct zr_job *job)
{
	int rc = withdraw(job) ? zr_journal_end(&job->journal, NULL) : 0;

	(void)rc;
}

/*
 * What is wrong is found before the journal is gone. If it is a superblock, or something that could
 * not be read, the next run writes superblocks again and nothing else; if it is what the journal
 * counts, nothing of it is worth anything.
 */
static int write_and_open(struct zr_job *job, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc = write_superblocks(job, err);

	if (rc)
		return rc;
	rc = compare_superblocks(job, err);
	if (rc) {
		withdraw(job);
		return rc;
	}
	rc = open_written(job, &reason);
	if (!rc)
		return 0;
	if (zr_error_class(rc) == ZR_CLASS_CORRUPT)
		give_up(job);
	else
		withdraw(job);
	return fail_to_open(job, rc, &reason, err);
}

int zr_stage_commit(struct zr_job *job, struct zr_error *err)
{
	int rc = zr_device_flush(job->target->dev, err);

	if (!rc)
		rc = compare_zones(job, err);
	if (!rc)
		rc = zr_source_super_unchanged(job->source, err);
	if (!rc && atomic_load(&job->cancelled))
		rc = zr_fail(err, ZR_E_CANCELLED, "job: cancelled before the superblock");
	if (!rc)
		rc = write_and_open(job, err);
	if (!rc)
		rc = zr_journal_end(&job->journal, err);
	return rc;
}

/* As a kernel would find it. */
static int find_superblock(struct zr_job *job, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	struct zr_super super;
	uint64_t physical;
	int rc = zr_super_read(job->target->dev, &super, &physical, &reason);

	if (rc)
		return fail_to_open(job, rc, &reason, err);
	if (zr_super_same(super.raw, job->super))
		return compare_superblocks(job, err);
	return zr_fail(err, ZR_E_TARGET_READ,
		       "%s: the superblock that is found is not the one that was written",
		       job->target->path);
}

int zr_stage_find(struct zr_job *job, struct zr_error *err)
{
	int rc = find_superblock(job, err);

	/* Superblocks are all that is wrong. Without a journal, nothing would be left but them. */
	if (rc && bring_journal_back(job))
		withdraw(job);
	return rc;
}
