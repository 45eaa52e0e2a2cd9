/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has to be changed in a file system between a source and a target.
 */
#ifndef ZR_COPY_EDITING_H
#define ZR_COPY_EDITING_H

#include "edit.h"
#include "group.h"
#include "plan.h"

struct zr_editing {
	struct zr_edit edit;
	struct zr_move *moves;
	struct zr_translation translation; /* of a re-layout */
};

/*
 * zr_editing_needed - whether anything has to be changed in tree blocks
 */
bool zr_editing_needed(const struct zr_editing *editing);

/*
 * zr_editing_plan - what a plan wants to be changed
 * @editing: filled; the caller frees it with zr_editing_free(), also after a failure
 *
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_editing_plan(struct zr_editing *editing, const struct zr_plan *plan,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_editing_found - what was changed between two file systems that are there
 * @from, @to: their device extents, which must be as many and in the same order
 *
 * Of the differences in the superblocks, those that zr_editing_plan() can ask for are taken as
 * wanted; whatever else differs is not in the result.
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_editing_found(struct zr_editing *editing, const struct zr_source *source,
		     const struct zr_group_list *from, const struct zr_source *target,
		     const struct zr_group_list *to, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_editing_fsid - the same for the fsid alone
 */
void zr_editing_fsid(struct zr_edit *edit, const struct zr_super *old, const struct zr_super *new);

/*
 * zr_editing_super - make the target's superblock out of the source's, but for bytenr and checksum
 *
 * Returns as zr_relayout_super() or zr_edit_super().
 */
int zr_editing_super(const struct zr_editing *editing, const struct zr_plan *plan,
		     uint8_t raw[ZR_SUPER_BYTES], struct zr_error *err) ZR_NODISCARD;

void zr_editing_free(struct zr_editing *editing);

#endif
