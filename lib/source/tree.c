// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tree.h"

#include "buffer.h"
#include "chunk_read.h"
#include "reason.h"

#include <stdlib.h>
#include <string.h>

static int read_way(struct zr_source *source, const struct zr_mapped_chunk *chunk, uint16_t way,
		    const struct zr_block_expect *expect, uint8_t *buffer, struct zr_block *block,
		    struct zr_error *err)
{
	int rc = zr_chunk_read(source, chunk, expect->logical, way, buffer, source->super.nodesize,
			       err);

	if (rc)
		return rc;
	return zr_block_check(zr_source_check(source, expect->generation), buffer, expect, block,
			      err);
}

/* A copy on this device is not good. */
static void count_bad(struct zr_source *source, int code)
{
	if (zr_error_class(code) == ZR_CLASS_CORRUPT)
		source->bad_copies++;
	else
		source->unread_copies++;
}

/* Returns 0 when a copy is good; otherwise @first has the failure that counts. */
static int read_any_copy(struct zr_source *source, const struct zr_mapped_chunk *chunk,
			 const struct zr_block_expect *expect, uint8_t *buffer,
			 struct zr_block *block, struct zr_error *first)
{
	uint16_t own = zr_source_own_mirror(source, chunk, expect->logical);
	uint16_t mirror = zr_source_first_mirror(source, chunk, expect->logical, own);
	uint16_t ways = zr_chunk_ways(chunk);
	int own_bad = 0;
	uint16_t i;

	for (i = 0; i < ways; i++) {
		uint16_t way = (uint16_t)((mirror + i) % ways);
		struct zr_error reason = ZR_ERROR_INIT;
		struct zr_place place;

		zr_chunk_place(source, chunk, expect->logical, way, &place);
		if (!read_way(source, chunk, way, expect, buffer, block, &reason)) {
			if (own_bad)
				count_bad(source, own_bad);
			return 0;
		}
		reason.devid = place.devid;
		zr_reason_keep(first, &reason);
		if (!own_bad && place.devid == source->super.devid)
			own_bad = reason.code;
	}
	return -first->code;
}

int zr_tree_block_read(struct zr_source *source, const struct zr_block_expect *expect,
		       uint8_t *buffer, struct zr_block *block, struct zr_error *err)
{
	const struct zr_mapped_chunk *chunk = zr_chunk_map_find(&source->chunks, expect->logical);
	struct zr_error first = ZR_ERROR_INIT;
	int rc;

	if (!chunk)
		return zr_fail(err, ZR_E_RANGE, "tree block: logical %llu, lies in no chunk",
			       (unsigned long long)expect->logical);
	rc = read_any_copy(source, chunk, expect, buffer, block, &first);
	if (rc && err && !err->code) {
		*err = first;
		err->logical = expect->logical;
	}
	return rc;
}

void zr_cursor_init(struct zr_cursor *cursor, struct zr_source *source, const struct zr_tree *tree)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->source = source;
	cursor->tree = *tree;
}

void zr_cursor_free(struct zr_cursor *cursor)
{
	int level;

	for (level = 0; level < ZR_TREE_LEVELS; level++)
		free(cursor->levels[level].buffer);
	memset(cursor->levels, 0, sizeof(cursor->levels));
	zr_ahead_free(cursor->ahead);
	cursor->ahead = NULL;
}

int zr_cursor_read_ahead(struct zr_cursor *cursor, struct zr_error *err)
{
	cursor->ahead = zr_ahead_new(cursor->source);
	return cursor->ahead ? 0 : zr_fail_nomem(err);
}

void zr_cursor_item(const struct zr_cursor *cursor, struct zr_item *item)
{
	const struct zr_cursor_level *leaf = &cursor->levels[0];

	zr_block_item(&leaf->block, leaf->slot, item);
}

/* What is bad in the first copy is read anew, and then from the others. */
static bool was_read_ahead(const struct zr_cursor *cursor, const struct zr_block_expect *expect,
			   struct zr_cursor_level *level)
{
	const struct zr_check_context *check = zr_source_check(cursor->source, expect->generation);

	return cursor->ahead && !expect->level &&
	       zr_ahead_take(cursor->ahead, expect->logical, level->buffer) &&
	       !zr_block_check(check, level->buffer, expect, &level->block, NULL);
}

/* Put a block into its level of the path, unless it is there already. */
static int load(struct zr_cursor *cursor, const struct zr_block_expect *expect,
		struct zr_error *err)
{
	struct zr_cursor_level *level = &cursor->levels[expect->level];
	int rc;

	if (level->loaded && zr_block_fits(&level->block, expect))
		return 0;
	if (!level->buffer)
		level->buffer = zr_buffer_alloc(cursor->source->super.nodesize);
	if (!level->buffer)
		return zr_fail_nomem(err);
	level->loaded = was_read_ahead(cursor, expect, level);
	if (level->loaded)
		return 0;
	rc = zr_tree_block_read(cursor->source, expect, level->buffer, &level->block, err);
	level->loaded = !rc;
	return rc;
}

static int load_root(struct zr_cursor *cursor, struct zr_error *err)
{
	struct zr_block_expect expect = {
		.logical = cursor->tree.logical,
		.generation = cursor->tree.generation,
		.owner = cursor->tree.owner,
		.level = cursor->tree.level,
	};

	return load(cursor, &expect, err);
}

