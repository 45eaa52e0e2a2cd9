// SPDX-License-Identifier: GPL-2.0-or-later
/* Layouts: which zones they take, that they describe themselves, and that the proof sees what is
 * wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "block_group.h"
#include "build_block.h"
#include "records.h"
#include "relayout_fixture.h"

#define KIB 1024ULL

/* 20 extents of 1 MiB into zones that take 12; and some tree blocks. */
static void settle(struct relayout_fixture *fixture, uint32_t copies)
{
	struct zr_error err = ZR_ERROR_INIT;
	size_t needed;

	relayout_fixture_start(fixture, copies, 12 * FIXTURE_MIB + 512 * KIB);
	expect_accepted("settle", relayout_fixture_place(fixture, 4, 20, 100, &needed, &err), &err);
	assert_int_equal(needed, 2);
}

static void zones_are_filled_in_order(void **state)
{
	struct relayout_fixture fixture;
	const struct zr_layout *layout = &fixture.relayout.layout;
	const struct zr_new_chunk *chunk;

	(void)state;
	settle(&fixture, 2);
	assert_int_equal(zr_layout_chunks(layout), 4);
	assert_int_equal(zr_layout_zones(layout), 6);
	chunk = zr_layout_chunk(layout, 0);
	assert_int_equal(chunk->logical, 4ULL << 30);
	assert_int_equal(zr_layout_chunk_flags(layout, chunk),
			 BTRFS_BLOCK_GROUP_SYSTEM | BTRFS_BLOCK_GROUP_DUP);
	/* Zones 0 and 1 are for superblocks, and zone 4 has the one at 64 MiB. */
	assert_int_equal(chunk->physical[0], 2 * FIXTURE_ZONE);
	assert_int_equal(chunk->physical[1], 3 * FIXTURE_ZONE);
	chunk = zr_layout_chunk(layout, 1);
	assert_int_equal(chunk->physical[0], 5 * FIXTURE_ZONE);
	assert_int_equal(chunk->physical[1], 6 * FIXTURE_ZONE);
	chunk = zr_layout_chunk(layout, 2);
	assert_int_equal(zr_layout_chunk_flags(layout, chunk), BTRFS_BLOCK_GROUP_DATA);
	assert_int_equal(chunk->physical[0], 11 * FIXTURE_ZONE);
	assert_int_equal(chunk->used, 12 * FIXTURE_MIB);
	assert_int_equal(zr_layout_chunk(layout, 3)->used, 8 * FIXTURE_MIB);
	assert_int_equal(
		zr_address_map_find(&fixture.relayout.data, FIXTURE_DATA + 24 * FIXTURE_MIB),
		zr_layout_chunk(layout, 3)->logical);
	relayout_fixture_end(&fixture);
}

/* The number of blocks that the trees were said to have is the one that comes out. */
static void trees_describe_themselves(void **state)
{
	struct relayout_fixture fixture;
	const struct zr_relayout *relayout = &fixture.relayout;
	struct zr_records records;
	struct zr_made_blocks made;
	struct zr_new_item item;
	uint64_t metadata = 0;
	uint64_t last = 0;
	uint64_t leaves;
	int i;

	(void)state;
	settle(&fixture, 1);
	for (i = ZR_NEW_CSUM_TREE; i < ZR_NEW_TREES; i++)
		metadata += relayout->trees[i].blocks;
	assert_int_equal(zr_layout_chunk(&relayout->layout, 1)->used,
			 (100 + metadata) * FIXTURE_NODE);
	assert_int_equal(relayout->trees[ZR_NEW_GROUP_TREE].blocks, 0);
	zr_records_device(&records, relayout);
	assert_int_equal(zr_new_tree_count(&records.stream, FIXTURE_NODE, &leaves, NULL), 0);
	assert_int_equal(leaves, relayout->trees[ZR_NEW_DEV_TREE].counts[0]);
	zr_made_blocks_begin(&made, relayout, ZR_NEW_CSUM_TREE, ZR_NEW_ROOT_TREE);
	while (!made.stream.next(&made.stream, &item, NULL)) {
		assert_true(item.key.objectid > last);
		last = item.key.objectid;
		metadata--;
	}
	assert_int_equal(metadata, 0);
	assert_int_equal(last + FIXTURE_NODE, zr_layout_chunk(&relayout->layout, 1)->logical +
						      zr_layout_chunk(&relayout->layout, 1)->used);
	relayout_fixture_end(&fixture);
}

