// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sblog.h"
#include "range.h"

/* What the decision needs to know of a zone. */
enum fill {
	FILL_EMPTY,
	FILL_OPENED, /* active without data: the kernel's test for empty is the condition */
	FILL_USED,
	FILL_FULL,
	FILL_COUNT,
	FILL_BROKEN = FILL_COUNT,
};

static const uint64_t regular_offset[ZR_SB_MIRRORS] = { 64ULL << 10, 64ULL << 20, 256ULL << 30 };
static const uint64_t log_offset[ZR_SB_MIRRORS] = { 0, 512ULL << 30, 4ULL << 40 };

uint64_t zr_sb_offset(unsigned int mirror)
{
	return regular_offset[mirror];
}

uint64_t zr_sblog_zone(unsigned int mirror, uint64_t zone_size)
{
	return log_offset[mirror] / zone_size;
}

bool zr_sblog_exists(const struct zr_geometry *geo, unsigned int mirror)
{
	uint64_t zones;

	if (!geo->zone_size)
		return false;
	zones = mirror ? zr_div_up(geo->size, geo->zone_size) : geo->size / geo->zone_size;
	return zr_sblog_zone(mirror, geo->zone_size) + 1 < zones;
}

bool zr_sblog_uses(const struct zr_geometry *geo, uint64_t zone_no)
{
	unsigned int mirror;

	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t first = zr_sblog_zone(mirror, geo->zone_size);

		if (zr_sblog_exists(geo, mirror) && (zone_no == first || zone_no == first + 1))
			return true;
	}
	return false;
}

uint64_t zr_sb_copy_physical(const struct zr_geometry *geo, unsigned int mirror)
{
	if (geo->model == ZR_MODEL_REGULAR)
		return zr_sb_offset(mirror);
	return zr_sblog_zone(mirror, geo->zone_size) * geo->zone_size;
}

bool zr_sb_copy_exists(const struct zr_geometry *geo, unsigned int mirror, uint64_t total_bytes)
{
	if (geo->model != ZR_MODEL_REGULAR && !zr_sblog_exists(geo, mirror))
		return false;
	return zr_sb_copy_physical(geo, mirror) + ZR_SB_SIZE < total_bytes;
}

bool zr_sblog_reserved(uint64_t zone_no, uint64_t zone_size)
{
	unsigned int mirror;

	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t first = zr_sblog_zone(mirror, zone_size);

		if (zone_no == first || zone_no == first + 1)
			return true;
		if (zone_no == zr_sb_offset(mirror) / zone_size)
			return true;
	}
	return false;
}

static enum fill active_fill(const struct zr_zone *zone)
{
	/* No room for one more entry: the same as full, whatever the condition says. */
	if (zone->wp + ZR_SB_SIZE > zone->start + zone->cap)
		return FILL_FULL;
	if (zone->wp == zone->start)
		return FILL_OPENED;
	return zone->wp < zone->start + ZR_SB_SIZE ? FILL_BROKEN : FILL_USED;
}

static enum fill zone_fill(const struct zr_zone *zone)
{
	if (!zr_zone_is_sequential(zone) || zone->cap < ZR_SB_SIZE)
		return FILL_BROKEN;
	switch (zone->cond) {
	case ZR_COND_EMPTY:
		return FILL_EMPTY;
	case ZR_COND_IMP_OPEN:
	case ZR_COND_EXP_OPEN:
	case ZR_COND_CLOSED:
		return active_fill(zone);
	case ZR_COND_FULL:
	case ZR_COND_READONLY:
		return FILL_FULL;
	case ZR_COND_NOT_WP:
	case ZR_COND_OFFLINE:
		break;
	}
	return FILL_BROKEN;
}

enum zr_sblog_state zr_sblog_state(const struct zr_zone pair[2])
{
	/* Rows: the first zone. Columns: the second. */
	static const enum zr_sblog_state state[FILL_COUNT][FILL_COUNT] = {
		[FILL_EMPTY] = { [FILL_EMPTY] = ZR_SBLOG_EMPTY,
				 [FILL_OPENED] = ZR_SBLOG_BROKEN,
				 [FILL_USED] = ZR_SBLOG_BROKEN,
				 [FILL_FULL] = ZR_SBLOG_SECOND },
		[FILL_OPENED] = { [FILL_EMPTY] = ZR_SBLOG_EMPTY,
				  [FILL_OPENED] = ZR_SBLOG_BROKEN,
				  [FILL_USED] = ZR_SBLOG_BROKEN,
				  [FILL_FULL] = ZR_SBLOG_SECOND },
		[FILL_USED] = { [FILL_EMPTY] = ZR_SBLOG_FIRST,
				[FILL_OPENED] = ZR_SBLOG_BROKEN,
				[FILL_USED] = ZR_SBLOG_BROKEN,
				[FILL_FULL] = ZR_SBLOG_FIRST },
		[FILL_FULL] = { [FILL_EMPTY] = ZR_SBLOG_FIRST,
				[FILL_OPENED] = ZR_SBLOG_FIRST,
				[FILL_USED] = ZR_SBLOG_SECOND,
				[FILL_FULL] = ZR_SBLOG_COMPARE },
	};
	enum fill first = zone_fill(&pair[0]);
	enum fill second = zone_fill(&pair[1]);

	if (pair[0].type == ZR_ZONE_CONVENTIONAL && pair[0].cond != ZR_COND_OFFLINE)
		return ZR_SBLOG_FIXED;
	if (first == FILL_BROKEN || second == FILL_BROKEN)
		return ZR_SBLOG_BROKEN;
	return state[first][second];
}

uint64_t zr_sblog_last_slot(const struct zr_zone *zone)
{
	uint64_t end = zone->start + zone->cap;

	return end - end % ZR_SB_SIZE - ZR_SB_SIZE;
}

uint64_t zr_sblog_newest(const struct zr_zone *zone)
{
	if (zone_fill(zone) == FILL_FULL)
		return zr_sblog_last_slot(zone);
	return zone->wp - zone->wp % ZR_SB_SIZE - ZR_SB_SIZE;
}

unsigned int zr_sblog_compare(const uint64_t generation[2])
{
	return generation[0] > generation[1] ? 0 : 1;
}

bool zr_zone_can_have_group(const struct zr_zone *zones, uint32_t zone_no, uint64_t zone_size)
{
	const struct zr_zone *zone = &zones[zone_no];

	return zr_zone_is_writable(zone) && zone->len == zone_size &&
	       !zr_sblog_reserved(zone_no, zone_size);
}
