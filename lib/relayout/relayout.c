// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout.h"

#include "buffer.h"
#include "ondisk.h"
#include "range.h"
#include "segment.h"

#include <stdlib.h>
#include <string.h>

/* Each round takes what the one before found; two or three are usual. */
#define ROUNDS_MAX 64

static const uint64_t owners[ZR_NEW_TREES] = {
	[ZR_NEW_CHUNK_TREE] = BTRFS_CHUNK_TREE_OBJECTID,
	[ZR_NEW_CSUM_TREE] = BTRFS_CSUM_TREE_OBJECTID,
	[ZR_NEW_DEV_TREE] = BTRFS_DEV_TREE_OBJECTID,
	[ZR_NEW_GROUP_TREE] = BTRFS_BLOCK_GROUP_TREE_OBJECTID,
	[ZR_NEW_FREE_SPACE_TREE] = BTRFS_FREE_SPACE_TREE_OBJECTID,
	[ZR_NEW_EXTENT_TREE] = BTRFS_EXTENT_TREE_OBJECTID,
	[ZR_NEW_ROOT_TREE] = BTRFS_ROOT_TREE_OBJECTID,
};

enum zr_new_tree_name zr_relayout_find_tree(uint64_t owner)
{
	int i = 0;

	while (i < ZR_NEW_TREES && owners[i] != owner)
		i++;
	return i;
}

bool zr_relayout_owner_is_made(uint64_t owner)
{
	return zr_relayout_find_tree(owner) != ZR_NEW_TREES;
}

static uint64_t system_block(const struct zr_layout *layout, uint64_t number)
{
	size_t i;

	for (i = 0; i + 1 < layout->systems; i++) {
		uint64_t slots = zr_layout_slots(layout, &layout->chunks[i]);

		if (number < slots)
			break;
		number -= slots;
	}
	return layout->chunks[i].logical + number * layout->nodesize;
}

uint64_t zr_relayout_block(const struct zr_relayout *relayout, const struct zr_new_tree *tree,
			   uint64_t number)
{
	if (tree == &relayout->trees[ZR_NEW_CHUNK_TREE])
		return system_block(&relayout->layout, number);
	return zr_address_map_at(&relayout->blocks, tree->first + number);
}

static int count(const struct zr_relayout *relayout, struct zr_item_stream *stream,
		 uint64_t *leaves, struct zr_error *err)
{
	return zr_new_tree_count(stream, relayout->layout.nodesize, leaves, err);
}

static int count_records(struct zr_relayout *relayout, uint64_t leaves[ZR_NEW_TREES],
			 struct zr_error *err)
{
	struct zr_records records;
	int rc;

	zr_records_chunks(&records, relayout);
	rc = count(relayout, &records.stream, &leaves[ZR_NEW_CHUNK_TREE], err);
	zr_records_device(&records, relayout);
	if (!rc)
		rc = count(relayout, &records.stream, &leaves[ZR_NEW_DEV_TREE], err);
	zr_records_free_space(&records, relayout);
	if (!rc)
		rc = count(relayout, &records.stream, &leaves[ZR_NEW_FREE_SPACE_TREE], err);
	leaves[ZR_NEW_GROUP_TREE] = 0;
	zr_records_groups(&records, relayout);
	if (!rc && relayout->group_tree)
		rc = count(relayout, &records.stream, &leaves[ZR_NEW_GROUP_TREE], err);
	return rc;
}

static int count_segment(struct zr_relayout *relayout, enum zr_relayout_segment segment,
			 struct zr_error *err)
{
	struct zr_made_segment made;
	struct zr_item_stream *stream = zr_made_segment_begin(&made, relayout, segment);

	return count(relayout, stream, &relayout->segments[segment], err);
}

/* Segments have no leaf in common, so that what is counted of one stays true. */
static int count_leaves(struct zr_relayout *relayout, uint64_t leaves[ZR_NEW_TREES],
			struct zr_error *err)
{
	int segment;
	int rc = count_records(relayout, leaves, err);

	if (!rc)
		rc = count_segment(relayout, ZR_SEGMENT_SYSTEM, err);
	if (!rc)
		rc = count_segment(relayout, ZR_SEGMENT_MADE, err);
	/* Of all trees, this one can be empty. */
	leaves[ZR_NEW_CSUM_TREE] = zr_max64(relayout->csum_leaves, 1);
	leaves[ZR_NEW_ROOT_TREE] = relayout->root_leaves;
	leaves[ZR_NEW_EXTENT_TREE] = 0;
	for (segment = ZR_SEGMENT_SYSTEM; segment <= ZR_SEGMENT_DATA; segment++)
		leaves[ZR_NEW_EXTENT_TREE] += relayout->segments[segment];
	return rc;
}

