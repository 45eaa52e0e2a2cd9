// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The superblock: what is decoded from which byte, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "build_block.h"
#include "super.h"

#define U64 0xffffffffffffffffULL

/* One device of 1 GiB, generation 9, node size 16384, six nodes and a sector used. */
/* clang-format off */
static const struct {
	uint16_t at;
	uint8_t size;
	uint64_t value;
} good[] = {
	{ 0x30, 8, 65536 }, { 0x38, 8, 0x0100000000000001 }, { 0x40, 8, 0x4d5f53665248425f },
	{ 0x48, 8, 9 }, { 0x50, 8, 0x1d10000 }, { 0x58, 8, 0x1500000 }, { 0x60, 8, 0x1d20000 },
	{ 0x70, 8, 0x40000000 }, { 0x78, 8, 102400 }, { 0x80, 8, 6 }, { 0x88, 8, 1 },
	{ 0x90, 4, 4096 }, { 0x94, 4, 16384 }, { 0x98, 4, 16384 }, { 0x9c, 4, 4096 },
	{ 0xa0, 4, 129 }, { 0xa4, 8, 7 }, { 0xac, 8, 0x11 }, { 0xb4, 8, 0xb },
	{ 0xbc, 8, 0x1341 }, { 0xc4, 2, 0 }, { 0xc6, 1, 1 }, { 0xc7, 1, 2 }, { 0xc8, 1, 3 },
	{ 0xc9, 8, 5 }, { 0xd1, 8, 0x30000000 }, { 0xd9, 8, 0x8000000 },
};
/* clang-format on */

static void seal(uint8_t *raw)
{
	uint64_t type = peek(raw, 0xc4, 2);

	zr_csum((enum zr_csum_type)(type < 4 ? type : 0), raw + 32, 4064, raw);
}

/* Exactly 4096 bytes on the heap, so that a sanitizer sees what leaves them. */
static uint8_t *make_super(void)
{
	uint8_t *raw = calloc(1, 4096);
	size_t i;

	assert_non_null(raw);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		poke(raw, good[i].at, good[i].size, good[i].value);
	for (i = 0; i < 16; i++) {
		raw[0x20 + i] = build_fsid[i];
		raw[0xc9 + 66 + i] = (uint8_t)(0xd0 + i);
		raw[0xc9 + 82 + i] = build_fsid[i];
	}
	memcpy(raw + 0x12b, "label", 5);
	for (i = 0; i < 2048; i++)
		raw[0x32b + i] = (uint8_t)(i % 253);
	seal(raw);
	return raw;
}

/* The decoded superblock is on the heap as well. */
static int decode(const uint8_t *raw, struct zr_super **super, struct zr_error *err)
{
	const struct zr_error none = ZR_ERROR_INIT;

	*err = none;
	*super = malloc(sizeof(**super));
	assert_non_null(*super);
	return zr_super_decode(raw, 65536, *super, err);
}

static void check_refused(const char *name, uint8_t *raw, int code, const char *fragment)
{
	struct zr_super *super;
	struct zr_error err;
	int rc = decode(raw, &super, &err);

	expect_refused(name, rc, &err, code, fragment);
	free(super);
}

static void check_accepted(const char *name, const uint8_t *raw)
{
	struct zr_super *super;
	struct zr_error err;
	int rc = decode(raw, &super, &err);

	expect_accepted(name, rc, &err);
	free(super);
}

