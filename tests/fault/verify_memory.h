/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verification of a target in memory. Programs that use it are linked so that zr_device_open()
 * gives that device instead of one that a path names.
 */
#ifndef ZR_TESTS_VERIFY_MEMORY_H
#define ZR_TESTS_VERIFY_MEMORY_H

#include "tiny_run.h"

/*
 * verify_memory - zr_verify_run() of the source and the target of a run
 * verify_memory_told - the same, and what differs goes to @told
 * verify_memory_result - the same, with the figures
 */
int verify_memory(struct tiny_run *run, struct zr_error *err);
int verify_memory_told(struct tiny_run *run, zr_difference_fn told, void *context,
		       struct zr_error *err);
int verify_memory_result(struct tiny_run *run, struct zr_verify_result *result,
			 struct zr_error *err);

#endif
