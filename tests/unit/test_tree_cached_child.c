// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A node that points to one leaf twice. The second pointer's key is not the leaf's first key, which
 * must be noticed although the leaf is in the cursor already.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tiny_fs.h"
#include "tree.h"

static void test_leaf_is_not_walked_twice(void **state)
{
	const struct tiny_options options = { .leaves = 3 };
	struct tiny_fs *fs = tiny_new(&options);
	struct memory_device *memory = tiny_source(fs, false);
	struct zr_source *source = tiny_open(memory);
	const struct tiny_items *list = &fs->trees[TINY_EXTENT_TREE];
	const struct zr_key start = { 0 };
	struct zr_cursor cursor;
	int rc;

	(void)state;
	tiny_edit(fs, memory, list->root, 101 + 33 + 17, 8, list->leaves[0]);
	zr_cursor_init(&cursor, source, &source->extent_tree);
	rc = zr_cursor_seek(&cursor, &start, NULL);
	while (!rc)
		rc = zr_cursor_next(&cursor, NULL);
	zr_cursor_free(&cursor);
	zr_source_close(source);
	memory_free(memory);
	tiny_free(fs);
	assert_int_equal(rc, -ZR_E_KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaf_is_not_walked_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
