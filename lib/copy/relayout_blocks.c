// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout_blocks.h"

#include <stdlib.h>

static uint64_t logical_of(const void *owner, const struct zr_new_tree *tree, uint64_t number)
{
	return zr_relayout_block(owner, tree, number);
}

void zr_made_tree_blocks_init(struct zr_made_tree_blocks *blocks, const struct zr_copy *copy)
{
	*blocks = (struct zr_made_tree_blocks){
		.reader = {
			.source = copy->source,
			.list = copy->list,
			.relayout = copy->plan->relayout,
		},
		.keys = copy->made_keys,
		.cancelled = copy->cancelled,
		.place = { .logical = logical_of, .owner = copy->plan->relayout },
		.tree = ZR_NEW_TREES,
	};
}

void zr_made_keys_free(struct zr_made_keys *keys)
{
	int tree;

	for (tree = 0; tree < ZR_NEW_TREES; tree++)
		free(keys->firsts[tree]);
}

static void end_tree(struct zr_made_tree_blocks *blocks)
{
	if (blocks->tree == ZR_NEW_CSUM_TREE)
		zr_csum_items_free(&blocks->items.csums);
	else if (blocks->tree == ZR_NEW_ROOT_TREE)
		zr_root_items_free(&blocks->items.roots);
	else if (blocks->tree == ZR_NEW_EXTENT_TREE)
		zr_extent_tree_items_free(&blocks->items.extents);
	blocks->tree = ZR_NEW_TREES;
}

/* All members of the union have the stream first. */
static int begin_items(struct zr_made_tree_blocks *blocks, struct zr_error *err)
{
	const struct zr_relayout_reader *reader = &blocks->reader;

	switch (blocks->tree) {
	case ZR_NEW_CSUM_TREE:
		return zr_csum_items_begin(&blocks->items.csums, reader, err);
	case ZR_NEW_ROOT_TREE:
		return zr_root_items_begin(&blocks->items.roots, reader, err);
	case ZR_NEW_EXTENT_TREE:
		return zr_extent_tree_items_begin(&blocks->items.extents, reader, err);
	case ZR_NEW_CHUNK_TREE:
		zr_records_chunks(&blocks->items.records, reader->relayout);
		return 0;
	case ZR_NEW_DEV_TREE:
		zr_records_device(&blocks->items.records, reader->relayout);
		return 0;
	case ZR_NEW_GROUP_TREE:
		zr_records_groups(&blocks->items.records, reader->relayout);
		return 0;
	default:
		zr_records_free_space(&blocks->items.records, reader->relayout);
		return 0;
	}
}

static int begin_tree(struct zr_made_tree_blocks *blocks, int tree, struct zr_error *err)
{
	const struct zr_relayout *relayout = blocks->reader.relayout;
	struct zr_key **firsts = &blocks->keys->firsts[tree];
	int rc;

	end_tree(blocks);
	if (!*firsts)
		*firsts = calloc(relayout->trees[tree].counts[0], sizeof(**firsts));
	if (!*firsts)
		return zr_fail_nomem(err);
	blocks->tree = tree;
	blocks->maker = (struct zr_tree_maker){
		.tree = &relayout->trees[tree],
		.place = &blocks->place,
		.header = relayout->header,
		.csum_type = relayout->csum_type,
		.nodesize = relayout->layout.nodesize,
		.firsts = *firsts,
	};
	blocks->maker.header.owner = relayout->trees[tree].owner;
	rc = begin_items(blocks, err);
	zr_tree_maker_begin(&blocks->maker, &blocks->items.records.stream);
	return rc;
}

/* Passing over blocks reads what they are made of, which takes its time. */
static int pass_over(struct zr_made_tree_blocks *blocks, struct zr_error *err)
{
	if (atomic_load(blocks->cancelled))
		return zr_fail(err, ZR_E_CANCELLED, "copy: cancelled at block %llu of tree %llu",
			       (unsigned long long)blocks->maker.made,
			       (unsigned long long)blocks->maker.header.owner);
	return zr_tree_maker_next(&blocks->maker, NULL, err);
}

int zr_made_tree_blocks_next(struct zr_made_tree_blocks *blocks, int tree, uint64_t number,
			     uint8_t *bytes, struct zr_error *err)
{
	int rc = 0;

	if (tree != blocks->tree || number < blocks->maker.made)
		rc = begin_tree(blocks, tree, err);
	while (!rc && blocks->maker.made < number)
		rc = pass_over(blocks, err);
	return rc ? rc : zr_tree_maker_next(&blocks->maker, bytes, err);
}

void zr_made_tree_blocks_free(struct zr_made_tree_blocks *blocks)
{
	end_tree(blocks);
}
