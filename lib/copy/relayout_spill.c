// SPDX-License-Identifier: LGPL-2.1-or-later
#include "relayout_spill.h"

#include "buffer.h"
#include "item.h"
#include "ondisk.h"
#include "subvolume.h"
#include "tree.h"

#include <search.h>
#include <stdlib.h>

/*
 * Leaves that follow each other in a tree, from the left to the right: what is known at the end of
 * them, and what the leaf before them has to know of their beginning.
 */
struct part {
	uint64_t
		head; /* bytes of the inode that goes on at the beginning, if it ends in the part */
	uint64_t leaf; /* that has the item of the last inode; ZR_NOWHERE: one before the part */
	uint64_t inode; /* the last one, if it goes on behind that leaf; 0 if not */
	uint64_t bytes; /* of that inode, behind that leaf */
	uint64_t last; /* leaf */
};

/* A node that was visited. */
struct node {
	uint64_t logical;
	struct part part;
};

struct walk {
	struct zr_prealloc *prealloc;
	struct zr_source *source;
	bool check; /* all is known, and has to be found again */
	void *nodes; /* tsearch() */
	uint8_t *buffers[ZR_TREE_LEVELS]; /* a node of each level */
	struct zr_error *err;
};

static int compare_nodes(const void *first, const void *second)
{
	uint64_t a = ((const struct node *)first)->logical;
	uint64_t b = ((const struct node *)second)->logical;

	return (a > b) - (a < b);
}

static bool recall(const struct walk *walk, uint64_t logical, struct part *part)
{
	const struct node wanted = { .logical = logical };
	struct node *const *found = tfind(&wanted, &walk->nodes, compare_nodes);

	if (found)
		*part = (*found)->part;
	return found;
}

static int remember(struct walk *walk, uint64_t logical, const struct part *part)
{
	struct node *node = malloc(sizeof(*node));

	if (!node)
		return zr_fail_nomem(walk->err);
	*node = (struct node){ logical, *part };
	if (tsearch(node, &walk->nodes, compare_nodes))
		return 0;
	free(node);
	return zr_fail_nomem(walk->err);
}

static int tell(struct walk *walk, uint64_t leaf, uint64_t inode, uint64_t bytes)
{
	const struct zr_spill spill = { leaf, inode, bytes };

	if (walk->check)
		return zr_prealloc_check_spill(walk->prealloc, &spill, walk->err);
	return bytes ? zr_prealloc_add_spill(walk->prealloc, &spill, walk->err) : 0;
}

/* The last inode of a part does not go on any further. */
static int end_inode(struct walk *walk, struct part *part)
{
	if (part->leaf != ZR_NOWHERE)
		return tell(walk, part->leaf, part->inode, part->bytes);
	part->head = part->bytes;
	return 0;
}

/* And neither does any other that the last leaf has. */
static int end_part(struct walk *walk, struct part *part)
{
	int rc = end_inode(walk, part);

	return rc || !part->inode ? rc : tell(walk, part->last, 0, 0);
}

/* What follows begins within an inode: go on with it. */
static int go_on(struct walk *walk, struct part *part, uint64_t inode, const struct part *next)
{
	bool whole = next->leaf == ZR_NOWHERE;
	int rc = 0;

	if (part->inode && part->inode != inode) {
		rc = end_inode(walk, part);
		part->leaf = part->last;
		part->bytes = 0;
	}
	part->inode = inode;
	part->bytes += whole ? next->bytes : next->head;
	part->last = next->last;
	return rc || whole ? rc : end_inode(walk, part);
}

static int append(struct walk *walk, struct part *part, const struct zr_key *first,
		  const struct part *next)
{
	int rc = zr_prealloc_goes_on(first) ? go_on(walk, part, first->objectid, next)
					    : end_part(walk, part);
	uint64_t head = part->head;

	if (zr_prealloc_goes_on(first) && next->leaf == ZR_NOWHERE)
		return rc;
	*part = *next;
	part->head = head;
	return rc;
}

