// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal.h"

#include "buffer.h"
#include "csum.h"
#include "le.h"
#include "range.h"

#include <assert.h>
#include <gcrypt.h>
#include <string.h>

#define MAGIC "ZRJOURNL"
#define VERSION 1
/* Behind the first MiB, which is wiped, and below the end of the smallest zone that btrfs takes. */
#define FIXED_PLACE (1ULL << 20)
#define FIXED_SLOTS 512

enum kind {
	KIND_HEAD = 1,
	KIND_PROGRESS = 2,
};

struct record_head {
	uint8_t fsid[16];
	uint8_t dev_uuid[16];
	struct le64 devid;
	struct le64 generation;
	uint8_t super[ZR_JOURNAL_DIGEST];
	uint8_t plan[ZR_JOURNAL_DIGEST];
	struct le64 target_bytes;
	struct le32 zones;
	char source[ZR_JOURNAL_TEXT];
	char target_model[ZR_JOURNAL_TEXT];
	char version[32];
};

struct record_progress {
	struct le32 zones;
	struct le64 copied;
	struct le64 filled;
	struct le64 metadata;
	struct le64 verified;
	struct le64 unverified;
	struct le64 repaired;
};

/* The reserved bytes lie where the magic of a btrfs superblock would, and stay zero. */
struct record {
	uint8_t csum[ZR_CSUM_MAX]; /* BLAKE2b-256 of the rest */
	char magic[8];
	struct le32 version;
	struct le32 kind;
	struct le64 sequence;
	uint8_t reserved[16];
	uint8_t run[16];
	union {
		struct record_head head;
		struct record_progress progress;
		uint8_t bytes[ZR_JOURNAL_RECORD - 88];
	} body;
};
static_assert(sizeof(struct record) == ZR_JOURNAL_RECORD, "journal record");
static_assert(offsetof(struct record, reserved) <= 0x40, "reserved bytes begin");
static_assert(offsetof(struct record, run) >= 0x48, "reserved bytes end");

static void seal(struct record *record)
{
	zr_csum(ZR_CSUM_BLAKE2B, record->magic, sizeof(*record) - sizeof(record->csum),
		record->csum);
}

static bool is_record(const struct record *record, enum kind kind)
{
	return !memcmp(record->magic, MAGIC, sizeof(record->magic)) &&
	       le32_get(record->version) == VERSION && le32_get(record->kind) == kind &&
	       zr_csum_matches(ZR_CSUM_BLAKE2B, record->magic,
			       sizeof(*record) - sizeof(record->csum), record->csum);
}

static struct record *new_record(const struct zr_journal *journal, enum kind kind)
{
	struct record *record = (struct record *)zr_buffer_alloc(sizeof(*record));

	if (!record)
		return NULL;
	memcpy(record->magic, MAGIC, sizeof(record->magic));
	record->version = le32_set(VERSION);
	record->kind = le32_set(kind);
	record->sequence = le64_set(journal->sequence);
	memcpy(record->run, journal->head.run, sizeof(record->run));
	return record;
}

static void encode_head(struct record_head *disk, const struct zr_journal_head *head)
{
	memcpy(disk->fsid, head->fsid, sizeof(disk->fsid));
	memcpy(disk->dev_uuid, head->dev_uuid, sizeof(disk->dev_uuid));
	disk->devid = le64_set(head->devid);
	disk->generation = le64_set(head->generation);
	memcpy(disk->super, head->super, sizeof(disk->super));
	memcpy(disk->plan, head->plan, sizeof(disk->plan));
	disk->target_bytes = le64_set(head->target_bytes);
	disk->zones = le32_set(head->zones);
	memcpy(disk->source, head->source, sizeof(disk->source));
	memcpy(disk->target_model, head->target_model, sizeof(disk->target_model));
	memcpy(disk->version, head->version, sizeof(disk->version));
}

static void decode_head(const struct record *record, struct zr_journal_head *head)
{
	const struct record_head *disk = &record->body.head;

	memcpy(head->run, record->run, sizeof(head->run));
	memcpy(head->fsid, disk->fsid, sizeof(head->fsid));
	memcpy(head->dev_uuid, disk->dev_uuid, sizeof(head->dev_uuid));
	head->devid = le64_get(disk->devid);
	head->generation = le64_get(disk->generation);
	memcpy(head->super, disk->super, sizeof(head->super));
	memcpy(head->plan, disk->plan, sizeof(head->plan));
	head->target_bytes = le64_get(disk->target_bytes);
	head->zones = le32_get(disk->zones);
	memcpy(head->source, disk->source, sizeof(head->source));
	memcpy(head->target_model, disk->target_model, sizeof(head->target_model));
	memcpy(head->version, disk->version, sizeof(head->version));
	head->source[sizeof(head->source) - 1] = '\0';
	head->target_model[sizeof(head->target_model) - 1] = '\0';
	head->version[sizeof(head->version) - 1] = '\0';
}

