// SPDX-License-Identifier: LGPL-2.1-or-later
#include "records.h"

#include "block_group.h"
#include "ondisk.h"

#include <string.h>

static void begin(struct zr_records *records, const struct zr_relayout *relayout,
		  int (*next)(struct zr_item_stream *, struct zr_new_item *, struct zr_error *))
{
	records->stream.next = next;
	records->relayout = relayout;
	records->chunk = 0;
	records->part = 0;
}

static struct zr_records *of(struct zr_item_stream *stream)
{
	return (struct zr_records *)stream;
}

static void set_item(struct zr_new_item *item, uint64_t objectid, uint8_t type, uint64_t offset,
		     const uint8_t *data, uint32_t size)
{
	*item = (struct zr_new_item){
		.key = { objectid, type, offset },
		.data = data,
		.size = size,
	};
}

static bool at_end(const struct zr_records *records)
{
	return records->chunk == zr_layout_chunks(&records->relayout->layout);
}

static uint64_t bytes_used(const struct zr_relayout *relayout)
{
	return zr_layout_zones(&relayout->layout) * relayout->layout.zone_size;
}

uint32_t zr_record_chunk(const struct zr_relayout *relayout, const struct zr_new_chunk *chunk,
			 uint8_t *bytes)
{
	uint32_t copies = zr_layout_chunk_copies(&relayout->layout, chunk);
	const struct btrfs_chunk head = {
		.length = le64_set(relayout->layout.zone_size),
		.owner = le64_set(BTRFS_EXTENT_TREE_OBJECTID),
		.stripe_len = le64_set(BTRFS_STRIPE_LEN),
		.type = le64_set(zr_layout_chunk_flags(&relayout->layout, chunk)),
		.io_align = le32_set(BTRFS_STRIPE_LEN),
		.io_width = le32_set(BTRFS_STRIPE_LEN),
		.sector_size = le32_set(relayout->layout.sectorsize),
		.num_stripes = le16_set((uint16_t)copies),
		.sub_stripes = le16_set(1),
	};
	uint32_t i;

	memcpy(bytes, &head, sizeof(head));
	for (i = 0; i < copies; i++) {
		struct btrfs_stripe stripe = {
			.devid = le64_set(relayout->devid),
			.offset = le64_set(chunk->physical[i]),
		};

		memcpy(stripe.dev_uuid, relayout->dev_uuid, sizeof(stripe.dev_uuid));
		memcpy(bytes + sizeof(head) + i * sizeof(stripe), &stripe, sizeof(stripe));
	}
	return (uint32_t)(sizeof(head) + copies * sizeof(struct btrfs_stripe));
}

static void make_device(const struct zr_relayout *relayout, uint8_t *bytes)
{
	struct btrfs_dev_item dev = {
		.devid = le64_set(relayout->devid),
		.total_bytes = le64_set(relayout->total_bytes),
		.bytes_used = le64_set(bytes_used(relayout)),
		.io_align = le32_set(relayout->layout.sectorsize),
		.io_width = le32_set(relayout->layout.sectorsize),
		.sector_size = le32_set(relayout->layout.sectorsize),
	};

	memcpy(dev.uuid, relayout->dev_uuid, sizeof(dev.uuid));
	memcpy(dev.fsid, relayout->header.fsid, sizeof(dev.fsid));
	memcpy(bytes, &dev, sizeof(dev));
}

static int next_chunk(struct zr_item_stream *stream, struct zr_new_item *item, struct zr_error *err)
{
	struct zr_records *records = of(stream);
	const struct zr_new_chunk *chunk;
	uint32_t size;

	(void)err;
	if (!records->part) {
		records->part = 1;
		make_device(records->relayout, records->bytes);
		set_item(item, BTRFS_DEV_ITEMS_OBJECTID, BTRFS_DEV_ITEM_KEY,
			 records->relayout->devid, records->bytes, sizeof(struct btrfs_dev_item));
		return 0;
	}
	if (at_end(records))
		return 1;
	chunk = zr_layout_chunk(&records->relayout->layout, records->chunk++);
	size = zr_record_chunk(records->relayout, chunk, records->bytes);
	set_item(item, BTRFS_FIRST_CHUNK_TREE_OBJECTID, BTRFS_CHUNK_ITEM_KEY, chunk->logical,
		 records->bytes, size);
	return 0;
}

