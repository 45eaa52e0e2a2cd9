// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zone reports: what is accepted, what is refused and how, and the emulated zones of regular
 * devices.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "zone.h"

#define MIB (1ULL << 20)
#define ZONES 6

struct report {
	struct zr_geometry geo;
	struct zr_zone zones[ZONES];
};

/* Zone 0 conventional, 1 empty, 2 open, 3 closed, 4 full, 5 open and shorter: 4 and 2 MiB. */
static const struct report good = {
	.geo = { .model = ZR_MODEL_HOST_MANAGED,
		 .size = 22 * MIB,
		 .zone_size = 4 * MIB,
		 .zone_count = ZONES,
		 .logical_block = 4096 },
	.zones = {
		{ 0, 4 * MIB, 4 * MIB, UINT64_MAX, ZR_ZONE_CONVENTIONAL, ZR_COND_NOT_WP },
		{ 4 * MIB, 4 * MIB, 3 * MIB, 4 * MIB, ZR_ZONE_SEQUENTIAL, ZR_COND_EMPTY },
		{ 8 * MIB, 4 * MIB, 3 * MIB, 9 * MIB, ZR_ZONE_SEQUENTIAL, ZR_COND_IMP_OPEN },
		{ 12 * MIB, 4 * MIB, 3 * MIB, 13 * MIB, ZR_ZONE_SEQUENTIAL, ZR_COND_CLOSED },
		{ 16 * MIB, 4 * MIB, 3 * MIB, 20 * MIB, ZR_ZONE_SEQUENTIAL, ZR_COND_FULL },
		{ 20 * MIB, 2 * MIB, 1 * MIB, 20 * MIB, ZR_ZONE_SEQUENTIAL, ZR_COND_EXP_OPEN },
	},
};

enum field { START, LEN, CAP, WP, TYPE, COND };

static void set_field(struct zr_zone *zone, enum field field, uint64_t value)
{
	switch (field) {
	case START:
		zone->start = value;
		break;
	case LEN:
		zone->len = value;
		break;
	case CAP:
		zone->cap = value;
		break;
	case WP:
		zone->wp = value;
		break;
	case TYPE:
		zone->type = (enum zr_zone_type)value;
		break;
	case COND:
		zone->cond = (enum zr_zone_cond)value;
		break;
	}
}

struct change {
	unsigned int zone;
	enum field field;
	uint64_t value;
	const char *text; /* part of the message, NULL if the report stays good */
};

