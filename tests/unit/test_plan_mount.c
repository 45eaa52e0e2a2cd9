// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits of active zones that hold before a kernel mounts, and not afterwards. */
#include "test_plan_facts.h"

#define RAID1 BTRFS_BLOCK_GROUP_RAID1

/* A limit of active zones is not kept by finishing what a peer has not finished. */
static void mirrored_zones_are_not_finished(void **state)
{
	struct facts *facts = facts_new(32);
	struct zr_zone zone = { .start = 0, .len = ZONE, .cap = ZONE, .type = ZR_ZONE_SEQUENTIAL };
	struct zr_plan_peer peers[10];
	uint32_t i;

	(void)state;
	facts_active(&zone, NODE);
	for (i = 0; i < 10; i++) {
		size_t number = facts_add(facts, METADATA, 4 + i, NODE);

		facts->groups[number].flags = METADATA | RAID1;
		facts->groups[number].stripes = 2;
		peers[i] = (struct zr_plan_peer){ 2, i, 1, &zone, 8, 1 };
	}
	facts->in.peers = peers;
	facts->in.peer_count = 10;
	facts->in.target.max_active = 8;
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, &facts->err), -ZR_E_ACTIVE_ZONES);
	facts->plan = NULL;
	facts_free(facts);
}

/*
 * Empty zones count as active where there is no limit; beside them, a kernel makes those of a
 * device with a limit active when it mounts.
 */
static void mount_needs_places(uint32_t target_limit, uint32_t peer_limit, uint32_t count, int code,
			       const char *word)
{
	struct facts *facts = facts_new(32);
	struct zr_zone zone = {
		.len = ZONE, .cap = ZONE, .type = ZR_ZONE_SEQUENTIAL, .cond = ZR_COND_EMPTY
	};
	struct zr_plan_peer peers[16];
	uint32_t i;

	for (i = 0; i < count; i++) {
		size_t number = facts_add(facts, METADATA, 4 + i, 0);

		facts->groups[number].flags = METADATA | RAID1;
		facts->groups[number].stripes = 2;
		peers[i] = (struct zr_plan_peer){ 2, i, 1, &zone, peer_limit, 1 };
	}
	facts->in.peers = peers;
	facts->in.peer_count = count;
	facts->in.target.max_active = target_limit;
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, &facts->err), -code);
	assert_non_null(strstr(facts->err.text, word));
	if (code)
		facts->plan = NULL;
	facts_free(facts);
}

static void limits_hold_when_a_kernel_mounts(void **state)
{
	(void)state;
	mount_needs_places(0, 0, 12, 0, "");
	mount_needs_places(8, 8, 12, 0, "");
	mount_needs_places(8, 0, 7, 0, "");
	mount_needs_places(8, 0, 8, ZR_E_ACTIVE_ZONES, "devid 1, a kernel");
	mount_needs_places(0, 8, 7, 0, "");
	mount_needs_places(0, 8, 8, ZR_E_ACTIVE_ZONES, "devid 2, a kernel");
}

/* One copy fills its zone, and the other does not: a kernel makes both active. */
static void uneven_pairs(uint32_t count, uint32_t limit, bool even, int code)
{
	struct facts *facts = facts_new(64);
	uint32_t i;

	for (i = 0; i < count; i++) {
		facts_add(facts, METADATA | DUP, 2 + 2 * i, MIB);
		facts->target_zones[2 + 2 * i].cap = even ? ZONE : MIB;
	}
	facts->in.target.max_active = limit;
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, &facts->err), -code);
	assert_int_equal(facts->err.code, code);
	if (code)
		facts->plan = NULL;
	facts_free(facts);
}

static void both_copies_take_places(void **state)
{
	(void)state;
	uneven_pairs(3, 8, false, 0);
	uneven_pairs(4, 8, false, ZR_E_ACTIVE_ZONES);
	uneven_pairs(4, 9, false, 0);
	uneven_pairs(4, 8, true, 0);
	uneven_pairs(6, 0, false, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mirrored_zones_are_not_finished),
		cmocka_unit_test(limits_hold_when_a_kernel_mounts),
		cmocka_unit_test(both_copies_take_places),
	};

	return cmocka_run_group_tests_name("plan mount", tests, NULL, NULL);
}
