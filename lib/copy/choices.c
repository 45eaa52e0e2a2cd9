// SPDX-License-Identifier: LGPL-2.1-or-later
#include "choices.h"

#include "journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int check_options(const struct zr_plan_options *options, struct zr_error *err)
{
	const struct {
		const char *name;
		int value;
		int last;
	} choices[] = {
		{ "tail", (int)options->tail, ZR_TAIL_SOURCE },
		{ "log", (int)options->log, ZR_LOG_DROP },
		{ "resize", (int)options->resize, ZR_RESIZE_MAX },
		{ "uuid", (int)options->uuid, ZR_UUID_NEW },
	};
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (choices[i].value < 0 || choices[i].value > choices[i].last)
			return zr_fail(err, ZR_E_ARGUMENT,
				       "plan options: %s, found %d expected at most %d",
				       choices[i].name, choices[i].value, choices[i].last);
	return 0;
}

static bool is_set(const uint8_t fsid[16])
{
	static const uint8_t zeroes[16];

	return memcmp(fsid, zeroes, sizeof(zeroes)) != 0;
}

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
	if (rc || !is_set(journal.head.target_fsid))
		return make_fsid(choices->fsid, err);
	memcpy(choices->fsid, journal.head.target_fsid, sizeof(choices->fsid));
	return 0;
}

int zr_choices_make(struct zr_plan_choices *choices, const struct zr_plan_options *options,
		    struct zr_target *target, struct zr_error *err)
{
	int rc = check_options(options, err);

	if (rc)
		return rc;
	memset(choices, 0, sizeof(*choices));
	choices->tail = options->tail;
	choices->resize = options->resize;
	choices->uuid = options->uuid;
	choices->active_zones = options->active_zones;
	if (choices->uuid == ZR_UUID_KEEP)
		return 0;
	memcpy(choices->fsid, options->fsid, sizeof(choices->fsid));
	return is_set(choices->fsid) ? 0 : choose_fsid(choices, target, err);
}