static const struct change changes[] = {
	/* write pointers */
	{ 2, WP, UINT64_MAX,
	  "wrong write pointer, found 18446744073709551615 expected 8388608 to" },
	{ 2, WP, 8 * MIB - 1, "wrong write pointer, found 8388607 expected 8388608 to 11534336" },
	{ 2, WP, 11 * MIB + 1, "wrong write pointer, found 11534337" },
	{ 3, WP, 12 * MIB - 4096, "wrong write pointer" },
	{ 5, WP, 21 * MIB + 4096, "wrong write pointer" },
	{ 2, WP, 8 * MIB, NULL },
	{ 2, WP, 11 * MIB, NULL },
	{ 1, WP, UINT64_MAX, NULL },
	{ 4, WP, UINT64_MAX, NULL },
	{ 4, WP, 19 * MIB, NULL },
	{ 0, WP, 0, NULL },
	/* spans */
	{ 3, LEN, 0, "wrong length, found 0 expected 4194304" },
	{ 3, LEN, 3 * MIB, "wrong length, found 3145728 expected 4194304" },
	{ 3, LEN, 8 * MIB, "wrong length, found 8388608 expected 4194304" },
	{ 3, LEN, 4 * MIB + 1, "wrong length" },
	{ 5, LEN, 4 * MIB, "wrong length, found 4194304 expected 2097152" },
	{ 5, LEN, 1 * MIB, "wrong length, found 1048576 expected 2097152" },
	{ 3, START, 12 * MIB + 4096, "wrong start, found 12587008 expected 12582912" },
	{ 3, START, 8 * MIB, "wrong start, found 8388608 expected 12582912" },
	{ 0, START, 4096, "wrong start, found 4096 expected 0" },
	{ 3, CAP, 0, "wrong capacity, found 0 expected 1 to 4194304" },
	{ 3, CAP, 4 * MIB + 512, "wrong capacity, found 4194816 expected 1 to 4194304" },
	{ 5, CAP, 3 * MIB, "wrong capacity, found 3145728 expected 1 to 2097152" },
	{ 3, CAP, 4 * MIB, NULL },
	{ 5, CAP, 2 * MIB, NULL },
	/* types and conditions */
	{ 1, TYPE, 0, "unsupported type, found 0" },
	{ 1, TYPE, 3, "unsupported type, found 3" },
	{ 1, TYPE, 4, "unsupported type, found 4" },
	{ 1, TYPE, 5, "unsupported type, found 5" },
	{ 1, COND, 5, "unknown condition, found 5" },
	{ 1, COND, 12, "unknown condition, found 12" },
	{ 1, COND, 16, "unknown condition, found 16" },
	{ 1, COND, 255, "unknown condition, found 255" },
	{ 1, COND, ZR_COND_NOT_WP, "sequential zone without a write pointer" },
	{ 0, COND, ZR_COND_EMPTY, "conventional zone with a write pointer condition, found 1" },
	{ 0, COND, ZR_COND_FULL, "conventional zone with a write pointer condition, found 14" },
	{ 4, TYPE, ZR_ZONE_CONVENTIONAL, "conventional zone with a write pointer condition" },
	{ 0, TYPE, ZR_ZONE_SEQUENTIAL, "sequential zone without a write pointer" },
	{ 0, COND, ZR_COND_READONLY, NULL },
	{ 0, COND, ZR_COND_OFFLINE, NULL },
	{ 4, COND, ZR_COND_READONLY, NULL },
	{ 4, COND, ZR_COND_OFFLINE, NULL },
};

static void one_change(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *it = &changes[i];
		struct zr_error err = ZR_ERROR_INIT;
		struct report report = good;
		int ret;

		set_field(&report.zones[it->zone], it->field, it->value);
		ret = zr_zones_check("sda", &report.geo, report.zones, ZR_E_ZONE_REPORT, &err);
		if (!it->text) {
			assert_string_equal(err.text, "");
			assert_int_equal(ret, 0);
			continue;
		}
		assert_int_equal(ret, -ZR_E_ZONE_REPORT);
		assert_int_equal(err.zone, it->zone);
		assert_int_equal(err.physical, report.zones[it->zone].start);
		if (!strstr(err.text, it->text))
			fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err.text, it->text);
	}
}

static void dead_zones_may_say_any_pointer(void **state)
{
	static const enum zr_zone_cond conds[] = { ZR_COND_READONLY, ZR_COND_OFFLINE };
	static const uint64_t pointers[] = { 0, 1, 8 * MIB - 1, 12 * MIB, UINT64_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < 10; i++) {
		struct report report = good;

		report.zones[2].cond = conds[i / 5];
		report.zones[2].wp = pointers[i % 5];
		assert_int_equal(
			zr_zones_check("sda", &report.geo, report.zones, ZR_E_ZONE_REPORT, NULL),
			0);
	}
}

static void caller_names_the_code(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct report report = good;

	(void)state;
	report.zones[1].cap = 0;
	assert_int_equal(zr_zones_check("sda", &report.geo, report.zones, ZR_E_IMAGE, &err),
			 -ZR_E_IMAGE);
	assert_int_equal(err.code, ZR_E_IMAGE);
}

