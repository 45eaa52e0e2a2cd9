// SPDX-License-Identifier: GPL-2.0-or-later
/* The geometry of a target: of an image to be made, a regular device, a zoned one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory_device.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE
#define MIB (1ULL << 20)
#define TOTAL (9 * ZONE)

/* A source of ten zones, two of them conventional, with a limit and less capacity than size. */
static struct memory_device *make_source(void)
{
	const struct memory_options options = {
		.zones = 10,
		.cap = 3 * MIB,
		.conventional = 2,
		.max_active = 14,
		.source = true,
	};

	return memory_new(&options, "source");
}

static struct zr_target *missing_image(const struct zr_target_options *options)
{
	struct zr_target *target = calloc(1, sizeof(*target));

	assert_non_null(target);
	target->path = strdup("new_zone_info.dump");
	if (options)
		target->options = *options;
	target->options.size = sizeof(target->options);
	return target;
}

static int fit(struct zr_target *target, struct memory_device *source, struct zr_error *err)
{
	return zr_target_fit(target, &source->dev.geo, source->zones, TOTAL, err);
}

static void test_image_is_the_twin_of_the_source(void **state)
{
	struct memory_device *source = make_source();
	struct zr_target *target = missing_image(NULL);
	uint32_t i;

	(void)state;
	assert_int_equal(fit(target, source, NULL), 0);
	assert_int_equal(target->geo.model, ZR_MODEL_HOST_MANAGED);
	assert_int_equal(target->geo.size, 10 * ZONE);
	assert_int_equal(target->geo.zone_size, ZONE);
	assert_int_equal(target->geo.zone_count, 10);
	assert_int_equal(target->geo.max_active, 14);
	for (i = 0; i < 10; i++) {
		assert_int_equal(target->zones[i].start, i * ZONE);
		assert_int_equal(target->zones[i].len, ZONE);
		assert_int_equal(target->zones[i].cap, source->zones[i].cap);
		assert_int_equal(target->zones[i].type, source->zones[i].type);
		assert_int_equal(target->zones[i].cond, i < 2 ? ZR_COND_NOT_WP : ZR_COND_EMPTY);
	}
	zr_target_close(target);
	memory_free(source);
}

/* What the source's zones hold does not matter for those that are made. */
static void test_image_begins_empty(void **state)
{
	struct memory_device *source = make_source();
	struct zr_target *target = missing_image(NULL);
	uint32_t i;

	(void)state;
	for (i = 2; i < 10; i++)
		memory_set_zone(source, i, i & 1 ? ZR_COND_FULL : ZR_COND_OFFLINE, 0);
	assert_int_equal(fit(target, source, NULL), 0);
	for (i = 2; i < 10; i++) {
		assert_int_equal(target->zones[i].cond, ZR_COND_EMPTY);
		assert_int_equal(target->zones[i].wp, target->zones[i].start);
	}
	zr_target_close(target);
	memory_free(source);
}

/* Nothing is as on the source. */
static const struct zr_target_options all_chosen = {
	.size = sizeof(all_chosen),
	.image_size = 96 * MIB,
	.zone_size = 8 * MIB,
	.zone_capacity = 5 * MIB,
	.conventional_zones = 3,
	.max_active = 9,
	.geometry_given = 1,
};

static void test_options_win(void **state)
{
	struct memory_device *source = make_source();
	struct zr_target *target = missing_image(&all_chosen);
	uint32_t i;

	(void)state;
	assert_int_equal(fit(target, source, NULL), 0);
	assert_int_equal(target->geo.size, 96 * MIB);
	assert_int_equal(target->geo.zone_count, 12);
	assert_int_equal(target->geo.max_active, 9);
	for (i = 0; i < 12; i++) {
		assert_int_equal(target->zones[i].type,
				 i < 3 ? ZR_ZONE_CONVENTIONAL : ZR_ZONE_SEQUENTIAL);
		assert_int_equal(target->zones[i].cap, i < 3 ? 8 * MIB : 5 * MIB);
	}
	zr_target_close(target);
	memory_free(source);
}

/* Makes an image, or opens the one that is there. */
static int open_image(const char *path, const struct zr_target_options *options)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct memory_device *source;
	struct zr_target *target;
	int rc = zr_target_open(&target, path, options, &err);

	if (rc) {
		assert_non_null(strstr(err.text, "exists, so its geometry"));
		return rc;
	}
	source = make_source();
	assert_int_equal(fit(target, source, NULL), 0);
	assert_int_equal(zr_target_create(target, NULL), 0);
	zr_target_close(target);
	memory_free(source);
	return 0;
}

/* A run that goes on has the options that made the image; others are no use any more. */
static void test_image_that_exists(void **state)
{
	struct zr_target_options options[7];
	char folder[] = "/tmp/zreplace-test-XXXXXX";
	char path[2][64];
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path[0], sizeof(path[0]), "%s/t_zone_info.dump", folder);
	snprintf(path[1], sizeof(path[1]), "%s/t_zone_data.dump", folder);
	for (i = 0; i < 7; i++)
		options[i] = all_chosen;
	options[1].zone_capacity = 0;
	options[2].image_size = 88 * MIB;
	options[3].zone_size = 16 * MIB;
	options[4].zone_capacity = 6 * MIB;
	options[5].conventional_zones = 2;
	options[6].max_active = 10;
	for (i = 0; i < 7; i++)
		assert_int_equal(open_image(path[0], &options[i]), i < 2 ? 0 : -ZR_E_ARGUMENT);
	unlink(path[0]);
	unlink(path[1]);
	rmdir(folder);
}

