// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads for a copy: what is verified, what is repaired, what is counted, what fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "tiny_fs.h"
#include "verified_read.h"

#define ROOT TINY_METADATA
#define AT(sector) (TINY_DATA + (sector) * (uint64_t)TINY_SECTOR)

struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source;
	struct zr_reader *reader;
	struct memory_fault fault;
	struct zr_error err;
	uint8_t *buffer;
};

static int setup(void **state)
{
	const struct tiny_options options = { .dup = true };
	const struct zr_error none = ZR_ERROR_INIT;
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (!fix)
		return -1;
	fix->err = none;
	fix->fs = tiny_new(&options);
	fix->memory = tiny_source(fix->fs, false);
	fix->source = tiny_open(fix->memory);
	fix->reader = malloc(sizeof(*fix->reader));
	fix->buffer = zr_buffer_alloc(1 << 20);
	if (!fix->reader || !fix->buffer)
		return -1;
	zr_reader_init(fix->reader, fix->source);
	*state = fix;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fix = *state;

	zr_reader_free(fix->reader);
	free(fix->reader);
	free(fix->buffer);
	zr_source_close(fix->source);
	memory_free(fix->memory);
	tiny_free(fix->fs);
	free(fix);
	return 0;
}

static int read_tree_block(struct fixture *fix, uint16_t stripe, uint64_t generation, uint8_t level)
{
	const struct zr_mapped_chunk *chunk = zr_chunk_map_find(&fix->source->chunks, ROOT);
	const struct zr_extent extent = {
		.kind = ZR_EXTENT_TREE_BLOCK,
		.logical = ROOT,
		.len = TINY_NODE,
		.generation = generation,
		.level = level,
	};

	zr_error_clear(&fix->err);
	return zr_reader_read(fix->reader, chunk, &extent, stripe, ROOT, fix->buffer, TINY_NODE,
			      &fix->err);
}

/* A piece of one extent that is long enough for all of them. */
static int read_data(struct fixture *fix, uint64_t first, uint64_t count)
{
	const struct zr_mapped_chunk *chunk = zr_chunk_map_find(&fix->source->chunks, TINY_DATA);
	const struct zr_extent extent = {
		.kind = ZR_EXTENT_DATA,
		.logical = TINY_DATA,
		.len = 22 * TINY_SECTOR,
		.generation = TINY_GENERATION,
	};

	zr_error_clear(&fix->err);
	return zr_reader_read(fix->reader, chunk, &extent, 0, AT(first), fix->buffer,
			      count * TINY_SECTOR, &fix->err);
}

static void expect_sectors(struct fixture *fix, uint64_t first, uint64_t count)
{
	uint8_t expected[TINY_SECTOR];
	uint64_t i;

	for (i = 0; i < count; i++) {
		tiny_fill_sector(AT(first + i), expected);
		assert_memory_equal(fix->buffer + i * TINY_SECTOR, expected, TINY_SECTOR);
	}
}

static void test_tree_block(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION, 0), 0);
	assert_memory_equal(fix->buffer, fix->memory->bytes + tiny_physical(ROOT, 0), TINY_NODE);
	assert_int_equal(fix->source->counters.metadata, TINY_NODE);
	assert_int_equal(fix->source->counters.repaired, 0);
}

/* The copy that is asked for comes first; the other one is only its repair. */
static void test_copy_that_is_asked_for(void **state)
{
	struct fixture *fix = *state;

	memory_forget(fix->memory);
	assert_int_equal(read_tree_block(fix, 1, TINY_GENERATION, 0), 0);
	assert_int_equal(memory_count(fix->memory, MEMORY_READ), 1);
	assert_int_equal(fix->memory->log[0].physical, tiny_physical(ROOT, 1));
}

static void test_bad_copy_is_repaired_and_counted(void **state)
{
	struct fixture *fix = *state;
	uint16_t stripe;

	for (stripe = 0; stripe < 2; stripe++) {
		tiny_flip(fix->memory, ROOT + 700, stripe);
		assert_int_equal(read_tree_block(fix, stripe, TINY_GENERATION, 0), 0);
		assert_int_equal(fix->err.code, 0);
		assert_int_equal(fix->source->counters.repaired, (stripe + 1) * TINY_NODE);
		assert_memory_equal(fix->buffer, fix->memory->bytes + tiny_physical(ROOT, !stripe),
				    TINY_NODE);
		tiny_flip(fix->memory, ROOT + 700, stripe);
	}
}

