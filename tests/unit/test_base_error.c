// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The error record, and the table of codes that programs rely on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Kernels return errno from -1 to -4095. */
#define ERRNO_MAX 4095

static const struct {
	int code;
	const char *name;
	enum zr_error_class class;
} codes[] = {
	{ ZR_E_NOT_BTRFS, "NOT_BTRFS", ZR_CLASS_REFUSED },
	{ ZR_E_SHORT, "SHORT", ZR_CLASS_CORRUPT },
	{ ZR_E_CSUM, "CSUM", ZR_CLASS_CORRUPT },
	{ ZR_E_GEOM, "GEOM", ZR_CLASS_CORRUPT },
	{ ZR_E_ALIGN, "ALIGN", ZR_CLASS_CORRUPT },
	{ ZR_E_LEVEL, "LEVEL", ZR_CLASS_CORRUPT },
	{ ZR_E_RANGE, "RANGE", ZR_CLASS_CORRUPT },
	{ ZR_E_DEV, "DEV", ZR_CLASS_CORRUPT },
	{ ZR_E_UUID, "UUID", ZR_CLASS_CORRUPT },
	{ ZR_E_GENERATION, "GENERATION", ZR_CLASS_CORRUPT },
	{ ZR_E_OFFSET, "OFFSET", ZR_CLASS_CORRUPT },
	{ ZR_E_SBLOG, "SBLOG", ZR_CLASS_CORRUPT },
	{ ZR_E_SYSARRAY, "SYSARRAY", ZR_CLASS_CORRUPT },
	{ ZR_E_CHUNK, "CHUNK", ZR_CLASS_CORRUPT },
	{ ZR_E_OVERLAP, "OVERLAP", ZR_CLASS_CORRUPT },
	{ ZR_E_DEVEXT, "DEVEXT", ZR_CLASS_CORRUPT },
	{ ZR_E_OWNER, "OWNER", ZR_CLASS_CORRUPT },
	{ ZR_E_KEY, "KEY", ZR_CLASS_CORRUPT },
	{ ZR_E_NRITEMS, "NRITEMS", ZR_CLASS_CORRUPT },
	{ ZR_E_ITEM, "ITEM", ZR_CLASS_CORRUPT },
	{ ZR_E_ROOT, "ROOT", ZR_CLASS_CORRUPT },
	{ ZR_E_EXTENT, "EXTENT", ZR_CLASS_CORRUPT },
	{ ZR_E_BLOCK_GROUP, "BLOCK_GROUP", ZR_CLASS_CORRUPT },
	{ ZR_E_CSUM_TREE, "CSUM_TREE", ZR_CLASS_CORRUPT },
	{ ZR_E_ZONED, "ZONED", ZR_CLASS_CORRUPT },
	{ ZR_E_FEATURE, "FEATURE", ZR_CLASS_UNSUPPORTED },
	{ ZR_E_PROFILE, "PROFILE", ZR_CLASS_UNSUPPORTED },
	{ ZR_E_LOG, "LOG", ZR_CLASS_CORRUPT },
	{ ZR_E_OTHER_RUN, "OTHER_RUN", ZR_CLASS_REFUSED },
	{ ZR_E_NO_RUN, "NO_RUN", ZR_CLASS_REFUSED },
	{ ZR_E_JOURNAL, "JOURNAL", ZR_CLASS_REFUSED },
	{ ZR_E_MEMBER, "MEMBER", ZR_CLASS_REFUSED },
	{ ZR_E_MISSING, "MISSING", ZR_CLASS_REFUSED },
	{ ZR_E_REPLACE_RUNNING, "REPLACE_RUNNING", ZR_CLASS_REFUSED },
	{ ZR_E_LOG_DIRTY, "LOG_DIRTY", ZR_CLASS_REFUSED },
	{ ZR_E_BALANCE_RUNNING, "BALANCE_RUNNING", ZR_CLASS_REFUSED },
	{ ZR_E_SOURCE_READ, "SOURCE_READ", ZR_CLASS_SOURCE_IO },
	{ ZR_E_SOURCE_WRITE, "SOURCE_WRITE", ZR_CLASS_SOURCE_IO },
	{ ZR_E_SOURCE_ZONES, "SOURCE_ZONES", ZR_CLASS_SOURCE_IO },
	{ ZR_E_SOURCE_BAD, "SOURCE_BAD", ZR_CLASS_REFUSED },
	{ ZR_E_SOURCE_CHANGED, "SOURCE_CHANGED", ZR_CLASS_REFUSED },
	{ ZR_E_TARGET_READ, "TARGET_READ", ZR_CLASS_TARGET_IO },
	{ ZR_E_TARGET_WRITE, "TARGET_WRITE", ZR_CLASS_TARGET_IO },
	{ ZR_E_TARGET_FLUSH, "TARGET_FLUSH", ZR_CLASS_TARGET_IO },
	{ ZR_E_TARGET_ZONES, "TARGET_ZONES", ZR_CLASS_TARGET_IO },
	{ ZR_E_ZONE_REPORT, "ZONE_REPORT", ZR_CLASS_ZONE_STATE },
	{ ZR_E_ZONE_MISMATCH, "ZONE_MISMATCH", ZR_CLASS_ZONE_STATE },
	{ ZR_E_ZONE_RULE, "ZONE_RULE", ZR_CLASS_ZONE_STATE },
	{ ZR_E_ZONE_UNUSABLE, "ZONE_UNUSABLE", ZR_CLASS_REFUSED },
	{ ZR_E_GEOMETRY, "GEOMETRY", ZR_CLASS_REFUSED },
	{ ZR_E_TOO_SMALL, "TOO_SMALL", ZR_CLASS_NO_SPACE },
	{ ZR_E_CAPACITY, "CAPACITY", ZR_CLASS_NO_SPACE },
	{ ZR_E_ACTIVE_ZONES, "ACTIVE_ZONES", ZR_CLASS_NO_SPACE },
	{ ZR_E_LAYOUT, "LAYOUT", ZR_CLASS_NO_SPACE },
	{ ZR_E_NO_MEMORY, "NO_MEMORY", ZR_CLASS_USAGE },
	{ ZR_E_OPEN, "OPEN", ZR_CLASS_USAGE },
	{ ZR_E_BUSY, "BUSY", ZR_CLASS_REFUSED },
	{ ZR_E_HOLDS_DATA, "HOLDS_DATA", ZR_CLASS_REFUSED },
	{ ZR_E_ARGUMENT, "ARGUMENT", ZR_CLASS_USAGE },
	{ ZR_E_IMAGE, "IMAGE", ZR_CLASS_USAGE },
	{ ZR_E_DIFFERENT, "DIFFERENT", ZR_CLASS_DIFFERENT },
	{ ZR_E_CANCELLED, "CANCELLED", ZR_CLASS_CANCELLED },
	{ ZR_E_PLAN, "PLAN", ZR_CLASS_BUG },
	{ ZR_E_INTERNAL, "INTERNAL", ZR_CLASS_BUG },
};

