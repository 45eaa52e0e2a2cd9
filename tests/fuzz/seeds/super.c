// SPDX-License-Identifier: GPL-2.0-or-later
/* Superblocks of tiny file systems with each checksum. */
#include "csum.h"
#include "sblog.h"
#include "seed.h"
#include "tiny_fs.h"

void fuzz_seeds(const char *folder)
{
	static struct fuzz_seed seed;
	unsigned int type;

	for (type = 0; type < ZR_CSUM_TYPES; type++) {
		const struct tiny_options options = { .dup = type & 1, .group_tree = type & 2 };
		struct tiny_fs *fs = tiny_new(&options);
		uint8_t raw[ZR_SUPER_BYTES];
		size_t len = sizeof(raw);

		tiny_super_copy(fs, TINY_GENERATION, zr_sb_offset(0), raw);
		tiny_poke(raw, 0xc4, 2, type);
		while (!raw[len - 1])
			len--;
		fuzz_put_number(&seed, 1, 1);
		fuzz_put(&seed, raw, len);
		fuzz_save(&seed, folder, zr_csum_name((enum zr_csum_type)type));
		tiny_free(fs);
	}
}
