// SPDX-License-Identifier: GPL-2.0-or-later
#include "colour.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* An empty NO_COLOR counts as not set, see no-color.org. */
static bool has_colours(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");

	return isatty(fileno(out)) && (!no_colour || !no_colour[0]);
}

void colour_begin(FILE *out, enum colour colour)
{
	if (has_colours(out))
		fputs(colour == COLOUR_BAD ? "\033[31m" : "\033[33m", out);
}

void colour_end(FILE *out)
{
	if (has_colours(out))
		fputs("\033[0m", out);
}