#define CODES ((int)(sizeof(codes) / sizeof(codes[0])))

static void codes_have_their_name_and_class(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < CODES; i++) {
		assert_string_equal(zr_error_name(codes[i].code), codes[i].name);
		assert_string_equal(zr_error_name(-codes[i].code), codes[i].name);
		assert_int_equal(zr_error_class(codes[i].code), codes[i].class);
		assert_int_equal(zr_error_class(-codes[i].code), codes[i].class);
	}
}

static void every_code_is_known_here(void **state)
{
	(void)state;
	assert_int_equal(ZR_E_END - ZR_E_BASE - 1, CODES);
	assert_int_equal(codes[0].code, 10001);
	assert_int_equal(codes[CODES - 1].code, 10000 + CODES);
}

static void codes_are_no_errno_and_differ(void **state)
{
	int i;
	int k;

	(void)state;
	for (i = 0; i < CODES; i++) {
		assert_true(codes[i].code > ERRNO_MAX);
		for (k = 0; k < i; k++)
			assert_int_not_equal(codes[i].code, codes[k].code);
	}
}

static void texts_are_one_line(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < CODES; i++) {
		const char *text = zr_error_text(-codes[i].code);

		assert_true(strlen(text) > 10);
		assert_null(strchr(text, '\n'));
		assert_int_not_equal(text[strlen(text) - 1], '.');
		assert_ptr_equal(text, zr_error_text(codes[i].code));
	}
}