/* A failure that goes away is none. */
static void test_read_is_tried_twice(void **state)
{
	struct fixture *fix = *state;

	fix->fault.fail_at = 1;
	fix->memory->fault = &fix->fault;
	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION, 0), 0);
	assert_int_equal(fix->source->counters.repaired, 0);
	assert_int_equal(fix->source->counters.metadata, TINY_NODE);
}

static void fail_first_copy(struct memory_device *memory, const struct memory_op *op)
{
	if (op->physical == tiny_physical(ROOT, 0))
		memory->fault->fail_at = memory->fault->count + 1;
}

static void test_failed_read_is_repaired(void **state)
{
	struct fixture *fix = *state;

	fix->memory->hook = fail_first_copy;
	fix->memory->fault = &fix->fault;
	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION, 0), 0);
	assert_int_equal(fix->source->counters.repaired, TINY_NODE);
}

static void test_no_good_copy_fails(void **state)
{
	struct fixture *fix = *state;

	tiny_flip(fix->memory, ROOT + 700, 0);
	tiny_flip(fix->memory, ROOT + 900, 1);
	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION, 0), -ZR_E_CSUM);
	assert_int_equal(fix->err.logical, ROOT);
	assert_int_equal(fix->source->counters.metadata, 0);
	assert_int_equal(fix->source->counters.repaired, 0);
}

/* A block with a good checksum that is not the one of the extent item. */
static void test_other_tree_block(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION - 1, 0), -ZR_E_GENERATION);
	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION, 1), -ZR_E_LEVEL);
	memcpy(fix->memory->bytes + tiny_physical(ROOT, 0),
	       fix->memory->bytes + tiny_physical(TINY_METADATA + 3 * TINY_NODE, 0), TINY_NODE);
	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION, 0), 0);
	assert_int_equal(fix->source->counters.repaired, TINY_NODE);
}

static const struct zr_edit new_uuid = {
	.new_fsid = true,
	.new_blocks = true,
	.fsid = "another fsid",
};

/* A rescue, which changes each block; the first copy of one is bad. */
static void begin_rescue(struct fixture *fix)
{
	fix->reader->reading.rescue = true;
	fix->reader->reading.edit = &new_uuid;
	tiny_flip(fix->memory, ROOT + 700, 0);
}

/* Its parent may want a block that its extent item does not describe: it is changed as all others.
 */
static void test_rescued_block_that_stands_alone(void **state)
{
	struct fixture *fix = *state;

	begin_rescue(fix);
	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION - 1, 0), 0);
	assert_int_equal(fix->source->counters.damaged, TINY_NODE);
	assert_memory_equal(fix->buffer + 32, new_uuid.fsid, sizeof(new_uuid.fsid));
	assert_memory_equal(fix->buffer + 48, fix->memory->bytes + tiny_physical(ROOT, 1) + 48,
			    TINY_NODE - 48);
}

/* What is no block is left as it is. */
static void test_rescued_bytes(void **state)
{
	struct fixture *fix = *state;

	begin_rescue(fix);
	tiny_flip(fix->memory, ROOT + 900, 1);
	assert_int_equal(read_tree_block(fix, 0, TINY_GENERATION, 0), 0);
	assert_int_equal(fix->source->counters.damaged, TINY_NODE);
	assert_memory_equal(fix->buffer, fix->memory->bytes + tiny_physical(ROOT, 0), TINY_NODE);
}

static void test_data_with_checksums(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(read_data(fix, 0, 5), 0);
	expect_sectors(fix, 0, 5);
	assert_int_equal(fix->source->counters.verified, 5 * TINY_SECTOR);
	assert_int_equal(fix->source->counters.unverified, 0);
	assert_int_equal(read_data(fix, 18, 2), 0);
	assert_int_equal(fix->source->counters.verified, 7 * TINY_SECTOR);
}

