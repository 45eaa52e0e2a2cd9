// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "block_group.h"
#include "relayout_fixture.h"

#define COUNT 64
#define SECTOR 4096

void relayout_fixture_grow(struct relayout_fixture *fixture, uint32_t count, uint64_t cap)
{
	uint32_t i;

	for (i = fixture->geo.zone_count; i < count; i++)
		fixture->zones[i] = (struct zr_zone){
			.start = i * FIXTURE_ZONE,
			.len = FIXTURE_ZONE,
			.cap = cap,
			.wp = i * FIXTURE_ZONE,
			.type = ZR_ZONE_SEQUENTIAL,
			.cond = ZR_COND_EMPTY,
		};
	fixture->geo.zone_count = count;
	fixture->geo.size = count * FIXTURE_ZONE;
}

void relayout_fixture_start(struct relayout_fixture *fixture, uint32_t copies, uint64_t cap)
{
	struct zr_relayout *relayout = &fixture->relayout;

	memset(fixture, 0, sizeof(*fixture));
	fixture->geo = (struct zr_geometry){
		.model = ZR_MODEL_HOST_MANAGED,
		.zone_size = FIXTURE_ZONE,
		.logical_block = 4096,
	};
	relayout_fixture_grow(fixture, COUNT, cap);
	fixture->target = (struct zr_layout_target){ &fixture->geo, fixture->zones };
	relayout->layout = (struct zr_layout){
		.zone_size = FIXTURE_ZONE,
		.base = 4ULL << 30,
		.sectorsize = SECTOR,
		.nodesize = FIXTURE_NODE,
		.copies = copies,
	};
	relayout->header.generation = 7;
	relayout->devid = 1;
	relayout->total_bytes = fixture->geo.size;
	relayout->csum_leaves = 1;
	relayout->root_leaves = 1;
	relayout->segments[ZR_SEGMENT_KEPT] = 1;
	relayout->segments[ZR_SEGMENT_DATA] = 1;
	zr_address_map_init(&relayout->data, SECTOR, SECTOR);
	zr_address_map_init(&relayout->blocks, SECTOR, FIXTURE_NODE);
}

static void alloc(struct zr_address_map *map, uint64_t logical, uint64_t len)
{
	assert_int_equal(zr_address_map_add_span(map, logical, len, NULL), 0);
	assert_int_equal(zr_address_map_alloc(map, NULL), 0);
}

int relayout_fixture_place(struct relayout_fixture *fixture, size_t reserved, uint64_t extents,
			   uint64_t blocks, size_t *needed, struct zr_error *err)
{
	struct zr_relayout *relayout = &fixture->relayout;
	uint64_t i;
	int rc = zr_layout_begin(&relayout->layout, &fixture->target, reserved, err);

	alloc(&relayout->data, FIXTURE_DATA, 2 * extents * FIXTURE_MIB + FIXTURE_MIB);
	alloc(&relayout->blocks, FIXTURE_BLOCKS, (blocks + 1) * FIXTURE_NODE);
	for (i = 0; i < extents && !rc; i++) {
		uint64_t logical = FIXTURE_DATA + 2 * i * FIXTURE_MIB;

		zr_address_map_keep(&relayout->data, logical, FIXTURE_MIB);
		rc = zr_layout_add_data(&relayout->layout, &fixture->target, logical, FIXTURE_MIB,
					err);
	}
	for (i = 0; i < blocks; i++)
		zr_address_map_keep(&relayout->blocks, FIXTURE_BLOCKS + i * FIXTURE_NODE, SECTOR);
	zr_address_map_seal(&relayout->data);
	zr_address_map_seal(&relayout->blocks);
	relayout->facts.kept_blocks = blocks;
	if (!rc)
		rc = zr_layout_place(&relayout->layout, 1, relayout->layout.reserved - 1,
				     &relayout->data, &relayout->blocks, err);
	return rc ? rc : zr_relayout_settle(relayout, needed, err);
}

void relayout_fixture_end(struct relayout_fixture *fixture)
{
	zr_layout_free(&fixture->relayout.layout);
	zr_address_map_free(&fixture->relayout.data);
	zr_address_map_free(&fixture->relayout.blocks);
}
