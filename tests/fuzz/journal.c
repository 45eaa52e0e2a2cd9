// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal on a target. Input: one byte for the target (sequential, conventional or regular),
 * one for the condition of its second zone, two for how far that zone's write pointer is behind the
 * last record; then records: two bytes for the slot (from 32768: the checksum is wrong), two
 * for the length, and what lies behind the checksum; what is missing of it is zero.
 */
#include "journal.h"
#include "csum.h"
#include "fuzz.h"
#include "super_read.h"
#include "tiny_fs.h"

#include <string.h>
#include <zreplace/job.h>

#define FIXED_PLACE (1ULL << 20)
#define SLOTS 512
#define BAD_CSUM 32768
#define TEXT_LEN(text) strnlen(text, sizeof(text))

static const struct memory_options places[] = {
	{ .zones = 2 },
	{ .zones = 2, .conventional = 1 },
	{ .zones = 2, .regular = true },
};

static const enum zr_zone_cond conds[] = {
	ZR_COND_CLOSED, ZR_COND_IMP_OPEN, ZR_COND_FULL,	   ZR_COND_READONLY,
	ZR_COND_EMPTY,	ZR_COND_EXP_OPEN, ZR_COND_OFFLINE,
};

/* Returns the slot behind the record. */
static uint32_t put_record(struct fuzz_input *input, uint8_t *start)
{
	uint32_t slot = (uint32_t)fuzz_number(input, 2);
	size_t len = (size_t)fuzz_number(input, 2) % (ZR_JOURNAL_RECORD - ZR_CSUM_MAX + 1);
	uint8_t *record = start + (size_t)(slot % SLOTS) * ZR_JOURNAL_RECORD;

	fuzz_take(input, record + ZR_CSUM_MAX, len);
	zr_csum(ZR_CSUM_BLAKE2B, record + ZR_CSUM_MAX, ZR_JOURNAL_RECORD - ZR_CSUM_MAX, record);
	if (slot >= BAD_CSUM)
		record[0] ^= 1;
	return slot % SLOTS + 1;
}

static struct memory_device *make_target(struct fuzz_input *input)
{
	const struct memory_options *options = &places[fuzz_number(input, 1) % 3];
	enum zr_zone_cond cond = conds[fuzz_number(input, 1) % (sizeof(conds) / sizeof(conds[0]))];
	uint64_t behind = fuzz_number(input, 2) % ZR_JOURNAL_RECORD;
	struct memory_device *memory = memory_new(options, "target");
	bool sequential = zr_zone_is_sequential(&memory->zones[0]);
	uint8_t *start = memory->bytes + (sequential ? MEMORY_ZONE_SIZE : FIXED_PLACE);
	uint32_t end = 0;

	while (input->left) {
		uint32_t slot = put_record(input, start);

		end = slot > end ? slot : end;
	}
	if (sequential)
		memory_set_zone(memory, 1, cond, end * ZR_JOURNAL_RECORD + behind);
	return memory;
}

static void expect_status(struct zr_target *target, const struct zr_journal *journal)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_run_status status;

	fuzz_must(!fuzz_result(zr_run_status(target, &status, &err), &err));
	fuzz_must(status.zones == journal->head.zones);
	fuzz_must(status.zones_done == journal->progress.zones);
	fuzz_must(TEXT_LEN(status.source) < sizeof(status.source));
	fuzz_must(TEXT_LEN(status.version) < sizeof(status.version));
	fuzz_must(TEXT_LEN(journal->head.target_model) < sizeof(journal->head.target_model));
}

static int compare_finding(void *owner, uint32_t zone, const struct zr_finding *finding,
			   struct zr_error *err)
{
	const struct zr_finding *noted = owner;

	(void)err;
	return !zone && finding->logical == noted->logical && finding->len == noted->len &&
	       finding->code == noted->code && finding->devid == noted->devid;
}

/* Field by field: there are bytes between them that nobody sets. */
static bool same_progress(const struct zr_journal_progress *a, const struct zr_journal_progress *b)
{
	return a->zones == b->zones && a->copied == b->copied && a->filled == b->filled &&
	       !memcmp(&a->read, &b->read, sizeof(a->read));
}

/* What is noted is found again, or the journal takes no more and says what it said before. */
static void expect_note(struct zr_journal *journal)
{
	const struct zr_journal_progress before = journal->progress;
	const struct zr_journal_progress progress = {
		.zones = 1, .copied = 2, .filled = 3, .read = { 4, 5, 6, 7, 8, 9 }
	};
	struct zr_finding finding = {
		.devid = 1, .logical = UINT64_MAX, .len = 4096, .code = ZR_E_CSUM
	};
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_journal found;
	bool full;
	int rc;

	/* A run without zones has nothing to note. */
	if (!journal->head.zones)
		return;
	rc = fuzz_result(zr_journal_resumed(journal, &err), &err);
	if (!rc)
		rc = fuzz_result(zr_journal_findings(journal, 0, &finding, 1, &err), &err);
	full = rc || zr_journal_is_full(journal);
	if (!rc)
		rc = fuzz_result(zr_journal_note(journal, &progress, &err), &err);
	fuzz_must(!fuzz_result(zr_journal_find(&found, journal->dev, &err), &err));
	fuzz_must(!memcmp(found.head.run, journal->head.run, sizeof(found.head.run)));
	if (rc || full)
		fuzz_must(same_progress(&found.progress, &before));
	else
		fuzz_must(same_progress(&found.progress, &progress));
	fuzz_must(zr_journal_replay(&found, compare_finding, &finding, &err) == !(rc || full));
}

static void expect_discard(struct zr_target *target)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_journal found;
	struct zr_super super;
	uint64_t physical;

	if (fuzz_result(zr_run_discard(target, &err), &err))
		return;
	fuzz_must(fuzz_result(zr_journal_find(&found, target->dev, &err), &err) == 1);
	fuzz_must(fuzz_result(zr_super_read(target->dev, &super, &physical, &err), &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct memory_device *memory = make_target(&input);
	struct zr_target *target = tiny_target(memory);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_journal journal;
	int rc = fuzz_result(zr_journal_find(&journal, &memory->dev, &err), &err);

	fuzz_must(rc == 0 || rc == 1);
	fuzz_must(!memory_count(memory, MEMORY_WRITE));
	if (!rc && !fuzz_result(zr_journal_require_whole(&journal, &err), &err)) {
		expect_status(target, &journal);
		expect_note(&journal);
	}
	expect_discard(target);
	zr_target_close(target);
	memory_free(memory);
	return 0;
}
