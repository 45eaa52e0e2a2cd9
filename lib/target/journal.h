/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal of an unfinished run on the target: which run it is and how far it got.
 *
 * Records are 4096 bytes with a checksum and a number. On a target whose first zone is sequential
 * they lie one behind the other in the second zone of the superblock log: first zone empty and
 * second in use is a state in which no kernel and no tool sees a file system. On any other target
 * they lie at 1 MiB, where no block group can be: the first record says which run it is, notes take
 * turns in the first half, findings add up in the second.
 */
#ifndef ZR_TARGET_JOURNAL_H
#define ZR_TARGET_JOURNAL_H

#include "device.h"

#include <zreplace/finding.h>
#include <zreplace/source.h>

#include <stdbool.h>

#define ZR_JOURNAL_RECORD 4096
#define ZR_JOURNAL_DIGEST 32
#define ZR_JOURNAL_TEXT 256

/* Which run it is. */
struct zr_journal_head {
	uint8_t run[16]; /* random, so that records of an older run are not taken for this one's */
	uint8_t fsid[16];
	uint8_t dev_uuid[16];
	uint64_t devid;
	uint64_t generation;
	uint8_t super[ZR_JOURNAL_DIGEST]; /* of the source's superblock */
	uint8_t plan[ZR_JOURNAL_DIGEST];
	uint8_t target_fsid[16]; /* that the target gets; zeroes if it keeps the source's */
	uint64_t target_bytes;
	uint32_t zones; /* planned */
	char source[ZR_JOURNAL_TEXT]; /* path, for a person */
	char target_model[ZR_JOURNAL_TEXT];
	char version[32]; /* of the library that began the run */
};

/* How far it got. Everything that it counts was flushed before it was written. */
struct zr_journal_progress {
	uint32_t zones; /* of the plan, from its beginning, that are complete */
	uint64_t copied;
	uint64_t filled;
	struct zr_source_counters read;
};

/* What can be made of a journal that was found. */
enum zr_journal_condition {
	ZR_JOURNAL_WHOLE,
	ZR_JOURNAL_OTHER_VERSION, /* its first record is whole, in a format that is not known */
	ZR_JOURNAL_DAMAGED, /* its first record is not whole */
};

struct zr_journal {
	struct zr_device *dev;
	enum zr_journal_condition condition; /* head and progress are empty unless it is whole */
	uint32_t format; /* version of the first record's format */
	struct zr_journal_head head;
	struct zr_journal_progress progress;
	uint64_t start; /* physical address of the first record */
	uint32_t slots; /* records that fit */
	uint64_t sequence; /* of the next note; on a sequential target of the next record */
	uint32_t next_finding; /* slot for the next findings; slots + 1 when some had no room */
	bool sequential;
	bool has_findings; /* of this run */
	bool torn; /* the write pointer stands inside a record, and nothing can follow it */
};

/*
 * zr_journal_find - look for the journal of an unfinished run
 * @journal: filled when there is one
 *
 * A journal is known by the magic of its first record; in a zone of its own also by the record
 * behind it, since what lies there is nobody else's. At a fixed place others may have written.
 * Returns 0 for a journal in any condition, 1 when the target has none, -ZR_E_NO_MEMORY, or the
 * device's codes for a failed read or report. A last record that was torn by a crash is as good as
 * not written.
 */
int zr_journal_find(struct zr_journal *journal, struct zr_device *dev,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_require_whole - refuse a journal that was found but says nothing
 * Returns 0, or -ZR_E_JOURNAL with what is wrong with it.
 */
int zr_journal_require_whole(const struct zr_journal *journal, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_begin - write the first record and flush it
 * @journal: filled
 * @head: of the new run; its run field is made here
 *
 * On a sequential target the journal's zone must be empty.
 * Returns 0, -ZR_E_NO_MEMORY, or the device's codes.
 */
int zr_journal_begin(struct zr_journal *journal, struct zr_device *dev,
		     const struct zr_journal_head *head, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_interval - how many planned zones one record must stand for at least, so that the
 * journal's zone is not full before the run is done
 */
uint32_t zr_journal_interval(const struct zr_journal *journal);

/*
 * zr_journal_is_full - whether nothing more can be noted
 * A later run then does the zones again that were not noted, and finds again what is wrong there.
 */
bool zr_journal_is_full(const struct zr_journal *journal);

/*
 * zr_journal_note - flush the target, then note how far the run got
 * Returns 0, -ZR_E_NO_MEMORY, or the device's codes.
 */
int zr_journal_note(struct zr_journal *journal, const struct zr_journal_progress *progress,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_resumed - begin to go on: what was found in zones that are not noted is void
 *
 * Writes nothing when nothing was found.
 * Returns 0, -ZR_E_NO_MEMORY, or the device's codes.
 */
int zr_journal_resumed(struct zr_journal *journal, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_findings - keep what was found in a zone of the plan, before the zone is noted
 *
 * Without room for them the journal counts as full.
 * Returns 0, -ZR_E_NO_MEMORY, or the device's codes.
 */
int zr_journal_findings(struct zr_journal *journal, uint32_t zone,
			const struct zr_finding *findings, size_t count,
			struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_replay - go through what was found in zones that are noted, in the order of finding
 * @found: called for each; a failure ends it
 *
 * Returns 0, what @found returned, -ZR_E_NO_MEMORY, or the device's codes.
 */
int zr_journal_replay(struct zr_journal *journal,
		      int (*found)(void *owner, uint32_t zone, const struct zr_finding *finding,
				   struct zr_error *err),
		      void *owner, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_end - remove the journal and flush
 *
 * On a sequential target this is what makes it a file system, if the superblock was written before.
 * Returns 0, -ZR_E_NO_MEMORY, or the device's codes.
 */
int zr_journal_end(struct zr_journal *journal, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_journal_zone - number of the zone that the journal of a target takes
 */
uint32_t zr_journal_zone(const struct zr_journal *journal);

#endif
