// SPDX-License-Identifier: LGPL-2.1-or-later
/* Opening a source: superblock, system chunks, chunk tree, roots, zones; in that order. */
#include "source.h"

#include "block_group.h"
#include "buffer.h"
#include "dev_extent.h"
#include "feature.h"
#include "ondisk.h"
#include "range.h"
#include "subvolume.h"
#include "super_read.h"
#include "sys_chunk.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static void set_context(struct zr_source *source)
{
	const struct zr_super *super = &source->super;
	struct zr_check_context *check = &source->check;

	check->items.sectorsize = super->sectorsize;
	check->items.nodesize = super->nodesize;
	check->items.csum_size = (uint32_t)zr_csum_size(super->csum_type);
	check->items.generation = super->generation;
	check->items.skinny = super->incompat & BTRFS_INCOMPAT_SKINNY_METADATA;
	check->csum_type = super->csum_type;
	memcpy(check->metadata_uuid, super->metadata_uuid, sizeof(check->metadata_uuid));
	source->log_check = *check;
	source->log_check.items.generation++;
}

static int add_system_chunk(struct zr_source *source, const struct zr_item *item,
			    struct zr_error *err)
{
	struct zr_chunk chunk;
	int rc = zr_chunk_decode(item, &source->check.items, &chunk, err);

	if (rc)
		return rc;
	if (!(chunk.flags & BTRFS_BLOCK_GROUP_SYSTEM))
		return zr_fail(err, ZR_E_CHUNK,
			       "system chunk array: logical %llu, invalid chunk type 0x%llx",
			       (ull)chunk.logical, (ull)chunk.flags);
	return zr_chunk_map_add(&source->chunks, &chunk, err);
}

static int read_system_chunks(struct zr_source *source, struct zr_error *err)
{
	const struct zr_super *super = &source->super;
	struct zr_item item;
	uint32_t offset = 0;
	int rc = 0;

	while (!rc) {
		rc = zr_sys_chunk_next(super->sys_chunks, super->sys_chunks_size, &offset, &item,
				       err);
		if (!rc)
			rc = add_system_chunk(source, &item, err);
	}
	return rc < 0 ? rc : 0;
}

/* A device item and the device that it describes, if that is there. */
static int check_device(const struct zr_dev_item *item, const struct zr_super *super,
			const struct zr_device *dev, struct zr_error *err)
{
	if (memcmp(item->uuid, super->dev_uuid, sizeof(item->uuid)) ||
	    memcmp(item->fsid, super->metadata_uuid, sizeof(item->fsid)))
		return zr_fail(err, ZR_E_DEV,
			       "device item: devid %llu, uuid or fsid is not the superblock's",
			       (ull)item->devid);
	if (item->total_bytes != super->dev_total_bytes || item->total_bytes > dev->geo.size)
		return zr_fail(err, ZR_E_DEV,
			       "device item: devid %llu, total_bytes %llu, superblock has %llu, "
			       "device %s has %llu",
			       (ull)item->devid, (ull)item->total_bytes,
			       (ull)super->dev_total_bytes, dev->path, (ull)dev->geo.size);
	return 0;
}

static int take_device(struct zr_source *source, const struct zr_dev_item *item,
		       struct zr_error *err)
{
	struct zr_member *member = zr_member_find(source->members, item->devid);
	int rc = zr_array_reserve(&source->devices, &source->device_capacity, source->device_count,
				  sizeof(*item), err);

	if (rc)
		return rc;
	source->devices[source->device_count++] = *item;
	if (item->devid == source->super.devid)
		return check_device(item, &source->super, source->dev, err);
	/* A seed device keeps the fsid of the file system that it was made for. */
	if (memcmp(item->fsid, source->super.metadata_uuid, sizeof(item->fsid)))
		return zr_fail(err, ZR_E_FEATURE,
			       "device item: devid %llu, fsid is not the file system's: seed "
			       "devices are not supported",
			       (ull)item->devid);
	if (!member)
		return 0;
	member->listed = true;
	return check_device(item, &member->super, member->dev, err);
}

static int take_chunk_tree_item(struct zr_source *source, const struct zr_item *item,
				struct zr_error *err)
{
	const struct zr_item_context *ctx = &source->check.items;
	struct zr_dev_item dev;
	struct zr_chunk chunk;
	int rc;

