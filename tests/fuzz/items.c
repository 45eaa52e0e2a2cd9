// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Items. Input: see item_input.h. Every decoder of the tree checker gets the item, whatever the
 * type in its key says.
 */
#include "item_decoders.h"
#include "item_input.h"
#include "ondisk.h"

static void run_decoders(struct zr_item *item, const struct zr_item_context *ctx)
{
	struct zr_error err = ZR_ERROR_INIT;
	size_t i;

	for (i = 0; i < ITEM_DECODERS; i++) {
		int rc;

		item->key.type = item_decoders[i].type;
		rc = fuzz_result(item_decoders[i].decode(item, ctx, &err), &err);
		fuzz_must(rc <= 1);
		/* Of this object they are refused, whatever they are. */
		if (!item_decoders[i].checked)
			rc = item->key.objectid == BTRFS_FREE_INO_OBJECTID ? -ZR_E_FEATURE : 0;
		fuzz_must(fuzz_result(zr_item_check(item, ctx, &err), &err) == rc);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct item_input input;

	if (!item_input_take(&input, data, size))
		return 0;
	run_decoders(&input.item, &input.ctx);
	item_input_free(&input);
	return 0;
}
