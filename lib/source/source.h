/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An open source: the device that is replaced, the other devices of its file system, its
 * superblock, its chunk map and the roots of the trees that are read. Everything is at one
 * superblock generation.
 */
#ifndef ZR_SOURCE_SOURCE_H
#define ZR_SOURCE_SOURCE_H

#include "check.h"
#include "chunk_map.h"
#include "device.h"
#include "log.h"
#include "member.h"
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
	/* dev->geo.zone_count of them; NULL before they are known, and without zones */
	struct zr_zone *zones;
	struct zr_members *members; /* NULL if there are none */
	bool members_lent; /* nothing was chosen for this source, see zr_source_open_kept() */
	bool spare; /* read the device only where no other has a good copy */
	bool regular; /* the file system may have no zones */
	bool degraded; /* without zones, devices may be missing */
	struct zr_dev_item *devices; /* of the file system, this one included */
	size_t device_count;
	size_t device_capacity;
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
	/* Of tree blocks on this device, which were walked by another copy. */
	atomic_uint_fast64_t bad_copies;
	atomic_uint_fast64_t unread_copies; /* reading them failed */
};

/*
 * zr_source_open_device - open the file system on a device
 * @source: filled with a source that owns @dev and @members; on failure both are closed
 * @members: the other devices of the file system; NULL if there are none
 * @options: where their paths do not matter any more; NULL for the defaults
 *
 * See zr_source_open().
 */
int zr_source_open_device(struct zr_source **source, struct zr_device *dev,
			  struct zr_members *members, const struct zr_source_options *options,
			  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_source_open_on - the same, with the members that the options name or that are found
 */
int zr_source_open_on(struct zr_source **source, struct zr_device *dev,
		      const struct zr_source_options *options, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_source_open_kept - the same, but @dev and @members stay the caller's, also on failure
 * @members: may be those of another source, which is open for at least as long; devices that are
 *           read by two sources are read in the same way. They are not preferred to @dev, and
 *           left alone if it is the only device of its file system.
 *
 * A source that was opened so is closed with zr_source_release().
 */
int zr_source_open_kept(struct zr_source **source, struct zr_device *dev,
			struct zr_members *members, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_source_open_at - the same, with the superblock at @super_physical, wherever a kernel looks
 */
int zr_source_open_at(struct zr_source **source, struct zr_device *dev, struct zr_members *members,
		      uint64_t super_physical, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_source_release - close a source but leave its devices open
 * Returns the device, which is the caller's again.
 */
struct zr_device *zr_source_release(struct zr_source *source);

/*
 * zr_source_name_device - see to it that a failure names the device that it was met on
 * @err: its devid says which device, or it is the source's own; a text that names one stays as it
 * is
 *
 * For what says that a file system is damaged, of an unknown kind or cannot be read.
 */
void zr_source_name_device(const struct zr_source *source, struct zr_error *err);

/*
 * zr_source_super_unchanged - read the superblocks of all devices again and compare them with those
 * from opening, see zr_super_unchanged()
 *
 * Returns 0, -ZR_E_SOURCE_CHANGED, or an error as from opening.
 */
int zr_source_super_unchanged(struct zr_source *source, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_source_is_zoned - whether the file system has zones, be they emulated
 */
bool zr_source_is_zoned(const struct zr_source *source);

/*
 * zr_source_require_zoned - refuse a source that cannot be replaced because it has no zones
 * Returns 0 or -ZR_E_FEATURE.
 */
int zr_source_require_zoned(const struct zr_source *source, struct zr_error *err) ZR_NODISCARD;

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
 * zr_source_device_item - what the chunk tree says of a device; NULL if it has none with the number
 */
const struct zr_dev_item *zr_source_device_item(const struct zr_source *source, uint64_t devid);

/*
 * zr_source_has_device - whether a device of the file system is there
 */
bool zr_source_has_device(const struct zr_source *source, uint64_t devid);

/*
 * zr_source_zone - the zone in which a place of the file system lies
 * Returns a zone that is lent until the source is closed, or NULL if the device is missing, has no
 * such place or no zones, or its zones are not known yet.
 */
const struct zr_zone *zr_source_zone(const struct zr_source *source, uint64_t devid,
				     uint64_t physical);

/*
 * zr_source_own_mirror - the copy of a byte that lies on the device itself; 0 if none does
 */
uint16_t zr_source_own_mirror(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
			      uint64_t logical);

/*
 * zr_source_first_mirror - the copy of a byte to read first
 * @own: the copy on the device itself
 *
 * That one, unless the device is to be spared and another one that is there has a copy.
 */
uint16_t zr_source_first_mirror(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
				uint64_t logical, uint16_t own);

/*
 * zr_source_read - read bytes that the file system can have written
 * @place, @len: multiples of the sector size
 *
 * With zones, refuses what lies beyond the zone's written part, because devices differ in what they
 * return there, and what lies in an offline zone. Returns 0, -ZR_E_MISSING, -ZR_E_ZONED,
 * -ZR_E_RANGE or the device's code for a failed read.
 */
int zr_source_read(struct zr_source *source, const struct zr_place *place, void *buffer, size_t len,
		   struct zr_error *err) ZR_NODISCARD;

#endif
