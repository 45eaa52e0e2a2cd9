// SPDX-License-Identifier: GPL-2.0-or-later
/* Trees made from streams of items: what the tree checker and a walk from the root find in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build_block.h"
#include "new_tree.h"

#define NODE 4096U
#define BASE (1ULL << 30)

static const struct zr_check_context context = {
	.items = { .sectorsize = 4096, .nodesize = NODE, .csum_size = 4, .generation = 7 },
	.csum_type = ZR_CSUM_CRC32C,
	.metadata_uuid = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
};

/* Items of a type that the tree checker knows nothing of. */
struct numbers {
	struct zr_item_stream stream;
	uint64_t count;
	uint64_t next;
	uint64_t cut; /* the item that begins a leaf; 0 for none */
	uint32_t size;
	uint8_t bytes[NODE];
};

static int next_number(struct zr_item_stream *stream, struct zr_new_item *item,
		       struct zr_error *err)
{
	struct numbers *numbers = (struct numbers *)stream;

	(void)err;
	if (numbers->next == numbers->count)
		return 1;
	memset(numbers->bytes, (int)numbers->next, sizeof(numbers->bytes));
	*item = (struct zr_new_item){
		.key = { 256 + numbers->next, 60, 0 },
		.data = numbers->bytes,
		.size = numbers->size + (uint32_t)(numbers->next % 5),
		.cut = numbers->cut && numbers->next == numbers->cut,
	};
	numbers->next++;
	return 0;
}

static struct numbers numbers_from(uint64_t count, uint32_t size)
{
	return (struct numbers){
		.stream.next = next_number,
		.count = count,
		.size = size,
	};
}

static uint64_t place_of(const void *owner, const struct zr_new_tree *tree, uint64_t number)
{
	(void)owner;
	return BASE + (tree->first + number) * NODE;
}

static const struct zr_new_tree_place place = { .logical = place_of };

struct made {
	struct zr_new_tree tree;
	uint8_t *bytes; /* all blocks */
};

/* Makers of one tree may share its keys. */
static void begin_shared(struct zr_tree_maker *maker, const struct zr_new_tree *tree,
			 struct numbers *numbers, struct zr_key *firsts)
{
	*maker = (struct zr_tree_maker){
		.tree = tree,
		.place = &place,
		.header = { .generation = 7, .owner = 4 },
		.csum_type = ZR_CSUM_CRC32C,
		.nodesize = NODE,
		.firsts = firsts,
	};
	memcpy(maker->header.fsid, build_fsid, 16);
	zr_tree_maker_begin(maker, &numbers->stream);
}

static void begin(struct zr_tree_maker *maker, const struct zr_new_tree *tree,
		  struct numbers *numbers)
{
	begin_shared(maker, tree, numbers, calloc(tree->counts[0], sizeof(struct zr_key)));
}

static void make(struct made *made, struct numbers numbers)
{
	struct numbers again = numbers;
	struct zr_tree_maker maker;
	uint64_t leaves;
	uint64_t i;

	made->tree = (struct zr_new_tree){ .owner = 4, .first = 3 };
	assert_int_equal(zr_new_tree_count(&numbers.stream, NODE, &leaves, NULL), 0);
	assert_int_equal(leaves == 0, numbers.count == 0);
	zr_new_tree_shape(&made->tree, leaves ? leaves : 1, NODE);
	made->bytes = calloc(made->tree.blocks, NODE);
	begin(&maker, &made->tree, &again);
	for (i = 0; i < made->tree.blocks; i++)
		assert_int_equal(zr_tree_maker_next(&maker, made->bytes + i * NODE, NULL), 0);
	assert_int_equal(zr_tree_maker_next(&maker, made->bytes, NULL), -ZR_E_INTERNAL);
	free(maker.firsts);
}

/* Number of items below a block; each must have the key that is next. */
static uint64_t walk(const struct made *made, uint64_t logical, uint8_t level,
		     const struct zr_key *first, const struct zr_key *end, uint64_t seen)
{
	const struct zr_block_expect expect = {
		.logical = logical,
		.generation = 7,
		.owner = 4,
		.level = level,
		.first_key = first,
		.end_key = end,
	};
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_block block;
	uint32_t slot;
	int rc = zr_block_check(&context, made->bytes + (logical - place_of(NULL, &made->tree, 0)),
				&expect, &block, &err);

	expect_accepted("block", rc, &err);
	for (slot = 0; slot < block.nritems; slot++) {
		const struct zr_key key = zr_block_key(&block, slot);
		struct zr_pointer pointer;
		struct zr_key next = { 0 };
		struct zr_item item;

		if (!level) {
			zr_block_item(&block, slot, &item);
			assert_int_equal(key.objectid, 256 + seen);
			if (item.size)
				assert_int_equal(item.data[item.size - 1], seen & 0xff);
			seen++;
			continue;
		}
		zr_block_pointer(&block, slot, &pointer);
		if (slot + 1 < block.nritems)
			next = zr_block_key(&block, slot + 1);
		seen = walk(made, pointer.logical, (uint8_t)(level - 1), &key,
			    slot + 1 < block.nritems ? &next : end, seen);
	}
	return seen;
}

