// SPDX-License-Identifier: GPL-2.0-or-later
/* Block groups that have stripes on other devices: where the zones on the target end, and when not.
 */
#include "test_plan_facts.h"

#define RAID0 BTRFS_BLOCK_GROUP_RAID0
#define RAID1 BTRFS_BLOCK_GROUP_RAID1
#define RAID1C3 BTRFS_BLOCK_GROUP_RAID1C3
#define RAID10 BTRFS_BLOCK_GROUP_RAID10
#define RAID5 BTRFS_BLOCK_GROUP_RAID5

#define PEERS_MAX 3
#define ROW (64 * KIB)

enum peer { NONE, CLOSED, FULL, EMPTY, CONVENTIONAL, READONLY, MISSING };

struct peer_case {
	const char *name;
	uint64_t flags;
	uint32_t stripe; /* the one on the source */
	uint64_t last;
	enum peer source;
	uint64_t source_end;
	struct {
		enum peer state;
		uint64_t end;
	} peers[PEERS_MAX];
	uint64_t peer_cap; /* 0: a whole zone */
	uint64_t target_cap; /* 0: a whole zone */
	uint64_t end;
	enum zr_zone_end state;
	int code; /* of a refusal */
	const char *word;
};

static const struct peer_case cases[] = {
	{ .name = "peer says more",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 5 * NODE,
	  .peers = { { CLOSED, 5 * NODE } },
	  .end = 5 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "nothing used",
	  .flags = SYSTEM | RAID1,
	  .stripe = 1,
	  .source = CLOSED,
	  .source_end = 5 * NODE,
	  .peers = { { CLOSED, 5 * NODE } },
	  .end = 5 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "peer empty",
	  .flags = METADATA | RAID1,
	  .source = EMPTY,
	  .peers = { { EMPTY, 0 } },
	  .state = ZR_END_EMPTY },
	{ .name = "source torn",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 2 * NODE,
	  .peers = { { CLOSED, 3 * NODE } },
	  .end = 3 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "peer full",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = FULL,
	  .peers = { { FULL, 0 } },
	  .end = ZONE,
	  .state = ZR_END_FULL },
	{ .name = "smaller peer full",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 3 * MIB,
	  .peers = { { FULL, 0 } },
	  .peer_cap = 3 * MIB,
	  .end = 3 * MIB,
	  .state = ZR_END_OPEN },
	{ .name = "larger peer full",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = FULL,
	  .peers = { { FULL, 0 } },
	  .target_cap = 3 * MIB,
	  .code = ZR_E_CAPACITY,
	  .word = "found 3145728 expected at least 4194304" },
	{ .name = "larger peer not full",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = MIB,
	  .peers = { { CLOSED, MIB } },
	  .target_cap = 3 * MIB,
	  .end = MIB,
	  .state = ZR_END_OPEN },
	{ .name = "peer behind",
	  .flags = METADATA | RAID1,
	  .last = 4 * NODE,
	  .source = CLOSED,
	  .source_end = 4 * NODE,
	  .peers = { { CLOSED, 3 * NODE } },
	  .code = ZR_E_ZONED,
	  .word = "beyond the write pointer of devid 2, found end 65536 expected at most 49152" },
	{ .name = "peers differ",
	  .flags = METADATA | RAID1C3,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 4 * NODE,
	  .peers = { { CLOSED, 3 * NODE }, { CLOSED, 4 * NODE } },
	  .code = ZR_E_ZONED,
	  .word = "found offset 49152 on devid 2 and 65536 on devid 3" },
	{ .name = "peer conventional",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 5 * NODE,
	  .peers = { { CONVENTIONAL, 0 } },
	  .end = NODE,
	  .state = ZR_END_OPEN },
	{ .name = "one of two",
	  .flags = METADATA | RAID1C3,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 5 * NODE,
	  .peers = { { MISSING, 0 }, { CLOSED, 5 * NODE } },
	  .end = 5 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "missing",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 5 * NODE,
	  .peers = { { MISSING, 0 } },
	  .end = 5 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "read-only",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 5 * NODE,
	  .peers = { { READONLY, 0 } },
	  .end = 5 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "missing, and no pointer",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CONVENTIONAL,
	  .peers = { { MISSING, 0 } },
	  .code = ZR_E_MEMBER,
	  .word = "no device says where its zones end, and devid 2" },
	{ .name = "source without pointer",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = CONVENTIONAL,
	  .peers = { { CLOSED, 7 * NODE } },
	  .end = 7 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "source lost",
	  .flags = METADATA | RAID1,
	  .last = NODE,
	  .source = READONLY,
	  .peers = { { CLOSED, 7 * NODE } },
	  .end = 7 * NODE,
	  .state = ZR_END_OPEN },
	/* Two rows and a node of three devices are filled; the second one has two rows. */
	{ .name = "raid0",
	  .flags = METADATA | RAID0,
	  .stripe = 1,
	  .last = 6 * ROW + NODE,
	  .source = CLOSED,
	  .source_end = 2 * ROW,
	  .peers = { { CLOSED, 2 * ROW + NODE }, { CLOSED, 2 * ROW } },
	  .end = 2 * ROW,
	  .state = ZR_END_OPEN },
	{ .name = "raid0, partly filled",
	  .flags = METADATA | RAID0,
	  .stripe = 1,
	  .last = 4 * ROW + NODE,
	  .source = CLOSED,
	  .source_end = ROW + NODE,
	  .peers = { { CLOSED, 2 * ROW }, { CLOSED, ROW } },
	  .end = ROW + NODE,
	  .state = ZR_END_OPEN },
	{ .name = "raid0, freed end",
	  .flags = METADATA | RAID0,
	  .stripe = 1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = 2 * ROW,
	  .peers = { { CLOSED, 2 * ROW + NODE }, { CLOSED, 2 * ROW } },
	  .end = 2 * ROW,
	  .state = ZR_END_OPEN },
	{ .name = "raid0, freed end here",
	  .flags = METADATA | RAID0,
	  .stripe = 2,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = ROW + NODE,
	  .peers = { { CLOSED, 2 * ROW }, { CLOSED, 2 * ROW } },
	  .end = ROW,
	  .state = ZR_END_OPEN },
	{ .name = "raid0, out of order",
	  .flags = METADATA | RAID0,
	  .stripe = 1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = ROW,
	  .peers = { { CLOSED, ROW }, { CLOSED, 2 * ROW } },
	  .code = ZR_E_ZONED,
	  .word = "write pointers do not fit each other" },
	{ .name = "raid0, behind",
	  .flags = METADATA | RAID0,
	  .stripe = 1,
	  .last = 4 * ROW,
	  .source = CLOSED,
	  .source_end = 2 * ROW,
	  .peers = { { CLOSED, ROW }, { CLOSED, ROW } },
	  .code = ZR_E_ZONED,
	  .word = "is filled beyond the write pointer" },
	{ .name = "raid10",
	  .flags = METADATA | RAID10,
	  .stripe = 3,
	  .last = 2 * ROW,
	  .source = CLOSED,
	  .source_end = ROW + 2 * NODE,
	  .peers = { { CLOSED, 2 * ROW }, { CLOSED, 2 * ROW }, { CLOSED, ROW + 2 * NODE } },
	  .end = ROW + 2 * NODE,
	  .state = ZR_END_OPEN },
	{ .name = "raid10, half a pair",
	  .flags = METADATA | RAID10,
	  .stripe = 0,
	  .last = 2 * ROW,
	  .source = READONLY,
	  .peers = { { MISSING, 0 }, { CLOSED, ROW }, { CLOSED, ROW } },
	  .end = ROW,
	  .state = ZR_END_OPEN },
	{ .name = "data",
	  .flags = DATA | RAID1,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = NODE,
	  .peers = { { CLOSED, NODE } },
	  .code = ZR_E_PROFILE,
	  .word = "found data, raid1 (0x11) expected single" },
	{ .name = "raid5",
	  .flags = METADATA | RAID5,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = NODE,
	  .peers = { { CLOSED, NODE } },
	  .code = ZR_E_PROFILE,
	  .word = "raid5" },
	{ .name = "too few",
	  .flags = METADATA | RAID1C3,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = NODE,
	  .peers = { { CLOSED, NODE } },
	  .code = ZR_E_DEVEXT,
	  .word = "found 2 expected at least 3" },
	{ .name = "dup on two devices",
	  .flags = METADATA | DUP,
	  .last = NODE,
	  .source = CLOSED,
	  .source_end = NODE,
	  .peers = { { CLOSED, NODE } },
	  .code = ZR_E_DEVEXT,
	  .word = "copies of profile dup on two devices" },
};