static void decode_progress(const struct record_progress *disk,
			    struct zr_journal_progress *progress)
{
	progress->zones = le32_get(disk->zones);
	progress->copied = le64_get(disk->copied);
	progress->filled = le64_get(disk->filled);
	progress->metadata = le64_get(disk->metadata);
	progress->verified = le64_get(disk->verified);
	progress->unverified = le64_get(disk->unverified);
	progress->repaired = le64_get(disk->repaired);
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

static int read_record(struct zr_journal *journal, uint32_t slot, struct record *record,
		       struct zr_error *err)
{
	return zr_device_read(journal->dev, journal->start + (uint64_t)slot * ZR_JOURNAL_RECORD,
			      record, sizeof(*record), err);
}

/* The newest record wins; on a fixed place newer ones stand before older ones. */
static int read_progress(struct zr_journal *journal, uint32_t written, struct record *record,
			 struct zr_error *err)
{
	uint32_t slot;

	for (slot = 1; slot < written; slot++) {
		int rc = read_record(journal, slot, record, err);

		if (rc)
			return rc;
		if (!is_record(record, KIND_PROGRESS) ||
		    memcmp(record->run, journal->head.run, sizeof(record->run)) ||
		    le64_get(record->sequence) < journal->sequence)
			continue;
		decode_progress(&record->body.progress, &journal->progress);
		journal->sequence = le64_get(record->sequence) + 1;
	}
	/* Behind a torn record of a sequential zone there is no going back. */
	if (journal->sequential)
		journal->sequence = zr_max64(journal->sequence, written);
	return 0;
}

static int find(struct zr_journal *journal, uint32_t written, struct record *record,
		struct zr_error *err)
{
	int rc = written ? read_record(journal, 0, record, err) : 1;

	if (rc)
		return rc;
	if (!is_record(record, KIND_HEAD) || le64_get(record->sequence))
		return 1;
	decode_head(record, &journal->head);
	journal->sequence = 1;
	return read_progress(journal, written, record, err);
}

int zr_journal_find(struct zr_journal *journal, struct zr_device *dev, struct zr_error *err)
{
	zr_autofree struct record *record = (struct record *)zr_buffer_alloc(sizeof(*record));
	uint32_t written;
	int rc;

	if (!record)
		return zr_fail_nomem(err);
	rc = locate(journal, dev, &written, err);
	return rc ? rc : find(journal, written, record, err);
}

static int write_record(struct zr_journal *journal, struct record *record, struct zr_error *err)
{
	uint64_t slot = journal->sequence;
	int rc;

	/* At a fixed place the first record stays, and the others are used over and over. */
	if (!journal->sequential && slot)
		slot = 1 + (slot - 1) % (journal->slots - 1);
	seal(record);
	rc = zr_device_write(journal->dev, journal->start + slot * ZR_JOURNAL_RECORD, record,
			     sizeof(*record), err);
	if (rc)
		return rc;
	journal->sequence++;
	return zr_device_flush(journal->dev, err);
}

int zr_journal_begin(struct zr_journal *journal, struct zr_device *dev,
		     const struct zr_journal_head *head, struct zr_error *err)
{
	zr_autofree struct record *record = NULL;
	uint32_t written;
	int rc = locate(journal, dev, &written, err);

	if (rc)
		return rc < 0 ? rc
			      : zr_fail(err, ZR_E_TOO_SMALL, "%s: no room for a journal",
					dev->path);
	journal->head = *head;
	gcry_create_nonce(journal->head.run, sizeof(journal->head.run));
	record = new_record(journal, KIND_HEAD);
	if (!record)
		return zr_fail_nomem(err);
	encode_head(&record->body.head, &journal->head);
	return write_record(journal, record, err);
}

uint32_t zr_journal_interval(const struct zr_journal *journal)
{
	uint32_t notes = journal->slots - 1;

	if (!journal->sequential)
		return 1;
	/* Each run that goes on adds notes, so that half of them are kept back. */
	return (uint32_t)zr_div_up(journal->head.zones, zr_max64(notes / 2, 1));
}

int zr_journal_note(struct zr_journal *journal, const struct zr_journal_progress *progress,
		    struct zr_error *err)
{
	zr_autofree struct record *record = NULL;
	struct record_progress *disk;
	int rc = zr_device_flush(journal->dev, err);

	/* A full journal only costs a later run the zones that it could not note. */
	if (rc || (journal->sequential && (journal->torn || journal->sequence >= journal->slots)))
		return rc;
	record = new_record(journal, KIND_PROGRESS);
	if (!record)
		return zr_fail_nomem(err);
	disk = &record->body.progress;
	disk->zones = le32_set(progress->zones);
	disk->copied = le64_set(progress->copied);
	disk->filled = le64_set(progress->filled);
	disk->metadata = le64_set(progress->metadata);
	disk->verified = le64_set(progress->verified);
	disk->unverified = le64_set(progress->unverified);
	disk->repaired = le64_set(progress->repaired);
	rc = write_record(journal, record, err);
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
