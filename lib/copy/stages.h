/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stages of a run; job.c puts them in order.
 */
#ifndef ZR_COPY_STAGES_H
#define ZR_COPY_STAGES_H

#include "editing.h"
#include "journal.h"
#include "plan.h"
#include "sblog.h"
#include "snapshot.h"
#include "source.h"
#include "target.h"

#include <stdatomic.h>
#include <zreplace/job.h>

struct zr_job {
	struct zr_source *source;
	struct zr_target *target;
	const struct zr_plan *plan;
	struct zr_job_options options;
	struct zr_progress progress; /* of the thread that runs the job */
	struct zr_snapshots snapshots; /* for all others */
	atomic_bool cancelled;
	uint8_t super[ZR_SB_SIZE]; /* what the target gets, before each copy is sealed */
	struct zr_editing editing; /* what else is changed on the way */
	struct zr_journal journal;
	struct zr_journal_progress noted; /* what the journal says, or will at the next note */
	bool restarts; /* the journal is of a run that is given up */
	bool *done; /* one for each planned zone: complete since an earlier run */
	bool *kept; /* one for each target zone: not reset; NULL in a run that begins */
};

/*
 * zr_stage_examine - look at what the target holds: an unfinished run of this job, which sets
 * progress.resumed and journal; one of something else; or data
 *
 * Returns 0, -ZR_E_OTHER_RUN, -ZR_E_JOURNAL, -ZR_E_HOLDS_DATA, or an error of reading the target.
 */
int zr_stage_examine(struct zr_job *job, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_stage_prepare - reset zones, wipe old signatures and begin the journal; or, in a run that goes
 * on, find out which zones are complete and reset the others
 *
 * From here on the target is no file system until the commit.
 */
int zr_stage_prepare(struct zr_job *job, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_stage_commit - compare all zones with the plan and the source with what it was, write the
 * superblocks and open what was written; the end of the journal makes the target a file system
 *
 * A superblock that is bad is taken away again, and the journal stays; if a tree is bad that the
 * journal counts, it goes as well.
 */
int zr_stage_commit(struct zr_job *job, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_stage_find - find the superblock as a kernel would; if that fails, the journal comes back
 * unless it held findings, and the superblocks are taken away again
 */
int zr_stage_find(struct zr_job *job, struct zr_error *err) ZR_NODISCARD;

#endif
