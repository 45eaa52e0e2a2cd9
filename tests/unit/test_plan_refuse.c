// SPDX-License-Identifier: GPL-2.0-or-later
/* Every reason to refuse, once, with its code and what its message must name. */
#include "test_plan_facts.h"

struct refusal {
	const char *name;
	void (*spoil)(struct facts *facts);
	int code;
	const char *words[3];
};

static void sector_size(struct facts *facts)
{
	facts->in.sectorsize = 4095;
}

static void node_size(struct facts *facts)
{
	facts->in.nodesize = 0;
}

static void logical_block(struct facts *facts)
{
	facts->in.target.logical_block = 8192;
}

static void zone_size_invalid(struct facts *facts)
{
	facts->in.source.zone_size = 3 * MIB;
}

static void zone_size_other(struct facts *facts)
{
	facts->in.target.zone_size = 8 * MIB;
}

static void source_count(struct facts *facts)
{
	facts->in.source.zone_count = 31;
}

static void target_count(struct facts *facts)
{
	facts->in.target.zone_count = 33;
}

static void one_zone(struct facts *facts)
{
	facts->in.total_bytes = 2 * ZONE - SECTOR;
}

static void source_size(struct facts *facts)
{
	facts->in.total_bytes = 32 * ZONE + SECTOR;
}

static void target_size(struct facts *facts)
{
	facts->in.target.size = 6 * ZONE + SECTOR;
	facts->in.target.zone_count = 7;
}

static void target_one_zone(struct facts *facts)
{
	facts->in.target.size = 2 * ZONE - SECTOR;
	facts->in.target.zone_count = 2;
}

static void target_smaller_of_two(struct facts *facts)
{
	facts->in.target.size = 31 * ZONE;
	facts->in.target.zone_count = 31;
	facts->in.devices = 2;
}

static void larger_of_two(struct facts *facts)
{
	facts->in.total_bytes = 31 * ZONE;
	facts->in.choices.resize = ZR_RESIZE_MAX;
	facts->in.devices = 2;
}

static void moved_of_two(struct facts *facts)
{
	facts->target_zones[6].cond = ZR_COND_OFFLINE;
	facts->in.devices = 2;
}

static void fsid_of_two(struct facts *facts)
{
	facts->in.choices.uuid = ZR_UUID_METADATA;
	facts->in.choices.fsid[0] = 1;
	facts->in.devices = 2;
}

static void fsid_of_the_source(struct facts *facts)
{
	facts->in.choices.uuid = ZR_UUID_NEW;
	memcpy(facts->in.choices.fsid, facts->in.fsid, 16);
}

static void too_many_offline(struct facts *facts)
{
	uint32_t i;

	for (i = 6; i < 32; i++)
		facts->target_zones[i].cond = ZR_COND_OFFLINE;
}

static void chosen_limit_low(struct facts *facts)
{
	facts->in.choices.active_zones = 7;
}

static void max_active_low(struct facts *facts)
{
	facts->in.target.max_active = 7;
}

static void pair_half_conventional(struct facts *facts)
{
	facts_conventional(facts->target_zones, 1, 1);
}

static void pair_offline(struct facts *facts)
{
	facts->target_zones[0].cond = ZR_COND_OFFLINE;
}

static void pair_read_only(struct facts *facts)
{
	facts->target_zones[1].cond = ZR_COND_READONLY;
}

static void raid_profile(struct facts *facts)
{
	facts->groups[2].flags |= BTRFS_BLOCK_GROUP_RAID1;
}

static void dup_data(struct facts *facts)
{
	facts->groups[2].flags |= BTRFS_BLOCK_GROUP_DUP;
}

static void two_profiles(struct facts *facts)
{
	facts->groups[1].flags |= BTRFS_BLOCK_GROUP_RAID10;
}

static void mixed_type(struct facts *facts)
{
	facts->groups[2].flags |= METADATA;
}

static void unknown_flag(struct facts *facts)
{
	facts->groups[2].flags |= 1ULL << 20;
}

static void group_length(struct facts *facts)
{
	facts->groups[2].len = 2 * ZONE;
}

static void group_overlap(struct facts *facts)
{
	facts->groups[2].logical = facts->groups[1].logical + MIB;
}

