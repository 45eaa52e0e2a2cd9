// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify_relayout.h"

#include "range.h"
#include "relayout_items.h"
#include "relayout_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is found out about the target while it is walked beside the source. */
struct pairing {
	struct zr_verify *verify;
	struct zr_relayout *relayout; /* of the source, with the runs of the target */
	struct zr_translation translation;
	struct zr_edit edit;
	struct zr_kept_walk kept;
	uint64_t rank; /* of the next kept extent */
	uint64_t next; /* where it lies if it follows the one before */
};

bool zr_verify_is_relayout(const struct zr_verify *verify)
{
	const struct zr_chunk_map *from = &verify->a.source->chunks;
	const struct zr_chunk_map *to = &verify->b.source->chunks;
	const struct zr_mapped_chunk *last = &from->chunks[from->count - 1];

	return to->count && to->chunks[0].logical >= last->logical + last->len;
}

/* Read a tree block of the target, from whatever copy is good. Returns 0, 1 if none is, or an
 * error. */
static int read_block(struct zr_verify *verify, const struct zr_group *group,
		      const struct zr_extent *extent, struct zr_error *err)
{
	struct zr_verify_side *b = &verify->b;
	int rc;

	b->reader.reading.rescue = false;
	rc = zr_reader_read(&b->reader, group->chunk, extent, 0, extent->logical, b->buffer,
			    extent->len, NULL);
	if (rc == -ZR_E_NO_MEMORY)
		return zr_fail_nomem(err);
	return rc ? 1 : 0;
}

/* Read a tree block or a piece of data of the target, and see whether that copy is good. */
static int read_target(struct zr_verify *verify, const struct zr_group *group,
		       const struct zr_extent *extent, uint16_t mirror, uint64_t logical,
		       uint64_t len, bool bad, struct zr_error *err)
{
	struct zr_verify_side *b = &verify->b;
	struct zr_error reason = ZR_ERROR_INIT;
	int rc;

	b->reader.reading.rescue = bad;
	rc = zr_reader_read(&b->reader, group->chunk, extent, mirror, logical, b->buffer, len,
			    &reason);
	if (rc == -ZR_E_NO_MEMORY)
		return zr_fail_nomem(err);
	if (rc)
		zr_verify_differ(verify, "target: %s", reason.text);
	else if (b->reader.reading.repaired)
		zr_verify_differ(verify, "target: logical %" PRIu64 ", copy %u is bad", logical,
				 mirror);
	return rc || b->reader.reading.repaired ? 1 : 0;
}

/* Whether the block in the target's buffer is one that was copied. */
static bool is_kept_block(const struct zr_verify *verify)
{
	struct zr_block block;

	zr_block_view(&block, verify->b.buffer, verify->b.source->super.nodesize);
	return !zr_relayout_owner_is_made(block.owner);
}

static int note_place(struct pairing *pairing, struct zr_address_map *map,
		      const struct zr_extent *extent, struct zr_error *err)
{
	uint64_t units = extent->len / map->unit;
	int rc = 0;

	if (extent->logical != pairing->next)
		rc = zr_address_map_add_run(map, pairing->rank, extent->logical, err);
	pairing->rank += units;
	pairing->next = extent->logical + extent->len;
	return rc;
}

/* Returns 0, 1 after a difference that ends the comparison, or an error. */
static int note_group(struct pairing *pairing, struct zr_extent_walk *walk,
		      const struct zr_group *group, bool data, struct zr_error *err)
{
	struct zr_relayout *relayout = pairing->relayout;
	struct zr_error reason = ZR_ERROR_INIT;
	struct zr_extent extent;
	int rc;

	/* What two block groups hold does not lie together, even if their addresses do. */
	pairing->next = ZR_ADDRESS_NONE;
	zr_extent_walk_start(walk, group);
	while (!(rc = zr_extent_walk_next(walk, &extent, &reason))) {
		rc = data ? 0 : read_block(pairing->verify, group, &extent, err);
		if (!rc && data)
			rc = note_place(pairing, &relayout->data, &extent, err);
		else if (!rc && is_kept_block(pairing->verify))
			rc = note_place(pairing, &relayout->blocks, &extent, err);
		if (rc < 0)
			return rc;
	}
	return rc == 1 ? 0
		       : zr_verify_failed(pairing->verify, pairing->verify->b.source->dev, rc,
					  &reason, err);
}