static void test_data_without_checksums(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(read_data(fix, 8, 3), 0);
	expect_sectors(fix, 8, 3);
	assert_int_equal(fix->source->counters.verified, 0);
	assert_int_equal(fix->source->counters.unverified, 3 * TINY_SECTOR);
}

static void test_both_in_one_piece(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(read_data(fix, 3, 6), 0);
	assert_int_equal(fix->source->counters.verified, 2 * TINY_SECTOR);
	assert_int_equal(fix->source->counters.unverified, 4 * TINY_SECTOR);
}

/* One bit in any sector of a piece, when there is no other copy. */
static void test_bad_data_fails(void **state)
{
	struct fixture *fix = *state;
	uint64_t sector;

	for (sector = 0; sector < 5; sector++) {
		tiny_flip(fix->memory, AT(sector) + 4095, 0);
		assert_int_equal(read_data(fix, 0, 5), -ZR_E_CSUM);
		assert_non_null(strstr(fix->err.text, "checksum mismatch"));
		assert_int_equal(fix->err.logical, AT(sector));
		tiny_flip(fix->memory, AT(sector) + 4095, 0);
	}
	assert_int_equal(read_data(fix, 0, 5), 0);
}

/* Nothing can tell that it is bad, which is why it is counted. */
static void test_bad_data_without_checksum_passes(void **state)
{
	struct fixture *fix = *state;

	tiny_flip(fix->memory, AT(9), 0);
	assert_int_equal(read_data(fix, 8, 3), 0);
	assert_int_equal(fix->source->counters.unverified, 3 * TINY_SECTOR);
}

static void test_unreadable_checksum_tree_is_not_unverified(void **state)
{
	struct fixture *fix = *state;
	uint64_t root = fix->fs->trees[TINY_CSUM_TREE].root;

	tiny_flip(fix->memory, root + 50, 0);
	tiny_flip(fix->memory, root + 50, 1);
	assert_int_equal(read_data(fix, 8, 3), -ZR_E_CSUM);
	assert_int_equal(fix->source->counters.unverified, 0);
}

static void test_data_behind_the_write_pointer(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(read_data(fix, 20, 3), -ZR_E_ZONED);
	assert_int_equal(read_data(fix, 20, 2), 0);
}

/* The condition is the reason, wherever the write pointer is said to be. */
static void test_data_in_an_offline_zone(void **state)
{
	struct fixture *fix = *state;

	fix->source->zones[tiny_physical(TINY_DATA, 0) / MEMORY_ZONE_SIZE].cond = ZR_COND_OFFLINE;
	assert_int_equal(read_data(fix, 0, 5), -ZR_E_SOURCE_READ);
	assert_non_null(strstr(fix->err.text, "offline zone"));
}

static void test_failed_data_read(void **state)
{
	struct fixture *fix = *state;

	/* The first read is that of the checksum tree. */
	fix->fault = (struct memory_fault){ .fail_at = 2, .lasting = true };
	fix->memory->fault = &fix->fault;
	assert_int_equal(read_data(fix, 0, 5), -ZR_E_SOURCE_READ);
	assert_int_equal(fix->err.logical, AT(0));
	assert_int_equal(fix->source->counters.verified, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_tree_block),
		TEST(test_copy_that_is_asked_for),
		TEST(test_bad_copy_is_repaired_and_counted),
		TEST(test_read_is_tried_twice),
		TEST(test_failed_read_is_repaired),
		TEST(test_no_good_copy_fails),
		TEST(test_other_tree_block),
		TEST(test_rescued_block_that_stands_alone),
		TEST(test_rescued_bytes),
		TEST(test_data_with_checksums),
		TEST(test_data_without_checksums),
		TEST(test_both_in_one_piece),
		TEST(test_bad_data_fails),
		TEST(test_bad_data_without_checksum_passes),
		TEST(test_unreadable_checksum_tree_is_not_unverified),
		TEST(test_data_behind_the_write_pointer),
		TEST(test_data_in_an_offline_zone),
		TEST(test_failed_data_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
