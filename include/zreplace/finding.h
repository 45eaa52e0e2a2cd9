/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was found to be wrong on a source, and whose it is.
 */
#ifndef ZREPLACE_FINDING_H
#define ZREPLACE_FINDING_H

#include <zreplace/error.h>

#include <stdint.h>

struct zr_source;

/* What became of a range that was not good. */
enum zr_finding_kind {
	ZR_FINDING_REPAIRED, /* this copy is bad; another one is good and was taken */
	ZR_FINDING_DAMAGED, /* readable but wrong on every copy: copied as it is */
	ZR_FINDING_UNVERIFIABLE, /* readable, but its checksums are not: copied as it is */
	ZR_FINDING_LOST, /* readable on no copy: zeroes are in its place */
	ZR_FINDING_REBUILT, /* without checksum, made of other stripes: nothing says it is right */
};

/* A range of one extent on one device that could not be read and verified there. */
struct zr_finding {
	enum zr_finding_kind kind;
	uint64_t devid;
	uint64_t physical; /* bytes from the start of the device */
	uint64_t logical; /* btrfs logical address in bytes */
	uint64_t len; /* bytes */
	uint64_t extent; /* logical address of the extent */
	int code; /* enum zr_error_code: why */
	int tree_block; /* nonzero: metadata */
	int has_csum; /* zero: data without checksum, so that nobody notices zeroes in its place */
};

/*
 * zr_finding_name - a word for a kind, such as "repaired"; lent for ever
 */
const char *zr_finding_name(enum zr_finding_kind kind);

/* One use of a range: a part of a file, or a block of a tree. */
struct zr_owner {
	uint64_t tree; /* number of the tree, of the subvolume for a file */
	uint64_t inode; /* of the file; 0 for a tree block and when it is not known */
	uint64_t offset; /* in the file, of the first byte, before compression */
	unsigned int level; /* of a tree block */
	const char *path; /* of the file from the top of the file system; NULL when there is none */
};

/* Called for each owner; what it points to is lent for the call. */
typedef void (*zr_owner_fn)(const struct zr_owner *owner, void *context);

/*
 * zr_source_owners - who uses a range
 * @source: open source
 * @logical, @len: a range in one extent
 * @found: called for each owner, none twice
 *
 * Follows the back references of the extent. A file is looked for in every subvolume, so that
 * snapshots that share it are found; of several names of a file one is given. The cost is one
 * search in each subvolume for each file. The tree of a tree block is the one that it was made for.
 *
 * Returns 0, also when there is no owner; otherwise a code of class CORRUPT or SOURCE_IO for
 * metadata that cannot be read, or -ZR_E_NO_MEMORY: owners may be missing then.
 */
int zr_source_owners(struct zr_source *source, uint64_t logical, uint64_t len, zr_owner_fn found,
		     void *context, struct zr_error *err);

#endif
