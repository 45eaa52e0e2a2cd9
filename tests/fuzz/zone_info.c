// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The info file of a zoned image. Input: the file; what lies behind its zone records are commands
 * that are run on the image, see zone_commands.h.
 */
#include "image_format.h"
#include "super_read.h"
#include "zone_commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMANDS_MAX 48
/* Data files are sparse, but no file system takes any size. */
#define DATA_MAX (1ULL << 40)

static char folder[64];
static char info_path[96];
static char data_path[96];

static void remove_files(void)
{
	unlink(info_path);
	unlink(data_path);
	rmdir(folder);
}

static void name_files(void)
{
	const char *temporary = getenv("TMPDIR");

	if (info_path[0])
		return;
	snprintf(folder, sizeof(folder), "%s/zone_info.XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
	snprintf(info_path, sizeof(info_path), "%s/x_zone_info.dump", folder);
	snprintf(data_path, sizeof(data_path), "%s/x_zone_data.dump", folder);
	atexit(remove_files);
}

static void make_file(const char *path, const void *bytes, size_t len, uint64_t size)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || ftruncate(fd, (off_t)size)) {
		perror(path);
		exit(1);
	}
	close(fd);
}

/* Returns what lies behind the records. */
static struct fuzz_input make_files(const uint8_t *data, size_t size)
{
	struct fuzz_input rest = { data, 0 };
	struct image_header header = { 0 };
	uint64_t bytes;
	uint64_t end;

	memcpy(&header, data, size < sizeof(header) ? size : sizeof(header));
	bytes = header.nr_sectors * IMAGE_SECTOR;
	end = sizeof(header) + header.nr_zones * (uint64_t)sizeof(struct image_record);
	make_file(info_path, data, size, size);
	make_file(data_path, "", 0, bytes < DATA_MAX ? bytes : 0);
	if (end < size) {
		rest.data += end;
		rest.left = size - end;
	}
	return rest;
}

static struct zr_device *open_image(void)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_device *dev;

	return fuzz_result(zr_device_open(&dev, info_path, ZR_ROLE_TARGET, &err), &err) ? NULL
											: dev;
}

/* Closing and opening an image changes nothing. */
static struct zr_device *open_again(struct zr_device *dev)
{
	struct zr_zone *before = zone_report(dev);
	struct zr_error err = ZR_ERROR_INIT;
	struct zr_zone *after;

	fuzz_must(!fuzz_result(zr_device_flush(dev, &err), &err));
	zr_device_close(dev);
	dev = open_image();
	fuzz_must(dev);
	after = zone_report(dev);
	fuzz_must(!memcmp(before, after, dev->geo.zone_count * sizeof(*after)));
	free(before);
	free(after);
	return dev;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct fuzz_input commands;
	struct zr_super super;
	struct zr_device *dev;
	uint64_t physical;
	int i;

	name_files();
	commands = make_files(data, size);
	dev = open_image();
	if (!dev)
		return 0;
	for (i = 0; commands.left && i < COMMANDS_MAX; i++)
		zone_command(dev, &commands);
	dev = open_again(dev);
	fuzz_must(fuzz_result(zr_super_read(dev, &super, &physical, &err), &err));
	zr_device_close(dev);
	return 0;
}