static void group_wraps(struct facts *facts)
{
	facts->groups[2].logical = UINT64_MAX - MIB + 1;
}

static void extent_unaligned(struct facts *facts)
{
	facts->extents[4].physical += SECTOR;
}

static void extent_length(struct facts *facts)
{
	facts->extents[4].len -= SECTOR;
}

static void extent_beyond(struct facts *facts)
{
	facts->in.total_bytes = 7 * ZONE - SECTOR;
}

static void extent_wraps(struct facts *facts)
{
	facts->extents[4].physical = 0 - ZONE;
}

static void extent_in_log(struct facts *facts)
{
	facts->extents[0].physical = ZONE;
}

static void extent_in_fixed(struct facts *facts)
{
	facts->extents[4].physical = 16 * ZONE;
}

static void extent_twice(struct facts *facts)
{
	facts->extents[4].physical = facts->extents[3].physical;
}

static void extent_descending(struct facts *facts)
{
	facts->extents[2].physical = 9 * ZONE;
}

static void extent_without_group(struct facts *facts)
{
	facts->extents[4].group = 3;
}

static void stripe_twice(struct facts *facts)
{
	facts->extents[3].stripe = 0;
}

static void stripe_too_many(struct facts *facts)
{
	facts->extents[4].stripe = 1;
}

static void stripe_missing(struct facts *facts)
{
	facts->extents[3] = facts->extents[4];
	facts->in.extent_count--;
}

static void single_missing(struct facts *facts)
{
	facts->in.extent_count--;
}

static void last_beyond(struct facts *facts)
{
	facts->groups[2].last = ZONE + SECTOR;
}

static void used_without_extents(struct facts *facts)
{
	facts->groups[2].last = 0;
}

static void used_beyond_last(struct facts *facts)
{
	facts->groups[1].used = 4 * NODE;
}

static void beyond_write_pointer(struct facts *facts)
{
	facts_active(&facts->source_zones[6], MIB - SECTOR);
}

static void both_write_pointers(struct facts *facts)
{
	facts_active(&facts->source_zones[4], NODE);
	facts_active(&facts->source_zones[5], 2 * NODE);
}

static void source_offline(struct facts *facts)
{
	facts->source_zones[6].cond = ZR_COND_OFFLINE;
}

static void pair_lost(struct facts *facts)
{
	facts->source_zones[4].cond = ZR_COND_OFFLINE;
	facts_active(&facts->source_zones[5], 2 * NODE);
}

static void capacity(struct facts *facts, uint64_t cap)
{
	uint32_t i;

	for (i = 0; i < 32; i++)
		facts->target_zones[i].cap = cap;
}

static void target_capacity(struct facts *facts)
{
	capacity(facts, MIB - SECTOR);
}

/* Two zones are large enough, and one of them lies before the zone of a block group before. */
static void target_capacity_in_order(struct facts *facts)
{
	capacity(facts, 2 * NODE);
	facts->target_zones[2].cap = ZONE;
	facts->target_zones[6].cap = ZONE;
}

static void full_source_capacity(struct facts *facts)
{
	facts->in.choices.tail = ZR_TAIL_SOURCE;
	facts->source_zones[6].cond = ZR_COND_FULL;
	capacity(facts, 3 * MIB);
}

#define SECOND "1077936128"
#define THIRD "1082130432"

