/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The superblock log: where the superblock copies of a zoned btrfs lie, and which entry of a pair
 * of log zones is the current one. Pure decisions; the same as the kernel's sb_zone_number(),
 * sb_write_pointer() and sb_log_location().
 */
#ifndef ZR_ZONE_SBLOG_H
#define ZR_ZONE_SBLOG_H

#include "zone.h"

#define ZR_SB_SIZE 4096
#define ZR_SB_MIRRORS 3

/*
 * zr_sb_offset - the place of a mirror on a regular device, which is also the bytenr that its
 * superblock says wherever it lies: 64 KiB, 64 MiB, 256 GiB
 * @mirror: 0 to ZR_SB_MIRRORS - 1
 */
uint64_t zr_sb_offset(unsigned int mirror);

/*
 * zr_sblog_zone - number of the first zone of a mirror's pair: at 0, 512 GiB, 4 TiB
 */
uint64_t zr_sblog_zone(unsigned int mirror, uint64_t zone_size);

/*
 * zr_sblog_exists - whether a zoned device has both zones of a mirror's pair
 *
 * The first pair is looked for in whole zones only; the second zone of the others can be a shorter
 * last one, as a mounted kernel writes to these and refuses to mount what is wrong in them.
 * The kernel: btrfs_sb_log_location_bdev(), btrfs_get_dev_zone_info().
 */
bool zr_sblog_exists(const struct zr_geometry *geo, unsigned int mirror);

/*
 * zr_sblog_uses - whether a zone of a zoned device belongs to a pair that exists there
 */
bool zr_sblog_uses(const struct zr_geometry *geo, uint64_t zone_no);

/*
 * zr_sb_copy_physical - where a device begins to hold a mirror: its pair of log zones, or its fixed
 * place on a regular device
 */
uint64_t zr_sb_copy_physical(const struct zr_geometry *geo, unsigned int mirror);

/*
 * zr_sb_copy_exists - whether a kernel writes this mirror
 * @total_bytes: of the device item
 * The kernel: write_dev_supers().
 */
bool zr_sb_copy_exists(const struct zr_geometry *geo, unsigned int mirror, uint64_t total_bytes);

/*
 * zr_sblog_reserved - whether a zone may hold no block group: zones of a pair (by number, on every
 * device), and the zones that contain 64 KiB, 64 MiB or 256 GiB
 * The kernel: btrfs_find_allocatable_zones(), exclude_super_stripes().
 */
bool zr_sblog_reserved(uint64_t zone_no, uint64_t zone_size);

/*
 * zr_zone_can_have_group - whether a block group can have a zone: it can be written, is as large as
 * the others and holds no superblock
 * @zones: of a device, ascending
 */
bool zr_zone_can_have_group(const struct zr_zone *zones, uint32_t zone_no, uint64_t zone_size);

enum zr_sblog_state {
	ZR_SBLOG_FIXED, /* first zone conventional: one superblock at its start, no log */
	ZR_SBLOG_EMPTY, /* no superblock was ever written */
	ZR_SBLOG_FIRST, /* the newest entry is in the first zone */
	ZR_SBLOG_SECOND, /* the newest entry is in the second zone */
	ZR_SBLOG_COMPARE, /* both are full: the generations of their last slots decide */
	ZR_SBLOG_BROKEN, /* no kernel accepts the pair */
};

/*
 * zr_sblog_state - the state of a pair of superblock log zones
 * @pair: two neighbouring zones
 *
 * "Full" is condition full or less than ZR_SB_SIZE bytes left below the capacity. A pair whose
 * second zone alone is conventional is broken here: kernel and tools disagree about it. A zone that
 * is offline is broken as well; a read-only zone counts as full. A first zone that was opened but
 * holds nothing counts as empty, a second one as in use, as in the kernel. A pair is broken whose
 * write pointer lies inside the first entry of a zone, or whose zone has no room for an entry.
 */
enum zr_sblog_state zr_sblog_state(const struct zr_zone pair[2]);

/*
 * zr_sblog_last_slot - physical address of the last whole entry that fits below the capacity
 */
uint64_t zr_sblog_last_slot(const struct zr_zone *zone);

/*
 * zr_sblog_newest - physical address of the newest entry of a zone
 * @zone: the zone that zr_sblog_state() named; its write pointer is at least one entry in, or it is
 *        full
 *
 * The entry that ends at the write pointer, rounded down to a whole entry, or the last slot of a
 * full zone.
 */
uint64_t zr_sblog_newest(const struct zr_zone *zone);

/*
 * zr_sblog_compare - which zone of two full ones holds the newer entry
 * @generation: of the last slots; 0 for a slot that holds no superblock
 *
 * Returns 0 or 1; the second on equal generations.
 */
unsigned int zr_sblog_compare(const uint64_t generation[2]);

#endif
