/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a run takes, told from a few reads.
 */
#ifndef ZR_CMD_PROBE_H
#define ZR_CMD_PROBE_H

#include <json-c/json.h>
#include <zreplace/zreplace.h>

/*
 * json_probe - what was read, how fast, and the time for all that the plan copies; the caller owns
 * it
 */
struct json_object *json_probe(const struct zr_plan *plan, const struct zr_read_probe *probe);

/*
 * show_probe - the same in words
 */
void show_probe(const struct zr_plan *plan, const struct zr_read_probe *probe);

#endif
