// SPDX-License-Identifier: GPL-2.0-or-later
#include "edits.h"

#include <string.h>

/* With more, items might not fit into a leaf. */
#define EDITS_MAX 16
#define FROM_END 32768

struct edit {
	enum edit_kind kind;
	uint8_t which;
	uint16_t at;
	size_t size;
	uint64_t value;
	uint8_t type;
	uint8_t len;
	uint8_t data[UINT8_MAX];
};

static struct edit next_edit(struct fuzz_input *input)
{
	struct edit edit = { 0 };

	edit.kind = (enum edit_kind)(fuzz_number(input, 1) % EDIT_KINDS);
	edit.which = (uint8_t)fuzz_number(input, 1);
	edit.at = (uint16_t)fuzz_number(input, 2);
	edit.size = (fuzz_number(input, 1) + 7) % 8 + 1;
	edit.value = fuzz_number(input, edit.size);
	if (edit.kind != EDIT_ADD)
		return edit;
	edit.type = (uint8_t)fuzz_number(input, 1);
	edit.len = (uint8_t)fuzz_number(input, 1);
	fuzz_take(input, edit.data, edit.len);
	return edit;
}

/* Where the number goes, so that it ends inside of what is edited. */
static size_t place_in(const struct edit *edit, size_t at, size_t limit)
{
	return at % (limit - edit->size + 1);
}

static void edit_key(struct zr_key *key, const struct edit *edit)
{
	switch (edit->at % 3) {
	case 0:
		key->objectid = edit->value;
		break;
	case 1:
		key->type = (uint8_t)edit->value;
		break;
	default:
		key->offset = edit->value;
		break;
	}
}

static void repeat_item(struct tiny_fs *fs, enum tiny_tree tree, const struct edit *edit,
			struct tiny_item copy)
{
	struct tiny_item *item;

	if (edit->at % 2)
		copy.key.objectid += edit->value;
	else
		copy.key.offset += edit->value;
	item = tiny_add(fs, tree, copy.key.objectid, copy.key.type, copy.key.offset, copy.size);
	memcpy(item->data, copy.data, copy.size);
}

static void edit_items(struct tiny_fs *fs, const struct edit *edit)
{
	enum tiny_tree tree = (enum tiny_tree)(edit->which % TINY_TREES);
	struct tiny_items *list = &fs->trees[tree];
	struct tiny_item *item;

	if (!list->count)
		return;
	item = &list->items[edit->at / 256 % list->count];
	if (edit->kind == EDIT_ITEM && item->size >= edit->size)
		tiny_poke(item->data, place_in(edit, edit->at % 256, item->size), edit->size,
			  edit->value);
	if (edit->kind == EDIT_KEY)
		edit_key(&item->key, edit);
	/* Each leaf keeps an item. */
	if (edit->kind == EDIT_REMOVE && list->count > list->leaf_count)
		tiny_remove(fs, tree, item->key.objectid, item->key.type, item->key.offset);
	if (edit->kind == EDIT_REPEAT)
		repeat_item(fs, tree, edit, *item);
}

static void add_item(struct tiny_fs *fs, const struct edit *edit)
{
	enum tiny_tree tree = (enum tiny_tree)(edit->which % TINY_TREES);
	struct tiny_item *item = tiny_add(fs, tree, edit->at, edit->type, edit->value, edit->len);

	memcpy(item->data, edit->data, edit->len);
}

static void edit_description(struct tiny_fs *fs, const struct edit *edit)
{
	if (edit->kind == EDIT_SUPER)
		tiny_poke(fs->super, place_in(edit, edit->at, sizeof(fs->super)), edit->size,
			  edit->value);
	else if (edit->kind == EDIT_ADD)
		add_item(fs, edit);
	else
		edit_items(fs, edit);
}

static void edit_block(const struct tiny_fs *fs, struct memory_device *memory,
		       const struct edit *edit)
{
	const struct tiny_items *list = &fs->trees[edit->which % TINY_TREES];
	uint32_t leaf = edit->which / TINY_TREES % (list->leaf_count + 1);
	uint64_t logical = leaf ? list->leaves[leaf - 1] : list->root;
	size_t at = edit->at < FROM_END ? edit->at : TINY_NODE - (edit->at - FROM_END) % TINY_NODE;

	tiny_edit(fs, memory, logical, place_in(edit, at, TINY_NODE), edit->size, edit->value);
}

static void edit_zone(struct memory_device *memory, const struct edit *edit)
{
	static const enum zr_zone_cond conds[] = {
		ZR_COND_NOT_WP, ZR_COND_EMPTY, ZR_COND_CLOSED,	 ZR_COND_IMP_OPEN,
		ZR_COND_FULL,	ZR_COND_FULL,  ZR_COND_READONLY, ZR_COND_OFFLINE,
	};

	/* A regular device has no such thing. */
	if (memory->options.regular)
		return;
	memory_set_zone(memory, edit->which % memory->options.zones, conds[edit->at % 8],
			edit->value % (2 * MEMORY_ZONE_SIZE));
}

static void edit_device(const struct tiny_fs *fs, struct memory_device *memory,
			const struct edit *edit)
{
	static const uint64_t groups[] = { TINY_SYSTEM, TINY_METADATA, TINY_DATA };
	uint64_t logical = groups[edit->which % 3] + edit->at * 8ULL;

	if (edit->kind == EDIT_BLOCK)
		edit_block(fs, memory, edit);
	if (edit->kind == EDIT_FLIP)
		tiny_flip(memory, logical, logical < TINY_DATA && edit->value % 2);
	if (edit->kind == EDIT_ZONE)
		edit_zone(memory, edit);
}

struct memory_device *edits_source(struct tiny_fs *fs, bool regular, struct fuzz_input input,
				   unsigned int *flips)
{
	struct fuzz_input again = input;
	struct memory_device *memory;
	int i;

	for (i = 0; input.left && i < EDITS_MAX; i++) {
		struct edit edit = next_edit(&input);

		if (edit.kind < EDIT_BLOCK)
			edit_description(fs, &edit);
	}
	memory = tiny_source(fs, regular);
	*flips = 0;
	for (i = 0; again.left && i < EDITS_MAX; i++) {
		struct edit edit = next_edit(&again);

		if (edit.kind >= EDIT_BLOCK)
			edit_device(fs, memory, &edit);
		*flips += edit.kind == EDIT_FLIP;
	}
	return memory;
}
