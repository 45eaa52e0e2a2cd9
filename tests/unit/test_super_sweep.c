// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each field of the superblock gets each of a list of wrong values, with a good checksum, and a
 * whole replace is tried: it ends well where the table says that the value does not matter, and
 * anywhere else it is refused before anything is written. The size of all devices together and the
 * sum of what is used may be larger than they need to be, some features are only for what comes
 * later, and the level of a log says nothing while there is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "csum.h"
#include "tiny_fs.h"

#include <zreplace/job.h>

#define SUPER 4096
#define CSUM 32

enum {
	ZERO = 1 << 0,
	ONE = 1 << 1,
	ONES = 1 << 2,
	NEXT = 1 << 3,
	BEFORE = 1 << 4,
	TWICE = 1 << 5,
	HALF = 1 << 6,
	SECTOR = 1 << 7,
	LOW = 1 << 8,
	MIDDLE = 1 << 9,
	HIGH = 1 << 10,
	SWAPPED = 1 << 11,
	INVERSE = 1 << 12,
	MUTATIONS = 13,
	ANY = (1 << MUTATIONS) - 1,
};

static const struct field {
	const char *name;
	size_t at;
	size_t size;
	unsigned int harmless; /* mutations after which a replace must succeed */
} fields[] = {
	{ "fsid", 0x20, 8, 0 },
	{ "bytenr", 0x30, 8, 0 },
	{ "flags", 0x38, 8, ZERO | NEXT | BEFORE | TWICE | HALF | LOW },
	{ "magic", 0x40, 8, 0 },
	{ "generation", 0x48, 8, 0 },
	{ "root", 0x50, 8, 0 },
	{ "chunk_root", 0x58, 8, 0 },
	{ "log_root", 0x60, 8, 0 },
	{ "log_root_transid", 0x68, 8, ANY },
	{ "total_bytes", 0x70, 8, NEXT | TWICE | SECTOR | LOW | MIDDLE | SWAPPED },
	{ "bytes_used", 0x78, 8, NEXT | BEFORE | TWICE | SECTOR | LOW },
	{ "root_dir_objectid", 0x80, 8, ANY },
	{ "num_devices", 0x88, 8, 0 },
	{ "sectorsize", 0x90, 4, 0 },
	{ "nodesize", 0x94, 4, 0 },
	{ "leafsize", 0x98, 4, 0 },
	{ "stripesize", 0x9c, 4, ANY },
	{ "sys_chunk_array_size", 0xa0, 4, 0 },
	{ "chunk_root_generation", 0xa4, 8, 0 },
	{ "compat_flags", 0xac, 8, 0 },
	{ "compat_ro_flags", 0xb4, 8, ONE | NEXT | LOW },
	{ "incompat_flags", 0xbc, 8, NEXT | BEFORE | LOW },
	{ "csum_type", 0xc4, 2, 0 },
	{ "root_level", 0xc6, 1, 0 },
	{ "chunk_root_level", 0xc7, 1, 0 },
	{ "log_root_level", 0xc8, 1, ONE | NEXT | LOW },
	{ "dev_item.devid", 0xc9, 8, 0 },
	{ "dev_item.total_bytes", 0xd1, 8, 0 },
	{ "dev_item.bytes_used", 0xd9, 8, ANY },
	{ "dev_item.io_align", 0xe1, 4, ANY },
	{ "dev_item.io_width", 0xe5, 4, ANY },
	{ "dev_item.sector_size", 0xe9, 4, ANY },
	{ "dev_item.type", 0xed, 8, ANY },
	{ "dev_item.generation", 0xf5, 8, ANY },
	{ "dev_item.start_offset", 0xfd, 8, ANY },
	{ "dev_item.dev_group", 0x105, 4, ANY },
	{ "dev_item.seek_speed", 0x109, 1, ANY },
	{ "dev_item.bandwidth", 0x10a, 1, ANY },
	{ "dev_item.uuid", 0x10b, 8, 0 },
	{ "dev_item.fsid", 0x11b, 8, 0 },
	{ "label", 0x12b, 8, ANY },
	{ "cache_generation", 0x22b, 8, ANY },
	{ "uuid_tree_generation", 0x233, 8, ANY },
	{ "metadata_uuid", 0x23b, 8, ANY },
	{ "nr_global_roots", 0x24b, 8, ANY },
};

