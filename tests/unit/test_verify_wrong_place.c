// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verification of a target on which one copy of the checksum tree is bad, and behind the first data
 * extent a byte of data without checksum differs. Both are differences; that the checksum tree was
 * read from its other copy says nothing about the data, and must not end the comparison of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tiny_run.h"

struct seen {
	bool data;
	bool metadata;
	bool other;
};

static void take_text(const char *text, void *context)
{
	struct seen *seen = context;

	if (strstr(text, "content differs"))
		seen->data = true;
	else if (strstr(text, "bad copy on the target") && strstr(text, "logical 272695296: "))
		seen->metadata = true;
	else
		seen->other = true;
}

static void test_repair_of_the_checksum_tree(void **state)
{
	const struct memory_options zoned = { .zones = 10 };
	const struct tiny_options options = { .dup = true };
	char folder[] = "/tmp/zreplace-test-XXXXXX";
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_verify_result result;
	struct seen seen = { false };
	struct tiny_run run;
	char path[64];
	char data_path[64];
	int rc;

	(void)state;
	tiny_run_open(&run, tiny_new(&options), false, &zoned);
	assert_int_equal(tiny_run_job(&run), 0);
	/* The tree has one leaf, at logical 272695296; the byte is of the second data extent. */
	tiny_flip(run.to, run.fs->trees[TINY_CSUM_TREE].root + 9000, 0);
	tiny_flip(run.to, TINY_DATA + 9 * TINY_SECTOR, 0);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t_zone_info.dump", folder);
	snprintf(data_path, sizeof(data_path), "%s/t_zone_data.dump", folder);
	assert_int_equal(memory_save(run.to, path, &err), 0);
	rc = zr_verify_run(run.source, path, take_text, &seen, &result, &err);
	unlink(path);
	unlink(data_path);
	rmdir(folder);
	tiny_run_close(&run);
	assert_int_equal(rc, -ZR_E_DIFFERENT);
	assert_true(seen.metadata);
	assert_true(seen.data);
	assert_false(seen.other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repair_of_the_checksum_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
