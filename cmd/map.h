/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZR_CMD_MAP_H
#define ZR_CMD_MAP_H

#include <zreplace/zreplace.h>

/*
 * show_map - draw the zones of a target as they will be after the run, 64 in a line
 * Returns 0, or -1 if memory ran out.
 */
int show_map(const struct zr_target *target, const struct zr_plan *plan);

#endif