void zr_records_chunks(struct zr_records *records, const struct zr_relayout *relayout)
{
	begin(records, relayout, next_chunk);
}

static int next_extent(struct zr_item_stream *stream, struct zr_new_item *item,
		       struct zr_error *err)
{
	struct zr_records *records = of(stream);
	const struct zr_relayout *relayout = records->relayout;
	const struct zr_new_chunk *chunk;
	struct btrfs_dev_extent extent;

	(void)err;
	if (at_end(records))
		return 1;
	chunk = zr_layout_chunk(&relayout->layout, records->chunk);
	extent = (struct btrfs_dev_extent){
		.chunk_tree = le64_set(BTRFS_CHUNK_TREE_OBJECTID),
		.chunk_objectid = le64_set(BTRFS_FIRST_CHUNK_TREE_OBJECTID),
		.chunk_offset = le64_set(chunk->logical),
		.length = le64_set(relayout->layout.zone_size),
	};
	memcpy(extent.chunk_tree_uuid, relayout->header.chunk_tree_uuid,
	       sizeof(extent.chunk_tree_uuid));
	memcpy(records->bytes, &extent, sizeof(extent));
	set_item(item, relayout->devid, BTRFS_DEV_EXTENT_KEY, chunk->physical[records->part],
		 records->bytes, sizeof(extent));
	if (++records->part == zr_layout_chunk_copies(&relayout->layout, chunk)) {
		records->part = 0;
		records->chunk++;
	}
	return 0;
}

void zr_records_device(struct zr_records *records, const struct zr_relayout *relayout)
{
	begin(records, relayout, next_extent);
}

static int next_group(struct zr_item_stream *stream, struct zr_new_item *item, struct zr_error *err)
{
	struct zr_records *records = of(stream);
	const struct zr_layout *layout = &records->relayout->layout;
	struct btrfs_block_group_item group;
	const struct zr_new_chunk *chunk;

	(void)err;
	if (at_end(records))
		return 1;
	chunk = zr_layout_chunk(layout, records->chunk++);
	group = (struct btrfs_block_group_item){
		.used = le64_set(chunk->used),
		.chunk_objectid = le64_set(BTRFS_FIRST_CHUNK_TREE_OBJECTID),
		.flags = le64_set(zr_layout_chunk_flags(layout, chunk)),
	};
	memcpy(records->bytes, &group, sizeof(group));
	set_item(item, chunk->logical, BTRFS_BLOCK_GROUP_ITEM_KEY, layout->zone_size,
		 records->bytes, sizeof(group));
	return 0;
}

void zr_records_groups(struct zr_records *records, const struct zr_relayout *relayout)
{
	begin(records, relayout, next_group);
}

static int next_free(struct zr_item_stream *stream, struct zr_new_item *item, struct zr_error *err)
{
	struct zr_records *records = of(stream);
	const struct zr_layout *layout = &records->relayout->layout;
	const struct zr_new_chunk *chunk;
	struct btrfs_free_space_info info;
	bool has_extent;

	(void)err;
	if (at_end(records))
		return 1;
	chunk = zr_layout_chunk(layout, records->chunk);
	has_extent = chunk->used < layout->zone_size;
	if (records->part) {
		set_item(item, chunk->logical + chunk->used, BTRFS_FREE_SPACE_EXTENT_KEY,
			 layout->zone_size - chunk->used, NULL, 0);
	} else {
		info = (struct btrfs_free_space_info){ .extent_count = le32_set(has_extent) };
		memcpy(records->bytes, &info, sizeof(info));
		set_item(item, chunk->logical, BTRFS_FREE_SPACE_INFO_KEY, layout->zone_size,
			 records->bytes, sizeof(info));
	}
	if (++records->part > (has_extent ? 1U : 0U)) {
		records->part = 0;
		records->chunk++;
	}
	return 0;
}

