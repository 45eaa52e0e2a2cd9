// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a plan, letter by letter. */
#include "test_plan_facts.h"

#include <stdio.h>

static const char golden[] =
	"fsid 01234567-89ab-cdef-fedc-ba9876543210\n"
	"devid 1\n"
	"generation 42\n"
	"zone size 4194304\n"
	"total bytes 125829120\n"
	"target bytes 134217728\n"
	"used bytes 8486912\n"
	"fill bytes 32768\n"
	"lost bytes 1048576\n"
	"zones 8 empty 1 finished 1\n"
	"superblocks 1\n"
	"active 5 of 9\n"
	"wipe 67108864 length 4096\n"
	"reset 0\n"
	"reset 4194304\n"
	"reset 50331648\n"
	"zone 8388608 -> 8388608 logical 1073741824 system,dup stripe 0 used 16384 last 16384"
	" end 16384 conventional\n"
	"zone 12582912 -> 12582912 logical 1073741824 system,dup stripe 1 used 16384 last 16384"
	" end 16384 open\n"
	"zone 16777216 -> 16777216 logical 1077936128 metadata,dup stripe 0 used 32768 last 49152"
	" end 49152 open\n"
	"zone 20971520 -> 20971520 logical 1077936128 metadata,dup stripe 1 used 32768 last 49152"
	" end 49152 open\n"
	"zone 25165824 -> 25165824 logical 1082130432 data,single stripe 0 used 1048576"
	" last 1048576 end 1048576 open\n"
	"zone 29360128 -> 29360128 logical 1086324736 data,single stripe 0 used 3145728"
	" last 3145728 end 3145728 finish lost 1048576\n"
	"zone 33554432 -> 33554432 logical 1090519040 data,single stripe 0 used 4194304"
	" last 4194304 end 4194304 full\n"
	"zone 37748736 -> 37748736 logical 1094713344 data,single stripe 0 used 0 last 0 end 0"
	" empty\n"
	"superblock 0 at 0 bytenr 65536 log\n";

static struct facts *facts_golden(void)
{
	struct facts *facts = facts_new(32);

	facts->in.total_bytes = 30 * ZONE;
	facts->in.target.max_active = 9;
	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, METADATA | DUP, 4, 3 * NODE);
	facts->groups[1].used = 2 * NODE;
	facts_add(facts, DATA, 6, MIB);
	facts_add(facts, DATA, 7, 3 * MIB);
	facts_add(facts, DATA, 8, ZONE);
	facts_add(facts, DATA, 9, 0);
	facts_conventional(facts->source_zones, 2, 1);
	facts_conventional(facts->target_zones, 2, 1);
	facts_conventional(facts->target_zones, 16, 1);
	facts->target_zones[12].cond = ZR_COND_FULL;
	return facts;
}

static void test_golden(void **state)
{
	struct facts *facts = facts_golden();
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	assert_int_equal(zr_plan_text(facts_plan(facts), ZR_PLAN_WHOLE, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, golden);
	free(text);
	facts_free(facts);
}

static void test_unlimited(void **state)
{
	struct facts *facts = facts_golden();
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	facts->in.target.max_active = 0;
	assert_int_equal(zr_plan_text(facts_plan(facts), ZR_PLAN_WHOLE, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "\nactive 6 without limit\n"));
	free(text);
	facts_free(facts);
}

static void test_write_failure(void **state)
{
	struct facts *facts = facts_golden();
	FILE *out = fopen("/dev/full", "w");

	(void)state;
	if (!out)
		skip();
	assert_int_equal(zr_plan_text(facts_plan(facts), ZR_PLAN_WHOLE, out), -1);
	fclose(out);
	facts_free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_unlimited),
		cmocka_unit_test(test_write_failure),
	};

	return cmocka_run_group_tests_name("plan text", tests, NULL, NULL);
}