static void more_metadata_than_was_reserved(void **state)
{
	struct relayout_fixture fixture;
	struct zr_error err = ZR_ERROR_INIT;
	size_t needed;

	(void)state;
	relayout_fixture_start(&fixture, 2, FIXTURE_ZONE);
	expect_accepted("settle", relayout_fixture_place(&fixture, 2, 3, 2000, &needed, &err),
			&err);
	assert_int_equal(needed, 3);
	relayout_fixture_end(&fixture);
}

/* Two copies are never in zones of different types; what is left over stays free. */
static void conventional_zones_in_front(void **state)
{
	struct relayout_fixture fixture;
	struct zr_error err = ZR_ERROR_INIT;
	size_t needed;
	int i;

	(void)state;
	relayout_fixture_start(&fixture, 2, 8 * FIXTURE_MIB);
	for (i = 0; i < 6; i++) {
		fixture.zones[i].type = ZR_ZONE_CONVENTIONAL;
		fixture.zones[i].cond = ZR_COND_NOT_WP;
		fixture.zones[i].cap = FIXTURE_ZONE;
	}
	fixture.zones[6].cond = ZR_COND_OFFLINE;
	expect_accepted("settle", relayout_fixture_place(&fixture, 2, 3, 10, &needed, &err), &err);
	assert_int_equal(zr_layout_chunk(&fixture.relayout.layout, 0)->physical[1],
			 3 * FIXTURE_ZONE);
	assert_int_equal(zr_layout_chunk(&fixture.relayout.layout, 1)->physical[0],
			 7 * FIXTURE_ZONE);
	assert_int_equal(zr_layout_chunk(&fixture.relayout.layout, 1)->cap, 8 * FIXTURE_MIB);
	expect_accepted("proof", zr_relayout_check(&fixture.relayout, &fixture.target, &err), &err);
	relayout_fixture_end(&fixture);
}

static void too_little_room(void **state)
{
	struct relayout_fixture fixture;
	struct zr_error err = ZR_ERROR_INIT;
	size_t needed;
	int i;

	(void)state;
	relayout_fixture_start(&fixture, 1, 900 * KIB);
	expect_refused("extent", relayout_fixture_place(&fixture, 2, 3, 10, &needed, &err), &err,
		       ZR_E_CAPACITY, "1048576 bytes, more than the 921600 that a zone takes");
	relayout_fixture_end(&fixture);
	err = (struct zr_error)ZR_ERROR_INIT;
	relayout_fixture_start(&fixture, 1, FIXTURE_MIB);
	for (i = 8; i < 64; i++)
		fixture.zones[i].cond = ZR_COND_READONLY;
	expect_accepted("zones", relayout_fixture_place(&fixture, 3, 5, 10, &needed, &err), &err);
	assert_int_equal(fixture.relayout.layout.missing, 3);
	relayout_fixture_end(&fixture);
	relayout_fixture_start(&fixture, 2, FIXTURE_MIB);
	for (i = 3; i < 64; i++)
		fixture.zones[i].cond = ZR_COND_OFFLINE;
	expect_refused("metadata",
		       zr_layout_begin(&fixture.relayout.layout, &fixture.target, 2, &err), &err,
		       ZR_E_TOO_SMALL, "found 1 where metadata alone needs 4");
	relayout_fixture_end(&fixture);
}