static const struct refusal refusals[] = {
	{ "sector size", sector_size, ZR_E_GEOM, { "sector size", "4095" } },
	{ "node size", node_size, ZR_E_GEOM, { "node size", "0" } },
	{ "logical block", logical_block, ZR_E_GEOMETRY, { "8192", "4096" } },
	{ "zone size invalid", zone_size_invalid, ZR_E_GEOMETRY, { "3145728" } },
	{ "zone size other", zone_size_other, ZR_E_GEOMETRY, { "8388608", "4194304" } },
	{ "source zone count", source_count, ZR_E_GEOMETRY, { "source", "31", "32" } },
	{ "target zone count", target_count, ZR_E_GEOMETRY, { "target", "33", "32" } },
	{ "total bytes low", one_zone, ZR_E_DEV, { "8384512", "8388608" } },
	{ "source size", source_size, ZR_E_DEV, { "134221824", "134217728" } },
	{ "target size", target_size, ZR_E_TOO_SMALL, { "found 4 expected 5", "4194304 bytes" } },
	{ "target of one zone", target_one_zone, ZR_E_TOO_SMALL, { "8384512", "8388608" } },
	{ "smaller, two devices", target_smaller_of_two, ZR_E_GEOMETRY, { "size", "2 devices" } },
	{ "larger, two devices", larger_of_two, ZR_E_GEOMETRY, { "size", "2 devices" } },
	{ "moved, two devices", moved_of_two, ZR_E_GEOMETRY, { "place", "2 devices" } },
	{ "fsid, two devices", fsid_of_two, ZR_E_GEOMETRY, { "fsid", "2 devices" } },
	{ "fsid of the source", fsid_of_the_source, ZR_E_ARGUMENT, { "that of the source" } },
	{ "too many offline",
	  too_many_offline,
	  ZR_E_TOO_SMALL,
	  { "found 4 expected 5", "4194304 bytes are missing" } },
	{ "chosen limit", chosen_limit_low, ZR_E_ACTIVE_ZONES, { "active zones 7 is too small" } },
	{ "max active",
	  max_active_low,
	  ZR_E_ACTIVE_ZONES,
	  { "max active zones 7 is too small, need at least 8" } },
	{ "pair half conventional",
	  pair_half_conventional,
	  ZR_E_GEOMETRY,
	  { "zone 0 is sequential", "zone 1 is conventional" } },
	{ "pair offline", pair_offline, ZR_E_ZONE_UNUSABLE, { "zone 0 ", "offline" } },
	{ "pair read-only", pair_read_only, ZR_E_ZONE_UNUSABLE, { "zone 1 ", "read-only" } },
	{ "raid1", raid_profile, ZR_E_PROFILE, { "raid1", THIRD } },
	{ "dup data", dup_data, ZR_E_PROFILE, { "data, dup", "expected single", THIRD } },
	{ "two profiles", two_profiles, ZR_E_PROFILE, { "unknown", "0x64" } },
	{ "mixed type", mixed_type, ZR_E_PROFILE, { "unknown, single", "0x5" } },
	{ "unknown flag", unknown_flag, ZR_E_PROFILE, { "0x100001" } },
	{ "group length", group_length, ZR_E_ZONED, { "8388608", "4194304", THIRD } },
	{ "group overlap", group_overlap, ZR_E_OVERLAP, { "1078984704", THIRD } },
	{ "group wraps", group_wraps, ZR_E_RANGE, { "18446744073708503040", "4194304" } },
	{ "extent unaligned", extent_unaligned, ZR_E_ZONED, { "25169920", "4194304" } },
	{ "extent length", extent_length, ZR_E_ZONED, { "25165824", "4190208", "4194304" } },
	{ "extent beyond", extent_beyond, ZR_E_RANGE, { "25165824", "29356032" } },
	{ "extent wraps", extent_wraps, ZR_E_RANGE, { "18446744073705357312", "134217728" } },
	{ "extent in log", extent_in_log, ZR_E_ZONED, { "4194304", "zone 1 is reserved" } },
	{ "extent at 64 MiB", extent_in_fixed, ZR_E_ZONED, { "67108864", "zone 16 is reserved" } },
	{ "extent twice", extent_twice, ZR_E_OVERLAP, { "20971520", "25165824" } },
	{ "extent descending", extent_descending, ZR_E_OVERLAP, { "20971520", "41943040" } },
	{ "extent without group",
	  extent_without_group,
	  ZR_E_DEVEXT,
	  { "found number 3", "below 3" } },
	{ "stripe twice", stripe_twice, ZR_E_DEVEXT, { "stripe 0", SECOND } },
	{ "stripe too many", stripe_too_many, ZR_E_DEVEXT, { "stripe 1", THIRD, "expected 1" } },
	{ "stripe missing", stripe_missing, ZR_E_DEVEXT, { SECOND, "found 1", "expected 2" } },
	{ "extent missing", single_missing, ZR_E_DEVEXT, { THIRD, "found 0", "expected 1" } },
	{ "last beyond", last_beyond, ZR_E_RANGE, { THIRD, "4198400", "4194304" } },
	{ "used, no extent",
	  used_without_extents,
	  ZR_E_BLOCK_GROUP,
	  { THIRD, "found 1048576", "at most 0" } },
	{ "used beyond last", used_beyond_last, ZR_E_BLOCK_GROUP, { SECOND, "65536", "49152" } },
	{ "write pointer", beyond_write_pointer, ZR_E_ZONED, { THIRD, "1048576", "1044480" } },
	{ "both write pointers", both_write_pointers, ZR_E_ZONED, { SECOND, "49152", "32768" } },
	{ "source offline",
	  source_offline,
	  ZR_E_ZONE_UNUSABLE,
	  { "source: zone 6", "offline", "1048576" } },
	{ "pair lost", pair_lost, ZR_E_ZONE_UNUSABLE, { "source: zone 4", "offline", "49152" } },
	{ "capacity",
	  target_capacity,
	  ZR_E_CAPACITY,
	  { THIRD, "found 1044480 expected at least 1048576", "without a zone: 1" } },
	{ "capacity, too few",
	  target_capacity_in_order,
	  ZR_E_CAPACITY,
	  { SECOND, "too few zones", "49152" } },
	{ "capacity, full source", full_source_capacity, ZR_E_CAPACITY, { "3145728", "4194304" } },
};

