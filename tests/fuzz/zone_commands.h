/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands to a device with zones, each followed by a look at what became of its zone.
 */
#ifndef ZR_TESTS_ZONE_COMMANDS_H
#define ZR_TESTS_ZONE_COMMANDS_H

#include "device.h"
#include "fuzz.h"

/*
 * zone_command - take a command of three bytes (kind, zone, number of blocks) and run it
 *
 * Kinds: write, write at a wrong place, reset, close, finish.
 */
void zone_command(struct zr_device *dev, struct fuzz_input *input);

/*
 * zone_report - all zones of a device, which must be possible ones; the caller frees them
 */
struct zr_zone *zone_report(struct zr_device *dev);

#endif
