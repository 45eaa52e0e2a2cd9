/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A good plan to break one thing in at a time: the proof must fail, and for the right reason.
 */
#ifndef TEST_PLAN_MUTATION_H
#define TEST_PLAN_MUTATION_H

#include "test_plan_facts.h"

#define BIG (256 * MIB)

/* Numbers of the good plan's zones. */
enum { SYS0, SYS1, META0, META1, OPEN, FINISHED, FULL, EMPTY, ZONES };

struct mutation {
	const char *name;
	void (*mutate)(struct facts *facts);
	const char *word;
};

/*
 * Two superblocks, a limit at which one data zone is finished, conventional zones under a stripe
 * and at two places that are wiped.
 */
static inline struct facts *facts_good(void)
{
	struct facts *facts = facts_sized(600 * GIB, BIG);

	facts->in.total_bytes = 599 * GIB;
	facts->in.target.max_active = 10;
	facts_add(facts, SYSTEM | DUP, 2, NODE);
	facts_add(facts, METADATA | DUP, 4, 3 * NODE);
	facts_add(facts, DATA, 6, MIB);
	facts_add(facts, DATA, 7, 3 * MIB);
	facts_add(facts, DATA, 8, BIG);
	facts_add(facts, DATA, 9, 0);
	facts->groups[2].used = MIB - SECTOR;
	facts_conventional(facts->source_zones, 2, 1);
	facts_conventional(facts->target_zones, 2, 1);
	facts_conventional(facts->target_zones, 1024, 1);
	facts_conventional(facts->target_zones, 2399, 1);
	facts->target_zones[8].cond = ZR_COND_FULL;
	facts->target_zones[20].cond = ZR_COND_FULL;
	facts->target_zones[21].cond = ZR_COND_OFFLINE;
	facts_plan(facts);
	return facts;
}

/* A row of a table of mutations, named as its function. */
#define MUTATION(function, text)                                    \
	{                                                           \
		.name = #function, .mutate = function, .word = text \
	}

static inline void check_mutation(const struct mutation *it)
{
	struct facts *facts = facts_good();
	int ret;

	it->mutate(facts);
	ret = zr_plan_check(facts->plan, &facts->in, &facts->err);
	if (ret != -ZR_E_PLAN || !strstr(facts->err.text, it->word))
		fail_msg("%s: %s, '%s'", it->name, zr_error_name(ret), facts->err.text);
	facts_free(facts);
}

static inline void check_mutations(const struct mutation *mutations, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		check_mutation(&mutations[i]);
}

#endif
