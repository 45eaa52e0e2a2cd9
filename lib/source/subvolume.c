// SPDX-License-Identifier: LGPL-2.1-or-later
#include "subvolume.h"

#include "ondisk.h"
#include "reference.h"

#include <string.h>

bool zr_tree_is_subvolume(uint64_t number)
{
	return number == BTRFS_FS_TREE_OBJECTID ||
	       (number >= BTRFS_FIRST_FREE_OBJECTID && number <= BTRFS_LAST_FREE_OBJECTID);
}

/* The root item at the cursor as the root of a tree. Returns 0, 1 if that is not whole, or an
 * error. */
static int take_root(const struct zr_cursor *cursor, struct zr_tree *tree, struct zr_error *err)
{
	struct zr_item item;
	struct zr_root root;
	int rc;

	zr_cursor_item(cursor, &item);
	rc = zr_root_decode(&item, &cursor->source->check.items, &root, err);
	if (rc || root.dropping)
		return rc ? rc : 1;
	tree->logical = root.logical;
	tree->generation = root.generation;
	tree->owner = item.key.objectid;
	tree->shared = zr_tree_is_subvolume(tree->owner);
	tree->level = root.level;
	return 0;
}

/* Go to the first root item of the first tree from a number on. */
static int seek_root(struct zr_cursor *cursor, uint64_t number, struct zr_key *found,
		     struct zr_error *err)
{
	const struct zr_key key = { .objectid = number, .type = BTRFS_ROOT_ITEM_KEY };
	int rc = zr_cursor_seek(cursor, &key, err);

	while (!rc) {
		struct zr_item item;

		zr_cursor_item(cursor, &item);
		*found = item.key;
		if (item.key.type == BTRFS_ROOT_ITEM_KEY)
			return 0;
		rc = zr_cursor_next(cursor, err);
	}
	return rc;
}

int zr_tree_find(struct zr_source *source, uint64_t number, struct zr_tree *tree,
		 struct zr_error *err)
{
	struct zr_cursor cursor;
	struct zr_key found;
	int rc;

	zr_cursor_init(&cursor, source, &source->root_tree);
	rc = seek_root(&cursor, number, &found, err);
	/* Only snapshots have the transaction that made them in their keys. */
	if (!rc)
		rc = found.objectid != number || (found.offset && !zr_tree_is_subvolume(number));
	if (!rc)
		rc = take_root(&cursor, tree, err);
	zr_cursor_free(&cursor);
	return rc;
}

void zr_subvolume_walk_init(struct zr_subvolume_walk *walk, struct zr_source *source)
{
	zr_cursor_init(&walk->cursor, source, &source->root_tree);
	walk->next = BTRFS_FS_TREE_OBJECTID;
}

int zr_subvolume_next(struct zr_subvolume_walk *walk, struct zr_tree *tree, struct zr_error *err)
{
	for (;;) {
		struct zr_key found;
		int rc = seek_root(&walk->cursor, walk->next, &found, err);

		if (rc)
			return rc;
		if (found.objectid > BTRFS_LAST_FREE_OBJECTID)
			return 1;
		walk->next = found.objectid + 1;
		if (!zr_tree_is_subvolume(found.objectid))
			continue;
		rc = take_root(&walk->cursor, tree, err);
		if (rc != 1)
			return rc;
	}
}

void zr_subvolume_walk_free(struct zr_subvolume_walk *walk)
{
	zr_cursor_free(&walk->cursor);
}

/* A path that grows from its last component to its first. */
struct path {
	char *bytes;
	size_t start;
};

static int prepend(struct path *path, const struct zr_name *name)
{
	if (path->start < (size_t)name->len + 1)
		return 1;
	if (path->bytes[path->start])
		path->bytes[--path->start] = '/';
	path->start -= name->len;
	memcpy(path->bytes + path->start, name->bytes, name->len);
	return 0;
}

/* The first item with this objectid and type. Returns 0, 1 when there is none, or an error. */
static int find_first(struct zr_cursor *cursor, uint64_t objectid, uint8_t type,
		      struct zr_item *item, struct zr_error *err)
{
	const struct zr_key key = { .objectid = objectid, .type = type };
	int rc = zr_cursor_seek(cursor, &key, err);

	if (rc)
		return rc;
	zr_cursor_item(cursor, item);
	return item->key.objectid != objectid || item->key.type != type;
}

static int find_name(struct zr_cursor *cursor, uint64_t inode, struct zr_name *name,
		     struct zr_error *err)
{
	struct zr_item item;
	int rc = find_first(cursor, inode, BTRFS_INODE_REF_KEY, &item, err);

	if (rc == 1)
		rc = find_first(cursor, inode, BTRFS_INODE_EXTREF_KEY, &item, err);
	return rc ? rc : zr_inode_name_decode(&item, name, err);
}

/* Names up to the top directory of a subvolume; a loop ends when the path is full. */
static int prepend_names(struct zr_source *source, uint64_t number, uint64_t inode,
			 struct path *path, struct zr_error *err)
{
	struct zr_cursor cursor;
	struct zr_tree tree;
	int rc = zr_tree_find(source, number, &tree, err);

	if (rc)
		return rc;
	zr_cursor_init(&cursor, source, &tree);
	while (!rc && inode != BTRFS_FIRST_FREE_OBJECTID) {
		struct zr_name name;

		rc = find_name(&cursor, inode, &name, err);
		if (!rc)
			rc = prepend(path, &name);
		if (!rc)
			inode = name.directory;
	}
	zr_cursor_free(&cursor);
	return rc;
}

/* The name of a subvolume, and where it is. */
static int prepend_subvolume(struct zr_source *source, uint64_t *tree, uint64_t *inode,
			     struct path *path, struct zr_error *err)
{
	struct zr_cursor cursor;
	struct zr_item item;
	struct zr_name name;
	int rc;

	zr_cursor_init(&cursor, source, &source->root_tree);
	rc = find_first(&cursor, *tree, BTRFS_ROOT_BACKREF_KEY, &item, err);
	if (!rc)
		rc = zr_subvolume_name_decode(&item, &name, err);
	if (!rc)
		rc = prepend(path, &name);
	if (!rc) {
		*tree = item.key.offset;
		*inode = name.directory;
	}
	zr_cursor_free(&cursor);
	return rc;
}

int zr_inode_path(struct zr_source *source, uint64_t tree, uint64_t inode, char out[ZR_PATH_MAX],
		  struct zr_error *err)
{
	struct path path = { .bytes = out, .start = ZR_PATH_MAX - 1 };
	int rc;

	out[path.start] = '\0';
	for (;;) {
		rc = prepend_names(source, tree, inode, &path, err);
		if (rc || tree == BTRFS_FS_TREE_OBJECTID)
			break;
		rc = prepend_subvolume(source, &tree, &inode, &path, err);
		if (rc)
			break;
	}
	if (!rc)
		memmove(out, out + path.start, ZR_PATH_MAX - path.start);
	return rc;
}
