/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree-log: what was fsynced since the last commit. Its blocks, and data that only it names,
 * are in no extent item, so they are listed here. A log is as large as what one transaction
 * fsynced.
 */
#ifndef ZR_SOURCE_LOG_H
#define ZR_SOURCE_LOG_H

#include "item.h"

#include <stdbool.h>
#include <stddef.h>

struct zr_source;

struct zr_log_csum {
	uint64_t logical;
	uint64_t len;
	size_t at; /* of the first checksum in csum_bytes */
};

struct zr_log {
	struct zr_extent *extents; /* ascending by logical, none twice */
	size_t extent_count;
	size_t extent_capacity;
	struct zr_log_csum *csums; /* ascending by logical */
	size_t csum_count;
	size_t csum_capacity;
	uint8_t *csum_bytes;
	size_t csum_len;
	uint64_t blocks_left; /* that a log can have at most, less those that were read */
	uint32_t trees; /* subvolumes that have a log */
	bool used; /* whether extents and checksums of the log count as the file system's */
};

/*
 * zr_log_read - read the tree-log that the superblock names, if there is one
 * @use: whether what it names is copied; otherwise it is read only to say what is dropped
 *
 * Reading it again changes nothing but @use.
 * Returns 0, -ZR_E_LOG with the reason when it cannot be read, or -ZR_E_NO_MEMORY.
 * The kernel: btrfs_replay_log(), walk_log_tree().
 */
int zr_log_read(struct zr_source *source, bool use, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_log_first - index of the first extent that does not begin below an address
 */
size_t zr_log_first(const struct zr_log *log, uint64_t logical);

void zr_log_free(struct zr_log *log);

#endif
