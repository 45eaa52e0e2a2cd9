/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Back references of extents, and the names of inodes and subvolumes. The tree checker does not
 * look at these items, because a copy does not depend on them; the decoders do.
 */
#ifndef ZR_BTRFS_REFERENCE_H
#define ZR_BTRFS_REFERENCE_H

#include "block.h"
#include "error.h"

enum zr_reference_kind {
	ZR_REFERENCE_TREE, /* a tree has this block */
	ZR_REFERENCE_PARENT_NODE, /* a node points to this block */
	ZR_REFERENCE_FILE, /* a file of a tree has this extent */
	ZR_REFERENCE_PARENT_LEAF, /* a leaf has file extents in this extent */
	ZR_REFERENCE_OTHER, /* says nothing about who uses it */
};

struct zr_reference {
	enum zr_reference_kind kind;
	uint64_t tree; /* TREE, FILE */
	uint64_t parent; /* PARENT_NODE, PARENT_LEAF: logical address */
	uint64_t inode; /* FILE */
	uint64_t
		offset; /* FILE: of the extent's first byte in the file; may have wrapped below 0 */
};

/* A name of an inode or a subvolume; lent by the item. */
struct zr_name {
	uint64_t directory; /* inode number of the directory that it is in */
	const uint8_t *bytes;
	uint16_t len;
};

/*
 * zr_reference_inline_start - where the back references in an EXTENT_ITEM or METADATA_ITEM begin
 * @item: one that zr_extent_decode() accepted
 *
 * Returns the offset in the item.
 */
uint32_t zr_reference_inline_start(const struct zr_item *item);

/*
 * zr_reference_inline_next - the next back reference in such an item
 * @at: offset in the item, moved behind the reference
 *
 * Returns 0, 1 at the end, or -ZR_E_EXTENT. The kernel: check_extent_item().
 */
int zr_reference_inline_next(const struct zr_item *item, uint32_t *at,
			     struct zr_reference *reference, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_reference_decode - a back reference that is an item of its own
 * Returns 0, 1 for an item of another kind, or -ZR_E_ITEM.
 */
int zr_reference_decode(const struct zr_item *item, struct zr_reference *reference,
			struct zr_error *err) ZR_NODISCARD;

/*
 * zr_inode_name_decode - the first name in an INODE_REF or INODE_EXTREF item
 * Returns 0 or -ZR_E_ITEM. The kernel: check_inode_ref().
 */
int zr_inode_name_decode(const struct zr_item *item, struct zr_name *name,
			 struct zr_error *err) ZR_NODISCARD;

/*
 * zr_subvolume_name_decode - the name in a ROOT_BACKREF item
 * Returns 0 or -ZR_E_ITEM.
 */
int zr_subvolume_name_decode(const struct zr_item *item, struct zr_name *name,
			     struct zr_error *err) ZR_NODISCARD;

#endif
