// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "owner_fs.h"

void owner_fs_new(struct owner_fs *owners, const struct tiny_options *options)
{
	memset(owners, 0, sizeof(*owners));
	owners->fs = tiny_new(options);
}

void owner_fs_write(struct owner_fs *owners)
{
	owners->memory = tiny_source(owners->fs, false);
}

static void take(const struct zr_owner *owner, void *context)
{
	struct owner_fs *owners = context;
	size_t len = strlen(owners->text);
	char *to = owners->text + len;
	size_t room = sizeof(owners->text) - len;

	if (owner->inode)
		snprintf(to, room, "%" PRId64 ":%" PRIu64 "+%" PRIu64 " %s\n", (int64_t)owner->tree,
			 owner->inode, owner->offset, owner->path ? owner->path : "?");
	else
		snprintf(to, room, "%" PRId64 " level %u\n", (int64_t)owner->tree, owner->level);
}

void owner_fs_expect(struct owner_fs *owners, uint64_t logical, uint64_t len, int code,
		     const char *lines)
{
	const struct zr_error none = ZR_ERROR_INIT;
	int rc;

	if (!owners->source)
		owners->source = tiny_open(owners->memory);
	owners->text[0] = '\0';
	owners->err = none;
	rc = zr_source_owners(owners->source, logical, len, take, owners, &owners->err);
	assert_string_equal(owners->text, lines);
	if (rc != -code || owners->err.code != code)
		fail_msg("returned %s, recorded %s: %s", zr_error_name(rc),
			 zr_error_name(owners->err.code), owners->err.text);
}

void owner_fs_free(struct owner_fs *owners)
{
	zr_source_close(owners->source);
	memory_free(owners->memory);
	tiny_free(owners->fs);
}