static void assert_refused(struct facts *facts, int code, const char *const words[3])
{
	int ret = zr_plan_make(&facts->plan, &facts->in, &facts->err);
	size_t i;

	if (ret != -code)
		fail_msg("%s instead of %s: %s", zr_error_name(ret), zr_error_name(code),
			 facts->err.text);
	assert_int_equal(facts->err.code, code);
	assert_null(facts->plan);
	for (i = 0; i < 3 && words[i]; i++) {
		if (!strstr(facts->err.text, words[i]))
			fail_msg("no '%s' in '%s'", words[i], facts->err.text);
	}
}

static void test_every_refusal(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refusals); i++) {
		struct facts *facts = facts_usual();

		print_message("# %s\n", refusals[i].name);
		refusals[i].spoil(facts);
		assert_refused(facts, refusals[i].code, refusals[i].words);
		facts_free(facts);
	}
}

static void test_place_is_noted(void **state)
{
	struct facts *facts = facts_usual();

	(void)state;
	full_source_capacity(facts);
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, &facts->err), -ZR_E_CAPACITY);
	assert_int_equal(facts->err.zone, 6);
	assert_int_equal(facts->err.physical, 6 * ZONE);
	assert_int_equal(facts->err.logical, facts->groups[2].logical);
	facts_free(facts);
}

static void test_mirror_pair(void **state)
{
	static const char *const words[3] = { "zone 2049", "superblock 1", "read-only" };
	struct facts *facts = facts_sized(600 * GIB, 256 * MIB);

	(void)state;
	facts->in.total_bytes = 100 * GIB;
	facts->target_zones[2049].cond = ZR_COND_READONLY;
	assert_refused(facts, ZR_E_ZONE_UNUSABLE, words);
	facts_free(facts);
}

/* Nothing that is wrong here stops a plan. */
static void test_no_refusal(void **state)
{
	struct facts *facts = facts_usual();

	(void)state;
	facts->target_zones[20].cond = ZR_COND_OFFLINE;
	facts->target_zones[21].cond = ZR_COND_READONLY;
	facts->source_zones[4].cond = ZR_COND_OFFLINE;
	facts_active(&facts->source_zones[3], 0);
	facts->in.target.logical_block = 512;
	facts_add(facts, DATA, 9, 0);
	facts->source_zones[9].cond = ZR_COND_OFFLINE;
	facts_plan(facts);
	facts_free(facts);
}

static void test_no_record(void **state)
{
	struct facts *facts = facts_usual();

	(void)state;
	target_capacity(facts);
	assert_int_equal(zr_plan_make(&facts->plan, &facts->in, NULL), -ZR_E_CAPACITY);
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_refusal), cmocka_unit_test(test_place_is_noted),
		cmocka_unit_test(test_mirror_pair),   cmocka_unit_test(test_no_refusal),
		cmocka_unit_test(test_no_record),
	};

	return cmocka_run_group_tests_name("plan refuse", tests, NULL, NULL);
}
