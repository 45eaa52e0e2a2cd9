/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that is in use in a file system, read and verified in the order of its addresses.
 */
#ifndef ZR_TESTS_READ_ALL_H
#define ZR_TESTS_READ_ALL_H

#include "verified_read.h"

struct read_all {
	struct zr_reader reader;
	uint64_t extents; /* that were begun */
	/* Called for each piece that was read. May be NULL. */
	void (*take)(void *owner, const struct zr_reader *reader, const struct zr_extent *extent,
		     const uint8_t *bytes, uint64_t len);
	void *owner;
};

/*
 * read_all_init - nothing is read yet; the reader may be changed before read_all()
 */
void read_all_init(struct read_all *all, struct zr_source *source);

/*
 * read_all - read, and give the reader back
 * Returns 0 or a failure of the library.
 */
int read_all(struct read_all *all, struct zr_error *err);

#endif
