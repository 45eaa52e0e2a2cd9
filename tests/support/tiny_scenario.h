/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The replaces of tiny file systems that faults are tried on.
 */
#ifndef ZR_TESTS_TINY_SCENARIO_H
#define ZR_TESTS_TINY_SCENARIO_H

#include "tiny_run.h"

struct tiny_scenario {
	const char *name;
	struct tiny_options fs;
	struct memory_options target;
	bool regular; /* the source is a regular device */
	struct zr_plan_options choices;
	bool parallel; /* many reads and several zones at a time */
};

#define TINY_SCENARIOS 8
#define TINY_REFERENCE 1 /* the scenario on which everything is tried */

extern const struct tiny_scenario tiny_scenarios[TINY_SCENARIOS];

/*
 * tiny_scenario_open - up to where a job can begin, see tiny_run_open()
 */
void tiny_scenario_open(struct tiny_run *run, const struct tiny_scenario *scenario);

#endif
