// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal_record.h"

#include "buffer.h"

#include <string.h>

#define MAGIC "ZRJOURNL"

struct zr_record *zr_record_new(const struct zr_journal *journal, enum zr_record_kind kind)
{
	struct zr_record *record = (struct zr_record *)zr_buffer_alloc(sizeof(*record));

	if (!record)
		return NULL;
	memcpy(record->magic, MAGIC, sizeof(record->magic));
	record->version = le32_set(ZR_RECORD_VERSION);
	record->kind = le32_set(kind);
	memcpy(record->run, journal->head.run, sizeof(record->run));
	return record;
}

void zr_record_seal(struct zr_record *record, uint64_t sequence)
{
	record->sequence = le64_set(sequence);
	zr_csum(ZR_CSUM_BLAKE2B, record->magic, sizeof(*record) - sizeof(record->csum),
		record->csum);
}

bool zr_record_is_marked(const struct zr_record *record)
{
	return !memcmp(record->magic, MAGIC, sizeof(record->magic));
}

bool zr_record_is_whole(const struct zr_record *record)
{
	return zr_record_is_marked(record) &&
	       zr_csum_matches(ZR_CSUM_BLAKE2B, record->magic,
			       sizeof(*record) - sizeof(record->csum), record->csum);
}

bool zr_record_is(const struct zr_record *record, enum zr_record_kind kind)
{
	return le32_get(record->version) == ZR_RECORD_VERSION && le32_get(record->kind) == kind &&
	       zr_record_is_whole(record);
}

bool zr_record_belongs(const struct zr_record *record, const struct zr_journal *journal)
{
	return !memcmp(record->run, journal->head.run, sizeof(record->run));
}

static uint64_t slot_physical(const struct zr_journal *journal, uint32_t slot)
{
	return journal->start + (uint64_t)slot * ZR_JOURNAL_RECORD;
}

int zr_record_read(struct zr_journal *journal, uint32_t slot, struct zr_record *record,
		   struct zr_error *err)
{
	return zr_device_read(journal->dev, slot_physical(journal, slot), record, sizeof(*record),
			      err);
}

int zr_record_write(struct zr_journal *journal, uint32_t slot, const struct zr_record *record,
		    struct zr_error *err)
{
	int rc = zr_device_write(journal->dev, slot_physical(journal, slot), record,
				 sizeof(*record), err);

	return rc ? rc : zr_device_flush(journal->dev, err);
}
