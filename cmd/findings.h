/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How what was found to be wrong on the source is told: lines, JSON, the bad list.
 */
#ifndef ZR_CMD_FINDINGS_H
#define ZR_CMD_FINDINGS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <zreplace/zreplace.h>

struct findings {
	struct zr_source *source; /* lent */
	const char *list_path; /* NULL: no list */
	FILE *list;
	char *part; /* where the list is written before it takes its place; NULL: right there */
	struct json_object *array; /* NULL: not as JSON */
	bool lines; /* print them */
	uint64_t count;
};

/*
 * findings_open - make the bad list if one is wanted, with nothing in it
 *
 * What is there already stays until findings_close(), and is refused if it is no bad list.
 * Returns 0, or an exit status after a message.
 */
int findings_open(struct findings *findings);

/*
 * findings_take - tell a finding and who uses it; a callback of a job
 * @context: struct findings
 */
void findings_take(const struct zr_finding *finding, void *context);

/*
 * findings_close - close the list
 * @keep: let it take the place of the one that was there; otherwise that one stays
 *
 * Returns 0, or an exit status after a message when it could not be written.
 */
int findings_close(struct findings *findings, bool keep);

#endif