/* The order of what is kept says where it is. */
static int note_places(struct pairing *pairing, bool data, struct zr_error *err)
{
	const struct zr_group_list *list = &pairing->verify->b.list;
	const struct zr_address_map *map =
		data ? &pairing->relayout->data : &pairing->relayout->blocks;
	struct zr_extent_walk walk;
	size_t i;
	int rc = 0;

	pairing->rank = 0;
	zr_extent_walk_init(&walk, pairing->verify->b.source);
	for (i = 0; i < list->group_count && !rc; i++)
		if (zr_relayout_group_is(&list->groups[i], data))
			rc = note_group(pairing, &walk, &list->groups[i], data, err);
	zr_extent_walk_free(&walk);
	if (rc || pairing->rank == map->set)
		return rc;
	zr_verify_differ(pairing->verify,
			 "%s: the source has %" PRIu64 " bytes, the target %" PRIu64,
			 data ? "data" : "tree blocks of subvolumes", map->set * map->unit,
			 pairing->rank * map->unit);
	return 1;
}

/* Both sides of a piece of an extent that is kept; the source's is translated as it is read. */
static int compare_piece(struct pairing *pairing, const struct zr_extent *from,
			 const struct zr_group *group, const struct zr_extent *to, uint16_t mirror,
			 uint64_t offset, uint64_t len, struct zr_error *err)
{
	struct zr_verify *verify = pairing->verify;
	const struct zr_mapped_chunk *chunk = pairing->kept.walk.group->chunk;
	struct zr_reader *reader = &verify->a.reader;
	uint16_t own = zr_source_own_mirror(verify->a.source, chunk, from->logical + offset);
	int rc = zr_reader_read(reader, chunk, from, own, from->logical + offset, verify->a.buffer,
				len, err);

	if (!rc)
		rc = read_target(verify, group, to, mirror, to->logical + offset, len,
				 reader->reading.bad, err);
	if (rc)
		return rc < 0 ? rc : 0;
	if (!memcmp(verify->a.buffer, verify->b.buffer, len))
		verify->result->bytes += len;
	else
		zr_verify_differ(verify,
				 "logical %" PRIu64 " on the source, %" PRIu64
				 " on the target: content differs",
				 from->logical + offset, to->logical + offset);
	return 0;
}

static uint64_t piece_len(const struct pairing *pairing, const struct zr_extent *from,
			  uint64_t offset)
{
	const struct zr_reader *reader = &pairing->verify->a.reader;
	uint64_t most = zr_min64(ZR_COMPARE_BYTES, zr_reader_piece_max(reader));

	return zr_min64(from->len - offset, most);
}

static int compare_extent(struct pairing *pairing, const struct zr_group *group,
			  const struct zr_extent *to, struct zr_error *err)
{
	uint16_t copies = zr_chunk_copies(group->chunk);
	struct zr_extent from;
	uint64_t offset = 0;
	int rc = zr_kept_walk_next(&pairing->kept, &from, err);

	if (rc || from.len != to->len || from.generation != to->generation) {
		if (rc >= 0)
			zr_verify_differ(pairing->verify,
					 "extent at logical %" PRIu64
					 " on the target: another length or generation than its "
					 "counterpart on the source",
					 to->logical);
		return rc < 0 ? rc : 1;
	}
	while (!rc && offset < to->len) {
		uint64_t len = piece_len(pairing, &from, offset);
		uint16_t mirror;

		for (mirror = 0; mirror < copies && !rc; mirror++)
			rc = compare_piece(pairing, &from, group, to, mirror, offset, len, err);
		offset += len;
	}
	return rc;
}

