// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "build_block.h"

const uint8_t build_fsid[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

void poke(uint8_t *bytes, size_t at, size_t size, uint64_t value)
{
	size_t i;

	for (i = 0; i < size; i++)
		bytes[at + i] = (uint8_t)(value >> 8 * i);
}

uint64_t peek(const uint8_t *bytes, size_t at, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | bytes[at + size];
	return value;
}

void build_start(struct build_block *block, uint32_t size, uint8_t level)
{
	block->bytes = calloc(1, size);
	block->size = size;
	block->count = 0;
	block->data = size - 101;
	if (!block->bytes)
		fail_msg("no memory for a block of %u bytes", size);
	memcpy(block->bytes + 32, build_fsid, 16);
	poke(block->bytes, 48, 8, BUILD_LOGICAL);
	poke(block->bytes, 56, 8, 0x0100000000000001);
	poke(block->bytes, 80, 8, BUILD_GENERATION);
	poke(block->bytes, 88, 8, BUILD_OWNER);
	block->bytes[100] = level;
}

static void put_key(uint8_t *at, struct zr_key key)
{
	poke(at, 0, 8, key.objectid);
	poke(at, 8, 1, key.type);
	poke(at, 9, 8, key.offset);
}

uint8_t *build_item(struct build_block *block, struct zr_key key, uint32_t size)
{
	uint8_t *at = block->bytes + 101 + (size_t)block->count * 25;

	block->data -= size;
	put_key(at, key);
	poke(at, 17, 4, block->data);
	poke(at, 21, 4, size);
	poke(block->bytes, 96, 4, ++block->count);
	return block->bytes + 101 + block->data;
}

void build_pointer(struct build_block *block, struct zr_key key, uint64_t logical,
		   uint64_t generation)
{
	uint8_t *at = block->bytes + 101 + (size_t)block->count * 33;

	put_key(at, key);
	poke(at, 17, 8, logical);
	poke(at, 25, 8, generation);
	poke(block->bytes, 96, 4, ++block->count);
}

void build_seal(struct build_block *block, enum zr_csum_type type)
{
	zr_csum(type, block->bytes + 32, block->size - 32, block->bytes);
}

void build_free(struct build_block *block)
{
	free(block->bytes);
	block->bytes = NULL;
}

void expect_refused(const char *name, int rc, const struct zr_error *err, int code,
		    const char *fragment)
{
	if (rc != -code || err->code != code)
		fail_msg("%s: returned %s, recorded %s, expected %s", name,
			 rc ? zr_error_name(rc) : "0", zr_error_name(err->code),
			 zr_error_name(code));
	if (!strstr(err->text, fragment))
		fail_msg("%s: text \"%s\" lacks \"%s\"", name, err->text, fragment);
}

void expect_accepted(const char *name, int rc, const struct zr_error *err)
{
	if (rc || err->code)
		fail_msg("%s: returned %d, recorded %s \"%s\", expected 0", name, rc,
			 zr_error_name(err->code), err->text);
}
