// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A restart on a target whose journal is at a fixed place: what it wipes can lie in a zone that the
 * given-up run counted. While that run's journal is still found, a restart that stops there is gone
 * on with, and the wiped bytes are taken for complete.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_oracle.h"

#define ZONE MEMORY_ZONE_SIZE

static void stop_at_zone(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_WRITE && op->physical == 6 * ZONE)
		memory->fault->fail_at = memory->fault->count + 1;
}

static void stop_behind_wipe(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_FLUSH && !tiny_holds_journal(memory))
		memory->fault->fail_at = memory->fault->count + 1;
}

static void test_restart_gives_the_journal_up_first(void **state)
{
	const struct memory_options regular = { .zones = 10, .regular = true };
	const struct tiny_options options = { .dup = true };
	struct memory_fault fault = { .lasting = true };
	struct memory_fault second = { .lasting = true };
	struct zr_run_status status;
	struct tiny_run run;
	int first;
	int restarted;
	int found;

	(void)state;
	tiny_run_open(&run, tiny_new(&options), false, &regular);
	run.to->fault = &fault;
	run.to->hook = stop_at_zone;
	first = tiny_run_job(&run);
	tiny_run_again(&run, NULL);
	run.options.restart = 1;
	run.to->fault = &second;
	run.to->hook = stop_behind_wipe;
	restarted = tiny_run_job(&run);
	run.to->fault = NULL;
	found = zr_run_status(run.target, &status, NULL);
	tiny_run_close(&run);
	assert_int_equal(first, -ZR_E_TARGET_WRITE);
	assert_int_equal(restarted, -ZR_E_TARGET_FLUSH);
	assert_int_equal(found, -ZR_E_NO_RUN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart_gives_the_journal_up_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
