// SPDX-License-Identifier: GPL-2.0-or-later
#include "item_input.h"

#include "csum.h"

#include <stdlib.h>
#include <string.h>

#define NODESIZE 65536

static void take_context(struct zr_item_context *ctx, struct fuzz_input *rest)
{
	uint8_t flags = (uint8_t)fuzz_number(rest, 1);

	ctx->sectorsize = 4096U << flags % 4;
	ctx->nodesize = NODESIZE;
	ctx->csum_size = (uint32_t)zr_csum_size((enum zr_csum_type)(flags / 4 % 4));
	ctx->generation = fuzz_number(rest, 8);
	ctx->skinny = flags & 16;
}

bool item_input_take(struct item_input *input, const uint8_t *data, size_t size)
{
	struct fuzz_input rest = { data, size };
	struct zr_item *item = &input->item;

	take_context(&input->ctx, &rest);
	if (!input->ctx.generation || input->ctx.generation >= UINT64_MAX - 1)
		return false;
	item->key.objectid = fuzz_number(&rest, 8);
	item->key.type = (uint8_t)fuzz_number(&rest, 1);
	item->key.offset = fuzz_number(&rest, 8);
	item->size = (uint32_t)rest.left;
	/* The first byte is not the item's, so that it is not aligned, as items are not. */
	input->bytes = malloc(rest.left + 1);
	if (!input->bytes)
		abort();
	memcpy(input->bytes + 1, rest.data, rest.left);
	item->data = input->bytes + 1;
	return true;
}

void item_input_free(struct item_input *input)
{
	free(input->bytes);
}
