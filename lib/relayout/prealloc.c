// SPDX-License-Identifier: LGPL-2.1-or-later
#include "prealloc.h"

#include "buffer.h"
#include "ondisk.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By extent, then by what makes references alike. */
static int compare_dropped(const void *first, const void *second)
{
	const struct zr_dropped *a = first;
	const struct zr_dropped *b = second;
	int order = compare_numbers(a->extent, b->extent);

	if (!order)
		order = compare_numbers(a->shared, b->shared);
	if (!order)
		order = compare_numbers(a->owner, b->owner);
	if (!order)
		order = compare_numbers(a->inode, b->inode);
	return order ? order : compare_numbers(a->offset, b->offset);
}

static void merge_dropped(struct zr_prealloc *prealloc)
{
	size_t kept = 0;
	size_t i;

	if (prealloc->dropped_count)
		qsort(prealloc->dropped, prealloc->dropped_count, sizeof(*prealloc->dropped),
		      compare_dropped);
	for (i = 0; i < prealloc->dropped_count; i++) {
		struct zr_dropped *last = kept ? &prealloc->dropped[kept - 1] : NULL;

		if (last && !compare_dropped(last, &prealloc->dropped[i]))
			last->count += prealloc->dropped[i].count;
		else
			prealloc->dropped[kept++] = prealloc->dropped[i];
	}
	prealloc->dropped_count = kept;
}

/* The array grows only if half of it is still used when what is alike is one. */
static int make_room(struct zr_prealloc *prealloc, struct zr_error *err)
{
	if (prealloc->dropped_count < prealloc->dropped_capacity)
		return 0;
	merge_dropped(prealloc);
	if (prealloc->dropped_count && prealloc->dropped_count <= prealloc->dropped_capacity / 2)
		return 0;
	return zr_array_reserve(&prealloc->dropped, &prealloc->dropped_capacity,
				prealloc->dropped_capacity, sizeof(*prealloc->dropped), err);
}

static int add_dropped(struct zr_prealloc *prealloc, const struct zr_block *leaf, bool shared,
		       const struct zr_key *key, const struct zr_file_extent *extent,
		       struct zr_error *err)
{
	int rc = make_room(prealloc, err);

	if (rc)
		return rc;
	prealloc->dropped[prealloc->dropped_count++] = (struct zr_dropped){
		.extent = extent->disk.logical,
		.count = 1,
		.owner = shared ? leaf->logical : leaf->owner,
		.inode = shared ? 0 : key->objectid,
		.offset = shared ? 0 : key->offset - extent->offset,
		.shared = shared,
	};
	return 0;
}

static int add_head(struct zr_prealloc *prealloc, uint64_t leaf, uint64_t bytes,
		    struct zr_error *err)
{
	int rc = bytes ? zr_array_reserve(&prealloc->heads, &prealloc->head_capacity,
					  prealloc->head_count, sizeof(*prealloc->heads), err)
		       : 0;

	if (!rc && bytes)
		prealloc->heads[prealloc->head_count++] = (struct zr_head){ leaf, bytes };
	return rc;
}

int zr_prealloc_take(struct zr_prealloc *prealloc, const struct zr_block *leaf, bool shared,
		     const struct zr_item_context *ctx, struct zr_error *err)
{
	const struct zr_key first = zr_block_key(leaf, 0);
	uint64_t head = 0;
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < leaf->nritems && !rc; slot++) {
		struct zr_file_extent extent;
		struct zr_item item;

		zr_block_item(leaf, slot, &item);
		if (!zr_file_extent_is_prealloc(&item))
			continue;
		prealloc->items++;
		rc = zr_file_extent_decode(&item, ctx, &extent, err);
		if (!rc)
			rc = add_dropped(prealloc, leaf, shared, &item.key, &extent, err);
		if (!rc && zr_prealloc_goes_on(&first) && item.key.objectid == first.objectid)
			head += extent.len;
	}
	return rc ? rc : add_head(prealloc, leaf->logical, head, err);
}

bool zr_prealloc_goes_on(const struct zr_key *first)
{
	return first->type != BTRFS_INODE_ITEM_KEY;
}

static int compare_heads(const void *first, const void *second)
{
	return compare_numbers(((const struct zr_head *)first)->leaf,
			       ((const struct zr_head *)second)->leaf);
}

static int compare_spills(const void *first, const void *second)
{
	return compare_numbers(((const struct zr_spill *)first)->leaf,
			       ((const struct zr_spill *)second)->leaf);
}

