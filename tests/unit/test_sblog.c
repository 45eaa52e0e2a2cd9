// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The superblock log: all pairs of zone conditions, and the places of mirrors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "sblog.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define TIB (1ULL << 40)

/* What a zone of the pair can be like. */
enum kind {
	EMPTY,
	IMPLICIT, /* implicitly open, three entries written */
	EXPLICIT, /* explicitly open, three entries written */
	CLOSED, /* closed, three entries written */
	FULL,
	ALMOST, /* implicitly open, 2560 bytes below the capacity */
	UNTOUCHED, /* explicitly open, write pointer at the start */
	READONLY,
	OFFLINE,
	CONVENTIONAL,
	KINDS,
};

/* What is expected of a pair: the state, and which entry is the newest. */
enum cell {
	NONE, /* ZR_SBLOG_EMPTY */
	BAD, /* ZR_SBLOG_BROKEN */
	FIX, /* ZR_SBLOG_FIXED */
	A3, /* ZR_SBLOG_FIRST, the third entry of the first zone */
	AZ, /* ZR_SBLOG_FIRST, the last slot of the first zone */
	B3, /* ZR_SBLOG_SECOND, the third entry of the second zone */
	BZ, /* ZR_SBLOG_SECOND, the last slot of the second zone */
	CMP, /* ZR_SBLOG_COMPARE: AZ or BZ by generation */
	CELLS,
};

/* clang-format off */
static const enum cell truth[KINDS][KINDS] = {
	/* second zone:    EMPTY IMPL  EXPL  CLOSED FULL ALMOST UNTOU READO OFFL  CONV */
	[EMPTY] =        { NONE, BAD,  BAD,  BAD,  BZ,   BZ,   BAD,  BZ,   BAD,  BAD },
	[IMPLICIT] =     { A3,   BAD,  BAD,  BAD,  A3,   A3,   BAD,  A3,   BAD,  BAD },
	[EXPLICIT] =     { A3,   BAD,  BAD,  BAD,  A3,   A3,   BAD,  A3,   BAD,  BAD },
	[CLOSED] =       { A3,   BAD,  BAD,  BAD,  A3,   A3,   BAD,  A3,   BAD,  BAD },
	[FULL] =         { AZ,   B3,   B3,   B3,   CMP,  CMP,  AZ,   CMP,  BAD,  BAD },
	[ALMOST] =       { AZ,   B3,   B3,   B3,   CMP,  CMP,  AZ,   CMP,  BAD,  BAD },
	[UNTOUCHED] =    { NONE, BAD,  BAD,  BAD,  BZ,   BZ,   BAD,  BZ,   BAD,  BAD },
	[READONLY] =     { AZ,   B3,   B3,   B3,   CMP,  CMP,  AZ,   CMP,  BAD,  BAD },
	[OFFLINE] =      { BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD,  BAD },
	[CONVENTIONAL] = { FIX,  FIX,  FIX,  FIX,  FIX,  FIX,  FIX,  FIX,  FIX,  FIX },
};
/* clang-format on */

static const enum zr_sblog_state cell_state[CELLS] = {
	[NONE] = ZR_SBLOG_EMPTY, [BAD] = ZR_SBLOG_BROKEN,  [FIX] = ZR_SBLOG_FIXED,
	[A3] = ZR_SBLOG_FIRST,	 [AZ] = ZR_SBLOG_FIRST,	   [B3] = ZR_SBLOG_SECOND,
	[BZ] = ZR_SBLOG_SECOND,	 [CMP] = ZR_SBLOG_COMPARE,
};

/* Zones of 8 MiB at 0 and 8 MiB. The smaller capacity is no multiple of an entry. */
static const struct {
	uint64_t cap;
	uint64_t entry[CELLS];
} capacities[] = {
	{ 8388608, { [A3] = 8192, [AZ] = 8384512, [B3] = 8396800, [BZ] = 16773120 } },
	{ 6291968, { [A3] = 8192, [AZ] = 6287360, [B3] = 8396800, [BZ] = 14675968 } },
	{ 6291456, { [A3] = 8192, [AZ] = 6287360, [B3] = 8396800, [BZ] = 14675968 } },
};

