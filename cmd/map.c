// SPDX-License-Identifier: GPL-2.0-or-later
#include "map.h"
#include "colour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONES_IN_LINE 64

enum sign {
	SIGN_UNUSED = '.',
	SIGN_EMPTY = '-',
	SIGN_COPIED = 'c',
	SIGN_FULL = 'F',
	SIGN_FINISHED = 'f',
	SIGN_MOVED = 'm',
	SIGN_SUPER = 'S',
	SIGN_BAD = 'X',
};

static enum sign sign_of_zone(const struct zr_plan_zone *zone)
{
	if (zone->target_physical != zone->source_physical)
		return SIGN_MOVED;
	switch (zone->state) {
	case ZR_END_EMPTY:
		return SIGN_EMPTY;
	case ZR_END_FULL:
		return SIGN_FULL;
	case ZR_END_FINISH:
		return SIGN_FINISHED;
	case ZR_END_OPEN:
	case ZR_END_NO_WP:
		break;
	}
	return SIGN_COPIED;
}

static void mark_bad(const struct zr_target *target, char *signs)
{
	const struct zr_zone *zone;
	size_t position = 0;

	while (!zr_target_zone_next(target, &position, &zone))
		if (zone->cond == ZR_COND_OFFLINE || zone->cond == ZR_COND_READONLY)
			signs[position - 1] = SIGN_BAD;
}

static void mark_plan(const struct zr_plan *plan, uint64_t zone_size, char *signs)
{
	const struct zr_plan_superblock *superblock;
	const struct zr_plan_zone *zone;
	size_t position = 0;

	while (!zr_plan_zone_next(plan, &position, &zone))
		signs[zone->target_physical / zone_size] = (char)sign_of_zone(zone);
	position = 0;
	while (!zr_plan_superblock_next(plan, &position, &superblock))
		signs[superblock->physical / zone_size] = SIGN_SUPER;
}

static void print_line(uint64_t first, const char *signs, uint64_t count)
{
	uint64_t i;

	printf("%10llu ", (unsigned long long)first);
	for (i = 0; i < count; i++) {
		if (signs[i] == SIGN_BAD)
			colour_begin(stdout, COLOUR_BAD);
		putchar(signs[i]);
		if (signs[i] == SIGN_BAD)
			colour_end(stdout);
	}
	putchar('\n');
}

int show_map(const struct zr_target *target, const struct zr_plan *plan)
{
	struct zr_plan_summary sum;
	uint64_t count;
	uint64_t first;
	char *signs;

	zr_plan_summary(plan, &sum);
	count = (sum.target_bytes + sum.zone_size - 1) / sum.zone_size;
	signs = malloc(count);
	if (!signs)
		return -1;
	memset(signs, SIGN_UNUSED, count);
	mark_bad(target, signs);
	mark_plan(plan, sum.zone_size, signs);
	printf("      ZONE . unused, - empty block group, c copied, F full, f finished, m moved,\n"
	       "           S superblock, X read-only or offline\n");
	for (first = 0; first < count; first += ZONES_IN_LINE)
		print_line(first, signs + first,
			   count - first < ZONES_IN_LINE ? count - first : ZONES_IN_LINE);
	free(signs);
	return 0;
}
