// SPDX-License-Identifier: LGPL-2.1-or-later
/* The proof of a re-layout. It shares nothing with the making but the rules of zones. */
#include "block_group.h"
#include "range.h"
#include "relayout.h"
#include "sblog.h"

#include <inttypes.h>

struct proof {
	const struct zr_relayout *relayout;
	const struct zr_layout_target *target;
	uint64_t logical; /* end of the chunks so far */
	uint64_t physical; /* end of the zones so far */
	uint64_t data; /* bytes so far */
	uint64_t blocks; /* tree blocks so far, without those of system chunks */
	uint64_t system; /* tree blocks of system chunks */
	struct zr_error *err;
};

static int broken(const struct proof *proof, size_t number, const char *what, uint64_t found,
		  uint64_t expected)
{
	return zr_fail(proof->err, ZR_E_PLAN,
		       "re-layout: chunk %zu, %s, found %" PRIu64 " expected %" PRIu64, number,
		       what, found, expected);
}

static int check_zone(struct proof *proof, size_t number, const struct zr_new_chunk *chunk,
		      uint64_t physical)
{
	const struct zr_geometry *geo = proof->target->geo;
	uint64_t zone_no = physical / geo->zone_size;
	const struct zr_zone *zone;

	if (physical < proof->physical || zone_no >= geo->zone_count)
		return broken(proof, number, "zone is taken already or does not exist", physical,
			      proof->physical);
	zone = &proof->target->zones[zone_no];
	if (zone->start != physical || zone->len != geo->zone_size ||
	    zr_sblog_reserved(zone_no, geo->zone_size) || !zr_zone_is_writable(zone))
		return broken(proof, number, "zone cannot have a chunk", physical, zone->start);
	if (chunk->used > zone->cap)
		return broken(proof, number, "used beyond the capacity", chunk->used, zone->cap);
	proof->physical = physical + geo->zone_size;
	return 0;
}

/* What is in a chunk is what the map has from its first rank on, up to that of the next chunk. */
static int check_ranks(struct proof *proof, size_t number, const struct zr_new_chunk *chunk)
{
	const struct zr_layout *layout = &proof->relayout->layout;
	const struct zr_relayout *relayout = proof->relayout;

	if (chunk->type == BTRFS_BLOCK_GROUP_DATA) {
		if (chunk->first * layout->sectorsize != proof->data ||
		    zr_address_map_at(&relayout->data, chunk->first) != chunk->logical)
			return broken(proof, number, "wrong first byte of data",
				      chunk->first * layout->sectorsize, proof->data);
		proof->data += chunk->used;
		return 0;
	}
	if (chunk->used % layout->nodesize)
		return broken(proof, number, "tree blocks are not whole", chunk->used, 0);
	if (chunk->type == BTRFS_BLOCK_GROUP_SYSTEM) {
		proof->system += chunk->used / layout->nodesize;
		return 0;
	}
	if (chunk->first != proof->blocks ||
	    zr_address_map_at(&relayout->blocks, chunk->first) != chunk->logical)
		return broken(proof, number, "wrong first tree block", chunk->first, proof->blocks);
	proof->blocks += chunk->used / layout->nodesize;
	return 0;
}

static int check_chunk(struct proof *proof, size_t number)
{
	const struct zr_layout *layout = &proof->relayout->layout;
	const struct zr_new_chunk *chunk = zr_layout_chunk(layout, number);
	uint32_t copies = zr_layout_chunk_copies(layout, chunk);
	uint32_t i;
	int rc = 0;

	if (chunk->logical < proof->logical || chunk->logical % layout->zone_size ||
	    !zr_range_fits(chunk->logical, layout->zone_size, INT64_MAX))
		return broken(proof, number, "logical address", chunk->logical, proof->logical);
	if (!chunk->used)
		return broken(proof, number, "is empty", 0, 1);
	proof->logical = chunk->logical + layout->zone_size;
	for (i = 0; i < copies && !rc; i++)
		rc = check_zone(proof, number, chunk, chunk->physical[i]);
	return rc ? rc : check_ranks(proof, number, chunk);
}

static uint64_t old_end(const struct zr_address_map *map)
{
	const struct zr_address_span *last;

	if (!map->span_count)
		return 0;
	last = &map->spans[map->span_count - 1];
	return last->logical + last->len;
}

static int check_total(const struct proof *proof, const char *what, uint64_t found,
		       uint64_t expected)
{
	if (found == expected)
		return 0;
	return zr_fail(proof->err, ZR_E_PLAN, "re-layout: %s, found %" PRIu64 " expected %" PRIu64,
		       what, found, expected);
}

static int check_totals(const struct proof *proof)
{
	const struct zr_relayout *relayout = proof->relayout;
	uint64_t made = 0;
	int i;
	int rc;

	for (i = ZR_NEW_CHUNK_TREE + 1; i < ZR_NEW_TREES; i++)
		made += relayout->trees[i].blocks;
	rc = check_total(proof, "bytes of data", proof->data,
			 relayout->data.set * relayout->data.sector);
	if (!rc)
		rc = check_total(proof, "tree blocks", proof->blocks, relayout->blocks.set + made);
	if (!rc)
		rc = check_total(proof, "blocks of the chunk tree", proof->system,
				 relayout->trees[ZR_NEW_CHUNK_TREE].blocks);
	return rc;
}

int zr_relayout_check(const struct zr_relayout *relayout, const struct zr_layout_target *target,
		      struct zr_error *err)
{
	struct proof proof = { .relayout = relayout, .target = target, .err = err };
	uint64_t old = old_end(&relayout->data);
	int rc = 0;
	size_t i;

	if (target->geo->zone_size != relayout->layout.zone_size)
		return zr_fail(err, ZR_E_PLAN, "re-layout: made for other zones");
	proof.logical = old > old_end(&relayout->blocks) ? old : old_end(&relayout->blocks);
	for (i = 0; i < zr_layout_chunks(&relayout->layout) && !rc; i++)
		rc = check_chunk(&proof, i);
	return rc ? rc : check_totals(&proof);
}