#define CAPACITIES (sizeof(capacities) / sizeof(capacities[0]))

static struct zr_zone make_zone(unsigned int which, enum kind kind, uint64_t cap)
{
	static const enum zr_zone_cond cond[KINDS] = {
		[EMPTY] = ZR_COND_EMPTY,	[IMPLICIT] = ZR_COND_IMP_OPEN,
		[EXPLICIT] = ZR_COND_EXP_OPEN,	[CLOSED] = ZR_COND_CLOSED,
		[FULL] = ZR_COND_FULL,		[ALMOST] = ZR_COND_IMP_OPEN,
		[UNTOUCHED] = ZR_COND_EXP_OPEN, [READONLY] = ZR_COND_READONLY,
		[OFFLINE] = ZR_COND_OFFLINE,	[CONVENTIONAL] = ZR_COND_NOT_WP,
	};
	struct zr_zone zone = {
		.start = which * 8 * MIB,
		.len = 8 * MIB,
		.cap = cap,
		.wp = which * 8 * MIB,
		.type = kind == CONVENTIONAL ? ZR_ZONE_CONVENTIONAL : ZR_ZONE_SEQUENTIAL,
		.cond = cond[kind],
	};

	if (kind == IMPLICIT || kind == EXPLICIT || kind == CLOSED)
		zone.wp += 12288;
	if (kind == ALMOST)
		zone.wp += cap - 2560;
	return zone;
}

static void expect(const char *name, uint64_t found, uint64_t expected)
{
	if (found != expected)
		fail_msg("%s: found %" PRIu64 " expected %" PRIu64, name, found, expected);
}

static void check_compare(const char *name, const struct zr_zone pair[2],
			  const uint64_t entry[CELLS])
{
	static const uint64_t newer_first[2] = { 8, 7 };
	static const uint64_t newer_second[2] = { 7, 8 };
	static const uint64_t equal[2] = { 8, 8 };

	expect(name, zr_sblog_newest(&pair[zr_sblog_compare(newer_first)]), entry[AZ]);
	expect(name, zr_sblog_newest(&pair[zr_sblog_compare(newer_second)]), entry[BZ]);
	expect(name, zr_sblog_newest(&pair[zr_sblog_compare(equal)]), entry[BZ]);
}

static void check_cell(unsigned int first, unsigned int second, uint64_t cap,
		       const uint64_t entry[CELLS])
{
	const struct zr_zone pair[2] = { make_zone(0, first, cap), make_zone(1, second, cap) };
	enum zr_sblog_state state = zr_sblog_state(pair);
	enum cell cell = truth[first][second];
	char name[64];

	snprintf(name, sizeof(name), "capacity %" PRIu64 ", first %u, second %u", cap, first,
		 second);
	expect(name, state, cell_state[cell]);
	if (state == ZR_SBLOG_FIRST)
		expect(name, zr_sblog_newest(&pair[0]), entry[cell]);
	if (state == ZR_SBLOG_SECOND)
		expect(name, zr_sblog_newest(&pair[1]), entry[cell]);
	if (state == ZR_SBLOG_COMPARE)
		check_compare(name, pair, entry);
}

static void truth_table(void **state)
{
	unsigned int first;
	unsigned int second;
	size_t i;

	(void)state;
	for (i = 0; i < CAPACITIES; i++)
		for (first = 0; first < KINDS; first++)
			for (second = 0; second < KINDS; second++)
				check_cell(first, second, capacities[i].cap, capacities[i].entry);
}

static void pointer_of_a_full_zone_says_nothing(void **state)
{
	static const uint64_t pointers[] = { 0, 4096, 6 * MIB, 8 * MIB, 16 * MIB, UINT64_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		struct zr_zone pair[2] = { make_zone(0, FULL, 6 * MIB),
					   make_zone(1, EMPTY, 6 * MIB) };

		pair[0].wp = pointers[i];
		pair[1].wp = pointers[i];
		assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_FIRST);
		assert_int_equal(zr_sblog_newest(&pair[0]), 6 * MIB - 4096);
	}
}

