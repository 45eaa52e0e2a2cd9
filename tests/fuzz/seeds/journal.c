// SPDX-License-Identifier: GPL-2.0-or-later
/* A journal of two records on each kind of target. */
#include "journal.h"
#include "csum.h"
#include "memory_device.h"
#include "seed.h"

#include <string.h>

static const struct memory_options places[] = {
	{ .zones = 2 },
	{ .zones = 2, .conventional = 1 },
	{ .zones = 2, .regular = true },
};

/* Records as a target takes them: without checksum, and with the slots between them left out. */
static void put_slot(struct fuzz_seed *seed, const uint8_t *start, uint32_t slot)
{
	const uint8_t *record = start + (size_t)slot * ZR_JOURNAL_RECORD;
	size_t len = ZR_JOURNAL_RECORD - ZR_CSUM_MAX;

	if (!record[0] && !memcmp(record, record + 1, ZR_JOURNAL_RECORD - 1))
		return;
	while (!record[ZR_CSUM_MAX + len - 1])
		len--;
	fuzz_put_number(seed, 2, slot);
	fuzz_put_number(seed, 2, len);
	fuzz_put(seed, record + ZR_CSUM_MAX, len);
}

void fuzz_seeds(const char *folder)
{
	static const char *const names[] = { "sequential", "conventional", "regular" };
	const struct zr_journal_head head = { .devid = 1, .zones = 9, .source = "/dev/source" };
	const struct zr_journal_progress progress = {
		.zones = 3, .copied = 4, .filled = 5, .read = { 6, 7, 8, 9, 10, 11 }
	};
	const struct zr_finding finding = { .devid = 1, .len = 4096 };
	static struct fuzz_seed seed;
	struct zr_journal journal;
	uint32_t slot;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct memory_device *memory = memory_new(&places[i], "target");

		fuzz_must(!zr_journal_begin(&journal, &memory->dev, &head, NULL));
		fuzz_must(!zr_journal_findings(&journal, 2, &finding, 1, NULL));
		fuzz_must(!zr_journal_note(&journal, &progress, NULL));
		fuzz_must(!zr_journal_resumed(&journal, NULL));
		fuzz_put_number(&seed, 4, i);
		for (slot = 0; slot < journal.slots; slot++)
			put_slot(&seed, memory->bytes + journal.start, slot);
		fuzz_save(&seed, folder, names[i]);
		memory_free(memory);
	}
}
