// SPDX-License-Identifier: GPL-2.0-or-later
#include "seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_put(struct fuzz_seed *seed, const void *bytes, size_t len)
{
	if (len > sizeof(seed->bytes) - seed->len)
		abort();
	memcpy(seed->bytes + seed->len, bytes, len);
	seed->len += len;
}

void fuzz_put_number(struct fuzz_seed *seed, size_t size, uint64_t value)
{
	for (; size; size--, value >>= 8)
		fuzz_put(seed, &(uint8_t){ (uint8_t)value }, 1);
}

void fuzz_put_edit(struct fuzz_seed *seed, uint8_t kind, uint8_t which, uint16_t at, uint8_t size,
		   uint64_t value)
{
	fuzz_put_number(seed, 1, kind);
	fuzz_put_number(seed, 1, which);
	fuzz_put_number(seed, 2, at);
	fuzz_put_number(seed, 1, size);
	fuzz_put_number(seed, size, value);
}

void fuzz_save(struct fuzz_seed *seed, const char *folder, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file || fwrite(seed->bytes, 1, seed->len, file) != seed->len || fclose(file)) {
		perror(path);
		exit(1);
	}
	seed->len = 0;
}
