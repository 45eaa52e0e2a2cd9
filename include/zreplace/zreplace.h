/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libzreplace: offline replace of a device of a zoned btrfs.
 */
#ifndef ZREPLACE_ZREPLACE_H
#define ZREPLACE_ZREPLACE_H

#include <zreplace/check.h>
#include <zreplace/custom.h>
#include <zreplace/error.h>
#include <zreplace/finding.h>
#include <zreplace/job.h>
#include <zreplace/plan.h>
#include <zreplace/source.h>
#include <zreplace/target.h>
#include <zreplace/zone.h>

/*
 * zr_version - the version of the library, "MAJOR.MINOR.PATCH"; lent for ever
 */
const char *zr_version(void);

#endif
