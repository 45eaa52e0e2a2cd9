// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which zones are finished, so that the target's limit of active zones leaves room to work.
 *
 * A kernel sets zones aside for metadata and system block groups when it mounts, and a data block
 * group can become active only if one more is free. A target filled up to its limit would mount,
 * and then stall. Finishing a zone gives its place back, and costs the room that is left in it.
 *
 * The free zone is needed during the run as well: the zone that is being written and will be full
 * or finished is active for that time, and so is what precedes the superblock in its log. One zone
 * is written at a time, so that one more than planned is active at most.
 */
#include "make.h"
#include "range.h"

#include <inttypes.h>
#include <stdlib.h>

/*
 * Block groups that a kernel sets zones aside for: metadata has one that is written and one for the
 * tree-log, which takes an empty one only. So of the block groups that are partly written already,
 * one of each kind serves, and any other just takes zones away.
 */
#define RESERVE_METADATA 2
#define RESERVE_SYSTEM 1

enum kind { KIND_DATA, KIND_METADATA, KIND_SYSTEM, KIND_COUNT };

struct budget {
	uint32_t limit;
	uint32_t superblocks;
	uint32_t active[KIND_COUNT];
	uint32_t reserve[KIND_COUNT];
	uint32_t serving[KIND_COUNT]; /* active zones of a kind that are part of its reserve, at
					 most */
};

/* A block group whose zones could be finished. */
struct candidate {
	size_t group;
	uint64_t logical;
	uint64_t room; /* bytes left in each of its zones */
	enum kind kind;
};

static enum kind group_kind(uint64_t flags)
{
	if (flags & BTRFS_BLOCK_GROUP_METADATA)
		return KIND_METADATA;
	return flags & BTRFS_BLOCK_GROUP_SYSTEM ? KIND_SYSTEM : KIND_DATA;
}

static uint32_t active_zones(const struct budget *budget)
{
	uint32_t sum = budget->superblocks;
	int i;

	for (i = 0; i < KIND_COUNT; i++)
		sum += budget->active[i];
	return sum;
}

/* With what is set aside, less what active zones of the same kind serve as. */
static uint32_t claimed_zones(const struct budget *budget)
{
	uint32_t sum = active_zones(budget);
	int i;

	for (i = 0; i < KIND_COUNT; i++)
		sum += budget->reserve[i] -
		       (uint32_t)zr_min64(budget->active[i], budget->serving[i]);
	return sum;
}

static bool is_over(const struct budget *budget)
{
	return claimed_zones(budget) >= budget->limit;
}

static void count_reserve(const struct zr_plan_input *in, struct budget *budget)
{
	uint64_t metadata = 0;
	uint64_t system = 0;
	size_t i;

	for (i = 0; i < in->group_count; i++) {
		if (group_kind(in->groups[i].flags) == KIND_METADATA)
			metadata |= in->groups[i].flags;
		if (group_kind(in->groups[i].flags) == KIND_SYSTEM)
			system |= in->groups[i].flags;
	}
	budget->serving[KIND_METADATA] = metadata & BTRFS_BLOCK_GROUP_DUP ? 2 : 1;
	budget->serving[KIND_SYSTEM] = system & BTRFS_BLOCK_GROUP_DUP ? 2 : 1;
	budget->reserve[KIND_METADATA] = RESERVE_METADATA * budget->serving[KIND_METADATA];
	budget->reserve[KIND_SYSTEM] = RESERVE_SYSTEM * budget->serving[KIND_SYSTEM];
}

static void count_active(const struct zr_plan *plan, struct budget *budget)
{
	size_t i;

	for (i = 0; i < plan->superblock_count; i++)
		budget->superblocks += plan->superblocks[i].sequential;
	for (i = 0; i < plan->zone_count; i++) {
		if (plan->zones[i].state == ZR_END_OPEN)
			budget->active[group_kind(plan->zones[i].flags)]++;
	}
}

/*
 * A finished zone counts as written up to its capacity. Two zones of different capacity would then
 * end differently, and no kernel mounts that, so such a pair stays as it is. So do zones of which
 * other devices have copies or stripes, as these are not finished with them.
 */
