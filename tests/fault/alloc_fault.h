/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations that fail. Programs that use it are linked so that what the library and the test
 * allocate goes through it; what other libraries allocate does not.
 */
#ifndef ZR_TESTS_ALLOC_FAULT_H
#define ZR_TESTS_ALLOC_FAULT_H

#include <stdint.h>

/*
 * alloc_fail_at - from now on count allocations, and let the one with this number fail
 * @n: from 1
 */
void alloc_fail_at(uint64_t n);

/*
 * alloc_work_again - no allocation fails any more; returns how many there were
 */
uint64_t alloc_work_again(void);

/*
 * alloc_peak - bytes that were allocated at most at any moment while allocations were counted
 */
uint64_t alloc_peak(void);

#endif
