// SPDX-License-Identifier: GPL-2.0-or-later
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char suffixes[] = "KMGTP";

static int parse_number(const char *text, uint64_t *number, const char **rest)
{
	char *end;

	/* strtoull would take signs, spaces and other bases. */
	if (!isdigit((unsigned char)text[0]))
		return -1;
	errno = 0;
	*number = strtoull(text, &end, 10);
	*rest = end;
	return errno ? -1 : 0;
}

int parse_size(const char *text, uint64_t *bytes)
{
	const char *rest;
	const char *suffix;

	if (parse_number(text, bytes, &rest) || !*bytes)
		return -1;
	if (!*rest)
		return 0;
	suffix = strchr(suffixes, toupper((unsigned char)*rest));
	if (!suffix || (rest[1] && strcmp(rest + 1, "iB")))
		return -1;
	for (; suffix >= suffixes; suffix--)
		if (__builtin_mul_overflow(*bytes, 1024, bytes))
			return -1;
	return 0;
}

int parse_count(const char *text, uint32_t *count)
{
	uint64_t number;
	const char *rest;

	if (parse_number(text, &number, &rest) || *rest || number > UINT32_MAX)
		return -1;
	*count = (uint32_t)number;
	return 0;
}

const char *format_size(uint64_t bytes, char text[SIZE_TEXT_MAX])
{
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit < strlen(suffixes)) {
		value /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, SIZE_TEXT_MAX, "%.2f%ciB", value, suffixes[unit - 1]);
	else
		snprintf(text, SIZE_TEXT_MAX, "%lluB", (unsigned long long)bytes);
	return text;
}

const char *format_duration(uint64_t seconds, char text[DURATION_TEXT_MAX])
{
	snprintf(text, DURATION_TEXT_MAX, "%llu:%02u:%02u", (unsigned long long)(seconds / 3600),
		 (unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
	return text;
}

const char *plural_ending(uint64_t count)
{
	return count == 1 ? "" : "s";
}
