/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Items of trees that are made anew, read from the source's trees in the order of their keys.
 */
#ifndef ZR_COPY_RELAYOUT_ITEMS_H
#define ZR_COPY_RELAYOUT_ITEMS_H

#include "group.h"
#include "relayout.h"
#include "segment.h"
#include "tree.h"

/* What all of them read from; lent. */
struct zr_relayout_reader {
	struct zr_source *source;
	const struct zr_group_list *list;
	const struct zr_relayout *relayout;
};

/* The checksum tree. */
struct zr_csum_items {
	struct zr_item_stream stream;
	const struct zr_relayout_reader *reader;
	struct zr_cursor cursor;
	struct zr_csum_item item; /* the one that is cut into pieces */
	uint64_t done; /* bytes of data of it that are behind */
	uint64_t end; /* of the item before it, logical */
	bool started;
};

/* The root tree, without what belongs to the free space cache of old kernels. */
struct zr_root_items {
	struct zr_item_stream stream;
	const struct zr_relayout_reader *reader;
	struct zr_cursor cursor;
	uint8_t *bytes;
	bool has_free_space; /* the root item of the free space tree is behind */
	bool started;
	bool held; /* the item at the cursor is still to come */
};

/*
 * Extents that are kept, and their back references: of tree blocks, or of data. Of all extents,
 * what becomes holes must be in their back references.
 */
struct zr_extent_items {
	struct zr_item_stream stream;
	const struct zr_relayout_reader *reader;
	struct zr_cursor cursor;
	uint8_t *bytes;
	size_t group; /* index of the block group */
	uint64_t extent; /* the last one */
	uint64_t expected; /* references to it that become holes */
	uint64_t holes; /* of these, found so far */
	bool kept;
	bool data;
	bool started; /* with the block group */
};

/* The whole extent tree: four segments. */
struct zr_extent_tree_items {
	struct zr_item_stream stream;
	const struct zr_relayout_reader *reader;
	struct zr_item_stream *current;
	struct zr_made_segment made;
	struct zr_extent_items old;
	struct zr_with_groups with;
	int segment; /* enum zr_relayout_segment of the current one */
	bool cut; /* the next item is the first of its segment */
};

/*
 * zr_..._items_begin - begin with the first item
 * @items: the caller frees it with zr_..._items_free(), also after a failure
 * @reader: lent until then
 *
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_csum_items_begin(struct zr_csum_items *items, const struct zr_relayout_reader *reader,
			struct zr_error *err) ZR_NODISCARD;
int zr_root_items_begin(struct zr_root_items *items, const struct zr_relayout_reader *reader,
			struct zr_error *err) ZR_NODISCARD;
int zr_extent_items_begin(struct zr_extent_items *items, const struct zr_relayout_reader *reader,
			  bool data, struct zr_error *err) ZR_NODISCARD;
int zr_extent_tree_items_begin(struct zr_extent_tree_items *items,
			       const struct zr_relayout_reader *reader,
			       struct zr_error *err) ZR_NODISCARD;

void zr_csum_items_free(struct zr_csum_items *items);
void zr_root_items_free(struct zr_root_items *items);
void zr_extent_items_free(struct zr_extent_items *items);
void zr_extent_tree_items_free(struct zr_extent_tree_items *items);

#endif
