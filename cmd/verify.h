/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZR_CMD_VERIFY_H
#define ZR_CMD_VERIFY_H

#include <stdbool.h>
#include <zreplace/zreplace.h>

/*
 * verify_target - compare a target with an open source and print the result
 * Returns an exit status.
 */
int verify_target(struct zr_source *source, const char *target_path, bool quiet);

#endif
