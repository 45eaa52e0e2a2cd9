/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZR_CMD_COLOUR_H
#define ZR_CMD_COLOUR_H

#include <stdio.h>

enum colour {
	COLOUR_BAD,
	COLOUR_DOUBTFUL,
};

/*
 * colour_begin, colour_end - what is printed between them has a colour, if @out is a terminal and
 * NO_COLOR is not set in the environment
 */
void colour_begin(FILE *out, enum colour colour);
void colour_end(FILE *out);

#endif
