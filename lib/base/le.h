/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Little-endian integers as they lie on disk: bytes in a struct, so that they have no alignment,
 * and comparing or adding one without conversion does not compile.
 */
#ifndef ZR_BASE_LE_H
#define ZR_BASE_LE_H

#include <stdint.h>

struct le16 {
	uint8_t byte[2];
};

struct le32 {
	uint8_t byte[4];
};

struct le64 {
	uint8_t byte[8];
};

static inline uint16_t le16_get(struct le16 v)
{
	return (uint16_t)(v.byte[0] | v.byte[1] << 8);
}

static inline uint32_t le32_get(struct le32 v)
{
	return (uint32_t)v.byte[0] | (uint32_t)v.byte[1] << 8 | (uint32_t)v.byte[2] << 16 |
	       (uint32_t)v.byte[3] << 24;
}

/* Without a loop, so that compilers make it one load. */
static inline uint64_t le64_get(struct le64 v)
{
	const struct le32 low = { { v.byte[0], v.byte[1], v.byte[2], v.byte[3] } };
	const struct le32 high = { { v.byte[4], v.byte[5], v.byte[6], v.byte[7] } };

	return le32_get(low) | (uint64_t)le32_get(high) << 32;
}

static inline struct le16 le16_set(uint16_t n)
{
	struct le16 v = { { (uint8_t)n, (uint8_t)(n >> 8) } };

	return v;
}

static inline struct le32 le32_set(uint32_t n)
{
	struct le32 v = { { (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16),
			    (uint8_t)(n >> 24) } };

	return v;
}

static inline struct le64 le64_set(uint64_t n)
{
	struct le64 v = { { (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24),
			    (uint8_t)(n >> 32), (uint8_t)(n >> 40), (uint8_t)(n >> 48),
			    (uint8_t)(n >> 56) } };

	return v;
}

#endif
