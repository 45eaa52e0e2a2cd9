// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "plain.h"

#include <stdarg.h>
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
static const char *const next_of_class[] = {
	[ZR_CLASS_CORRUPT] = "the source is damaged there; look at it with 'btrfs check'",
	[ZR_CLASS_SOURCE_IO] = "look at the kernel log for the source device",
	[ZR_CLASS_TARGET_IO] =
		"look at the kernel log for the target device; the source is untouched",
	[ZR_CLASS_ZONE_STATE] = "the source is untouched",
	[ZR_CLASS_NO_SPACE] = "'btrfs balance start -dusage=50' on the source may help, "
			      "or take another target",
	[ZR_CLASS_DIFFERENT] = "unless one of both was mounted since, 'start -f' copies anew",
	[ZR_CLASS_CANCELLED] = "the same 'start' goes on from there",
	[ZR_CLASS_BUG] = "this is a mistake in btrfs-zreplace; please report it",
};

/* Codes of which more can be said than of their class. */
static const struct {
	enum zr_error_code code;
	const char *next;
} next_of_code[] = {
	{ ZR_E_HOLDS_DATA, "use -f to overwrite it" },
	{ ZR_E_SOURCE_BAD, "nothing was taken from it" },
	{ ZR_E_OTHER_RUN, "use --restart to begin anew, or 'cancel' to empty the target" },
	{ ZR_E_JOURNAL, "use --restart to begin anew, or 'cancel' to empty the target" },
	{ ZR_E_SOURCE_CHANGED, "'start --restart' copies it as it is now" },
	{ ZR_E_MISSING, "bring that device back, or name it with --device" },
	{ ZR_E_LAYOUT, "take a larger target, or one whose zones take more" },
	{ ZR_E_CAPACITY, "or take a target whose zones take more" },
	{ ZR_E_BUSY, "unmount it; 'lsblk' and 'fuser -v' say who has it" },
};

static struct report first = { .code = ZR_E_NONE };

int status_of_class(enum zr_error_class class)
{
	return statuses[class];
}

const struct report *first_report(void)
{
	return first.code ? &first : NULL;
}

static const char *next_step(const struct zr_error *err)
{
	size_t class = (size_t)zr_error_class(err->code);
	size_t i;

	for (i = 0; i < sizeof(next_of_code) / sizeof(next_of_code[0]); i++)
		if ((int)next_of_code[i].code == err->code)
			return next_of_code[i].next;
	return class < sizeof(next_of_class) / sizeof(next_of_class[0]) ? next_of_class[class]
									: NULL;
}

/* What is reported after the first follows from it. */
static int report(const struct report *report)
{
	if (!first.code)
		first = *report;
	fprintf(stderr, "ERROR: ");
	print_plain(stderr, report->message);
	fputc('\n', stderr);
	return status_of_class(zr_error_class(report->code));
}

int report_with(const struct zr_error *err, const char *next)
{
	struct report told = {
		.code = err->code,
		.zone = err->zone,
		.physical = err->physical,
		.logical = err->logical,
	};

	snprintf(told.message, sizeof(told.message), "%s%s%s", err->text, next ? "; " : "",
		 next ? next : "");
	return report(&told);
}

int report_error(const struct zr_error *err)
{
	return report_with(err, next_step(err));
}

int complain(enum zr_error_code code, const char *format, ...)
{
	struct report told = {
		.code = (int)code,
		.zone = ZR_NOWHERE,
		.physical = ZR_NOWHERE,
		.logical = ZR_NOWHERE,
	};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(told.message, sizeof(told.message), format, arguments);
	va_end(arguments);
	return report(&told);
}
