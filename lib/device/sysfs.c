// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What sysfs says about a block device.
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

/* Returns the number of bytes, or a negative number when there is no such attribute. */
static ssize_t read_attribute(dev_t rdev, const char *name, char *text, size_t size)
{
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(rdev), minor(rdev), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, text, size);
	close(fd);
	return len;
}

/* Append one attribute without the padding that disks put around it. Absence is no error. */
static void append_attribute(char *model, dev_t rdev, const char *name)
{
	size_t used = strlen(model);
	char text[128];
	ssize_t len = read_attribute(rdev, name, text, sizeof(text));
	ssize_t i;

	if (len < 0)
		return;
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

bool zr_block_seeks(dev_t rdev)
{
	/* A partition has its queue one up. */
	static const char *const attributes[] = { "queue/rotational", "../queue/rotational" };
	char text[8];
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (read_attribute(rdev, attributes[i], text, sizeof(text)) > 0)
			return text[0] != '0';
	return true;
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
