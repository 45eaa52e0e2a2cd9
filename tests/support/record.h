/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device in front of another one that writes down what is done to it.
 */
#ifndef ZR_TESTS_RECORD_H
#define ZR_TESTS_RECORD_H

#include "device.h"

#include <stdio.h>

/*
 * record_wrap - a device that passes everything on to @inner and logs each change to @log
 *
 * One line per write ("write PHYSICAL LENGTH XXH64", "journal PHYSICAL" for its records), zone
 * command ("reset ZONE") and flush. Reads and reports are not logged. Closing it closes @inner, but
 * not @log. Returns the device, or NULL if memory ran out.
 */
struct zr_device *record_wrap(struct zr_device *inner, FILE *log);

#endif
