// SPDX-License-Identifier: GPL-2.0-or-later
/* Which zone gets the next unit: no zone waits for one that has none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "turns.h"

#define SLOTS 4

static uint32_t feed(struct zr_turn *turns, uint32_t *next)
{
	uint32_t chosen = zr_turn_choose(turns, SLOTS, next);

	if (chosen < SLOTS)
		turns[chosen].fed = true;
	return chosen;
}

static void test_nothing_to_walk(void **state)
{
	struct zr_turn turns[SLOTS] = { { .zone = 3 } };
	uint32_t next = 2;

	(void)state;
	assert_int_equal(feed(turns, &next), SLOTS);
	assert_int_equal(next, 2);
}

/* Zones 7, 8 and 9 begin at once, in slots that became free; the turn is at that of 8. */
static void test_first_units_in_the_order_of_zones(void **state)
{
	struct zr_turn turns[SLOTS] = { { 0 } };
	uint32_t next = 1;

	(void)state;
	zr_turn_begin(&turns[0], 7);
	zr_turn_begin(&turns[1], 8);
	zr_turn_begin(&turns[3], 9);
	assert_int_equal(feed(turns, &next), 0);
	assert_int_equal(feed(turns, &next), 1);
	assert_int_equal(feed(turns, &next), 3);
}

static void test_a_zone_that_begins_comes_first(void **state)
{
	struct zr_turn turns[SLOTS] = { { 0 } };
	uint32_t next = 0;

	(void)state;
	zr_turn_begin(&turns[1], 4);
	assert_int_equal(feed(turns, &next), 1);
	zr_turn_begin(&turns[0], 5);
	zr_turn_begin(&turns[2], 6);
	assert_int_equal(feed(turns, &next), 0);
	assert_int_equal(feed(turns, &next), 2);
	zr_turn_begin(&turns[1], 7);
	assert_int_equal(feed(turns, &next), 1);
}

/* Behind the first units all zones get as many. */
static void test_then_they_take_turns(void **state)
{
	static const uint32_t expected[] = { 0, 2, 3, 0, 2, 3, 0, 2 };
	struct zr_turn turns[SLOTS] = { { 0 } };
	uint32_t next = 0;
	size_t i;

	(void)state;
	zr_turn_begin(&turns[0], 1);
	zr_turn_begin(&turns[2], 2);
	zr_turn_begin(&turns[3], 3);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(feed(turns, &next), expected[i]);
	turns[3].walking = false;
	assert_int_equal(feed(turns, &next), 0);
	assert_int_equal(feed(turns, &next), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_to_walk),
		cmocka_unit_test(test_first_units_in_the_order_of_zones),
		cmocka_unit_test(test_a_zone_that_begins_comes_first),
		cmocka_unit_test(test_then_they_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
