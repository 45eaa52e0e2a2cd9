// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal.h"

#include "buffer.h"
#include "journal_record.h"
#include "range.h"

#include <gcrypt.h>
#include <string.h>

/* Behind the first MiB, which is wiped, and below the end of the smallest zone that btrfs takes. */
#define FIXED_PLACE (1ULL << 20)
/* At a fixed place the first record stays, notes take turns in some slots, and findings add up in
 * the others. */
#define FIXED_NOTES 255
#define FIXED_SLOTS 512

static void encode_head(struct zr_record_head *disk, const struct zr_journal_head *head)
{
	memcpy(disk->fsid, head->fsid, sizeof(disk->fsid));
	memcpy(disk->dev_uuid, head->dev_uuid, sizeof(disk->dev_uuid));
	disk->devid = le64_set(head->devid);
	disk->generation = le64_set(head->generation);
	memcpy(disk->super, head->super, sizeof(disk->super));
	memcpy(disk->plan, head->plan, sizeof(disk->plan));
	memcpy(disk->target_fsid, head->target_fsid, sizeof(disk->target_fsid));
	disk->target_bytes = le64_set(head->target_bytes);
	disk->zones = le32_set(head->zones);
	memcpy(disk->source, head->source, sizeof(disk->source));
	memcpy(disk->target_model, head->target_model, sizeof(disk->target_model));
	memcpy(disk->version, head->version, sizeof(disk->version));
}

static void decode_head(const struct zr_record *record, struct zr_journal_head *head)
{
	const struct zr_record_head *disk = &record->body.head;

	memcpy(head->run, record->run, sizeof(head->run));
	memcpy(head->fsid, disk->fsid, sizeof(head->fsid));
	memcpy(head->dev_uuid, disk->dev_uuid, sizeof(head->dev_uuid));
	head->devid = le64_get(disk->devid);
	head->generation = le64_get(disk->generation);
	memcpy(head->super, disk->super, sizeof(head->super));
	memcpy(head->plan, disk->plan, sizeof(head->plan));
	memcpy(head->target_fsid, disk->target_fsid, sizeof(head->target_fsid));
	head->target_bytes = le64_get(disk->target_bytes);
	head->zones = le32_get(disk->zones);
	memcpy(head->source, disk->source, sizeof(head->source));
	memcpy(head->target_model, disk->target_model, sizeof(head->target_model));
	memcpy(head->version, disk->version, sizeof(head->version));
	head->source[sizeof(head->source) - 1] = '\0';
	head->target_model[sizeof(head->target_model) - 1] = '\0';
	head->version[sizeof(head->version) - 1] = '\0';
}

static void decode_progress(const struct zr_record_progress *disk,
			    struct zr_journal_progress *progress)
{
	progress->zones = le32_get(disk->zones);
	progress->copied = le64_get(disk->copied);
	progress->filled = le64_get(disk->filled);
	progress->read.metadata = le64_get(disk->metadata);
	progress->read.verified = le64_get(disk->verified);
	progress->read.unverified = le64_get(disk->unverified);
	progress->read.repaired = le64_get(disk->repaired);
	progress->read.damaged = le64_get(disk->damaged);
	progress->read.lost = le64_get(disk->lost);
}

/*
 * Find out where the journal of a device is, and how many records may be there.
 * Returns 0, 1 if there is no room for one, or an error of the report.
 */
static int locate(struct zr_journal *journal, struct zr_device *dev, uint32_t *written,
		  struct zr_error *err)
{
	struct zr_zone pair[2];
	int rc;

	memset(journal, 0, sizeof(*journal));
	journal->dev = dev;
	journal->start = FIXED_PLACE;
	journal->slots = FIXED_SLOTS;
	journal->next_finding = 1 + FIXED_NOTES;
	*written = FIXED_SLOTS;
	if (dev->geo.size < FIXED_PLACE + FIXED_SLOTS * ZR_JOURNAL_RECORD)
		return 1;
	if (dev->geo.model == ZR_MODEL_REGULAR)
		return 0;
	if (dev->geo.zone_count < 2)
		return 1;
	rc = zr_device_report(dev, 0, 2, pair, err);
	if (rc || !zr_zone_is_sequential(&pair[0]))
		return rc;
	journal->sequential = true;
	journal->start = pair[1].start;
	journal->slots = (uint32_t)(pair[1].cap / ZR_JOURNAL_RECORD);
	journal->torn = !zr_is_aligned(zr_zone_written(&pair[1]), ZR_JOURNAL_RECORD);
	*written =
		(uint32_t)zr_min64(zr_zone_written(&pair[1]) / ZR_JOURNAL_RECORD, journal->slots);
	return 0;
}