void zr_prealloc_sort(struct zr_prealloc *prealloc)
{
	merge_dropped(prealloc);
	if (prealloc->head_count)
		qsort(prealloc->heads, prealloc->head_count, sizeof(*prealloc->heads),
		      compare_heads);
}

uint64_t zr_prealloc_head(const struct zr_prealloc *prealloc, uint64_t leaf)
{
	const struct zr_head wanted = { .leaf = leaf };
	const struct zr_head *head = NULL;

	if (prealloc->head_count)
		head = bsearch(&wanted, prealloc->heads, prealloc->head_count, sizeof(*head),
			       compare_heads);
	return head ? head->bytes : 0;
}

int zr_prealloc_add_spill(struct zr_prealloc *prealloc, const struct zr_spill *spill,
			  struct zr_error *err)
{
	int rc = zr_array_reserve(&prealloc->spills, &prealloc->spill_capacity,
				  prealloc->spill_count, sizeof(*prealloc->spills), err);

	if (!rc)
		prealloc->spills[prealloc->spill_count++] = *spill;
	return rc;
}

void zr_prealloc_sort_spills(struct zr_prealloc *prealloc)
{
	size_t kept = 0;
	size_t i;

	if (prealloc->spill_count)
		qsort(prealloc->spills, prealloc->spill_count, sizeof(*prealloc->spills),
		      compare_spills);
	for (i = 0; i < prealloc->spill_count; i++)
		if (!kept || prealloc->spills[kept - 1].leaf != prealloc->spills[i].leaf)
			prealloc->spills[kept++] = prealloc->spills[i];
	prealloc->spill_count = kept;
}

static struct zr_spill find_spill(const struct zr_prealloc *prealloc, uint64_t leaf)
{
	const struct zr_spill none = { .leaf = leaf };
	const struct zr_spill *spill = NULL;

	if (prealloc->spill_count)
		spill = bsearch(&none, prealloc->spills, prealloc->spill_count, sizeof(*spill),
				compare_spills);
	return spill ? *spill : none;
}

int zr_prealloc_check_spill(const struct zr_prealloc *prealloc, const struct zr_spill *spill,
			    struct zr_error *err)
{
	const struct zr_spill found = find_spill(prealloc, spill->leaf);

	if (found.bytes == spill->bytes && (!found.bytes || found.inode == spill->inode))
		return 0;
	return zr_fail(err, ZR_E_EXTENT,
		       "tree block: the leaf at logical %llu is shared by subvolumes in which %llu "
		       "bytes of inode %llu and %llu of inode %llu are preallocated behind it",
		       (ull)spill->leaf, (ull)found.bytes, (ull)found.inode, (ull)spill->bytes,
		       (ull)spill->inode);
}

uint64_t zr_prealloc_spilled(const struct zr_prealloc *prealloc, uint64_t leaf, uint64_t inode)
{
	const struct zr_spill spill = find_spill(prealloc, leaf);

	return spill.inode == inode ? spill.bytes : 0;
}

/* Index of the first reference that is not before one. */
static size_t find_dropped(const struct zr_prealloc *prealloc, const struct zr_dropped *wanted)
{
	size_t low = 0;
	size_t high = prealloc->dropped_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_dropped(&prealloc->dropped[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t zr_prealloc_references(const struct zr_prealloc *prealloc, uint64_t extent)
{
	const struct zr_dropped first = { .extent = extent };
	size_t at = find_dropped(prealloc, &first);
	uint64_t count = 0;

	for (; at < prealloc->dropped_count && prealloc->dropped[at].extent == extent; at++)
		count += prealloc->dropped[at].count;
	return count;
}

uint64_t zr_prealloc_dropped(const struct zr_prealloc *prealloc, uint64_t extent,
			     const struct zr_reference *reference)
{
	bool shared = reference->kind == ZR_REFERENCE_PARENT_LEAF;
	const struct zr_dropped wanted = {
		.extent = extent,
		.shared = shared,
		.owner = shared ? reference->parent : reference->tree,
		.inode = shared ? 0 : reference->inode,
		.offset = shared ? 0 : reference->offset,
	};
	size_t at = find_dropped(prealloc, &wanted);

	if (at == prealloc->dropped_count || compare_dropped(&prealloc->dropped[at], &wanted))
		return 0;
	return prealloc->dropped[at].count;
}

void zr_prealloc_free(struct zr_prealloc *prealloc)
{
	free(prealloc->dropped);
	free(prealloc->spills);
	free(prealloc->heads);
}
