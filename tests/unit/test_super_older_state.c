// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Both log zones are full and the newer of the two last entries is damaged. A kernel takes it and
 * does not mount; the older one describes the file system of one commit before, which must not be
 * taken for the current one without a word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_device.h"
#include "super_read.h"
#include "tiny_fs.h"

#define LAST_SLOT (MEMORY_ZONE_SIZE - 4096)
#define PRIMARY (64ULL << 10)

static void test_damaged_newest_entry(void **state)
{
	const struct memory_options options = { .zones = 8, .source = true };
	struct memory_device *memory = memory_new(&options, "source");
	struct tiny_fs *fs = tiny_new(NULL);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	uint64_t physical;
	int rc;

	(void)state;
	tiny_super_copy(fs, 90, PRIMARY, memory->bytes + LAST_SLOT);
	tiny_super_copy(fs, 91, PRIMARY, memory->bytes + MEMORY_ZONE_SIZE + LAST_SLOT);
	memory->bytes[MEMORY_ZONE_SIZE + LAST_SLOT + 0x200] ^= 1;
	memory_set_zone(memory, 0, ZR_COND_FULL, 0);
	memory_set_zone(memory, 1, ZR_COND_FULL, 0);
	rc = zr_super_read(&memory->dev, &super, &physical, &err);
	memory_free(memory);
	tiny_free(fs);
	assert_int_equal(rc, -ZR_E_CSUM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged_newest_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
