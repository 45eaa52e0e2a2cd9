// SPDX-License-Identifier: GPL-2.0-or-later
/* What is found on the way: neighbours become one, and all of it is kept before it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "owner_fs.h"

#define SECTOR 4096ULL
#define TOLD_MAX 200

struct fixture {
	struct memory_device *memory;
	struct zr_journal journal;
	struct zr_findings findings;
	struct zr_finding told[TOLD_MAX];
	size_t count;
	size_t written; /* records of the journal when the last one was told */
};

static void tell(const struct zr_finding *finding, void *context)
{
	struct fixture *fix = context;

	assert_in_range(fix->count, 0, TOLD_MAX - 1);
	fix->told[fix->count++] = *finding;
	fix->written = memory_count(fix->memory, MEMORY_WRITE);
}

static void open_fixture(struct fixture *fix)
{
	const struct memory_options options = { .zones = 4 };
	const struct zr_journal_head head = { .zones = 100 };

	memset(fix, 0, sizeof(*fix));
	fix->memory = memory_new(&options, "target");
	assert_int_equal(zr_journal_begin(&fix->journal, &fix->memory->dev, &head, NULL), 0);
	memory_forget(fix->memory);
	fix->findings = (struct zr_findings){
		.journal = &fix->journal,
		.tell = tell,
		.context = fix,
		.zone = 7,
	};
}

static struct zr_finding sector(uint64_t number)
{
	return (struct zr_finding){
		.kind = ZR_FINDING_DAMAGED,
		.devid = 1,
		.physical = (1 << 20) + number * SECTOR,
		.logical = (1 << 24) + number * SECTOR,
		.len = SECTOR,
		.extent = 1 << 24,
		.code = ZR_E_CSUM,
		.has_csum = 1,
	};
}

static void add(struct fixture *fix, const struct zr_finding *finding)
{
	assert_int_equal(zr_findings_add(&fix->findings, finding, NULL), 0);
}

static void flush(struct fixture *fix)
{
	assert_int_equal(zr_findings_flush(&fix->findings, NULL), 0);
}

static void test_neighbours_become_one(void **state)
{
	struct fixture fix;
	uint64_t i;

	(void)state;
	open_fixture(&fix);
	for (i = 0; i < 100; i++) {
		const struct zr_finding finding = sector(i);

		add(&fix, &finding);
	}
	assert_int_equal(fix.count, 0);
	flush(&fix);
	assert_int_equal(fix.count, 1);
	assert_int_equal(fix.told[0].len, 100 * SECTOR);
	assert_int_equal(fix.told[0].logical, sector(0).logical);
	assert_int_equal(fix.told[0].physical, sector(0).physical);
	memory_free(fix.memory);
}

/* Whatever differs but the place keeps two apart. */
static void test_what_differs_stays_apart(void **state)
{
	const struct zr_finding first = sector(0);
	struct zr_finding seconds[12];
	struct fixture fix;
	size_t i;

	(void)state;
	for (i = 0; i < 12; i++)
		seconds[i] = sector(1);
	seconds[0].kind = ZR_FINDING_LOST;
	seconds[1].devid = 2;
	seconds[2].physical += SECTOR;
	seconds[3].logical += SECTOR;
	seconds[4].extent += SECTOR;
	seconds[5].code = ZR_E_SOURCE_READ;
	seconds[6].has_csum = 0;
	seconds[7] = sector(0);
	seconds[8] = sector(2);
	seconds[9].physical -= SECTOR;
	seconds[10].kind = ZR_FINDING_UNVERIFIABLE;
	seconds[11].kind = ZR_FINDING_REPAIRED;
	for (i = 0; i < 12; i++) {
		open_fixture(&fix);
		add(&fix, &first);
		add(&fix, &seconds[i]);
		flush(&fix);
		assert_int_equal(fix.count, 2);
		assert_memory_equal(&fix.told[0], &first, sizeof(first));
		assert_memory_equal(&fix.told[1], &seconds[i], sizeof(first));
		memory_free(fix.memory);
	}
}

/* Each tree block has owners of its own, though the next one lies behind it. */
static void test_tree_blocks_stay_apart(void **state)
{
	struct fixture fix;
	uint64_t i;

	(void)state;
	open_fixture(&fix);
	for (i = 0; i < 3; i++) {
		struct zr_finding block = sector(4 * i);

		block.len = 4 * SECTOR;
		block.extent = block.logical;
		block.tree_block = 1;
		add(&fix, &block);
	}
	flush(&fix);
	assert_int_equal(fix.count, 3);
	memory_free(fix.memory);
}

/* Each second sector, more than a batch holds: kept, told in order, none lost, and the last one of
 * a full batch still grows. */