	if (item->key.type == BTRFS_CHUNK_ITEM_KEY) {
		rc = zr_chunk_decode(item, ctx, &chunk, err);
		return rc ? rc : zr_chunk_map_add(&source->chunks, &chunk, err);
	}
	if (item->key.type != BTRFS_DEV_ITEM_KEY)
		return 0;
	rc = zr_dev_item_decode(item, ctx, &dev, err);
	return rc ? rc : take_device(source, &dev, err);
}

/* Every stripe must lie on a device of the file system, or bytes of another one would be read. */
static int check_stripes(const struct zr_source *source, struct zr_error *err)
{
	size_t i;
	uint16_t s;

	for (i = 0; i < source->chunks.count; i++) {
		const struct zr_mapped_chunk *chunk = &source->chunks.chunks[i];

		for (s = 0; s < chunk->stripe_count; s++) {
			const struct zr_stripe *stripe = &chunk->stripes[s];
			const struct zr_dev_item *item =
				zr_source_device_item(source, stripe->devid);

			if (item && !memcmp(stripe->dev_uuid, item->uuid, sizeof(item->uuid)))
				continue;
			return zr_fail(err, ZR_E_DEV,
				       "chunk: logical %llu stripe %u, devid %llu or its uuid is "
				       "of no device of the file system",
				       (ull)chunk->logical, s, (ull)stripe->devid);
		}
	}
	return 0;
}

/* What is there may be all that a kernel mounts, or what was left behind when the rest went on. */
static int refuse_missing(const struct zr_source *source, struct zr_error *err)
{
	size_t i = 0;

	while (zr_source_has_device(source, source->devices[i].devid))
		i++;
	return zr_fail(
		err, ZR_E_MISSING,
		"source: devid %llu is missing, and may be newer than generation %llu, which "
		"the others have; attach it, or choose to go on without it (degraded)",
		(ull)source->devices[i].devid, (ull)source->super.generation);
}

static int check_missing(const struct zr_source *source, struct zr_error *err)
{
	const struct zr_members *members = source->members;

	if (members && members->skipped.code) {
		if (err && !err->code)
			*err = members->skipped;
		return -members->skipped.code;
	}
	if (source->degraded || zr_source_is_zoned(source))
		return 0;
	return refuse_missing(source, err);
}

/*
 * A device that was named must be one of the file system. One that was found and is not is left
 * alone; but if it may be the one that is missing, that is the reason.
 */
static int check_members(const struct zr_source *source, struct zr_error *err)
{
	const struct zr_members *members = source->members;
	size_t present = 1;
	size_t i;

	for (i = 0; members && i < members->count; i++) {
		const struct zr_member *member = &members->list[i];

		present += member->listed;
		if (!member->listed && !members->searched)
			return zr_fail(err, ZR_E_MEMBER,
				       "%s: devid %llu is no device of the file system any more",
				       member->dev->path, (ull)member->super.devid);
	}
	return present == source->device_count ? 0 : check_missing(source, err);
}

static int read_chunk_tree(struct zr_source *source, struct zr_error *err)
{
	const struct zr_super *super = &source->super;
	const struct zr_tree tree = {
		.logical = super->chunk_root,
		.generation = super->chunk_root_generation,
		.owner = BTRFS_CHUNK_TREE_OBJECTID,
		.level = super->chunk_root_level,
	};
	const struct zr_key start = { 0 };
	struct zr_cursor cursor;
	int rc;

	zr_cursor_init(&cursor, source, &tree);
	rc = zr_cursor_seek(&cursor, &start, err);
	while (!rc) {
		struct zr_item item;

		zr_cursor_item(&cursor, &item);
		rc = take_chunk_tree_item(source, &item, err);
		if (!rc)
			rc = zr_cursor_next(&cursor, err);
	}
	zr_cursor_free(&cursor);
	if (rc < 0)
		return rc;
	if (!zr_source_device_item(source, super->devid))
		return zr_fail(err, ZR_E_DEV, "chunk tree: no device item for devid %llu",
			       (ull)super->devid);
	if (source->device_count != super->num_devices)
		return zr_fail(err, ZR_E_DEV,
			       "chunk tree: found %zu device items, superblock has %llu devices; "
			       "Linux 5.19 and later correct the number in a mount",
			       source->device_count, (ull)super->num_devices);
	return 0;
}

