// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows with parity. Input: one byte for the profile (bit 0: RAID6; the rest: stripes beyond the
 * fewest), one bit for each device that is missing, the first sector to read and how many, a byte
 * each; then damage, two bytes each: device, and sector on it (bit 7: it cannot be read; otherwise
 * its bytes are wrong). Whatever parity makes up for is read, and nothing is read that is wrong.
 */
#include "buffer.h"
#include "fuzz.h"
#include "verified_read.h"

#include <stdlib.h>
#include <string.h>

#define DEVICES 8
#define SECTOR 4096
#define BLOCK 64
#define ELEMENT 65536
#define ROWS 3
#define SECTORS (ROWS * ELEMENT / SECTOR) /* of a device */
#define LOGICAL (16ULL << 20)
#define READ_MAX 32

/* A device, and what is wrong with it. */
struct column {
	struct zr_device dev;
	uint8_t bytes[ROWS * ELEMENT];
	bool wrong[SECTORS];
	bool unreadable[SECTORS];
	bool missing;
};

static struct column columns[DEVICES];

static struct {
	unsigned int count; /* devices */
	unsigned int parity;
	unsigned int data;
} shape;

static const struct zr_device_codes codes = { .read = ZR_E_SOURCE_READ };

static int read_column(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		       struct zr_error *err)
{
	const struct column *column = (const struct column *)dev;
	uint64_t at;

	for (at = physical; at < physical + len; at += SECTOR)
		if (column->unreadable[at / SECTOR])
			return zr_fail(err, ZR_E_SOURCE_READ, "read: fails");
	memcpy(buffer, column->bytes + physical, len);
	return 0;
}

static const struct zr_device_ops ops = { .read = read_column };

/* A sector is one block again and again, so that much is made of a few computations. */
static void repeat(const uint8_t *block, uint8_t *sector)
{
	size_t i;

	for (i = 0; i < SECTOR; i += BLOCK)
		memcpy(sector + i, block, BLOCK);
}

static void fill_block(uint64_t logical, uint8_t *block)
{
	uint64_t state = logical / SECTOR * 0x9e3779b97f4a7c15 + 1;
	size_t i;

	for (i = 0; i < BLOCK; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		block[i] = (uint8_t)(state >> 56);
	}
}

/* Q by Horner's rule, from the last stripe of data to the first. */
static void add_to_parity(uint8_t *p, uint8_t *q, const uint8_t *data)
{
	size_t i;

	for (i = 0; i < BLOCK; i++) {
		p[i] ^= data[i];
		q[i] = (uint8_t)(q[i] << 1 ^ (q[i] & 0x80 ? 0x1d : 0) ^ data[i]);
	}
}

/* A sector of each stripe of a row; the stripes move on by one device with each row. */
static void make_sectors(unsigned int row, unsigned int sector)
{
	size_t at = (size_t)row * ELEMENT + (size_t)sector * SECTOR;
	uint8_t p[BLOCK] = { 0 };
	uint8_t q[BLOCK] = { 0 };
	unsigned int i;

	for (i = shape.data; i-- > 0;) {
		uint64_t element = (uint64_t)row * shape.data + i;
		uint8_t data[BLOCK];

		fill_block(LOGICAL + element * ELEMENT + (uint64_t)sector * SECTOR, data);
		add_to_parity(p, q, data);
		repeat(data, columns[(row + i) % shape.count].bytes + at);
	}
	repeat(p, columns[(row + shape.data) % shape.count].bytes + at);
	if (shape.parity > 1)
		repeat(q, columns[(row + shape.data + 1) % shape.count].bytes + at);
}

static void make_columns(uint8_t missing)
{
	unsigned int i;

	for (i = 0; i < shape.count; i++) {
		struct column *column = &columns[i];

		memset(column->wrong, 0, sizeof(column->wrong));
		memset(column->unreadable, 0, sizeof(column->unreadable));
		column->missing = missing & 1U << i;
		column->dev.ops = &ops;
		column->dev.codes = &codes;
		column->dev.geo.size = sizeof(column->bytes);
		column->dev.geo.logical_block = SECTOR;
	}
	for (i = 0; i < SECTORS; i++)
		make_sectors(i / (ELEMENT / SECTOR), i % (ELEMENT / SECTOR));
}

static void damage(struct fuzz_input *input)
{
	while (input->left) {
		struct column *column = &columns[fuzz_number(input, 1) % shape.count];
		uint8_t number = (uint8_t)fuzz_number(input, 1);
		unsigned int sector = number % 128 % SECTORS;

		column->unreadable[sector] |= number & 128;
		column->wrong[sector] = true;
		column->bytes[(size_t)sector * SECTOR + number] ^= 0xff;
	}
}

static bool is_lost(unsigned int device, unsigned int sector)
{
	return columns[device].missing || columns[device].wrong[sector];
}

/* Whether each sector can be had: by what it is, or by the others of its row. */
static bool can_be_read(unsigned int first, unsigned int count)
{
	const unsigned int element = ELEMENT / SECTOR;
	unsigned int i;
	unsigned int d;

	for (i = first; i < first + count; i++) {
		unsigned int sector = i / element / shape.data * element + i % element;
		unsigned int lost = 0;

		for (d = 0; d < shape.count; d++)
			lost += is_lost(d, sector);
		if (lost > shape.parity)
			return false;
	}
	return true;
}

