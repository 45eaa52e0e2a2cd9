// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers of the command line. Input: the text.
 */
#include "fuzz.h"
#include "size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_same(uint64_t bytes)
{
	char text[SIZE_TEXT_MAX];
	uint64_t again;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	fuzz_must(!parse_size(text, &again) && again == bytes);
	if (bytes > UINT64_MAX / 1024)
		return;
	strcat(text, "K");
	fuzz_must(!parse_size(text, &again) && again == bytes * 1024);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[SIZE_TEXT_MAX];
	char *copy = malloc(size + 1);
	uint64_t bytes;
	uint32_t count;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	copy[size] = '\0';
	if (!parse_size(copy, &bytes)) {
		fuzz_must(copy[0] >= '0' && copy[0] <= '9' && bytes);
		fuzz_must(strtoull(copy, NULL, 10) <= bytes);
		fuzz_must(format_size(bytes, text) == text && strchr(text, 'B'));
		expect_same(bytes);
	}
	if (!parse_count(copy, &count)) {
		fuzz_must(strspn(copy, "0123456789") == strlen(copy));
		fuzz_must(strtoull(copy, NULL, 10) == count);
	}
	free(copy);
	return 0;
}
