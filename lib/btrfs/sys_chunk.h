/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system chunk array of a superblock: keys and chunk items one behind the other.
 */
#ifndef ZR_BTRFS_SYS_CHUNK_H
#define ZR_BTRFS_SYS_CHUNK_H

#include "block.h"
#include "error.h"

/*
 * zr_sys_chunk_next - the next chunk item of the array
 * @array: of @size bytes, at most ZR_SYS_CHUNKS_MAX
 * @offset: 0 before the first call; the function advances it
 * @item: filled; its data is lent by the array and still to be decoded
 *
 * A system chunk must be complete in the array, since nothing else can be read without it.
 * Returns 0, 1 at the end, or -ZR_E_SYSARRAY. The kernel: btrfs_read_sys_array().
 */
int zr_sys_chunk_next(const uint8_t *array, uint32_t size, uint32_t *offset, struct zr_item *item,
		      struct zr_error *err) ZR_NODISCARD;

#endif
