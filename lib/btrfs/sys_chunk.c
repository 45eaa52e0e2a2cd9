// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sys_chunk.h"

#include "ondisk.h"

int zr_sys_chunk_next(const uint8_t *array, uint32_t size, uint32_t *offset, struct zr_item *item,
		      struct zr_error *err)
{
	const struct btrfs_disk_key *key = (const void *)(array + *offset);
	const struct btrfs_chunk *disk = (const void *)(array + *offset + sizeof(*key));
	uint32_t left = size - *offset;
	uint32_t needed = sizeof(*key) + sizeof(*disk);

	if (!left)
		return 1;
	if (left >= needed)
		needed += le16_get(disk->num_stripes) * (uint32_t)sizeof(struct btrfs_stripe);
	if (left < needed)
		return zr_fail(
			err, ZR_E_SYSARRAY,
			"system chunk array: too short to read a chunk, found %u bytes expected %u",
			left, needed);
	item->key.objectid = le64_get(key->objectid);
	item->key.type = key->type;
	item->key.offset = le64_get(key->offset);
	item->data = (const uint8_t *)disk;
	item->size = needed - (uint32_t)sizeof(*key);
	*offset += needed;
	if (item->key.type != BTRFS_CHUNK_ITEM_KEY)
		return zr_fail(err, ZR_E_SYSARRAY, "system chunk array: unexpected item type %u",
			       item->key.type);
	return 0;
}
