// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_device.h"

#include <string.h>

#define BLOCK 4096
#define BIT 0x10

static struct zr_zone *zone_at(const struct memory_device *memory, uint64_t physical)
{
	return &memory->zones[physical / MEMORY_ZONE_SIZE];
}

/* Somebody writes a block; returns whether there was room for it. */
static bool move(struct memory_device *memory, uint64_t physical)
{
	static const uint8_t block[BLOCK] = { 0xab };
	struct zr_zone *zone = zone_at(memory, physical);

	if (!zr_zone_is_sequential(zone) || zone->cond == ZR_COND_FULL)
		return false;
	memory_place(memory, zone->wp, block, sizeof(block));
	return true;
}

/* The write pointer of such a zone is not reported. */
static bool spoil_zone(struct memory_device *memory, uint64_t physical, enum zr_zone_cond cond)
{
	struct zr_zone *zone = zone_at(memory, physical);

	if (memory->options.regular)
		return false;
	memory->fault->before = *zone;
	zone->cond = cond;
	zone->wp = UINT64_MAX;
	return true;
}

/* When its operation is reached; returns whether there is something to spoil. */
static bool meet(struct memory_device *memory, const struct memory_op *op)
{
	struct memory_fault *fault = memory->fault;

	switch (fault->effect) {
	case MEMORY_MOVES:
		return move(memory, op->physical);
	case MEMORY_GOES_READ_ONLY:
		return spoil_zone(memory, op->physical, ZR_COND_READONLY);
	case MEMORY_GOES_OFFLINE:
		return spoil_zone(memory, op->physical, ZR_COND_OFFLINE);
	case MEMORY_FLIPS:
		fault->place = op->physical + fault->fail_at * 4099 % op->len;
		return true;
	default:
		return true;
	}
}

enum memory_effect memory_fault_next(struct memory_device *memory, const struct memory_op *op)
{
	struct memory_fault *fault = memory->fault;

	if (!fault || (fault->kinds && !(fault->kinds & 1U << op->kind)))
		return MEMORY_WORKS;
	if (++fault->count < fault->fail_at || !fault->fail_at)
		return MEMORY_WORKS;
	if (fault->count == fault->fail_at) {
		fault->place = op->physical;
		fault->met = meet(memory, op);
	} else if (!fault->lasting) {
		return MEMORY_WORKS;
	}
	if (fault->effect == MEMORY_MOVES || fault->effect == MEMORY_GOES_READ_ONLY ||
	    fault->effect == MEMORY_GOES_OFFLINE)
		return MEMORY_WORKS;
	return fault->effect;
}

static void flip_at(uint64_t place, uint64_t physical, uint8_t *bytes, size_t len)
{
	if (place >= physical && place - physical < len)
		bytes[place - physical] ^= BIT;
}

void memory_fault_flip(const struct memory_fault *fault, uint64_t physical, uint8_t *bytes,
		       size_t len)
{
	flip_at(fault->place, physical, bytes, len);
	if (fault->copy && fault->copy(fault->place) != fault->place)
		flip_at(fault->copy(fault->place), physical, bytes, len);
}

void memory_heal(struct memory_device *memory, const struct memory_fault *fault)
{
	if (fault->before.len)
		*zone_at(memory, fault->before.start) = fault->before;
}