/* A block that was made has no counterpart, but each copy of it must be good and like the first. */
static int compare_copies(struct zr_verify *verify, const struct zr_group *group,
			  const struct zr_extent *extent, struct zr_error *err)
{
	uint16_t copies = zr_chunk_copies(group->chunk);
	uint16_t mirror;

	for (mirror = 0; mirror < copies; mirror++) {
		int rc = read_target(verify, group, extent, mirror, extent->logical, extent->len,
				     false, err);

		if (rc < 0)
			return rc;
		if (!mirror)
			memcpy(verify->a.buffer, verify->b.buffer, extent->len);
		else if (!rc && memcmp(verify->a.buffer, verify->b.buffer, extent->len))
			zr_verify_differ(verify,
					 "target: logical %" PRIu64
					 ", copies of a tree block differ",
					 extent->logical);
	}
	return 0;
}

static int look_at_block(struct pairing *pairing, const struct zr_group *group,
			 const struct zr_extent *extent, bool *kept, struct zr_error *err)
{
	int rc = read_block(pairing->verify, group, extent, err);

	*kept = !rc && is_kept_block(pairing->verify);
	if (rc < 0 || *kept)
		return rc;
	return compare_copies(pairing->verify, group, extent, err);
}

static int compare_group(struct pairing *pairing, struct zr_extent_walk *walk,
			 const struct zr_group *group, bool data, struct zr_error *err)
{
	struct zr_extent extent;
	int rc;

	zr_extent_walk_start(walk, group);
	while (!(rc = zr_extent_walk_next(walk, &extent, err))) {
		bool kept = data;

		if (!data)
			rc = look_at_block(pairing, group, &extent, &kept, err);
		if (!rc && kept)
			rc = compare_extent(pairing, group, &extent, err);
		if (rc)
			return rc;
	}
	return rc < 0 ? rc : 0;
}

static int compare_extents(struct pairing *pairing, bool data, struct zr_error *err)
{
	const struct zr_group_list *list = &pairing->verify->b.list;
	struct zr_extent_walk walk;
	size_t i;
	int rc = 0;

	zr_kept_walk_start(&pairing->kept, pairing->relayout, data, 0);
	zr_extent_walk_init(&walk, pairing->verify->b.source);
	for (i = 0; i < list->group_count && !rc; i++) {
		if (!zr_relayout_group_is(&list->groups[i], data))
			continue;
		rc = compare_group(pairing, &walk, &list->groups[i], data, err);
		pairing->verify->result->zones += rc ? 0 : list->groups[i].chunk->stripe_count;
	}
	zr_extent_walk_free(&walk);
	return rc < 0 ? rc : 0;
}

static int differ_item(struct zr_verify *verify, const char *tree, const struct zr_new_item *item)
{
	zr_verify_differ(verify, "%s tree: the target has no item (" ZR_KEY_FMT ") or another one",
			 tree, ZR_KEY_ARGS(item->key));
	return 0;
}

/* Root items of trees that were made are as their trees came out. */
static bool is_made_root(const struct zr_new_item *item, const char *tree)
{
	return !strcmp(tree, "root") && zr_relayout_owner_is_made(item->key.objectid);
}

/* Whether a tree of the target has each item of a stream, as it is. */
static int compare_items(struct zr_verify *verify, const char *name, const struct zr_tree *tree,
			 struct zr_item_stream *stream, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	struct zr_new_item wanted;
	struct zr_cursor cursor;
	struct zr_item found;
	int rc;

	zr_cursor_init(&cursor, verify->b.source, tree);
	while (!(rc = stream->next(stream, &wanted, err))) {
		rc = zr_cursor_find(&cursor, &wanted.key, &found, &reason);
		if (rc < 0) {
			rc = zr_verify_failed(verify, verify->b.source->dev, rc, &reason, err);
			break;
		}
		if (!rc && is_made_root(&wanted, name))
			continue;
		if (rc || found.size != wanted.size ||
		    (found.size && memcmp(found.data, wanted.data, found.size))) {
			rc = differ_item(verify, name, &wanted);
			break;
		}
	}
	zr_cursor_free(&cursor);
	return rc < 0 ? rc : 0;
}

