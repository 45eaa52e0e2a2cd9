// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aligned buffers, arrays that grow, and memory that a scope frees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

/* Under a sanitizer as well a request that is too large returns NULL. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void buffers_are_aligned_zero_and_writable(void **state)
{
	static const size_t lens[] = { 1, 511, 4095, 4096, 4097, 65536, 1048577 };
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		size_t rounded = (lens[i] + 4095) & ~(size_t)4095;
		uint8_t *buffer = zr_buffer_alloc(lens[i]);

		assert_non_null(buffer);
		assert_int_equal((uintptr_t)buffer & 4095, 0);
		for (k = 0; k < rounded; k++)
			assert_int_equal(buffer[k], 0);
		memset(buffer, 0xff, rounded);
		free(buffer);
	}
}

static void lengths_that_wrap_are_refused(void **state)
{
	(void)state;
	assert_null(zr_buffer_alloc(SIZE_MAX));
	assert_null(zr_buffer_alloc(SIZE_MAX - 4094));
}

static void array_keeps_its_elements_while_it_grows(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	uint64_t *array = NULL;
	size_t capacity = 0;
	size_t count;
	size_t i;

	(void)state;
	for (count = 0; count < 5000; count++) {
		assert_int_equal(zr_array_reserve(&array, &capacity, count, 8, &err), 0);
		assert_true(capacity > count);
		array[count] = count * 3;
	}
	for (i = 0; i < count; i++)
		assert_true(array[i] == i * 3);
	assert_int_equal(err.code, 0);
	free(array);
}

static void array_with_room_stays_where_it_is(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	uint32_t *array = NULL;
	size_t capacity = 0;
	uint32_t *before;
	size_t room;
	size_t count;

	(void)state;
	assert_int_equal(zr_array_reserve(&array, &capacity, 0, 4, &err), 0);
	before = array;
	room = capacity;
	for (count = 0; count < room; count++) {
		assert_int_equal(zr_array_reserve(&array, &capacity, count, 4, &err), 0);
		assert_ptr_equal(array, before);
		assert_int_equal(capacity, room);
	}
	assert_int_equal(zr_array_reserve(&array, &capacity, count, 4, &err), 0);
	assert_true(capacity > room);
	free(array);
}

static void array_that_cannot_grow_is_unchanged(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	uint64_t *array = NULL;
	size_t capacity = 0;
	uint64_t *before;
	size_t room;

	(void)state;
	assert_int_equal(zr_array_reserve(&array, &capacity, 0, 8, &err), 0);
	before = array;
	room = capacity;
	assert_int_equal(zr_array_reserve(&array, &capacity, room, SIZE_MAX / 8, &err),
			 -ZR_E_NO_MEMORY);
	assert_int_equal(err.code, ZR_E_NO_MEMORY);
	assert_ptr_equal(array, before);
	assert_int_equal(capacity, room);
	array[room - 1] = 1;
	free(array);
}

/* A leak here fails the program under a leak checker. */
static void scope_frees_what_it_holds(void **state)
{
	zr_autofree uint8_t *held = zr_buffer_alloc(1);
	zr_autofree char *nothing = NULL;

	(void)state;
	assert_non_null(held);
	assert_null(nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_are_aligned_zero_and_writable),
		cmocka_unit_test(lengths_that_wrap_are_refused),
		cmocka_unit_test(array_keeps_its_elements_while_it_grows),
		cmocka_unit_test(array_with_room_stays_where_it_is),
		cmocka_unit_test(array_that_cannot_grow_is_unchanged),
		cmocka_unit_test(scope_frees_what_it_holds),
	};

	return cmocka_run_group_tests_name("base_buffer", tests, NULL, NULL);
}
