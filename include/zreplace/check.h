/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Auditing a zoned btrfs without a replace: what its zones, its superblocks and its trees say of
 * each other, and which kernels refuse to mount it for that. Nothing is written.
 */
#ifndef ZREPLACE_CHECK_H
#define ZREPLACE_CHECK_H

#include <zreplace/error.h>
#include <zreplace/source.h>

#include <stddef.h>
#include <stdint.h>

/* Kernels whose answer to each finding is known. */
enum zr_kernel {
	ZR_KERNEL_6_1,
	ZR_KERNEL_6_12,
	ZR_KERNEL_LATER, /* those after 6.18; some of its rules are from 6.17 */
	ZR_KERNELS,
};

/* How bad it is. */
enum zr_check_severity {
	ZR_CHECK_NOTE, /* worth knowing */
	ZR_CHECK_WARNING, /* space, a spare copy or a reader is lost */
	ZR_CHECK_ERROR, /* a kernel refuses to mount, or data is lost or is going to be */
};

/* X(kind, name, severity) */
#define ZR_CHECK_KINDS(X)                                      \
	X(SUPER_LOG, "super-log", ERROR)                       \
	X(SUPER_NONE, "super-none", ERROR)                     \
	X(SUPER_CSUM, "super-csum", ERROR)                     \
	X(SUPER_FIELD, "super-field", ERROR)                   \
	X(SUPER_TOOLS, "super-tools", WARNING)                 \
	X(COPY_LOG, "copy-log", ERROR)                         \
	X(COPY_BAD, "copy-bad", WARNING)                       \
	X(COPY_OLD, "copy-old", WARNING)                       \
	X(COPY_BEYOND, "copy-beyond", WARNING)                 \
	X(LIMIT_LOW, "limit-low", ERROR)                       \
	X(LIMIT_EXCEEDED, "limit-exceeded", ERROR)             \
	X(LIMIT_LATER, "limit-later", ERROR)                   \
	X(LIMIT_NEAR, "limit-near", WARNING)                   \
	X(FEW_ZONES, "few-zones", ERROR)                       \
	X(MEMBER_MISSING, "member-missing", NOTE)              \
	X(TREES, "trees", ERROR)                               \
	X(TREE_LOG, "tree-log", ERROR)                         \
	X(EXTENT_UNALIGNED, "extent-unaligned", ERROR)         \
	X(GROUP_ON_SUPER, "group-on-super", ERROR)             \
	X(GROUP_ON_LOG, "group-on-super-log", ERROR)           \
	X(PROFILE, "profile", NOTE)                            \
	X(DATA_PROFILE, "data-profile", ERROR)                 \
	X(POINTER_LOST, "pointer-lost", ERROR)                 \
	X(STRIPE_LOST, "stripe-lost", ERROR)                   \
	X(FIRST_MIRROR_LOST, "first-mirror-lost", ERROR)       \
	X(MIRROR_LOST, "mirror-lost", WARNING)                 \
	X(POINTER_DIFFERS, "pointer-differs", ERROR)           \
	X(POINTER_MIXED, "pointer-mixed", ERROR)               \
	X(POINTER_BEHIND, "pointer-behind", ERROR)             \
	X(POINTER_BEHIND_MIXED, "pointer-behind-mixed", ERROR) \
	X(POINTER_UNALIGNED, "pointer-unaligned", WARNING)     \
	X(LEFTOVER, "leftover", NOTE)                          \
	X(DEAD_ZONE, "dead-zone", NOTE)

/* What can be found; zr_check_kind_name() gives its word. */
enum zr_check_kind {
#define ZR_CHECK_ENUM(kind, name, severity) ZR_CHECK_##kind,
	ZR_CHECK_KINDS(ZR_CHECK_ENUM)
#undef ZR_CHECK_ENUM
};

/* Something that is not as it should be. Strings are lent for the call. */
struct zr_check_finding {
	enum zr_check_kind kind;
	enum zr_check_severity severity;
	uint64_t zone; /* number of the zone, or ZR_NOWHERE */
	uint64_t logical; /* of the block group, or ZR_NOWHERE */
	const char *text; /* one line */
	const char *advice; /* what can be done, or NULL */
	/*
	 * What each kernel says when it refuses to mount for that reason: the words that are always
	 * the same, without the numbers between them. NULL: it mounts.
	 */
	const char *refusal[ZR_KERNELS];
};