static void room_for_one_more_is_not_full(void **state)
{
	struct zr_zone pair[2] = { make_zone(0, IMPLICIT, 6 * MIB),
				   make_zone(1, IMPLICIT, 6 * MIB) };

	(void)state;
	pair[0].wp = 6 * MIB - 4096;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_BROKEN);
	pair[0].wp = 6 * MIB - 4096 + 512;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_SECOND);
	pair[0].wp = 6 * MIB;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_SECOND);
}

static void odd_pointers(void **state)
{
	static const struct {
		uint64_t wp;
		enum zr_sblog_state state;
		uint64_t newest;
	} rows[] = {
		{ 512, ZR_SBLOG_BROKEN, 0 },	 { 4095, ZR_SBLOG_BROKEN, 0 },
		{ 4096, ZR_SBLOG_FIRST, 0 },	 { 4608, ZR_SBLOG_FIRST, 0 },
		{ 8191, ZR_SBLOG_FIRST, 0 },	 { 8192, ZR_SBLOG_FIRST, 4096 },
		{ 12800, ZR_SBLOG_FIRST, 8192 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_zone pair[2] = { make_zone(0, CLOSED, 6 * MIB),
					   make_zone(1, EMPTY, 6 * MIB) };

		pair[0].wp = rows[i].wp;
		assert_int_equal(zr_sblog_state(pair), rows[i].state);
		if (rows[i].state == ZR_SBLOG_FIRST)
			assert_int_equal(zr_sblog_newest(&pair[0]), rows[i].newest);
	}
}

static void untouched_whatever_way_it_was_opened(void **state)
{
	static const enum kind kinds[] = { IMPLICIT, EXPLICIT, CLOSED };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct zr_zone pair[2] = { make_zone(0, kinds[i], 8 * MIB),
					   make_zone(1, kinds[i], 8 * MIB) };

		pair[1].wp = pair[1].start;
		assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_BROKEN);
		pair[0] = make_zone(0, EMPTY, 8 * MIB);
		assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_BROKEN);
		pair[0] = make_zone(0, FULL, 8 * MIB);
		assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_FIRST);
	}
}

static void zones_without_room_for_an_entry(void **state)
{
	struct zr_zone pair[2] = { make_zone(0, FULL, 4095), make_zone(1, EMPTY, 8 * MIB) };

	(void)state;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_BROKEN);
	pair[0].cap = 4096;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_FIRST);
	assert_int_equal(zr_sblog_newest(&pair[0]), 0);
	pair[1].cap = 512;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_BROKEN);
}

static void dead_conventional_zones(void **state)
{
	struct zr_zone pair[2] = { make_zone(0, CONVENTIONAL, 8 * MIB),
				   make_zone(1, CONVENTIONAL, 8 * MIB) };

	(void)state;
	pair[0].cond = ZR_COND_READONLY;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_FIXED);
	pair[0].cond = ZR_COND_OFFLINE;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_BROKEN);
	pair[0].cond = ZR_COND_NOT_WP;
	pair[1].cond = ZR_COND_OFFLINE;
	assert_int_equal(zr_sblog_state(pair), ZR_SBLOG_FIXED);
}