static void set_zone(struct zr_zone *zone, enum peer state, uint64_t end)
{
	switch (state) {
	case CLOSED:
		facts_active(zone, end);
		break;
	case FULL:
		zone->cond = ZR_COND_FULL;
		break;
	case CONVENTIONAL:
		zone->type = ZR_ZONE_CONVENTIONAL;
		zone->cond = ZR_COND_NOT_WP;
		break;
	case READONLY:
		zone->cond = ZR_COND_READONLY;
		break;
	default:
		zone->cond = ZR_COND_EMPTY;
		break;
	}
}

struct setting {
	struct facts *facts;
	struct zr_zone zones[PEERS_MAX];
	struct zr_plan_peer peers[PEERS_MAX];
};

/* One block group, of which one stripe is in zone 4 of the source. */
static void set_up(struct setting *set, const struct peer_case *it)
{
	struct facts *facts = facts_new(8);
	struct zr_plan_group *group =
		&facts->groups[facts_add(facts, it->flags & ~DUP, 4, it->last)];
	uint64_t columns = 1;
	uint32_t count = 0;

	memset(set, 0, sizeof(*set));
	set->facts = facts;
	while (count < PEERS_MAX && it->peers[count].state != NONE) {
		struct zr_zone *zone = &set->zones[count];

		*zone = (struct zr_zone){ .start = 8 * ZONE,
					  .len = ZONE,
					  .wp = 8 * ZONE,
					  .cap = it->peer_cap ? it->peer_cap : ZONE,
					  .type = ZR_ZONE_SEQUENTIAL };
		set_zone(zone, it->peers[count].state, it->peers[count].end);
		set->peers[count] = (struct zr_plan_peer){
			.devid = 2 + count,
			.stripe = count < it->stripe ? count : count + 1,
			.zone = it->peers[count].state == MISSING ? NULL : zone,
		};
		count++;
	}
	if (it->flags & (RAID0 | RAID10))
		columns = it->flags & RAID0 ? count + 1 : (count + 1) / 2;
	group->flags = it->flags;
	group->stripes = (uint16_t)(count + 1);
	group->len = columns * ZONE;
	facts->extents[0].stripe = it->stripe;
	facts->in.peers = set->peers;
	facts->in.peer_count = count;
	set_zone(&facts->source_zones[4], it->source, it->source_end);
	if (it->target_cap)
		facts->target_zones[4].cap = it->target_cap;
}

