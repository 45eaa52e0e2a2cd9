// SPDX-License-Identifier: GPL-2.0-or-later
#include "zone_commands.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS 8
#define BLOCK_MAX 4096

enum kind { WRITE, WRITE_ELSEWHERE, RESET, CLOSE, FINISH, KINDS };

struct zr_zone *zone_report(struct zr_device *dev)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_zone *zones;

	fuzz_must(!fuzz_result(zr_device_zones(dev, &zones, &err), &err));
	return zones;
}

static uint32_t count_active(const struct zr_device *dev, const struct zr_zone *zones)
{
	uint32_t active = 0;
	uint32_t i;

	for (i = 0; i < dev->geo.zone_count; i++)
		active += zr_zone_is_active(&zones[i]);
	return active;
}

static int write_blocks(struct zr_device *dev, const struct zr_zone *zone, bool elsewhere,
			uint8_t blocks)
{
	static _Alignas(4096) uint8_t bytes[BLOCKS * BLOCK_MAX];
	static _Alignas(4096) uint8_t found[BLOCKS * BLOCK_MAX];
	uint64_t written = zr_zone_is_sequential(zone) ? zr_zone_written(zone) : 0;
	/* Behind a full zone is another one. */
	uint64_t at = zone->start + written % zone->len + (elsewhere ? dev->geo.logical_block : 0);
	size_t len = (blocks % BLOCKS + 1U) * dev->geo.logical_block;
	struct zr_error err = ZR_ERROR_INIT;
	int rc;

	memset(bytes, blocks, len);
	rc = fuzz_result(zr_device_write(dev, at, bytes, len, &err), &err);
	if (rc)
		return rc;
	fuzz_must(!elsewhere || !zr_zone_is_sequential(zone));
	fuzz_must(!fuzz_result(zr_device_read(dev, at, found, len, &err), &err));
	fuzz_must(!memcmp(found, bytes, len));
	return 0;
}

static int change_zone(struct zr_device *dev, uint32_t zone_no, enum kind kind)
{
	static const enum zr_zone_op ops[] = {
		[RESET] = ZR_OP_RESET,
		[CLOSE] = ZR_OP_CLOSE,
		[FINISH] = ZR_OP_FINISH,
	};
	struct zr_error err = ZR_ERROR_INIT;

	return fuzz_result(zr_device_zone_op(dev, ops[kind], zone_no, &err), &err);
}

static bool is_result(enum kind kind, const struct zr_zone *before, const struct zr_zone *after)
{
	switch (kind) {
	case RESET:
		return after->cond == ZR_COND_EMPTY;
	case CLOSE:
		return after->cond == ZR_COND_CLOSED || after->cond == ZR_COND_EMPTY;
	case FINISH:
		return after->cond == ZR_COND_FULL;
	default:
		break;
	}
	if (!zr_zone_is_sequential(after))
		return true;
	return zr_zone_written(after) > zr_zone_written(before) &&
	       (after->cond == ZR_COND_FULL) == (zr_zone_written(after) == after->cap);
}

void zone_command(struct zr_device *dev, struct fuzz_input *input)
{
	enum kind kind = (enum kind)(fuzz_number(input, 1) % KINDS);
	uint32_t zone_no = (uint32_t)(fuzz_number(input, 1) % dev->geo.zone_count);
	uint8_t blocks = (uint8_t)fuzz_number(input, 1);
	struct zr_zone *before = zone_report(dev);
	uint32_t limit = dev->geo.max_active;
	struct zr_zone *after;
	int rc;

	if (kind == WRITE || kind == WRITE_ELSEWHERE)
		rc = write_blocks(dev, &before[zone_no], kind == WRITE_ELSEWHERE, blocks);
	else
		rc = change_zone(dev, zone_no, kind);
	after = zone_report(dev);
	/* A command that fails leaves its zone alone, and none gets above a limit. */
	if (rc)
		fuzz_must(!memcmp(&before[zone_no], &after[zone_no], sizeof(*after)));
	else
		fuzz_must(is_result(kind, &before[zone_no], &after[zone_no]));
	fuzz_must(!limit || count_active(dev, before) > limit || count_active(dev, after) <= limit);
	free(before);
	free(after);
}