/* What is not read with the rest of its element is taken elsewhere with it. */
static bool is_unreadable(unsigned int device, unsigned int sector)
{
	const unsigned int element = ELEMENT / SECTOR;
	unsigned int first = sector / element * element;
	unsigned int i;

	for (i = first; i < first + element; i++)
		if (columns[device].unreadable[i])
			return true;
	return false;
}

/* A device that is missing is not what a repair is for. */
static int take_finding(void *owner, const struct zr_finding *finding, struct zr_error *err)
{
	unsigned int device = (unsigned int)finding->devid - 1;
	unsigned int sector = (unsigned int)(finding->physical / SECTOR);
	unsigned int lost = 0;
	unsigned int i;

	(void)owner;
	(void)err;
	fuzz_must(finding->kind == ZR_FINDING_REPAIRED && finding->len == SECTOR);
	fuzz_must(!columns[device].missing);
	for (i = 0; i < shape.count; i++)
		lost += is_lost(i, sector);
	/* Where more is wrong than parity makes up for, two errors may cancel each other. */
	fuzz_must(columns[device].wrong[sector] || is_unreadable(device, sector) ||
		  lost > shape.parity);
	return 0;
}

/* The first device that is there is the source's own. */
static bool make_source(struct zr_source *source, struct zr_members *members)
{
	unsigned int i;

	for (i = 0; i < shape.count; i++) {
		if (columns[i].missing)
			continue;
		if (!source->dev) {
			source->dev = &columns[i].dev;
			source->super.devid = i + 1;
			continue;
		}
		members->list[members->count].dev = &columns[i].dev;
		members->list[members->count++].super.devid = i + 1;
	}
	source->members = members;
	source->super.sectorsize = SECTOR;
	source->check.items.sectorsize = SECTOR;
	source->check.items.csum_size = 4;
	source->check.csum_type = ZR_CSUM_CRC32C;
	return source->dev;
}

static void read_piece(struct zr_source *source, const struct zr_mapped_chunk *chunk,
		       unsigned int first, unsigned int count, uint8_t *buffer)
{
	static uint8_t expected[READ_MAX * SECTOR];
	uint8_t csums[READ_MAX * 4 + ZR_CSUM_MAX];
	bool present[READ_MAX];
	struct zr_reading reading = {
		.source = source,
		.counters = &source->counters,
		.found = take_finding,
	};
	const struct zr_piece piece = {
		.chunk = chunk,
		.extent = { .kind = ZR_EXTENT_DATA, .logical = LOGICAL, .len = chunk->len },
		.logical = LOGICAL + (uint64_t)first * SECTOR,
		.len = (uint64_t)count * SECTOR,
		.buffer = buffer,
		.present = present,
		.csums = csums,
	};
	struct zr_error err = ZR_ERROR_INIT;
	unsigned int i;
	int rc;

	for (i = 0; i < count; i++) {
		uint8_t block[BLOCK];

		present[i] = true;
		fill_block(piece.logical + (uint64_t)i * SECTOR, block);
		repeat(block, expected + (size_t)i * SECTOR);
		zr_csum(ZR_CSUM_CRC32C, expected + (size_t)i * SECTOR, SECTOR, csums + i * 4);
	}
	rc = fuzz_result(zr_pieces_read(&reading, &piece, 1, &err), &err);
	fuzz_must(!rc || !can_be_read(first, count));
	fuzz_must(rc || !memcmp(buffer, expected, piece.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zr_source source;
	static struct zr_member list[DEVICES];
	static struct zr_stripe stripes[DEVICES];
	struct zr_members members = { .list = list };
	struct fuzz_input input = { data, size };
	uint8_t profile = (uint8_t)fuzz_number(&input, 1);
	uint8_t missing = (uint8_t)fuzz_number(&input, 1);
	struct zr_mapped_chunk chunk = { .logical = LOGICAL, .stripes = stripes };
	uint8_t *buffer = zr_buffer_alloc(READ_MAX * SECTOR);
	unsigned int first;
	unsigned int count;
	unsigned int i;

	fuzz_must(buffer);
	shape.parity = profile & 1 ? 2 : 1;
	shape.data = 1 + profile / 2 % (DEVICES - shape.parity);
	shape.count = shape.data + shape.parity;
	chunk.flags = profile & 1 ? 0x101 : 0x81;
	chunk.stripe_count = (uint16_t)shape.count;
	chunk.len = (uint64_t)ROWS * shape.data * ELEMENT;
	for (i = 0; i < shape.count; i++)
		stripes[i] = (struct zr_stripe){ .devid = i + 1 };
	first = (unsigned int)fuzz_number(&input, 1) % (unsigned int)(chunk.len / SECTOR);
	count = 1 + (unsigned int)fuzz_number(&input, 1) % READ_MAX;
	if (count > chunk.len / SECTOR - first)
		count = (unsigned int)(chunk.len / SECTOR) - first;
	make_columns(missing);
	damage(&input);
	memset(&source, 0, sizeof(source));
	memset(list, 0, sizeof(list));
	if (make_source(&source, &members))
		read_piece(&source, &chunk, first, count, buffer);
	free(buffer);
	return 0;
}
