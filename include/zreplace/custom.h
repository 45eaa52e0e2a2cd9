/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sources and targets that the caller serves: a device in memory, behind a network protocol or with
 * rules of its own. The library asks for everything by address.
 */
#ifndef ZREPLACE_CUSTOM_H
#define ZREPLACE_CUSTOM_H

#include <zreplace/error.h>
#include <zreplace/source.h>
#include <zreplace/target.h>
#include <zreplace/zone.h>

#include <stddef.h>
#include <stdint.h>

/*
 * What the caller provides. Each function returns 0 or a negative errno, and never moves less than
 * it was asked for. Addresses and lengths are bytes and multiples of the logical block size.
 *
 * A target is called from several threads at a time, but for one zone by one of them, and by nobody
 * else during a flush or a report. A source is read from several threads at a time.
 */
struct zr_custom_ops {
	size_t size; /* sizeof(struct zr_custom_ops) */
	/* Fill zones[0..count) from zone number first. Not called without zones. */
	int (*report)(void *context, uint32_t first, uint32_t count, struct zr_zone *zones);
	int (*read)(void *context, uint64_t physical, void *buffer, size_t len);
	/* Of targets only: on a sequential zone at its write pointer, within its capacity. */
	int (*write)(void *context, uint64_t physical, const void *buffer, size_t len);
	/* Of targets with zones only. */
	int (*zone_op)(void *context, enum zr_zone_op op, uint32_t zone);
	/* Of targets only: everything written so far is stable when it returns 0. */
	int (*flush)(void *context);
	/* Called once, also when opening fails after the arguments were found to be good; or NULL.
	 */
	void (*close)(void *context);
};

/* A device of the caller. Strings are copied. */
struct zr_custom_device {
	size_t size; /* sizeof(struct zr_custom_device) */
	const struct zr_custom_ops *ops; /* lent until the device is closed */
	void *context; /* the first argument of each function */
	const char *name; /* what messages name */
	const char *model; /* vendor, model and serial for a person; NULL for nothing */
	uint64_t bytes; /* of the device */
	uint64_t zone_size; /* bytes; 0 for a device without zones of its own */
	uint32_t max_active; /* zones that may be active; 0: no limit */
	uint32_t max_open; /* zones that may be open; 0: no limit */
	uint32_t logical_block; /* smallest unit of a transfer: a power of two from 512 to 4096 */
	int seeks; /* nonzero: going to and fro between places costs time */
};

/*
 * zr_source_open_custom - open the file system on a device of the caller
 * @source: filled with a source that zr_source_close() frees
 * @options: as for zr_source_open(); without members none is searched for
 *
 * Returns as zr_source_open(), or -ZR_E_ARGUMENT for a struct of an unknown size and for a function
 * that is missing.
 */
int zr_source_open_custom(struct zr_source **source, const struct zr_custom_device *device,
			  const struct zr_source_options *options, struct zr_error *err);

/*
 * zr_target_open_custom - take a device of the caller as target
 * @target: filled with a target that zr_target_close() frees
 * @options: as for zr_target_open(), without a geometry
 *
 * A device without zones cannot be looked at for signatures of other file systems, so that it
 * counts as holding something, and a job must be forced.
 * Returns as zr_target_open(), or -ZR_E_ARGUMENT as zr_source_open_custom().
 */
int zr_target_open_custom(struct zr_target **target, const struct zr_custom_device *device,
			  const struct zr_target_options *options, struct zr_error *err);

#endif
