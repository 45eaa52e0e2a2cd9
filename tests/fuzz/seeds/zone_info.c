// SPDX-License-Identifier: GPL-2.0-or-later
/* Images of a few zones with commands behind them. */
#include "image_format.h"
#include "seed.h"
#include "zone.h"

#define ZONES 6

static void put_header(struct fuzz_seed *seed, const struct zr_geometry *geo)
{
	const struct image_header header = {
		.vendor_id = "seed",
		.nr_sectors = geo->size / IMAGE_SECTOR,
		.nr_lblocks = geo->size / geo->logical_block,
		.nr_pblocks = geo->size / 4096,
		.zone_size = geo->zone_size,
		.zone_sectors = (uint32_t)(geo->zone_size / IMAGE_SECTOR),
		.lblock_size = geo->logical_block,
		.pblock_size = 4096,
		.nr_zones = geo->zone_count,
		.max_nr_open_zones = geo->max_open,
		.max_nr_active_zones = geo->max_active,
		.model = IMAGE_HOST_MANAGED,
		.zend = geo->zone_count,
	};

	fuzz_put(seed, &header, sizeof(header));
}

static void put_zone(struct fuzz_seed *seed, const struct zr_geometry *geo, uint32_t zone_no,
		     uint64_t cap)
{
	static const enum zr_zone_cond conds[ZONES] = {
		ZR_COND_NOT_WP, ZR_COND_EMPTY,	  ZR_COND_CLOSED,
		ZR_COND_FULL,	ZR_COND_IMP_OPEN, ZR_COND_EMPTY,
	};
	const struct zr_zone zone = zr_zone_emulated(geo, zone_no);
	const struct image_record record = {
		.start = zone.start,
		.len = zone.len,
		.capacity = zone_no && cap < zone.len ? cap : zone.len,
		.wp = zone.start + 4096,
		.type = zone_no ? ZR_ZONE_SEQUENTIAL : ZR_ZONE_CONVENTIONAL,
		.cond = conds[zone_no],
	};

	fuzz_put(seed, &record, sizeof(record));
}

static void save_image(const char *folder, const char *name, const struct zr_geometry *geo,
		       uint64_t cap)
{
	/* Kind, zone, blocks. */
	static const uint8_t commands[] = { 0, 1, 7, 0, 2, 1, 3, 1, 0, 4, 2, 0,
					    2, 3, 0, 0, 0, 1, 1, 5, 0, 0, 4, 3 };
	static struct fuzz_seed seed;
	uint32_t i;

	put_header(&seed, geo);
	for (i = 0; i < geo->zone_count; i++)
		put_zone(&seed, geo, i, cap);
	fuzz_put(&seed, commands, sizeof(commands));
	fuzz_save(&seed, folder, name);
}

void fuzz_seeds(const char *folder)
{
	struct zr_geometry geo = {
		.size = ZONES * ZR_ZONE_SIZE_MIN,
		.zone_size = ZR_ZONE_SIZE_MIN,
		.zone_count = ZONES,
		.logical_block = 4096,
	};

	save_image(folder, "plain", &geo, geo.zone_size);
	geo.logical_block = 512;
	geo.max_active = 4;
	geo.max_open = 2;
	geo.size -= 1 << 20;
	save_image(folder, "limits", &geo, geo.zone_size);
	geo.zone_size *= 2;
	geo.size = ZONES * geo.zone_size;
	save_image(folder, "small-capacity", &geo, 16384);
}
