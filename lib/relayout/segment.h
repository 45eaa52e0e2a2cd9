/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the new extent tree that follow from the layout alone.
 */
#ifndef ZR_RELAYOUT_SEGMENT_H
#define ZR_RELAYOUT_SEGMENT_H

#include "records.h"

struct zr_made_segment {
	struct zr_made_blocks made;
	struct zr_with_groups with;
};

/*
 * zr_segment_first_chunk - number of the first chunk whose block group item belongs to a segment
 */
size_t zr_segment_first_chunk(const struct zr_relayout *relayout, enum zr_relayout_segment segment);

/*
 * zr_segment_stream - a segment, with block group items if the extent tree holds them
 * @extents: its extent items
 * @with: memory for the stream
 */
struct zr_item_stream *zr_segment_stream(const struct zr_relayout *relayout,
					 enum zr_relayout_segment segment,
					 struct zr_item_stream *extents,
					 struct zr_with_groups *with);

/*
 * zr_made_segment_begin - the stream of ZR_SEGMENT_SYSTEM or ZR_SEGMENT_MADE
 */
struct zr_item_stream *zr_made_segment_begin(struct zr_made_segment *made,
					     const struct zr_relayout *relayout,
					     enum zr_relayout_segment segment);

#endif
