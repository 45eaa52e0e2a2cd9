/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who uses a range of a tiny file system, as text: one line for each owner, in the order in which
 * they were told. A part of a file is "TREE:INODE+OFFSET PATH", with "?" for no path; a tree block
 * is "TREE level LEVEL".
 */
#ifndef ZR_TESTS_OWNER_FS_H
#define ZR_TESTS_OWNER_FS_H

#include "tiny_volume.h"

#include <zreplace/finding.h>

struct owner_fs {
	struct tiny_fs *fs;
	struct memory_device *memory;
	struct zr_source *source; /* opened by the first question */
	char text[8192];
	struct zr_error err;
};

/*
 * owner_fs_new - a file system whose files a test adds
 */
void owner_fs_new(struct owner_fs *owners, const struct tiny_options *options);

/*
 * owner_fs_write - put what is described on a device, to which the test adds its tree blocks
 */
void owner_fs_write(struct owner_fs *owners);

/*
 * owner_fs_expect - ask for the owners of a range
 * @code: 0, or what the search returns beside the owners
 */
void owner_fs_expect(struct owner_fs *owners, uint64_t logical, uint64_t len, int code,
		     const char *lines);

void owner_fs_free(struct owner_fs *owners);

#endif
