// SPDX-License-Identifier: LGPL-2.1-or-later
/* usage: plan SOURCE TARGET - where each zone goes and where it ends. Nothing is written. */
#include <inttypes.h>
#include <stdio.h>
#include <zreplace/zreplace.h>

int main(int argc, char **argv)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source = NULL;
	struct zr_target *target = NULL;
	struct zr_plan *plan = NULL;
	const struct zr_plan_zone *zone;
	size_t position = 0;

	if (argc != 3)
		return 1;
	if (zr_source_open(&source, argv[1], NULL, &err) ||
	    zr_target_open(&target, argv[2], NULL, &err) ||
	    zr_plan_build(&plan, source, target, NULL, &err))
		fprintf(stderr, "%s\n", err.text);
	while (plan && !zr_plan_zone_next(plan, &position, &zone))
		printf("%s block group %" PRIu64 " to zone at %" PRIu64 ", %" PRIu64 " bytes\n",
		       zr_plan_zone_type(zone), zone->logical, zone->target_physical, zone->end);
	zr_plan_free(plan);
	zr_target_close(target);
	zr_source_close(source);
	return err.code ? 1 : 0;
}