static void check(const struct made *made, uint64_t count)
{
	const struct zr_new_tree *tree = &made->tree;
	uint64_t root = place_of(NULL, tree, tree->blocks - 1);
	uint64_t i;

	assert_int_equal(walk(made, root, (uint8_t)(tree->levels - 1), NULL, NULL, 0), count);
	for (i = 0; i < tree->blocks; i++)
		assert_int_equal(made->bytes[i * NODE + 100], zr_new_tree_level(tree, i));
}

static void trees_of_all_heights(void **state)
{
	static const struct {
		uint64_t count;
		uint32_t size;
		uint8_t levels;
	} rows[] = {
		{ 0, 0, 1 },	  { 1, 0, 1 },	      { 1, 3960, 1 },	{ 2, 3960, 2 },
		{ 140, 0, 1 },	  { 160, 0, 2 },      { 121, 3960, 2 }, { 122, 3960, 3 },
		{ 5000, 100, 3 }, { 15000, 3000, 4 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made made;

		make(&made, numbers_from(rows[i].count, rows[i].size));
		assert_int_equal(made.tree.levels, rows[i].levels);
		check(&made, rows[i].count);
		free(made.bytes);
	}
}

/* So that what lies in front of a cut has the same leaves whatever comes behind it. */
static void a_cut_begins_a_leaf(void **state)
{
	struct numbers numbers = numbers_from(20, 8);
	struct made made;

	(void)state;
	numbers.cut = 7;
	make(&made, numbers);
	assert_int_equal(made.tree.counts[0], 2);
	assert_int_equal(peek(made.bytes, 96, 4), 7);
	check(&made, 20);
	free(made.bytes);
}

/* Blocks that are passed over do not change those that are made. */
static void from_any_block_on(void **state)
{
	struct numbers numbers = numbers_from(3000, 70);
	uint8_t block[NODE];
	struct made made;
	uint64_t from;

	(void)state;
	make(&made, numbers);
	for (from = 0; from < made.tree.blocks; from += 13) {
		struct numbers again = numbers_from(3000, 70);
		struct zr_tree_maker maker;
		uint64_t i;

		begin(&maker, &made.tree, &again);
		for (i = 0; i < from; i++)
			assert_int_equal(zr_tree_maker_next(&maker, NULL, NULL), 0);
		assert_int_equal(zr_tree_maker_next(&maker, block, NULL), 0);
		assert_memory_equal(block, made.bytes + from * NODE, NODE);
		free(maker.firsts);
	}
	free(made.bytes);
}

/* One is behind the other, as for two copies of a zone. */
static void two_makers_in_turn(void **state)
{
	enum { AHEAD = 5 };
	struct numbers numbers = numbers_from(3000, 70);
	struct numbers streams[] = { numbers_from(3000, 70), numbers_from(3000, 70) };
	struct zr_tree_maker makers[2];
	uint8_t block[NODE];
	struct zr_key *firsts;
	struct made made;
	uint64_t i;

	(void)state;
	make(&made, numbers);
	firsts = calloc(made.tree.counts[0], sizeof(*firsts));
	begin_shared(&makers[0], &made.tree, &streams[0], firsts);
	begin_shared(&makers[1], &made.tree, &streams[1], firsts);
	for (i = 0; i < made.tree.blocks + AHEAD; i++) {
		if (i < made.tree.blocks) {
			assert_int_equal(zr_tree_maker_next(&makers[0], block, NULL), 0);
			assert_memory_equal(block, made.bytes + i * NODE, NODE);
		}
		if (i >= AHEAD) {
			assert_int_equal(zr_tree_maker_next(&makers[1], block, NULL), 0);
			assert_memory_equal(block, made.bytes + (i - AHEAD) * NODE, NODE);
		}
	}
	free(firsts);
	free(made.bytes);
}

static void other_items_than_were_counted(void **state)
{
	static const uint64_t counts[] = { 0, 5, 299, 310, 400 };
	struct numbers numbers = numbers_from(300, 70);
	struct made made;
	size_t i;

	(void)state;
	make(&made, numbers);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct numbers other = numbers_from(counts[i], 70);
		struct zr_tree_maker maker;
		uint64_t n;
		int rc = 0;

		begin(&maker, &made.tree, &other);
		for (n = 0; n < made.tree.blocks && !rc; n++)
			rc = zr_tree_maker_next(&maker, NULL, NULL);
		/* One item less or more may leave the number of leaves as it is. */
		assert_int_equal(rc, counts[i] == 299 || counts[i] == 310 ? 0 : -ZR_E_INTERNAL);
		free(maker.firsts);
	}
	free(made.bytes);
}

static void an_item_that_fits_nowhere(void **state)
{
	struct numbers numbers = numbers_from(3, NODE - 101 - 25 - 1);
	struct zr_error err = ZR_ERROR_INIT;
	uint64_t leaves;

	(void)state;
	expect_refused("large", zr_new_tree_count(&numbers.stream, NODE, &leaves, &err), &err,
		       ZR_E_ITEM, "fits into no leaf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_of_all_heights),
		cmocka_unit_test(a_cut_begins_a_leaf),
		cmocka_unit_test(from_any_block_on),
		cmocka_unit_test(two_makers_in_turn),
		cmocka_unit_test(other_items_than_were_counted),
		cmocka_unit_test(an_item_that_fits_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
