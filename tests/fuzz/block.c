// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tree blocks. Input: one byte (bits 0 and 1: checksum type; bit 2: skinny-metadata; bit 3: nodes
 * of 16 KiB instead of 4 KiB; bit 4: the block is what its header says; bits 5 and 6: its first key
 * and an end of its keys are known; bit 7: the checksum is wrong), two bytes for the length of the
 * first part, the first part, which is put at the start of the block, and the rest, at its end.
 */
#include "check.h"
#include "fuzz.h"
#include "tiny_fs.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 101

static void fill_block(struct fuzz_input *input, uint8_t *bytes, uint32_t size)
{
	size_t first = (size_t)fuzz_number(input, 2);

	fuzz_take(input, bytes, first < size ? first : size);
	if (input->left > size)
		input->left = size;
	memcpy(bytes + size - input->left, input->data, input->left);
}

static void make_context(uint8_t flags, const uint8_t *bytes, struct zr_check_context *ctx)
{
	ctx->items.sectorsize = TINY_SECTOR;
	ctx->items.nodesize = flags & 8 ? TINY_NODE : TINY_SECTOR;
	ctx->csum_type = (enum zr_csum_type)(flags % 4);
	ctx->items.csum_size = (uint32_t)zr_csum_size(ctx->csum_type);
	ctx->items.generation = TINY_GENERATION;
	ctx->items.skinny = flags & 4;
	memcpy(ctx->metadata_uuid, flags & 16 ? bytes + 32 : tiny_fsid, 16);
}

static void make_expectation(uint8_t flags, const struct zr_block *view,
			     struct zr_block_expect *expect)
{
	static struct zr_key first;
	static const struct zr_key end = { UINT64_MAX, UINT8_MAX, UINT64_MAX };
	bool any = flags & 16;

	expect->logical = any ? view->logical : TINY_METADATA;
	expect->generation = any ? ZR_ANY_GENERATION : TINY_GENERATION;
	expect->owner = any ? ZR_ANY_OWNER : 2;
	expect->level = any ? ZR_ANY_LEVEL : 0;
	first = zr_block_key(view, 0);
	expect->first_key = flags & 32 ? &first : NULL;
	expect->end_key = flags & 64 ? &end : NULL;
}

/* Each key is above the one before, and found in its slot. */
static void expect_keys(const struct zr_block *block)
{
	uint32_t i;

	for (i = 0; i < block->nritems; i++) {
		struct zr_key key = zr_block_key(block, i);
		struct zr_key before;

		fuzz_must(zr_block_lower_bound(block, &key) == i);
		if (!i)
			continue;
		before = zr_block_key(block, i - 1);
		fuzz_must(zr_key_compare(&before, &key) < 0);
	}
}

static void expect_items(const struct zr_block *leaf)
{
	const uint8_t *table_end = leaf->bytes + HEADER + leaf->nritems * 25;
	const uint8_t *limit = leaf->bytes + leaf->size;
	uint32_t i;

	for (i = 0; i < leaf->nritems; i++) {
		struct zr_item item;

		zr_block_item(leaf, i, &item);
		fuzz_must(item.data >= table_end && item.data + item.size == limit);
		limit = item.data;
	}
}

static void expect_pointers(const struct zr_block *node)
{
	uint32_t i;

	fuzz_must(node->nritems);
	fuzz_must(HEADER + node->nritems * 33ULL <= node->size);
	for (i = 0; i < node->nritems; i++) {
		struct zr_pointer pointer;

		zr_block_pointer(node, i, &pointer);
		fuzz_must(pointer.logical && pointer.logical % TINY_SECTOR == 0);
		fuzz_must(pointer.logical <= INT64_MAX - (uint64_t)node->size);
		fuzz_must(pointer.generation && pointer.generation <= node->generation);
	}
}

static void expect_sane(const struct zr_check_context *ctx, const struct zr_block *block,
			const struct zr_block_expect *expect)
{
	struct zr_block_expect exact = *expect;

	exact.generation = block->generation;
	exact.level = block->level;
	fuzz_must(block->level < 8 && block->generation <= ctx->items.generation);
	fuzz_must(zr_block_fits(block, &exact));
	expect_keys(block);
	if (block->level)
		expect_pointers(block);
	else
		expect_items(block);
}

static void check(const struct zr_check_context *ctx, const uint8_t *bytes, uint8_t flags)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_block_expect expect;
	struct zr_block block;
	int identified;
	int rc;

	zr_block_view(&block, bytes, ctx->items.nodesize);
	make_expectation(flags, &block, &expect);
	identified = fuzz_result(zr_block_identify(ctx, bytes, &expect, &block, &err), &err);
	rc = fuzz_result(zr_block_check(ctx, bytes, &expect, &block, &err), &err);
	fuzz_must(!identified || rc == identified);
	if (!rc)
		expect_sane(ctx, &block, &expect);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint8_t flags = (uint8_t)fuzz_number(&input, 1);
	struct zr_check_context ctx;
	uint32_t nodesize = flags & 8 ? TINY_NODE : TINY_SECTOR;
	uint8_t *bytes = calloc(1, nodesize);

	if (!bytes)
		abort();
	fill_block(&input, bytes, nodesize);
	make_context(flags, bytes, &ctx);
	if (!(flags & 128))
		zr_csum(ctx.csum_type, bytes + 32, nodesize - 32, bytes);
	check(&ctx, bytes, flags);
	free(bytes);
	return 0;
}
