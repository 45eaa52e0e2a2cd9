// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout_build.h"

#include "range.h"
#include "relayout_items.h"
#include "relayout_read.h"

#include <stdlib.h>

typedef unsigned long long ull;

/* Zones for metadata are reserved, found too few or too many, and reserved again. */
#define ATTEMPTS_MAX 8

struct build {
	struct zr_source *source;
	const struct zr_group_list *list;
	struct zr_layout_target target;
	struct zr_relayout *relayout;
	struct zr_error *err;
};

/* New addresses lie above all old ones. */
static void take_sizes(struct build *build, uint32_t copies)
{
	const struct zr_chunk_map *chunks = &build->source->chunks;
	const struct zr_mapped_chunk *last = &chunks->chunks[chunks->count - 1];
	const struct zr_geometry *geo = build->target.geo;
	struct zr_layout *layout = &build->relayout->layout;

	build->relayout->total_bytes = zr_zone_whole_bytes(geo);
	layout->copies = copies;
	layout->zone_size = geo->zone_size;
	layout->base = zr_div_up(last->logical + last->len, geo->zone_size) * geo->zone_size;
}

static int add_data(struct build *build)
{
	struct zr_relayout *relayout = build->relayout;
	struct zr_kept_walk walk;
	struct zr_extent extent;
	int rc;

	zr_kept_walk_init(&walk, build->source, build->list);
	zr_kept_walk_start(&walk, relayout, true, 0);
	while (!(rc = zr_kept_walk_next(&walk, &extent, build->err))) {
		rc = zr_layout_add_data(&relayout->layout, &build->target, extent.logical,
					extent.len, build->err);
		if (rc)
			break;
	}
	zr_kept_walk_free(&walk);
	return rc < 0 ? rc : 0;
}

static int place_data(struct build *build, size_t reserved, size_t systems)
{
	struct zr_relayout *relayout = build->relayout;
	struct zr_layout *layout = &relayout->layout;
	int rc = zr_layout_begin(layout, &build->target, reserved, build->err);

	if (!rc)
		rc = add_data(build);
	if (rc)
		return rc;
	systems = zr_min64(systems, layout->reserved - 1);
	return zr_layout_place(layout, systems, layout->reserved - systems, &relayout->data,
			       &relayout->blocks, build->err);
}

static int count(const struct build *build, struct zr_item_stream *stream, uint64_t *leaves)
{
	return zr_new_tree_count(stream, build->source->super.nodesize, leaves, build->err);
}

static int count_csums(struct build *build, const struct zr_relayout_reader *reader)
{
	struct zr_csum_items items;
	int rc = zr_csum_items_begin(&items, reader, build->err);

	if (!rc)
		rc = count(build, &items.stream, &build->relayout->csum_leaves);
	zr_csum_items_free(&items);
	return rc;
}

static int count_roots(struct build *build, const struct zr_relayout_reader *reader)
{
	struct zr_root_items items;
	int rc = zr_root_items_begin(&items, reader, build->err);

	if (!rc)
		rc = count(build, &items.stream, &build->relayout->root_leaves);
	zr_root_items_free(&items);
	return rc;
}

static int count_extents(struct build *build, const struct zr_relayout_reader *reader,
			 enum zr_relayout_segment segment)
{
	struct zr_with_groups with;
	struct zr_extent_items items;
	int rc = zr_extent_items_begin(&items, reader, segment == ZR_SEGMENT_DATA, build->err);

	if (!rc)
		rc = count(build, zr_segment_stream(build->relayout, segment, &items.stream, &with),
			   &build->relayout->segments[segment]);
	zr_extent_items_free(&items);
	return rc;
}

static int count_items(struct build *build)
{
	const struct zr_relayout_reader reader = {
		.source = build->source,
		.list = build->list,
		.relayout = build->relayout,
	};
	int rc = count_csums(build, &reader);

	if (!rc)
		rc = count_roots(build, &reader);
	if (!rc)
		rc = count_extents(build, &reader, ZR_SEGMENT_KEPT);
	if (!rc)
		rc = count_extents(build, &reader, ZR_SEGMENT_DATA);
	return rc;
}

/* One chunk for the chunk tree, and as many as the old blocks would fill. */
static size_t guess_reserved(const struct build *build)
{
	const struct zr_relayout_facts *facts = &build->relayout->facts;
	const struct zr_layout *layout = &build->relayout->layout;
	uint64_t bytes = (facts->kept_blocks + facts->old_blocks) * layout->nodesize;

	return (size_t)(1 + zr_div_up(bytes, zr_layout_smallest(layout, &build->target)));
}

static int fail_zones(const struct build *build)
{
	const struct zr_layout *layout = &build->relayout->layout;

	return zr_fail(build->err, ZR_E_LAYOUT,
		       "target: too few usable zones, found %u expected %llu and one that stays "
		       "free; %llu bytes at the ends of zones are too few for the extent that "
		       "follows",
		       layout->usable_zones, (ull)zr_layout_zones(layout),
		       (ull)zr_layout_tails(layout));
}

/* Returns 0 when all has its place, 1 when other numbers of chunks are needed, or an error. */
static int attempt(struct build *build, size_t *reserved, size_t *systems)
{
	struct zr_layout *layout = &build->relayout->layout;
	size_t counted = *systems;
	size_t needed = 0;
	int rc = place_data(build, *reserved, *systems);

	if (!rc)
		rc = count_items(build);
	if (!rc)
		rc = zr_relayout_settle(build->relayout, &needed, build->err);
	if (rc)
		return rc;
	if (needed > layout->reserved && layout->reserved < *reserved)
		return zr_layout_fail_metadata(layout, needed, build->err);
	*reserved = needed;
	*systems = layout->systems;
	return needed > layout->reserved || (layout->missing && needed < layout->reserved) ||
	       layout->systems != counted;
}

/*
 * Metadata has its zones before data has, and is counted after it. So are block group items between
 * those of kept blocks, which depend on the number of system chunks where zones take different
 * amounts.
 */
static int place_all(struct build *build)
{
	struct zr_layout *layout = &build->relayout->layout;
	size_t reserved = guess_reserved(build);
	size_t systems = 1;
	int left = ATTEMPTS_MAX;
	int rc;

	do
		rc = attempt(build, &reserved, &systems);
	while (rc == 1 && --left);
	if (rc < 0)
		return rc;
	if (rc || layout->missing || zr_layout_zones(layout) >= layout->usable_zones)
		return fail_zones(build);
	return 0;
}

int zr_relayout_build(struct zr_relayout **relayout, struct zr_source *source,
		      const struct zr_group_list *list, const struct zr_target *target,
		      uint32_t copies, struct zr_error *err)
{
	struct build build = {
		.source = source,
		.list = list,
		.target = { .geo = &target->geo, .zones = target->zones },
		.relayout = calloc(1, sizeof(**relayout)),
		.err = err,
	};
	int rc;

	if (!build.relayout)
		return zr_fail_nomem(err);
	rc = zr_relayout_read(build.relayout, source, list, err);
	if (!rc) {
		take_sizes(&build, copies);
		rc = place_all(&build);
	}
	if (!rc)
		rc = zr_relayout_check(build.relayout, &build.target, err);
	if (rc)
		zr_relayout_free(build.relayout);
	else
		*relayout = build.relayout;
	return rc;
}
