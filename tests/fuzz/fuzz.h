/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fuzz targets share. A target is one file that defines LLVMFuzzerTestOneInput() and
 * fuzz_seeds(); it is linked with libFuzzer, or with replay.c into a program that runs given
 * inputs.
 */
#ifndef ZR_TESTS_FUZZ_H
#define ZR_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <zreplace/error.h>

/* Longest input that any target takes; what is longer has not been made by scripts/fuzz. */
#define FUZZ_INPUT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * fuzz_must - end the program, as a crash that libFuzzer keeps the input of, unless something holds
 */
#define fuzz_must(truth) ((truth) ? (void)0 : fuzz_stop(#truth, __FILE__, __LINE__))
_Noreturn void fuzz_stop(const char *truth, const char *file, int line);

/*
 * fuzz_result - check what every fallible function promises: a negative result is a code that
 * exists, stands in the record, and has a text of one line; any other result leaves the record
 * alone
 *
 * Returns rc. The record is cleared.
 */
int fuzz_result(int rc, struct zr_error *err);

/* What is left of an input. */
struct fuzz_input {
	const uint8_t *data;
	size_t left;
};

/*
 * fuzz_number - take a little-endian number off the front; bytes that are missing are zero
 */
uint64_t fuzz_number(struct fuzz_input *input, size_t size);

/*
 * fuzz_take - take bytes off the front
 * Returns how many there were; the rest of @to is left alone.
 */
size_t fuzz_take(struct fuzz_input *input, void *to, size_t len);

#endif
