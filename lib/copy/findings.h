/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run finds to be wrong on the source: neighbours are put together, kept in the journal and
 * told to the caller. Memory does not grow with their number.
 */
#ifndef ZR_COPY_FINDINGS_H
#define ZR_COPY_FINDINGS_H

#include "journal.h"
#include "source.h"

#include <stdatomic.h>

#define ZR_FINDINGS_BATCH 64

struct zr_findings {
	struct zr_journal *journal;
	void (*tell)(const struct zr_finding *finding, void *context); /* may be NULL */
	void *context;
	const atomic_bool *cancelled; /* telling may take its time */
	uint32_t zone; /* of the plan, that is copied now */
	struct zr_finding batch[ZR_FINDINGS_BATCH]; /* the last one may still grow */
	size_t count;
};

/*
 * zr_findings_add - take a bad block or sector of the zone that is copied
 *
 * Returns as zr_findings_flush().
 */
int zr_findings_add(struct zr_findings *findings, const struct zr_finding *finding,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_findings_flush - keep and tell what was found so far; a zone ends with it
 * Returns 0, -ZR_E_CANCELLED, or an error of the journal.
 */
int zr_findings_flush(struct zr_findings *findings, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_findings_name_owner - add the file or tree to a failure of reading the source
 * @err: one that has a logical address; anything else is left alone
 */
void zr_findings_name_owner(struct zr_source *source, struct zr_error *err);

#endif
