// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * File systems that are opened as far as their trees, and then refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tiny_fs.h"

#define DEV_REPLACE 250
#define CHUNK_ITEM 228
#define GROUP_ITEM 192
#define DEV_ITEM 216
#define DEV_ITEM_FSID 82
#define STATE_OFFSET 32

static int open_with_replace(uint64_t replace_state, struct zr_error *err)
{
	struct tiny_fs *fs = tiny_new(NULL);
	struct memory_device *memory;
	struct zr_source *source;
	int rc;

	tiny_poke(tiny_add(fs, TINY_DEV_TREE, 0, DEV_REPLACE, 0, 72)->data, STATE_OFFSET, 8,
		  replace_state);
	memory = tiny_source(fs, false);
	rc = zr_source_open_kept(&source, &memory->dev, NULL, err);
	if (!rc)
		zr_source_release(source);
	memory_free(memory);
	tiny_free(fs);
	return rc;
}

/* Never started, finished and cancelled ones are history; started and suspended ones are not. */
static void test_running_replace(void **state)
{
	static const int expected[] = { 0, -ZR_E_REPLACE_RUNNING, 0, 0, -ZR_E_REPLACE_RUNNING };
	uint64_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		struct zr_error err = ZR_ERROR_INIT;
		int rc = open_with_replace(i, &err);

		if (rc != expected[i])
			fail_msg("state %u: %d, expected %d", (unsigned int)i, rc, expected[i]);
		if (rc)
			assert_non_null(strstr(err.text, "replace is started or suspended"));
	}
}

static void set_flags(struct tiny_fs *fs, uint64_t logical, uint64_t flags)
{
	tiny_poke(tiny_item(fs, TINY_CHUNK_TREE, 256, CHUNK_ITEM, logical)->data, 24, 8, flags);
	tiny_poke(tiny_item(fs, TINY_EXTENT_TREE, logical, GROUP_ITEM, MEMORY_ZONE_SIZE)->data, 16,
		  8, flags);
}

/* Two stripes of RAID5 are the same, as two copies are; but not where there are zones. */
static void test_parity_with_zones(void **state)
{
	struct tiny_fs *fs = tiny_new(&(struct tiny_options){ .dup = true });
	struct zr_error err = ZR_ERROR_INIT;
	struct memory_device *memory;
	struct zr_source *source;

	(void)state;
	set_flags(fs, TINY_METADATA, 0x84);
	memory = tiny_source(fs, false);
	assert_int_equal(zr_source_open_kept(&source, &memory->dev, NULL, &err), -ZR_E_PROFILE);
	assert_non_null(strstr(err.text, "profile raid5 is not supported"));
	memory_free(memory);
	tiny_free(fs);
}

/* A seed device is known by the fsid of the file system that it was made for. */
static void test_seed_device(void **state)
{
	struct tiny_fs *fs = tiny_new(&(struct tiny_options){ .mirrored = true });
	struct zr_error err = ZR_ERROR_INIT;
	struct memory_device *memory;
	struct zr_source *source;

	(void)state;
	tiny_item(fs, TINY_CHUNK_TREE, 1, DEV_ITEM, 2)->data[DEV_ITEM_FSID] ^= 1;
	memory = tiny_source(fs, false);
	assert_int_equal(zr_source_open_kept(&source, &memory->dev, NULL, &err), -ZR_E_FEATURE);
	assert_non_null(strstr(err.text, "devid 2, fsid is not the file system's: seed devices"));
	memory_free(memory);
	tiny_free(fs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running_replace),
		cmocka_unit_test(test_parity_with_zones),
		cmocka_unit_test(test_seed_device),
	};

	return cmocka_run_group_tests_name("open refuse", tests, NULL, NULL);
}
