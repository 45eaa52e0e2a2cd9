// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether anybody used a target since a run was interrupted. A journal in a zone of its own would
 * be gone; one at a fixed place lies where few things write.
 */
#include "resume.h"

#include "blkid.h"
#include "super_read.h"
#include "uuid_text.h"

#include <string.h>

/* The run's own superblock, if it came that far: each mount for writing makes another generation.
 */
static bool is_own_super(const struct zr_journal_head *head, const struct zr_super *super)
{
	bool other = zr_uuid_is_set(head->target_fsid);

	return super->generation == head->generation &&
	       !memcmp(super->fsid, other ? head->target_fsid : head->fsid, sizeof(super->fsid));
}

static int fail_used(const struct zr_target *target, const char *what, struct zr_error *err)
{
	return zr_fail(err, ZR_E_HOLDS_DATA,
		       "%s: holds an unfinished run, and was used since: it has a %s signature",
		       target->path, what);
}

int zr_run_untouched(const struct zr_target *target, const struct zr_journal *journal,
		     struct zr_error *err)
{
	struct zr_error ignored = ZR_ERROR_INIT;
	struct zr_signatures found;
	struct zr_super super;
	uint64_t physical;
	int rc;

	if (journal->sequential)
		return 0;
	rc = zr_target_signature(target, &found, err);
	if (rc || (!found.type[0] && !found.table[0]))
		return rc;
	if (strcmp(found.type, "btrfs"))
		return fail_used(target, found.type[0] ? found.type : found.table, err);
	/* One that no kernel takes is written again. */
	if (zr_super_read(target->dev, &super, &physical, &ignored) ||
	    is_own_super(&journal->head, &super))
		return 0;
	return fail_used(target, "newer or other btrfs", err);
}
