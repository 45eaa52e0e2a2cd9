// SPDX-License-Identifier: GPL-2.0-or-later
#include "tiny_scenario.h"

const struct tiny_scenario tiny_scenarios[TINY_SCENARIOS] = {
	{ "single", { .dup = false }, { .zones = 10 }, false },
	{ "dup", { .dup = true, .leaves = 3 }, { .zones = 12, .max_active = 8 }, false },
	{ "conventional",
	  { .dup = true, .group_tree = true },
	  { .zones = 10, .conventional = 4 },
	  false },
	{ "regular target", { .zones = 18 }, { .zones = 20, .regular = true }, false },
	{ "regular source", { .dup = true }, { .zones = 10 }, true },
};

void tiny_scenario_open(struct tiny_run *run, const struct tiny_scenario *scenario)
{
	tiny_run_open(run, tiny_new(&scenario->fs), scenario->regular, &scenario->target);
}