static void test_more_than_a_batch(void **state)
{
	const uint64_t count = 2 * ZR_FINDINGS_BATCH + 3;
	struct fixture fix;
	uint64_t i;

	(void)state;
	open_fixture(&fix);
	for (i = 0; i < count; i++) {
		const struct zr_finding finding = sector(3 * i);
		const struct zr_finding behind = sector(3 * i + 1);

		add(&fix, &finding);
		add(&fix, &behind);
		assert_int_equal(fix.count, i / ZR_FINDINGS_BATCH * ZR_FINDINGS_BATCH);
		assert_int_equal(fix.written, i / ZR_FINDINGS_BATCH);
	}
	flush(&fix);
	assert_int_equal(fix.count, count);
	assert_int_equal(memory_count(fix.memory, MEMORY_WRITE), 3);
	for (i = 0; i < count; i++) {
		assert_int_equal(fix.told[i].logical, sector(3 * i).logical);
		assert_int_equal(fix.told[i].len, 2 * SECTOR);
	}
	flush(&fix);
	assert_int_equal(fix.count, count);
	assert_int_equal(memory_count(fix.memory, MEMORY_WRITE), 3);
	memory_free(fix.memory);
}

/* What could not be kept is not told, since the next run will find it. */
static void test_journal_fails(void **state)
{
	const struct zr_finding finding = sector(0);
	struct memory_fault fault = { .fail_at = 1 };
	struct fixture fix;

	(void)state;
	open_fixture(&fix);
	add(&fix, &finding);
	fix.memory->fault = &fault;
	assert_int_equal(zr_findings_flush(&fix.findings, NULL), -ZR_E_TARGET_WRITE);
	assert_int_equal(fix.count, 0);
	memory_free(fix.memory);
}

static void test_nobody_to_tell(void **state)
{
	const struct zr_finding finding = sector(0);
	struct fixture fix;

	(void)state;
	open_fixture(&fix);
	fix.findings.tell = NULL;
	add(&fix, &finding);
	flush(&fix);
	assert_int_equal(memory_count(fix.memory, MEMORY_WRITE), 1);
	memory_free(fix.memory);
}

/* Which failures get an owner, and how it reads. */
static void test_owner_of_a_failure(void **state)
{
	static const struct {
		int code;
		uint64_t logical;
		const char *text;
	} rows[] = {
		{ ZR_E_CSUM, TINY_DATA,
		  "bad; used by tree 5 inode 300 offset 0, path 'file' and 1 more" },
		{ ZR_E_SOURCE_READ, TINY_DATA + SECTOR,
		  "bad; used by tree 5 inode 300 offset 4096, path 'file' and 1 more" },
		{ ZR_E_CSUM, TINY_SPARE(0), "bad; used by tree 259 level 1" },
		{ ZR_E_CSUM, TINY_DATA + (16 * SECTOR), "bad" },
		{ ZR_E_CSUM, ZR_NOWHERE, "bad" },
		{ ZR_E_TARGET_WRITE, TINY_DATA, "bad" },
		{ ZR_E_CANCELLED, TINY_DATA, "bad" },
		{ 0, TINY_DATA, "bad" },
	};
	const struct tiny_part part = { 300, 0, TINY_DATA, 5 * SECTOR, 0, 5 * SECTOR, false };
	const struct tiny_part other = { 301, 0, TINY_DATA, 5 * SECTOR, 0, 5 * SECTOR, false };
	struct tiny_item *extent;
	struct owner_fs owners;
	size_t i;

	(void)state;
	owner_fs_new(&owners, NULL);
	tiny_add_part(&owners.fs->trees[TINY_FS_TREE], &part);
	tiny_add_part(&owners.fs->trees[TINY_FS_TREE], &other);
	tiny_add_name(&owners.fs->trees[TINY_FS_TREE], 300, 256, "file");
	tiny_add_inline(tiny_bare_block(owners.fs, TINY_SPARE(0), 1),
			&(struct tiny_ref){ .type = 176, .number = 259 });
	extent = tiny_bare_extent(owners.fs, TINY_DATA);
	tiny_add_inline(extent, &(struct tiny_ref){ 178, 5, 300, 0 });
	tiny_add_inline(extent, &(struct tiny_ref){ 178, 5, 301, 0 });
	owner_fs_write(&owners);
	owners.source = tiny_open(owners.memory);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;

		err.code = rows[i].code;
		err.logical = rows[i].logical;
		strcpy(err.text, "bad");
		zr_findings_name_owner(owners.source, &err);
		assert_string_equal(err.text, rows[i].text);
	}
	zr_findings_name_owner(owners.source, NULL);
	owner_fs_free(&owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours_become_one),
		cmocka_unit_test(test_what_differs_stays_apart),
		cmocka_unit_test(test_tree_blocks_stay_apart),
		cmocka_unit_test(test_more_than_a_batch),
		cmocka_unit_test(test_journal_fails),
		cmocka_unit_test(test_nobody_to_tell),
		cmocka_unit_test(test_owner_of_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
