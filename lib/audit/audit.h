/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of an audit; audit.c puts them in order.
 */
#ifndef ZR_AUDIT_AUDIT_H
#define ZR_AUDIT_AUDIT_H

#include "group.h"
#include "source.h"

#include <zreplace/check.h>

struct zr_audit {
	struct zr_device *dev;
	struct zr_zone *zones; /* dev->geo.zone_count of them; NULL before they are known */
	const struct zr_check_listener *listener;
	struct zr_check_summary *summary;
	const struct zr_source_options *options; /* of the other devices; may be NULL */
	struct zr_members *members; /* NULL while the superblock is not readable */
	struct zr_source *source; /* NULL while the trees are not readable */
	struct zr_group_list list;
};

/* Where something was found; ZR_NOWHERE where that says nothing. */
struct zr_audit_place {
	uint64_t zone;
	uint64_t logical;
};

#define ZR_AUDIT_NOWHERE ((struct zr_audit_place){ ZR_NOWHERE, ZR_NOWHERE })

/*
 * zr_audit_find - count a finding and tell it, with what kernels say to its kind
 */
void zr_audit_find(struct zr_audit *audit, enum zr_check_kind kind, struct zr_audit_place place,
		   const char *fmt, ...) ZR_PRINTF(4, 5);

/*
 * zr_audit_find_trees - tell that the trees cannot be read, and what kernels say to that
 * @reason: of class CORRUPT
 */
void zr_audit_find_trees(struct zr_audit *audit, const struct zr_error *reason);

/*
 * zr_audit_pass - hand on a failure that is no finding
 * Returns @rc.
 */
int zr_audit_pass(int rc, const struct zr_error *reason, struct zr_error *err);

/*
 * zr_audit_supers - the superblock copies of all mirrors
 *
 * Returns 0, also when there is none, or an error of reading the device.
 */
int zr_audit_supers(struct zr_audit *audit, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_audit_groups - the places, the profiles and the write pointers of all block groups
 */
void zr_audit_groups(struct zr_audit *audit);

/*
 * zr_audit_limits - the number of zones and the limit of active ones; needs no file system
 */
void zr_audit_limits(struct zr_audit *audit);

/*
 * zr_audit_reserve - whether the limit of active zones leaves room to work
 */
void zr_audit_reserve(struct zr_audit *audit);

/*
 * zr_audit_unused - zones of no block group
 *
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_audit_unused(struct zr_audit *audit, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_audit_device - audit the file system on an open device, which stays the caller's
 *
 * See zr_check_run().
 */
int zr_audit_device(struct zr_device *dev, const struct zr_source_options *options,
		    const struct zr_check_listener *listener, struct zr_check_summary *summary,
		    struct zr_error *err) ZR_NODISCARD;

#endif
