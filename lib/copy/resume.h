/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Going on with an unfinished run: whether the target's journal is of this run, and which zones are
 * complete.
 */
#ifndef ZR_COPY_RESUME_H
#define ZR_COPY_RESUME_H

#include "journal.h"
#include "plan.h"
#include "source.h"
#include "target.h"

/*
 * zr_resume_head - what the journal of a run of this plan says first
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_resume_head(struct zr_journal_head *head, const struct zr_source *source,
		   const struct zr_target *target, const struct zr_plan *plan,
		   struct zr_error *err) ZR_NODISCARD;

/*
 * zr_resume_check - whether a run of this plan can go on with a journal that was found
 *
 * Returns 0, -ZR_E_JOURNAL, -ZR_E_OTHER_RUN with what differs, or -ZR_E_NO_MEMORY.
 */
int zr_resume_check(const struct zr_journal *journal, const struct zr_source *source,
		    const struct zr_target *target, const struct zr_plan *plan,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_run_untouched - whether a target is as an interrupted run left it, as far as signatures say
 * @journal: of that run; if it is not whole, no superblock is taken for its own
 *
 * Data that was overwritten elsewhere is not noticed where zones have no write pointer.
 * Returns 0, -ZR_E_HOLDS_DATA, or an error of reading the target.
 */
int zr_run_untouched(const struct zr_target *target, const struct zr_journal *journal,
		     struct zr_error *err) ZR_NODISCARD;

/*
 * zr_resume_zones - which zones of the plan are complete
 * @noted: zones from the beginning of the plan that the journal counts; lowered to those complete
 * @done: one for each planned zone, filled
 *
 * A sequential zone is complete when the journal counts it and the device's report agrees; what the
 * journal counts and the report does not show got lost with a flush, and is written again from the
 * first such zone on. A zone that reaches further than planned was written by somebody else.
 * Returns 0 or -ZR_E_ZONE_MISMATCH.
 */
int zr_resume_zones(const struct zr_plan *plan, const struct zr_target *target, uint32_t *noted,
		    bool *done, struct zr_error *err) ZR_NODISCARD;

#endif
