/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a source and a target to a re-layout.
 */
#ifndef ZR_COPY_RELAYOUT_BUILD_H
#define ZR_COPY_RELAYOUT_BUILD_H

#include "group.h"
#include "relayout.h"
#include "target.h"

/*
 * zr_relayout_build - give everything on a source a place on a target
 * @relayout: filled with what the caller frees with zr_relayout_free()
 * @list: block groups of the source
 * @copies: of metadata, 1 or 2
 *
 * Refuses what zr_relayout_read() refuses, extents larger than a zone takes, and a target on which
 * no zone would stay free. Returns 0 or a negative code.
 */
int zr_relayout_build(struct zr_relayout **relayout, struct zr_source *source,
		      const struct zr_group_list *list, const struct zr_target *target,
		      uint32_t copies, struct zr_error *err) ZR_NODISCARD;

#endif