static uint64_t swap(uint64_t value, size_t size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

static uint64_t mutate(uint64_t value, size_t size, unsigned int mutation)
{
	const uint64_t ones = UINT64_MAX >> (64 - 8 * size);

	switch (1U << mutation) {
	case ZERO:
		return 0;
	case ONE:
		return 1;
	case ONES:
		return ones;
	case NEXT:
		return (value + 1) & ones;
	case BEFORE:
		return (value - 1) & ones;
	case TWICE:
		return (value * 2) & ones;
	case HALF:
		return value / 2;
	case SECTOR:
		return (value + TINY_SECTOR) & ones;
	case LOW:
		return value ^ 1;
	case MIDDLE:
		return value ^ 1ULL << 4 * size;
	case HIGH:
		return value ^ 1ULL << (8 * size - 1);
	case SWAPPED:
		return swap(value, size);
	default:
		return ~value & ones;
	}
}

struct pair {
	struct memory_device *from;
	struct memory_device *to;
	struct zr_error err;
};

static int run_job(struct zr_source *source, struct zr_target *target, struct zr_error *err)
{
	struct zr_job_options options = { .size = sizeof(options), .force = 1, .serial = 1 };
	struct zr_plan *plan;
	struct zr_job *job;
	int rc = zr_plan_build(&plan, source, target, NULL, err);

	if (rc)
		return rc;
	rc = zr_job_new(&job, source, target, plan, &options, err);
	if (!rc)
		rc = zr_job_run(job, err);
	zr_job_free(job);
	zr_plan_free(plan);
	return rc;
}

static int replace(struct pair *pair)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_source *source;
	struct zr_target *target;
	int rc;

	pair->err = none;
	memory_forget(pair->from);
	memory_forget(pair->to);
	rc = zr_source_open_kept(&source, &pair->from->dev, NULL, &pair->err);
	if (rc)
		return rc;
	target = tiny_target(pair->to);
	rc = run_job(source, target, &pair->err);
	zr_target_close(target);
	zr_source_release(source);
	return rc;
}

static bool is_untouched(const struct memory_device *memory)
{
	return !memory_count(memory, MEMORY_WRITE) && !memory_count(memory, MEMORY_RESET) &&
	       !memory_count(memory, MEMORY_FINISH) && !memory_count(memory, MEMORY_CLOSE);
}

static const char *complaint(const struct pair *pair, int rc, bool harmless)
{
	if (!rc)
		return harmless ? NULL : "succeeded";
	if (harmless)
		return "was refused";
	if (rc >= 0 || rc != -pair->err.code || !pair->err.text[0])
		return "has no error";
	return is_untouched(pair->to) ? NULL : "was refused after something was written";
}

/* Returns 1 when the answer is wrong. */
static int try(struct pair *pair, const struct tiny_fs *fs, const struct field *field,
	       unsigned int mutation)
{
	uint8_t *raw = pair->from->bytes;
	uint64_t good;
	uint64_t value;
	const char *wrong;
	int rc;

	tiny_super_copy(fs, TINY_GENERATION, 65536, raw);
	good = tiny_peek(raw, field->at, field->size);
	value = mutate(good, field->size, mutation);
	tiny_poke(raw, field->at, field->size, value);
	zr_csum(ZR_CSUM_CRC32C, raw + CSUM, SUPER - CSUM, raw);
	rc = replace(pair);
	wrong = complaint(pair, rc, value == good || field->harmless & 1U << mutation);
	if (wrong)
		fprintf(stderr, "%s 0x%llx -> 0x%llx %s: %d %s\n", field->name,
			(unsigned long long)good, (unsigned long long)value, wrong, rc,
			pair->err.text);
	return wrong ? 1 : 0;
}

static void test_every_field(void **state)
{
	const struct memory_options options = { .zones = TINY_ZONES };
	const struct tiny_options dup = { .dup = true };
	struct tiny_fs *fs = tiny_new(&dup);
	struct pair pair = {
		.from = tiny_source(fs, false),
		.to = memory_new(&options, "target"),
	};
	unsigned int mutation;
	int wrong = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (mutation = 0; mutation < MUTATIONS; mutation++)
			wrong += try(&pair, fs, &fields[i], mutation);
	memory_free(pair.from);
	memory_free(pair.to);
	tiny_free(fs);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
