/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Subvolumes, snapshots among them, and the names of what is in them.
 */
#ifndef ZR_SOURCE_SUBVOLUME_H
#define ZR_SOURCE_SUBVOLUME_H

#include "tree.h"

#define ZR_PATH_MAX 4096

/*
 * zr_tree_is_subvolume - whether a tree with this number holds files for people
 */
bool zr_tree_is_subvolume(uint64_t number);

/*
 * zr_tree_find - the root of a tree that the root tree names
 * @number: of the tree; of several root items the first one counts
 *
 * Returns 0, 1 when there is none or it is being dropped, -ZR_E_ROOT, or an error of reading the
 * root tree.
 */
int zr_tree_find(struct zr_source *source, uint64_t number, struct zr_tree *tree,
		 struct zr_error *err) ZR_NODISCARD;

/* All subvolumes but those that are being dropped, ascending by number. */
struct zr_subvolume_walk {
	struct zr_cursor cursor;
	uint64_t next; /* the lowest number that may come */
};

void zr_subvolume_walk_init(struct zr_subvolume_walk *walk, struct zr_source *source);

/*
 * zr_subvolume_next - returns 0, 1 at the end, -ZR_E_ROOT, or an error of reading the root tree
 */
int zr_subvolume_next(struct zr_subvolume_walk *walk, struct zr_tree *tree,
		      struct zr_error *err) ZR_NODISCARD;

void zr_subvolume_walk_free(struct zr_subvolume_walk *walk);

/*
 * zr_inode_path - the path of an inode from the top of the file system
 * @tree: number of the subvolume
 * @path: filled with a string without a leading slash
 *
 * Of several names the first one is taken.
 * Returns 0; 1 when it has no name, is in no subvolume that has one, or its path is too long; or an
 * error of reading the trees.
 */
int zr_inode_path(struct zr_source *source, uint64_t tree, uint64_t inode, char path[ZR_PATH_MAX],
		  struct zr_error *err) ZR_NODISCARD;

#endif
