/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves and nodes made in memory. Everything is written at literal offsets of the format, not
 * through the library's structures, so that a structure that is wrong does not hide itself.
 */
#ifndef ZR_TESTS_BUILD_BLOCK_H
#define ZR_TESTS_BUILD_BLOCK_H

#include "csum.h"
#include "error.h"
#include "key.h"

#include <stddef.h>
#include <stdint.h>

#define BUILD_LOGICAL 30408704ULL
#define BUILD_GENERATION 7
#define BUILD_OWNER 3

struct build_block {
	uint8_t *bytes; /* size bytes and not one more, so that a sanitizer sees what leaves them */
	uint32_t size;
	uint32_t count; /* items or pointers */
	uint32_t data; /* where the data of the last item begins, from the end of the header */
};

/* The file system UUID of each block: 1, 2, ... 16. */
extern const uint8_t build_fsid[16];

/*
 * build_start - an empty block of BUILD_LOGICAL, BUILD_GENERATION and BUILD_OWNER; free with
 * build_free()
 */
void build_start(struct build_block *block, uint32_t size, uint8_t level);

/*
 * build_item - append an item to a leaf
 * Returns its data, all zero.
 */
uint8_t *build_item(struct build_block *block, struct zr_key key, uint32_t size);

/*
 * build_pointer - append a pointer to a node
 */
void build_pointer(struct build_block *block, struct zr_key key, uint64_t logical,
		   uint64_t generation);

/*
 * build_seal - compute the checksum again
 */
void build_seal(struct build_block *block, enum zr_csum_type type);

void build_free(struct build_block *block);

/*
 * poke, peek - a little-endian number of size bytes
 */
void poke(uint8_t *bytes, size_t at, size_t size, uint64_t value);
uint64_t peek(const uint8_t *bytes, size_t at, size_t size);

/*
 * expect_refused - fail the test unless a call returned -code and left code and text in the record
 * @name: what is wrong with the input
 * @fragment: part of the text
 */
void expect_refused(const char *name, int rc, const struct zr_error *err, int code,
		    const char *fragment);

/*
 * expect_accepted - fail the test unless a call returned 0 and left the record alone
 */
void expect_accepted(const char *name, int rc, const struct zr_error *err);

#endif
