/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UUIDs: whether there is one, and as text.
 */
#ifndef ZR_BASE_UUID_TEXT_H
#define ZR_BASE_UUID_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ZR_UUID_TEXT 37 /* with the byte that ends it */

/*
 * zr_uuid_is_set - whether a UUID is anything but zeroes
 */
static inline bool zr_uuid_is_set(const uint8_t uuid[16])
{
	static const uint8_t zeroes[16];

	return memcmp(uuid, zeroes, sizeof(zeroes)) != 0;
}

/*
 * zr_uuid_text - lower case, with dashes, as RFC 4122 has it
 */
static inline void zr_uuid_text(const uint8_t uuid[16], char text[ZR_UUID_TEXT])
{
	size_t at = 0;
	int i;

	for (i = 0; i < 16; i++)
		at += (size_t)snprintf(text + at, ZR_UUID_TEXT - at, "%s%02x",
				       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

#endif