/* What is reserved is a guess, which may be too high; a short zone at the end has no part in it. */
static void a_guess_above_what_there_is(void **state)
{
	struct relayout_fixture fixture;
	struct zr_error err = ZR_ERROR_INIT;
	size_t needed;
	int i;

	(void)state;
	relayout_fixture_start(&fixture, 2, 12 * FIXTURE_MIB);
	for (i = 20; i < 63; i++)
		fixture.zones[i].cond = ZR_COND_OFFLINE;
	fixture.zones[63].len = 64 * KIB;
	fixture.zones[63].cap = 64 * KIB;
	assert_int_equal(zr_layout_smallest(&fixture.relayout.layout, &fixture.target),
			 12 * FIXTURE_MIB);
	expect_accepted("settle", relayout_fixture_place(&fixture, 40, 3, 10, &needed, &err), &err);
	assert_int_equal(fixture.relayout.layout.usable_zones, 17);
	assert_int_equal(fixture.relayout.layout.reserved, 8);
	assert_int_equal(needed, 2);
	relayout_fixture_end(&fixture);
}

/*
 * Free space of 281 block groups fills one leaf if one of them has none, and two leaves if each has
 * some. The two leaves fill the chunk of metadata just to its end for one of these numbers.
 */
static void free_space_that_comes_and_goes(void **state)
{
	uint64_t blocks;

	(void)state;
	for (blocks = 980; blocks < 1024; blocks++) {
		struct relayout_fixture fixture;
		struct zr_error err = ZR_ERROR_INIT;
		size_t needed;

		relayout_fixture_start(&fixture, 1, FIXTURE_ZONE);
		fixture.geo.zone_count = 6;
		relayout_fixture_grow(&fixture, 300, 15 * FIXTURE_MIB);
		fixture.relayout.layout.base = 16ULL << 30;
		expect_accepted(
			"settle",
			relayout_fixture_place(&fixture, 3, 279ULL * 15, blocks, &needed, &err),
			&err);
		expect_accepted("proof",
				zr_relayout_check(&fixture.relayout, &fixture.target, &err), &err);
		relayout_fixture_end(&fixture);
	}
}

/* One thing is made wrong at a time. */
static void break_layout(struct zr_layout *layout, int how)
{
	struct zr_new_chunk *metadata = &layout->chunks[1];
	struct zr_new_chunk *data = &layout->chunks[layout->count - 1];

	switch (how) {
	case 0:
		data->physical[0] = data[-1].physical[0];
		break;
	case 1:
		data->logical = data[-1].logical;
		break;
	case 2:
		data->logical = 0;
		break;
	case 3:
		data->used += 4096;
		break;
	case 4:
		metadata->used -= FIXTURE_NODE;
		break;
	case 5:
		metadata->used += 1;
		break;
	case 6:
		data->physical[0] = 64 * FIXTURE_ZONE;
		break;
	case 7:
		layout->chunks[0].physical[0] = FIXTURE_ZONE;
		break;
	case 8:
		metadata->physical[1] = metadata->physical[0];
		break;
	case 9:
		data->first++;
		break;
	case 10:
		data[-1].used = 13 * FIXTURE_MIB;
		break;
	case 11:
		layout->chunks[0].used = 0;
		break;
	default:
		layout->chunks[0].used += FIXTURE_NODE;
	}
}

static void the_proof_sees_what_is_wrong(void **state)
{
	int how;

	(void)state;
	for (how = 0; how <= 12; how++) {
		struct relayout_fixture fixture;
		struct zr_error err = ZR_ERROR_INIT;

		settle(&fixture, 2);
		expect_accepted("proof",
				zr_relayout_check(&fixture.relayout, &fixture.target, &err), &err);
		break_layout(&fixture.relayout.layout, how);
		expect_refused("broken",
			       zr_relayout_check(&fixture.relayout, &fixture.target, &err), &err,
			       ZR_E_PLAN, "re-layout: ");
		relayout_fixture_end(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_are_filled_in_order),
		cmocka_unit_test(trees_describe_themselves),
		cmocka_unit_test(more_metadata_than_was_reserved),
		cmocka_unit_test(conventional_zones_in_front),
		cmocka_unit_test(too_little_room),
		cmocka_unit_test(free_space_that_comes_and_goes),
		cmocka_unit_test(a_guess_above_what_there_is),
		cmocka_unit_test(the_proof_sees_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
