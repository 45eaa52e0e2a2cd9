// SPDX-License-Identifier: GPL-2.0-or-later
/* Taking the superblocks of a source away: only when the target is equal, and then all of them. */
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

#define PATH_SIZE 64
#define SECOND_COPY (64ULL << 20)

/* A source and its finished target as files. */
struct pair {
	struct tiny_run run;
	char folder[PATH_SIZE];
	char source[2 * PATH_SIZE];
	char source_data[2 * PATH_SIZE]; /* of a zoned one */
	char target[2 * PATH_SIZE];
};

static void save_pair(struct pair *pair)
{
	struct zr_error err = ZR_ERROR_INIT;

	assert_int_equal(memory_save(pair->run.from, pair->source, &err), 0);
	assert_int_equal(memory_save(pair->run.to, pair->target, &err), 0);
}

static void make_pair(struct pair *pair, bool regular)
{
	const struct memory_options target = { .zones = 18 };
	const struct tiny_options options = { .dup = true, .zones = 18 };

	tiny_run_open(&pair->run, tiny_new(&options), regular, &target);
	assert_int_equal(tiny_run_job(&pair->run), 0);
	strcpy(pair->folder, "/tmp/zreplace-test-XXXXXX");
	assert_non_null(mkdtemp(pair->folder));
	snprintf(pair->source, sizeof(pair->source), "%s/%s", pair->folder,
		 regular ? "s.img" : "s_zone_info.dump");
	snprintf(pair->source_data, sizeof(pair->source_data), "%s/s_zone_data.dump", pair->folder);
	snprintf(pair->target, sizeof(pair->target), "%s/t_zone_info.dump", pair->folder);
	memory_thaw(pair->run.from);
	if (regular)
		tiny_super_copy(pair->run.fs, TINY_GENERATION, SECOND_COPY,
				pair->run.from->bytes + SECOND_COPY);
	save_pair(pair);
}

static void remove_files(const struct pair *pair)
{
	static const char *const names[] = { "s.img", "s_zone_info.dump", "s_zone_data.dump",
					     "t_zone_info.dump", "t_zone_data.dump" };
	char path[2 * PATH_SIZE];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", pair->folder, names[i]);
		unlink(path);
	}
}

static void remove_pair(struct pair *pair)
{
	remove_files(pair);
	rmdir(pair->folder);
	tiny_run_close(&pair->run);
}

static int retire(const struct pair *pair, struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_verify_result result;

	*err = none;
	return zr_source_retire(pair->source, NULL, pair->target, NULL, NULL, &result, err);
}

static int open_source(const struct pair *pair)
{
	struct zr_source *source;
	int rc = zr_source_open(&source, pair->source, NULL, NULL);

	if (!rc)
		zr_source_close(source);
	return rc;
}

static bool has_magic(const char *path, uint64_t physical)
{
	char magic[8] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	fseek(file, (long)physical + 0x40, SEEK_SET);
	if (fread(magic, 1, sizeof(magic), file) != sizeof(magic))
		fail_msg("%s: too short", path);
	fclose(file);
	return !memcmp(magic, "_BHRfS_M", sizeof(magic));
}

static void test_zoned(void **state)
{
	struct zr_error err;
	struct zr_device *dev;
	struct zr_zone zones[3];
	struct pair pair;

	(void)state;
	make_pair(&pair, false);
	assert_int_equal(open_source(&pair), 0);
	assert_int_equal(retire(&pair, &err), 0);
	assert_int_equal(open_source(&pair), -ZR_E_NOT_BTRFS);
	assert_int_equal(zr_device_open(&dev, pair.source, ZR_ROLE_SOURCE, &err), 0);
	assert_int_equal(zr_device_report(dev, 0, 3, zones, &err), 0);
	assert_int_equal(zones[0].cond, ZR_COND_EMPTY);
	assert_int_equal(zones[1].cond, ZR_COND_EMPTY);
	assert_int_not_equal(zones[2].cond, ZR_COND_EMPTY);
	zr_device_close(dev);
	assert_int_equal(retire(&pair, &err), -ZR_E_NOT_BTRFS);
	remove_pair(&pair);
}

/* A superblock that lies in no log. */
static void test_conventional(void **state)
{
	struct zr_error err;
	struct pair pair;
	uint32_t i;

	(void)state;
	make_pair(&pair, false);
	for (i = 0; i < 2; i++) {
		pair.run.from->zones[i].type = ZR_ZONE_CONVENTIONAL;
		pair.run.from->zones[i].cond = ZR_COND_NOT_WP;
		pair.run.from->zones[i].wp = (i + 1) * MEMORY_ZONE_SIZE;
	}
	remove_files(&pair);
	save_pair(&pair);
	assert_true(has_magic(pair.source_data, 0));
	assert_int_equal(retire(&pair, &err), 0);
	assert_false(has_magic(pair.source_data, 0));
	assert_int_equal(open_source(&pair), -ZR_E_NOT_BTRFS);
	remove_pair(&pair);
}

static void test_regular(void **state)
{
	struct zr_error err;
	struct pair pair;

	(void)state;
	make_pair(&pair, true);
	assert_true(has_magic(pair.source, 65536));
	assert_true(has_magic(pair.source, SECOND_COPY));
	assert_int_equal(retire(&pair, &err), 0);
	assert_false(has_magic(pair.source, 65536));
	assert_false(has_magic(pair.source, SECOND_COPY));
	assert_int_equal(open_source(&pair), -ZR_E_NOT_BTRFS);
	remove_pair(&pair);
}

/* Whatever differs or is not there keeps the source as it is. */
static void test_refusals(void **state)
{
	struct zr_verify_result result;
	struct zr_error err;
	struct pair pair;

	(void)state;
	make_pair(&pair, false);
	tiny_flip(pair.run.to, TINY_DATA, 0);
	remove_files(&pair);
	save_pair(&pair);
	assert_int_equal(retire(&pair, &err), -ZR_E_DIFFERENT);
	assert_int_equal(open_source(&pair), 0);
	assert_int_equal(
		zr_source_retire(pair.source, NULL, pair.source, NULL, NULL, &result, &err),
		-ZR_E_ARGUMENT);
	assert_int_equal(open_source(&pair), 0);
	unlink(pair.target);
	assert_int_equal(retire(&pair, &err), -ZR_E_OPEN);
	assert_int_equal(open_source(&pair), 0);
	remove_pair(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zoned),
		cmocka_unit_test(test_conventional),
		cmocka_unit_test(test_regular),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests_name("retire", tests, NULL, NULL);
}
