/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An open source: the device, its superblock, its chunk map and the roots of the trees that are
 * read. Everything is at one superblock generation.
 */
#ifndef ZR_SOURCE_SOURCE_H
#define ZR_SOURCE_SOURCE_H

#include "check.h"
#include "chunk_map.h"
#include "device.h"
#include "log.h"
#include "super.h"

#include <stdatomic.h>

#include <zreplace/source.h>

/* The root of a tree that is read. */
struct zr_tree {
	uint64_t logical;
	uint64_t generation;
	uint64_t owner; /* number of the tree, which its blocks carry */
	bool shared; /* a subvolume: below the root there are blocks of others */
	uint8_t level;
};

struct zr_source {
	struct zr_device *dev;
	struct zr_zone *zones; /* dev->geo.zone_count of them; NULL before they are known */
	struct zr_super super;
	uint64_t super_physical; /* where the superblock was read */
	struct zr_check_context check;
	struct zr_check_context log_check; /* for the tree-log, which is one transaction ahead */
	struct zr_chunk_map chunks;
	struct zr_tree root_tree;
	struct zr_tree extent_tree;
	struct zr_tree dev_tree;
	struct zr_tree csum_tree;
	struct zr_tree
		group_tree; /* where block group items are: the extent tree or one of its own */
	struct zr_log log;
	struct zr_source_counters counters;
	atomic_uint_fast64_t
		second_choices; /* tree blocks that were walked by another than their first copy */
};

/*
 * zr_source_open_device - open the file system on a device
 * @source: filled with a source that owns @dev; on failure @dev is closed
 *
 * See zr_source_open().
 */
int zr_source_open_device(struct zr_source **source, struct zr_device *dev,
			  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_source_open_kept - the same, but @dev stays the caller's, also on failure
 * A source that was opened so is closed with zr_source_release().
 */
int zr_source_open_kept(struct zr_source **source, struct zr_device *dev,
			struct zr_error *err) ZR_NODISCARD;

/*
 * zr_source_release - close a source but leave its device open
 * Returns the device, which is the caller's again.
 */
struct zr_device *zr_source_release(struct zr_source *source);

/*
 * zr_source_super_unchanged - read the superblock again and compare it with the one from opening
 *
 * The zones of the superblock log are reported again, so an entry that was added is seen.
 * Returns 0, -ZR_E_SOURCE_CHANGED, or an error as from opening.
 */
int zr_source_super_unchanged(struct zr_source *source, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_counters_add - add figures up
 */
void zr_counters_add(struct zr_source_counters *sum, const struct zr_source_counters *more);

/*
 * zr_source_check - what tree blocks of a generation are checked against
 * Blocks of the tree-log are of the transaction after the superblock's.
 */
const struct zr_check_context *zr_source_check(const struct zr_source *source, uint64_t generation);

/*
 * zr_source_read - read bytes of the device that the file system can have written
 * @physical, @len: multiples of the sector size
 *
 * Refuses what lies beyond the zone's written part, because devices differ in what they return
 * there, and what lies in an offline zone. Returns 0, -ZR_E_ZONED, -ZR_E_RANGE or the device's code
 * for a failed read.
 */
int zr_source_read(struct zr_source *source, uint64_t physical, void *buffer, size_t len,
		   struct zr_error *err) ZR_NODISCARD;

#endif
