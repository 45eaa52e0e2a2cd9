/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time that only goes forward.
 */
#ifndef ZR_BASE_CLOCK_H
#define ZR_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define ZR_SECOND_NS 1000000000ULL

/*
 * zr_clock_ns - nanoseconds since some moment in the past
 */
static inline uint64_t zr_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * ZR_SECOND_NS + (uint64_t)now.tv_nsec;
}

#endif
