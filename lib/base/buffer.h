/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory: buffers aligned for O_DIRECT, arrays that grow, and release at the end of a scope.
 */
#ifndef ZR_BASE_BUFFER_H
#define ZR_BASE_BUFFER_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

/* O_DIRECT needs the logical block size of the device; no device here has more than a page. */
#define ZR_BUFFER_ALIGN 4096

/*
 * zr_buffer_alloc - a zeroed buffer aligned to ZR_BUFFER_ALIGN
 * @len: bytes, rounded up to ZR_BUFFER_ALIGN
 *
 * Returns the buffer, which the caller frees with free(), or NULL.
 */
uint8_t *zr_buffer_alloc(size_t len);

/*
 * zr_array_reserve - make room for one more element of a growing array
 * @array: address of the array's pointer
 * @capacity: elements that the array has room for
 * @count: elements in use
 * @size: bytes of one element
 *
 * Returns 0, or -ZR_E_NO_MEMORY with the array unchanged.
 */
int zr_array_reserve(void *array, size_t *capacity, size_t count, size_t size,
		     struct zr_error *err) ZR_NODISCARD;

void zr_free_scope(void *pointer);
#define zr_autofree __attribute__((cleanup(zr_free_scope)))

#endif
