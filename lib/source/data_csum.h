/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checksums of data, from the checksum tree.
 */
#ifndef ZR_SOURCE_DATA_CSUM_H
#define ZR_SOURCE_DATA_CSUM_H

#include "tree.h"

/* Sectors that one look-up covers at most. */
#define ZR_CSUM_SECTORS 256

struct zr_csum_lookup {
	struct zr_cursor cursor;
	bool present[ZR_CSUM_SECTORS]; /* whether the sector has a checksum */
	uint8_t csums[ZR_CSUM_SECTORS * ZR_CSUM_MAX];
};

/*
 * zr_csum_lookup_init - nothing is read yet
 */
void zr_csum_lookup_init(struct zr_csum_lookup *lookup, struct zr_source *source);

/*
 * zr_csum_lookup_range - fetch the checksums of a range
 * @logical, @len: multiples of the sector size, at most ZR_CSUM_SECTORS sectors
 *
 * Fills present and csums. "Has none" and "could not tell" are different answers: a checksum tree
 * that cannot be read is an error.
 * Returns 0, -ZR_E_CSUM_TREE for items that overlap, or an error of reading the tree.
 */
int zr_csum_lookup_range(struct zr_csum_lookup *lookup, uint64_t logical, uint64_t len,
			 struct zr_error *err) ZR_NODISCARD;

void zr_csum_lookup_free(struct zr_csum_lookup *lookup);

#endif
