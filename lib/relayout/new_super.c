// SPDX-License-Identifier: LGPL-2.1-or-later
/* The superblock of a new layout. */
#include "block_group.h"
#include "feature.h"
#include "ondisk.h"
#include "records.h"

#include <string.h>

static uint64_t sum_used(const struct zr_layout *layout)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < zr_layout_chunks(layout); i++)
		sum += zr_layout_chunk(layout, i)->used;
	return sum;
}

static void set_root(const struct zr_relayout *relayout, enum zr_new_tree_name name,
		     struct le64 *logical, uint8_t *level)
{
	const struct zr_new_tree *tree = &relayout->trees[name];

	*logical = le64_set(zr_relayout_block(relayout, tree, tree->blocks - 1));
	*level = (uint8_t)(tree->levels - 1);
}

static void set_features(struct btrfs_super_block *super)
{
	const uint64_t gone = BTRFS_INCOMPAT_RAID56 | BTRFS_INCOMPAT_RAID1C34;
	uint64_t incompat = le64_get(super->incompat_flags) & ~gone;
	uint64_t compat_ro = le64_get(super->compat_ro_flags);

	incompat |= BTRFS_INCOMPAT_ZONED | BTRFS_INCOMPAT_SKINNY_METADATA;
	compat_ro |= BTRFS_COMPAT_RO_FREE_SPACE_TREE | BTRFS_COMPAT_RO_FREE_SPACE_TREE_VALID;
	super->incompat_flags = le64_set(incompat);
	super->compat_ro_flags = le64_set(compat_ro);
	super->cache_generation = le64_set(0);
}

static void set_device(const struct zr_relayout *relayout, struct btrfs_super_block *super)
{
	uint64_t used = zr_layout_zones(&relayout->layout) * relayout->layout.zone_size;

	super->total_bytes = le64_set(relayout->total_bytes);
	super->bytes_used = le64_set(sum_used(&relayout->layout));
	memcpy(super->dev_item.uuid, relayout->dev_uuid, sizeof(super->dev_item.uuid));
	super->dev_item.total_bytes = le64_set(relayout->total_bytes);
	super->dev_item.bytes_used = le64_set(used);
}

static int set_system_chunks(const struct zr_relayout *relayout, struct btrfs_super_block *super,
			     struct zr_error *err)
{
	uint32_t size = 0;
	size_t i;

	for (i = 0; i < relayout->layout.systems; i++) {
		const struct zr_new_chunk *chunk = zr_layout_chunk(&relayout->layout, i);
		const struct btrfs_disk_key key = {
			.objectid = le64_set(BTRFS_FIRST_CHUNK_TREE_OBJECTID),
			.type = BTRFS_CHUNK_ITEM_KEY,
			.offset = le64_set(chunk->logical),
		};
		uint8_t bytes[ZR_RECORD_MAX];
		uint32_t len = zr_record_chunk(relayout, chunk, bytes);

		if (size + sizeof(key) + len > sizeof(super->sys_chunk_array))
			return zr_fail(err, ZR_E_GEOMETRY,
				       "target: zones are too small for so many of them, %zu "
				       "system chunks do not fit into a superblock",
				       relayout->layout.systems);
		memcpy(super->sys_chunk_array + size, &key, sizeof(key));
		memcpy(super->sys_chunk_array + size + sizeof(key), bytes, len);
		size += (uint32_t)sizeof(key) + len;
	}
	super->sys_chunk_array_size = le32_set(size);
	return 0;
}

int zr_relayout_super(const struct zr_relayout *relayout, uint8_t raw[ZR_SUPER_BYTES],
		      struct zr_error *err)
{
	uint8_t made[ZR_SUPER_BYTES] = { 0 };
	struct btrfs_super_block *super = (struct btrfs_super_block *)made;
	int rc = set_system_chunks(relayout, super, err);

	if (rc)
		return rc;
	set_root(relayout, ZR_NEW_ROOT_TREE, &super->root, &super->root_level);
	set_root(relayout, ZR_NEW_CHUNK_TREE, &super->chunk_root, &super->chunk_root_level);
	set_device(relayout, super);
	zr_relayout_super_like(raw, made);
	return 0;
}

void zr_relayout_super_like(uint8_t raw[ZR_SUPER_BYTES], const uint8_t made[ZR_SUPER_BYTES])
{
	struct btrfs_super_block *super = (struct btrfs_super_block *)raw;
	const struct btrfs_super_block *from = (const struct btrfs_super_block *)made;

	super->root = from->root;
	super->root_level = from->root_level;
	super->chunk_root = from->chunk_root;
	super->chunk_root_level = from->chunk_root_level;
	super->chunk_root_generation = super->generation;
	zr_super_clear_log(raw);
	set_features(super);
	super->num_devices = le64_set(1);
	super->total_bytes = from->total_bytes;
	super->bytes_used = from->bytes_used;
	memcpy(super->dev_item.uuid, from->dev_item.uuid, sizeof(super->dev_item.uuid));
	super->dev_item.total_bytes = from->dev_item.total_bytes;
	super->dev_item.bytes_used = from->dev_item.bytes_used;
	memset(super->super_roots, 0, sizeof(super->super_roots));
	memcpy(super->sys_chunk_array, from->sys_chunk_array, sizeof(super->sys_chunk_array));
	super->sys_chunk_array_size = from->sys_chunk_array_size;
}
