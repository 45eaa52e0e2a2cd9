// SPDX-License-Identifier: GPL-2.0-or-later
#include "tiny_volume.h"

#include <stdlib.h>
#include <string.h>

void tiny_add_part(struct tiny_items *list, const struct tiny_part *part)
{
	uint8_t *data = tiny_list_add(list, part->inode, 108, part->at, 53)->data;

	tiny_poke(data, 0, 8, TINY_GENERATION);
	tiny_poke(data, 8, 8, part->offset + part->len);
	data[16] = part->compressed;
	data[20] = 1;
	tiny_poke(data, 21, 8, part->logical);
	tiny_poke(data, 29, 8, part->disk_len);
	tiny_poke(data, 37, 8, part->offset);
	tiny_poke(data, 45, 8, part->len);
}

void tiny_add_name(struct tiny_items *list, uint64_t inode, uint64_t directory, const char *name)
{
	uint32_t len = (uint32_t)strlen(name);
	uint8_t *data = tiny_list_add(list, inode, 12, directory, 10 + len)->data;

	tiny_poke(data, 8, 2, len);
	memcpy(data + 10, name, len);
}

static void name_subvolume(struct tiny_fs *fs, uint64_t number, uint64_t parent, const char *name)
{
	uint32_t len = (uint32_t)strlen(name);
	uint8_t *data = tiny_add(fs, TINY_ROOT_TREE, number, 144, parent, 18 + len)->data;

	tiny_poke(data, 0, 8, 256);
	tiny_poke(data, 16, 2, len);
	memcpy(data + 18, name, len);
}

struct tiny_item *tiny_add_subvolume(struct tiny_fs *fs, uint64_t number, uint64_t logical,
				     uint8_t level, uint64_t parent, const char *name)
{
	struct tiny_item *item;

	if (name)
		name_subvolume(fs, number, parent, name);
	item = tiny_add(fs, TINY_ROOT_TREE, number, 132, 0, 439);
	tiny_poke(item->data, 160, 8, TINY_GENERATION);
	tiny_poke(item->data, 176, 8, logical);
	tiny_poke(item->data, 216, 4, 1);
	item->data[238] = level;
	return item;
}

struct tiny_item *tiny_bare_extent(struct tiny_fs *fs, uint64_t logical)
{
	const struct tiny_items *list = &fs->trees[TINY_EXTENT_TREE];
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct tiny_item *item = &list->items[i];

		if (item->key.objectid != logical || item->key.type != 168)
			continue;
		item->size = 24;
		return item;
	}
	abort();
}

struct tiny_item *tiny_bare_block(struct tiny_fs *fs, uint64_t logical, uint8_t level)
{
	struct tiny_item *item = tiny_add(fs, TINY_EXTENT_TREE, logical, 169, level, 24);

	tiny_poke(item->data, 0, 8, 1);
	tiny_poke(item->data, 8, 8, TINY_GENERATION);
	tiny_poke(item->data, 16, 8, 2);
	return item;
}

/* What a reference has behind its type byte or its key, without the number of the others. */
static uint32_t put_ref(uint8_t *to, const struct tiny_ref *ref)
{
	if (ref->type == 184)
		tiny_poke(to, 0, 4, 1);
	if (ref->type != 178)
		return ref->type == 184 ? 4 : 0;
	tiny_poke(to, 0, 8, ref->number);
	tiny_poke(to, 8, 8, ref->inode);
	tiny_poke(to, 16, 8, ref->origin);
	tiny_poke(to, 24, 4, 1);
	return 28;
}

void tiny_add_inline(struct tiny_item *extent, const struct tiny_ref *ref)
{
	uint32_t number = ref->type == 178 ? 0 : 8;

	if (extent->size + 1 + 28 + number > TINY_ITEM_MAX)
		abort();
	extent->data[extent->size++] = ref->type;
	tiny_poke(extent->data + extent->size, 0, number, ref->number);
	extent->size += number;
	extent->size += put_ref(extent->data + extent->size, ref);
}

struct tiny_item *tiny_add_keyed(struct tiny_fs *fs, uint64_t logical, const struct tiny_ref *ref,
				 uint64_t hash)
{
	uint64_t offset = ref->type == 178 ? hash : ref->number;
	struct tiny_item *item = tiny_add(fs, TINY_EXTENT_TREE, logical, ref->type, offset, 28);

	item->size = put_ref(item->data, ref);
	return item;
}
