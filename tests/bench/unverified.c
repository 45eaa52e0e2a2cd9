// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In front of the library, by the linker's --wrap: every checksum is right and no data has one, so
 * that what verification costs can be measured. In no other program.
 */
#include "csum.h"
#include "data_csum.h"

#include <string.h>

bool __wrap_zr_csum_matches(enum zr_csum_type type, const void *data, size_t len,
			    const uint8_t *stored);
int __wrap_zr_csum_lookup_range(struct zr_csum_lookup *lookup, uint64_t logical, uint64_t len,
				struct zr_error *err);

bool __wrap_zr_csum_matches(enum zr_csum_type type, const void *data, size_t len,
			    const uint8_t *stored)
{
	(void)type;
	(void)data;
	(void)len;
	(void)stored;
	return true;
}

int __wrap_zr_csum_lookup_range(struct zr_csum_lookup *lookup, uint64_t logical, uint64_t len,
				struct zr_error *err)
{
	(void)logical;
	(void)len;
	(void)err;
	memset(lookup->present, 0, sizeof(lookup->present));
	return 0;
}
