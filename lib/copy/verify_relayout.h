/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Comparing file systems of which one has a new layout.
 */
#ifndef ZR_COPY_VERIFY_RELAYOUT_H
#define ZR_COPY_VERIFY_RELAYOUT_H

#include "verify.h"

/*
 * zr_verify_is_relayout - whether the target has addresses of its own, and none of the source's
 */
bool zr_verify_is_relayout(const struct zr_verify *verify);

/*
 * zr_verify_relayout - compare kept extents in their order, each copy of them, and the items of the
 * trees that were made
 *
 * Returns 0, also when something differs, an error of the source, or what zr_relayout_read()
 * refuses.
 */
int zr_verify_relayout(struct zr_verify *verify, struct zr_error *err) ZR_NODISCARD;

#endif
