// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_all.h"

#include "buffer.h"

#include <stdlib.h>

void read_all_init(struct read_all *all, struct zr_source *source)
{
	*all = (struct read_all){ 0 };
	zr_reader_init(&all->reader, source);
}

static int read_extent(struct read_all *all, const struct zr_mapped_chunk *chunk,
		       const struct zr_extent *extent, uint8_t *buffer, struct zr_error *err)
{
	uint64_t most = zr_reader_piece_max(&all->reader);
	uint64_t done = 0;
	int rc = 0;

	all->extents++;
	while (!rc && done < extent->len) {
		uint64_t len = extent->len - done < most ? extent->len - done : most;

		rc = zr_reader_read(&all->reader, chunk, extent, 0, extent->logical + done, buffer,
				    len, err);
		if (!rc && all->take)
			all->take(all->owner, &all->reader, extent, buffer, len);
		done += len;
	}
	return rc;
}

static int read_group(struct read_all *all, const struct zr_group *group, uint8_t *buffer,
		      struct zr_error *err)
{
	struct zr_extent_walk walk;
	struct zr_extent extent;
	int rc;

	zr_extent_walk_init(&walk, all->reader.reading.source);
	zr_extent_walk_start(&walk, group);
	rc = zr_extent_walk_next(&walk, &extent, err);
	while (!rc) {
		rc = read_extent(all, group->chunk, &extent, buffer, err);
		if (!rc)
			rc = zr_extent_walk_next(&walk, &extent, err);
	}
	zr_extent_walk_free(&walk);
	return rc < 0 ? rc : 0;
}

int read_all(struct read_all *all, struct zr_error *err)
{
	uint8_t *buffer = zr_buffer_alloc(zr_reader_piece_max(&all->reader));
	struct zr_group_list list;
	size_t i;
	int rc;

	if (!buffer)
		abort();
	rc = zr_groups_read(all->reader.reading.source, &list, err);
	for (i = 0; !rc && i < list.group_count; i++)
		rc = read_group(all, &list.groups[i], buffer, err);
	zr_reader_free(&all->reader);
	zr_groups_free(&list);
	free(buffer);
	return rc;
}
