/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a target holds before a run, in words, and the question whether it may be lost.
 */
#ifndef ZR_CMD_HOLDING_H
#define ZR_CMD_HOLDING_H

#include "command.h"

enum holding_kind {
	HOLDING_DATA, /* or nothing */
	HOLDING_RUN, /* a run that was interrupted left it there */
	HOLDING_JOURNAL, /* the same, but nothing can go on with it */
};

struct holding {
	enum holding_kind kind;
	char text[ZR_ERROR_TEXT_MAX]; /* empty: nothing of value */
};

/*
 * look_at_target - find out what a target holds
 * Returns 0, or an exit status after a message.
 */
int look_at_target(struct zr_target *target, struct holding *holding);

/*
 * refuse_unfinished - refuse in words what is a half-done target where a file system must be
 * Returns 0, also when the path cannot be looked at, or an exit status after a message.
 */
int refuse_unfinished(const char *path);

/*
 * ask_to_overwrite - on a terminal, ask whether what the target holds may be lost
 *
 * Asks nothing with --force, --quiet or --json, when the target holds nothing, when a run is
 * unfinished there, or when standard input or error is no terminal: the library refuses then.
 * Returns 0 with settings->force set after a yes, or an exit status after a message.
 */
int ask_to_overwrite(struct settings *settings, struct zr_target *target);

#endif
