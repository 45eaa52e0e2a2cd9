// SPDX-License-Identifier: LGPL-2.1-or-later
#include "choices.h"

#include "journal.h"
#include "uuid_text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* RFC 4122, 4.4: version 4, variant 1. */
static int make_fsid(uint8_t fsid[16], struct zr_error *err)
{
	if (getentropy(fsid, 16))
		return zr_fail_errno(err, ZR_E_INTERNAL, errno, "plan: no random numbers");
	fsid[6] = (uint8_t)((fsid[6] & 0x0f) | 0x40);
	fsid[8] = (uint8_t)((fsid[8] & 0x3f) | 0x80);
	return 0;
}

static int choose_fsid(struct zr_plan_choices *choices, struct zr_target *target,
		       struct zr_error *err)
{
	struct zr_journal journal;
	int rc = target->dev ? zr_journal_find(&journal, target->dev, err) : 1;

	if (rc < 0)
		return rc;
	if (rc || !zr_uuid_is_set(journal.head.target_fsid))
		return make_fsid(choices->fsid, err);
	memcpy(choices->fsid, journal.head.target_fsid, sizeof(choices->fsid));
	return 0;
}

int zr_choices_make(struct zr_plan_choices *choices, const struct zr_plan_options *options,
		    struct zr_target *target, struct zr_error *err)
{
	memset(choices, 0, sizeof(*choices));
	choices->tail = options->tail;
	choices->resize = options->resize;
	choices->uuid = options->uuid;
	choices->active_zones = options->active_zones;
	choices->rescue = options->rescue;
	if (choices->uuid == ZR_UUID_KEEP)
		return 0;
	memcpy(choices->fsid, options->fsid, sizeof(choices->fsid));
	return zr_uuid_is_set(choices->fsid) ? 0 : choose_fsid(choices, target, err);
}
