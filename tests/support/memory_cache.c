// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a device in memory can lose when the power goes: everything since its last flush. Within a
 * sequential zone the operations happened in order, so one of them is the last that counts, and of
 * a write any first part; blocks of other zones can each be old or new.
 */
#include "memory_cache.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 4096

struct memory_undo {
	struct memory_undo *older;
	struct zr_zone zone;
	uint64_t physical;
	size_t len; /* 0 for zone commands */
	uint8_t bytes[];
};

static uint32_t zone_of(const struct memory_undo *undo)
{
	return (uint32_t)(undo->physical / MEMORY_ZONE_SIZE);
}

void memory_remember(struct memory_device *memory, uint64_t physical, size_t len)
{
	struct memory_undo *undo;

	if (!memory->cached)
		return;
	undo = malloc(sizeof(*undo) + len);
	if (!undo)
		abort();
	undo->older = memory->undo;
	undo->zone = memory->zones[physical / MEMORY_ZONE_SIZE];
	undo->physical = physical;
	undo->len = len;
	memcpy(undo->bytes, memory->bytes + physical, len);
	memory->undo = undo;
}

void memory_forget_undo(struct memory_device *memory)
{
	while (memory->undo) {
		struct memory_undo *undo = memory->undo;

		memory->undo = undo->older;
		free(undo);
	}
}

static void take_back(struct memory_device *memory, const struct memory_undo *undo)
{
	memory->zones[zone_of(undo)] = undo->zone;
	memcpy(memory->bytes + undo->physical, undo->bytes, undo->len);
}

void memory_lose_cache(struct memory_device *memory)
{
	const struct memory_undo *undo;

	for (undo = memory->undo; undo; undo = undo->older)
		take_back(memory, undo);
	memory_forget_undo(memory);
}

/* Of a write only the first bytes are there. */
static void cut(struct memory_device *memory, const struct memory_undo *undo, size_t kept)
{
	uint64_t written = undo->physical - undo->zone.start + kept;

	memcpy(memory->bytes + undo->physical + kept, undo->bytes + kept, undo->len - kept);
	if (zr_zone_is_sequential(&undo->zone))
		memory_set_zone(memory, zone_of(undo), written ? ZR_COND_CLOSED : ZR_COND_EMPTY,
				written);
}

void memory_tear_write(struct memory_device *memory)
{
	const struct memory_undo *undo = memory->undo;

	while (undo && !undo->len)
		undo = undo->older;
	if (undo)
		cut(memory, undo, undo->len / 2 / BLOCK * BLOCK);
	memory_forget_undo(memory);
}

static uint32_t count_undo(const struct memory_device *memory, uint32_t zone_no)
{
	const struct memory_undo *undo;
	uint32_t count = 0;

	for (undo = memory->undo; undo; undo = undo->older)
		count += zone_of(undo) == zone_no;
	return count;
}

uint32_t memory_unflushed(const struct memory_device *memory)
{
	uint32_t zones = 0;
	uint32_t i;

	for (i = 0; i < memory->options.zones; i++)
		zones += count_undo(memory, i) > 0;
	return zones;
}

void memory_lose_zone(struct memory_device *memory, uint32_t number)
{
	const struct memory_undo *undo;
	uint32_t zone_no = 0;

	while (zone_no < memory->options.zones && (!count_undo(memory, zone_no) || number--))
		zone_no++;
	for (undo = memory->undo; undo; undo = undo->older)
		if (zone_of(undo) == zone_no)
			take_back(memory, undo);
	memory_forget_undo(memory);
}

static uint64_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

static void mix_blocks(struct memory_device *memory, const struct memory_undo *undo,
		       uint64_t *state)
{
	size_t at;

	for (at = 0; at < undo->len; at += BLOCK)
		if (next(state) & 1)
			memcpy(memory->bytes + undo->physical + at, undo->bytes + at, BLOCK);
}

static void mix_zone(struct memory_device *memory, uint32_t zone_no, uint64_t *state)
{
	uint32_t left = count_undo(memory, zone_no);
	uint32_t kept = left ? (uint32_t)(next(state) % (left + 1)) : 0;
	const struct memory_undo *undo;

	for (undo = memory->undo; undo; undo = undo->older) {
		if (zone_of(undo) != zone_no)
			continue;
		left--;
		if (!zr_zone_is_sequential(&undo->zone))
			mix_blocks(memory, undo, state);
		else if (left > kept || (left == kept && !undo->len))
			take_back(memory, undo);
		else if (left == kept)
			cut(memory, undo, next(state) % (undo->len / BLOCK) * BLOCK);
	}
}

void memory_mix_cache(struct memory_device *memory, uint64_t seed)
{
	uint32_t zone_no;

	for (zone_no = 0; zone_no < memory->options.zones; zone_no++)
		mix_zone(memory, zone_no, &seed);
	memory_forget_undo(memory);
}
