// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The target is opened as a file system when it is done. A copy of a tree block that cannot be read
 * there, moments after it was written, is no success, though the other copy is good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_run.h"

/* The first copy of the root tree's root goes bad once the superblock has been written. */
static void damage(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind != MEMORY_WRITE || op->physical)
		return;
	memory->hook = NULL;
	tiny_flip(memory, TINY_METADATA + 100, 0);
}

static void test_bad_copy_is_no_success(void **state)
{
	const struct memory_options zoned = { .zones = 10 };
	const struct tiny_options options = { .dup = true };
	struct tiny_run run;
	int rc;

	(void)state;
	tiny_run_open(&run, tiny_new(&options), false, &zoned);
	run.to->hook = damage;
	rc = tiny_run_job(&run);
	tiny_run_close(&run);
	assert_true(rc < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_copy_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
