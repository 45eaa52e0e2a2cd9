// SPDX-License-Identifier: GPL-2.0-or-later
/* Text in JSON, which is UTF-8; paths and labels may hold any byte. */
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* First bytes of a character, its length, and what its second byte may be; then come 80 to bf. */
static const struct {
	uint8_t first, last, len, second_min, second_max;
} forms[] = {
	{ 0x01, 0x7f, 1, 0, 0 },       { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf }, { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

/* Length of the character that begins there, or 0 if none does. The end of the text is no byte of
 * one. */
static size_t character(const uint8_t *text)
{
	size_t form = 0;
	size_t i;

	while (form < sizeof(forms) / sizeof(forms[0]) &&
	       (*text < forms[form].first || *text > forms[form].last))
		form++;
	if (form == sizeof(forms) / sizeof(forms[0]))
		return 0;
	for (i = 1; i < forms[form].len; i++) {
		uint8_t min = i == 1 ? forms[form].second_min : 0x80;
		uint8_t max = i == 1 ? forms[form].second_max : 0xbf;

		if (text[i] < min || text[i] > max)
			return 0;
	}
	return forms[form].len;
}

static bool is_utf8(const char *text)
{
	size_t len = 1;

	while (*text && len) {
		len = character((const uint8_t *)text);
		text += len;
	}
	return len != 0;
}

/* Returns a text that free() frees, or NULL. */
static char *replaced(const char *text)
{
	char *copy = malloc(strlen(text) * strlen(REPLACEMENT) + 1);
	char *to = copy;

	while (copy && *text) {
		size_t len = character((const uint8_t *)text);

		memcpy(to, len ? text : REPLACEMENT, len ? len : strlen(REPLACEMENT));
		to += len ? len : strlen(REPLACEMENT);
		text += len ? len : 1;
	}
	if (copy)
		*to = '\0';
	return copy;
}

struct json_object *json_text(const char *text)
{
	struct json_object *object;
	char *copy;

	if (is_utf8(text))
		return json_object_new_string(text);
	copy = replaced(text);
	object = copy ? json_object_new_string(copy) : NULL;
	free(copy);
	return object;
}

static void add_hex(struct json_object *object, const char *key, const char *text)
{
	char *name = malloc(strlen(key) + sizeof("_hex"));
	char *hex = malloc(2 * strlen(text) + 1);
	size_t i;

	if (name && hex) {
		for (i = 0; text[i]; i++)
			sprintf(hex + 2 * i, "%02x", (uint8_t)text[i]);
		sprintf(name, "%s_hex", key);
		json_object_object_add(object, name, json_object_new_string(hex));
	}
	free(name);
	free(hex);
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_text(text));
	if (!is_utf8(text))
		add_hex(object, key, text);
}
