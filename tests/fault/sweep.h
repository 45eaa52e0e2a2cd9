/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run that something went wrong with, between its end and that of the run that goes on.
 */
#ifndef ZR_TESTS_SWEEP_H
#define ZR_TESTS_SWEEP_H

#include "tiny_oracle.h"

/* What a sweep met; printed in one line. */
struct sweep {
	unsigned int operations; /* at which something went wrong */
	unsigned int stops; /* runs that failed */
	unsigned int resumed; /* runs that went on by the journal */
	unsigned int anew; /* runs that began anew, as there was none */
	unsigned int kept; /* zones that were complete and left alone */
	unsigned int found; /* wrong targets in which verification found it */
	unsigned int silent; /* wrong targets that nobody noticed: there must be none */
};

/*
 * sweep_print - the counters; fails the test when there was a silent loss
 */
void sweep_print(const struct sweep *sweep, const char *what, const char *scenario);

/*
 * sweep_expect_safe - the source was only read, and a target that anybody takes for a file system
 * is the complete one
 */
void sweep_expect_safe(struct tiny_run *run, const struct tiny_run *whole);

/*
 * sweep_go_on - run again, with what is there; the end must be that of an uninterrupted run, and
 * what the journal counts must be left alone
 */
void sweep_go_on(struct sweep *sweep, struct tiny_run *run, const struct tiny_run *whole);

/*
 * sweep_go_on_moved - the same when somebody wrote to a zone of the target: if the run refuses to
 * go on, the target is given back and the run begins anew
 */
void sweep_go_on_moved(struct sweep *sweep, struct tiny_run *run, const struct tiny_run *whole);

#endif
