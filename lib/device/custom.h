/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices that the caller of the library serves.
 */
#ifndef ZR_DEVICE_CUSTOM_H
#define ZR_DEVICE_CUSTOM_H

#include "device.h"

#include <zreplace/custom.h>

/*
 * zr_custom_open - as zr_device_open() for a device of the caller
 *
 * The device is closed on failure, unless that is -ZR_E_ARGUMENT.
 */
int zr_custom_open(struct zr_device **dev, const struct zr_custom_device *device,
		   enum zr_device_role role, struct zr_error *err) ZR_NODISCARD;

#endif
