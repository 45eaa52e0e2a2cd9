/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ZR_CMD_PLAIN_H
#define ZR_CMD_PLAIN_H

#include <stdio.h>

/*
 * print_plain - text with names from a disk in it: bytes that would break a line or a column, or
 * that a terminal would obey, become a backslash and three octal digits
 */
void print_plain(FILE *out, const char *text);

#endif
