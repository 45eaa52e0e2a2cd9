/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers as people write and read them.
 */
#ifndef ZR_CMD_SIZE_H
#define ZR_CMD_SIZE_H

#include <stddef.h>
#include <stdint.h>

/*
 * parse_size - bytes with an optional IEC suffix: K, M, G, T, P, also followed by "iB"
 * Returns 0, or -1 for anything that is no such number, is 0, or does not fit.
 */
int parse_size(const char *text, uint64_t *bytes);

/*
 * parse_count - a plain decimal number of 32 bits
 * Returns 0 or -1.
 */
int parse_count(const char *text, uint32_t *count);

#define SIZE_TEXT_MAX 32
#define DURATION_TEXT_MAX 32

/*
 * format_size - bytes for a person: "1.50GiB"
 * Returns @text.
 */
const char *format_size(uint64_t bytes, char text[SIZE_TEXT_MAX]);

/*
 * format_duration - seconds as hours, minutes and seconds: "1:02:03"
 * Returns @text.
 */
const char *format_duration(uint64_t seconds, char text[DURATION_TEXT_MAX]);

/*
 * plural_ending - what a noun ends with behind a number
 */
const char *plural_ending(uint64_t count);

#endif