static void first_failure_keeps_its_place(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct report report = good;

	(void)state;
	report.zones[1].cap = 0;
	assert_int_equal(zr_zones_check("sda", &report.geo, report.zones, ZR_E_ZONE_REPORT, &err),
			 -ZR_E_ZONE_REPORT);
	report = good;
	report.zones[3].cap = 0;
	assert_int_equal(zr_zones_check("sda", &report.geo, report.zones, ZR_E_IMAGE, &err),
			 -ZR_E_IMAGE);
	assert_int_equal(err.code, ZR_E_ZONE_REPORT);
	assert_int_equal(err.zone, 1);
	assert_int_equal(err.physical, 4 * MIB);
}

static void zone_sizes(void **state)
{
	static const struct {
		uint64_t size;
		const char *text; /* NULL if btrfs takes it */
	} rows[] = {
		{ 0, "not a power of two, found 0" },
		{ 1, "too small for btrfs, found 1 expected at least 4194304" },
		{ 2 * MIB, "too small for btrfs, found 2097152 expected at least 4194304" },
		{ 4 * MIB - 1, "not a power of two, found 4194303" },
		{ 4 * MIB, NULL },
		{ 6 * MIB, "not a power of two, found 6291456" },
		{ 256 * MIB, NULL },
		{ 8192 * MIB, NULL },
		{ 16384 * MIB,
		  "too large for btrfs, found 17179869184 expected at most 8589934592" },
		{ UINT64_MAX, "not a power of two" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct report report = good;
		int ret;

		assert_int_equal(zr_zone_size_check("sda", rows[i].size, &err),
				 rows[i].text ? -ZR_E_GEOMETRY : 0);
		if (!rows[i].text)
			continue;
		assert_non_null(strstr(err.text, rows[i].text));
		report.geo.zone_size = rows[i].size;
		ret = zr_zones_check("sda", &report.geo, report.zones, ZR_E_ZONE_REPORT, NULL);
		assert_int_equal(ret, -ZR_E_GEOMETRY);
	}
}

static void numbers_of_zones(void **state)
{
	static const uint32_t counts[] = { 0, 1, 5, 7, UINT32_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;
		struct report report = good;

		report.geo.zone_count = counts[i];
		assert_int_equal(
			zr_zones_check("sda", &report.geo, report.zones, ZR_E_ZONE_REPORT, &err),
			-ZR_E_ZONE_REPORT);
		assert_non_null(strstr(err.text, "wrong number of zones"));
		assert_non_null(strstr(err.text, "expected 6"));
	}
}

/* A device that allows few active zones can be read all the same; writers ask on their own. */
static void limits_do_not_matter_to_a_report(void **state)
{
	uint32_t limit;

	(void)state;
	for (limit = 0; limit <= ZR_ACTIVE_ZONES_MIN; limit++) {
		struct report report = good;

		report.geo.max_active = limit;
		report.geo.max_open = limit;
		assert_int_equal(
			zr_zones_check("sda", &report.geo, report.zones, ZR_E_ZONE_REPORT, NULL),
			0);
	}
}

static void written_bytes(void **state)
{
	static const struct {
		enum zr_zone_type type;
		enum zr_zone_cond cond;
		uint64_t wp;
		uint64_t written;
	} rows[] = {
		{ ZR_ZONE_CONVENTIONAL, ZR_COND_NOT_WP, UINT64_MAX, 4 * MIB },
		{ ZR_ZONE_CONVENTIONAL, ZR_COND_READONLY, 0, 4 * MIB },
		{ ZR_ZONE_CONVENTIONAL, ZR_COND_OFFLINE, 0, 0 },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_EMPTY, 9 * MIB, 0 },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_IMP_OPEN, 9 * MIB, 1 * MIB },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_EXP_OPEN, 8 * MIB, 0 },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_CLOSED, 8 * MIB + 4096, 4096 },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_FULL, 12 * MIB, 3 * MIB },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_FULL, 8 * MIB, 3 * MIB },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_READONLY, 8 * MIB, 3 * MIB },
		{ ZR_ZONE_SEQUENTIAL, ZR_COND_OFFLINE, 9 * MIB, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_zone zone = { 8 * MIB,    4 * MIB,	  3 * MIB,
					rows[i].wp, rows[i].type, rows[i].cond };

		assert_int_equal(zr_zone_written(&zone), rows[i].written);
	}
}

