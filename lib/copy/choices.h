/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a caller's options to the choices of a plan.
 */
#ifndef ZR_COPY_CHOICES_H
#define ZR_COPY_CHOICES_H

#include "plan.h"
#include "target.h"

/*
 * zr_choices_make - settle what the options leave open
 * @choices: filled
 * @options: of values that are known
 *
 * A run that goes on must get the fsid that it began with, so that one in the target's journal is
 * taken before a random one.
 * Returns 0, -ZR_E_INTERNAL without random numbers, or an error of reading the target.
 */
int zr_choices_make(struct zr_plan_choices *choices, const struct zr_plan_options *options,
		    struct zr_target *target, struct zr_error *err) ZR_NODISCARD;

#endif
