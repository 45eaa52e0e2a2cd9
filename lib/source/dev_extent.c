// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dev_extent.h"

#include "ondisk.h"
#include "range.h"
#include "tree.h"

typedef unsigned long long ull;

static int check_place(const struct zr_source *source, const struct zr_dev_extent *extent,
		       struct zr_error *err)
{
	const struct zr_dev_item *device = zr_source_device_item(source, extent->devid);

	if (!device)
		return zr_fail(err, ZR_E_DEVEXT,
			       "device extent: devid %llu physical %llu is on no device of the "
			       "file system",
			       (ull)extent->devid, (ull)extent->physical);
	if (zr_range_fits(extent->physical, extent->len, device->total_bytes))
		return 0;
	return zr_fail(err, ZR_E_DEVEXT,
		       "device extent: devid %llu physical %llu length %llu is beyond device "
		       "boundary %llu",
		       (ull)extent->devid, (ull)extent->physical, (ull)extent->len,
		       (ull)device->total_bytes);
}

static int find_stripe(const struct zr_dev_extent *extent, struct zr_dev_extent_stripe *stripe,
		       struct zr_error *err)
{
	const struct zr_mapped_chunk *chunk = stripe->chunk;

	if (extent->len != zr_chunk_stripe_len(chunk))
		return zr_fail(err, ZR_E_DEVEXT,
			       "device extent: devid %llu physical %llu, length does not match "
			       "chunk %llu, found %llu expected %llu",
			       (ull)extent->devid, (ull)extent->physical, (ull)chunk->logical,
			       (ull)extent->len, (ull)zr_chunk_stripe_len(chunk));
	for (stripe->number = 0; stripe->number < chunk->stripe_count; stripe->number++)
		if (chunk->stripes[stripe->number].devid == extent->devid &&
		    chunk->stripes[stripe->number].physical == extent->physical)
			return 0;
	return zr_fail(err, ZR_E_DEVEXT,
		       "device extent: devid %llu physical %llu is no stripe of chunk %llu",
		       (ull)extent->devid, (ull)extent->physical, (ull)chunk->logical);
}

int zr_dev_extent_match(const struct zr_source *source, const struct zr_dev_extent *extent,
			struct zr_dev_extent_stripe *stripe, struct zr_error *err)
{
	int rc;

	stripe->chunk = zr_chunk_map_find(&source->chunks, extent->logical);
	if (!stripe->chunk || stripe->chunk->logical != extent->logical)
		return zr_fail(err, ZR_E_DEVEXT,
			       "device extent: devid %llu physical %llu has no corresponding chunk "
			       "at logical %llu",
			       (ull)extent->devid, (ull)extent->physical, (ull)extent->logical);
	rc = check_place(source, extent, err);
	return rc ? rc : find_stripe(extent, stripe, err);
}

/* What was taken of the device tree so far. */
struct walk {
	struct zr_source *source;
	uint64_t devid; /* of the last device extent */
	uint64_t end;
	size_t count;
};

/* Keys differ, so that no two records are of one stripe. */
static int take_item(struct walk *walk, const struct zr_item *item, struct zr_error *err)
{
	struct zr_dev_extent extent;
	struct zr_dev_extent_stripe stripe;
	int rc;

	if (item->key.type != BTRFS_DEV_EXTENT_KEY)
		return 0;
	rc = zr_dev_extent_decode(item, &walk->source->check.items, &extent, err);
	if (!rc)
		rc = zr_dev_extent_match(walk->source, &extent, &stripe, err);
	if (rc)
		return rc;
	if (extent.devid == walk->devid && extent.physical < walk->end)
		return zr_fail(err, ZR_E_DEVEXT,
			       "device extent: devid %llu physical %llu overlaps the one before, "
			       "which ends at %llu",
			       (ull)extent.devid, (ull)extent.physical, (ull)walk->end);
	walk->devid = extent.devid;
	walk->end = extent.physical + extent.len;
	walk->count++;
	return 0;
}

static int compare_counts(const struct walk *walk, struct zr_error *err)
{
	const struct zr_chunk_map *map = &walk->source->chunks;
	size_t stripes = 0;
	size_t i;

	for (i = 0; i < map->count; i++)
		stripes += map->chunks[i].stripe_count;
	if (stripes == walk->count)
		return 0;
	return zr_fail(err, ZR_E_DEVEXT,
		       "device tree: chunks have %zu stripes on all devices, found %zu device "
		       "extents",
		       stripes, walk->count);
}

int zr_dev_extents_check(struct zr_source *source, struct zr_error *err)
{
	const struct zr_key first = { .objectid = 1, .type = BTRFS_DEV_EXTENT_KEY };
	struct walk walk = { .source = source };
	struct zr_cursor cursor;
	int rc;

	zr_cursor_init(&cursor, source, &source->dev_tree);
	rc = zr_cursor_seek(&cursor, &first, err);
	while (!rc) {
		struct zr_item item;

		zr_cursor_item(&cursor, &item);
		rc = take_item(&walk, &item, err);
		if (!rc)
			rc = zr_cursor_next(&cursor, err);
	}
	zr_cursor_free(&cursor);
	return rc < 0 ? rc : compare_counts(&walk, err);
}
