/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The copy engines: they carry out the zones of a plan and nothing else. Both write the same bytes
 * to each zone in the same order.
 */
#ifndef ZR_COPY_ENGINE_H
#define ZR_COPY_ENGINE_H

#include "edit.h"
#include "findings.h"
#include "group.h"
#include "plan.h"
#include "sink.h"

#include <stdatomic.h>
#include <zreplace/job.h>

struct zr_made_keys;

/* What was done to one zone. */
struct zr_zone_result {
	uint32_t zone; /* index of the planned zone */
	uint64_t copied;
	uint64_t filled;
	struct zr_source_counters read;
};

/* What an engine works on; everything is lent for the run. */
struct zr_copy {
	struct zr_source *source;
	struct zr_device *target;
	const struct zr_plan *plan;
	const struct zr_group_list *list;
	struct zr_made_keys *made_keys; /* of a re-layout; the walking thread's */
	const struct zr_edit *edit; /* see struct zr_reading */
	const bool *done; /* one for each zone of the plan: already complete, left as it is */
	const atomic_bool *cancelled;
	bool rescue; /* go on where no copy is good */
	uint32_t lanes; /* zones in flight, at least 1; the serial engine has one */
	size_t units; /* that may be in flight, at least 1 */
	size_t unit_bytes; /* of one write at most, see zr_unit_new() */
	uint64_t rate; /* bytes written in a second, 0: no limit */
	const struct zr_findings *findings; /* who is told of bad ranges, and where they are kept */
	/*
	 * Called for each zone that is complete, in the order of the plan; a failure stops the
	 * copy.
	 */
	int (*complete)(void *owner, const struct zr_zone_result *result, struct zr_error *err);
	/* Called from the same thread, now and then, with what was written since the last call. */
	void (*advance)(void *owner, const struct zr_zone_result *since);
	void *owner;
};

/*
 * zr_copy_serial - copy zone by zone, unit by unit, one read or write at a time
 *
 * Every used extent is read, verified and written in physical order, gaps become zeroes, and each
 * zone is compared with the device's report when it ends. Memory is one unit and one path of tree
 * blocks for each tree that is read.
 * Returns 0, -ZR_E_CANCELLED at a block boundary, or the failure that stopped it.
 */
int zr_copy_serial(struct zr_copy *copy, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_copy_parallel - the same with many reads in flight, and one write in flight for each lane
 *
 * One thread walks the trees, several read and verify, one for each lane writes. Memory is
 * copy->units units.
 * Returns as zr_copy_serial(): the first failure of any thread, after all have ended.
 */
int zr_copy_parallel(struct zr_copy *copy, struct zr_error *err) ZR_NODISCARD;

#endif
