/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An item as input: one byte (bits 0 and 1: sector size 4 KiB << n; bits 2 and 3: checksum type;
 * bit 4: skinny-metadata), eight bytes for the generation of the superblock, the key as on disk,
 * then the item.
 */
#ifndef ZR_TESTS_ITEM_INPUT_H
#define ZR_TESTS_ITEM_INPUT_H

#include "fuzz.h"
#include "item.h"

struct item_input {
	struct zr_item_context ctx;
	struct zr_item item;
	uint8_t *bytes;
};

/*
 * item_input_take - make an item of an input; item_input_free() frees it
 * Returns false for a generation that no superblock has.
 */
bool item_input_take(struct item_input *input, const uint8_t *data, size_t size);
void item_input_free(struct item_input *input);

#endif