static void check_numbers(const struct zr_super *super)
{
	assert_true(super->flags == 0x0100000000000001);
	assert_true(super->generation == 9);
	assert_true(super->root == 0x1d10000);
	assert_true(super->chunk_root == 0x1500000);
	assert_true(super->log_root == 0x1d20000);
	assert_int_equal(super->root_level, 1);
	assert_int_equal(super->chunk_root_level, 2);
	assert_int_equal(super->log_root_level, 3);
	assert_true(super->chunk_root_generation == 7);
	assert_true(super->total_bytes == 0x40000000);
	assert_true(super->bytes_used == 102400);
	assert_true(super->num_devices == 1);
	assert_int_equal(super->sectorsize, 4096);
	assert_int_equal(super->nodesize, 16384);
	assert_true(super->compat == 0x11);
	assert_true(super->compat_ro == 0xb);
	assert_true(super->incompat == 0x1341);
	assert_int_equal(super->csum_type, ZR_CSUM_CRC32C);
	assert_true(super->devid == 5);
	assert_true(super->dev_total_bytes == 0x30000000);
	assert_true(super->dev_bytes_used == 0x8000000);
	assert_int_equal(super->sys_chunks_size, 129);
}

static void every_field_is_decoded(void **state)
{
	uint8_t *raw = make_super();
	struct zr_super *super;
	struct zr_error err;
	int rc = decode(raw, &super, &err);
	size_t i;

	(void)state;
	expect_accepted("good superblock", rc, &err);
	check_numbers(super);
	assert_memory_equal(super->fsid, build_fsid, 16);
	assert_memory_equal(super->metadata_uuid, build_fsid, 16);
	for (i = 0; i < 16; i++)
		assert_int_equal(super->dev_uuid[i], 0xd0 + i);
	for (i = 0; i < 2048; i++)
		assert_int_equal(super->sys_chunks[i], i % 253);
	assert_string_equal(super->label, "label");
	assert_memory_equal(super->raw, raw, 4096);
	free(super);
	free(raw);
}