static void numbers_that_are_no_code_are_a_bug(void **state)
{
	static const int strange[] = {
		1, -1, -ENOMEM, ERRNO_MAX, 10000, -10000, ZR_E_END, -ZR_E_END, INT_MAX, -INT_MAX,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		assert_int_equal(zr_error_class(strange[i]), ZR_CLASS_BUG);
		assert_string_equal(zr_error_name(strange[i]), "UNKNOWN");
		assert_string_equal(zr_error_text(strange[i]), "unknown error");
	}
	assert_int_equal(zr_error_class(0), ZR_CLASS_NONE);
	assert_string_equal(zr_error_name(0), "UNKNOWN");
}

static void new_record_is_nowhere(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	assert_int_equal(err.code, 0);
	assert_int_equal(err.sys_errno, 0);
	assert_true(err.devid == 0xffffffffffffffff);
	assert_true(err.physical == 0xffffffffffffffff);
	assert_true(err.logical == 0xffffffffffffffff);
	assert_true(err.zone == 0xffffffffffffffff);
	assert_string_equal(err.text, "");
}

static void failure_is_recorded_and_returned(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	assert_int_equal(zr_fail(&err, ZR_E_CHUNK, "chunk: %d %s", 5, "odd"), -ZR_E_CHUNK);
	assert_int_equal(err.code, ZR_E_CHUNK);
	assert_int_equal(err.sys_errno, 0);
	assert_string_equal(err.text, "chunk: 5 odd");
}

static void first_failure_stays(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	assert_int_equal(zr_fail_errno(&err, ZR_E_OPEN, ENOENT, "first"), -ZR_E_OPEN);
	assert_int_equal(zr_fail(&err, ZR_E_CSUM, "second"), -ZR_E_CSUM);
	assert_int_equal(zr_fail_errno(&err, ZR_E_BUSY, EBUSY, "third"), -ZR_E_BUSY);
	assert_int_equal(zr_fail_nomem(&err), -ZR_E_NO_MEMORY);
	assert_int_equal(err.code, ZR_E_OPEN);
	assert_int_equal(err.sys_errno, ENOENT);
	assert_string_equal(err.text, "first: No such file or directory");
}

static void record_may_be_missing(void **state)
{
	(void)state;
	assert_int_equal(zr_fail(NULL, ZR_E_CSUM, "text"), -ZR_E_CSUM);
	assert_int_equal(zr_fail_errno(NULL, ZR_E_OPEN, EIO, "text"), -ZR_E_OPEN);
	assert_int_equal(zr_fail_nomem(NULL), -ZR_E_NO_MEMORY);
	zr_error_clear(NULL);
}

static void clearing_makes_room_for_the_next(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;

	(void)state;
	assert_int_equal(zr_fail_errno(&err, ZR_E_OPEN, ENOENT, "old"), -ZR_E_OPEN);
	err.logical = 1;
	err.physical = 2;
	err.devid = 3;
	err.zone = 4;
	zr_error_clear(&err);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.text, "");
	assert_true(err.logical == UINT64_MAX && err.physical == UINT64_MAX);
	assert_true(err.devid == UINT64_MAX && err.zone == UINT64_MAX);
	assert_int_equal(err.sys_errno, 0);
	assert_int_equal(zr_fail(&err, ZR_E_CSUM, "new"), -ZR_E_CSUM);
	assert_string_equal(err.text, "new");
}

