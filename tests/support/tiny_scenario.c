// SPDX-License-Identifier: GPL-2.0-or-later
#include "tiny_scenario.h"

const struct tiny_scenario tiny_scenarios[TINY_SCENARIOS] = {
	{ .name = "single", .target = { .zones = 10 } },
	{
		.name = "dup",
		.fs = { .dup = true, .leaves = 3 },
		.target = { .zones = 12, .max_active = 8 },
	},
	{
		.name = "conventional",
		.fs = { .dup = true, .group_tree = true },
		.target = { .zones = 10, .conventional = 4 },
	},
	{
		.name = "regular target",
		.fs = { .zones = 18 },
		.target = { .zones = 20, .regular = true },
	},
	{
		.name = "regular source",
		.fs = { .dup = true },
		.target = { .zones = 10 },
		.regular = true,
	},
	{
		.name = "parallel",
		.fs = { .dup = true, .leaves = 3 },
		.target = { .zones = 12 },
		.parallel = true,
	},
	{
		.name = "changed",
		.fs = { .dup = true, .leaves = 2 },
		.target = { .zones = 14, .offline = 4 },
		.choices = {
			.resize = ZR_RESIZE_MAX,
			.uuid = ZR_UUID_NEW,
			.fsid = "another fsid 16",
		},
	},
	{
		.name = "new layout",
		.fs = { .dup = true, .leaves = 3 },
		.target = { .zones = 14 },
		.choices = { .relayout = ZR_RELAYOUT_ALWAYS },
		.parallel = true,
	},
};

void tiny_scenario_open(struct tiny_run *run, const struct tiny_scenario *scenario)
{
	tiny_run_open_chosen(run, tiny_new(&scenario->fs), scenario->regular, &scenario->target,
			     &scenario->choices);
	run->options.serial = !scenario->parallel;
	run->options.queue_bytes = 4U << 20;
}
