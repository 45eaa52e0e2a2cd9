// SPDX-License-Identifier: GPL-2.0-or-later
/* Each shape whole, without a device, and with a sector that is wrong or cannot be read. */
#include "seed.h"

#include <stdio.h>

void fuzz_seeds(const char *folder)
{
	static struct fuzz_seed seed;
	char name[32];
	unsigned int shape;
	unsigned int loss;

	for (shape = 0; shape < 14; shape++) {
		for (loss = 0; loss < 4; loss++) {
			fuzz_put_number(&seed, 1, shape);
			fuzz_put_number(&seed, 1, loss == 1 ? 1U << (shape / 2) : 0);
			fuzz_put_number(&seed, 1, 3 * shape);
			fuzz_put_number(&seed, 1, 31);
			if (loss > 1) {
				fuzz_put_number(&seed, 1, shape);
				fuzz_put_number(&seed, 1, 20 + (loss == 3 ? 128 : 0));
				fuzz_put_number(&seed, 1, shape + 1);
				fuzz_put_number(&seed, 1, 20);
			}
			snprintf(name, sizeof(name), "shape-%u-%u", shape, loss);
			fuzz_save(&seed, folder, name);
		}
	}
}
