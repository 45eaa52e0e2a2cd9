/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From what was read to what a plan is made of.
 */
#ifndef ZR_COPY_FACTS_H
#define ZR_COPY_FACTS_H

#include "group.h"
#include "plan.h"
#include "target.h"

/* The facts of a source and a target, in the form that the plan takes. */
struct zr_facts {
	struct zr_group_list list;
	struct zr_plan_group *groups;
	struct zr_plan_extent *extents;
	struct zr_plan_peer *peers;
	struct zr_zone *zones; /* of a device with the new layout; NULL for a replace */
	struct zr_plan_input
		input; /* borrows the arrays above, and the zones of source and target */
};

/*
 * zr_facts_read - read what a plan needs
 * @log: what becomes of a tree-log
 * @facts: filled; the caller frees it with zr_facts_free(), also after a failure
 *
 * Settles the target's geometry, see zr_target_fit().
 * Returns 0 or an error of reading the source or of fitting the target.
 */
int zr_facts_read(struct zr_facts *facts, struct zr_source *source, struct zr_target *target,
		  enum zr_plan_log log, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_facts_relayout - the same for a re-layout, which has its own
 * @relayout: lent until the facts are freed; NULL if it is still to be made
 */
int zr_facts_relayout(struct zr_facts *facts, struct zr_source *source, struct zr_target *target,
		      enum zr_plan_log log, const struct zr_relayout *relayout,
		      struct zr_error *err) ZR_NODISCARD;

void zr_facts_free(struct zr_facts *facts);

#endif
