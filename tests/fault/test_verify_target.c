// SPDX-License-Identifier: GPL-2.0-or-later
/* Verification finds what a target has otherwise than its source, though each checksum is good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "chunk_read.h"
#include "csum.h"
#include "tree.h"
#include "verify_memory.h"

#define TEXT_MAX 600

/* What is added to a number in an item of the target. */
struct change {
	size_t tree; /* offset of the tree in struct zr_source */
	uint64_t objectid; /* of the item, or below it */
	uint8_t type;
	bool last; /* the last item of this type instead of the first one */
	size_t at; /* byte of the item, or KEY_OFFSET */
	uint64_t add;
	const char *told;
};

#define TREE(name) offsetof(struct zr_source, name)
#define KEY_OFFSET SIZE_MAX

static const struct change changes[] = {
	/* Checksums are for other addresses, so that some data has none. */
	{ TREE(csum_tree), 0, 128, true, KEY_OFFSET, 64ULL << 20,
	  "checksum tree: the target has no item" },
	/* Flags of a subvolume. */
	{ TREE(root_tree), 5, 132, false, 208, 1, "root tree: the target has no item" },
	/* The file of an extent, and the place in it. */
	{ TREE(extent_tree), 0, 168, false, 33, 1, "extent tree: the target has no item" },
	{ TREE(extent_tree), 0, 168, false, 41, 4096, "extent tree: the target has no item" },
	/* When an extent was made. */
	{ TREE(extent_tree), 0, 168, false, 8, 1, "another length or generation" },
};

/* Goes to the item that is to be changed. */
static void find(struct zr_cursor *cursor, const struct change *change, struct zr_item *item)
{
	const struct zr_key first = { .objectid = change->objectid };
	struct zr_key key = { 0 };
	int rc = zr_cursor_seek(cursor, &first, NULL);

	while (!rc && (change->last || !key.type)) {
		zr_cursor_item(cursor, item);
		if (item->key.type == change->type)
			key = item->key;
		rc = zr_cursor_next(cursor, NULL);
	}
	assert_int_equal(zr_cursor_find(cursor, &key, item, NULL), 0);
}

/* Adds to a number of 8 bytes in both copies of a tree block, and makes their checksums good. */
static void add_in_copies(struct tiny_run *run, struct zr_source *target, uint64_t logical,
			  size_t at, uint64_t number)
{
	const struct zr_mapped_chunk *chunk = zr_chunk_map_find(&target->chunks, logical);
	uint16_t mirror;

	for (mirror = 0; mirror < 2; mirror++) {
		struct zr_place place;
		uint8_t *bytes;

		zr_chunk_place(target, chunk, logical, mirror, &place);
		bytes = run->to->bytes + place.physical;
		tiny_poke(bytes, at, 8, tiny_peek(bytes, at, 8) + number);
		zr_csum(ZR_CSUM_CRC32C, bytes + 32, TINY_NODE - 32, bytes);
	}
}

/* Where the offset of an item's key is in its leaf. */
static size_t key_offset_at(uint32_t slot)
{
	return 101 + 25 * (size_t)slot + 9;
}

static void apply(struct tiny_run *run, const struct change *change)
{
	struct zr_source *target = tiny_open(run->to);
	struct zr_cursor cursor;
	struct zr_item item;
	size_t at;

	zr_cursor_init(&cursor, target, (const void *)((const char *)target + change->tree));
	find(&cursor, change, &item);
	if (change->at == KEY_OFFSET)
		at = key_offset_at(cursor.levels[0].slot);
	else
		at = (size_t)(item.data - cursor.levels[0].buffer) + change->at;
	add_in_copies(run, target, cursor.levels[0].block.logical, at, change->add);
	zr_cursor_free(&cursor);
	zr_source_close(target);
}

static void take_text(const char *text, void *context)
{
	char *first = context;

	if (!*first)
		snprintf(first, TEXT_MAX, "%s", text);
}

static void open_new_layout(struct tiny_run *run)
{
	static const struct memory_options zones = { .zones = 14 };
	static const struct zr_plan_options always = { .relayout = ZR_RELAYOUT_ALWAYS };
	const struct tiny_options options = { .dup = true };

	tiny_run_open_chosen(run, tiny_new(&options), false, &zones, &always);
	if (tiny_run_job(run) || verify_memory(run, &run->err))
		fail_msg("%s", run->err.text);
}

/* Of both copies, as one of them would be enough. */
static void test_bad_log_of_the_target(void **state)
{
	const struct tiny_options options = { .dup = true, .log = true };
	static const struct memory_options zones = { .zones = 10 };
	char text[TEXT_MAX] = "";
	struct tiny_run run;
	uint64_t block;

	(void)state;
	tiny_run_open(&run, tiny_new(&options), false, &zones);
	if (tiny_run_job(&run) || verify_memory(&run, &run.err))
		fail_msg("%s", run.err.text);
	block = run.fs->trees[TINY_LOG_TREE].root;
	tiny_flip(run.to, block + 200, 0);
	tiny_flip(run.to, block + 200, 1);
	assert_int_equal(verify_memory_told(&run, take_text, text, &run.err), -ZR_E_DIFFERENT);
	assert_non_null(strstr(text, "target: tree-log: "));
	tiny_run_close(&run);
}

static uint64_t unreadable;

static void fail_unreadable(struct memory_device *memory, const struct memory_op *op)
{
	if (op->kind == MEMORY_READ && op->physical <= unreadable &&
	    unreadable < op->physical + op->len)
		memory->fault->fail_at = memory->fault->count + 1;
}

/* Without a checksum, zeroes in place of what cannot be read look like it. */
static void test_what_the_source_does_not_give(void **state)
{
	static const struct memory_options zones = { .zones = 10 };
	struct memory_fault fault = { .sys_errno = EIO };
	struct zr_verify_result result;
	struct tiny_run run;

	(void)state;
	tiny_run_open(&run, tiny_new(NULL), false, &zones);
	unreadable = tiny_physical(TINY_DATA + 9 * TINY_SECTOR, 0);
	run.from->fault = &fault;
	run.from->hook = fail_unreadable;
	run.options.rescue = 1;
	assert_int_equal(tiny_run_job(&run), 0);
	assert_int_equal(verify_memory_result(&run, &result, &run.err), 0);
	assert_int_equal(result.unread, TINY_SECTOR);
	tiny_run_close(&run);
}

static void test_changed_items(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char text[TEXT_MAX] = "";
		struct tiny_run run;

		open_new_layout(&run);
		apply(&run, &changes[i]);
		assert_int_equal(verify_memory_told(&run, take_text, text, &run.err),
				 -ZR_E_DIFFERENT);
		if (!strstr(text, changes[i].told))
			fail_msg("change %zu: \"%s\", expected \"%s\"", i, text, changes[i].told);
		tiny_run_close(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changed_items),
		cmocka_unit_test(test_bad_log_of_the_target),
		cmocka_unit_test(test_what_the_source_does_not_give),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