/* Where a note with a number lies. */
static uint64_t note_slot(const struct zr_journal *journal, uint64_t sequence)
{
	if (journal->sequential || !sequence)
		return sequence;
	return 1 + (sequence - 1) % FIXED_NOTES;
}

/*
 * The newest note wins; at a fixed place newer ones stand before older ones. One is nobody's
 * whose number does not belong to the slot or is the last one there is, or that counts more zones
 * than there are.
 */
static void take_note(struct zr_journal *journal, uint32_t slot, const struct zr_record *record)
{
	uint64_t sequence = le64_get(record->sequence);

	if (sequence < journal->sequence || sequence == UINT64_MAX ||
	    note_slot(journal, sequence) != slot ||
	    le32_get(record->body.progress.zones) > journal->head.zones)
		return;
	decode_progress(&record->body.progress, &journal->progress);
	journal->sequence = sequence + 1;
}

/* At a fixed place what is found must not go where the next notes go. */
static bool is_behind_notes(const struct zr_journal *journal, uint32_t slot)
{
	return journal->sequential || slot > FIXED_NOTES;
}

static int read_records(struct zr_journal *journal, uint32_t written, struct zr_record *record,
			struct zr_error *err)
{
	uint32_t slot;

	for (slot = 1; slot < written; slot++) {
		int rc = zr_record_read(journal, slot, record, err);

		if (rc)
			return rc;
		if (!zr_record_belongs(record, journal))
			continue;
		if (zr_record_is(record, ZR_RECORD_PROGRESS)) {
			take_note(journal, slot, record);
		} else if (is_behind_notes(journal, slot) &&
			   (zr_record_is(record, ZR_RECORD_RESUMED) ||
			    zr_record_is(record, ZR_RECORD_FINDINGS))) {
			journal->next_finding = slot + 1;
			journal->has_findings = true;
		}
	}
	/* Behind a torn record of a sequential zone there is no going back. */
	if (journal->sequential) {
		journal->sequence = zr_max64(journal->sequence, written);
		journal->next_finding = (uint32_t)journal->sequence;
	}
	return 0;
}

/*
 * What the first record, which is no head of this version, is the rest of. Returns 0, 1 if it is no
 * journal's, or the device's codes.
 */
static int judge_head(struct zr_journal *journal, uint32_t written, struct zr_record *record,
		      struct zr_error *err)
{
	int rc;

	journal->condition = ZR_JOURNAL_DAMAGED;
	if (zr_record_is_marked(record)) {
		journal->format = le32_get(record->version);
		if (journal->format != ZR_RECORD_VERSION && zr_record_is_whole(record))
			journal->condition = ZR_JOURNAL_OTHER_VERSION;
		return 0;
	}
	if (!journal->sequential || written < 2)
		return 1;
	rc = zr_record_read(journal, 1, record, err);
	return rc ? rc : !zr_record_is_whole(record);
}

static int find(struct zr_journal *journal, uint32_t written, struct zr_record *record,
		struct zr_error *err)
{
	int rc = written ? zr_record_read(journal, 0, record, err) : 1;

	if (rc)
		return rc;
	if (!zr_record_is(record, ZR_RECORD_HEAD) || le64_get(record->sequence))
		return judge_head(journal, written, record, err);
	decode_head(record, &journal->head);
	journal->format = ZR_RECORD_VERSION;
	journal->sequence = 1;
	return read_records(journal, written, record, err);
}

int zr_journal_find(struct zr_journal *journal, struct zr_device *dev, struct zr_error *err)
{
	zr_autofree struct zr_record *record = (struct zr_record *)zr_buffer_alloc(sizeof(*record));
	uint32_t written;
	int rc;

	if (!record)
		return zr_fail_nomem(err);
	rc = locate(journal, dev, &written, err);
	return rc ? rc : find(journal, written, record, err);
}