/* Returns whether any tree has another number of blocks than before. */
static bool shape(struct zr_relayout *relayout, const uint64_t leaves[ZR_NEW_TREES])
{
	uint64_t first = relayout->facts.kept_blocks;
	bool changed = false;
	int i;

	for (i = 0; i < ZR_NEW_TREES; i++) {
		struct zr_new_tree *tree = &relayout->trees[i];
		uint64_t before = tree->blocks;

		tree->owner = owners[i];
		tree->first = i == ZR_NEW_CHUNK_TREE ? 0 : first;
		zr_new_tree_shape(tree, leaves[i], relayout->layout.nodesize);
		first += i == ZR_NEW_CHUNK_TREE ? 0 : tree->blocks;
		changed |= tree->blocks != before;
	}
	return changed;
}

/* Returns 0 when nothing changed, 1 when something did, 2 when more chunks are needed. */
static int settle_round(struct zr_relayout *relayout, size_t *needed, struct zr_error *err)
{
	const struct zr_new_tree *root = &relayout->trees[ZR_NEW_ROOT_TREE];
	struct zr_layout *layout = &relayout->layout;
	uint64_t leaves[ZR_NEW_TREES];
	size_t metadata;
	size_t systems;
	bool changed;
	int rc = count_leaves(relayout, leaves, err);

	if (rc)
		return rc;
	changed = shape(relayout, leaves);
	systems = zr_layout_chunks_for(layout, 0, relayout->trees[ZR_NEW_CHUNK_TREE].blocks);
	metadata = zr_layout_chunks_for(layout, systems, root->first + root->blocks);
	*needed = systems + metadata;
	if (*needed > layout->reserved)
		return 2;
	changed |= systems != layout->systems || metadata != layout->metadata;
	rc = zr_layout_place(layout, systems, metadata, &relayout->data, &relayout->blocks, err);
	zr_layout_fill(layout, relayout->trees[ZR_NEW_CHUNK_TREE].blocks,
		       root->first + root->blocks);
	return rc ? rc : changed;
}

int zr_relayout_settle(struct zr_relayout *relayout, size_t *needed, struct zr_error *err)
{
	int round;

	for (round = 0; round < ROUNDS_MAX; round++) {
		int rc = settle_round(relayout, needed, err);

		if (rc != 1)
			return rc < 0 ? rc : 0;
	}
	return zr_fail(err, ZR_E_INTERNAL,
		       "re-layout: the number of tree blocks does not settle in %d rounds",
		       ROUNDS_MAX);
}

static uint64_t find_block(const void *owner, uint64_t logical)
{
	return zr_address_map_find(&((const struct zr_relayout *)owner)->blocks, logical);
}

static uint64_t find_data(const void *owner, uint64_t logical)
{
	return zr_address_map_find(&((const struct zr_relayout *)owner)->data, logical);
}

static uint64_t find_spilled(const void *owner, uint64_t leaf, uint64_t inode)
{
	return zr_prealloc_spilled(&((const struct zr_relayout *)owner)->prealloc, leaf, inode);
}

static int compare_stale(const void *first, const void *second)
{
	uint64_t a = *(const uint64_t *)first;
	uint64_t b = *(const uint64_t *)second;

	return (a > b) - (a < b);
}

int zr_relayout_add_stale(struct zr_relayout *relayout, uint64_t node, struct zr_error *err)
{
	int rc = zr_array_reserve(&relayout->stale, &relayout->stale_capacity,
				  relayout->stale_count, sizeof(*relayout->stale), err);

	if (rc)
		return rc;
	relayout->stale[relayout->stale_count++] = node;
	return 0;
}

void zr_relayout_sort_stale(struct zr_relayout *relayout)
{
	if (relayout->stale_count)
		qsort(relayout->stale, relayout->stale_count, sizeof(*relayout->stale),
		      compare_stale);
}

static bool is_stale(const void *owner, uint64_t node)
{
	const struct zr_relayout *relayout = owner;

	return relayout->stale_count &&
	       bsearch(&node, relayout->stale, relayout->stale_count, sizeof(node), compare_stale);
}

void zr_relayout_translation(const struct zr_relayout *relayout, const uint8_t *fsid,
			     struct zr_translation *translation)
{
	*translation = (struct zr_translation){
		.block = find_block,
		.data = find_data,
		.spilled = find_spilled,
		.recount = relayout->prealloc.items,
		.owner = relayout,
		.stale = is_stale,
		.new_fsid = fsid,
	};
	if (fsid)
		memcpy(translation->fsid, fsid, sizeof(translation->fsid));
}

void zr_relayout_free(struct zr_relayout *relayout)
{
	if (!relayout)
		return;
	zr_layout_free(&relayout->layout);
	zr_address_map_free(&relayout->data);
	zr_address_map_free(&relayout->blocks);
	zr_prealloc_free(&relayout->prealloc);
	free(relayout->stale);
	free(relayout);
}
