/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the backends of a device share. Private to this room.
 */
#ifndef ZR_DEVICE_BACKEND_H
#define ZR_DEVICE_BACKEND_H

#include "device.h"

#include <sys/types.h>

/*
 * zr_device_fail - report a failure at a place of a device, in the library's grammar
 * @physical: where; the zone follows from it
 * @code: enum zr_error_code
 * @sys_errno: 0 if no system call failed
 * @what: the operation
 * @fmt: "reason, found X expected Y"
 *
 * Returns -@code.
 */
int zr_device_fail(const struct zr_device *dev, uint64_t physical, int code, int sys_errno,
		   struct zr_error *err, const char *what, const char *fmt, ...) ZR_PRINTF(7, 8);

/*
 * zr_device_init - fill what all backends have in common
 * Returns 0 or -ZR_E_NO_MEMORY; zr_device_fini() is allowed in both cases.
 */
int zr_device_init(struct zr_device *dev, const struct zr_device_ops *ops, const char *path,
		   enum zr_device_role role, struct zr_error *err) ZR_NODISCARD;
void zr_device_fini(struct zr_device *dev);

/*
 * zr_device_check - whether an opened device can be: block size, size, and its zone report
 * Returns 0 or an error as from zr_device_open().
 */
int zr_device_check(struct zr_device *dev, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_open_fail - report a failed open: -ZR_E_BUSY if somebody holds the device, else -ZR_E_OPEN
 */
int zr_open_fail(const char *path, int sys_errno, struct zr_error *err);

/*
 * zr_open_direct - open a file past the page cache, or through it where its file system has no
 * direct I/O
 * Returns a file descriptor, or -1 with errno.
 */
int zr_open_direct(const char *path, int flags);

/*
 * zr_file_lock - lock an open file against other runs, shared or exclusive
 * Returns 0, -ZR_E_BUSY or -ZR_E_OPEN.
 */
int zr_file_lock(int fd, const char *path, bool exclusive, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_gone_or - ENODEV when a block device was removed, otherwise the number that is given
 *
 * A device that was removed has no bytes any more, and the kernel answers in many ways: end of
 * data, no space, no zones.
 */
int zr_gone_or(int fd, int sys_errno);

/*
 * zr_file_read, zr_file_write - move exactly len bytes of a device that one descriptor holds
 * Return 0 or the negative of the device's code.
 */
int zr_file_read(struct zr_device *dev, int fd, uint64_t physical, void *buffer, size_t len,
		 struct zr_error *err) ZR_NODISCARD;
int zr_file_write(struct zr_device *dev, int fd, uint64_t physical, const void *buffer, size_t len,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_file_sync - make a descriptor's data stable
 *
 * The kernel reports lost data once, and answers the next call with success. Therefore a failure
 * stays with the device, and each later call fails as well.
 */
int zr_file_sync(struct zr_device *dev, int fd, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_block_model - vendor, model and serial of a block device from sysfs
 * Returns a string that the caller frees, empty if nothing is known, or NULL if memory ran out.
 */
char *zr_block_model(dev_t rdev);

/*
 * zr_block_seeks - whether a block device rotates, or nobody knows
 */
bool zr_block_seeks(dev_t rdev);

/*
 * zr_zbd_is_zoned - whether a block device has zones of its own
 */
bool zr_zbd_is_zoned(const char *path);

/* The backends: as zr_device_open(), without its checks of what was found. */
int zr_zbd_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		struct zr_error *err) ZR_NODISCARD;
int zr_plain_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		  struct zr_error *err) ZR_NODISCARD;
int zr_image_open(struct zr_device **dev, const char *path, enum zr_device_role role,
		  struct zr_error *err) ZR_NODISCARD;

#endif
