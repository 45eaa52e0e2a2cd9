// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "audit_fixture.h"

static void take_finding(const struct zr_check_finding *finding, void *context)
{
	struct fixture *fix = context;

	if (fix->count == FOUND_MAX)
		return;
	fix->found[fix->count] = *finding;
	snprintf(fix->texts[fix->count++], sizeof(fix->texts[0]), "%s", finding->text);
}

static void take_zone(const struct zr_check_zone *zone, void *context)
{
	struct fixture *fix = context;

	assert_true(zone->last <= zone->cap && zone->written <= zone->cap);
	fix->zones++;
}

static void take_superblock(const struct zr_check_superblock *superblock, void *context)
{
	struct fixture *fix = context;

	(void)superblock;
	fix->superblocks++;
}

void open_fixture(struct fixture *fix, struct tiny_fs *fs, const struct memory_options *options)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct memory_options defaults = { .zones = fs->options.zones };

	memset(fix, 0, sizeof(*fix));
	fix->err = none;
	fix->fs = fs;
	if (options)
		defaults = *options;
	defaults.source = true;
	fix->memory = memory_new(&defaults, "disk");
	tiny_write(fs, fix->memory);
}

void open_plain(struct fixture *fix)
{
	const struct tiny_options options = { .dup = true };

	open_fixture(fix, tiny_new(&options), NULL);
}

void run_audit(struct fixture *fix)
{
	const struct zr_check_listener listener = {
		.size = sizeof(listener),
		.superblock = take_superblock,
		.zone = take_zone,
		.finding = take_finding,
		.context = fix,
	};

	fix->rc = zr_audit_device(&fix->memory->dev, fix->options, &listener, &fix->summary,
				  &fix->err);
}

void close_fixture(struct fixture *fix)
{
	memory_free(fix->memory);
	tiny_free(fix->fs);
}

/* One finding and no other; refusals of 6.1, 6.12 and later ones as a string of digits. */
void expect_one(struct fixture *fix, enum zr_check_kind kind, const char *refused)
{
	const struct zr_check_finding *found = &fix->found[0];
	size_t i;

	run_audit(fix);
	if (fix->rc)
		fail_msg("%s", fix->err.text);
	for (i = 0; i < fix->count; i++)
		if (fix->count != 1 || found[i].kind != kind)
			fail_msg("found %s: %s", zr_check_kind_name(found[i].kind), fix->texts[i]);
	assert_int_equal(fix->count, 1);
	for (i = 0; i < ZR_KERNELS; i++)
		assert_int_equal(found->refusal[i] != NULL, refused[i] == '1');
	assert_int_equal(fix->summary.errors, found->severity == ZR_CHECK_ERROR);
	assert_int_equal(fix->summary.warnings, found->severity == ZR_CHECK_WARNING);
	assert_int_equal(fix->summary.notes, found->severity == ZR_CHECK_NOTE);
	close_fixture(fix);
}
