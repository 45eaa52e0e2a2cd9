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
static const char *const advice[] = {
	[ZR_CLASS_CORRUPT] = "the source is damaged there; look at it with 'btrfs check'",
	[ZR_CLASS_SOURCE_IO] = "look at the kernel log for the source device",
	[ZR_CLASS_TARGET_IO] =
		"look at the kernel log for the target device; the source is untouched",
	[ZR_CLASS_ZONE_STATE] = "the source is untouched",
	[ZR_CLASS_BUG] = "this is a mistake in btrfs-zreplace; please report it",
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
	enum zr_error_class class = zr_error_class(err->code);

	if (err->code == ZR_E_HOLDS_DATA)
		return "use -f to overwrite it";
	if (err->code == ZR_E_SOURCE_BAD)
		return "nothing was taken from it";
	if (err->code == ZR_E_OTHER_RUN || err->code == ZR_E_JOURNAL)
		return "use --restart to begin anew, or 'cancel' to empty the target";
	if (class == ZR_CLASS_CANCELLED)
		return "the same 'start' goes on from there";
	return (size_t) class < sizeof(advice) / sizeof(advice[0]) ? advice[class] : NULL;
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

int report_error(const struct zr_error *err)
{
	const char *next = next_step(err);
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
