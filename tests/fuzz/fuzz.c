// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_stop(const char *truth, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, truth);
	abort();
}

int fuzz_result(int rc, struct zr_error *err)
{
	if (rc < 0) {
		fuzz_must(err->code == -rc);
		fuzz_must(err->code > ZR_E_BASE && err->code < ZR_E_END);
		fuzz_must(zr_error_class(rc) != ZR_CLASS_BUG);
		fuzz_must(err->text[0] && !strchr(err->text, '\n'));
	} else {
		fuzz_must(!err->code);
	}
	zr_error_clear(err);
	return rc;
}

size_t fuzz_take(struct fuzz_input *input, void *to, size_t len)
{
	if (len > input->left)
		len = input->left;
	memcpy(to, input->data, len);
	input->data += len;
	input->left -= len;
	return len;
}

uint64_t fuzz_number(struct fuzz_input *input, size_t size)
{
	uint8_t bytes[8] = { 0 };
	uint64_t value = 0;

	fuzz_take(input, bytes, size);
	while (size--)
		value = value << 8 | bytes[size];
	return value;
}