static int read_root(struct zr_source *source, uint64_t number, const char *name,
		     struct zr_tree *tree, struct zr_error *err)
{
	int rc = zr_tree_find(source, number, tree, err);

	if (rc == 1)
		return zr_fail(err, ZR_E_ROOT,
			       "root tree: no root item for the %s tree: cannot know what is used",
			       name);
	return rc;
}

static int read_roots(struct zr_source *source, struct zr_error *err)
{
	const struct zr_super *super = &source->super;
	int rc;

	source->root_tree = (struct zr_tree){
		.logical = super->root,
		.generation = super->generation,
		.owner = BTRFS_ROOT_TREE_OBJECTID,
		.level = super->root_level,
	};
	rc = read_root(source, BTRFS_EXTENT_TREE_OBJECTID, "extent", &source->extent_tree, err);
	if (!rc)
		rc = read_root(source, BTRFS_DEV_TREE_OBJECTID, "device", &source->dev_tree, err);
	if (!rc)
		rc = read_root(source, BTRFS_CSUM_TREE_OBJECTID, "checksum", &source->csum_tree,
			       err);
	source->group_tree = source->extent_tree;
	if (!rc && super->compat_ro & BTRFS_COMPAT_RO_BLOCK_GROUP_TREE)
		rc = read_root(source, BTRFS_BLOCK_GROUP_TREE_OBJECTID, "block group",
			       &source->group_tree, err);
	return rc;
}

static int refuse_running_replace(struct zr_cursor *cursor, struct zr_error *err)
{
	const struct zr_key key = { .objectid = 0, .type = BTRFS_DEV_REPLACE_KEY };
	struct zr_item item;
	int rc = zr_cursor_find(cursor, &key, &item, err);

	if (rc)
		return rc < 0 ? rc : 0;
	rc = zr_replace_is_running(&item, err);
	if (rc <= 0)
		return rc;
	return zr_fail(err, ZR_E_REPLACE_RUNNING,
		       "source: a kernel device replace is started or suspended; finish or cancel "
		       "it first");
}

/*
 * The zone size of emulated zones is nowhere on disk: the kernel takes the length of the first
 * device extent (calculate_emulated_zone_size()), since each device extent is one zone.
 */
static int first_extent_len(struct zr_cursor *cursor, uint64_t *len, struct zr_error *err)
{
	const struct zr_key first = { .objectid = 1, .type = BTRFS_DEV_EXTENT_KEY };
	struct zr_dev_extent extent;
	struct zr_item item;
	int rc = zr_cursor_seek(cursor, &first, err);

	if (rc < 0)
		return rc;
	if (!rc)
		zr_cursor_item(cursor, &item);
	if (rc || item.key.type != BTRFS_DEV_EXTENT_KEY)
		return zr_fail(err, ZR_E_DEVEXT,
			       "device tree: no device extent gives the zone size");
	rc = zr_dev_extent_decode(&item, &cursor->source->check.items, &extent, err);
	*len = extent.len;
	return rc;
}

static int emulate_zones(struct zr_cursor *cursor, struct zr_source *source, struct zr_error *err)
{
	uint64_t zone_size = source->dev->geo.zone_size;
	int rc = 0;

	if (source->dev->geo.model == ZR_MODEL_REGULAR) {
		rc = first_extent_len(cursor, &zone_size, err);
		if (!rc)
			rc = zr_device_emulate(source->dev, zone_size, err);
	}
	return rc ? rc : zr_members_emulate(source->members, zone_size, err);
}

static int read_dev_tree(struct zr_source *source, struct zr_error *err)
{
	struct zr_cursor cursor;
	int rc;

	zr_cursor_init(&cursor, source, &source->dev_tree);
	rc = refuse_running_replace(&cursor, err);
	if (!rc && zr_source_is_zoned(source))
		rc = emulate_zones(&cursor, source, err);
	zr_cursor_free(&cursor);
	return rc;
}

