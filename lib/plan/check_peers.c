// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The proof of a plan: zones against those of other devices, as a kernel compares them when it
 * mounts (btrfs_load_block_group_raid1(), _raid0(), _raid10()), pair by pair.
 */
#include "block_group.h"
#include "check.h"
#include "profile.h"

#include <inttypes.h>

#define ELEMENT (64ULL << 10)

static size_t first_peer(const struct zr_plan_input *in, uint32_t group)
{
	size_t low = 0;
	size_t high = in->peer_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (in->peers[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool zr_plan_has_peers(const struct zr_plan_input *in, uint32_t group)
{
	size_t first = first_peer(in, group);

	return first < in->peer_count && in->peers[first].group == group;
}

static int check_order(const struct zr_plan_proof *proof)
{
	const struct zr_plan_peer *peers = proof->in->peers;
	size_t i;

	for (i = 0; i < proof->in->peer_count; i++) {
		bool rises = !i || peers[i - 1].group < peers[i].group ||
			     (peers[i - 1].group == peers[i].group &&
			      peers[i - 1].stripe < peers[i].stripe);

		if (!rises || peers[i].group >= proof->in->group_count)
			return zr_fail(proof->err, ZR_E_PLAN,
				       "peer: stripe %" PRIu32 " of block group number %" PRIu32
				       " is out of order or of none",
				       peers[i].stripe, peers[i].group);
	}
	return 0;
}

/* Earlier elements of a row are filled first, and one of them is partly filled at most. */
static bool in_a_row(uint64_t before, uint64_t behind)
{
	if (before < behind || before - behind > ELEMENT)
		return false;
	return before % ELEMENT == 0 || behind % ELEMENT == 0;
}

static bool fit_each_other(const struct zr_plan_zone *zone, uint64_t end,
			   const struct zr_plan_peer *peer)
{
	uint32_t copies = zr_profile_find(zone->flags)->copies;
	uint32_t own = zone->stripe / copies;
	uint32_t other = peer->stripe / copies;
	uint64_t peer_end = zr_zone_written(peer->zone);

	if (own == other)
		return end == peer_end;
	return own < other ? in_a_row(end, peer_end) : in_a_row(peer_end, end);
}

static bool is_seen(const struct zr_zone *zone)
{
	return zone && zone->type == ZR_ZONE_SEQUENTIAL && zone->cond != ZR_COND_READONLY &&
	       zone->cond != ZR_COND_OFFLINE;
}

static int broken(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone, uint64_t end,
		  uint64_t devid, uint64_t peer_end)
{
	return zr_fail(proof->err, ZR_E_PLAN,
		       "zone: source %" PRIu64 " logical %" PRIu64
		       ", does not fit its peer, ends at %" PRIu64 ", on devid %" PRIu64
		       " at %" PRIu64,
		       zone->source_physical, zone->logical, end, devid, peer_end);
}

/* If a peer that nobody sees now comes back, its zone ends where the source's does. */
static int check_unseen(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone,
			uint64_t end, uint64_t devid)
{
	uint64_t zone_no = zone->source_physical / proof->in->source.zone_size;
	const struct zr_zone *source = &proof->in->source_zones[zone_no];

	if (is_seen(source) && zr_zone_written(source) == end)
		return 0;
	return broken(proof, zone, end, devid, zr_zone_written(source));
}

static int check_zone(const struct zr_plan_proof *proof, const struct zr_plan_zone *zone,
		      uint32_t group)
{
	const struct zr_plan_input *in = proof->in;
	uint64_t zone_no = zone->target_physical / in->target.zone_size;
	uint64_t end = zone->state == ZR_END_FINISH ? in->target_zones[zone_no].cap : zone->end;
	const struct zr_plan_peer *unseen = NULL;
	bool seen = false;
	size_t i;

	for (i = first_peer(in, group); i < in->peer_count && in->peers[i].group == group; i++) {
		const struct zr_plan_peer *peer = &in->peers[i];

		if (peer->stripe == zone->stripe)
			return broken(proof, zone, end, peer->devid, 0);
		if (!peer->zone || peer->zone->cond == ZR_COND_READONLY ||
		    peer->zone->cond == ZR_COND_OFFLINE)
			unseen = peer;
		if (!is_seen(peer->zone))
			continue;
		seen = true;
		if (!fit_each_other(zone, end, peer))
			return broken(proof, zone, end, peer->devid, zr_zone_written(peer->zone));
	}
	return unseen && !seen ? check_unseen(proof, zone, end, unseen->devid) : 0;
}

int zr_plan_check_peers(const struct zr_plan_proof *proof)
{
	int ret = check_order(proof);
	size_t i;

	for (i = 0; i < proof->plan->zone_count && !ret; i++)
		if (proof->plan->zones[i].state != ZR_END_NO_WP)
			ret = check_zone(proof, &proof->plan->zones[i],
					 proof->in->extents[i].group);
	return ret;
}
