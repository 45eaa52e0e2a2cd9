/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seeds: inputs from which mutation can start. Each target has a file in seeds/ that writes them.
 */
#ifndef ZR_TESTS_SEED_H
#define ZR_TESTS_SEED_H

#include "fuzz.h"

/*
 * fuzz_seeds - write inputs to a folder from which mutation can start
 */
void fuzz_seeds(const char *folder);

/* A seed in the making. */
struct fuzz_seed {
	uint8_t bytes[FUZZ_INPUT_MAX];
	size_t len;
};

void fuzz_put(struct fuzz_seed *seed, const void *bytes, size_t len);
void fuzz_put_number(struct fuzz_seed *seed, size_t size, uint64_t value);

/*
 * fuzz_put_edit - one of edits.h, but for what follows EDIT_ADD
 * @size: bytes of @value, at most 8
 */
void fuzz_put_edit(struct fuzz_seed *seed, uint8_t kind, uint8_t which, uint16_t at, uint8_t size,
		   uint64_t value);

/*
 * fuzz_save - write a seed to a file and make it empty; ends the program when it cannot be written
 */
void fuzz_save(struct fuzz_seed *seed, const char *folder, const char *name);

#endif
