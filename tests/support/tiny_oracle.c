// SPDX-License-Identifier: GPL-2.0-or-later
#include "tiny_oracle.h"

#include <stdio.h>
#include <string.h>

#define ZONE MEMORY_ZONE_SIZE
#define FIXED_PLACE (1ULL << 20)
#define SUPER_BYTES 4096

bool tiny_changes(const struct memory_op *op)
{
	return op->kind == MEMORY_WRITE || op->kind == MEMORY_RESET || op->kind == MEMORY_CLOSE ||
	       op->kind == MEMORY_FINISH;
}

bool tiny_untouched(const struct memory_device *memory)
{
	size_t i;

	for (i = 0; i < memory->log_count; i++)
		if (tiny_changes(&memory->log[i]))
			return false;
	return true;
}

static bool same_bytes(const struct tiny_run *run, const struct tiny_run *whole, uint64_t physical,
		       uint64_t len)
{
	return !memcmp(run->to->bytes + physical, whole->to->bytes + physical, len);
}

bool tiny_same_content(const struct tiny_run *run, const struct tiny_run *whole)
{
	size_t i;

	for (i = 0; i < whole->plan->zone_count; i++) {
		const struct zr_plan_zone *zone = &whole->plan->zones[i];

		if (same_bytes(run, whole, zone->target_physical, zone->end))
			continue;
		printf("# zone %u differs\n", (unsigned int)(zone->target_physical / ZONE));
		return false;
	}
	return true;
}

bool tiny_same_supers(const struct tiny_run *run, const struct tiny_run *whole)
{
	size_t i;

	for (i = 0; i < whole->plan->superblock_count; i++)
		if (!same_bytes(run, whole, whole->plan->superblocks[i].physical, SUPER_BYTES))
			return false;
	return true;
}

static bool same_zones(const struct tiny_run *run, const struct tiny_run *whole)
{
	uint32_t i;

	for (i = 0; i < run->to->options.zones; i++) {
		const struct zr_zone *zone = &run->to->zones[i];
		const struct zr_zone *other = &whole->to->zones[i];

		if (zone->wp == other->wp && zone->cond == other->cond)
			continue;
		printf("# zone %u is in another state\n", i);
		return false;
	}
	return true;
}

bool tiny_same(const struct tiny_run *run, const struct tiny_run *whole)
{
	return same_zones(run, whole) && tiny_same_supers(run, whole) &&
	       tiny_same_content(run, whole);
}

void tiny_expected_zone(const struct tiny_run *run, uint64_t logical, unsigned int mirror,
			uint64_t end, uint8_t *to)
{
	const struct tiny_items *list = &run->fs->trees[TINY_EXTENT_TREE];
	size_t i;

	memset(to, 0, end);
	for (i = 0; i < list->count; i++) {
		const struct zr_key *key = &list->items[i].key;
		uint64_t len = key->type == 169 ? TINY_NODE : key->offset;

		if (key->objectid < logical || key->objectid >= logical + ZONE ||
		    (key->type != 168 && key->type != 169))
			continue;
		memcpy(to + (key->objectid - logical),
		       run->from->bytes + tiny_physical(key->objectid, mirror), len);
	}
}

/* Where the plan puts a byte of the source. */
static uint64_t on_target(const struct tiny_run *run, uint64_t physical)
{
	size_t i;

	for (i = 0; i < run->plan->zone_count; i++) {
		const struct zr_plan_zone *zone = &run->plan->zones[i];

		if (physical >= zone->source_physical &&
		    physical - zone->source_physical < zone->len)
			return zone->target_physical + (physical - zone->source_physical);
	}
	return physical;
}

/* Whether a tree block is another one on the target: it names places, or the fsid. */
static bool is_changed(const struct tiny_run *run, uint64_t physical)
{
	uint64_t owner = tiny_peek(run->from->bytes + physical, 88, 8);

	return run->plan->summary.uuid == ZR_UUID_NEW ||
	       (run->plan->summary.zones_moved && (owner == 3 || owner == 4));
}

static bool same_extent(const struct tiny_run *run, uint64_t physical, uint64_t len)
{
	return !memcmp(run->to->bytes + on_target(run, physical), run->from->bytes + physical, len);
}

bool tiny_same_used(const struct tiny_run *run)
{
	const struct tiny_items *list = &run->fs->trees[TINY_EXTENT_TREE];
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct zr_key *key = &list->items[i].key;
		uint64_t len = key->type == 169 ? TINY_NODE : key->offset;
		uint64_t first = tiny_physical(key->objectid, 0);
		uint64_t second = run->fs->options.dup ? tiny_other_copy(first) : first;

		if ((key->type != 168 && key->type != 169) ||
		    (key->type == 169 && is_changed(run, first)))
			continue;
		if (!same_extent(run, first, len) || !same_extent(run, second, len))
			return false;
	}
	return true;
}

static bool magic_at(const struct memory_device *memory, uint64_t physical)
{
	return !memcmp(memory->bytes + physical + 0x40, "_BHRfS_M", 8);
}

/* In a log each place of an entry; the start of a conventional zone. */
static bool magic_in_zone(const struct memory_device *memory, uint32_t zone_no)
{
	const struct zr_zone *zone = &memory->zones[zone_no];
	uint64_t at;

	if (!zr_zone_is_sequential(zone))
		return !zone_no && magic_at(memory, zone->start);
	for (at = 0; at < zr_zone_written(zone); at += SUPER_BYTES)
		if (magic_at(memory, zone->start + at))
			return true;
	return false;
}

bool tiny_magic(const struct memory_device *memory)
{
	static const uint64_t first = 64ULL << 10;
	static const uint64_t second = 64ULL << 20;

	if (!memory->options.regular)
		return magic_in_zone(memory, 0) || magic_in_zone(memory, 1);
	return magic_at(memory, first) ||
	       (second < memory->dev.geo.size && magic_at(memory, second));
}

uint64_t tiny_journal_place(const struct memory_device *memory)
{
	return zr_zone_is_sequential(&memory->zones[0]) ? ZONE : FIXED_PLACE;
}

bool tiny_holds_journal(const struct memory_device *memory)
{
	uint64_t at = tiny_journal_place(memory);

	if (at == ZONE && memory->zones[1].wp == ZONE)
		return false;
	return !memcmp(memory->bytes + at + 32, "ZRJOURNL", 8);
}
