// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Superblocks. Input: one byte (bit 0: make the checksum right; bits 1 and 2: the mirror whose
 * place is expected), then the superblock; what is missing of it is zero.
 */
#include "super.h"
#include "feature.h"
#include "fuzz.h"
#include "range.h"
#include "sblog.h"
#include "tiny_fs.h"

#include <string.h>

#define CSUM_TYPE_AT 0xc4

static void make_csum(uint8_t *raw)
{
	uint64_t type = tiny_peek(raw, CSUM_TYPE_AT, 2);

	if (type < ZR_CSUM_TYPES)
		zr_csum((enum zr_csum_type)type, raw + 32, ZR_SUPER_BYTES - 32, raw);
}

static void expect_sane(const struct zr_super *super)
{
	fuzz_must(zr_is_power_of_two(super->sectorsize) && super->sectorsize >= 4096);
	fuzz_must(zr_is_power_of_two(super->nodesize) && super->nodesize <= 65536);
	fuzz_must(super->nodesize >= super->sectorsize);
	fuzz_must(super->root && super->root % super->sectorsize == 0);
	fuzz_must(super->chunk_root && super->chunk_root % super->sectorsize == 0);
	fuzz_must(super->log_root % super->sectorsize == 0);
	fuzz_must(super->root_level < 8 && super->chunk_root_level < 8 &&
		  super->log_root_level < 8);
	fuzz_must(super->generation && super->generation + 2 > super->generation);
	fuzz_must(super->chunk_root_generation <= super->generation);
	fuzz_must(super->total_bytes <= INT64_MAX && super->dev_total_bytes <= super->total_bytes);
	fuzz_must(super->bytes_used <= super->total_bytes);
	fuzz_must(super->devid && super->num_devices && super->dev_total_bytes);
	fuzz_must(super->sys_chunks_size <= ZR_SYS_CHUNKS_MAX && super->sys_chunks_size >= 97);
	fuzz_must(memchr(super->label, 0, sizeof(super->label)));
}

/* A copy for another mirror decodes there to the same, and nowhere else. */
static void expect_copies(const struct zr_super *super)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_super again = { 0 };
	uint8_t raw[ZR_SUPER_BYTES];
	unsigned int mirror;

	memcpy(raw, super->raw, sizeof(raw));
	for (mirror = 0; mirror < ZR_SB_MIRRORS; mirror++) {
		uint64_t other = zr_sb_offset((mirror + 1) % ZR_SB_MIRRORS);

		zr_super_seal_copy(raw, zr_sb_offset(mirror));
		fuzz_must(!zr_super_decode(raw, zr_sb_offset(mirror), &again, &err));
		fuzz_must(!memcmp(super, &again, offsetof(struct zr_super, raw)));
		fuzz_must(zr_super_same(raw, super->raw));
		fuzz_must(fuzz_result(zr_super_decode(raw, other, &again, &err), &err) ==
			  -ZR_E_OFFSET);
	}
	zr_super_clear_log(raw);
	zr_super_seal_copy(raw, zr_sb_offset(0));
	fuzz_must(!zr_super_decode(raw, zr_sb_offset(0), &again, &err));
	fuzz_must(!again.log_root && !again.log_root_level);
	fuzz_must(zr_super_same(raw, super->raw) == (!super->log_root && !super->log_root_level));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	uint8_t flags = (uint8_t)fuzz_number(&input, 1);
	uint64_t place = zr_sb_offset(flags / 2 % 4 % ZR_SB_MIRRORS);
	struct zr_error err = ZR_ERROR_INIT;
	uint8_t raw[ZR_SUPER_BYTES] = { 0 };
	struct zr_super super = { 0 };

	fuzz_take(&input, raw, sizeof(raw));
	if (flags & 1)
		make_csum(raw);
	if (fuzz_result(zr_super_decode(raw, place, &super, &err), &err))
		return 0;
	fuzz_must(zr_super_is_magic(raw) && zr_super_generation(raw) == super.generation);
	expect_sane(&super);
	expect_copies(&super);
	if (!fuzz_result(zr_features_check(&super, &err), &err))
		fuzz_must(zr_super_is_zoned(&super) == !zr_super_require_zoned(&super, NULL));
	return 0;
}
