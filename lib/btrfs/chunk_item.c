// SPDX-License-Identifier: LGPL-2.1-or-later
/* Chunk items have more rules than all others together, so they have a file of their own. */
#include "item.h"

#include "ondisk.h"
#include "profile.h"
#include "range.h"

#include <string.h>

typedef unsigned long long ull;

static int check_size(const struct zr_item *item, struct zr_error *err)
{
	const struct btrfs_chunk *disk = (const void *)item->data;
	size_t expected;

	if (item->size < sizeof(*disk))
		return zr_fail(err, ZR_E_ITEM, "chunk: logical %llu, invalid chunk item size %u",
			       (ull)item->key.offset, item->size);
	expected = sizeof(*disk) + le16_get(disk->num_stripes) * sizeof(struct btrfs_stripe);
	if (item->size != expected)
		return zr_fail(err, ZR_E_ITEM,
			       "chunk: logical %llu, invalid chunk item size, found %u expected "
			       "%zu for %u stripes",
			       (ull)item->key.offset, item->size, expected,
			       le16_get(disk->num_stripes));
	return 0;
}

static int check_place(const struct zr_item *item, const struct zr_chunk *chunk,
		       const struct zr_item_context *ctx, struct zr_error *err)
{
	const struct btrfs_chunk *disk = (const void *)item->data;

	if (item->key.objectid != BTRFS_FIRST_CHUNK_TREE_OBJECTID)
		return zr_fail(err, ZR_E_CHUNK, "chunk: key (" ZR_KEY_FMT "), invalid objectid",
			       ZR_KEY_ARGS(item->key));
	if (!zr_is_aligned(chunk->logical, ctx->sectorsize) ||
	    !zr_is_aligned(chunk->len, ctx->sectorsize))
		return zr_fail(err, ZR_E_ALIGN,
			       "chunk: logical %llu, start or length %llu unaligned",
			       (ull)chunk->logical, (ull)chunk->len);
	if (!zr_range_fits(chunk->logical, chunk->len, INT64_MAX))
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, invalid chunk logical start and length %llu",
			       (ull)chunk->logical, (ull)chunk->len);
	if (le64_get(disk->stripe_len) != BTRFS_STRIPE_LEN)
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, invalid stripe length, found %llu expected %u",
			       (ull)chunk->logical, (ull)le64_get(disk->stripe_len),
			       BTRFS_STRIPE_LEN);
	if (le32_get(disk->sector_size) != ctx->sectorsize)
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, invalid sector size, found %u expected %u",
			       (ull)chunk->logical, le32_get(disk->sector_size), ctx->sectorsize);
	return 0;
}

static int check_type(const struct zr_chunk *chunk, struct zr_error *err)
{
	uint64_t type = chunk->flags & BTRFS_BLOCK_GROUP_TYPE_MASK;

	if (chunk->flags & ~(BTRFS_BLOCK_GROUP_TYPE_MASK | BTRFS_BLOCK_GROUP_PROFILE_MASK))
		return zr_fail(err, ZR_E_CHUNK, "chunk: logical %llu, unrecognized type 0x%llx",
			       (ull)chunk->logical, (ull)chunk->flags);
	if (!type)
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, missing chunk type flag in 0x%llx",
			       (ull)chunk->logical, (ull)chunk->flags);
	if (!zr_is_power_of_two(type))
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, mixed chunk type 0x%llx is not supported",
			       (ull)chunk->logical, (ull)chunk->flags);
	return 0;
}

/* Elements are counted in 32 bits; a row that is not whole would reach behind the stripes. */
static int check_rows(const struct zr_chunk *chunk, const struct zr_profile *profile,
		      struct zr_error *err)
{
	uint64_t columns = zr_profile_data_stripes(profile, chunk->stripe_count);

	if (chunk->len / BTRFS_STRIPE_LEN > UINT32_MAX)
		return zr_fail(err, ZR_E_CHUNK, "chunk: logical %llu, length %llu is too large",
			       (ull)chunk->logical, (ull)chunk->len);
	if (columns > 1 && chunk->len % (columns * BTRFS_STRIPE_LEN))
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, length %llu is not whole rows of %llu stripes",
			       (ull)chunk->logical, (ull)chunk->len, (ull)columns);
	return 0;
}

static int check_stripes(const struct zr_chunk *chunk, struct zr_error *err)
{
	const struct zr_profile *profile = zr_profile_find(chunk->flags);
	uint16_t count = chunk->stripe_count;

	if (!profile)
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, more than one profile in type 0x%llx",
			       (ull)chunk->logical, (ull)chunk->flags);
	if (count < profile->stripes_min ||
	    (profile->stripes_max && count > profile->stripes_max) ||
	    (profile->sub_stripes > 1 && count % profile->sub_stripes))
		return zr_fail(
			err, ZR_E_CHUNK, "chunk: logical %llu, profile %s cannot have %u stripes",
			(ull)chunk->logical, zr_block_group_profile_name(chunk->flags), count);
	/* Profiles without sub-stripes carry 0 or 1 here, depending on what made the chunk. */
	if (profile->sub_stripes > 1 && chunk->sub_stripes != profile->sub_stripes)
		return zr_fail(err, ZR_E_CHUNK,
			       "chunk: logical %llu, invalid sub_stripes, found %u expected %u",
			       (ull)chunk->logical, chunk->sub_stripes, profile->sub_stripes);
	return check_rows(chunk, profile, err);
}

int zr_chunk_decode(const struct zr_item *item, const struct zr_item_context *ctx,
		    struct zr_chunk *chunk, struct zr_error *err)
{
	const struct btrfs_chunk *disk = (const void *)item->data;
	int rc = check_size(item, err);

	if (rc)
		return rc;
	chunk->logical = item->key.offset;
	chunk->len = le64_get(disk->length);
	chunk->flags = le64_get(disk->type);
	chunk->stripe_count = le16_get(disk->num_stripes);
	chunk->sub_stripes = le16_get(disk->sub_stripes);
	chunk->stripes = item->data + sizeof(*disk);
	rc = check_place(item, chunk, ctx, err);
	if (!rc)
		rc = check_type(chunk, err);
	if (!rc)
		rc = check_stripes(chunk, err);
	return rc;
}

void zr_chunk_stripe(const struct zr_chunk *chunk, uint16_t number, struct zr_stripe *stripe)
{
	const struct btrfs_stripe *disk = (const struct btrfs_stripe *)chunk->stripes + number;

	stripe->devid = le64_get(disk->devid);
	stripe->physical = le64_get(disk->offset);
	memcpy(stripe->dev_uuid, disk->dev_uuid, sizeof(stripe->dev_uuid));
}
