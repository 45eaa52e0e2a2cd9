// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file system, the same on both sides, with an empty block group whose chunk and device extent
 * name a place beyond the device. Verification must not look up that zone in the zone report.
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

#define ZONE MEMORY_ZONE_SIZE
#define BEYOND (TINY_ZONES * ZONE)

static struct tiny_fs *describe(void)
{
	struct tiny_fs *fs = tiny_new(NULL);
	uint8_t *extent;
	size_t i;

	for (i = 0; i < fs->options.data_count; i++)
		tiny_remove(fs, TINY_EXTENT_TREE, TINY_DATA + fs->options.data[i].offset, 168,
			    fs->options.data[i].len);
	tiny_poke(tiny_item(fs, TINY_EXTENT_TREE, TINY_DATA, 192, ZONE)->data, 0, 8, 0);
	tiny_poke(tiny_item(fs, TINY_CHUNK_TREE, 256, 228, TINY_DATA)->data, 56, 8, BEYOND);
	tiny_remove(fs, TINY_DEV_TREE, 1, 204, 2 * ZONE);
	extent = tiny_add(fs, TINY_DEV_TREE, 1, 204, BEYOND, 48)->data;
	tiny_poke(extent, 0, 8, 3);
	tiny_poke(extent, 8, 8, 256);
	tiny_poke(extent, 16, 8, TINY_DATA);
	tiny_poke(extent, 24, 8, ZONE);
	return fs;
}

static void test_device_extent_beyond_the_device(void **state)
{
	char folder[] = "/tmp/zreplace-test-XXXXXX";
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_verify_result result;
	struct tiny_fs *fs = describe();
	struct memory_device *memory = tiny_source(fs, false);
	struct zr_source *source = tiny_open(memory);
	char path[64];
	char data_path[64];
	int rc;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t_zone_info.dump", folder);
	snprintf(data_path, sizeof(data_path), "%s/t_zone_data.dump", folder);
	assert_int_equal(memory_save(memory, path, &err), 0);
	rc = zr_verify_run(source, path, NULL, NULL, &result, &err);
	unlink(path);
	unlink(data_path);
	rmdir(folder);
	zr_source_close(source);
	memory_free(memory);
	tiny_free(fs);
	assert_true(rc < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_extent_beyond_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
