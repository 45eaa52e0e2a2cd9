/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other devices of a file system that has several. They are read and never written, and no
 * device of one file system is at another generation than the others.
 */
#ifndef ZR_SOURCE_MEMBER_H
#define ZR_SOURCE_MEMBER_H

#include "device.h"
#include "super.h"

#include <zreplace/source.h>

struct zr_member {
	struct zr_device *dev;
	struct zr_zone *zones; /* dev->geo.zone_count of them; NULL before they are known */
	struct zr_super super;
	uint64_t super_physical; /* where it was read */
	uint32_t active; /* zones that are active */
	bool listed; /* the chunk tree has its device item */
};

struct zr_members {
	struct zr_member *list;
	size_t count;
	size_t capacity;
	bool searched; /* found by their fsid, and not named by anybody */
	struct zr_error skipped; /* why the first device was not taken that the search had found */
};

/*
 * zr_members_open - open the other devices of the file system that a device is of
 * @members: filled with what zr_members_free() frees, empty if the device is the only one
 * @dev: the device that is replaced
 * @options: their paths; without a list, and on a block device, they are searched for; may be NULL
 *
 * A device that is named and is not fit is an error; one that was found is skipped. Whether one is
 * missing is not asked yet.
 * Returns 0, -ZR_E_MEMBER, -ZR_E_ARGUMENT for options of an unknown size, or an error of opening a
 * device or reading its superblock.
 */
int zr_members_open(struct zr_members **members, struct zr_device *dev,
		    const struct zr_source_options *options, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_members_new - no members yet; NULL if memory runs out
 */
struct zr_members *zr_members_new(void);

/*
 * zr_members_add - take an open device into the list
 * @own: superblock of the device that is replaced
 * @dev: taken over, also on failure
 *
 * Returns 0, -ZR_E_MEMBER if it is of another file system, at another generation, or a copy of a
 * device that is there already, or an error of reading its superblock or its zones.
 */
int zr_members_add(struct zr_members *members, const struct zr_super *own, struct zr_device *dev,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_member_find - the member with a number; NULL if there is none
 */
struct zr_member *zr_member_find(const struct zr_members *members, uint64_t devid);

/*
 * zr_members_emulate - give regular members the zones of the file system, and have no others; count
 * active zones
 * Returns 0 or -ZR_E_GEOMETRY.
 */
int zr_members_emulate(struct zr_members *members, uint64_t zone_size,
		       struct zr_error *err) ZR_NODISCARD;

/*
 * zr_members_unchanged - read all superblocks again and compare them with those from opening
 * Returns 0, -ZR_E_SOURCE_CHANGED, or an error as from opening.
 */
int zr_members_unchanged(const struct zr_members *members, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_members_free - close all devices; NULL is allowed
 */
void zr_members_free(struct zr_members *members);

#endif
