// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: walk SOURCE
 *
 * Reads the block groups of a file system, as planning does, and walks all used extents of each
 * one, as a copy does. Prints what was found.
 */
#include "extent.h"
#include "source.h"

#include <stdio.h>

struct sums {
	unsigned long long extents;
	unsigned long long bytes;
};

static int walk_group(struct zr_extent_walk *walk, const struct zr_group *group, struct sums *sums,
		      struct zr_error *err)
{
	struct zr_extent extent;
	int rc;

	zr_extent_walk_start(walk, group);
	while (!(rc = zr_extent_walk_next(walk, &extent, err))) {
		sums->extents++;
		sums->bytes += extent.len;
	}
	return rc < 0 ? rc : 0;
}

static int walk_all(struct zr_source *source, struct sums *sums, struct zr_error *err)
{
	struct zr_extent_walk walk;
	struct zr_group_list list;
	size_t i;
	int rc = zr_groups_read(source, &list, err);

	zr_extent_walk_init(&walk, source);
	if (!rc)
		rc = zr_cursor_read_ahead(&walk.cursor, err);
	for (i = 0; i < list.group_count && !rc; i++)
		rc = walk_group(&walk, &list.groups[i], sums, err);
	zr_extent_walk_free(&walk);
	zr_groups_free(&list);
	return rc;
}

int main(int argc, char **argv)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source = NULL;
	struct sums sums = { 0 };
	int rc;

	if (argc != 2) {
		fprintf(stderr, "usage: walk SOURCE\n");
		return 1;
	}
	rc = zr_source_open(&source, argv[1], NULL, &err);
	if (!rc)
		rc = walk_all(source, &sums, &err);
	zr_source_close(source);
	if (rc) {
		fprintf(stderr, "ERROR: %s\n", err.text);
		return 1;
	}
	printf("%llu extents, %llu bytes\n", sums.extents, sums.bytes);
	return 0;
}
