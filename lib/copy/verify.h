/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of a verification; verify.c puts them in order.
 */
#ifndef ZR_COPY_VERIFY_H
#define ZR_COPY_VERIFY_H

#include "editing.h"
#include "verified_read.h"

#include <zreplace/job.h>

/* One of the two file systems that are compared. */
struct zr_verify_side {
	struct zr_source *source;
	struct zr_group_list list;
	struct zr_reader reader;
	uint8_t *buffer;
};

struct zr_verify {
	struct zr_verify_side a; /* source */
	struct zr_verify_side b; /* target */
	struct zr_editing editing; /* what was changed between them */
	zr_difference_fn difference; /* may be NULL */
	void *context;
	struct zr_verify_result *result;
};

#define ZR_COMPARE_BYTES (1U << 20)

/*
 * zr_verify_differ - count a difference and tell it
 */
void zr_verify_differ(struct zr_verify *verify, const char *fmt, ...) ZR_PRINTF(2, 3);

/*
 * zr_verify_failed - what reading the target returned: what is wrong with it is a difference, and
 * no failure of the comparison
 * @dev: the target, which messages name
 * @reason: the record of that
 *
 * Returns 1 for a difference, otherwise @rc with the record passed on.
 */
int zr_verify_failed(struct zr_verify *verify, struct zr_device *dev, int rc,
		     const struct zr_error *reason, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_verify_contents - compare what is used in every device extent; a copy of a block group that
 * differs is one difference
 *
 * Returns 0, also when something differs, or an error of the source.
 */
int zr_verify_contents(struct zr_verify *verify, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_verify_target - what has no counterpart on the source: write pointers, copies of the
 * superblock, zones outside of block groups
 *
 * Returns 0, also when something is wrong, or an error of reading the target.
 */
int zr_verify_target(struct zr_verify *verify, struct zr_error *err) ZR_NODISCARD;

#endif
