// SPDX-License-Identifier: LGPL-2.1-or-later
#include "data_csum.h"

#include "ondisk.h"
#include "range.h"

#include <string.h>

void zr_csum_lookup_init(struct zr_csum_lookup *lookup, struct zr_source *source)
{
	zr_cursor_init(&lookup->cursor, source, &source->csum_tree);
}

void zr_csum_lookup_free(struct zr_csum_lookup *lookup)
{
	zr_cursor_free(&lookup->cursor);
}

/* Go to the item that may cover the address: the last one that does not begin behind it. */
static int seek(struct zr_csum_lookup *lookup, uint64_t logical, struct zr_error *err)
{
	const struct zr_key behind = { BTRFS_EXTENT_CSUM_OBJECTID, BTRFS_EXTENT_CSUM_KEY,
				       logical + 1 };
	const struct zr_key first = { BTRFS_EXTENT_CSUM_OBJECTID, BTRFS_EXTENT_CSUM_KEY, 0 };
	struct zr_item item;
	int rc = zr_cursor_seek_below(&lookup->cursor, &behind, err);

	if (!rc) {
		zr_cursor_item(&lookup->cursor, &item);
		if (item.key.type == BTRFS_EXTENT_CSUM_KEY)
			return 0;
	}
	return rc < 0 ? rc : zr_cursor_seek(&lookup->cursor, &first, err);
}

static void take(struct zr_csum_lookup *lookup, const struct zr_csum_item *item, uint64_t logical,
		 uint64_t len)
{
	const struct zr_item_context *ctx = &lookup->cursor.source->check.items;
	uint64_t start = zr_max64(item->logical, logical);
	uint64_t end = zr_min64(item->logical + item->len, logical + len);

	for (; start < end; start += ctx->sectorsize) {
		size_t to = (size_t)((start - logical) / ctx->sectorsize);
		size_t from = (size_t)((start - item->logical) / ctx->sectorsize);

		lookup->present[to] = true;
		memcpy(lookup->csums + to * ctx->csum_size, item->csums + from * ctx->csum_size,
		       ctx->csum_size);
	}
}

/* The checksums of what was fsynced last are in the tree-log, beside the files. */
static void take_from_log(struct zr_csum_lookup *lookup, uint64_t logical, uint64_t len)
{
	const struct zr_log *log = &lookup->cursor.source->log;
	size_t i;

	for (i = 0; log->used && i < log->csum_count && log->csums[i].logical < logical + len;
	     i++) {
		struct zr_csum_item csum = {
			.logical = log->csums[i].logical,
			.len = log->csums[i].len,
			.csums = log->csum_bytes + log->csums[i].at,
		};

		take(lookup, &csum, logical, len);
	}
}

int zr_csum_lookup_range(struct zr_csum_lookup *lookup, uint64_t logical, uint64_t len,
			 struct zr_error *err)
{
	uint64_t previous_end = 0;
	int rc = seek(lookup, logical, err);

	memset(lookup->present, 0, sizeof(lookup->present));
	while (!rc) {
		struct zr_csum_item csum;
		struct zr_item item;

		zr_cursor_item(&lookup->cursor, &item);
		if (item.key.type != BTRFS_EXTENT_CSUM_KEY || item.key.offset >= logical + len)
			break;
		rc = zr_csum_item_decode(&item, &lookup->cursor.source->check.items, &csum, err);
		if (rc)
			return rc;
		if (csum.logical < previous_end)
			return zr_fail(err, ZR_E_CSUM_TREE,
				       "checksum item: logical %llu, previous item's range ends "
				       "beyond it at %llu",
				       (unsigned long long)csum.logical,
				       (unsigned long long)previous_end);
		previous_end = csum.logical + csum.len;
		take(lookup, &csum, logical, len);
		rc = zr_cursor_next(&lookup->cursor, err);
	}
	if (rc < 0)
		return rc;
	take_from_log(lookup, logical, len);
	return 0;
}