static void magic_and_generation_are_found_without_a_check(void **state)
{
	uint8_t *raw = make_super();
	unsigned int bit;

	(void)state;
	memset(raw, 0xee, 32);
	assert_memory_equal(raw + 0x40, "_BHRfS_M", 8);
	assert_true(zr_super_is_magic(raw));
	assert_true(zr_super_generation(raw) == 9);
	for (bit = 0; bit < 64; bit++) {
		raw[0x40 + bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_false(zr_super_is_magic(raw));
		assert_true(zr_super_generation(raw) == 0);
		check_refused("magic with one wrong bit", raw, ZR_E_NOT_BTRFS, "no btrfs magic");
		raw[0x40 + bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	free(raw);
}

static void checksum_of_each_type(void **state)
{
	static const char *const names[] = { "crc32c", "xxhash", "sha256", "blake2" };
	static const size_t sizes[] = { 4, 8, 32, 32 };
	uint8_t *raw = make_super();
	unsigned int type;

	(void)state;
	for (type = 0; type < 4; type++) {
		poke(raw, 0xc4, 2, type);
		seal(raw);
		check_accepted(names[type], raw);
		if (sizes[type] < 32) {
			memset(raw + sizes[type], 0xee, 32 - sizes[type]);
			check_accepted("unused bytes of the checksum field", raw);
		}
		raw[0] ^= 1;
		check_refused("wrong checksum", raw, ZR_E_CSUM, names[type]);
		raw[0] ^= 1;
		raw[0xfff] ^= 1;
		check_refused("last byte changed", raw, ZR_E_CSUM, "checksum mismatch");
		raw[0xfff] ^= 1;
		poke(raw, 0xc4, 2, (type + 1) % 4);
		check_refused("made with another algorithm", raw, ZR_E_CSUM, "checksum mismatch");
	}
	free(raw);
}

static const struct {
	const char *name;
	uint16_t at;
	uint8_t size;
	uint64_t value;
	int code;
	const char *fragment;
} refused[] = {
	{ "checksum type 4", 0xc4, 2, 4, ZR_E_FEATURE, "checksum type 4" },
	{ "checksum type 12336", 0xc4, 2, 12336, ZR_E_FEATURE, "checksum type 12336" },
	{ "sector size 0", 0x90, 4, 0, ZR_E_GEOM, "sectorsize 0" },
	{ "sector size 1", 0x90, 4, 1, ZR_E_GEOM, "sectorsize 1" },
	{ "sector size 512", 0x90, 4, 512, ZR_E_GEOM, "sectorsize 512" },
	{ "sector size 3000", 0x90, 4, 3000, ZR_E_GEOM, "sectorsize 3000" },
	{ "sector size 8392704", 0x90, 4, 8392704, ZR_E_GEOM, "sectorsize 8392704" },
	{ "sector size 2^31", 0x90, 4, 0x80000000, ZR_E_GEOM, "sectorsize 2147483648" },
	{ "sector size 128 KiB", 0x90, 4, 131072, ZR_E_GEOM, "sectorsize 131072" },
	{ "sector size above node size", 0x90, 4, 32768, ZR_E_GEOM, "nodesize 16384" },
	{ "node size 0", 0x94, 4, 0, ZR_E_GEOM, "nodesize 0" },
	{ "node size below sector size", 0x94, 4, 2048, ZR_E_GEOM, "nodesize 2048" },
	{ "node size 4352", 0x94, 4, 4352, ZR_E_GEOM, "nodesize 4352" },
	{ "node size 128 KiB", 0x94, 4, 131072, ZR_E_GEOM, "nodesize 131072" },
	{ "leaf size is not node size", 0x98, 4, 4096, ZR_E_GEOM, "leafsize 4096" },
	{ "root unaligned", 0x50, 8, 0x1d10200, ZR_E_ALIGN, "tree_root block unaligned" },
	{ "chunk root unaligned", 0x58, 8, 0x1500001, ZR_E_ALIGN, "chunk_root block unaligned" },
	{ "log root unaligned", 0x60, 8, 0x1d20800, ZR_E_ALIGN, "log_root block unaligned" },
	{ "root level 8", 0xc6, 1, 8, ZR_E_LEVEL, "tree_root level too big: 8" },
	{ "chunk root level 8", 0xc7, 1, 8, ZR_E_LEVEL, "chunk_root level too big: 8" },
	{ "log root level 255", 0xc8, 1, 255, ZR_E_LEVEL, "log_root level too big: 255" },
	{ "root 0", 0x50, 8, 0, ZR_E_RANGE, "tree_root 0" },
	{ "chunk root 0", 0x58, 8, 0, ZR_E_RANGE, "chunk_root 0" },
	{ "total bytes 0", 0x70, 8, 0, ZR_E_RANGE, "total_bytes 0" },
	{ "total bytes below the device's", 0x70, 8, 0x2ffff000, ZR_E_RANGE, "total_bytes" },
	{ "total bytes 2^63", 0x70, 8, 0x8000000000000000, ZR_E_RANGE, "total_bytes" },
	{ "bytes used above total", 0x78, 8, 0x40000001, ZR_E_RANGE, "bytes_used 1073741825" },
	{ "bytes used below six nodes", 0x78, 8, 98303, ZR_E_RANGE, "bytes_used 98303" },
	{ "no devices", 0x88, 8, 0, ZR_E_RANGE, "number of devices 0" },
	{ "2^31 + 1 devices", 0x88, 8, 0x80000001, ZR_E_RANGE, "number of devices 2147483649" },
	{ "device id 0", 0xc9, 8, 0, ZR_E_DEV, "device id 0" },
	{ "device total 0", 0xd1, 8, 0, ZR_E_DEV, "device total_bytes 0" },
	{ "device total unaligned", 0xd1, 8, 0x2fffffff, ZR_E_DEV, "device total_bytes" },
	{ "device fsid differs", 0xc9 + 82, 1, 0, ZR_E_UUID, "dev_item UUID does not match" },
	{ "fsid differs", 0x20, 1, 0, ZR_E_UUID, "dev_item UUID does not match" },
	{ "metadata UUID in use and zero", 0xbc, 8, 0x1741, ZR_E_UUID, "dev_item UUID" },
	{ "generation 0", 0x48, 8, 0, ZR_E_GENERATION, "generation 0" },
	{ "generation below chunk root's", 0x48, 8, 6, ZR_E_GENERATION, "generation 6 below" },
	{ "generation of all ones", 0x48, 8, U64, ZR_E_GENERATION, "generation" },
	{ "generation that has no next one", 0x48, 8, U64 - 1, ZR_E_GENERATION, "generation" },
	{ "chunk root generation newer", 0xa4, 8, 10, ZR_E_GENERATION, "generation 10" },
	{ "bytenr of mirror 1", 0x30, 8, 0x4000000, ZR_E_OFFSET, "super offset mismatch" },
	{ "bytenr of its place in a log", 0x30, 8, 4096, ZR_E_OFFSET, "super offset mismatch" },
	{ "system chunks too big", 0xa0, 4, 2049, ZR_E_SYSARRAY, "too big, found 2049" },
	{ "system chunks too small", 0xa0, 4, 96, ZR_E_SYSARRAY, "too small, found 96" },
	{ "system chunks empty", 0xa0, 4, 0, ZR_E_SYSARRAY, "too small, found 0" },
};

static void bad_fields_are_refused(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		uint8_t *raw = make_super();

		poke(raw, refused[i].at, refused[i].size, refused[i].value);
		seal(raw);
		check_refused(refused[i].name, raw, refused[i].code, refused[i].fragment);
		free(raw);
	}
}

static void largest_sectors_and_nodes_are_accepted(void **state)
{
	uint8_t *raw = make_super();

	(void)state;
	poke(raw, 0x78, 8, 393216);
	poke(raw, 0x94, 4, 65536);
	poke(raw, 0x98, 4, 65536);
	seal(raw);
	check_accepted("node size 64 KiB", raw);
	poke(raw, 0x90, 4, 65536);
	seal(raw);
	check_accepted("sector size and node size 64 KiB", raw);
	free(raw);
}

static void metadata_uuid_replaces_fsid_where_the_feature_says_so(void **state)
{
	uint8_t *raw = make_super();
	struct zr_super *super;
	struct zr_error err;
	int rc;

	(void)state;
	memset(raw + 0x23b, 0xaa, 16);
	seal(raw);
	rc = decode(raw, &super, &err);
	expect_accepted("without the feature", rc, &err);
	assert_memory_equal(super->metadata_uuid, build_fsid, 16);
	free(super);
	poke(raw, 0xbc, 8, 0x1741);
	memset(raw + 0xc9 + 82, 0xaa, 16);
	seal(raw);
	rc = decode(raw, &super, &err);
	expect_accepted("with the feature", rc, &err);
	assert_memory_equal(super->metadata_uuid, raw + 0x23b, 16);
	assert_memory_equal(super->fsid, build_fsid, 16);
	free(super);
	free(raw);
}

static void label_may_fill_its_field(void **state)
{
	uint8_t *raw = make_super();
	struct zr_super *super;
	struct zr_error err;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < 256; i++)
		raw[0x12b + i] = (uint8_t)(i ? i : 0x1b);
	seal(raw);
	rc = decode(raw, &super, &err);
	expect_accepted("label of 256 bytes", rc, &err);
	assert_memory_equal(super->label, raw + 0x12b, 256);
	assert_int_equal(super->label[256], 0);
	free(super);
	free(raw);
}

static void copy_for_another_mirror_is_valid_there(void **state)
{
	uint8_t *raw = make_super();
	uint8_t *copy = make_super();
	struct zr_super *super;
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	super = malloc(sizeof(*super));
	assert_non_null(super);
	zr_super_seal_copy(copy, 0x4000000);
	assert_true(peek(copy, 0x30, 8) == 0x4000000);
	assert_memory_equal(copy + 0x20, raw + 0x20, 16);
	assert_memory_equal(copy + 0x38, raw + 0x38, 4096 - 0x38);
	expect_accepted("mirror 1", zr_super_decode(copy, 0x4000000, super, &err), &err);
	check_refused("mirror 1 at mirror 0", copy, ZR_E_OFFSET, "found 67108864 expected 65536");
	zr_super_seal_copy(copy, 65536);
	assert_memory_equal(copy, raw, 4096);
	free(super);
	free(copy);
	free(raw);
}

/* Two superblocks are the same in all bytes but those of the checksum and of bytenr. */
static void each_byte_but_checksum_and_bytenr_makes_a_difference(void **state)
{
	struct zr_super *a = calloc(1, sizeof(*a));
	struct zr_super *b = calloc(1, sizeof(*b));
	uint8_t *raw = make_super();
	size_t i;

	(void)state;
	assert_true(a && b);
	memcpy(a->raw, raw, 4096);
	for (i = 0; i < 4096; i++) {
		bool same = i < 32 || (i >= 0x30 && i < 0x38);

		memcpy(b->raw, raw, 4096);
		b->raw[i] ^= 0x10;
		if (!!zr_super_same(a->raw, b->raw) != same)
			fail_msg("byte %zu: expected %d", i, same);
	}
	free(raw);
	free(b);
	free(a);
}

/* Fields that matter: from low to high, a multiple of unit (0: a power of two), no banned bit. */
static const struct rule {
	uint16_t at;
	uint16_t size;
	uint64_t low, high, unit, banned;
} rules[] = {
	{ 0x20, 8, 0x0807060504030201, 0x0807060504030201, 1, 0 }, /* fsid */
	{ 0x28, 8, 0x100f0e0d0c0b0a09, 0x100f0e0d0c0b0a09, 1, 0 },
	{ 0x30, 8, 65536, 65536, 1, 0 }, /* bytenr */
	{ 0x40, 8, 0x4d5f53665248425f, 0x4d5f53665248425f, 1, 0 }, /* magic */
	{ 0x48, 8, 7, U64 - 2, 1, 0 }, /* generation */
	{ 0x50, 8, 1, U64, 4096, 0 }, /* root */
	{ 0x58, 8, 1, U64, 4096, 0 }, /* chunk_root */
	{ 0x60, 8, 0, U64, 4096, 0 }, /* log_root */
	{ 0x70, 8, 0x30000000, 0x7fffffffffffffff, 1, 0 }, /* total_bytes */
	{ 0x78, 8, 98304, 0x40000000, 1, 0 }, /* bytes_used */
	{ 0x88, 8, 1, 0x80000000, 1, 0 }, /* num_devices */
	{ 0x90, 4, 4096, 16384, 0, 0 }, /* sectorsize */
	{ 0x94, 4, 16384, 16384, 1, 0 }, /* nodesize */
	{ 0x98, 4, 16384, 16384, 1, 0 }, /* leafsize */
	{ 0xa0, 4, 97, 2048, 1, 0 }, /* sys_chunk_array_size */
	{ 0xa4, 8, 0, 9, 1, 0 }, /* chunk_root_generation */
	{ 0xbc, 8, 0, U64, 1, 0x400 }, /* incompat: metadata_uuid is zero here */
	{ 0xc4, 2, 0, 3, 1, 0 }, /* csum_type */
	{ 0xc6, 1, 0, 7, 1, 0 }, /* levels */
	{ 0xc7, 1, 0, 7, 1, 0 },
	{ 0xc8, 1, 0, 7, 1, 0 },
	{ 0xc9, 8, 1, U64, 1, 0 }, /* device: devid */
	{ 0xd1, 8, 1, 0x40000000, 4096, 0 }, /* device: total_bytes */
	{ 0x11b, 8, 0x0807060504030201, 0x0807060504030201, 1, 0 }, /* device: fsid */
	{ 0x123, 8, 0x100f0e0d0c0b0a09, 0x100f0e0d0c0b0a09, 1, 0 },
	/* Any value will do: features are checked elsewhere, the rest has no rule. */
	{ 0x38, 8, 0, U64, 1, 0 }, /* flags */
	{ 0x68, 8, 0, U64, 1, 0 }, /* an old field of the log */
	{ 0x80, 8, 0, U64, 1, 0 }, /* root_dir_objectid */
	{ 0x9c, 4, 0, U64, 1, 0 }, /* stripesize */
	{ 0xac, 16, 0, U64, 1, 0 }, /* compat, compat_ro */
	{ 0xd9, 66, 0, U64, 1, 0 }, /* device: bytes_used to uuid */
	{ 0x12b, 3797, 0, U64, 1, 0 }, /* label to the end */
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

static bool is_legal(const struct rule *rule, uint64_t value)
{
	if (value < rule->low || value > rule->high || value & rule->banned)
		return false;
	return rule->unit ? value % rule->unit == 0 : !(value & (value - 1));
}

static void try_value(uint8_t *raw, const struct rule *rule, size_t at, size_t size, uint64_t value)
{
	static const int codes[] = {
		ZR_E_NOT_BTRFS, ZR_E_FEATURE, ZR_E_OFFSET, ZR_E_UUID,  ZR_E_DEV,	ZR_E_GEOM,
		ZR_E_SYSARRAY,	ZR_E_ALIGN,   ZR_E_LEVEL,  ZR_E_RANGE, ZR_E_GENERATION,
	};
	uint64_t before = peek(raw, at, size);
	struct zr_super *super;
	struct zr_error err;
	size_t i = 0;
	int rc;

	value &= U64 >> (64 - 8 * size);
	poke(raw, at, size, value);
	seal(raw);
	rc = decode(raw, &super, &err);
	if (!rc != is_legal(rule, value) || err.code != -rc)
		fail_msg("%#zx = %#llx: %d \"%s\"", at, (unsigned long long)value, rc, err.text);
	while (rc && i < sizeof(codes) / sizeof(codes[0]) && codes[i] != -rc)
		i++;
	assert_true(i < sizeof(codes) / sizeof(codes[0]));
	free(super);
	poke(raw, at, size, before);
}

static void sweep_field(uint8_t *raw, const struct rule *rule, size_t at, size_t size)
{
	uint64_t value = peek(raw, at, size);
	unsigned int bit;

	try_value(raw, rule, at, size, value + 1);
	try_value(raw, rule, at, size, value - 1);
	try_value(raw, rule, at, size, 0);
	try_value(raw, rule, at, size, U64);
	try_value(raw, rule, at, size, rule->low);
	try_value(raw, rule, at, size, rule->low - 1);
	try_value(raw, rule, at, size, rule->high);
	try_value(raw, rule, at, size, rule->high + 1);
	try_value(raw, rule, at, size, __builtin_bswap64(value) >> (64 - 8 * size));
	for (bit = 0; bit < 8 * size; bit++)
		try_value(raw, rule, at, size, value ^ 1ULL << bit);
}

static void every_mutation_is_accepted_exactly_if_it_is_legal(void **state)
{
	uint8_t *raw = make_super();
	size_t covered = 32;
	size_t done;
	size_t i;

	(void)state;
	for (i = 0; i < RULES; i++) {
		covered += rules[i].size;
		for (done = 0; done < rules[i].size; done += 8) {
			size_t left = rules[i].size - done;

			sweep_field(raw, &rules[i], rules[i].at + done, left < 8 ? left : 8);
		}
	}
	assert_int_equal(covered, 4096);
	free(raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_decoded),
		cmocka_unit_test(magic_and_generation_are_found_without_a_check),
		cmocka_unit_test(checksum_of_each_type),
		cmocka_unit_test(bad_fields_are_refused),
		cmocka_unit_test(largest_sectors_and_nodes_are_accepted),
		cmocka_unit_test(metadata_uuid_replaces_fsid_where_the_feature_says_so),
		cmocka_unit_test(label_may_fill_its_field),
		cmocka_unit_test(copy_for_another_mirror_is_valid_there),
		cmocka_unit_test(each_byte_but_checksum_and_bytenr_makes_a_difference),
		cmocka_unit_test(every_mutation_is_accepted_exactly_if_it_is_legal),
	};

	return cmocka_run_group_tests_name("super", tests, NULL, NULL);
}