/* A place for copies of the superblock. Strings are lent for the call. */
struct zr_check_superblock {
	unsigned int mirror;
	const char *state; /* of the two log zones, or "fixed place" */
	int valid; /* nonzero: there is a good superblock, and the rest says which */
	uint64_t physical; /* of the current entry, bytes */
	uint64_t generation;
};

/* One copy of a block group on the device. Strings are lent for the call. */
struct zr_check_zone {
	uint64_t zone; /* number */
	uint64_t physical; /* start of the device extent, bytes */
	uint64_t logical; /* start of the block group */
	const char *type; /* "data", "metadata", "system" */
	const char *profile; /* "single", "dup", ... */
	uint32_t stripe; /* number in the chunk */
	uint64_t used; /* bytes that the block group item counts */
	uint64_t last; /* end of the last extent, offset in the zone */
	uint64_t written; /* where the zone ends, offset; its capacity if it is full */
	uint64_t cap; /* capacity of the zone, bytes */
	const char *cond; /* condition of the zone */
};

/* The figures of an audit. */
struct zr_check_summary {
	char model[128]; /* vendor, model and serial of the device; may be empty */
	uint64_t device_bytes;
	uint64_t zone_size; /* 0 while it is not known */
	uint32_t zones;
	int zoned; /* whether the device has zones of its own; 0 for emulated ones */
	int has_super; /* nonzero: there is a superblock, and the next four are set */
	uint8_t fsid[16];
	uint64_t devid;
	uint64_t generation;
	uint64_t total_bytes;
	int complete; /* nonzero: nothing kept the audit from looking at everything */
	uint32_t group_zones; /* zones in block groups */
	uint32_t leftover; /* zones in no block group that are not empty */
	uint32_t active; /* active zones */
	uint32_t max_active; /* limit of the device, 0: none */
	uint32_t reserved; /* active zones that a kernel sets aside when it mounts */
	uint32_t notes;
	uint32_t warnings;
	uint32_t errors;
};

/* Who hears what is found, while it is found. Any function may be NULL. */
struct zr_check_listener {
	size_t size; /* sizeof(struct zr_check_listener) */
	void (*superblock)(const struct zr_check_superblock *superblock, void *context);
	void (*zone)(const struct zr_check_zone *zone, void *context);
	void (*finding)(const struct zr_check_finding *finding, void *context);
	void *context;
};

/*
 * zr_check_kind_name - the word for a kind, such as "pointer-differs"; lent for ever
 */
const char *zr_check_kind_name(enum zr_check_kind kind);

/*
 * zr_check_severity_name - "note", "warning" or "error"; lent for ever
 */
const char *zr_check_severity_name(enum zr_check_severity severity);

/*
 * zr_kernel_name - "6.1", "6.12" or "later"; lent for ever
 */
const char *zr_kernel_name(enum zr_kernel kernel);

/*
 * zr_check_run - audit the zoned btrfs on a device
 * @path: a block device, a raw file, or NAME_zone_info.dump of a zoned image; of a file system of
 *        several devices, the one that is audited
 * @options: as for zr_source_open(), but only the other devices count
 * @listener: NULL when the summary is enough
 * @summary: filled, also after a failure, as far as the audit got
 *
 * Looks at the superblock log of each mirror, the limit of active zones, each block group's write
 * pointers against its last extent and against each other, the places of block groups, and zones
 * of no block group. Zones of the other devices are looked at where a block group has its other
 * copies there. All are opened read-only and held for the time.
 * The kernel: btrfs_get_dev_zone_info(), btrfs_load_block_group_zone_info(),
 * exclude_super_stripes(), btrfs_check_active_zone_reservation().
 *
 * Returns 0 whatever was found; otherwise a negative code: class USAGE or REFUSED when the device
 * cannot be opened, UNSUPPORTED for a file system that cannot be read, SOURCE_IO, ZONE_STATE, or
 * -ZR_E_ARGUMENT for a listener or options of an unknown size.
 */
int zr_check_run(const char *path, const struct zr_source_options *options,
		 const struct zr_check_listener *listener, struct zr_check_summary *summary,
		 struct zr_error *err);

#endif
