// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A walk over a tree must see each block once and its keys in order. Nodes whose pointers share one
 * child pass each check of a single block, and a walk that follows them all has no end in practice:
 * 121 pointers on each of seven levels are more than 10^14 leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "build_block.h"
#include "tree.h"

#define NODE 4096
#define BASE 65536ULL /* block i lies at BASE + i * NODE, logical and physical */
#define BLOCKS 16
#define PLAIN 12 /* a key type that has no decoder */

struct memory {
	struct zr_device dev;
	uint8_t bytes[BASE + BLOCKS * NODE];
};

static int read_memory(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		       struct zr_error *err)
{
	const struct memory *memory = (const struct memory *)dev;

	(void)err;
	memcpy(buffer, memory->bytes + physical, len);
	return 0;
}

static const struct zr_device_ops memory_ops = { .read = read_memory };
static const struct zr_device_codes memory_codes = { .read = ZR_E_SOURCE_READ };
static char memory_path[] = "memory";

static void make_source(struct zr_source *source, struct memory *memory)
{
	uint8_t stripe[32] = { 0 };
	struct zr_chunk chunk = { BASE, BLOCKS * NODE, 2, 1, 1, stripe };
	struct zr_error err = ZR_ERROR_INIT;

	memset(memory, 0, sizeof(*memory));
	memory->dev.ops = &memory_ops;
	memory->dev.codes = &memory_codes;
	memory->dev.path = memory_path;
	memory->dev.geo.size = sizeof(memory->bytes);
	memory->dev.geo.logical_block = 512;
	memset(source, 0, sizeof(*source));
	source->dev = &memory->dev;
	source->super.nodesize = NODE;
	source->check.items.sectorsize = NODE;
	source->check.items.nodesize = NODE;
	source->check.items.csum_size = 4;
	source->check.items.generation = 9;
	source->super.devid = 1;
	memcpy(source->check.metadata_uuid, build_fsid, 16);
	poke(stripe, 0, 8, 1);
	poke(stripe, 8, 8, BASE);
	assert_int_equal(zr_chunk_map_add(&source->chunks, &chunk, &err), 0);
}

static void store(struct memory *memory, struct build_block *built, unsigned int index)
{
	poke(built->bytes, 48, 8, BASE + index * NODE);
	build_seal(built, ZR_CSUM_CRC32C);
	memcpy(memory->bytes + BASE + (size_t)index * NODE, built->bytes, NODE);
	build_free(built);
}

static void store_leaf(struct memory *memory, unsigned int index, uint64_t first, uint64_t last)
{
	struct build_block built;

	build_start(&built, NODE, 0);
	build_item(&built, (struct zr_key){ first, PLAIN, 0 }, 0);
	build_item(&built, (struct zr_key){ last, PLAIN, 0 }, 0);
	store(memory, &built, index);
}

/* Count the items of a tree whose root is block 0; stop at most. */
static int walk(struct zr_source *source, uint8_t level, unsigned int most, unsigned int *count,
		bool *ordered)
{
	struct zr_tree tree = {
		.logical = BASE,
		.generation = BUILD_GENERATION,
		.owner = BUILD_OWNER,
		.level = level,
	};
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_key key = { 0 };
	struct zr_cursor cursor;
	int rc;

	*count = 0;
	*ordered = true;
	zr_cursor_init(&cursor, source, &tree);
	for (rc = zr_cursor_seek(&cursor, &key, &err); !rc && *count < most;
	     rc = zr_cursor_next(&cursor, &err)) {
		struct zr_item item;

		zr_cursor_item(&cursor, &item);
		if (zr_key_compare(&key, &item.key) >= 0)
			*ordered = false;
		key = item.key;
		(*count)++;
	}
	zr_cursor_free(&cursor);
	zr_chunk_map_free(&source->chunks);
	return rc;
}

static void good_tree_is_walked(void **state)
{
	static struct zr_source source;
	static struct memory memory;
	struct build_block built;
	unsigned int count;
	bool ordered;

	(void)state;
	make_source(&source, &memory);
	build_start(&built, NODE, 1);
	build_pointer(&built, (struct zr_key){ 100, PLAIN, 0 }, BASE + NODE, BUILD_GENERATION);
	build_pointer(&built, (struct zr_key){ 200, PLAIN, 0 }, BASE + 2 * NODE, BUILD_GENERATION);
	store(&memory, &built, 0);
	store_leaf(&memory, 1, 100, 101);
	store_leaf(&memory, 2, 200, 201);
	assert_int_equal(walk(&source, 1, 1000, &count, &ordered), 1);
	assert_int_equal(count, 4);
	assert_true(ordered);
}

static void pointers_that_share_a_child_are_refused(void **state)
{
	static struct zr_source source;
	static struct memory memory;
	struct build_block built;
	unsigned int count;
	bool ordered;
	unsigned int i;
	int rc;

	(void)state;
	make_source(&source, &memory);
	build_start(&built, NODE, 1);
	for (i = 0; i < 121; i++)
		build_pointer(&built, (struct zr_key){ 100 + i, PLAIN, 0 }, BASE + NODE,
			      BUILD_GENERATION);
	store(&memory, &built, 0);
	store_leaf(&memory, 1, 100, 101);
	rc = walk(&source, 1, 1000, &count, &ordered);
	if (rc != -ZR_E_KEY || count > 2)
		fail_msg("walk over 1 leaf of 2 items returned %s after %u items, expected KEY",
			 rc < 0 ? zr_error_name(rc) : "no error", count);
}

static void walk_over_eight_shared_levels_ends(void **state)
{
	static struct zr_source source;
	static struct memory memory;
	unsigned int count;
	unsigned int i;
	uint8_t level;
	bool ordered;
	int rc;

	(void)state;
	make_source(&source, &memory);
	for (level = 7; level > 0; level--) {
		struct build_block built;

		build_start(&built, NODE, level);
		for (i = 0; i < 121; i++)
			build_pointer(&built, (struct zr_key){ 100 + i, PLAIN, 0 },
				      BASE + (8U - level) * NODE, BUILD_GENERATION);
		store(&memory, &built, 7U - level);
	}
	store_leaf(&memory, 7, 100, 101);
	rc = walk(&source, 7, 1000000, &count, &ordered);
	if (rc >= 0 || count > 2)
		fail_msg("walk over 8 blocks was not stopped after %u items", count);
}

/* The first leaf ends behind the first key of the second one. */
static void keys_that_fall_between_leaves_are_refused(void **state)
{
	static struct zr_source source;
	static struct memory memory;
	struct build_block built;
	unsigned int count;
	bool ordered;
	int rc;

	(void)state;
	make_source(&source, &memory);
	build_start(&built, NODE, 1);
	build_pointer(&built, (struct zr_key){ 100, PLAIN, 0 }, BASE + NODE, BUILD_GENERATION);
	build_pointer(&built, (struct zr_key){ 200, PLAIN, 0 }, BASE + 2 * NODE, BUILD_GENERATION);
	store(&memory, &built, 0);
	store_leaf(&memory, 1, 100, 300);
	store_leaf(&memory, 2, 200, 201);
	rc = walk(&source, 1, 1000, &count, &ordered);
	if (rc >= 0 || !ordered)
		fail_msg("keys 100, 300, 200 were all given, expected KEY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_tree_is_walked),
		cmocka_unit_test(pointers_that_share_a_child_are_refused),
		cmocka_unit_test(walk_over_eight_shared_levels_ends),
		cmocka_unit_test(keys_that_fall_between_leaves_are_refused),
	};

	return cmocka_run_group_tests_name("tree order", tests, NULL, NULL);
}
