/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The records of the journal as they lie on the target.
 */
#ifndef ZR_TARGET_JOURNAL_RECORD_H
#define ZR_TARGET_JOURNAL_RECORD_H

#include "csum.h"
#include "journal.h"
#include "le.h"

#include <assert.h>

#define ZR_RECORD_VERSION 1

enum zr_record_kind {
	ZR_RECORD_HEAD = 1,
	ZR_RECORD_PROGRESS = 2,
	ZR_RECORD_RESUMED = 3,
	ZR_RECORD_FINDINGS = 4,
};

struct zr_record_head {
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
	uint8_t target_fsid[16];
};

struct zr_record_progress {
	struct le32 zones;
	struct le64 copied;
	struct le64 filled;
	struct le64 metadata;
	struct le64 verified;
	struct le64 unverified;
	struct le64 repaired;
	struct le64 damaged;
	struct le64 lost;
};

/* A run that goes on copies these zones again, and finds again what is wrong in them. */
struct zr_record_resumed {
	struct le32 zones; /* of the plan, from its beginning, that are not copied again */
};

struct zr_record_finding {
	struct le32 zone; /* of the plan */
	uint8_t kind;
	uint8_t tree_block;
	uint8_t has_csum;
	uint8_t reserved;
	struct le32 code;
	struct le64 devid;
	struct le64 physical;
	struct le64 logical;
	struct le64 len;
	struct le64 extent;
};

#define ZR_RECORD_FINDINGS_MAX 75

struct zr_record_findings {
	struct le32 count;
	struct zr_record_finding list[ZR_RECORD_FINDINGS_MAX];
};

/*
 * The reserved bytes lie where the magic of a btrfs superblock would, and stay zero. Checksum,
 * magic and version are the same in all versions of the format, so that each can tell the others'
 * records from damaged ones.
 */
struct zr_record {
	uint8_t csum[ZR_CSUM_MAX]; /* BLAKE2b-256 of the rest */
	char magic[8];
	struct le32 version;
	struct le32 kind;
	struct le64 sequence;
	uint8_t reserved[16];
	uint8_t run[16];
	union {
		struct zr_record_head head;
		struct zr_record_progress progress;
		struct zr_record_resumed resumed;
		struct zr_record_findings findings;
		uint8_t bytes[ZR_JOURNAL_RECORD - 88];
	} body;
};
static_assert(sizeof(struct zr_record) == ZR_JOURNAL_RECORD, "journal record");
static_assert(offsetof(struct zr_record, reserved) <= 0x40, "reserved bytes begin");
static_assert(offsetof(struct zr_record, run) >= 0x48, "reserved bytes end");

/*
 * zr_record_new - a record with magic, kind and the journal's run, but without a body
 * Returns a buffer that free() frees, or NULL.
 */
struct zr_record *zr_record_new(const struct zr_journal *journal, enum zr_record_kind kind);

/*
 * zr_record_seal - number a record and make its checksum
 */
void zr_record_seal(struct zr_record *record, uint64_t sequence);

/*
 * zr_record_is_marked - whether the bytes begin as a record does, whole or not
 * zr_record_is_whole - whether they are a record, of any version
 */
bool zr_record_is_marked(const struct zr_record *record);
bool zr_record_is_whole(const struct zr_record *record);

/*
 * zr_record_is - whether the bytes are a record of this kind, of any run
 */
bool zr_record_is(const struct zr_record *record, enum zr_record_kind kind);

/*
 * zr_record_belongs - whether a record is of the journal's run
 */
bool zr_record_belongs(const struct zr_record *record, const struct zr_journal *journal);

/*
 * zr_record_read, zr_record_write - the record in a slot of the journal
 * Return 0 or the device's codes; a write is flushed.
 */
int zr_record_read(struct zr_journal *journal, uint32_t slot, struct zr_record *record,
		   struct zr_error *err) ZR_NODISCARD;
int zr_record_write(struct zr_journal *journal, uint32_t slot, const struct zr_record *record,
		    struct zr_error *err) ZR_NODISCARD;

#endif