static void test_larger_image_has_whole_zones_behind_the_twins(void **state)
{
	const struct zr_target_options options = { .image_size = 12 * ZONE + MIB };
	struct memory_device *source = make_source();
	struct zr_target *target = missing_image(&options);

	(void)state;
	assert_int_equal(fit(target, source, NULL), 0);
	assert_int_equal(target->geo.zone_count, 13);
	assert_int_equal(target->zones[9].cap, 3 * MIB);
	assert_int_equal(target->zones[10].cap, ZONE);
	assert_int_equal(target->zones[12].len, MIB);
	assert_int_equal(target->zones[12].cap, MIB);
	zr_target_close(target);
	memory_free(source);
}

/* The image of a regular source ends with the file system, and has sequential zones only. */
static void test_image_of_a_regular_source(void **state)
{
	const struct memory_options options = { .zones = 10, .regular = true, .source = true };
	struct memory_device *source = memory_new(&options, "source");
	struct zr_target *target = missing_image(NULL);
	uint32_t i;

	(void)state;
	assert_int_equal(zr_device_emulate(&source->dev, ZONE, NULL), 0);
	assert_int_equal(fit(target, source, NULL), 0);
	assert_int_equal(target->geo.size, TOTAL);
	assert_int_equal(target->geo.zone_count, 9);
	for (i = 0; i < 9; i++)
		assert_int_equal(target->zones[i].type, ZR_ZONE_SEQUENTIAL);
	zr_target_close(target);
	memory_free(source);
}

static void test_impossible_images(void **state)
{
	static const struct zr_target_options rows[] = {
		{ .zone_size = 5 * MIB },     { .zone_size = 2 * MIB },
		{ .zone_size = 16ULL << 30 }, { .image_size = 40 * MIB + 512 },
		{ .image_size = 1ULL << 62 },
	};
	struct memory_device *source = make_source();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_target *target = missing_image(&rows[i]);
		struct zr_error err = ZR_ERROR_INIT;

		assert_int_equal(fit(target, source, &err), -ZR_E_GEOMETRY);
		zr_target_close(target);
	}
	memory_free(source);
}

static void test_regular_target_takes_the_zone_size(void **state)
{
	const struct memory_options options = { .zones = 11, .regular = true };
	struct memory_device *source = make_source();
	struct memory_device *memory = memory_new(&options, "target");
	struct zr_target *target;

	(void)state;
	memory->dev.geo.size -= MIB;
	target = tiny_target(memory);
	assert_int_equal(fit(target, source, NULL), 0);
	assert_int_equal(target->geo.zone_size, ZONE);
	assert_int_equal(target->geo.zone_count, 11);
	assert_int_equal(target->zones[10].len, ZONE - MIB);
	assert_int_equal(target->zones[0].type, ZR_ZONE_CONVENTIONAL);
	zr_target_close(target);
	memory_free(memory);
	memory_free(source);
}

/* As mkfs.btrfs makes them. */
static void test_regular_target_of_a_source_without_zones(void **state)
{
	const struct memory_options regular = { .zones = 11, .regular = true };
	struct memory_device *source = memory_new(&regular, "source");
	struct memory_device *memory = memory_new(&regular, "target");
	struct zr_target *target = tiny_target(memory);

	(void)state;
	source->dev.geo.zone_size = 0;
	assert_int_equal(fit(target, source, NULL), 0);
	assert_int_equal(target->geo.zone_size, 256 * MIB);
	assert_int_equal(target->zones[0].type, ZR_ZONE_CONVENTIONAL);
	zr_target_close(target);
	memory_free(memory);
	memory_free(source);
}

/* The zones are those of the first report, however often it is asked. */
static void test_fitting_twice(void **state)
{
	const struct memory_options options = { .zones = 10 };
	struct memory_device *source = make_source();
	struct memory_device *memory = memory_new(&options, "target");
	struct zr_target *target = tiny_target(memory);
	const struct zr_zone *zones;

	(void)state;
	assert_int_equal(fit(target, source, NULL), 0);
	zones = target->zones;
	assert_int_equal(fit(target, source, NULL), 0);
	assert_ptr_equal(zones, target->zones);
	assert_int_equal(memory_count(memory, MEMORY_REPORT), 1);
	zr_target_close(target);
	memory_free(memory);
	memory_free(source);
}

static void test_failed_and_impossible_reports(void **state)
{
	const struct memory_options options = { .zones = 10 };
	struct memory_device *source = make_source();
	struct memory_device *memory = memory_new(&options, "target");
	struct zr_target *target = tiny_target(memory);
	struct memory_fault fault = { .fail_at = 1 };
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	memory->fault = &fault;
	assert_int_equal(fit(target, source, &err), -ZR_E_TARGET_ZONES);
	memory->zones[4].cap = ZONE + 4096;
	zr_error_clear(&err);
	assert_int_equal(fit(target, source, &err), -ZR_E_ZONE_REPORT);
	assert_int_equal(err.zone, 4);
	assert_null(target->zones);
	zr_target_close(target);
	memory_free(memory);
	memory_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_is_the_twin_of_the_source),
		cmocka_unit_test(test_image_begins_empty),
		cmocka_unit_test(test_options_win),
		cmocka_unit_test(test_image_that_exists),
		cmocka_unit_test(test_larger_image_has_whole_zones_behind_the_twins),
		cmocka_unit_test(test_image_of_a_regular_source),
		cmocka_unit_test(test_impossible_images),
		cmocka_unit_test(test_regular_target_takes_the_zone_size),
		cmocka_unit_test(test_regular_target_of_a_source_without_zones),
		cmocka_unit_test(test_fitting_twice),
		cmocka_unit_test(test_failed_and_impossible_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
