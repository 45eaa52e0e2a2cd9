/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The four checksums of btrfs: one type per file system, over superblocks, tree blocks and data.
 */
#ifndef ZR_BTRFS_CSUM_H
#define ZR_BTRFS_CSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers are those of enum btrfs_csum_type. */
enum zr_csum_type {
	ZR_CSUM_CRC32C = 0,
	ZR_CSUM_XXHASH = 1,
	ZR_CSUM_SHA256 = 2,
	ZR_CSUM_BLAKE2B = 3,
	ZR_CSUM_TYPES,
};

#define ZR_CSUM_MAX 32

/*
 * zr_csum_size - bytes of a checksum: 4, 8, 32, 32
 */
size_t zr_csum_size(enum zr_csum_type type);

/*
 * zr_csum_name - the name that mkfs.btrfs takes; lent for ever
 */
const char *zr_csum_name(enum zr_csum_type type);

/*
 * zr_csum - compute a checksum
 * @out: ZR_CSUM_MAX bytes, filled with the checksum in its on-disk form and zeroes behind it
 *
 * crc32c is stored little-endian, as is xxhash64.
 */
void zr_csum(enum zr_csum_type type, const void *data, size_t len, uint8_t out[ZR_CSUM_MAX]);

/*
 * zr_csum_matches - whether the data has this checksum
 * @stored: zr_csum_size(type) bytes as on disk
 */
bool zr_csum_matches(enum zr_csum_type type, const void *data, size_t len, const uint8_t *stored);

#endif
