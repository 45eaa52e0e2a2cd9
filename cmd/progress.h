/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a run is, for who waits: once a second on standard error.
 */
#ifndef ZR_CMD_PROGRESS_H
#define ZR_CMD_PROGRESS_H

#include "command.h"

#include <stdint.h>

struct progress_view {
	enum progress_mode mode; /* never PROGRESS_AUTO */
	double begun; /* seconds; 0 before the first figures */
	uint64_t begun_bytes; /* done by earlier runs */
	double shown; /* when something was shown last */
	uint64_t shown_bytes;
};

/*
 * progress_begin - a view that has shown nothing yet
 * @mode: PROGRESS_AUTO is a bar on a terminal and nothing elsewhere
 * @quiet: nothing in any case
 */
void progress_begin(struct progress_view *view, enum progress_mode mode, bool quiet);

/*
 * progress_show - show the figures, unless some were shown within the last second
 */
void progress_show(struct progress_view *view, const struct zr_progress *progress);

/*
 * progress_end - show the last figures in the bar, and leave its line
 */
void progress_end(struct progress_view *view, const struct zr_progress *progress);

#endif
