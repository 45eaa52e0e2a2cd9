/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Items that say where everything is in a new layout. They follow from the layout alone.
 */
#ifndef ZR_RELAYOUT_RECORDS_H
#define ZR_RELAYOUT_RECORDS_H

#include "relayout.h"

#define ZR_RECORD_MAX 256

/* A stream of such items. */
struct zr_records {
	struct zr_item_stream stream;
	const struct zr_relayout *relayout;
	size_t chunk; /* the next one */
	uint32_t part; /* of the chunk's items: the next one */
	uint8_t bytes[ZR_RECORD_MAX];
};

/*
 * zr_records_chunks - the chunk tree: the device and all chunks
 * zr_records_device - the device tree: all device extents
 * zr_records_groups - block group items
 * zr_records_free_space - the free space tree: of each block group the end that is not used
 */
void zr_records_chunks(struct zr_records *records, const struct zr_relayout *relayout);
void zr_records_device(struct zr_records *records, const struct zr_relayout *relayout);
void zr_records_groups(struct zr_records *records, const struct zr_relayout *relayout);
void zr_records_free_space(struct zr_records *records, const struct zr_relayout *relayout);

/*
 * zr_record_chunk - the chunk item of a chunk
 * @bytes: ZR_RECORD_MAX, filled
 * Returns its size.
 */
uint32_t zr_record_chunk(const struct zr_relayout *relayout, const struct zr_new_chunk *chunk,
			 uint8_t *bytes);

/* Extent items of the blocks that are made. */
struct zr_made_blocks {
	struct zr_item_stream stream;
	const struct zr_relayout *relayout;
	int tree; /* enum zr_new_tree_name */
	int last_tree;
	uint64_t number; /* of the next block in its tree */
	uint8_t bytes[ZR_RECORD_MAX];
};

/*
 * zr_made_blocks_begin - extent items of the trees from @tree up to @last_tree
 */
void zr_made_blocks_begin(struct zr_made_blocks *made, const struct zr_relayout *relayout, int tree,
			  int last_tree);

/*
 * Block group items between extent items, where the extent tree holds both: behind all that begins
 * where the block group begins.
 */
struct zr_with_groups {
	struct zr_item_stream stream;
	struct zr_item_stream *extents;
	struct zr_records groups;
	struct zr_new_item group; /* the next one, if has_group */
	struct zr_new_item extent; /* the next one, if has_extent */
	uint64_t last; /* objectid of the last item from extents */
	bool has_group;
	bool has_extent;
	bool ended;
};

/*
 * zr_with_groups_begin - put block group items into a stream
 * @first: number of the first chunk whose item may come
 */
void zr_with_groups_begin(struct zr_with_groups *with, const struct zr_relayout *relayout,
			  struct zr_item_stream *extents, size_t first);

#endif