/* The record is on the heap and its text is at its end: a sanitizer sees a byte too much. */
static void check_truncation(size_t len, int sys_errno, const char *tail)
{
	const struct zr_error none = ZR_ERROR_INIT;
	struct zr_error *err = malloc(sizeof(*err));
	char *text = malloc(len + 1);

	assert_true(err && text);
	*err = none;
	memset(text, 'x', len);
	text[len] = '\0';
	assert_int_equal(zr_fail_errno(err, ZR_E_OPEN, sys_errno, "%s", text), -ZR_E_OPEN);
	assert_int_equal(err->text[511], '\0');
	assert_int_equal(strspn(err->text, "x"), len < 511 ? len : 511);
	assert_string_equal(err->text + strspn(err->text, "x"), tail);
	free(text);
	free(err);
}

static void long_texts_are_cut(void **state)
{
	(void)state;
	assert_int_equal(ZR_ERROR_TEXT_MAX, 512);
	check_truncation(0, ENOENT, ": No such file or directory");
	check_truncation(480, ENOENT, ": No such file or directory");
	check_truncation(484, ENOENT, ": No such file or directory");
	check_truncation(485, ENOENT, ": No such file or director");
	check_truncation(508, ENOENT, ": N");
	check_truncation(510, ENOENT, ":");
	check_truncation(511, ENOENT, "");
	check_truncation(511, 0, "");
	check_truncation(512, 0, "");
	check_truncation(100000, ENOENT, "");
}

static void a_path_is_a_word(void **state)
{
	static const struct {
		const char *text;
		const char *path;
		bool named;
	} rows[] = {
		{ "/dev/a: no magic", "/dev/a", true },
		{ "read: /dev/a zone 1", "/dev/a", true },
		{ "open: /dev/a, failed", "/dev/a", true },
		{ "differs from /dev/a", "/dev/a", true },
		{ "/dev/ab: no magic", "/dev/a", false },
		{ "/x/dev/a: no magic", "/dev/a", false },
		{ "/dev/ab and /dev/a: are both devid 1", "/dev/a", true },
		{ "superblock: no magic", "s", false },
		{ "superblock: no magic", "", false },
		{ "", "/dev/a", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zr_error err = ZR_ERROR_INIT;

		assert_int_equal(zr_fail(&err, ZR_E_CSUM, "%s", rows[i].text), -ZR_E_CSUM);
		assert_int_equal(zr_error_names(&err, rows[i].path), rows[i].named);
	}
}

static void a_text_begins_with_a_path(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	char path[300];

	(void)state;
	zr_error_begin(NULL, "/dev/a");
	zr_error_begin(&err, "/dev/a");
	assert_string_equal(err.text, "");
	assert_int_equal(zr_fail(&err, ZR_E_CSUM, "data: %0490d", 0), -ZR_E_CSUM);
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	zr_error_begin(&err, path);
	assert_true(!strncmp(err.text, "data: 0", 7));
	path[254] = '\0';
	zr_error_begin(&err, path);
	assert_int_equal(strspn(err.text, "x"), 254);
	assert_true(!strncmp(err.text + 254, ": data: 0", 9));
	assert_int_equal(strlen(err.text), ZR_ERROR_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_their_name_and_class),
		cmocka_unit_test(every_code_is_known_here),
		cmocka_unit_test(codes_are_no_errno_and_differ),
		cmocka_unit_test(texts_are_one_line),
		cmocka_unit_test(numbers_that_are_no_code_are_a_bug),
		cmocka_unit_test(new_record_is_nowhere),
		cmocka_unit_test(failure_is_recorded_and_returned),
		cmocka_unit_test(first_failure_stays),
		cmocka_unit_test(record_may_be_missing),
		cmocka_unit_test(clearing_makes_room_for_the_next),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(a_path_is_a_word),
		cmocka_unit_test(a_text_begins_with_a_path),
	};

	return cmocka_run_group_tests_name("base_error", tests, NULL, NULL);
}
