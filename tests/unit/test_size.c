// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers on the command line and in messages; options that take them; exit statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "size.h"

#define KIB (1ULL << 10)
#define MIB (1ULL << 20)

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "1", 1 },
		{ "4096", 4096 },
		{ "007", 7 },
		{ "1K", KIB },
		{ "1k", KIB },
		{ "1KiB", KIB },
		{ "3M", 3 * MIB },
		{ "3miB", 3 * MIB },
		{ "5G", 5 * KIB * MIB },
		{ "7T", 7 * MIB * MIB },
		{ "2P", 2 * KIB * MIB * MIB },
		{ "16383P", 16383 * KIB * MIB * MIB },
		{ "18446744073709551615", UINT64_MAX },
		{ "18014398509481983K", UINT64_MAX - 1023 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t bytes = 0;

		if (parse_size(rows[i].text, &bytes) || bytes != rows[i].bytes)
			fail_msg("'%s': found %llu expected %llu", rows[i].text,
				 (unsigned long long)bytes, (unsigned long long)rows[i].bytes);
	}
}

static void test_malformed_sizes(void **state)
{
	static const char *const texts[] = {
		"",	 " ",  "0",   "00",  "0K",   "K",    "iB",	  "KiB",    "-1",   "+1",
		" 1",	 "1 ", "1 K", "1K ", "\t1",  "1\n",  "0x10",	  "1e3",    "1.5G", "1,000",
		"1_000", "1B", "1KB", "1Kb", "1KIB", "1Ki",  "1KiBx",	  "1KiBiB", "1KK",  "1iB",
		"1E",	 "1Z", "ten", "1k1", "--1",  "\xff", "1\xc2\xb5", "NaN",    "inf",  "1/2",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t bytes;

		if (!parse_size(texts[i], &bytes))
			fail_msg("'%s' was taken as %llu", texts[i], (unsigned long long)bytes);
	}
}

static void test_sizes_that_do_not_fit(void **state)
{
	static const char *const texts[] = {
		"18446744073709551616",
		"99999999999999999999999",
		"18014398509481984K",
		"17592186044416M",
		"17179869184G",
		"16777216T",
		"16384P",
		"18446744073709551615P",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t bytes;

		if (!parse_size(texts[i], &bytes))
			fail_msg("'%s' was taken as %llu", texts[i], (unsigned long long)bytes);
	}
}

static void test_counts(void **state)
{
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "1K",
					   "0x1",
					   "1.0",
					   "a",
					   "4294967296",
					   "99999999999999999999" };
	uint32_t count = 7;
	size_t i;

	(void)state;
	assert_int_equal(parse_count("0", &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(parse_count("4294967295", &count), 0);
	assert_int_equal(count, UINT32_MAX);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!parse_count(bad[i], &count))
			fail_msg("'%s' was taken as %u", bad[i], count);
}

static void test_formatted_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0B" },
		{ 1, "1B" },
		{ 1023, "1023B" },
		{ 1024, "1.00KiB" },
		{ 1536, "1.50KiB" },
		{ MIB, "1.00MiB" },
		{ 1ULL << 50, "1.00PiB" },
		{ UINT64_MAX, "16384.00PiB" },
	};
	char text[SIZE_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(format_size(rows[i].bytes, text), rows[i].text);
}

/* A command with some of the options. */
static const struct option_row *const rows_of_command[] = {
	&option_force,	    &option_json,
	&option_tail,	    &option_image_size,
	&option_max_active, &option_conventional_zones,
	&option_help,	    NULL,
};

static const struct command command_test = {
	.name = "test",
	.operands = "SOURCE TARGET",
	.summary = "Nothing.",
	.options = rows_of_command,
};

/* Messages go to standard error; they are no output of the test. */
static int parse(const char *const *words, struct settings *settings)
{
	int saved = dup(STDERR_FILENO);
	char *argv[16];
	int argc = 0;
	int rc;

	memset(settings, 0, sizeof(*settings));
	argv[argc++] = (char *)(uintptr_t) "test";
	while (*words)
		argv[argc++] = (char *)(uintptr_t)*words++;
	argv[argc] = NULL;
	fflush(stderr);
	assert_non_null(freopen("/dev/null", "w", stderr));
	rc = parse_arguments(&command_test, argc, argv, settings);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	return rc;
}

static void test_options(void **state)
{
	static const char *const words[] = { "-f", "a", "--image-size=40M", "--max-active",
					     "12", "b", "--tail=source",    "--json",
					     NULL };
	struct settings settings;

	(void)state;
	assert_int_equal(parse(words, &settings), 0);
	assert_true(settings.force);
	assert_true(settings.json);
	assert_int_equal(settings.tail, ZR_TAIL_SOURCE);
	assert_int_equal(settings.target.size, sizeof(settings.target));
	assert_int_equal(settings.target.image_size, 40 * MIB);
	assert_int_equal(settings.target.max_active, 12);
	assert_true(settings.target.geometry_given);
	assert_string_equal(settings.source_path, "a");
	assert_string_equal(settings.target_path, "b");
}

static void test_plain_operands(void **state)
{
	static const char *const words[] = { "--", "-a", "--json", NULL };
	struct settings settings;

	(void)state;
	assert_int_equal(parse(words, &settings), 0);
	assert_false(settings.json);
	assert_false(settings.force);
	assert_false(settings.target.geometry_given);
	assert_string_equal(settings.source_path, "-a");
	assert_string_equal(settings.target_path, "--json");
}

static void test_wrong_arguments(void **state)
{
	static const char *const lines[][5] = {
		{ NULL },
		{ "a" },
		{ "a", "b", "c" },
		{ "-x", "a", "b" },
		{ "--unknown", "a", "b" },
		{ "--quiet", "a", "b" },
		{ "--image-size", "1Q", "a", "b" },
		{ "--image-size", "0", "a", "b" },
		{ "--max-active", "-1", "a", "b" },
		{ "--tail=both", "a", "b" },
		{ "--force=1", "a", "b" },
		{ "a", "b", "--max-active" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct settings settings;

		if (parse(lines[i], &settings) != -1)
			fail_msg("line %zu was taken", i);
	}
}

/* The statuses are those of the man page, for every class. */
static void test_exit_statuses(void **state)
{
	static const struct {
		enum zr_error_class class;
		int status;
	} rows[] = {
		{ ZR_CLASS_NONE, 0 },	   { ZR_CLASS_CORRUPT, 4 },	{ ZR_CLASS_UNSUPPORTED, 4 },
		{ ZR_CLASS_SOURCE_IO, 1 }, { ZR_CLASS_TARGET_IO, 1 },	{ ZR_CLASS_ZONE_STATE, 1 },
		{ ZR_CLASS_NO_SPACE, 4 },  { ZR_CLASS_USAGE, 1 },	{ ZR_CLASS_REFUSED, 4 },
		{ ZR_CLASS_DIFFERENT, 3 }, { ZR_CLASS_CANCELLED, 128 }, { ZR_CLASS_BUG, 1 },
	};
	size_t i;

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), ZR_CLASS_BUG + 1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(status_of_class(rows[i].class), rows[i].status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_malformed_sizes),
		cmocka_unit_test(test_sizes_that_do_not_fit),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_formatted_sizes),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_plain_operands),
		cmocka_unit_test(test_wrong_arguments),
		cmocka_unit_test(test_exit_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
