/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The source of a replace or of a new layout: an unmounted btrfs, opened read-only.
 */
#ifndef ZREPLACE_SOURCE_H
#define ZREPLACE_SOURCE_H

#include <zreplace/error.h>

#include <stddef.h>
#include <stdint.h>

struct zr_source;

/* What a source is, for a person. Strings are lent until the source is closed. */
struct zr_source_info {
	const char *path;
	const char *model; /* vendor, model and serial of the device; may be empty */
	const char *label; /* as stored, may hold any byte */
	const char *csum; /* name of the checksum type */
	uint8_t fsid[16];
	uint64_t devid;
	uint64_t generation;
	uint64_t device_bytes; /* of the device */
	uint64_t total_bytes; /* of the file system on it */
	uint64_t used_bytes; /* logical bytes in use */
	uint64_t zone_size; /* 0 for a file system without zones */
	uint32_t zone_count;
	uint32_t nodesize;
	uint32_t sectorsize;
	int zoned; /* whether the device has zones of its own; 0 for emulated ones */
	uint32_t devices; /* of the file system, this one and missing ones included */
};

/* How a source is opened. */
struct zr_source_options {
	size_t size; /* sizeof(struct zr_source_options) */
	/*
	 * The other devices of the file system, as for zr_source_open(). Without a list (NULL) they
	 * are looked for among the block devices of this machine by libblkid; an empty list says
	 * that there are none.
	 */
	const char *const *members;
	size_t member_count;
	int spare; /* nonzero: read the source only where no other device has a good copy */
	/*
	 * nonzero: open a file system without zones too, which can get a new layout but is not
	 * replaced. Not on a zoned device. The superblock at 64 KiB counts, as for a kernel; when a
	 * copy is newer, the file system must be mounted once.
	 */
	int regular;
	int degraded; /* nonzero: devices of a file system without zones may be missing */
};

/* What was read for a copy since opening; bytes. */
struct zr_source_counters {
	uint64_t metadata; /* tree blocks, verified */
	uint64_t verified; /* data that matched its checksums */
	uint64_t unverified; /* data that has none, or whose checksums cannot be read */
	uint64_t repaired; /* taken from another copy; counted as verified or metadata as well */
	uint64_t damaged; /* wrong on every copy, or its checksums are lost */
	uint64_t lost; /* readable on no copy */
};

/*
 * zr_source_open - open a file system for reading
 * @source: filled with a source that zr_source_close() frees
 * @path: a block device, a raw file, or NAME_zone_info.dump of a zoned image; of a file system of
 *        several devices, the one that is replaced
 * @options: lent for the call; NULL for the defaults
 *
 * Reads the superblock (by the state of the superblock log on a zoned device), the chunk tree and
 * the roots. All are opened read-only and held until the source is closed: block devices
 * exclusively, files against writers.
 * One of a zoned file system may be missing until something is needed of it. Without zones a
 * missing one is refused unless the options allow it, because what is there may be an old state;
 * then what lay on it is read elsewhere as far as the profiles allow, with parity too.
 * Returns 0, or a negative code: class USAGE when a device cannot be opened, REFUSED when it is
 * in use, missing, holds no btrfs, or is no member of the source's, UNSUPPORTED for an unknown
 * feature, CORRUPT, SOURCE_IO, or ZONE_STATE for a zone report that cannot be.
 */
int zr_source_open(struct zr_source **source, const char *path,
		   const struct zr_source_options *options, struct zr_error *err);

/*
 * zr_source_info - what the source is
 */
void zr_source_info(const struct zr_source *source, struct zr_source_info *info);

/*
 * zr_source_member_next - the other devices of the file system, ascending by number
 * @position: 0 before the first call; the function advances it
 * @path: as it was named or found, lent until the source is closed; NULL if it is missing
 *
 * Returns 0 with @devid and @path set, or 1 at the end.
 */
int zr_source_member_next(const struct zr_source *source, size_t *position, uint64_t *devid,
			  const char **path);

/*
 * zr_source_close - close and free; NULL is allowed
 */
void zr_source_close(struct zr_source *source);

#endif
