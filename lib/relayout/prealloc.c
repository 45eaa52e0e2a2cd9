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

static int add_dropped(struct zr_prealloc *prealloc, const struct zr_block *leaf, bool shared,
		       const struct zr_key *key, const struct zr_file_extent *extent,
		       struct zr_error *err)
{
	int rc = zr_array_reserve(&prealloc->dropped, &prealloc->dropped_capacity,
				  prealloc->dropped_count, sizeof(*prealloc->dropped), err);

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

/* Inodes come in order within a leaf, and the last one may come again in the next. */
static int add_inode(struct zr_prealloc *prealloc, uint64_t inode, struct zr_error *err)
{
	int rc;

	if (prealloc->inode_count && prealloc->inodes[prealloc->inode_count - 1] == inode)
		return 0;
	rc = zr_array_reserve(&prealloc->inodes, &prealloc->inode_capacity, prealloc->inode_count,
			      sizeof(*prealloc->inodes), err);
	if (!rc)
		prealloc->inodes[prealloc->inode_count++] = inode;
	return rc;
}

int zr_prealloc_take(struct zr_prealloc *prealloc, const struct zr_block *leaf, bool shared,
		     const struct zr_item_context *ctx, struct zr_error *err)
{
	uint64_t inode = 0; /* that the leaf has the item of */
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < leaf->nritems && !rc; slot++) {
		struct zr_file_extent extent;
		struct zr_item item;

		zr_block_item(leaf, slot, &item);
		if (item.key.type == BTRFS_INODE_ITEM_KEY)
			inode = item.key.objectid;
		if (!zr_file_extent_is_prealloc(&item))
			continue;
		prealloc->items++;
		rc = zr_file_extent_decode(&item, ctx, &extent, err);
		if (!rc)
			rc = add_dropped(prealloc, leaf, shared, &item.key, &extent, err);
		if (!rc && item.key.objectid != inode)
			rc = add_inode(prealloc, item.key.objectid, err);
	}
	return rc < 0 ? rc : 0;
}

static int compare_inodes(const void *first, const void *second)
{
	return compare_numbers(*(const uint64_t *)first, *(const uint64_t *)second);
}

static void merge_dropped(struct zr_prealloc *prealloc)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < prealloc->dropped_count; i++) {
		struct zr_dropped *last = kept ? &prealloc->dropped[kept - 1] : NULL;

		if (last && !compare_dropped(last, &prealloc->dropped[i]))
			last->count += prealloc->dropped[i].count;
		else
			prealloc->dropped[kept++] = prealloc->dropped[i];
	}
	prealloc->dropped_count = kept;
}

void zr_prealloc_sort(struct zr_prealloc *prealloc)
{
	size_t kept = 0;
	size_t i;

	if (prealloc->dropped_count)
		qsort(prealloc->dropped, prealloc->dropped_count, sizeof(*prealloc->dropped),
		      compare_dropped);
	merge_dropped(prealloc);
	if (prealloc->inode_count)
		qsort(prealloc->inodes, prealloc->inode_count, sizeof(*prealloc->inodes),
		      compare_inodes);
	for (i = 0; i < prealloc->inode_count; i++)
		if (!kept || prealloc->inodes[kept - 1] != prealloc->inodes[i])
			prealloc->inodes[kept++] = prealloc->inodes[i];
	prealloc->inode_count = kept;
}

/* Index of the first spill that is not before a leaf and an inode. */
static size_t find_spill(const struct zr_prealloc *prealloc, uint64_t leaf, uint64_t inode)
{
	size_t low = 0;
	size_t high = prealloc->spill_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct zr_spill *spill = &prealloc->spills[middle];

		if (spill->leaf < leaf || (spill->leaf == leaf && spill->inode < inode))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct zr_prealloc *prealloc, size_t at, uint64_t leaf, uint64_t inode)
{
	return at < prealloc->spill_count && prealloc->spills[at].leaf == leaf &&
	       prealloc->spills[at].inode == inode;
}

int zr_prealloc_add_spill(struct zr_prealloc *prealloc, const struct zr_spill *spill,
			  struct zr_error *err)
{
	size_t at = find_spill(prealloc, spill->leaf, spill->inode);
	struct zr_spill *spills;
	int rc;

	if (is_at(prealloc, at, spill->leaf, spill->inode)) {
		if (prealloc->spills[at].bytes == spill->bytes)
			return 0;
		return zr_fail(err, ZR_E_EXTENT,
			       "inode item: inode %llu in the leaf at logical %llu is shared by "
			       "subvolumes in which %llu and %llu bytes are preallocated",
			       (ull)spill->inode, (ull)spill->leaf, (ull)prealloc->spills[at].bytes,
			       (ull)spill->bytes);
	}
	rc = zr_array_reserve(&prealloc->spills, &prealloc->spill_capacity, prealloc->spill_count,
			      sizeof(*prealloc->spills), err);
	if (rc)
		return rc;
	spills = prealloc->spills;
	memmove(&spills[at + 1], &spills[at], (prealloc->spill_count - at) * sizeof(*spills));
	spills[at] = *spill;
	prealloc->spill_count++;
	return 0;
}

uint64_t zr_prealloc_spilled(const struct zr_prealloc *prealloc, uint64_t leaf, uint64_t inode)
{
	size_t at = find_spill(prealloc, leaf, inode);

	return is_at(prealloc, at, leaf, inode) ? prealloc->spills[at].bytes : 0;
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
	free(prealloc->inodes);
}
