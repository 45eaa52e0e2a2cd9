// SPDX-License-Identifier: GPL-2.0-or-later
#include "item_decoders.h"

#include "fuzz.h"
#include "ondisk.h"
#include "profile.h"
#include "tiny_fs.h"

static void expect_range(const struct zr_item_context *ctx, uint64_t start, uint64_t len)
{
	fuzz_must(len && start <= INT64_MAX && len <= INT64_MAX - start);
	fuzz_must((start | len) % ctx->sectorsize == 0);
}

static int chunk(const struct zr_item *item, const struct zr_item_context *ctx,
		 struct zr_error *err)
{
	const struct zr_profile *profile;
	struct zr_stripe stripe;
	struct zr_chunk out;
	int rc = zr_chunk_decode(item, ctx, &out, err);
	uint16_t i;

	if (rc)
		return rc;
	expect_range(ctx, out.logical, out.len);
	profile = zr_profile_find(out.flags);
	fuzz_must(profile && out.stripe_count >= profile->stripes_min && out.stripe_count);
	fuzz_must(zr_profile_data_stripes(profile, out.stripe_count));
	fuzz_must(item->size == 48U + 32U * out.stripe_count && out.stripes == item->data + 48);
	for (i = 0; i < out.stripe_count; i++) {
		zr_chunk_stripe(&out, i, &stripe);
		fuzz_must(stripe.devid == tiny_peek(out.stripes, i * 32U, 8));
		fuzz_must(stripe.physical == tiny_peek(out.stripes, i * 32U + 8, 8));
	}
	return 0;
}

static int dev_item(const struct zr_item *item, const struct zr_item_context *ctx,
		    struct zr_error *err)
{
	struct zr_dev_item out;
	int rc = zr_dev_item_decode(item, ctx, &out, err);

	if (rc)
		return rc;
	fuzz_must(out.devid == item->key.offset && out.bytes_used <= out.total_bytes);
	fuzz_must(out.total_bytes && out.total_bytes % ctx->sectorsize == 0);
	return 0;
}

static int dev_extent(const struct zr_item *item, const struct zr_item_context *ctx,
		      struct zr_error *err)
{
	struct zr_dev_extent out;
	int rc = zr_dev_extent_decode(item, ctx, &out, err);

	if (rc)
		return rc;
	expect_range(ctx, out.physical, out.len);
	fuzz_must(out.logical % ctx->sectorsize == 0);
	return 0;
}

static int block_group(const struct zr_item *item, const struct zr_item_context *ctx,
		       struct zr_error *err)
{
	struct zr_block_group out;
	int rc = zr_block_group_decode(item, ctx, &out, err);

	if (rc)
		return rc;
	expect_range(ctx, out.logical, out.len);
	fuzz_must(out.used <= out.len);
	return 0;
}

static int root(const struct zr_item *item, const struct zr_item_context *ctx, struct zr_error *err)
{
	struct zr_root out;
	int rc = zr_root_decode(item, ctx, &out, err);

	if (rc)
		return rc;
	fuzz_must(out.logical && out.logical % ctx->sectorsize == 0 && out.level < 8);
	fuzz_must(out.generation && out.generation <= ctx->generation + 1);
	return 0;
}

static int extent(const struct zr_item *item, const struct zr_item_context *ctx,
		  struct zr_error *err)
{
	struct zr_extent out;
	int rc = zr_extent_decode(item, ctx, &out, err);

	if (rc)
		return rc;
	expect_range(ctx, out.logical, out.len);
	fuzz_must(out.level < 8 && out.generation <= ctx->generation + 1);
	fuzz_must(out.kind == ZR_EXTENT_DATA || out.len == ctx->nodesize);
	fuzz_must(out.kind == ZR_EXTENT_DATA || out.generation);
	return 0;
}

static int csum(const struct zr_item *item, const struct zr_item_context *ctx, struct zr_error *err)
{
	struct zr_csum_item out;
	int rc = zr_csum_item_decode(item, ctx, &out, err);

	if (rc)
		return rc;
	expect_range(ctx, out.logical, out.len);
	fuzz_must(out.csums == item->data);
	fuzz_must(out.len / ctx->sectorsize * ctx->csum_size == item->size);
	return 0;
}

static int file_extent(const struct zr_item *item, const struct zr_item_context *ctx,
		       struct zr_error *err)
{
	struct zr_file_extent out;
	int rc = zr_file_extent_decode(item, ctx, &out, err);

	if (rc)
		return rc;
	expect_range(ctx, out.disk.logical, out.disk.len);
	fuzz_must(out.disk.kind == ZR_EXTENT_DATA && out.disk.logical);
	return 0;
}

static int replace(const struct zr_item *item, const struct zr_item_context *ctx,
		   struct zr_error *err)
{
	(void)ctx;
	return zr_replace_is_running(item, err);
}

const struct item_decoder item_decoders[ITEM_DECODERS] = {
	{ BTRFS_CHUNK_ITEM_KEY, true, chunk },
	{ BTRFS_DEV_ITEM_KEY, true, dev_item },
	{ BTRFS_DEV_EXTENT_KEY, true, dev_extent },
	{ BTRFS_BLOCK_GROUP_ITEM_KEY, true, block_group },
	{ BTRFS_ROOT_ITEM_KEY, true, root },
	{ BTRFS_EXTENT_ITEM_KEY, true, extent },
	{ BTRFS_METADATA_ITEM_KEY, true, extent },
	{ BTRFS_EXTENT_CSUM_KEY, true, csum },
	{ BTRFS_EXTENT_DATA_KEY, false, file_extent },
	{ BTRFS_DEV_REPLACE_KEY, false, replace },
};
