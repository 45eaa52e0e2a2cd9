// SPDX-License-Identifier: LGPL-2.1-or-later
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

uint8_t *zr_buffer_alloc(size_t len)
{
	size_t rounded = (len + ZR_BUFFER_ALIGN - 1) / ZR_BUFFER_ALIGN * ZR_BUFFER_ALIGN;
	uint8_t *buffer = rounded < len ? NULL : aligned_alloc(ZR_BUFFER_ALIGN, rounded);

	if (buffer)
		memset(buffer, 0, rounded);
	return buffer;
}

int zr_array_reserve(void *array, size_t *capacity, size_t count, size_t size, struct zr_error *err)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *old;
	void *grown;

	if (count < *capacity)
		return 0;
	memcpy(&old, array, sizeof(old));
	grown = reallocarray(old, wanted, size);
	if (!grown)
		return zr_fail_nomem(err);
	memcpy(array, &grown, sizeof(grown));
	*capacity = wanted;
	return 0;
}

void zr_free_scope(void *pointer)
{
	void *memory;

	memcpy(&memory, pointer, sizeof(memory));
	free(memory);
}
