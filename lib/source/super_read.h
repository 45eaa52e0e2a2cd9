/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding the current superblock on a device of any kind.
 */
#ifndef ZR_SOURCE_SUPER_READ_H
#define ZR_SOURCE_SUPER_READ_H

#include "device.h"
#include "super.h"

/*
 * zr_super_read - read and check the current superblock of mirror 0
 * @super: filled
 * @physical: set to where it was read
 *
 * On a device with zones by the state of the superblock log, otherwise at 64 KiB. Like the kernel
 * it looks at mirror 0 only. Returns 0, -ZR_E_NOT_BTRFS, -ZR_E_SBLOG, the code of what is wrong
 * with the superblock, or the device's code for a failed read or report.
 */
int zr_super_read(struct zr_device *dev, struct zr_super *super, uint64_t *physical,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_super_read_at - the same, but where the caller says, whatever the log's zones say
 */
int zr_super_read_at(struct zr_device *dev, uint64_t physical, struct zr_super *super,
		     struct zr_error *err) ZR_NODISCARD;

/*
 * zr_super_read_copy - the same for any mirror
 * @mirror: one that zr_sb_copy_exists() accepts
 */
int zr_super_read_copy(struct zr_device *dev, unsigned int mirror, struct zr_super *super,
		       uint64_t *physical, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_super_read_regular - the same for a file system that may have no zones: mirror 0 counts, and
 * the others must not be newer
 *
 * A kernel mounts mirror 0 only, and fsyncs to it only. That a later mirror is newer is what an
 * interrupted commit leaves until the next one. If mirror 0 is bad and another one is good, the
 * text says how to put that in its place; without a magic there is no file system, whatever was
 * left at the places of the others. A zoned file system is read as by zr_super_read().
 * Returns as zr_super_read(), or -ZR_E_GENERATION.
 */
int zr_super_read_regular(struct zr_device *dev, struct zr_super *super, uint64_t *physical,
			  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_super_unchanged - read the superblock again and compare it with an earlier one
 * @super, @physical: as zr_super_read() or zr_super_read_regular() had filled them
 *
 * The zones of the superblock log are reported again, so an entry that was added is seen.
 * Returns 0, -ZR_E_SOURCE_CHANGED, or an error as from reading it.
 */
int zr_super_unchanged(struct zr_device *dev, const struct zr_super *super, uint64_t physical,
		       struct zr_error *err) ZR_NODISCARD;

#endif
