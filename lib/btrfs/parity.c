// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parity.h"

#include <isa-l/erasure_code.h>

/* Bytes of the tables that the library needs for one factor. */
#define TABLE 32

static uint8_t power_of_two(uint16_t exponent)
{
	uint8_t power = 1;

	while (exponent--)
		power = gf_mul(power, 2);
	return power;
}

static uint8_t divide(uint8_t dividend, uint8_t divisor)
{
	return gf_mul(dividend, gf_inv(divisor));
}

/* lost = P + the other data */
static uint8_t factor_by_p(uint16_t data, uint16_t stripe)
{
	return stripe <= data;
}

/* 2^lost * lost = Q + the other data, each by its power */
static uint8_t factor_by_q(uint16_t data, uint16_t lost, uint16_t stripe)
{
	uint8_t power = power_of_two(lost);

	if (stripe == data)
		return 0;
	return divide(stripe > data ? 1 : power_of_two(stripe), power);
}

/* (2^lost + 2^other) * lost = 2^other * (P + the others) + Q + the others, each by its power */
static uint8_t factor_by_both(uint16_t data, uint16_t lost, uint16_t other, uint16_t stripe)
{
	uint8_t power = power_of_two(other);
	uint8_t divisor = power_of_two(lost) ^ power;

	if (stripe < data)
		return divide(power ^ power_of_two(stripe), divisor);
	return divide(stripe == data ? power : 1, divisor);
}

uint8_t zr_parity_factor(uint16_t data, uint16_t lost, uint16_t other, uint16_t stripe)
{
	if (stripe == lost || stripe == other)
		return 0;
	if (other < data)
		return factor_by_both(data, lost, other, stripe);
	if (other == data)
		return factor_by_q(data, lost, stripe);
	return factor_by_p(data, stripe);
}

void zr_parity_add(void *sum, const void *bytes, size_t len, uint8_t factor)
{
	unsigned char table[TABLE];

	ec_init_tables(1, 1, &factor, table);
	/* The library takes what it adds without const, but only reads it. */
	gf_vect_mad((int)len, 1, 0, table, (unsigned char *)(uintptr_t)bytes, sum);
}
