// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Retiring a source while its device fails: whatever happens, a kernel finds the file system of
 * before or none, and never a superblock that is older than the trees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "super_read.h"
#include "tiny_run.h"

#define ZONE MEMORY_ZONE_SIZE
#define SECOND_COPY (64ULL << 20)

static struct tiny_run *current;

int __wrap_zr_device_open(struct zr_device **dev, const char *path, enum zr_device_role role,
			  struct zr_error *err);

int __wrap_zr_device_open(struct zr_device **dev, const char *path, enum zr_device_role role,
			  struct zr_error *err)
{
	struct memory_device *memory = role == ZR_ROLE_TARGET_READ ? current->to : current->from;

	(void)path;
	(void)err;
	memory->dev.writable = role == ZR_ROLE_RETIRE;
	if (memory->options.regular)
		memory->dev.geo.zone_size = memory->dev.geo.zone_count = 0;
	*dev = &memory->dev;
	return 0;
}

/* The states of a superblock log that a kernel leaves behind, and other kinds of source. */
enum shape { LOG_FIRST, LOG_SECOND, LOG_WRAPPED, FULL_FIRST, FULL_SECOND, REGULAR, SHAPES };

static void put_entry(struct tiny_run *run, uint64_t generation, uint64_t physical)
{
	uint8_t raw[4096];

	tiny_super_copy(run->fs, generation, 65536, raw);
	tiny_poke(raw, 0xa4, 8, generation); /* of the chunk root, which must not be newer */
	zr_super_seal_copy(raw, 65536);
	memory_place(run->from, physical, raw, sizeof(raw));
}

static void fill_zone(struct tiny_run *run, uint32_t zone_no, uint64_t generation)
{
	put_entry(run, generation, (zone_no + 1) * ZONE - 4096);
	memory_set_zone(run->from, zone_no, ZR_COND_FULL, ZONE);
}

/* An older entry ends one zone, and the newest one lies in the other. */
static void use_log(struct tiny_run *run, enum shape shape)
{
	bool first = shape == LOG_WRAPPED || shape == FULL_FIRST;

	fill_zone(run, first ? 1 : 0, TINY_GENERATION - 1);
	if (shape == FULL_FIRST || shape == FULL_SECOND)
		fill_zone(run, first ? 0 : 1, TINY_GENERATION);
	else
		put_entry(run, TINY_GENERATION, first ? 0 : ZONE);
}

static void open_shape(struct tiny_run *run, enum shape shape)
{
	const struct memory_options target = { .zones = 18 };
	const struct tiny_options options = { .zones = 18 };

	tiny_run_open(run, tiny_new(&options), shape == REGULAR, &target);
	current = run;
	memory_thaw(run->from);
	if (shape != LOG_FIRST && shape != REGULAR)
		use_log(run, shape);
	if (shape == REGULAR)
		tiny_super_copy(run->fs, TINY_GENERATION, SECOND_COPY,
				run->from->bytes + SECOND_COPY);
	tiny_run_again(run, NULL);
	run->options.force = 1;
	assert_int_equal(tiny_run_job(run), 0);
}

static int retire(struct tiny_run *run)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_verify_result result;

	run->err = none;
	return zr_source_retire("source", NULL, "target", NULL, NULL, &result, &run->err);
}

/* Returns whether the source is still the file system that it was. */
static bool is_source(struct tiny_run *run)
{
	struct zr_super super;
	uint64_t physical;
	int rc = zr_super_read(&run->from->dev, &super, &physical, NULL);

	if (!rc)
		assert_int_equal(super.generation, TINY_GENERATION);
	return !rc;
}

static void test_whole(void **state)
{
	int shape;

	(void)state;
	for (shape = 0; shape < SHAPES; shape++) {
		struct tiny_run run;

		open_shape(&run, shape);
		assert_true(is_source(&run));
		assert_int_equal(retire(&run), 0);
		assert_false(is_source(&run));
		if (shape == REGULAR) {
			assert_int_equal(tiny_peek(run.from->bytes, SECOND_COPY + 0x40, 8), 0);
		} else {
			assert_int_equal(run.from->zones[0].cond, ZR_COND_EMPTY);
			assert_int_equal(run.from->zones[1].cond, ZR_COND_EMPTY);
		}
		tiny_run_close(&run);
	}
}

/* Returns whether the operation with this number was reached. */
static bool fail_operation(enum shape shape, uint64_t number)
{
	struct memory_fault fault = { .fail_at = number, .lasting = true, .sys_errno = 5 };
	struct tiny_run run;
	bool left;
	int rc;

	open_shape(&run, shape);
	run.from->fault = &fault;
	rc = retire(&run);
	run.from->fault = NULL;
	assert_int_equal(!rc, fault.count < fault.fail_at);
	left = is_source(&run); /* also asserts that it is not an older one */
	if (rc && left)
		assert_int_equal(retire(&run), 0);
	assert_true(tiny_run_found(&run));
	tiny_run_close(&run);
	return rc;
}

static void test_every_operation_fails(void **state)
{
	int shape;

	(void)state;
	for (shape = 0; shape < SHAPES; shape++) {
		uint64_t number = 1;

		while (fail_operation(shape, number))
			number++;
		print_message("# shape %d: %u operations\n", shape, (unsigned int)number - 1);
		assert_true(number > 10);
	}
}

static void change_source(struct memory_device *memory, const struct memory_op *op)
{
	/* Behind the comparison, whose last read of the source was of its data. */
	if (memory->dev.writable && op->kind == MEMORY_REPORT) {
		memory->hook = NULL;
		put_entry(current, TINY_GENERATION + 1, 4096);
	}
}

static void test_source_changed(void **state)
{
	struct tiny_run run;

	(void)state;
	open_shape(&run, LOG_FIRST);
	run.from->hook = change_source;
	assert_int_equal(retire(&run), -ZR_E_SOURCE_CHANGED);
	assert_int_equal(memory_count(run.from, MEMORY_RESET), 0);
	tiny_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_every_operation_fails),
		cmocka_unit_test(test_source_changed),
	};

	return cmocka_run_group_tests_name("retire faults", tests, NULL, NULL);
}
