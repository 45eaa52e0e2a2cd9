/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices for a file system that is stored nowhere.
 */
#ifndef ZR_TESTS_ENDLESS_DEVICE_H
#define ZR_TESTS_ENDLESS_DEVICE_H

#include "device.h"
#include "endless_fs.h"
#include "target.h"

/*
 * endless_device - a regular device that has it, but for the superblock if it is @empty; what is
 * written to it stays only where superblocks and the journal are
 */
struct zr_device *endless_device(const struct endless_fs *fs, bool empty);

/*
 * endless_target - an open target on a device, which zr_target_close() frees
 */
struct zr_target *endless_target(struct zr_device *dev);

#endif
