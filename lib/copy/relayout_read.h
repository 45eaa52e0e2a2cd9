/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a source is kept in a new layout, whatever that looks like.
 */
#ifndef ZR_COPY_RELAYOUT_READ_H
#define ZR_COPY_RELAYOUT_READ_H

#include "extent.h"
#include "group.h"
#include "relayout.h"

/*
 * zr_relayout_read - read all extents and all tree blocks of a source once
 * @relayout: all zeroes; gets identity, facts, and both maps without runs. The caller frees it with
 *            zr_relayout_free(), also after a failure.
 * @list: block groups of the source
 *
 * Refuses what cannot be moved: a balance that was not finished, and file extents without data
 * together with simple quotas or a subvolume that is deleted half way.
 * Returns 0 or a negative code.
 */
int zr_relayout_read(struct zr_relayout *relayout, struct zr_source *source,
		     const struct zr_group_list *list, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_relayout_group_is - whether a block group has what is asked for
 * @data: data, or tree blocks
 */
bool zr_relayout_group_is(const struct zr_group *group, bool data);

/* The extents that are kept, ascending: of data, or tree blocks. */
struct zr_kept_walk {
	struct zr_extent_walk walk; /* walk.group is that of the last extent */
	const struct zr_group_list *list;
	const struct zr_address_map *map;
	size_t group; /* index in the list */
	bool data;
};

/*
 * zr_kept_walk_init - nothing is read yet
 * @list, @relayout: lent until zr_kept_walk_free()
 */
void zr_kept_walk_init(struct zr_kept_walk *walk, struct zr_source *source,
		       const struct zr_group_list *list);
void zr_kept_walk_free(struct zr_kept_walk *walk);

/*
 * zr_kept_walk_start - go to what has a rank
 * @rank: of the first sector or block of an extent; at most what is set in the map
 */
void zr_kept_walk_start(struct zr_kept_walk *walk, const struct zr_relayout *relayout, bool data,
			uint64_t rank);

/*
 * zr_kept_walk_next - returns 0 with @extent filled, 1 at the end, or a failure of
 * zr_extent_walk_next()
 */
int zr_kept_walk_next(struct zr_kept_walk *walk, struct zr_extent *extent,
		      struct zr_error *err) ZR_NODISCARD;

#endif
