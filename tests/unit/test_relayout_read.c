// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a source a new layout is planned from, and what of it is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "build_block.h"
#include "plan.h"
#include "tiny_volume.h"

#include <zreplace/job.h>

#define INODE 257

/* A file system with one file of preallocated parts, and its plan. */
struct planned {
	struct tiny_fs *fs;
	struct memory_device *from;
	struct memory_device *to;
	struct zr_source *source;
	struct zr_target *target;
	struct zr_plan *plan;
	struct zr_error err;
};

static void start(struct planned *planned)
{
	*planned = (struct planned){ .fs = tiny_new(NULL), .err = ZR_ERROR_INIT };
}

static void add_inode(struct planned *planned, uint64_t nbytes)
{
	tiny_poke(tiny_add(planned->fs, TINY_FS_TREE, INODE, 1, 0, 160)->data, 24, 8, nbytes);
}

/* Two sectors of the file, from the start of the first data extent. */
static void add_part(struct planned *planned, uint64_t at)
{
	const struct tiny_part part = {
		.inode = INODE,
		.at = at,
		.logical = TINY_DATA,
		.disk_len = 5 * TINY_SECTOR,
		.len = 2 * TINY_SECTOR,
	};

	tiny_add_part(&planned->fs->trees[TINY_FS_TREE], &part);
	tiny_item(planned->fs, TINY_FS_TREE, INODE, 108, at)->data[20] = 2;
}

/* The first data extent has references of the file as if it began at its start. */
static void add_references(struct planned *planned, uint32_t refs, uint32_t count, bool keyed)
{
	const struct tiny_ref ref = { .type = 178, .number = 5, .inode = INODE };
	struct tiny_item *extent = tiny_bare_extent(planned->fs, TINY_DATA);

	tiny_poke(extent->data, 0, 8, refs);
	if (!keyed)
		tiny_add_inline(extent, &ref);
	else
		extent = tiny_add_keyed(planned->fs, TINY_DATA, &ref, 99);
	tiny_poke(extent->data, extent->size - 4, 4, count);
}

static void write_source(struct planned *planned)
{
	planned->from = tiny_source(planned->fs, true);
}

/* A leaf with an item that nothing looks into. */
static void put_leaf(struct planned *planned, uint64_t owner, uint64_t logical)
{
	struct tiny_items list = { 0 };

	tiny_list_add(&list, logical, 60, 0, 8);
	tiny_put_leaf(planned->fs, planned->from, logical, owner, &list);
	free(list.items);
}

static int plan(struct planned *planned)
{
	const struct memory_options zones = { .zones = 14 };
	const struct zr_plan_options options = {
		.size = sizeof(options),
		.relayout = ZR_RELAYOUT_ALWAYS,
		.metadata = ZR_METADATA_SINGLE,
	};

	if (!planned->from)
		write_source(planned);
	planned->source = tiny_open(planned->from);
	if (!planned->to)
		planned->to = memory_new(&zones, "target");
	planned->target = tiny_target(planned->to);
	return zr_plan_build(&planned->plan, planned->source, planned->target, &options,
			     &planned->err);
}

static void end(struct planned *planned)
{
	zr_plan_free(planned->plan);
	zr_source_close(planned->source);
	zr_target_close(planned->target);
	memory_free(planned->from);
	memory_free(planned->to);
	tiny_free(planned->fs);
}

static void expect_plan(struct planned *planned, uint64_t holes)
{
	struct zr_plan_relayout relayout;

	expect_accepted("plan", plan(planned), &planned->err);
	assert_int_equal(zr_plan_relayout(planned->plan, &relayout), 0);
	assert_int_equal(relayout.holes, holes);
	end(planned);
}

static void expect_no_plan(struct planned *planned, int code, const char *text)
{
	expect_refused(text, plan(planned), &planned->err, code, text);
	end(planned);
}

/* An extent that other files refer to stays, and one that none does goes. */
static void references_agree(void **state)
{
	uint32_t refs;

	(void)state;
	for (refs = 1; refs <= 2; refs++) {
		struct planned planned;

		start(&planned);
		add_inode(&planned, 2 * TINY_SECTOR);
		add_part(&planned, 0);
		add_references(&planned, refs, 1, refs == 2);
		expect_plan(&planned, 1);
	}
}

/*
 * The number of references goes down by all file extents that become holes, each back reference
 * by those that it counts. Where the two differ, extent items would come out that no kernel takes,
 * or an extent would go that a file still has.
 */
static void references_do_not_agree(void **state)
{
	uint32_t refs;

	(void)state;
	for (refs = 2; refs <= 3; refs++) {
		struct planned planned;

		start(&planned);
		add_inode(&planned, 4 * TINY_SECTOR);
		add_part(&planned, 0);
		add_part(&planned, 2 * TINY_SECTOR);
		add_references(&planned, refs, refs, false);
		expect_no_plan(&planned, ZR_E_EXTENT,
			       "preallocated file extents in back references, found 1 expected 2");
	}
}