static void check_case(const struct peer_case *it)
{
	struct setting set;
	int ret;

	print_message("# %s\n", it->name);
	set_up(&set, it);
	if (it->code) {
		ret = zr_plan_make(&set.facts->plan, &set.facts->in, &set.facts->err);
		assert_int_equal(ret, -it->code);
		assert_non_null(strstr(set.facts->err.text, it->word));
	} else {
		facts_plan(set.facts);
		assert_true(facts_zone(set.facts, 4)->end == it->end);
		assert_int_equal(facts_zone(set.facts, 4)->state, it->state);
	}
	facts_free(set.facts);
}

static void zones_end_where_peers_let_them(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		check_case(&cases[i]);
}

/* Each plan that was good is none when its zone ends further. */
static void another_end_is_no_plan(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct setting set;
		struct zr_plan_zone *zone;

		if (cases[i].code || cases[i].state != ZR_END_OPEN ||
		    cases[i].peers[0].state == CONVENTIONAL)
			continue;
		print_message("# %s\n", cases[i].name);
		set_up(&set, &cases[i]);
		facts_plan(set.facts);
		zone = &set.facts->plan->zones[0];
		zone->end += 5 * ROW;
		set.facts->plan->summary.fill_bytes += 5 * ROW;
		assert_int_equal(zr_plan_check(set.facts->plan, &set.facts->in, &set.facts->err),
				 -ZR_E_PLAN);
		facts_free(set.facts);
	}
}

