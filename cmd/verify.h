/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZR_CMD_VERIFY_H
#define ZR_CMD_VERIFY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <zreplace/zreplace.h>

/*
 * verify_target - compare a target with an open source and print the result
 * verify_to_json - the same, but the result goes to @object, which is the caller's
 * Both return an exit status, after a message if it is not 0.
 */
int verify_target(struct zr_source *source, const char *target_path, bool quiet);
int verify_to_json(struct zr_source *source, const char *target_path, struct json_object **object);

/*
 * print_difference - a difference as one line; @context is a FILE
 */
void print_difference(const char *text, void *context);

/*
 * print_verified - what was compared and found to be equal
 */
void print_verified(const struct zr_verify_result *result);

#endif
