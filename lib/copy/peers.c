// SPDX-License-Identifier: LGPL-2.1-or-later
#include "peers.h"

#include "buffer.h"
#include "range.h"

#include <stdlib.h>

typedef unsigned long long ull;

static int add_peer(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
		    struct zr_plan_peer *peer, struct zr_error *err)
{
	const struct zr_stripe *stripe = &chunk->stripes[peer->stripe];
	const struct zr_member *member = zr_member_find(source->members, stripe->devid);

	peer->devid = stripe->devid;
	peer->zone = NULL;
	if (!member)
		return 0;
	if (!zr_range_fits(stripe->physical, zr_chunk_stripe_len(chunk),
			   member->super.dev_total_bytes))
		return zr_fail(err, ZR_E_DEVEXT,
			       "chunk: logical %llu, stripe %u at physical %llu is beyond device "
			       "boundary %llu of devid %llu",
			       (ull)chunk->logical, peer->stripe, (ull)stripe->physical,
			       (ull)member->super.dev_total_bytes, (ull)stripe->devid);
	peer->zone = zr_source_zone(source, stripe->devid, stripe->physical);
	peer->max_active = member->dev->geo.max_active;
	peer->active = member->active;
	return 0;
}

int zr_peers_read(const struct zr_source *source, const struct zr_group_list *list,
		  struct zr_plan_peer **peers, size_t *count, struct zr_error *err)
{
	size_t capacity = 0;
	size_t g;
	uint16_t s;

	*peers = NULL;
	*count = 0;
	for (g = 0; g < list->group_count; g++) {
		const struct zr_mapped_chunk *chunk = list->groups[g].chunk;

		for (s = 0; s < chunk->stripe_count; s++) {
			struct zr_plan_peer peer = { .group = (uint32_t)g, .stripe = s };
			int rc;

			if (chunk->stripes[s].devid == source->super.devid)
				continue;
			rc = add_peer(source, chunk, &peer, err);
			if (!rc)
				rc = zr_array_reserve(peers, &capacity, *count, sizeof(peer), err);
			if (rc)
				return rc;
			(*peers)[(*count)++] = peer;
		}
	}
	return 0;
}
