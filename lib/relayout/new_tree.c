// SPDX-License-Identifier: LGPL-2.1-or-later
#include "new_tree.h"

#include "range.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static int fail_item(const struct zr_new_item *item, struct zr_error *err)
{
	return zr_fail(err, ZR_E_ITEM,
		       "new tree: item (" ZR_KEY_FMT ") of %u bytes fits into no leaf",
		       ZR_KEY_ARGS(item->key), item->size);
}

int zr_new_tree_count(struct zr_item_stream *stream, uint32_t nodesize, uint64_t *leaves,
		      struct zr_error *err)
{
	struct zr_new_block leaf;
	struct zr_new_item item;
	int rc;

	*leaves = 0;
	while (!(rc = stream->next(stream, &item, err))) {
		if (!zr_new_leaf_fits(nodesize, item.size))
			return fail_item(&item, err);
		if (*leaves && !item.cut && zr_new_leaf_add(&leaf, &item.key, NULL, item.size))
			continue;
		++*leaves;
		zr_new_block_begin(&leaf, NULL, nodesize, NULL, 0, 0);
		if (!zr_new_leaf_add(&leaf, &item.key, NULL, item.size))
			return fail_item(&item, err);
	}
	return rc < 0 ? rc : 0;
}

void zr_new_tree_shape(struct zr_new_tree *tree, uint64_t leaves, uint32_t nodesize)
{
	uint64_t count = leaves;

	memset(tree->counts, 0, sizeof(tree->counts));
	tree->blocks = 0;
	tree->levels = 0;
	while (count) {
		tree->counts[tree->levels++] = count;
		tree->blocks += count;
		count = count == 1 ? 0 : zr_div_up(count, zr_new_node_pointers(nodesize));
	}
}

uint8_t zr_new_tree_level(const struct zr_new_tree *tree, uint64_t number)
{
	uint8_t level = 0;

	while (number >= tree->counts[level])
		number -= tree->counts[level++];
	return level;
}

void zr_tree_maker_begin(struct zr_tree_maker *maker, struct zr_item_stream *stream)
{
	maker->stream = stream;
	maker->has_item = false;
	maker->ended = false;
	maker->made = 0;
}

static int need_item(struct zr_tree_maker *maker, struct zr_error *err)
{
	int rc;

	if (maker->has_item || maker->ended)
		return 0;
	rc = maker->stream->next(maker->stream, &maker->item, err);
	maker->has_item = !rc;
	maker->ended = rc == 1;
	return rc < 0 ? rc : 0;
}

static int fail_count(const struct zr_tree_maker *maker, struct zr_error *err)
{
	return zr_fail(err, ZR_E_INTERNAL,
		       "new tree: tree %llu has other items than were counted, at block %llu of "
		       "%llu",
		       (ull)maker->tree->owner, (ull)maker->made, (ull)maker->tree->blocks);
}

static int fill_leaf(struct zr_tree_maker *maker, struct zr_new_block *leaf, struct zr_error *err)
{
	int rc = need_item(maker, err);

	while (!rc && maker->has_item) {
		if (!leaf->nritems)
			maker->firsts[maker->made] = maker->item.key;
		else if (maker->item.cut)
			break;
		if (!zr_new_leaf_add(leaf, &maker->item.key, maker->item.data, maker->item.size))
			break;
		maker->has_item = false;
		rc = need_item(maker, err);
	}
	if (rc)
		return rc;
	/* The last leaf ends with the stream, any other one before it; only a whole tree is empty.
	 */
	if (maker->ended != (maker->made + 1 == maker->tree->counts[0]) ||
	    (!leaf->nritems && maker->tree->counts[0] > 1))
		return fail_count(maker, err);
	return 0;
}

/* A block has the key of the first leaf below it. */
static void fill_node(const struct zr_tree_maker *maker, struct zr_new_block *node, uint64_t below,
		      uint64_t index, uint8_t level)
{
	const struct zr_new_tree *tree = maker->tree;
	uint64_t fanout = zr_new_node_pointers(maker->nodesize);
	uint64_t child = index * fanout;
	uint64_t end = zr_min64(child + fanout, tree->counts[level - 1]);
	uint64_t leaves = 1;

	while (--level)
		leaves *= fanout;
	for (; child < end; child++)
		zr_new_node_add(node, &maker->firsts[child * leaves],
				maker->place->logical(maker->place->owner, tree, below + child),
				maker->header.generation);
}

int zr_tree_maker_next(struct zr_tree_maker *maker, uint8_t *bytes, struct zr_error *err)
{
	const struct zr_new_tree *tree = maker->tree;
	struct zr_new_block block;
	uint64_t below = 0;
	uint64_t index = maker->made;
	uint8_t level = 0;
	int rc = 0;

	if (maker->made == tree->blocks)
		return fail_count(maker, err);
	while (index >= tree->counts[level]) {
		below = maker->made - index;
		index -= tree->counts[level++];
	}
	zr_new_block_begin(&block, bytes, maker->nodesize, &maker->header,
			   maker->place->logical(maker->place->owner, tree, maker->made), level);
	if (level)
		fill_node(maker, &block, below, index, level);
	else
		rc = fill_leaf(maker, &block, err);
	if (!rc && bytes)
		zr_block_seal(maker->csum_type, bytes, maker->nodesize);
	maker->made += !rc;
	return rc;
}
