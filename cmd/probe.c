// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include "show.h"
#include "size.h"

#include <stdio.h>

static uint64_t rate(const struct zr_read_probe *probe)
{
	return probe->nanoseconds
		       ? (uint64_t)((double)probe->bytes * 1e9 / (double)probe->nanoseconds)
		       : 0;
}

static uint64_t seconds_for(uint64_t bytes, const struct zr_read_probe *probe)
{
	return rate(probe) ? bytes / rate(probe) : 0;
}

static uint64_t bytes_to_read(const struct zr_plan *plan)
{
	struct zr_plan_summary sum;

	zr_plan_summary(plan, &sum);
	return sum.used_bytes;
}

struct json_object *json_probe(const struct zr_plan *plan, const struct zr_read_probe *probe)
{
	struct json_object *object = json_object_new_object();

	json_add_number(object, "bytes", probe->bytes);
	json_add_number(object, "places", probe->places);
	json_add_number(object, "failed_places", probe->failed);
	json_add_number(object, "bytes_per_second", rate(probe));
	json_add_number(object, "seconds", seconds_for(bytes_to_read(plan), probe));
	return object;
}

void show_probe(const struct zr_plan *plan, const struct zr_read_probe *probe)
{
	char duration[DURATION_TEXT_MAX];
	char text[SIZE_TEXT_MAX];

	if (probe->bytes)
		printf("time:   about %s, if the target keeps up: %s/s read at %u places\n",
		       format_duration(seconds_for(bytes_to_read(plan), probe), duration),
		       format_size(rate(probe), text), probe->places - probe->failed);
	if (probe->failed)
		printf("        %u of %u places could not be read\n", probe->failed, probe->places);
}
