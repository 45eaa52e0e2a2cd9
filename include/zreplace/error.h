/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors of libzreplace.
 *
 * Every function that can fail returns int: 0, or the negative of a code of enum zr_error_code.
 * Functions named "next" return 0 for an item and 1 at the end as well. The detail is in a record
 * that the caller owns; the library prints nothing.
 */
#ifndef ZREPLACE_ERROR_H
#define ZREPLACE_ERROR_H

#include <stdint.h>

/*
 * What kind of failure it is. A program maps classes, not codes, to its exit status.
 */
enum zr_error_class {
	ZR_CLASS_NONE,
	ZR_CLASS_CORRUPT, /* the source's metadata or data is damaged */
	ZR_CLASS_UNSUPPORTED, /* the source uses what this library does not know */
	ZR_CLASS_SOURCE_IO, /* the source device failed */
	ZR_CLASS_TARGET_IO, /* the target device failed */
	ZR_CLASS_ZONE_STATE, /* a zone is not in the state that it must be in */
	ZR_CLASS_NO_SPACE, /* the target cannot hold the source */
	ZR_CLASS_USAGE, /* the call or the environment is wrong */
	ZR_CLASS_REFUSED, /* going on would put data at risk */
	ZR_CLASS_DIFFERENT, /* verification found a difference */
	ZR_CLASS_CANCELLED, /* the caller asked to stop */
	ZR_CLASS_BUG, /* the library broke a rule of its own */
};

/* X(code, class, one line that says when it occurs) */
#define ZR_ERROR_CODES(X)                                                                   \
	X(NOT_BTRFS, REFUSED, "no btrfs superblock where one must be")                      \
	X(SHORT, CORRUPT, "the device is too small for what it must hold")                  \
	X(CSUM, CORRUPT, "a checksum does not match")                                       \
	X(GEOM, CORRUPT, "sector size, node size or another size field is invalid")         \
	X(ALIGN, CORRUPT, "an address or a length is not aligned")                          \
	X(LEVEL, CORRUPT, "a tree level is impossible or not the expected one")             \
	X(RANGE, CORRUPT, "an address or a size lies outside what exists")                  \
	X(DEV, CORRUPT, "a device item does not fit the device")                            \
	X(UUID, CORRUPT, "a file system or device UUID does not match")                     \
	X(GENERATION, CORRUPT, "a generation is not the expected one")                      \
	X(OFFSET, CORRUPT, "a block or superblock says that it belongs elsewhere")          \
	X(SBLOG, CORRUPT, "the superblock log zones contradict each other")                 \
	X(SYSARRAY, CORRUPT, "the system chunk array is invalid")                           \
	X(CHUNK, CORRUPT, "a chunk item is invalid")                                        \
	X(OVERLAP, CORRUPT, "two ranges overlap that must not")                             \
	X(DEVEXT, CORRUPT, "device extents and chunks contradict each other")               \
	X(OWNER, CORRUPT, "a tree block belongs to another tree")                           \
	X(KEY, CORRUPT, "keys are out of order or not the expected ones")                   \
	X(NRITEMS, CORRUPT, "a tree block has an impossible number of items")               \
	X(ITEM, CORRUPT, "an item is invalid or too short")                                 \
	X(ROOT, CORRUPT, "a tree root is missing or invalid")                               \
	X(EXTENT, CORRUPT, "an extent item is invalid")                                     \
	X(BLOCK_GROUP, CORRUPT, "a block group contradicts its chunk or its extents")       \
	X(CSUM_TREE, CORRUPT, "a checksum item is invalid")                                 \
	X(ZONED, CORRUPT, "an address breaks a rule of zoned btrfs")                        \
	X(FEATURE, UNSUPPORTED, "a feature of the file system is not supported")            \
	X(PROFILE, UNSUPPORTED, "a block group profile is not supported")                   \
	X(LOG, CORRUPT, "the tree-log cannot be read")                                      \
	X(MEMBER, REFUSED, "a device is not the member of the file system that it must be") \
	X(MISSING, REFUSED, "a device of the file system is missing, and it is needed")     \
	X(REPLACE_RUNNING, REFUSED, "a device replace is in progress on the source")        \
	X(BALANCE_RUNNING, REFUSED, "a balance is in progress on the source")               \
	X(LOG_DIRTY, REFUSED, "a tree-log that was not replayed is in the way")             \
	X(SOURCE_READ, SOURCE_IO, "reading the source failed")                              \
	X(SOURCE_ZONES, SOURCE_IO, "the zone report of the source failed")                  \
	X(SOURCE_WRITE, SOURCE_IO, "taking the source's superblocks away failed")           \
	X(SOURCE_BAD, REFUSED, "the source has bad blocks that no other copy replaces")     \
	X(SOURCE_CHANGED, REFUSED, "the source changed during the run")                     \
	X(TARGET_READ, TARGET_IO, "reading the target failed")                              \
	X(TARGET_WRITE, TARGET_IO, "writing the target failed")                             \
	X(TARGET_FLUSH, TARGET_IO, "flushing the target failed")                            \
	X(TARGET_ZONES, TARGET_IO, "a zone command on the target failed")                   \
	X(ZONE_REPORT, ZONE_STATE, "a zone report is impossible")                           \
	X(ZONE_MISMATCH, ZONE_STATE, "a zone is not where the plan says it must be")        \
	X(ZONE_RULE, ZONE_STATE, "a write or zone command breaks a rule of zoned devices")  \
	X(ZONE_UNUSABLE, REFUSED, "a zone that is needed is offline or read-only")          \
	X(GEOMETRY, REFUSED, "source and target geometry do not fit each other")            \
	X(TOO_SMALL, NO_SPACE, "the target is smaller than the file system needs")          \
	X(CAPACITY, NO_SPACE, "a zone's capacity is below what must be written to it")      \
	X(ACTIVE_ZONES, NO_SPACE, "the target allows too few active zones")                 \
	X(LAYOUT, NO_SPACE, "the target has too few zones for a new layout")                \
	X(NO_MEMORY, USAGE, "memory ran out")                                               \
	X(OPEN, USAGE, "a device or file cannot be opened")                                 \
	X(BUSY, REFUSED, "a device is mounted or otherwise in use")                         \
	X(HOLDS_DATA, REFUSED, "the target holds data")                                     \
	X(OTHER_RUN, REFUSED, "the target holds an unfinished run of something else")       \
	X(NO_RUN, REFUSED, "the target holds no unfinished run")                            \
	X(JOURNAL, REFUSED, "the journal of an unfinished run cannot be gone on with")      \
	X(ARGUMENT, USAGE, "an argument is invalid")                                        \
	X(IMAGE, USAGE, "a zoned image file is invalid")                                    \
	X(DIFFERENT, DIFFERENT, "source and target differ")                                 \
	X(CANCELLED, CANCELLED, "the run was cancelled")                                    \
	X(PLAN, BUG, "a plan breaks a rule that every plan must keep")                      \
	X(INTERNAL, BUG, "an internal rule is broken")

