/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Half-open byte ranges and arithmetic that does not wrap, for numbers that come from a disk.
 */
#ifndef ZR_BASE_RANGE_H
#define ZR_BASE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct zr_range {
	uint64_t start;
	uint64_t len;
};

/*
 * zr_range_fits - whether [start, start + len) does not wrap and lies in [0, limit)
 * An empty range fits nowhere: nothing on disk may have length 0 where this is asked.
 */
static inline bool zr_range_fits(uint64_t start, uint64_t len, uint64_t limit)
{
	uint64_t end;

	return len && !__builtin_add_overflow(start, len, &end) && end <= limit;
}

static inline bool zr_is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static inline bool zr_is_aligned(uint64_t n, uint64_t unit)
{
	return n % unit == 0;
}

static inline uint64_t zr_min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t zr_max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t zr_div_up(uint64_t n, uint64_t unit)
{
	return n / unit + (n % unit != 0);
}

#endif
