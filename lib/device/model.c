// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a person calls a block device, from sysfs.
 */
#include "backend.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MODEL_MAX 256
/* Where the attributes of a partition's disk begin in the list. */
#define OF_DISK 4

/* Append one attribute without the padding that disks put around it. Absence is no error. */
static void append_attribute(char *model, dev_t rdev, const char *name)
{
	size_t used = strlen(model);
	char path[128];
	char text[128];
	ssize_t len;
	ssize_t i;
	int fd;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(rdev), minor(rdev), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text));
	close(fd);
	for (i = 0; i < len && used + 2 < MODEL_MAX; i++) {
		unsigned char c = (unsigned char)text[i];
		bool space = !isgraph(c);

		if (space && (!used || model[used - 1] == ' '))
			continue;
		model[used++] = space ? ' ' : (char)c;
	}
	if (used && model[used - 1] != ' ')
		model[used++] = ' ';
	model[used] = 0;
}

char *zr_block_model(dev_t rdev)
{
	/* The serial is with the controller or with the disk; the disk of a partition is one up. */
	static const char *const attributes[] = {
		"device/vendor",    "device/model",    "device/serial",	   "serial",
		"../device/vendor", "../device/model", "../device/serial", "../serial",
	};
	char model[MODEL_MAX] = "";
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (i == OF_DISK && model[0])
			break;
		append_attribute(model, rdev, attributes[i]);
	}
	if (model[0])
		model[strlen(model) - 1] = 0;
	return strdup(model);
}
