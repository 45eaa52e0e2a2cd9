// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generation 0 is written nowhere, but to the checker it says "any generation". On disk it must be
 * refused, or whoever points with it at an old block gets that block.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "build_block.h"
#include "check.h"

static void make_context(struct zr_check_context *ctx)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->items.sectorsize = 4096;
	ctx->items.nodesize = 4096;
	ctx->items.csum_size = 4;
	ctx->items.generation = 9;
	ctx->items.skinny = true;
	memcpy(ctx->metadata_uuid, build_fsid, 16);
}

static void root_item_of_generation_0_is_refused(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_check_context ctx;
	uint8_t data[439] = { 0 };
	struct zr_item item = { { 2, 132, 0 }, data, 439 };
	struct zr_root root;

	(void)state;
	make_context(&ctx);
	poke(data, 176, 8, 0x1d10000);
	expect_refused("root item", zr_root_decode(&item, &ctx.items, &root, &err), &err, ZR_E_ROOT,
		       "generation");
}

static void pointer_of_generation_0_is_refused(void **state)
{
	const struct zr_key key = { 100, 12, 0 };
	const struct zr_block_expect expect = { BUILD_LOGICAL, 7, 3, 1, &key, NULL };
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_check_context ctx;
	struct build_block built;
	struct zr_block block;
	int rc;

	(void)state;
	make_context(&ctx);
	build_start(&built, 4096, 1);
	build_pointer(&built, key, 0x2000000, 0);
	build_seal(&built, ZR_CSUM_CRC32C);
	rc = zr_block_check(&ctx, built.bytes, &expect, &block, &err);
	build_free(&built);
	expect_refused("node", rc, &err, ZR_E_GENERATION, "generation 0");
}

static void tree_block_extent_of_generation_0_is_refused(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_check_context ctx;
	uint8_t data[24] = { 1 };
	struct zr_item item = { { 0x1d10000, 169, 0 }, data, 24 };
	struct zr_extent extent;

	(void)state;
	make_context(&ctx);
	poke(data, 16, 8, 2);
	expect_refused("extent item", zr_extent_decode(&item, &ctx.items, &extent, &err), &err,
		       ZR_E_EXTENT, "generation");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_item_of_generation_0_is_refused),
		cmocka_unit_test(pointer_of_generation_0_is_refused),
		cmocka_unit_test(tree_block_extent_of_generation_0_is_refused),
	};

	return cmocka_run_group_tests_name("generation", tests, NULL, NULL);
}
