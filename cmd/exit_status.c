// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "plain.h"

#include <stdio.h>

static const enum status statuses[] = {
	[ZR_CLASS_NONE] = STATUS_DONE,		 [ZR_CLASS_CORRUPT] = STATUS_REFUSED,
	[ZR_CLASS_UNSUPPORTED] = STATUS_REFUSED, [ZR_CLASS_SOURCE_IO] = STATUS_FAILED,
	[ZR_CLASS_TARGET_IO] = STATUS_FAILED,	 [ZR_CLASS_ZONE_STATE] = STATUS_FAILED,
	[ZR_CLASS_NO_SPACE] = STATUS_REFUSED,	 [ZR_CLASS_USAGE] = STATUS_FAILED,
	[ZR_CLASS_REFUSED] = STATUS_REFUSED,	 [ZR_CLASS_DIFFERENT] = STATUS_DIFFERENT,
	[ZR_CLASS_CANCELLED] = STATUS_SIGNAL,	 [ZR_CLASS_BUG] = STATUS_FAILED,
};

/* What the reader of a message can do next; classes without an entry have nothing in common. */
static const char *const advice[] = {
	[ZR_CLASS_CORRUPT] = "the source is damaged there; look at it with 'btrfs check'",
	[ZR_CLASS_SOURCE_IO] = "look at the kernel log for the source device",
	[ZR_CLASS_TARGET_IO] =
		"look at the kernel log for the target device; the source is untouched",
	[ZR_CLASS_ZONE_STATE] = "the source is untouched",
	[ZR_CLASS_BUG] = "this is a mistake in btrfs-zreplace; please report it",
};

int status_of_class(enum zr_error_class class)
{
	return statuses[class];
}

int report_error(const struct zr_error *err)
{
	enum zr_error_class class = zr_error_class(err->code);
	const char *next = NULL;

	if ((size_t) class < sizeof(advice) / sizeof(advice[0]))
		next = advice[class];
	if (err->code == ZR_E_HOLDS_DATA)
		next = "use -f to overwrite it";
	if (err->code == ZR_E_SOURCE_BAD)
		next = "nothing was taken from it";
	if (err->code == ZR_E_OTHER_RUN || err->code == ZR_E_JOURNAL)
		next = "use --restart to begin anew, or 'cancel' to empty the target";
	if (class == ZR_CLASS_CANCELLED)
		next = "the same 'start' goes on from there";
	fprintf(stderr, "ERROR: ");
	print_plain(stderr, err->text);
	fprintf(stderr, "%s%s\n", next ? "; " : "", next ? next : "");
	return status_of_class(class);
}