static void no_reference_at_all(void **state)
{
	struct planned planned;

	(void)state;
	start(&planned);
	add_inode(&planned, 2 * TINY_SECTOR);
	add_part(&planned, 0);
	expect_no_plan(&planned, ZR_E_EXTENT, "found 0 expected 1");
}

/* One more tree block in the only block group of metadata. */
static void add_block(struct planned *planned, uint64_t logical, uint8_t level)
{
	uint8_t *group =
		tiny_item(planned->fs, TINY_EXTENT_TREE, TINY_METADATA, 192, MEMORY_ZONE_SIZE)
			->data;

	tiny_poke(group, 0, 8, tiny_peek(group, 0, 8) + TINY_NODE);
	tiny_bare_block(planned->fs, logical, level);
}

/* Disabling simple quotas leaves their feature flag behind. */
static void simple_quotas_that_were_disabled(void **state)
{
	int quotas;

	(void)state;
	for (quotas = 0; quotas < 2; quotas++) {
		struct planned planned;

		start(&planned);
		tiny_poke(planned.fs->super, 188, 8,
			  tiny_peek(planned.fs->super, 188, 8) | 1 << 16);
		add_inode(&planned, 2 * TINY_SECTOR);
		add_part(&planned, 0);
		add_references(&planned, 1, 1, false);
		if (quotas) {
			add_block(&planned, TINY_SPARE(0), 0);
			tiny_add_subvolume(planned.fs, 8, TINY_SPARE(0), 0, 5, NULL);
		}
		write_source(&planned);
		if (quotas)
			put_leaf(&planned, 8, TINY_SPARE(0));
		if (quotas)
			expect_no_plan(&planned, ZR_E_FEATURE, "simple quotas");
		else
			expect_plan(&planned, 1);
	}
}

/* Only the nodes above the place to which deleting came may point to what is free. */
static void a_subvolume_that_is_deleted_half_way(void **state)
{
	const uint64_t children[] = { TINY_SPARE(1), TINY_SPARE(2), TINY_SPARE(3) };
	struct planned planned;
	uint8_t *root;
	int i;

	(void)state;
	start(&planned);
	root = tiny_add_subvolume(planned.fs, 256, TINY_SPARE(0), 1, 5, NULL)->data;
	tiny_poke(root, 216, 4, 0);
	tiny_poke(root, 220, 8, TINY_SPARE(2));
	root[228] = 60;
	root[237] = 1;
	add_block(&planned, TINY_SPARE(0), 1);
	add_block(&planned, TINY_SPARE(2), 0);
	add_block(&planned, TINY_SPARE(3), 0);
	write_source(&planned);
	for (i = 0; i < 3; i++)
		put_leaf(&planned, 256, children[i]);
	tiny_put_node(planned.fs, planned.from, TINY_SPARE(0), 256, children, 3);
	expect_accepted("plan", plan(&planned), &planned.err);
	assert_int_equal(planned.plan->relayout->stale_count, 1);
	assert_int_equal(planned.plan->relayout->stale[0], TINY_SPARE(0));
	end(&planned);
}

/*
 * The second system chunk takes the zone that kept blocks were counted in, and leaves them those in
 * which each has a block group of its own.
 */
static void system_chunks_move_metadata(void **state)
{
	const struct memory_options zones = { .zones = 380, .cap = TINY_NODE };
	static struct tiny_extent data[160];
	const struct tiny_options options = { .leaves = 4, .data = data, .data_count = 160 };
	const struct zr_job_options job_options = {
		.size = sizeof(job_options),
		.force = 1,
		.serial = 1,
	};
	struct planned planned = { .err = ZR_ERROR_INIT };
	struct zr_job *job = NULL;
	uint64_t i;

	(void)state;
	for (i = 0; i < 160; i++)
		data[i] = (struct tiny_extent){ i * TINY_NODE, TINY_NODE, false };
	planned.fs = tiny_new(&options);
	for (i = 0; i < 170; i++)
		add_block(&planned, TINY_SPARE(i), 0);
	write_source(&planned);
	for (i = 0; i < 170; i++)
		put_leaf(&planned, 256, TINY_SPARE(i));
	planned.to = memory_new(&zones, "target");
	planned.to->zones[2].cap = 2 * TINY_NODE;
	planned.to->zones[3].cap = MEMORY_ZONE_SIZE;
	expect_accepted("plan", plan(&planned), &planned.err);
	assert_int_equal(planned.plan->relayout->layout.systems, 2);
	assert_int_equal(planned.plan->relayout->facts.kept_blocks, 171);
	assert_int_equal(planned.plan->relayout->segments[ZR_SEGMENT_KEPT], 2);
	assert_int_equal(zr_job_new(&job, planned.source, planned.target, planned.plan,
				    &job_options, &planned.err),
			 0);
	expect_accepted("job", zr_job_run(job, &planned.err), &planned.err);
	zr_job_free(job);
	end(&planned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_agree),
		cmocka_unit_test(references_do_not_agree),
		cmocka_unit_test(no_reference_at_all),
		cmocka_unit_test(simple_quotas_that_were_disabled),
		cmocka_unit_test(a_subvolume_that_is_deleted_half_way),
		cmocka_unit_test(system_chunks_move_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
