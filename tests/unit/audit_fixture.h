/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZR_TESTS_AUDIT_FIXTURE_H
#define ZR_TESTS_AUDIT_FIXTURE_H

#include "audit.h"
#include "tiny_fs.h"

#define FOUND_MAX 16

/* A file system, an audit of it, and what it told. */
struct fixture {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_check_summary summary;
	struct zr_error err;
	struct zr_check_finding found[FOUND_MAX];
	char texts[FOUND_MAX][200];
	size_t count;
	size_t zones;
	size_t superblocks;
	const struct zr_source_options *options; /* of the audit; may be NULL */
	int rc;
};

/*
 * open_fixture - put a file system onto a device
 * @fs: taken over
 * @options: of the device; NULL for a zoned one as large as the file system
 */
void open_fixture(struct fixture *fix, struct tiny_fs *fs, const struct memory_options *options);

/*
 * open_plain - two copies of metadata, nothing special
 */
void open_plain(struct fixture *fix);

void run_audit(struct fixture *fix);
void close_fixture(struct fixture *fix);

/*
 * expect_one - run an audit that must find this and nothing else, and close
 * @refused: refusals of 6.1, 6.12 and later ones as a string of digits
 */
void expect_one(struct fixture *fix, enum zr_check_kind kind, const char *refused);

#endif
