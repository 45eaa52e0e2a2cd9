// SPDX-License-Identifier: LGPL-2.1-or-later
/* Comparing used bytes, block group by block group. */
#include "extent.h"
#include "range.h"
#include "verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 600

/* One copy of a block group, and what differs in it. */
struct comparison {
	struct zr_verify *verify;
	const struct zr_group *groups[2]; /* of source and target */
	uint16_t stripe;
	uint16_t mirror; /* number of the copy that it is */
	uint64_t bytes; /* of pieces that differ */
	char first[TEXT_MAX]; /* the first difference */
};

static void note(struct comparison *comparison, uint64_t logical, uint64_t len, const char *reason)
{
	if (!comparison->bytes)
		snprintf(comparison->first, sizeof(comparison->first), "logical %" PRIu64 ": %s",
			 logical, reason);
	comparison->bytes += len;
}

/*
 * Compare one piece. A copy that the target can only serve from another mirror is a difference,
 * since both copies were written. Returns 0, also for a difference, an error of the source, or
 * -ZR_E_NO_MEMORY.
 */
static int compare_piece(struct comparison *comparison, const struct zr_extent *extent,
			 uint64_t logical, uint64_t len, struct zr_error *err)
{
	struct zr_verify_side *a = &comparison->verify->a;
	struct zr_verify_side *b = &comparison->verify->b;
	struct zr_error target_error = ZR_ERROR_INIT;
	int rc = zr_reader_read(&a->reader, comparison->groups[0]->chunk, extent,
				comparison->mirror, logical, a->buffer, len, err);

	if (rc)
		return rc;
	b->reader.reading.rescue = a->reader.reading.bad;
	rc = zr_reader_read(&b->reader, comparison->groups[1]->chunk, extent, comparison->mirror,
			    logical, b->buffer, len, &target_error);
	if (rc == -ZR_E_NO_MEMORY)
		return zr_fail_nomem(err);
	if (rc)
		note(comparison, logical, len, target_error.text);
	else if (b->reader.reading.repaired)
		note(comparison, logical, len, "bad copy on the target");
	else if (!memcmp(a->buffer, b->buffer, len))
		comparison->verify->result->bytes += len;
	else if (a->reader.reading.bad)
		note(comparison, logical, len,
		     "content differs, and the source has no good copy of all of it");
	else
		note(comparison, logical, len, "content differs");
	return 0;
}

static int compare_extent(struct comparison *comparison, const struct zr_extent *extent,
			  struct zr_error *err)
{
	const struct zr_reader *reader = &comparison->verify->a.reader;
	uint64_t most = zr_min64(ZR_COMPARE_BYTES, zr_reader_piece_max(reader));
	uint64_t end = extent->logical + extent->len;
	uint64_t logical = extent->logical;
	int rc = 0;

	while (!rc && logical < end) {
		uint64_t len = zr_chunk_on_stripe(comparison->groups[0]->chunk, comparison->stripe,
						  &logical);

		if (!len || logical >= end)
			break;
		len = zr_min64(zr_min64(len, end - logical), most);
		rc = compare_piece(comparison, extent, logical, len, err);
		logical += len;
	}
	return rc;
}

static int compare_group(struct comparison *comparison, struct zr_extent_walk *walk,
			 struct zr_error *err)
{
	const struct zr_block_group *group = &comparison->groups[0]->item;
	struct zr_extent used;
	int rc;

	zr_extent_walk_start(walk, comparison->groups[0]);
	while (!(rc = zr_extent_walk_next(walk, &used, err))) {
		rc = compare_extent(comparison, &used, err);
		if (rc)
			return rc;
	}
	if (comparison->bytes)
		zr_verify_differ(comparison->verify,
				 "block group %" PRIu64 " stripe %u: differs in pieces of %" PRIu64
				 " bytes, the first at %s",
				 group->logical, comparison->stripe, comparison->bytes,
				 comparison->first);
	return rc < 0 ? rc : 0;
}

int zr_verify_contents(struct zr_verify *verify, struct zr_error *err)
{
	const struct zr_group_list *list = &verify->a.list;
	struct zr_extent_walk walk;
	int rc = 0;
	size_t i;

	zr_extent_walk_init(&walk, verify->a.source);
	for (i = 0; i < list->extent_count && !rc; i++) {
		struct comparison comparison = {
			.verify = verify,
			.groups = { &list->groups[list->extents[i].group],
				    &verify->b.list.groups[list->extents[i].group] },
			.stripe = list->extents[i].stripe,
		};

		comparison.mirror = (uint16_t)(comparison.stripe %
					       zr_chunk_copies(comparison.groups[0]->chunk));

		rc = compare_group(&comparison, &walk, err);
		verify->result->zones += !rc;
	}
	zr_extent_walk_free(&walk);
	return rc;
}