/*
 * Codes start above the range of errno, so that a negative return value is never ambiguous.
 */
enum zr_error_code {
	ZR_E_NONE = 0,
	ZR_E_BASE = 10000,
#define ZR_ERROR_ENUM(name, class, text) ZR_E_##name,
	ZR_ERROR_CODES(ZR_ERROR_ENUM)
#undef ZR_ERROR_ENUM
		ZR_E_END,
};

#define ZR_ERROR_TEXT_MAX 512
#define ZR_NOWHERE UINT64_MAX

/*
 * The caller-owned detail of a failure. Initialise with ZR_ERROR_INIT; the first failure that is
 * reported into a record stays in it.
 */
struct zr_error {
	int code; /* enum zr_error_code, 0 while nothing failed */
	int sys_errno; /* errno of the operating system, 0 if none was involved */
	uint64_t devid;
	uint64_t physical; /* bytes from the start of the device, or ZR_NOWHERE */
	uint64_t logical; /* btrfs logical address in bytes, or ZR_NOWHERE */
	uint64_t zone; /* zone number on the device, or ZR_NOWHERE */
	char text[ZR_ERROR_TEXT_MAX];
};

#define ZR_ERROR_INIT                                                               \
	{                                                                           \
		.devid = ZR_NOWHERE, .physical = ZR_NOWHERE, .logical = ZR_NOWHERE, \
		.zone = ZR_NOWHERE                                                  \
	}

/*
 * zr_error_class - the class of a code
 * @code: a code, or the negative of one as functions return it
 *
 * Returns ZR_CLASS_NONE for 0 and ZR_CLASS_BUG for a number that is no code.
 */
enum zr_error_class zr_error_class(int code);

/*
 * zr_error_is_gone - whether a failure is of a device that was taken away, and may come back
 *
 * Returns nonzero if it is, as far as the system said so.
 */
int zr_error_is_gone(const struct zr_error *err);

/*
 * zr_error_name - the name of a code, such as "CSUM"; lent for ever, "UNKNOWN" for no code
 */
const char *zr_error_name(int code);

/*
 * zr_error_text - the one line that says when a code occurs; lent for ever
 */
const char *zr_error_text(int code);

#endif