static void look_at_leaf(const struct walk *walk, uint64_t logical, const struct zr_key *first,
			 struct part *part)
{
	*part = (struct part){ .leaf = logical, .last = logical };
	if (!first || !zr_prealloc_goes_on(first))
		return;
	part->leaf = ZR_NOWHERE;
	part->inode = first->objectid;
	part->bytes = zr_prealloc_head(walk->prealloc, logical);
}

static int visit(struct walk *walk, const struct zr_block_expect *expect, struct part *part);

static int visit_children(struct walk *walk, const struct zr_block *node,
			  const struct zr_key *end_key, struct part *part)
{
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < node->nritems && !rc; slot++) {
		struct zr_pointer pointer;
		struct zr_pointer after;
		struct zr_block_expect expect = {
			.owner = ZR_ANY_OWNER,
			.level = (uint8_t)(node->level - 1),
			.first_key = &pointer.key,
			.end_key = end_key,
		};
		struct part child;

		zr_block_pointer(node, slot, &pointer);
		expect.logical = pointer.logical;
		expect.generation = pointer.generation;
		if (slot + 1 < node->nritems) {
			zr_block_pointer(node, slot + 1, &after);
			expect.end_key = &after.key;
		}
		rc = visit(walk, &expect, &child);
		if (!rc)
			rc = append(walk, part, &pointer.key, &child);
	}
	return rc;
}

static int visit(struct walk *walk, const struct zr_block_expect *expect, struct part *part)
{
	uint8_t **buffer = &walk->buffers[expect->level];
	struct zr_block node;
	int rc;

	if (!expect->level) {
		look_at_leaf(walk, expect->logical, expect->first_key, part);
		return 0;
	}
	if (recall(walk, expect->logical, part))
		return 0;
	if (!*buffer)
		*buffer = zr_buffer_alloc(walk->source->super.nodesize);
	if (!*buffer)
		return zr_fail_nomem(walk->err);
	rc = zr_tree_block_read(walk->source, expect, *buffer, &node, walk->err);
	*part = (struct part){ .leaf = ZR_NOWHERE, .last = ZR_NOWHERE };
	if (!rc)
		rc = visit_children(walk, &node, expect->end_key, part);
	return rc ? rc : remember(walk, expect->logical, part);
}

static int visit_root(struct walk *walk, const struct zr_cursor *roots)
{
	struct zr_block_expect expect = { .owner = ZR_ANY_OWNER };
	struct zr_root root;
	struct zr_item item;
	struct part part;
	int rc;

	zr_cursor_item(roots, &item);
	if (item.key.type != BTRFS_ROOT_ITEM_KEY || !zr_tree_is_subvolume(item.key.objectid))
		return 0;
	rc = zr_root_decode(&item, &walk->source->check.items, &root, walk->err);
	if (rc)
		return rc < 0 ? rc : 0;
	expect.logical = root.logical;
	expect.generation = root.generation;
	expect.level = root.level;
	rc = visit(walk, &expect, &part);
	return rc ? rc : end_part(walk, &part);
}

static int visit_all(struct walk *walk)
{
	const struct zr_key first = { 0 };
	struct zr_cursor roots;
	int rc;

	zr_cursor_init(&roots, walk->source, &walk->source->root_tree);
	for (rc = zr_cursor_seek(&roots, &first, walk->err); !rc;
	     rc = zr_cursor_next(&roots, walk->err)) {
		rc = visit_root(walk, &roots);
		if (rc)
			break;
	}
	zr_cursor_free(&roots);
	tdestroy(walk->nodes, free);
	walk->nodes = NULL;
	return rc < 0 ? rc : 0;
}

int zr_relayout_spill(struct zr_prealloc *prealloc, struct zr_source *source, struct zr_error *err)
{
	struct walk walk = { .prealloc = prealloc, .source = source, .err = err };
	int level;
	int rc;

	if (!prealloc->head_count)
		return 0;
	rc = visit_all(&walk);
	zr_prealloc_sort_spills(prealloc);
	walk.check = true;
	if (!rc)
		rc = visit_all(&walk);
	for (level = 0; level < ZR_TREE_LEVELS; level++)
		free(walk.buffers[level]);
	return rc;
}
