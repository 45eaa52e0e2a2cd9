// SPDX-License-Identifier: LGPL-2.1-or-later
/* What was found to be wrong on the source, kept so that a run that goes on can tell all of it. */
#include "journal_record.h"

#include "buffer.h"
#include "range.h"

#include <stdlib.h>

/* Without room nothing is written, and that there was none is remembered. */
static int append(struct zr_journal *journal, struct zr_record *record, struct zr_error *err)
{
	uint32_t slot = journal->sequential ? (uint32_t)journal->sequence : journal->next_finding;
	int rc;

	if (zr_journal_is_full(journal))
		return 0;
	if (slot == journal->slots) {
		journal->next_finding = slot + 1;
		return 0;
	}
	zr_record_seal(record, slot);
	rc = zr_record_write(journal, slot, record, err);
	if (rc)
		return rc;
	journal->next_finding = slot + 1;
	if (journal->sequential)
		journal->sequence = slot + 1;
	return 0;
}

int zr_journal_resumed(struct zr_journal *journal, struct zr_error *err)
{
	zr_autofree struct zr_record *record = NULL;

	if (!journal->has_findings)
		return 0;
	record = zr_record_new(journal, ZR_RECORD_RESUMED);
	if (!record)
		return zr_fail_nomem(err);
	record->body.resumed.zones = le32_set(journal->progress.zones);
	return append(journal, record, err);
}

static void encode(struct zr_record_finding *disk, uint32_t zone, const struct zr_finding *finding)
{
	disk->zone = le32_set(zone);
	disk->kind = (uint8_t)finding->kind;
	disk->tree_block = !!finding->tree_block;
	disk->has_csum = !!finding->has_csum;
	disk->code = le32_set((uint32_t)finding->code);
	disk->devid = le64_set(finding->devid);
	disk->physical = le64_set(finding->physical);
	disk->logical = le64_set(finding->logical);
	disk->len = le64_set(finding->len);
	disk->extent = le64_set(finding->extent);
}

static void decode(const struct zr_record_finding *disk, struct zr_finding *finding)
{
	finding->kind = (enum zr_finding_kind)disk->kind;
	finding->tree_block = disk->tree_block;
	finding->has_csum = disk->has_csum;
	finding->code = (int)le32_get(disk->code);
	finding->devid = le64_get(disk->devid);
	finding->physical = le64_get(disk->physical);
	finding->logical = le64_get(disk->logical);
	finding->len = le64_get(disk->len);
	finding->extent = le64_get(disk->extent);
}

int zr_journal_findings(struct zr_journal *journal, uint32_t zone,
			const struct zr_finding *findings, size_t count, struct zr_error *err)
{
	size_t done = 0;

	journal->has_findings |= count > 0;
	while (done < count) {
		zr_autofree struct zr_record *record = zr_record_new(journal, ZR_RECORD_FINDINGS);
		size_t some = zr_min64(count - done, ZR_RECORD_FINDINGS_MAX);
		size_t i;
		int rc;

		if (!record)
			return zr_fail_nomem(err);
		record->body.findings.count = le32_set((uint32_t)some);
		for (i = 0; i < some; i++)
			encode(&record->body.findings.list[i], zone, &findings[done + i]);
		rc = append(journal, record, err);
		if (rc)
			return rc;
		done += some;
	}
	return 0;
}

/* A walk over the records of findings, with a look ahead to where they are declared void. */
struct replay {
	struct zr_journal *journal;
	struct zr_record *record;
	struct zr_record *ahead;
	uint32_t ahead_slot; /* of the next run that went on; behind the last when there is none */
	uint32_t zones; /* findings in later ones are void */
	int (*found)(void *owner, uint32_t zone, const struct zr_finding *finding,
		     struct zr_error *err);
	void *owner;
};

/*
 * What any run that went on behind a slot declared void is void: a target that lost zones that were
 * noted makes a later run begin before an earlier one.
 */
static int look_ahead(struct replay *replay, uint32_t slot, struct zr_error *err)
{
	struct zr_journal *journal = replay->journal;

	if (replay->ahead_slot > slot)
		return 0;
	replay->ahead_slot = journal->next_finding;
	replay->zones = journal->progress.zones;
	for (slot++; slot < journal->next_finding; slot++) {
		int rc = zr_record_read(journal, slot, replay->ahead, err);

		if (rc)
			return rc;
		if (!zr_record_is(replay->ahead, ZR_RECORD_RESUMED) ||
		    !zr_record_belongs(replay->ahead, journal))
			continue;
		replay->ahead_slot = (uint32_t)zr_min64(replay->ahead_slot, slot);
		replay->zones = (uint32_t)zr_min64(replay->zones,
						   le32_get(replay->ahead->body.resumed.zones));
	}
	return 0;
}

static int replay_record(struct replay *replay, struct zr_error *err)
{
	const struct zr_record_findings *findings = &replay->record->body.findings;
	size_t count = zr_min64(le32_get(findings->count), ZR_RECORD_FINDINGS_MAX);
	size_t i;
	int rc = 0;

	for (i = 0; i < count && !rc; i++) {
		uint32_t zone = le32_get(findings->list[i].zone);
		struct zr_finding finding;

		if (zone >= replay->zones)
			continue;
		decode(&findings->list[i], &finding);
		rc = replay->found(replay->owner, zone, &finding, err);
	}
	return rc;
}

static int replay_all(struct replay *replay, struct zr_error *err)
{
	struct zr_journal *journal = replay->journal;
	uint32_t slot;
	int rc = 0;

	for (slot = 1; slot < journal->next_finding && !rc; slot++) {
		rc = zr_record_read(journal, slot, replay->record, err);
		if (rc || !zr_record_is(replay->record, ZR_RECORD_FINDINGS) ||
		    !zr_record_belongs(replay->record, journal))
			continue;
		rc = look_ahead(replay, slot, err);
		if (!rc)
			rc = replay_record(replay, err);
	}
	return rc;
}

int zr_journal_replay(struct zr_journal *journal,
		      int (*found)(void *owner, uint32_t zone, const struct zr_finding *finding,
				   struct zr_error *err),
		      void *owner, struct zr_error *err)
{
	zr_autofree uint8_t *buffer = zr_buffer_alloc(2 * sizeof(struct zr_record));
	struct replay replay = {
		.journal = journal,
		.found = found,
		.owner = owner,
	};

	if (!buffer)
		return zr_fail_nomem(err);
	replay.record = (struct zr_record *)buffer;
	replay.ahead = replay.record + 1;
	return replay_all(&replay, err);
}
