// SPDX-License-Identifier: LGPL-2.1-or-later
#include "movable.h"

#include "ondisk.h"
#include "tree.h"

/* Whether the root tree has an item of this objectid and type. */
static int has_item(struct zr_cursor *cursor, uint64_t objectid, uint8_t type, bool *has,
		    struct zr_error *err)
{
	const struct zr_key key = { .objectid = objectid, .type = type };
	struct zr_item item;
	int rc = zr_cursor_seek(cursor, &key, err);

	*has = false;
	if (rc)
		return rc < 0 ? rc : 0;
	zr_cursor_item(cursor, &item);
	*has = item.key.objectid == objectid && item.key.type == type;
	return 0;
}

static int refuse_balance(struct zr_cursor *cursor, struct zr_error *err)
{
	bool balance;
	bool interrupted = false;
	int rc = has_item(cursor, BTRFS_BALANCE_OBJECTID, BTRFS_TEMPORARY_ITEM_KEY, &balance, err);

	if (!rc && !balance)
		rc = has_item(cursor, BTRFS_TREE_RELOC_OBJECTID, BTRFS_ROOT_ITEM_KEY, &interrupted,
			      err);
	if (rc || !(balance || interrupted))
		return rc;
	return zr_fail(err, ZR_E_BALANCE_RUNNING,
		       "source: a balance is %s; mount the file system, and finish or cancel it "
		       "first",
		       balance ? "running or paused" : "interrupted");
}

int zr_source_movable(struct zr_source *source, struct zr_error *err)
{
	struct zr_cursor cursor;
	int rc;

	zr_cursor_init(&cursor, source, &source->root_tree);
	rc = refuse_balance(&cursor, err);
	zr_cursor_free(&cursor);
	return rc;
}
