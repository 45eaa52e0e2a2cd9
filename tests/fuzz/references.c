// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Back references and names. Input: see item_input.h.
 */
#include "item_input.h"
#include "ondisk.h"
#include "reference.h"

#include <string.h>

/* References in an extent item are taken one behind the other, and end at its end or in a failure.
 */
static void walk_inline(struct zr_item *item, const struct zr_item_context *ctx)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_reference reference;
	struct zr_extent extent;
	uint32_t at;
	int rc;

	if (fuzz_result(zr_extent_decode(item, ctx, &extent, &err), &err))
		return;
	at = zr_reference_inline_start(item);
	do {
		uint32_t before = at;

		rc = fuzz_result(zr_reference_inline_next(item, &at, &reference, &err), &err);
		fuzz_must(rc ? at == before : at > before && at <= item->size);
		fuzz_must(rc <= 0 || at == item->size);
	} while (!rc);
}

static void expect_inside(const struct zr_item *item, const struct zr_name *name)
{
	fuzz_must(name->len && name->bytes > item->data);
	fuzz_must(name->bytes + name->len <= item->data + item->size);
}

static void take_names(struct zr_item *item)
{
	static const uint8_t types[] = { BTRFS_INODE_REF_KEY, BTRFS_INODE_EXTREF_KEY };
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_name name;
	size_t i;

	for (i = 0; i < sizeof(types); i++) {
		item->key.type = types[i];
		if (!fuzz_result(zr_inode_name_decode(item, &name, &err), &err))
			expect_inside(item, &name);
	}
	item->key.type = BTRFS_ROOT_BACKREF_KEY;
	if (!fuzz_result(zr_subvolume_name_decode(item, &name, &err), &err))
		expect_inside(item, &name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_reference reference;
	struct item_input input;
	unsigned int type;

	if (!item_input_take(&input, data, size))
		return 0;
	for (type = 0; type <= UINT8_MAX; type++) {
		input.item.key.type = (uint8_t)type;
		fuzz_must(fuzz_result(zr_reference_decode(&input.item, &reference, &err), &err) <=
			  1);
	}
	input.item.key.type = BTRFS_EXTENT_ITEM_KEY;
	walk_inline(&input.item, &input.ctx);
	input.item.key.type = BTRFS_METADATA_ITEM_KEY;
	walk_inline(&input.item, &input.ctx);
	take_names(&input.item);
	item_input_free(&input);
	return 0;
}