static int open_trees(struct zr_source *source, struct zr_error *err)
{
	int rc = read_system_chunks(source, err);

	if (!rc)
		rc = read_chunk_tree(source, err);
	if (!rc)
		rc = check_members(source, err);
	if (!rc)
		rc = check_stripes(source, err);
	if (!rc)
		rc = read_roots(source, err);
	if (!rc)
		rc = read_dev_tree(source, err);
	if (!rc && !zr_source_is_zoned(source))
		rc = zr_dev_extents_check(source, err);
	return rc;
}

static int read_super(struct zr_source *source, uint64_t physical, struct zr_error *err)
{
	if (physical == ZR_NOWHERE && source->regular)
		return zr_super_read_regular(source->dev, &source->super, &source->super_physical,
					     err);
	if (physical == ZR_NOWHERE)
		return zr_super_read(source->dev, &source->super, &source->super_physical, err);
	source->super_physical = physical;
	return zr_super_read_at(source->dev, physical, &source->super, err);
}

static int check_features(const struct zr_source *source, struct zr_error *err)
{
	bool regular = source->regular && source->dev->geo.model == ZR_MODEL_REGULAR;
	int rc = zr_features_check(&source->super, err);

	return rc || regular ? rc : zr_source_require_zoned(source, err);
}

static int open_source(struct zr_source *source, uint64_t super_physical, struct zr_error *err)
{
	int rc = read_super(source, super_physical, err);

	if (rc)
		return rc;
	/* A new layout of one device has nothing to do with the devices of the old one. */
	if (source->members_lent && source->super.num_devices == 1)
		source->members = NULL;
	rc = check_features(source, err);
	if (rc)
		return rc;
	set_context(source);
	if (source->dev->geo.model != ZR_MODEL_REGULAR)
		rc = zr_device_zones(source->dev, &source->zones, err);
	if (!rc)
		rc = open_trees(source, err);
	if (!rc && !source->zones && zr_source_is_zoned(source))
		rc = zr_device_zones(source->dev, &source->zones, err);
	return rc;
}

/* @options: NULL if device and members stay the caller's */
static int open_with(struct zr_source **out, struct zr_device *dev, struct zr_members *members,
		     const struct zr_source_options *options, uint64_t super_physical,
		     struct zr_error *err)
{
	struct zr_source *source = calloc(1, sizeof(*source));
	int rc;

	if (!source)
		return zr_fail_nomem(err);
	source->dev = dev;
	source->members = members;
	source->members_lent = !options;
	source->spare = options && options->spare;
	source->regular = options && options->regular;
	source->degraded = options && options->degraded;
	rc = open_source(source, super_physical, err);
	if (rc)
		zr_source_release(source);
	else
		*out = source;
	return rc;
}

int zr_source_open_at(struct zr_source **source, struct zr_device *dev, struct zr_members *members,
		      uint64_t super_physical, struct zr_error *err)
{
	return open_with(source, dev, members, NULL, super_physical, err);
}

int zr_source_open_kept(struct zr_source **source, struct zr_device *dev,
			struct zr_members *members, struct zr_error *err)
{
	return open_with(source, dev, members, NULL, ZR_NOWHERE, err);
}

int zr_source_open_device(struct zr_source **source, struct zr_device *dev,
			  struct zr_members *members, const struct zr_source_options *options,
			  struct zr_error *err)
{
	static const struct zr_source_options defaults = { .size = sizeof(defaults) };
	int rc = open_with(source, dev, members, options ? options : &defaults, ZR_NOWHERE, err);

	if (rc) {
		zr_device_close(dev);
		zr_members_free(members);
	}
	return rc;
}

int zr_source_open_on(struct zr_source **source, struct zr_device *dev,
		      const struct zr_source_options *options, struct zr_error *err)
{
	struct zr_members *members;
	int rc = zr_members_open(&members, dev, options, err);

	if (!rc)
		return zr_source_open_device(source, dev, members, options, err);
	zr_device_close(dev);
	return rc;
}

int zr_source_open(struct zr_source **source, const char *path,
		   const struct zr_source_options *options, struct zr_error *err)
{
	struct zr_device *dev;
	int rc = zr_device_open(&dev, path, ZR_ROLE_SOURCE, err);

	return rc ? rc : zr_source_open_on(source, dev, options, err);
}
