// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each of the 64 bits of the four feature fields: supported, refused with a reason, or unknown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "build_block.h"
#include "feature.h"

enum field {
	INCOMPAT,
	COMPAT_RO,
	COMPAT,
	FLAGS,
	FIELDS,
};

static const char *const field_names[FIELDS] = { "incompat feature", "compat_ro feature",
						 "compat feature", "superblock flag" };

/* What is not named is unknown, and refused with its number. */
static const struct {
	enum field field;
	unsigned int bit;
	bool supported;
	const char *name;
} known[] = {
	{ INCOMPAT, 0, true, "mixed-backref" },
	{ INCOMPAT, 1, true, "default-subvol" },
	{ INCOMPAT, 2, false, "mixed-groups" },
	{ INCOMPAT, 3, true, "compress-lzo" },
	{ INCOMPAT, 4, true, "compress-zstd" },
	{ INCOMPAT, 5, true, "big-metadata" },
	{ INCOMPAT, 6, true, "extended-iref" },
	{ INCOMPAT, 7, false, "raid56" },
	{ INCOMPAT, 8, true, "skinny-metadata" },
	{ INCOMPAT, 9, true, "no-holes" },
	{ INCOMPAT, 10, true, "metadata-uuid" },
	{ INCOMPAT, 11, true, "raid1c34" },
	{ INCOMPAT, 12, true, "zoned" },
	{ INCOMPAT, 13, false, "extent-tree-v2" },
	{ INCOMPAT, 14, false, "raid-stripe-tree" },
	{ INCOMPAT, 16, true, "simple-quota" },
	{ INCOMPAT, 17, false, "remap-tree" },
	{ COMPAT_RO, 0, true, "free-space-tree" },
	{ COMPAT_RO, 1, true, "free-space-tree-valid" },
	{ COMPAT_RO, 2, true, "verity" },
	{ COMPAT_RO, 3, true, "block-group-tree" },
	{ FLAGS, 0, true, "written" },
	{ FLAGS, 1, true, "reloc" },
	{ FLAGS, 2, false, "error" },
	{ FLAGS, 32, false, "seeding" },
	{ FLAGS, 33, false, "metadump" },
	{ FLAGS, 34, false, "metadump-v2" },
	{ FLAGS, 35, false, "changing-fsid" },
	{ FLAGS, 36, false, "changing-fsid-v2" },
	{ FLAGS, 38, false, "changing-bg-tree" },
	{ FLAGS, 39, false, "changing-data-csum" },
	{ FLAGS, 40, false, "changing-meta-csum" },
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

/* What each superblock here has besides: zoned, the least that is accepted. */
static void start(struct zr_super *super)
{
	memset(super, 0, sizeof(*super));
	super->incompat = 0x1000;
}

static void set(struct zr_super *super, enum field field, uint64_t bits)
{
	uint64_t *fields[FIELDS] = { &super->incompat, &super->compat_ro, &super->compat,
				     &super->flags };

	*fields[field] |= bits;
}

static void check_bit(enum field field, unsigned int bit)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	char name[40];
	size_t i;
	int rc;

	start(&super);
	set(&super, field, 1ULL << bit);
	rc = zr_features_check(&super, &err);
	snprintf(name, sizeof(name), "%s bit %u", field_names[field], bit);
	for (i = 0; i < KNOWN; i++)
		if (known[i].field == field && known[i].bit == bit)
			break;
	if (i == KNOWN) {
		expect_refused(name, rc, &err, ZR_E_FEATURE, "unknown");
		expect_refused(name, rc, &err, ZR_E_FEATURE, name);
	} else if (known[i].supported) {
		expect_accepted(name, rc, &err);
	} else {
		expect_refused(name, rc, &err, ZR_E_FEATURE, known[i].name);
		expect_refused(name, rc, &err, ZR_E_FEATURE, "is not supported: ");
	}
}

static void check_field(enum field field)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++)
		check_bit(field, bit);
}

static void each_incompat_bit(void **state)
{
	(void)state;
	check_field(INCOMPAT);
}

static void each_compat_ro_bit(void **state)
{
	(void)state;
	check_field(COMPAT_RO);
}

static void each_compat_bit(void **state)
{
	(void)state;
	check_field(COMPAT);
}

static void each_superblock_flag(void **state)
{
	(void)state;
	check_field(FLAGS);
}

static void all_supported_bits_together(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;
	size_t i;

	(void)state;
	start(&super);
	for (i = 0; i < KNOWN; i++)
		if (known[i].supported)
			set(&super, known[i].field, 1ULL << known[i].bit);
	assert_true(super.incompat == 0x11f7b);
	assert_true(super.compat_ro == 0xf);
	expect_accepted("all supported", zr_features_check(&super, &err), &err);
}

static void file_system_without_zones(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;

	(void)state;
	start(&super);
	expect_accepted("zoned", zr_super_require_zoned(&super, &err), &err);
	super.incompat = 0x341;
	assert_false(zr_super_is_zoned(&super));
	expect_refused("not zoned", zr_super_require_zoned(&super, &err), &err, ZR_E_FEATURE,
		       "not zoned");
}

/* The same bits are refused, but for parity, which only zones rule out. */
static void file_system_without_zones_on_request(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KNOWN; i++) {
		bool parity = known[i].field == INCOMPAT && known[i].bit == 7;
		struct zr_error err = ZR_ERROR_INIT;
		struct zr_super super = { .incompat = 0x341 };
		int rc;

		set(&super, known[i].field, 1ULL << known[i].bit);
		rc = zr_features_check(&super, &err);
		if (known[i].supported || parity)
			expect_accepted(known[i].name, rc, &err);
		else
			expect_refused(known[i].name, rc, &err, ZR_E_FEATURE, known[i].name);
	}
}

static void text_names_the_lowest_bad_bit(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super super;

	(void)state;
	start(&super);
	super.incompat |= 0xffffffffffff8000;
	expect_refused("many", zr_features_check(&super, &err), &err, ZR_E_FEATURE,
		       "unknown incompat feature bit 15 (0x8000)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_incompat_bit),
		cmocka_unit_test(each_compat_ro_bit),
		cmocka_unit_test(each_compat_bit),
		cmocka_unit_test(each_superblock_flag),
		cmocka_unit_test(all_supported_bits_together),
		cmocka_unit_test(file_system_without_zones),
		cmocka_unit_test(file_system_without_zones_on_request),
		cmocka_unit_test(text_names_the_lowest_bad_bit),
	};

	return cmocka_run_group_tests_name("feature", tests, NULL, NULL);
}