static int compare_csums(struct zr_verify *verify, const struct zr_relayout_reader *reader,
			 struct zr_error *err)
{
	struct zr_csum_items items;
	int rc = zr_csum_items_begin(&items, reader, err);

	if (!rc)
		rc = compare_items(verify, "checksum", &verify->b.source->csum_tree, &items.stream,
				   err);
	zr_csum_items_free(&items);
	return rc;
}

static int compare_roots(struct zr_verify *verify, const struct zr_relayout_reader *reader,
			 struct zr_error *err)
{
	struct zr_root_items items;
	int rc = zr_root_items_begin(&items, reader, err);

	if (!rc)
		rc = compare_items(verify, "root", &verify->b.source->root_tree, &items.stream,
				   err);
	zr_root_items_free(&items);
	return rc;
}

static int compare_references(struct zr_verify *verify, const struct zr_relayout_reader *reader,
			      bool data, struct zr_error *err)
{
	struct zr_extent_items items;
	int rc = zr_extent_items_begin(&items, reader, data, err);

	if (!rc)
		rc = compare_items(verify, "extent", &verify->b.source->extent_tree, &items.stream,
				   err);
	zr_extent_items_free(&items);
	return rc;
}

static int compare_trees(struct pairing *pairing, struct zr_error *err)
{
	struct zr_verify *verify = pairing->verify;
	const struct zr_relayout_reader reader = {
		.source = verify->a.source,
		.list = &verify->a.list,
		.relayout = pairing->relayout,
	};
	int rc = compare_csums(verify, &reader, err);

	if (!rc)
		rc = compare_roots(verify, &reader, err);
	if (!rc)
		rc = compare_references(verify, &reader, false, err);
	return rc ? rc : compare_references(verify, &reader, true, err);
}

static int compare_all(struct pairing *pairing, struct zr_error *err)
{
	int rc = compare_extents(pairing, true, err);

	if (!rc)
		rc = compare_extents(pairing, false, err);
	return rc ? rc : compare_trees(pairing, err);
}

static int run(struct pairing *pairing, struct zr_error *err)
{
	struct zr_verify *verify = pairing->verify;
	const struct zr_super *from = &verify->a.source->super;
	const struct zr_super *to = &verify->b.source->super;
	bool renamed = memcmp(from->metadata_uuid, to->metadata_uuid, 16) != 0;
	int rc = zr_relayout_read(pairing->relayout, verify->a.source, &verify->a.list, err);

	if (!rc)
		rc = note_places(pairing, true, err);
	if (!rc)
		rc = note_places(pairing, false, err);
	if (rc)
		return rc < 0 ? rc : 0;
	zr_relayout_translation(pairing->relayout, renamed ? to->metadata_uuid : NULL,
				&pairing->translation);
	pairing->edit.translation = &pairing->translation;
	verify->a.reader.reading.edit = &pairing->edit;
	zr_kept_walk_init(&pairing->kept, verify->a.source, &verify->a.list);
	rc = compare_all(pairing, err);
	zr_kept_walk_free(&pairing->kept);
	return rc;
}

int zr_verify_relayout(struct zr_verify *verify, struct zr_error *err)
{
	struct pairing pairing = {
		.verify = verify,
		.relayout = calloc(1, sizeof(*pairing.relayout)),
	};
	int rc = pairing.relayout ? run(&pairing, err) : zr_fail_nomem(err);

	verify->a.reader.reading.edit = NULL;
	zr_relayout_free(pairing.relayout);
	return rc;
}