static void wrong_list(struct setting *set, size_t a, struct zr_plan_peer peer, int code)
{
	const struct zr_error none = ZR_ERROR_INIT;

	set->facts->err = none;
	set->peers[a] = peer;
	assert_int_equal(zr_plan_make(&set->facts->plan, &set->facts->in, &set->facts->err), -code);
	set->facts->plan = NULL;
}

static void lists_of_peers_are_checked(void **state)
{
	const struct peer_case usual = { .flags = METADATA | RAID1C3,
					 .last = NODE,
					 .source = CLOSED,
					 .source_end = NODE,
					 .peers = { { CLOSED, NODE }, { CLOSED, NODE } } };
	struct setting set;
	struct zr_plan_peer peer;

	(void)state;
	set_up(&set, &usual);
	peer = set.peers[1];
	peer.stripe = 1;
	wrong_list(&set, 1, peer, ZR_E_DEVEXT);
	peer.stripe = 0;
	wrong_list(&set, 1, peer, ZR_E_DEVEXT);
	peer.stripe = 3;
	wrong_list(&set, 1, peer, ZR_E_DEVEXT);
	peer.stripe = 2;
	peer.group = 1;
	wrong_list(&set, 1, peer, ZR_E_DEVEXT);
	set.facts->in.peer_count = 1;
	peer.group = 0;
	wrong_list(&set, 1, peer, ZR_E_DEVEXT);
	facts_free(set.facts);
}

/* What lies on other devices alone is not copied. */
static void other_devices_keep_what_is_theirs(void **state)
{
	struct facts *facts = facts_usual();
	struct zr_zone zone = { .start = ZONE,
				.len = ZONE,
				.cap = ZONE,
				.type = ZR_ZONE_SEQUENTIAL,
				.cond = ZR_COND_FULL };
	const struct zr_plan_peer peers[] = {
		{ .devid = 2, .group = 3, .stripe = 0, .zone = &zone },
		{ .devid = 2, .group = 4, .stripe = 0 },
		{ .devid = 3, .group = 4, .stripe = 1 },
	};
	size_t zones = facts->in.extent_count;

	(void)state;
	facts->groups[3] = (struct zr_plan_group){ 4 * GIB, ZONE, DATA, MIB, MIB, 1 };
	facts->groups[4] = (struct zr_plan_group){ 5 * GIB, ZONE, METADATA | RAID1, 0, 0, 2 };
	facts->in.group_count = 5;
	facts->in.peers = peers;
	facts->in.peer_count = 3;
	assert_int_equal(facts_plan(facts)->zone_count, zones);
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_end_where_peers_let_them),
		cmocka_unit_test(another_end_is_no_plan),
		cmocka_unit_test(lists_of_peers_are_checked),
		cmocka_unit_test(other_devices_keep_what_is_theirs),
	};

	return cmocka_run_group_tests_name("plan peers", tests, NULL, NULL);
}
