/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Superblock copies on the target. Writing the primary one is the moment at which the target
 * becomes a file system.
 */
#ifndef ZR_TARGET_SUPERBLOCK_H
#define ZR_TARGET_SUPERBLOCK_H

#include "sink.h"

/*
 * zr_superblock_write - write one copy
 * @raw: superblock of the source; 4096 bytes
 * @physical: where; the start of an empty log zone if @sequential
 * @bytenr: what the copy says in its bytenr field
 *
 * In a log zone it becomes the first and only entry, and the second zone of the pair is left empty:
 * the one state in which every kernel and tool finds the entry.
 * Returns 0, -ZR_E_NO_MEMORY, -ZR_E_ZONE_MISMATCH or the target's codes.
 */
int zr_superblock_write(struct zr_device *dev, const uint8_t *raw, uint64_t physical,
			uint64_t bytenr, bool sequential, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_superblock_clear - take one copy away: reset its log zone, or write zeroes over it
 * Returns 0, -ZR_E_NO_MEMORY or the target's codes.
 */
int zr_superblock_clear(struct zr_device *dev, uint64_t physical, bool sequential,
			struct zr_error *err) ZR_NODISCARD;

/*
 * zr_superblock_compare - read a copy back and compare it with what zr_superblock_write() wrote
 * Returns 0, -ZR_E_NO_MEMORY or -ZR_E_TARGET_READ.
 */
int zr_superblock_compare(struct zr_device *dev, const uint8_t *raw, uint64_t physical,
			  uint64_t bytenr, struct zr_error *err) ZR_NODISCARD;

#endif