static void generations(void **state)
{
	static const struct {
		uint64_t generation[2];
		unsigned int newer;
	} rows[] = {
		{ { 0, 0 }, 1 },	  { { 1, 0 }, 0 },	     { { 0, 1 }, 1 },
		{ { 9, 9 }, 1 },	  { { 0x0100, 0x00ff }, 0 }, { { 0x00ff, 0x0100 }, 1 },
		{ { UINT64_MAX, 1 }, 0 }, { { 1, UINT64_MAX }, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(zr_sblog_compare(rows[i].generation), rows[i].newer);
}

static void places(void **state)
{
	(void)state;
	assert_int_equal(zr_sb_offset(0), 65536);
	assert_int_equal(zr_sb_offset(1), 67108864);
	assert_int_equal(zr_sb_offset(2), 274877906944);
	assert_int_equal(zr_sblog_zone(0, 4 * MIB), 0);
	assert_int_equal(zr_sblog_zone(1, 4 * MIB), 131072);
	assert_int_equal(zr_sblog_zone(2, 4 * MIB), 1048576);
	assert_int_equal(zr_sblog_zone(1, 256 * MIB), 2048);
	assert_int_equal(zr_sblog_zone(2, 256 * MIB), 16384);
	assert_int_equal(zr_sblog_zone(1, 8 * GIB), 64);
	assert_int_equal(zr_sblog_zone(2, 8 * GIB), 512);
}

static void pairs_that_exist(void **state)
{
	static const struct {
		uint64_t size;
		uint64_t zone_size;
		unsigned int mirrors; /* bit per mirror */
	} rows[] = {
		{ 4 * MIB, 4 * MIB, 0 },
		{ 8 * MIB - 4096, 4 * MIB, 0 },
		{ 8 * MIB, 4 * MIB, 1 },
		{ 512 * GIB + 4 * MIB, 4 * MIB, 1 },
		{ 512 * GIB + 8 * MIB - 4096, 4 * MIB, 3 },
		{ 512 * GIB + 8 * MIB, 4 * MIB, 3 },
		{ 512 * GIB + 8 * GIB, 8 * GIB, 1 },
		{ 512 * GIB + 16 * GIB, 8 * GIB, 3 },
		{ 4 * TIB + 512 * MIB - 4096, 256 * MIB, 7 },
		{ 4 * TIB + 256 * MIB, 256 * MIB, 3 },
		{ 4 * TIB + 512 * MIB, 256 * MIB, 7 },
		{ 4 * TIB, 0, 0 },
	};
	unsigned int mirror;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_geometry geo = { .size = rows[i].size, .zone_size = rows[i].zone_size };

		for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++)
			assert_int_equal(zr_sblog_exists(&geo, mirror),
					 rows[i].mirrors >> mirror & 1);
	}
}

static void reserved_zones(void **state)
{
	static const struct {
		uint64_t zone_size;
		uint64_t zone_no;
		bool reserved;
	} rows[] = {
		/* 4 MiB: pairs at 0, 131072 and 1048576; 64 MiB is in 16, 256 GiB in 65536 */
		{ 4 * MIB, 0, true },
		{ 4 * MIB, 1, true },
		{ 4 * MIB, 2, false },
		{ 4 * MIB, 15, false },
		{ 4 * MIB, 16, true },
		{ 4 * MIB, 17, false },
		{ 4 * MIB, 65535, false },
		{ 4 * MIB, 65536, true },
		{ 4 * MIB, 65537, false },
		{ 4 * MIB, 131071, false },
		{ 4 * MIB, 131072, true },
		{ 4 * MIB, 131073, true },
		{ 4 * MIB, 131074, false },
		{ 4 * MIB, 1048575, false },
		{ 4 * MIB, 1048576, true },
		{ 4 * MIB, 1048577, true },
		{ 4 * MIB, 1048578, false },
		/* 64 MiB: the second mirror's place is the start of zone 1 */
		{ 64 * MIB, 1, true },
		{ 64 * MIB, 2, false },
		{ 64 * MIB, 4096, true },
		{ 64 * MIB, 8192, true },
		/* 256 MiB: 64 KiB and 64 MiB are in zone 0 */
		{ 256 * MIB, 1, true },
		{ 256 * MIB, 2, false },
		{ 256 * MIB, 1024, true },
		{ 256 * MIB, 2048, true },
		{ 256 * MIB, 2049, true },
		{ 256 * MIB, 2050, false },
		{ 8 * GIB, 31, false },
		{ 8 * GIB, 32, true },
		{ 8 * GIB, 33, false },
		{ 8 * GIB, 64, true },
		{ 8 * GIB, 513, true },
		{ 8 * GIB, 514, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(zr_sblog_reserved(rows[i].zone_no, rows[i].zone_size),
				 rows[i].reserved);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(truth_table),
		cmocka_unit_test(pointer_of_a_full_zone_says_nothing),
		cmocka_unit_test(room_for_one_more_is_not_full),
		cmocka_unit_test(odd_pointers),
		cmocka_unit_test(untouched_whatever_way_it_was_opened),
		cmocka_unit_test(zones_without_room_for_an_entry),
		cmocka_unit_test(dead_conventional_zones),
		cmocka_unit_test(generations),
		cmocka_unit_test(places),
		cmocka_unit_test(pairs_that_exist),
		cmocka_unit_test(reserved_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
