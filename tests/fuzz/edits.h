/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits of a tiny file system, made from the bytes of an input. One edit: a byte for the kind, one
 * for the tree, block group or zone, two for the place, one for the size of a number from 1 to 8
 * bytes, and the number; behind it, if an item is added, a byte for its type, one for its length,
 * and the item.
 */
#ifndef ZR_TESTS_EDITS_H
#define ZR_TESTS_EDITS_H

#include "fuzz.h"
#include "tiny_fs.h"

enum edit_kind {
	EDIT_SUPER, /* a number in the superblock */
	EDIT_ITEM, /* a number in an item; the high byte of the place is the item, in the next three
		      as well */
	EDIT_KEY, /* another objectid, type or offset, by the low byte of the place */
	EDIT_REMOVE, /* an item is missing */
	EDIT_REPEAT, /* an item is there again, with an objectid or offset higher by the number */
	EDIT_ADD, /* another item; the place is its objectid, the number its offset */
	EDIT_BLOCK, /* a number in a tree block; places from 32768 count from its end */
	EDIT_FLIP, /* a byte of one copy is wrong; the number is the copy */
	EDIT_ZONE, /* a zone has another condition and write pointer */
	EDIT_KINDS,
};

/*
 * edits_source - a source with the file system of a description and the edits of an input
 * @flips: set to how many bytes are wrong in one copy
 *
 * All checksums are good but where bytes were flipped.
 */
struct memory_device *edits_source(struct tiny_fs *fs, bool regular, struct fuzz_input input,
				   unsigned int *flips);

#endif
