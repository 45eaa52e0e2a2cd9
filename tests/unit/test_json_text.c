// SPDX-License-Identifier: GPL-2.0-or-later
/* Text in JSON: what is UTF-8 stays as it is, other bytes are replaced and given in hex as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "show.h"

#define BAD "\xef\xbf\xbd"

static void expect(const char *text, const char *expected, const char *hex)
{
	struct json_object *object = json_object_new_object();
	struct json_object *value;

	json_add_text(object, "path", text);
	value = json_object_object_get(object, "path");
	assert_string_equal(json_object_get_string(value), expected);
	value = json_object_object_get(object, "path_hex");
	if (hex)
		assert_string_equal(json_object_get_string(value), hex);
	else
		assert_null(value);
	json_object_put(object);
}

static void test_utf8_stays(void **state)
{
	static const char *const texts[] = {
		"",
		"/dev/sda",
		"a\tb\n\x7f\\\"",
		"\xc2\x80\xdf\xbf",
		"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		BAD,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect(texts[i], texts[i], NULL);
}

static void test_other_bytes_are_replaced(void **state)
{
	(void)state;
	expect("a\xff", "a" BAD, "61ff");
	expect("\x80z", BAD "z", "807a");
	/* Two bytes where one would do, and the same of longer ones. */
	expect("\xc0\xaf", BAD BAD, "c0af");
	expect("\xe0\x9f\xbf", BAD BAD BAD, "e09fbf");
	expect("\xf0\x8f\xbf\xbf", BAD BAD BAD BAD, "f08fbfbf");
	/* Half of a pair of UTF-16, and what lies behind the last character. */
	expect("\xed\xa0\x80", BAD BAD BAD, "eda080");
	expect("\xf4\x90\x80\x80", BAD BAD BAD BAD, "f4908080");
	/* A character that is cut off by the end or by another one. */
	expect("\xc3", BAD, "c3");
	expect("\xe2\x82", BAD BAD, "e282");
	expect("\xe2\x82\xc3\xa9", BAD BAD "\xc3\xa9", "e282c3a9");
	expect("\xf1\x80\x80", BAD BAD BAD, "f18080");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_stays),
		cmocka_unit_test(test_other_bytes_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
