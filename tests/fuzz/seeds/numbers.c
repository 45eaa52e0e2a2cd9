// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes that are right and wrong. */
#include "seed.h"

#include <string.h>

void fuzz_seeds(const char *folder)
{
	static const char *const texts[] = { "0", "4096", "4K", "512MiB", "7T", "16384P", "1e3" };
	static struct fuzz_seed seed;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fuzz_put(&seed, texts[i], strlen(texts[i]));
		fuzz_save(&seed, folder, texts[i]);
	}
}
