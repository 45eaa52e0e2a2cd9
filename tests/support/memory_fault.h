/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can go wrong with an operation on a device in memory.
 */
#ifndef ZR_TESTS_MEMORY_FAULT_H
#define ZR_TESTS_MEMORY_FAULT_H

#include "zone.h"

struct memory_device;
struct memory_op;

enum memory_effect {
	MEMORY_FAILS, /* nothing happens, and an error is reported */
	MEMORY_FAILS_HALFWAY, /* of a transfer the first half happens, then an error is reported */
	MEMORY_DROPS, /* nothing happens, and success is reported */
	MEMORY_FLIPS, /* a bit of what is transferred is wrong, and success is reported */
	MEMORY_MOVES, /* somebody else writes a block at the write pointer before */
	MEMORY_GOES_READ_ONLY, /* the zone does, before the operation */
	MEMORY_GOES_OFFLINE,
	MEMORY_WORKS,
};

/* Counts operations, of several devices if they share it, and spoils one of them. */
struct memory_fault {
	uint64_t count;
	uint64_t fail_at; /* number of the operation from 1; 0: none */
	bool lasting; /* all that come after it fail as well; a flipped bit stays where it is */
	enum memory_effect effect;
	uint32_t kinds; /* bits 1 << enum memory_kind of what is counted; 0: everything */
	int sys_errno; /* of the reported error */
	uint64_t (*copy)(uint64_t physical); /* a flipped bit is there as well; may be NULL */
	bool met; /* it did something */
	uint64_t place; /* of the spoilt operation, or where the flipped bit is */
	struct zr_zone before; /* of a zone that went read-only or offline */
};

/*
 * memory_fault_next - what becomes of an operation that is about to happen
 */
enum memory_effect memory_fault_next(struct memory_device *memory, const struct memory_op *op);

/*
 * memory_fault_flip - invert a bit of a transfer if it covers its place
 */
void memory_fault_flip(const struct memory_fault *fault, uint64_t physical, uint8_t *bytes,
		       size_t len);

/*
 * memory_heal - bring a zone back that the fault made read-only or offline
 */
void memory_heal(struct memory_device *memory, const struct memory_fault *fault);

#endif