static bool can_finish(const struct zr_plan_maker *maker, const struct zr_plan_stripes *stripes,
		       uint64_t *room)
{
	uint64_t capacity = 0;
	uint32_t i;

	if (stripes->peer_count)
		return false;
	for (i = 0; i < stripes->count; i++) {
		const struct zr_plan_zone *planned = &maker->plan->zones[stripes->index[i]];
		uint64_t cap = zr_plan_target_zone(maker->in, planned->target_physical)->cap;

		if (planned->state == ZR_END_NO_WP)
			continue;
		if (planned->state != ZR_END_OPEN || (capacity && cap != capacity))
			return false;
		capacity = cap;
		*room = cap - planned->end;
	}
	return capacity;
}

/* Data first, since metadata and system zones are needed at once; then what costs least. */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *left = a;
	const struct candidate *right = b;

	if ((left->kind == KIND_DATA) != (right->kind == KIND_DATA))
		return left->kind == KIND_DATA ? -1 : 1;
	if (left->room != right->room)
		return left->room < right->room ? -1 : 1;
	return (left->logical > right->logical) - (left->logical < right->logical);
}

static size_t collect_candidates(const struct zr_plan_maker *maker, struct candidate *list)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < maker->in->group_count; i++) {
		struct candidate *candidate = &list[count];

		if (!can_finish(maker, &maker->stripes[i], &candidate->room))
			continue;
		candidate->group = i;
		candidate->logical = maker->in->groups[i].logical;
		candidate->kind = group_kind(maker->in->groups[i].flags);
		count++;
	}
	qsort(list, count, sizeof(*list), compare_candidates);
	return count;
}

static void finish_group(struct zr_plan_maker *maker, const struct candidate *candidate,
			 struct budget *budget)
{
	const struct zr_plan_stripes *stripes = &maker->stripes[candidate->group];
	uint32_t i;

	for (i = 0; i < stripes->count; i++) {
		struct zr_plan_zone *planned = &maker->plan->zones[stripes->index[i]];

		if (planned->state != ZR_END_OPEN)
			continue;
		planned->state = ZR_END_FINISH;
		planned->lost = candidate->room;
		budget->active[candidate->kind]--;
	}
}

/*
 * A metadata or system block group that serves brings nothing when it is finished, as another one
 * would have to be set aside for it.
 */
static int finish_candidates(struct zr_plan_maker *maker, struct budget *budget)
{
	size_t size = maker->in->group_count;
	struct candidate *list;
	size_t count;
	size_t i;

	if (!size || !is_over(budget))
		return 0;
	list = calloc(size, sizeof(*list));
	if (!list)
		return zr_fail_nomem(maker->err);
	count = collect_candidates(maker, list);
	for (i = 0; i < count && is_over(budget); i++) {
		enum kind kind = list[i].kind;

		if (budget->active[kind] > budget->serving[kind])
			finish_group(maker, &list[i], budget);
	}
	free(list);
	return 0;
}

static uint32_t limit_of(const struct zr_plan_input *in)
{
	uint32_t limit = zr_geometry_limit(&in->target);
	uint32_t chosen = in->choices.active_zones;

	return chosen && (!limit || chosen < limit) ? chosen : limit;
}

/*
 * A reserve that does not fit is no reason to refuse: the kernel then finishes zones on its own
 * when it needs one. What the run itself needs is.
 */
int zr_plan_limit_active(struct zr_plan_maker *maker)
{
	struct budget budget = { .limit = limit_of(maker->in) };
	uint32_t active;
	int ret = 0;

	count_reserve(maker->in, &budget);
	count_active(maker->plan, &budget);
	if (budget.limit)
		ret = finish_candidates(maker, &budget);
	if (ret)
		return ret;
	active = active_zones(&budget);
	maker->plan->summary.active = active;
	maker->plan->summary.max_active = budget.limit;
	if (!budget.limit || active < budget.limit)
		return 0;
	return zr_fail(maker->err, ZR_E_ACTIVE_ZONES,
		       "%s: active zones, found a limit of %" PRIu32 " expected at least %" PRIu32
		       ", of which one is for the zone being written",
		       zr_plan_target_name(maker->in), budget.limit, active + 1);
}
