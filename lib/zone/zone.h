/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zones of a device: their geometry, types and conditions, without any I/O.
 *
 * Everything is in bytes. A write pointer is a byte address on the device; what it says depends on
 * the condition (drivers report it differently for full, read-only and offline zones), so nobody
 * computes with it but through zr_zone_written().
 */
#ifndef ZR_ZONE_ZONE_H
#define ZR_ZONE_ZONE_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <zreplace/zone.h>

/* Zone sizes that zoned btrfs takes: BTRFS_MIN_ZONE_SIZE, BTRFS_MAX_ZONE_SIZE. */
#define ZR_ZONE_SIZE_MIN (4ULL << 20)
#define ZR_ZONE_SIZE_MAX (8ULL << 30)
/* Active zones that a kernel wants at least when there is a limit: BTRFS_MIN_ACTIVE_ZONES. */
#define ZR_ACTIVE_ZONES_MIN 8

enum zr_zone_model {
	ZR_MODEL_REGULAR, /* no zones; btrfs emulates conventional ones */
	ZR_MODEL_HOST_MANAGED, /* sequential zones must be written at their write pointer */
};

struct zr_geometry {
	enum zr_zone_model model;
	uint64_t size; /* bytes of the device */
	uint64_t zone_size; /* power of two; 0 on a regular device until it is known */
	uint32_t zone_count; /* whole zones and a shorter last one */
	uint32_t max_active; /* 0: no limit */
	uint32_t max_open; /* 0: no limit */
	uint32_t logical_block; /* smallest unit of I/O */
	bool seeks; /* going to and fro between places costs time; also where that is not known */
};

static inline bool zr_zone_is_sequential(const struct zr_zone *zone)
{
	return zone->type == ZR_ZONE_SEQUENTIAL;
}

static inline bool zr_zone_is_active(const struct zr_zone *zone)
{
	return zone->cond == ZR_COND_IMP_OPEN || zone->cond == ZR_COND_EXP_OPEN ||
	       zone->cond == ZR_COND_CLOSED;
}

/* Bytes of a device without the part of a zone at its end. */
static inline uint64_t zr_zone_whole_bytes(const struct zr_geometry *geo)
{
	return geo->size / geo->zone_size * geo->zone_size;
}

/* Neither read-only nor offline. */
static inline bool zr_zone_is_writable(const struct zr_zone *zone)
{
	return zone->cond != ZR_COND_READONLY && zone->cond != ZR_COND_OFFLINE;
}

/*
 * zr_zone_error_at - note where the failure is that the caller reports next with zr_fail()
 * @zone: number of the zone on the device, or ZR_NOWHERE
 * @physical: byte address on the device, or ZR_NOWHERE
 *
 * Does nothing when the record holds an earlier failure, whose place it must keep.
 */
static inline void zr_zone_error_at(struct zr_error *err, uint64_t zone, uint64_t physical)
{
	if (!err || err->code)
		return;
	err->zone = zone;
	err->physical = physical;
}

/*
 * zr_zone_written - bytes from the start of a zone that may hold data
 *
 * Conventional: the whole length. Empty: 0. Full: the capacity, whatever the write pointer says.
 * Active: up to the write pointer. Read-only: the capacity, as the pointer is not reported.
 * Offline: 0. This is what the kernel's btrfs_load_zone_info() takes as allocation offset.
 */
uint64_t zr_zone_written(const struct zr_zone *zone);

/*
 * zr_zone_cond_name, zr_zone_type_name - a word for a person; lent for ever
 */
const char *zr_zone_cond_name(enum zr_zone_cond cond);
const char *zr_zone_type_name(enum zr_zone_type type);

/*
 * zr_zone_size_check - whether zoned btrfs takes a zone size: a power of two between
 * ZR_ZONE_SIZE_MIN and ZR_ZONE_SIZE_MAX
 * @device: what a message names
 *
 * Returns 0 or -ZR_E_GEOMETRY.
 */
int zr_zone_size_check(const char *device, uint64_t zone_size, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_zones_check - whether a complete zone report is possible and fit for zoned btrfs
 * @device: what a message names
 * @geo: geometry of the device that reported
 * @zones: geo->zone_count zones
 * @code: what to report a failure as, ZR_E_ZONE_REPORT unless the caller knows better
 *
 * Checks the zone size with zr_zone_size_check(), that zones follow each other without a gap up to
 * geo->size, that only the last one is shorter, 0 < capacity <= length, known types and conditions,
 * conventional exactly where there is no write pointer, and that the write pointer of an active
 * zone lies in [start, start + capacity]. Read-only and offline zones may say any write pointer,
 * and may be of either type. What the limit of active zones allows is not asked here: it matters to
 * writers only. The kernel checks the same in btrfs_get_dev_zone_info().
 *
 * Returns 0, -ZR_E_GEOMETRY or -@code with the zone number in @err.
 */
int zr_zones_check(const char *device, const struct zr_geometry *geo, const struct zr_zone *zones,
		   int code, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_geometry_limit - how many zones may be active for every kernel; 0 without a limit
 * From Linux 6.17 on the limit of open zones counts as one of active zones, where it is lower.
 */
static inline uint32_t zr_geometry_limit(const struct zr_geometry *geo)
{
	bool open_counts = geo->max_active && geo->max_open >= ZR_ACTIVE_ZONES_MIN;

	return open_counts && geo->max_open < geo->max_active ? geo->max_open : geo->max_active;
}

/*
 * zr_zone_emulated - one of the conventional zones that btrfs emulates on a regular device
 * @geo: size and zone_size set
 * @zone_no: below the number of zones, counting a shorter last one
 */
struct zr_zone zr_zone_emulated(const struct zr_geometry *geo, uint32_t zone_no);

/*
 * zr_zones_emulate - the conventional zones that btrfs emulates on a regular device
 * @geo: size and zone_size set; zone_count is filled in
 * @zones: filled with *@zones owned by the caller (free()); a shorter last zone is included, as
 *         the kernel's emulate_report_zones() does
 *
 * Returns 0, -ZR_E_GEOMETRY (zr_zone_size_check(), or more zones than a number of 32 bits counts)
 * or -ZR_E_NO_MEMORY.
 */
int zr_zones_emulate(struct zr_geometry *geo, struct zr_zone **zones,
		     struct zr_error *err) ZR_NODISCARD;

#endif
