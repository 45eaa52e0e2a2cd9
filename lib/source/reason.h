/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why something could not be had, when several ways to it failed.
 */
#ifndef ZR_SOURCE_REASON_H
#define ZR_SOURCE_REASON_H

#include "error.h"

/*
 * zr_reason_keep - keep the first reason, but for a device that is gone: it has not lost this range
 * only, and may have been good
 */
static inline void zr_reason_keep(struct zr_error *kept, const struct zr_error *reason)
{
	if (!kept->code || (zr_error_is_gone(reason) && !zr_error_is_gone(kept)))
		*kept = *reason;
}

#endif
