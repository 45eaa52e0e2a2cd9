// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A sequential target with logical blocks of 512 bytes: a record that was torn inside leaves the
 * write pointer between two slots, and the next note must not fail for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal.h"
#include "tiny_fs.h"

static void test_note_behind_a_torn_block(void **state)
{
	const struct memory_options options = { .zones = 4 };
	const struct zr_journal_head head = { .zones = 10 };
	const struct zr_journal_progress progress = { .zones = 1 };
	struct memory_device *memory = memory_new(&options, "target");
	struct zr_journal journal;
	int found = -1;
	int noted = -1;

	(void)state;
	memory->dev.geo.logical_block = 512;
	if (!zr_journal_begin(&journal, &memory->dev, &head, NULL)) {
		memory_set_zone(memory, 1, ZR_COND_CLOSED, 4096 + 512);
		found = zr_journal_find(&journal, &memory->dev, NULL);
	}
	if (!found)
		noted = zr_journal_note(&journal, &progress, NULL);
	memory_free(memory);
	assert_int_equal(found, 0);
	assert_int_equal(noted, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_note_behind_a_torn_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