/* Load the child that the slot of a node points to. */
static int load_child(struct zr_cursor *cursor, unsigned int level, struct zr_error *err)
{
	const struct zr_cursor_level *node = &cursor->levels[level];
	struct zr_cursor_level *child = &cursor->levels[level - 1];
	struct zr_pointer pointer;
	struct zr_block_expect expect;

	zr_block_pointer(&node->block, node->slot, &pointer);
	child->bounded = node->bounded;
	child->end_key = node->end_key;
	if (node->slot + 1 < node->block.nritems) {
		child->bounded = true;
		child->end_key = zr_block_key(&node->block, node->slot + 1);
	}
	expect = (struct zr_block_expect){
		.logical = pointer.logical,
		.generation = pointer.generation,
		.owner = cursor->tree.shared ? ZR_ANY_OWNER : cursor->tree.owner,
		.level = (uint8_t)(level - 1),
		.first_key = &pointer.key,
		.end_key = child->bounded ? &child->end_key : NULL,
	};
	if (cursor->ahead && level == 1 &&
	    !(child->loaded && zr_block_fits(&child->block, &expect)))
		zr_ahead_want(cursor->ahead, &node->block, node->slot);
	return load(cursor, &expect, err);
}

static uint32_t edge_slot(const struct zr_block *block, int step)
{
	return step > 0 || !block->nritems ? 0 : block->nritems - 1;
}

/* From the slot of a node at @level down to the first or last item below it. */
static int descend(struct zr_cursor *cursor, unsigned int level, int step, struct zr_error *err)
{
	while (level > 0) {
		int rc = load_child(cursor, level, err);

		if (rc)
			return rc;
		level--;
		cursor->levels[level].slot = edge_slot(&cursor->levels[level].block, step);
	}
	return 0;
}

static int move(struct zr_cursor *cursor, int step, struct zr_error *err)
{
	unsigned int level;
	int rc;

	for (level = 0; level <= cursor->tree.level; level++) {
		struct zr_cursor_level *at = &cursor->levels[level];

		if (step > 0 ? at->slot + 1 < at->block.nritems : at->slot > 0) {
			at->slot += (uint32_t)step;
			rc = descend(cursor, level, step, err);
			cursor->placed = !rc;
			return rc;
		}
	}
	return 1;
}

int zr_cursor_next(struct zr_cursor *cursor, struct zr_error *err)
{
	return move(cursor, 1, err);
}

int zr_cursor_previous(struct zr_cursor *cursor, struct zr_error *err)
{
	return move(cursor, -1, err);
}

/* Whether the key would be in the leaf at the position, so that the path to it can stay. */
static bool is_near(const struct zr_cursor *cursor, const struct zr_key *key)
{
	const struct zr_cursor_level *leaf = &cursor->levels[0];
	struct zr_key first;

	if (!cursor->placed || !leaf->block.nritems)
		return false;
	first = zr_block_key(&leaf->block, 0);
	return zr_key_compare(&first, key) <= 0 &&
	       (!leaf->bounded || zr_key_compare(key, &leaf->end_key) < 0);
}

static int descend_to(struct zr_cursor *cursor, const struct zr_key *key, struct zr_error *err)
{
	unsigned int level = cursor->tree.level;
	int rc = load_root(cursor, err);

	while (!rc) {
		struct zr_cursor_level *at = &cursor->levels[level];

		at->slot = zr_block_lower_bound(&at->block, key);
		if (!level)
			return 0;
		/* A pointer carries the first key below it, so a key in between is in the one
		 * before. */
		if (at->slot > 0) {
			struct zr_key found = { 0 };

			if (at->slot < at->block.nritems)
				found = zr_block_key(&at->block, at->slot);
			if (at->slot == at->block.nritems || zr_key_compare(&found, key))
				at->slot--;
		}
		rc = load_child(cursor, level, err);
		level--;
	}
	return rc;
}

/*
 * Go to the leaf in which the key would be. The slot there is the first one not below the key and
 * can be behind the last item.
 */
static int find_leaf(struct zr_cursor *cursor, const struct zr_key *key, struct zr_error *err)
{
	struct zr_cursor_level *leaf = &cursor->levels[0];
	int rc;

	if (is_near(cursor, key)) {
		leaf->slot = zr_block_lower_bound(&leaf->block, key);
		return 0;
	}
	rc = descend_to(cursor, key, err);
	cursor->placed = !rc;
	return rc;
}

int zr_cursor_seek(struct zr_cursor *cursor, const struct zr_key *key, struct zr_error *err)
{
	struct zr_cursor_level *leaf = &cursor->levels[0];
	int rc = find_leaf(cursor, key, err);

	if (rc || leaf->slot < leaf->block.nritems)
		return rc;
	if (!leaf->block.nritems)
		return 1;
	leaf->slot = leaf->block.nritems - 1;
	return zr_cursor_next(cursor, err);
}

int zr_cursor_find(struct zr_cursor *cursor, const struct zr_key *key, struct zr_item *item,
		   struct zr_error *err)
{
	int rc = zr_cursor_seek(cursor, key, err);

	if (rc)
		return rc;
	zr_cursor_item(cursor, item);
	return zr_key_compare(&item->key, key) ? 1 : 0;
}

int zr_cursor_seek_below(struct zr_cursor *cursor, const struct zr_key *key, struct zr_error *err)
{
	int rc = find_leaf(cursor, key, err);

	return rc ? rc : zr_cursor_previous(cursor, err);
}