void zr_records_free_space(struct zr_records *records, const struct zr_relayout *relayout)
{
	begin(records, relayout, next_free);
}

/* Nobody shares these blocks, so each has one reference, by its tree. */
static uint32_t make_block_item(const struct zr_relayout *relayout, uint64_t owner, uint8_t *bytes)
{
	const struct btrfs_extent_item extent = {
		.refs = le64_set(1),
		.generation = le64_set(relayout->header.generation),
		.flags = le64_set(BTRFS_EXTENT_FLAG_TREE_BLOCK),
	};
	const struct le64 root = le64_set(owner);

	memcpy(bytes, &extent, sizeof(extent));
	bytes[sizeof(extent)] = BTRFS_TREE_BLOCK_REF_KEY;
	memcpy(bytes + sizeof(extent) + 1, &root, sizeof(root));
	return sizeof(extent) + 1 + sizeof(root);
}

static int next_made(struct zr_item_stream *stream, struct zr_new_item *item, struct zr_error *err)
{
	struct zr_made_blocks *made = (struct zr_made_blocks *)stream;
	const struct zr_new_tree *tree = &made->relayout->trees[made->tree];
	uint32_t size;

	(void)err;
	while (made->number == tree->blocks) {
		if (made->tree == made->last_tree)
			return 1;
		tree = &made->relayout->trees[++made->tree];
		made->number = 0;
	}
	size = make_block_item(made->relayout, tree->owner, made->bytes);
	set_item(item, zr_relayout_block(made->relayout, tree, made->number),
		 BTRFS_METADATA_ITEM_KEY, zr_new_tree_level(tree, made->number), made->bytes, size);
	made->number++;
	return 0;
}

void zr_made_blocks_begin(struct zr_made_blocks *made, const struct zr_relayout *relayout, int tree,
			  int last_tree)
{
	made->stream.next = next_made;
	made->relayout = relayout;
	made->tree = tree;
	made->last_tree = last_tree;
	made->number = 0;
}

static int look_ahead(struct zr_with_groups *with, struct zr_error *err)
{
	int rc = 0;

	if (!with->has_group)
		with->has_group =
			!with->groups.stream.next(&with->groups.stream, &with->group, err);
	if (with->has_extent || with->ended)
		return 0;
	rc = with->extents->next(with->extents, &with->extent, err);
	with->has_extent = !rc;
	with->ended = rc == 1;
	return rc < 0 ? rc : 0;
}

static int next_with_groups(struct zr_item_stream *stream, struct zr_new_item *item,
			    struct zr_error *err)
{
	struct zr_with_groups *with = (struct zr_with_groups *)stream;
	int rc = look_ahead(with, err);
	uint64_t at;

	if (rc)
		return rc;
	at = with->has_group ? with->group.key.objectid : UINT64_MAX;
	if (with->has_extent ? at < with->extent.key.objectid : at <= with->last) {
		*item = with->group;
		with->has_group = false;
		return 0;
	}
	if (!with->has_extent)
		return 1;
	*item = with->extent;
	with->last = with->extent.key.objectid;
	with->has_extent = false;
	return 0;
}

void zr_with_groups_begin(struct zr_with_groups *with, const struct zr_relayout *relayout,
			  struct zr_item_stream *extents, size_t first)
{
	*with = (struct zr_with_groups){
		.stream.next = next_with_groups,
		.extents = extents,
	};
	zr_records_groups(&with->groups, relayout);
	with->groups.chunk = first;
}
