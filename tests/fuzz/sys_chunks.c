// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The system chunk array. Input: one byte (bit 0: the file system has two copies of metadata; bit
 * 1: four bytes follow for the size of the array, which otherwise is the length of what follows;
 * bit 2: it has no zones), then the array. It is put into the superblock of a tiny file system,
 * which is opened.
 */
#include "buffer.h"
#include "chunk_read.h"
#include "feature.h"
#include "fuzz.h"
#include "profile.h"
#include "tiny_fs.h"

#include <string.h>

#define SIZE_AT 0xa0
#define INCOMPAT_AT 0xbc
#define ARRAY_AT 0x32b
#define ARRAY_SIZE 2048

struct place {
	struct tiny_fs *fs;
	struct memory_device *memory;
};

static struct place *place_of(bool dup, bool regular)
{
	static struct place places[2][2];
	const struct tiny_options options = { .dup = dup };
	struct place *place = &places[regular][dup];
	uint64_t incompat;

	if (place->fs)
		return place;
	place->fs = tiny_new(&options);
	incompat = tiny_peek(place->fs->super, INCOMPAT_AT, 8);
	if (regular)
		tiny_poke(place->fs->super, INCOMPAT_AT, 8, incompat & ~BTRFS_INCOMPAT_ZONED);
	place->memory = tiny_source(place->fs, regular);
	return place;
}

static void put_super(struct place *place, struct fuzz_input *input, bool sized)
{
	uint64_t size = sized ? fuzz_number(input, 4) : input->left;
	uint8_t *super = place->fs->super;
	uint8_t raw[ZR_SUPER_BYTES];

	memset(super + ARRAY_AT, 0, ARRAY_SIZE);
	fuzz_take(input, super + ARRAY_AT, ARRAY_SIZE);
	tiny_poke(super, SIZE_AT, 4, size);
	tiny_super_copy(place->fs, TINY_GENERATION, 64 << 10, raw);
	memory_place(place->memory, place->memory->options.regular ? 64 << 10 : 0, raw,
		     sizeof(raw));
}

static void expect_chunk(const struct zr_source *source, const struct zr_mapped_chunk *chunk)
{
	const struct zr_profile *profile = zr_profile_find(chunk->flags);
	struct zr_place found;
	uint16_t i;

	fuzz_must(chunk->len && chunk->logical <= INT64_MAX - chunk->len);
	fuzz_must((chunk->logical | chunk->len) % TINY_SECTOR == 0);
	fuzz_must(zr_chunk_map_find(&source->chunks, chunk->logical) == chunk);
	fuzz_must(zr_chunk_map_find(&source->chunks, chunk->logical + chunk->len - 1) == chunk);
	fuzz_must(profile && chunk->stripe_count >= profile->stripes_min);
	fuzz_must(zr_chunk_stripe_len(chunk) <= chunk->len);
	for (i = 0; i < chunk->stripe_count; i++)
		fuzz_must(chunk->stripes[i].devid == source->super.devid);
	for (i = 0; i < zr_chunk_copies(chunk); i++) {
		zr_chunk_map_place(chunk, chunk->logical, i, &found);
		fuzz_must(found.physical == chunk->stripes[i].physical && found.len <= chunk->len);
	}
}

/* Every way of reading a chunk's ends finds bytes or fails. */
static void read_ends(struct zr_source *source, const struct zr_mapped_chunk *chunk)
{
	static _Alignas(ZR_BUFFER_ALIGN) uint8_t sector[TINY_SECTOR];
	uint64_t end = chunk->logical + chunk->len;
	struct zr_error err = ZR_ERROR_INIT;
	uint16_t way;

	for (way = 0; way < zr_chunk_ways(chunk); way++) {
		fuzz_result(zr_chunk_read(source, chunk, chunk->logical, way, sector, TINY_SECTOR,
					  &err),
			    &err);
		fuzz_result(zr_chunk_read(source, chunk, end - TINY_SECTOR, way, sector,
					  TINY_SECTOR, &err),
			    &err);
		fuzz_must(fuzz_result(zr_chunk_read(source, chunk, end - TINY_SECTOR, way, sector,
						    2 * TINY_SECTOR, &err),
				      &err) == -ZR_E_RANGE);
	}
}

static void expect_map(struct zr_source *source)
{
	const struct zr_chunk_map *map = &source->chunks;
	size_t i;

	for (i = 0; i < map->count; i++) {
		expect_chunk(source, &map->chunks[i]);
		read_ends(source, &map->chunks[i]);
		fuzz_must(!i || map->chunks[i - 1].logical + map->chunks[i - 1].len <=
					map->chunks[i].logical);
	}
	fuzz_must(zr_chunk_map_find(map, source->super.chunk_root));
	fuzz_must(zr_chunk_map_find(map, source->super.root));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint8_t flags = (uint8_t)fuzz_number(&input, 1);
	struct place *place = place_of(flags & 1, flags & 4);
	const struct zr_source_options options = { .regular = flags & 4 };
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_source *source = NULL;

	put_super(place, &input, flags & 2);
	memory_forget(place->memory);
	if (fuzz_result(zr_source_open_device(&source, &place->memory->dev, NULL, &options, &err),
			&err))
		return 0;
	expect_map(source);
	zr_source_close(source);
	return 0;
}
