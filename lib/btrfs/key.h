/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys of tree items in host byte order.
 */
#ifndef ZR_BTRFS_KEY_H
#define ZR_BTRFS_KEY_H

#include <stdint.h>

struct zr_key {
	uint64_t objectid;
	uint8_t type;
	uint64_t offset;
};

/* For messages: printf("(" ZR_KEY_FMT ")", ZR_KEY_ARGS(key)) */
#define ZR_KEY_FMT "%llu %u %llu"
#define ZR_KEY_ARGS(key)                                              \
	(unsigned long long)(key).objectid, (unsigned int)(key).type, \
		(unsigned long long)(key).offset

/*
 * zr_key_compare - order of two keys: objectid, then type, then offset
 * Returns a number below, equal to or above 0.
 */
static inline int zr_key_compare(const struct zr_key *a, const struct zr_key *b)
{
	if (a->objectid != b->objectid)
		return a->objectid < b->objectid ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return 0;
}

#endif
