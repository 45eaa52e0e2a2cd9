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

/*
 * print_difference - a difference as one line; @context is a FILE
 */
void print_difference(const char *text, void *context);

/*
 * print_verified - what was compared and found to be equal
 */
void print_verified(const struct zr_verify_result *result);

#endif
