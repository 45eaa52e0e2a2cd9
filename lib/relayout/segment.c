// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment.h"

size_t zr_segment_first_chunk(const struct zr_relayout *relayout, enum zr_relayout_segment segment)
{
	const struct zr_layout *layout = &relayout->layout;
	size_t number = layout->systems;

	if (segment == ZR_SEGMENT_SYSTEM)
		return 0;
	if (segment == ZR_SEGMENT_DATA)
		return layout->systems + layout->metadata;
	while (segment == ZR_SEGMENT_MADE && number < layout->systems + layout->metadata &&
	       zr_layout_chunk(layout, number)->first < relayout->facts.kept_blocks)
		number++;
	return number;
}

struct zr_item_stream *zr_segment_stream(const struct zr_relayout *relayout,
					 enum zr_relayout_segment segment,
					 struct zr_item_stream *extents,
					 struct zr_with_groups *with)
{
	if (relayout->group_tree)
		return extents;
	zr_with_groups_begin(with, relayout, extents, zr_segment_first_chunk(relayout, segment));
	return &with->stream;
}

struct zr_item_stream *zr_made_segment_begin(struct zr_made_segment *made,
					     const struct zr_relayout *relayout,
					     enum zr_relayout_segment segment)
{
	bool system = segment == ZR_SEGMENT_SYSTEM;

	zr_made_blocks_begin(&made->made, relayout, system ? ZR_NEW_CHUNK_TREE : ZR_NEW_CSUM_TREE,
			     system ? ZR_NEW_CHUNK_TREE : ZR_NEW_ROOT_TREE);
	return zr_segment_stream(relayout, segment, &made->made.stream, &made->with);
}