static void names_differ(void **state)
{
	int i;
	int j;

	(void)state;
	assert_string_equal(zr_zone_cond_name(ZR_COND_EXP_OPEN), "explicitly open");
	assert_string_equal(zr_zone_cond_name((enum zr_zone_cond)7), "unknown condition");
	assert_string_equal(zr_zone_type_name(ZR_ZONE_SEQUENTIAL), "sequential");
	assert_string_equal(zr_zone_type_name((enum zr_zone_type)3), "unknown type");
	for (i = 0; i < 16; i++)
		for (j = 0; j < i; j++)
			if (i < 5 || i > 12)
				assert_string_not_equal(zr_zone_cond_name((enum zr_zone_cond)i),
							zr_zone_cond_name((enum zr_zone_cond)j));
}

static void emulation_with_a_short_last_zone(void **state)
{
	struct zr_geometry geo = { .size = 10 * MIB, .zone_size = 4 * MIB };
	struct zr_zone *zones = NULL;

	(void)state;
	assert_int_equal(zr_zones_emulate(&geo, &zones, NULL), 0);
	assert_int_equal(geo.zone_count, 3);
	assert_int_equal(zones[0].start, 0);
	assert_int_equal(zones[1].start, 4 * MIB);
	assert_int_equal(zones[1].len, 4 * MIB);
	assert_int_equal(zones[1].cap, 4 * MIB);
	assert_int_equal(zones[1].type, ZR_ZONE_CONVENTIONAL);
	assert_int_equal(zones[1].cond, ZR_COND_NOT_WP);
	assert_int_equal(zones[2].start, 8 * MIB);
	assert_int_equal(zones[2].len, 2 * MIB);
	assert_int_equal(zones[2].cap, 2 * MIB);
	assert_int_equal(zr_zones_check("sda", &geo, zones, ZR_E_ZONE_REPORT, NULL), 0);
	free(zones);
}

static void emulation_of_whole_zones(void **state)
{
	struct zr_geometry geo = { .size = 8 * MIB, .zone_size = 4 * MIB };
	struct zr_zone *zones = NULL;

	(void)state;
	assert_int_equal(zr_zones_emulate(&geo, &zones, NULL), 0);
	assert_int_equal(geo.zone_count, 2);
	assert_int_equal(zones[1].len, 4 * MIB);
	free(zones);
	geo.size = 4096;
	assert_int_equal(zr_zones_emulate(&geo, &zones, NULL), 0);
	assert_int_equal(geo.zone_count, 1);
	assert_int_equal(zones[0].len, 4096);
	free(zones);
}

static void emulation_of_the_impossible(void **state)
{
	static const struct zr_geometry geos[] = {
		{ .size = 8 * MIB, .zone_size = 0 },
		{ .size = 8 * MIB, .zone_size = 5 * MIB },
		{ .size = 8 * MIB, .zone_size = 2 * MIB },
		{ .size = 0, .zone_size = 4 * MIB },
		{ .size = UINT64_MAX, .zone_size = 4 * MIB },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(geos) / sizeof(geos[0]); i++) {
		struct zr_geometry geo = geos[i];
		struct zr_zone *zones = NULL;

		assert_int_equal(zr_zones_emulate(&geo, &zones, NULL), -ZR_E_GEOMETRY);
		assert_null(zones);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_change),
		cmocka_unit_test(dead_zones_may_say_any_pointer),
		cmocka_unit_test(caller_names_the_code),
		cmocka_unit_test(first_failure_keeps_its_place),
		cmocka_unit_test(zone_sizes),
		cmocka_unit_test(numbers_of_zones),
		cmocka_unit_test(limits_do_not_matter_to_a_report),
		cmocka_unit_test(written_bytes),
		cmocka_unit_test(names_differ),
		cmocka_unit_test(emulation_with_a_short_last_zone),
		cmocka_unit_test(emulation_of_whole_zones),
		cmocka_unit_test(emulation_of_the_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
