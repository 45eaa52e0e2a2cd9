/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A storage device with zones, read and written by address: a zoned block device (through libzbd),
 * a zoned image (the pair of files that "zbd dump" makes), or a regular block device or file.
 * Knows nothing of btrfs. Source and target are both built on it, so libzbd is named in one file.
 *
 * Several threads may read one device at a time, if nobody writes to it or changes zones meanwhile.
 * Everything else on one device is for one thread at a time.
 */
#ifndef ZR_DEVICE_DEVICE_H
#define ZR_DEVICE_DEVICE_H

#include "error.h"
#include "zone.h"

#include <stddef.h>
#include <stdint.h>

struct zr_device;

/*
 * What a backend provides. Addresses and lengths are multiples of the logical block size, buffers
 * are aligned to ZR_BUFFER_ALIGN. Every function reports failures with the codes in dev->codes and
 * never retries. Tests wrap a device by putting their own table in front of it.
 */
struct zr_device_ops {
	/* Fill zones[0..count) from zone number first; all of them or fail. */
	int (*report)(struct zr_device *dev, uint32_t first, uint32_t count, struct zr_zone *zones,
		      struct zr_error *err);
	/* Read exactly len bytes. */
	int (*read)(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		    struct zr_error *err);
	/* Write exactly len bytes; on a sequential zone at its write pointer, within capacity. */
	int (*write)(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		     struct zr_error *err);
	/*
	 * Change the condition of one sequential zone: reset any writable one, close an open one,
	 * finish an active or empty one. Closed or full already is no error.
	 */
	int (*zone_op)(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
		       struct zr_error *err);
	/* Everything written so far is stable when this returns 0. */
	int (*flush)(struct zr_device *dev, struct zr_error *err);
	void (*close)(struct zr_device *dev);
};

/* The codes of enum zr_error_code under which a device reports its own failures. */
struct zr_device_codes {
	int read, write, flush, zones;
};

struct zr_device {
	const struct zr_device_ops *ops;
	const struct zr_device_codes *codes;
	struct zr_geometry geo;
	char *path; /* as the caller named it */
	char *model; /* vendor, model, serial as far as known, for a person; may be empty */
	uint64_t id; /* st_rdev of a block device; 0 for files */
	bool writable;
	bool flush_failed; /* set by a backend: no later flush can make the lost data stable */
};

enum zr_device_role {
	ZR_ROLE_SOURCE, /* opened read-only */
	ZR_ROLE_RETIRE, /* a source, opened for writing to take its superblocks away */
	ZR_ROLE_TARGET_READ, /* opened read-only, errors are the target's */
	ZR_ROLE_TARGET, /* opened for writing */
};

/*
 * zr_device_open - open a device of any kind
 * @path: a block device; NAME_zone_info.dump of a zoned image; a regular file
 * @role: what for. Block devices are opened with O_EXCL, which fails while they are mounted or
 *        held; files are locked (shared for reading, exclusive for writing), so that two runs
 *        exclude each other.
 *
 * A zoned block device or image gets its geometry here and its zone report is checked with
 * zr_zones_check(). A regular device has geo.zone_size 0 until zr_device_emulate().
 *
 * Returns 0 and a device that zr_device_close() frees; -ZR_E_OPEN, -ZR_E_BUSY, -ZR_E_IMAGE,
 * -ZR_E_GEOMETRY, -ZR_E_ZONE_REPORT, -ZR_E_SOURCE_ZONES or -ZR_E_TARGET_ZONES.
 */
int zr_device_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_device_emulate - give a regular device the conventional zones that btrfs emulates on it
 * @zone_size: bytes, one that zr_zone_size_check() takes
 *
 * Does nothing on a zoned device. Returns 0 or -ZR_E_GEOMETRY.
 */
int zr_device_emulate(struct zr_device *dev, uint64_t zone_size, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_device_zones - report all zones of a device
 * @zones: filled with an array of geo.zone_count zones, owned by the caller (free())
 *
 * Returns 0 or an error as from zr_device_open().
 */
int zr_device_zones(struct zr_device *dev, struct zr_zone **zones,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * The operations, as in struct zr_device_ops, behind checks that hold for every backend: reads and
 * writes must lie in [0, geo.size), be multiples of geo.logical_block and not be empty; these fail
 * with the code of the operation, as addresses come from what was read from a disk. A buffer that
 * is not aligned, and a write to a device that is open for reading, is -ZR_E_INTERNAL. A zone that
 * does not exist, or a zone command to a conventional zone, is -ZR_E_ZONE_RULE. Flushing a device
 * that is open for reading does nothing.
 */
int zr_device_report(struct zr_device *dev, uint32_t first, uint32_t count, struct zr_zone *zones,
		     struct zr_error *err) ZR_NODISCARD;
int zr_device_read(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		   struct zr_error *err) ZR_NODISCARD;
int zr_device_write(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		    struct zr_error *err) ZR_NODISCARD;
int zr_device_zone_op(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
		      struct zr_error *err) ZR_NODISCARD;
int zr_device_flush(struct zr_device *dev, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_device_close - close and free; NULL is allowed
 */
void zr_device_close(struct zr_device *dev);

#endif
