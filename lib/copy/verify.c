// SPDX-License-Identifier: LGPL-2.1-or-later
/* Comparing a target with its source, byte by byte of what is used. */
#include "buffer.h"
#include "extent.h"
#include "range.h"
#include "verified_read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zreplace/job.h>

#define COMPARE_BYTES (1U << 20)
#define TEXT_MAX 600

/* One of the two file systems that are compared. */
struct side {
	struct zr_source *source;
	struct zr_group_list list;
	struct zr_reader reader;
	uint8_t *buffer;
};

struct verify {
	struct side a; /* source */
	struct side b; /* target */
	struct zr_extent_walk walk;
	zr_difference_fn difference;
	void *context;
	struct zr_verify_result *result;
};

static void differ(struct verify *verify, const char *fmt, ...) ZR_PRINTF(2, 3);

static void differ(struct verify *verify, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	verify->result->differences++;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (verify->difference)
		verify->difference(text, verify->context);
}

/*
 * What is wrong with the target is a difference, and no failure of the comparison.
 * Returns 0 for a difference, otherwise @rc with the record passed on.
 */
static int target_failed(struct verify *verify, int rc, const struct zr_error *reason,
			 struct zr_error *err)
{
	if (zr_error_class(rc) == ZR_CLASS_CORRUPT) {
		differ(verify, "target: %s", reason->text);
		return 0;
	}
	if (err && !err->code)
		*err = *reason;
	return rc;
}

static int open_side(struct side *side, struct zr_error *err)
{
	side->buffer = zr_buffer_alloc(COMPARE_BYTES);
	if (!side->buffer)
		return zr_fail_nomem(err);
	zr_reader_init(&side->reader, side->source);
	return zr_groups_read(side->source, &side->list, err);
}

static void close_side(struct side *side)
{
	if (side->buffer)
		zr_reader_free(&side->reader);
	zr_groups_free(&side->list);
	free(side->buffer);
}

/* Whether two lists name the same block groups; without that nothing else can be compared. */
static bool same_groups(const struct side *a, const struct side *b)
{
	size_t i;

	if (a->list.group_count != b->list.group_count ||
	    a->list.extent_count != b->list.extent_count)
		return false;
	for (i = 0; i < a->list.group_count; i++) {
		const struct zr_group *first = &a->list.groups[i];
		const struct zr_group *second = &b->list.groups[i];

		if (memcmp(&first->item, &second->item, sizeof(first->item)) ||
		    first->last != second->last)
			return false;
	}
	for (i = 0; i < a->list.extent_count; i++)
		if (a->list.extents[i].group != b->list.extents[i].group ||
		    a->list.extents[i].stripe != b->list.extents[i].stripe)
			return false;
	return true;
}

/*
 * Compare one piece. A copy that the target can only serve from another mirror is a difference,
 * since both copies were written.
 * Returns 0, 1 for a difference, or an error of the source.
 */
static int compare_piece(struct verify *verify, const struct zr_group *groups[2],
			 const struct zr_extent *extent, uint16_t stripe, uint64_t logical,
			 uint64_t len, struct zr_error *err)
{
	struct zr_error target_error = ZR_ERROR_INIT;
	int rc = zr_reader_read(&verify->a.reader, groups[0]->chunk, extent, stripe, logical,
				verify->a.buffer, len, err);

	if (rc)
		return rc;
	verify->b.reader.rescue = verify->a.reader.bad;
	rc = zr_reader_read(&verify->b.reader, groups[1]->chunk, extent, stripe, logical,
			    verify->b.buffer, len, &target_error);
	if (rc) {
		differ(verify, "logical %" PRIu64 " stripe %u: %s", logical, stripe,
		       target_error.text);
		return 1;
	}
	if (verify->b.reader.repaired) {
		differ(verify, "logical %" PRIu64 " stripe %u: bad copy on the target", logical,
		       stripe);
		return 1;
	}
	verify->result->bytes += len;
	if (!memcmp(verify->a.buffer, verify->b.buffer, len))
		return 0;
	differ(verify,
	       "logical %" PRIu64 " stripe %u: content differs in %" PRIu64 " bytes from there%s",
	       logical, stripe, len,
	       verify->a.reader.bad ? ", and the source has no good copy of all of them" : "");
	return 1;
}

static int compare_extent(struct verify *verify, const struct zr_group *groups[2],
			  const struct zr_extent *extent, uint16_t stripe, struct zr_error *err)
{
	uint64_t most = zr_min64(COMPARE_BYTES, zr_reader_piece_max(&verify->a.reader));
	uint64_t done = 0;
	int rc = 0;

	while (!rc && done < extent->len) {
		uint64_t len = zr_min64(extent->len - done, most);

		rc = compare_piece(verify, groups, extent, stripe, extent->logical + done, len,
				   err);
		done += len;
	}
	return rc;
}

/* Returns as compare_piece(): the first difference ends a zone. */
static int compare_zone(struct verify *verify, const struct zr_group_extent *extent,
			struct zr_error *err)
{
	const struct zr_group *groups[2] = { &verify->a.list.groups[extent->group],
					     &verify->b.list.groups[extent->group] };
	struct zr_extent used;
	int rc;

