/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device in memory keeps about its unflushed operations. Private to the device.
 */
#ifndef ZR_TESTS_MEMORY_CACHE_H
#define ZR_TESTS_MEMORY_CACHE_H

#include "memory_device.h"

/*
 * memory_remember - note what a write or a zone command (length 0) is about to replace
 */
void memory_remember(struct memory_device *memory, uint64_t physical, size_t len);

/*
 * memory_forget_undo - all of it is stable
 */
void memory_forget_undo(struct memory_device *memory);

#endif
