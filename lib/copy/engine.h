/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The copy engine: it carries out the zones of a plan and nothing else.
 */
#ifndef ZR_COPY_ENGINE_H
#define ZR_COPY_ENGINE_H

#include "findings.h"
#include "group.h"
#include "plan.h"
#include "sink.h"

#include <stdatomic.h>
#include <zreplace/job.h>

/* What an engine works on; everything is lent for the run. */
struct zr_copy {
	struct zr_source *source;
	struct zr_device *target;
	const struct zr_plan *plan;
	const struct zr_group_list *list;
	const bool *done; /* one for each zone of the plan: already complete, left as it is */
	const atomic_bool *cancelled;
	bool rescue; /* go on where no copy is good */
	struct zr_findings *findings;
	struct zr_progress *progress;
	/* Called when zones [0, zones) of the plan are complete; a failure stops the copy. */
	int (*complete)(void *owner, uint32_t zones, struct zr_error *err);
	void *owner;
	void (*report)(const struct zr_progress *progress, void *context); /* may be NULL */
	void *context;
};

/*
 * zr_copy_serial - copy zone by zone, extent by extent, one write at a time
 *
 * Every used extent is read, verified and written in physical order, gaps become zeroes, and each
 * zone is compared with the device's report when it ends. Memory is one buffer and one path of tree
 * blocks for each tree that is read.
 * Returns 0, -ZR_E_CANCELLED at a block boundary, or the failure that stopped it.
 */
int zr_copy_serial(struct zr_copy *copy, struct zr_error *err) ZR_NODISCARD;

#endif