	zr_extent_walk_start(&verify->walk, groups[0]);
	while (!(rc = zr_extent_walk_next(&verify->walk, &used, err))) {
		rc = compare_extent(verify, groups, &used, extent->stripe, err);
		if (rc)
			return rc;
	}
	return rc < 0 ? rc : 0;
}

static const struct zr_zone *zone_of(const struct side *side, const struct zr_group_extent *extent)
{
	return &side->source->zones[extent->physical / side->source->dev->geo.zone_size];
}

/* Write pointers: behind the last extent, and equal on all sequential copies of a block group. */
static void compare_pointers(struct verify *verify, size_t number)
{
	const struct zr_group_extent *extents = verify->b.list.extents;
	const struct zr_group *group = &verify->b.list.groups[extents[number].group];
	const struct zr_zone *zone = zone_of(&verify->b, &extents[number]);
	uint64_t written = zr_zone_written(zone);
	size_t i;

	if (written < group->last)
		differ(verify,
		       "block group %" PRIu64 " stripe %u: write pointer at offset %" PRIu64
		       ", last extent ends at %" PRIu64,
		       group->item.logical, extents[number].stripe, written, group->last);
	for (i = 0; i < number; i++) {
		const struct zr_zone *other = zone_of(&verify->b, &extents[i]);

		if (extents[i].group != extents[number].group || !zr_zone_is_sequential(zone) ||
		    !zr_zone_is_sequential(other) || zr_zone_written(other) == written)
			continue;
		differ(verify,
		       "block group %" PRIu64
		       ": write pointers differ, stripe %u at offset %" PRIu64
		       ", stripe %u at %" PRIu64,
		       group->item.logical, extents[i].stripe, zr_zone_written(other),
		       extents[number].stripe, written);
	}
}

static int compare_zones(struct verify *verify, struct zr_error *err)
{
	size_t i;

	zr_extent_walk_init(&verify->walk, verify->a.source);
	for (i = 0; i < verify->a.list.extent_count; i++) {
		int rc = compare_zone(verify, &verify->a.list.extents[i], err);

		if (rc < 0)
			return rc;
		verify->result->zones++;
		compare_pointers(verify, i);
	}
	return 0;
}

/* A tree-log that was dropped is missing on the target, and that is no difference. */
static bool same_supers(const struct zr_source *source, const struct zr_source *target)
{
	uint8_t expected[ZR_SUPER_BYTES];

	memcpy(expected, source->super.raw, sizeof(expected));
	if (!target->super.log_root)
		zr_super_clear_log(expected);
	return zr_super_same(expected, target->super.raw);
}

/* What only the tree-log names is compared if it was copied. */
static int read_logs(struct zr_source *source, struct zr_source *target, struct zr_error *err)
{
	bool copied = target->super.log_root;
	int rc = copied ? zr_log_read(source, true, err) : 0;

	source->log.used = copied;
	return rc ? rc : zr_log_read(target, copied, err);
}

static int compare_sides(struct verify *verify, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc;

	if (!same_supers(verify->a.source, verify->b.source)) {
		differ(verify,
		       "superblock: generation %" PRIu64 " on the source, %" PRIu64
		       " on the target, or other fields differ",
		       verify->a.source->super.generation, verify->b.source->super.generation);
		return 0;
	}
	rc = read_logs(verify->a.source, verify->b.source, err);
	if (!rc)
		rc = open_side(&verify->a, err);
	if (rc)
		return rc;
	/* What is bad on the source was copied as it is, or as zeroes. */
	verify->a.reader.rescue = true;
	rc = open_side(&verify->b, &reason);
	if (rc)
		return target_failed(verify, rc, &reason, err);
	if (!same_groups(&verify->a, &verify->b)) {
		differ(verify, "block groups: the trees of source and target list different ones");
		return 0;
	}
	rc = compare_zones(verify, err);
	zr_extent_walk_free(&verify->walk);
	return rc;
}

int zr_verify_run(struct zr_source *source, const char *target_path, zr_difference_fn difference,
		  void *context, struct zr_verify_result *result, struct zr_error *err)
{
	struct verify verify = {
		.a.source = source,
		.difference = difference,
		.context = context,
		.result = result,
	};
	struct zr_error reason = ZR_ERROR_INIT;
	struct zr_device *dev;
	int rc;

	memset(result, 0, sizeof(*result));
	rc = zr_device_open(&dev, target_path, ZR_ROLE_TARGET_READ, err);
	if (rc)
		return rc;
	rc = zr_source_open_device(&verify.b.source, dev, &reason);
	if (rc) {
		rc = target_failed(&verify, rc, &reason, err);
	} else {
		rc = compare_sides(&verify, err);
		close_side(&verify.a);
		close_side(&verify.b);
		result->read = verify.b.source->counters;
		zr_source_close(verify.b.source);
	}
	if (!rc && result->differences)
		rc = zr_fail(err, ZR_E_DIFFERENT, "%s: %u differences from the source", target_path,
			     result->differences);
	return rc;
}
