// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows with parity: any stripe of data is made of the others, whatever is lost beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "parity.h"

#define LEN 4096
#define MOST (ZR_PARITY_DATA_MAX + 2)

struct row {
	uint16_t data;
	uint8_t *stripes[MOST];
};

/* The field's product, bit by bit. */
static uint8_t multiply(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1d : 0));
	}
	return product;
}

static void make_row(struct row *row, uint16_t data)
{
	uint32_t state = data;
	uint8_t power = 1;
	uint16_t i;
	size_t b;

	row->data = data;
	for (i = 0; i < data + 2; i++) {
		row->stripes[i] = zr_buffer_alloc(LEN);
		assert_non_null(row->stripes[i]);
		memset(row->stripes[i], 0, LEN);
	}
	for (i = 0; i < data; i++) {
		for (b = 0; b < LEN; b++) {
			state = state * 1103515245 + 12345;
			row->stripes[i][b] = (uint8_t)(state >> 16);
			row->stripes[data][b] ^= row->stripes[i][b];
			row->stripes[data + 1][b] ^= multiply(power, row->stripes[i][b]);
		}
		power = multiply(power, 2);
	}
}

static void free_row(struct row *row)
{
	uint16_t i;

	for (i = 0; i < row->data + 2; i++)
		free(row->stripes[i]);
}

static void expect_made(const struct row *row, uint16_t stripes, uint16_t lost, uint16_t other,
			uint8_t *sum)
{
	uint16_t i;

	memset(sum, 0, LEN);
	for (i = 0; i < stripes; i++) {
		uint8_t factor = zr_parity_factor(row->data, lost, other, i);

		if (i == lost || i == other)
			assert_int_equal(factor, 0);
		if (factor)
			zr_parity_add(sum, row->stripes[i], LEN, factor);
	}
	if (memcmp(sum, row->stripes[lost], LEN))
		fail_msg("%u stripes of data: %u is not made without %u", row->data, lost, other);
}

static void each_stripe_is_made(void **state)
{
	uint8_t *sum = zr_buffer_alloc(LEN);
	uint16_t data;
	uint16_t lost;
	uint16_t other;

	(void)state;
	assert_non_null(sum);
	for (data = 1; data <= 9; data++) {
		struct row row;

		make_row(&row, data);
		for (lost = 0; lost < data; lost++) {
			/* Without Q, which RAID5 has not. */
			expect_made(&row, data + 1, lost, ZR_PARITY_NONE, sum);
			for (other = 0; other < data + 2; other++)
				if (other != lost)
					expect_made(&row, data + 2, lost, other, sum);
		}
		free_row(&row);
	}
	free(sum);
}

/* The last power of two that comes once. */
static void the_longest_row(void **state)
{
	static const uint16_t others[] = { 0, 1, 127, 253, 255, 256, ZR_PARITY_NONE };
	uint8_t *sum = zr_buffer_alloc(LEN);
	struct row row;
	size_t i;

	(void)state;
	assert_non_null(sum);
	make_row(&row, ZR_PARITY_DATA_MAX);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expect_made(&row, MOST, 254, others[i], sum);
	free_row(&row);
	free(sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stripe_is_made),
		cmocka_unit_test(the_longest_row),
	};

	return cmocka_run_group_tests_name("parity", tests, NULL, NULL);
}
