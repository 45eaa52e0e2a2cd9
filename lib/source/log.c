// SPDX-License-Identifier: LGPL-2.1-or-later
#include "log.h"

#include "block_group.h"
#include "buffer.h"
#include "ondisk.h"
#include "tree.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

typedef int (*take_fn)(struct zr_source *source, const struct zr_item *item, struct zr_error *err);

void zr_log_free(struct zr_log *log)
{
	free(log->extents);
	free(log->csums);
	free(log->csum_bytes);
	memset(log, 0, sizeof(*log));
}

static int add_extent(struct zr_log *log, const struct zr_extent *extent, struct zr_error *err)
{
	int rc = zr_array_reserve(&log->extents, &log->extent_capacity, log->extent_count,
				  sizeof(*extent), err);

	if (!rc)
		log->extents[log->extent_count++] = *extent;
	return rc;
}

static int add_csum(struct zr_source *source, const struct zr_item *item, struct zr_error *err)
{
	struct zr_log *log = &source->log;
	struct zr_csum_item csum;
	uint8_t *grown;
	int rc = zr_csum_item_decode(item, &source->check.items, &csum, err);

	if (!rc)
		rc = zr_array_reserve(&log->csums, &log->csum_capacity, log->csum_count,
				      sizeof(*log->csums), err);
	if (rc)
		return rc;
	grown = realloc(log->csum_bytes, log->csum_len + item->size);
	if (!grown)
		return zr_fail_nomem(err);
	log->csum_bytes = grown;
	memcpy(grown + log->csum_len, csum.csums, item->size);
	log->csums[log->csum_count++] =
		(struct zr_log_csum){ csum.logical, csum.len, log->csum_len };
	log->csum_len += item->size;
	return 0;
}

static int take_item(struct zr_source *source, const struct zr_item *item, struct zr_error *err)
{
	struct zr_file_extent extent;
	int rc;

	if (item->key.type == BTRFS_EXTENT_CSUM_KEY)
		return add_csum(source, item, err);
	if (item->key.type != BTRFS_EXTENT_DATA_KEY)
		return 0;
	rc = zr_file_extent_decode(item, &source->check.items, &extent, err);
	if (rc)
		return rc < 0 ? rc : 0;
	return add_extent(&source->log, &extent.disk, err);
}

/*
 * A cursor that walks from the first item to the last loads each block of the tree once, so the
 * blocks of the path that changed since the item before are the new ones.
 */
static int take_new_blocks(const struct zr_cursor *cursor, uint64_t seen[ZR_TREE_LEVELS],
			   struct zr_error *err)
{
	unsigned int level;

	for (level = 0; level <= cursor->tree.level; level++) {
		const struct zr_block *block = &cursor->levels[level].block;
		struct zr_extent extent = {
			.kind = ZR_EXTENT_TREE_BLOCK,
			.logical = block->logical,
			.len = block->size,
			.generation = block->generation,
			.level = block->level,
		};
		int rc;

		if (seen[level] == block->logical)
			continue;
		seen[level] = block->logical;
		if (!cursor->source->log.blocks_left--)
			return zr_fail(err, ZR_E_LOG,
				       "it has more tree blocks than there is metadata");
		rc = add_extent(&cursor->source->log, &extent, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int walk_tree(struct zr_cursor *cursor, take_fn take, struct zr_error *err)
{
	const struct zr_key first = { 0 };
	uint64_t seen[ZR_TREE_LEVELS] = { 0 };
	int rc = zr_cursor_seek(cursor, &first, err);

	/* An empty tree has its root block all the same. */
	if (rc == 1)
		return take_new_blocks(cursor, seen, err);
	while (!rc) {
		struct zr_item item;

		rc = take_new_blocks(cursor, seen, err);
		if (rc)
			return rc;
		zr_cursor_item(cursor, &item);
		rc = take(cursor->source, &item, err);
		if (!rc)
			rc = zr_cursor_next(cursor, err);
	}
	return rc < 0 ? rc : 0;
}

static int read_tree(struct zr_source *source, const struct zr_tree *tree, take_fn take,
		     struct zr_error *err)
{
	struct zr_cursor cursor;
	int rc;

	zr_cursor_init(&cursor, source, tree);
	rc = walk_tree(&cursor, take, err);
	zr_cursor_free(&cursor);
	return rc;
}

static int take_root(struct zr_source *source, const struct zr_item *item, struct zr_error *err)
{
	struct zr_tree tree = { .owner = BTRFS_TREE_LOG_OBJECTID };
	struct zr_root root;
	int rc;

	if (item->key.type != BTRFS_ROOT_ITEM_KEY)
		return 0;
	rc = zr_root_decode(item, &source->check.items, &root, err);
	if (rc)
		return rc;
	tree.logical = root.logical;
	tree.generation = root.generation;
	tree.level = root.level;
	source->log.trees++;
	return read_tree(source, &tree, take_item, err);
}

static int compare_extents(const void *a, const void *b)
{
	const struct zr_extent *left = a;
	const struct zr_extent *right = b;

	return (left->logical > right->logical) - (left->logical < right->logical);
}

static int compare_csums(const void *a, const void *b)
{
	const struct zr_log_csum *left = a;
	const struct zr_log_csum *right = b;

	return (left->logical > right->logical) - (left->logical < right->logical);
}

/* Files share extents, and a file that was fsynced twice names one twice. */
static void sort(struct zr_log *log)
{
	size_t kept = 0;
	size_t i;

	if (log->csum_count)
		qsort(log->csums, log->csum_count, sizeof(*log->csums), compare_csums);
	if (!log->extent_count)
		return;
	qsort(log->extents, log->extent_count, sizeof(*log->extents), compare_extents);
	for (i = 1; i < log->extent_count; i++)
		if (log->extents[i].logical != log->extents[kept].logical ||
		    log->extents[i].len != log->extents[kept].len)
			log->extents[++kept] = log->extents[i];
	log->extent_count = kept + 1;
}

/* Trees that share blocks, as no log does, would otherwise be walked as often as they like. */
static uint64_t most_blocks(const struct zr_source *source)
{
	const struct zr_chunk_map *map = &source->chunks;
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < map->count; i++)
		if (map->chunks[i].flags & BTRFS_BLOCK_GROUP_METADATA)
			bytes += map->chunks[i].len;
	return bytes / source->super.nodesize;
}

int zr_log_read(struct zr_source *source, bool use, struct zr_error *err)
{
	const struct zr_super *super = &source->super;
	const struct zr_tree tree = {
		.logical = super->log_root,
		.generation = super->generation + 1,
		.owner = BTRFS_TREE_LOG_OBJECTID,
		.level = super->log_root_level,
	};
	struct zr_error reason = ZR_ERROR_INIT;

	source->log.used = use;
	if (!super->log_root || source->log.extent_count)
		return 0;
	source->log.blocks_left = most_blocks(source);
	if (!read_tree(source, &tree, take_root, &reason)) {
		sort(&source->log);
		return 0;
	}
	zr_log_free(&source->log);
	if (reason.code == ZR_E_NO_MEMORY)
		return zr_fail_nomem(err);
	return zr_fail(
		err, ZR_E_LOG,
		"tree-log: logical %llu cannot be read, %s; mount and unmount the file system once, or drop the log",
		(ull)super->log_root, reason.text);
}

size_t zr_log_first(const struct zr_log *log, uint64_t logical)
{
	size_t low = 0;
	size_t high = log->extent_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (log->extents[middle].logical < logical)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
