/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A re-layout made from made-up extents, without a file system.
 */
#ifndef ZR_TESTS_RELAYOUT_FIXTURE_H
#define ZR_TESTS_RELAYOUT_FIXTURE_H

#include "relayout.h"

#define FIXTURE_MIB (1ULL << 20)
#define FIXTURE_ZONE (16 * FIXTURE_MIB)
#define FIXTURE_NODE 16384U
#define FIXTURE_ZONES_MAX 320
#define FIXTURE_DATA (64 * FIXTURE_MIB) /* old address of the data */
#define FIXTURE_BLOCKS (1ULL << 30) /* old address of the tree blocks */

struct relayout_fixture {
	struct zr_geometry geo;
	struct zr_zone zones[FIXTURE_ZONES_MAX];
	struct zr_layout_target target;
	struct zr_relayout relayout;
};

/*
 * relayout_fixture_start - an empty target of 64 zones; change zones before going on
 * @copies: of metadata
 */
void relayout_fixture_start(struct relayout_fixture *fixture, uint32_t copies, uint64_t cap);

/*
 * relayout_fixture_grow - more zones behind those that there are
 * @count: of all zones, at most FIXTURE_ZONES_MAX
 */
void relayout_fixture_grow(struct relayout_fixture *fixture, uint32_t count, uint64_t cap);

/*
 * relayout_fixture_place - extents of 1 MiB that lie 2 MiB apart, and tree blocks
 * @reserved: chunks for metadata
 *
 * Returns what zr_layout_add_data() or zr_relayout_settle() returned first that was not 0.
 */
int relayout_fixture_place(struct relayout_fixture *fixture, size_t reserved, uint64_t extents,
			   uint64_t blocks, size_t *needed, struct zr_error *err);

void relayout_fixture_end(struct relayout_fixture *fixture);

#endif
