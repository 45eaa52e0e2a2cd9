/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How sources, targets and plans are printed, as text and as JSON.
 */
#ifndef ZR_CMD_SHOW_H
#define ZR_CMD_SHOW_H

#include <json-c/json.h>
#include <stdbool.h>
#include <zreplace/zreplace.h>

/*
 * show_devices - two lines that say what source and target are
 */
void show_devices(const struct zr_source *source, const struct zr_target *target);

/*
 * show_plan - the summary of a plan, and a table of its zones if @zones
 * Returns 0, or -1 if memory ran out.
 */
int show_plan(const struct zr_plan *plan, bool zones);

/*
 * json_text - a string of UTF-8: each byte that is not is replaced by U+FFFD
 */
struct json_object *json_text(const char *text);

/*
 * json_add_number, json_add_text - put a value into an object
 * A text that is not UTF-8 is there a second time, its bytes in hex, as KEY_hex.
 */
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_text(struct json_object *object, const char *key, const char *text);

/*
 * json_add_place - put an address or a zone number into an object; ZR_NOWHERE becomes null
 */
void json_add_place(struct json_object *object, const char *key, uint64_t number);

/*
 * json_source, json_target, json_plan, json_counters - the same as objects that the caller owns
 */
struct json_object *json_source(const struct zr_source *source);
struct json_object *json_target(const struct zr_target *target);
struct json_object *json_plan(const struct zr_plan *plan);
struct json_object *json_counters(const struct zr_source_counters *counters);

/*
 * json_print - print the result of a command and release it
 * @result: an object; NULL if the command failed before it had one
 * @status: the exit status
 *
 * What was reported as an error is added as "error", which is null if nothing was.
 */
void json_print(struct json_object *result, int status);

/*
 * zone_end_name - the word for the state in which a zone is left; lent for ever
 */
const char *zone_end_name(enum zr_zone_end state);

#endif