int zr_journal_require_whole(const struct zr_journal *journal, struct zr_error *err)
{
	switch (journal->condition) {
	case ZR_JOURNAL_WHOLE:
		break;
	case ZR_JOURNAL_OTHER_VERSION:
		return zr_fail(err, ZR_E_JOURNAL,
			       "%s: the journal of an unfinished run was written by another "
			       "version, found format %u expected %u",
			       journal->dev->path, journal->format, ZR_RECORD_VERSION);
	case ZR_JOURNAL_DAMAGED:
		return zr_fail(err, ZR_E_JOURNAL, "%s: the journal of an unfinished run is damaged",
			       journal->dev->path);
	}
	return 0;
}

static int write_note(struct zr_journal *journal, struct zr_record *record, struct zr_error *err)
{
	int rc;

	zr_record_seal(record, journal->sequence);
	rc = zr_record_write(journal, (uint32_t)note_slot(journal, journal->sequence), record, err);
	if (!rc)
		journal->sequence++;
	return rc;
}

int zr_journal_begin(struct zr_journal *journal, struct zr_device *dev,
		     const struct zr_journal_head *head, struct zr_error *err)
{
	zr_autofree struct zr_record *record = NULL;
	uint32_t written;
	int rc = locate(journal, dev, &written, err);

	if (rc)
		return rc < 0 ? rc
			      : zr_fail(err, ZR_E_TOO_SMALL, "%s: no room for a journal",
					dev->path);
	journal->head = *head;
	gcry_create_nonce(journal->head.run, sizeof(journal->head.run));
	record = zr_record_new(journal, ZR_RECORD_HEAD);
	if (!record)
		return zr_fail_nomem(err);
	encode_head(&record->body.head, &journal->head);
	return write_note(journal, record, err);
}

uint32_t zr_journal_interval(const struct zr_journal *journal)
{
	uint32_t notes = journal->slots - 1;

	if (!journal->sequential)
		return 1;
	/* Each run that goes on adds notes, so that half of them are kept back. */
	return (uint32_t)zr_div_up(journal->head.zones, zr_max64(notes / 2, 1));
}

bool zr_journal_is_full(const struct zr_journal *journal)
{
	/* A full second zone does not hide what is in the first one of a log. */
	if (journal->sequential)
		return journal->torn || journal->sequence + 1 >= journal->slots;
	return journal->next_finding > journal->slots;
}

int zr_journal_note(struct zr_journal *journal, const struct zr_journal_progress *progress,
		    struct zr_error *err)
{
	zr_autofree struct zr_record *record = NULL;
	struct zr_record_progress *disk;
	int rc = zr_device_flush(journal->dev, err);

	/* A full journal only costs a later run the zones that it could not note. */
	if (rc || zr_journal_is_full(journal))
		return rc;
	record = zr_record_new(journal, ZR_RECORD_PROGRESS);
	if (!record)
		return zr_fail_nomem(err);
	disk = &record->body.progress;
	disk->zones = le32_set(progress->zones);
	disk->copied = le64_set(progress->copied);
	disk->filled = le64_set(progress->filled);
	disk->metadata = le64_set(progress->read.metadata);
	disk->verified = le64_set(progress->read.verified);
	disk->unverified = le64_set(progress->read.unverified);
	disk->repaired = le64_set(progress->read.repaired);
	disk->damaged = le64_set(progress->read.damaged);
	disk->lost = le64_set(progress->read.lost);
	rc = write_note(journal, record, err);
	if (!rc)
		journal->progress = *progress;
	return rc;
}

int zr_journal_end(struct zr_journal *journal, struct zr_error *err)
{
	zr_autofree uint8_t *zeroes = zr_buffer_alloc(ZR_JOURNAL_RECORD);
	int rc;

	if (!zeroes)
		return zr_fail_nomem(err);
	if (journal->sequential)
		rc = zr_device_zone_op(journal->dev, ZR_OP_RESET, zr_journal_zone(journal), err);
	else
		rc = zr_device_write(journal->dev, journal->start, zeroes, ZR_JOURNAL_RECORD, err);
	return rc ? rc : zr_device_flush(journal->dev, err);
}

uint32_t zr_journal_zone(const struct zr_journal *journal)
{
	return journal->sequential ? 1 : 0;
}
