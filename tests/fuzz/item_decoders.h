/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decoders of items, each followed by a look at what it returned.
 */
#ifndef ZR_TESTS_ITEM_DECODERS_H
#define ZR_TESTS_ITEM_DECODERS_H

#include "item.h"

#define ITEM_DECODERS 10

struct item_decoder {
	uint8_t type;
	bool checked; /* zr_item_check() runs it */
	int (*decode)(const struct zr_item *item, const struct zr_item_context *ctx,
		      struct zr_error *err);
};

extern const struct item_decoder item_decoders[ITEM_DECODERS];

#endif
