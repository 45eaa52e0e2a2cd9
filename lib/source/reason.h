/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why something could not be had, when several ways to it failed.
 */
#ifndef ZR_SOURCE_REASON_H
#define ZR_SOURCE_REASON_H

#include "error.h"

#include <errno.h>
#include <stdbool.h>

/* A device that is gone has not lost this range only. */
static inline bool zr_reason_is_gone(const struct zr_error *reason)
{
	return reason->sys_errno == ENODEV || reason->sys_errno == ENXIO;
}

/*
 * zr_reason_keep - keep the first reason, but for a device that is gone: it may have been good
 */
static inline void zr_reason_keep(struct zr_error *kept, const struct zr_error *reason)
{
	if (!kept->code || (zr_reason_is_gone(reason) && !zr_reason_is_gone(kept)))
		*kept = *reason;
}

#endif
