// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"
#include "size.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_CELLS_MIN 5
#define BAR_CELLS_MAX 40
#define BAR_TEXT_MAX 160
#define COLUMNS_DEFAULT 80

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void progress_begin(struct progress_view *view, enum progress_mode mode, bool quiet)
{
	*view = (struct progress_view){ .mode = mode };
	if (mode == PROGRESS_AUTO)
		view->mode = isatty(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_NONE;
	if (quiet)
		view->mode = PROGRESS_NONE;
}

/* What is shown, all from one moment. */
struct figures {
	uint64_t bytes;
	uint64_t all;
	uint64_t current; /* bytes in a second, since the last time */
	uint64_t average; /* since the run began */
	uint64_t seconds_left; /* UINT64_MAX while nobody knows */
};

static uint64_t speed(uint64_t bytes, double seconds)
{
	return seconds > 0 ? (uint64_t)((double)bytes / seconds) : 0;
}

static struct figures take(const struct progress_view *view, const struct zr_progress *progress,
			   double time)
{
	struct figures figures = {
		.bytes = progress->copied + progress->filled,
		.all = progress->bytes,
		.seconds_left = UINT64_MAX,
	};

	figures.current = speed(figures.bytes - view->shown_bytes, time - view->shown);
	figures.average = speed(figures.bytes - view->begun_bytes, time - view->begun);
	if (figures.average)
		figures.seconds_left = (figures.all - figures.bytes) / figures.average;
	return figures;
}

static void print_left(const struct figures *figures)
{
	uint64_t left = figures->seconds_left;
	char text[DURATION_TEXT_MAX];

	if (left != UINT64_MAX)
		fprintf(stderr, ", %s left", format_duration(left, text));
}

static void print_words(const struct figures *figures, const struct zr_progress *progress)
{
	char done[SIZE_TEXT_MAX];
	char all[SIZE_TEXT_MAX];
	char current[SIZE_TEXT_MAX];
	char average[SIZE_TEXT_MAX];

	fprintf(stderr, "%s of %s, %u of %u zones, %s/s, %s/s on average",
		format_size(figures->bytes, done), format_size(figures->all, all),
		progress->zones_done, progress->zones, format_size(figures->current, current),
		format_size(figures->average, average));
	print_left(figures);
}

/* As wide as the terminal is now, for its user may change that. */
static unsigned int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

static void bar_words(const struct figures *figures, const struct zr_progress *progress,
		      char text[BAR_TEXT_MAX])
{
	uint64_t left = figures->seconds_left;
	char done[SIZE_TEXT_MAX];
	char all[SIZE_TEXT_MAX];
	char current[SIZE_TEXT_MAX];
	char duration[DURATION_TEXT_MAX];
	int len;

	len = snprintf(text, BAR_TEXT_MAX, " %s/%s, zone %u/%u, %s/s",
		       format_size(figures->bytes, done), format_size(figures->all, all),
		       progress->zones_done, progress->zones,
		       format_size(figures->current, current));
	if (left != UINT64_MAX && len > 0 && len < BAR_TEXT_MAX)
		snprintf(text + len, BAR_TEXT_MAX - (size_t)len, ", %s left",
			 format_duration(left, duration));
}

/* The words come first: the bar gets what they leave, and is left out on a narrow terminal. */
static void print_bar(const struct figures *figures, const struct zr_progress *progress)
{
	char text[BAR_TEXT_MAX];
	unsigned int columns = terminal_columns() - 1;
	unsigned int cells = 0;
	uint64_t filled;
	unsigned int i;

	bar_words(figures, progress, text);
	if (strlen(text) + BAR_CELLS_MIN + 2 <= columns)
		cells = columns - (unsigned int)strlen(text) - 2;
	if (cells > BAR_CELLS_MAX)
		cells = BAR_CELLS_MAX;
	filled = figures->all ? figures->bytes * cells / figures->all : cells;
	fputc('\r', stderr);
	for (i = 0; i < cells; i++)
		fprintf(stderr, "%s%c%s", i ? "" : "[", i < filled ? '=' : ' ',
			i + 1 < cells ? "" : "]");
	/* What a longer line has left behind goes. */
	fprintf(stderr, "%.*s\033[K", (int)columns, text);
}

static void print_json(const struct figures *figures, const struct zr_progress *progress)
{
	fprintf(stderr,
		"{\"bytes\":%llu,\"total_bytes\":%llu,\"zones_done\":%u,\"zones\":%u,"
		"\"copied_bytes\":%llu,\"filled_bytes\":%llu,\"verified_bytes\":%llu,"
		"\"unverified_bytes\":%llu,\"repaired_bytes\":%llu,\"damaged_bytes\":%llu,"
		"\"lost_bytes\":%llu,\"bytes_per_second\":%llu,\"average_bytes_per_second\":%llu}\n",
		(unsigned long long)figures->bytes, (unsigned long long)figures->all,
		progress->zones_done, progress->zones, (unsigned long long)progress->copied,
		(unsigned long long)progress->filled,
		(unsigned long long)(progress->read.verified + progress->read.metadata),
		(unsigned long long)progress->read.unverified,
		(unsigned long long)progress->read.repaired,
		(unsigned long long)progress->read.damaged, (unsigned long long)progress->read.lost,
		(unsigned long long)figures->current, (unsigned long long)figures->average);
}

static void print(enum progress_mode mode, const struct figures *figures,
		  const struct zr_progress *progress)
{
	switch (mode) {
	case PROGRESS_BAR:
		print_bar(figures, progress);
		break;
	case PROGRESS_LINES:
		print_words(figures, progress);
		fputc('\n', stderr);
		break;
	case PROGRESS_JSON:
		print_json(figures, progress);
		break;
	case PROGRESS_AUTO:
	case PROGRESS_NONE:
		break;
	}
	fflush(stderr);
}

void progress_show(struct progress_view *view, const struct zr_progress *progress)
{
	double time = now();
	struct figures figures;

	if (view->mode == PROGRESS_NONE || (view->shown > 0 && time - view->shown < 1))
		return;
	if (view->begun <= 0) {
		view->begun = time;
		view->begun_bytes = progress->copied + progress->filled;
		view->shown_bytes = view->begun_bytes;
	}
	figures = take(view, progress, time);
	print(view->mode, &figures, progress);
	view->shown = time;
	view->shown_bytes = figures.bytes;
}

void progress_end(struct progress_view *view, const struct zr_progress *progress)
{
	struct figures figures;

	if (view->mode != PROGRESS_BAR || view->shown <= 0)
		return;
	/* The speed of the last moment says little. */
	figures = take(view, progress, now());
	figures.current = figures.average;
	print_bar(&figures, progress);
	fputc('\n', stderr);
}
