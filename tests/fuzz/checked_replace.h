/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A replace of whatever is on a device, followed by a look at what is on the target.
 */
#ifndef ZR_TESTS_CHECKED_REPLACE_H
#define ZR_TESTS_CHECKED_REPLACE_H

#include "tiny_fs.h"

#include <zreplace/job.h>

struct checked_options {
	struct zr_plan_options plan;
	bool regular; /* a source without zones is taken */
	bool rescue;
	bool equal; /* the bytes of the source that are copied are good, so the target's equal them
		     */
};

/*
 * checked_replace - open, plan and replace
 * @from: cannot be written to any more afterwards
 * @progress: filled if a job ran
 *
 * A refused plan changes nothing, a failed job leaves no file system, and a finished one leaves one
 * that can be opened, with all that the plan says; the owners of what is found to be bad are asked
 * for. Returns 0, or the code with which the replace was refused or failed.
 */
int checked_replace(struct memory_device *from, struct memory_device *to,
		    const struct checked_options *options, struct zr_progress *progress);

#endif
