/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be true of a run however it ended, found out without the library where that is
 * possible.
 */
#ifndef ZR_TESTS_TINY_ORACLE_H
#define ZR_TESTS_TINY_ORACLE_H

#include "tiny_run.h"

/*
 * tiny_changes - whether an operation changes a device
 */
bool tiny_changes(const struct memory_op *op);

/*
 * tiny_untouched - whether nothing was done to a device but reading, since its log was emptied
 */
bool tiny_untouched(const struct memory_device *memory);

/*
 * tiny_same_content - whether the block groups of two targets are equal, byte by byte
 * tiny_same_supers - whether their superblocks are
 * tiny_same - both, and the state of all zones
 * @whole: a run that nothing went wrong with
 *
 * What differs is said in a line of output.
 */
bool tiny_same_content(const struct tiny_run *run, const struct tiny_run *whole);
bool tiny_same_supers(const struct tiny_run *run, const struct tiny_run *whole);
bool tiny_same(const struct tiny_run *run, const struct tiny_run *whole);

/*
 * tiny_same_used - whether the target has all that the source uses where the plan wants it; gaps do
 * not matter, and tree blocks that are changed on the way are not looked at
 */
bool tiny_same_used(const struct tiny_run *run);

/*
 * tiny_expected_zone - what a zone of the target must hold
 * @end: bytes; what is not used up to there is zeroes
 */
void tiny_expected_zone(const struct tiny_run *run, uint64_t logical, unsigned int mirror,
			uint64_t end, uint8_t *to);

/*
 * tiny_magic - whether the magic of btrfs is readable at any place where a superblock can be
 */
bool tiny_magic(const struct memory_device *memory);

/*
 * tiny_journal_place - where a target's journal is
 * tiny_holds_journal - whether it begins with a record
 */
uint64_t tiny_journal_place(const struct memory_device *memory);
bool tiny_holds_journal(const struct memory_device *memory);

#endif
