// SPDX-License-Identifier: GPL-2.0-or-later
/* Each shape without an edit, and some with one in what tells where things lie. */
#include "edits.h"
#include "seed.h"

#include <stdio.h>

static const struct {
	const char *name;
	uint8_t shape, kind, which;
	uint16_t at;
	uint8_t size;
	uint64_t value;
} seeds[] = {
	{ "stripes", 2, EDIT_ITEM, TINY_CHUNK_TREE, 0x22c, 2, 1 },
	{ "type", 2, EDIT_ITEM, TINY_CHUNK_TREE, 0x318, 8, 0x104 },
	{ "length", 2, EDIT_ITEM, TINY_CHUNK_TREE, 0x200, 8, 0x10000 },
	{ "devid", 3, EDIT_ITEM, TINY_CHUNK_TREE, 0x230, 8, 3 },
	{ "physical", 2, EDIT_ITEM, TINY_CHUNK_TREE, 0x238, 8, 0xffffffffffff0000 },
	{ "one-copy", 2, EDIT_FLIP, 1, 16, 1, 0 },
	{ "data", 0, EDIT_FLIP, 2, 0, 1, 0 },
	{ "data-rescue", 66, EDIT_FLIP, 2, 0, 1, 0 },
	{ "balance", 1, EDIT_ADD, TINY_ROOT_TREE, 0xfffc, 8, 0 },
};

void fuzz_seeds(const char *folder)
{
	static struct fuzz_seed seed;
	char name[16];
	size_t i;

	for (i = 0; i < 64; i++) {
		fuzz_put_number(&seed, 1, i);
		snprintf(name, sizeof(name), "shape-%zu", i);
		fuzz_save(&seed, folder, name);
	}
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		fuzz_put_number(&seed, 1, seeds[i].shape);
		fuzz_put_edit(&seed, seeds[i].kind, seeds[i].which, seeds[i].at, seeds[i].size,
			      seeds[i].value);
		fuzz_save(&seed, folder, seeds[i].name);
	}
}
