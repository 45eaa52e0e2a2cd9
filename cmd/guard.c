// SPDX-License-Identifier: GPL-2.0-or-later
/* Refusals that a person understands at once. Needs no privilege and opens no device. */
#include "command.h"

#include <dirent.h>
#include <glob.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATH_SIZE 512

/* The first line of a small file; empty if there is none. */
static void read_line(const char *path, char line[PATH_SIZE])
{
	FILE *file = fopen(path, "r");

	line[0] = '\0';
	if (file && fgets(line, PATH_SIZE, file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
}

static bool same_device(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The disk that a partition belongs to, or the device itself. */
static dev_t whole_disk(dev_t device)
{
	char path[PATH_SIZE];
	unsigned int major_no;
	unsigned int minor_no;
	dev_t whole = device;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(device),
		 minor(device));
	if (access(path, F_OK))
		return device;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(device), minor(device));
	file = fopen(path, "r");
	if (!file)
		return device;
	if (fscanf(file, "%u:%u", &major_no, &minor_no) == 2)
		whole = makedev(major_no, minor_no);
	fclose(file);
	return whole;
}

static int refuse_mounted(const char *path, const struct stat *device)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *entry;
	int status = 0;

	while (mounts && !status && (entry = getmntent(mounts))) {
		struct stat st;

		if (entry->mnt_fsname[0] != '/' || stat(entry->mnt_fsname, &st) ||
		    !S_ISBLK(st.st_mode) || st.st_rdev != device->st_rdev)
			continue;
		status = complain(ZR_E_BUSY, "%s: is mounted on %s; unmount it first", path,
				  entry->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return status;
}

/* Device-mapper, md and loop devices that are stacked on a device. */
static int refuse_held(const char *path, const struct stat *device)
{
	char folder[PATH_SIZE];
	struct dirent *entry;
	int status = 0;
	DIR *holders;

	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u/holders", major(device->st_rdev),
		 minor(device->st_rdev));
	holders = opendir(folder);
	while (holders && !status && (entry = readdir(holders))) {
		if (entry->d_name[0] == '.')
			continue;
		status = complain(ZR_E_BUSY, "%s: is in use by %s; 'lsblk' shows what that is",
				  path, entry->d_name);
	}
	if (holders)
		closedir(holders);
	return status;
}

/* A file is in use when a loop device is made of it; the kernel would not say so. */
static int refuse_looped(const char *path, const struct stat *file)
{
	glob_t found;
	int status = 0;
	size_t i;

	if (glob("/sys/block/loop*/loop/backing_file", 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc && !status; i++) {
		char backing[PATH_SIZE];
		struct stat st;

		read_line(found.gl_pathv[i], backing);
		if (stat(backing, &st) || !same_device(&st, file))
			continue;
		status = complain(ZR_E_BUSY, "%s: is in use by a loop device, see %s", path,
				  found.gl_pathv[i]);
	}
	globfree(&found);
	return status;
}

static int guard_device(const char *path, const struct stat *st)
{
	int status;

	if (!S_ISBLK(st->st_mode))
		return refuse_looped(path, st);
	status = refuse_mounted(path, st);
	return status ? status : refuse_held(path, st);
}

/* A line of a block device's folder in sysfs; empty if there is none. */
static void read_attribute(dev_t device, const char *name, char line[PATH_SIZE])
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(device), minor(device), name);
	read_line(path, line);
}

/* Two paths to one disk, two loop devices of one file: different devices for the kernel. */
static bool has_two_names(const struct stat *a, const struct stat *b)
{
	static const char *const attributes[] = { "wwid", "device/wwid", "loop/backing_file" };
	char first[PATH_SIZE];
	char second[PATH_SIZE];
	size_t i;

	if (!S_ISBLK(a->st_mode) || !S_ISBLK(b->st_mode))
		return false;
	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		read_attribute(a->st_rdev, attributes[i], first);
		read_attribute(b->st_rdev, attributes[i], second);
		if (first[0] && !strcmp(first, second))
			return true;
	}
	return false;
}

int guard_devices(const char *source_path, const char *target_path)
{
	struct stat source;
	struct stat target;
	int status;

	/* What does not exist is reported where it is opened, or is an image to be made. */
	if (stat(source_path, &source))
		return 0;
	status = guard_device(source_path, &source);
	if (status || stat(target_path, &target))
		return status;
	if (has_two_names(&source, &target))
		return complain(ZR_E_BUSY,
				"%s and %s are one device with two names (same wwid or file)",
				source_path, target_path);
	if (same_device(&source, &target))
		return complain(ZR_E_BUSY, "%s and %s are the same device", source_path,
				target_path);
	if (S_ISBLK(source.st_mode) && S_ISBLK(target.st_mode) &&
	    (whole_disk(source.st_rdev) == target.st_rdev ||
	     whole_disk(target.st_rdev) == source.st_rdev))
		return complain(ZR_E_BUSY, "one of %s and %s is a partition of the other",
				source_path, target_path);
	return guard_device(target_path, &target);
}

int guard_members(const struct zr_source *source, const char *target_path)
{
	struct stat target;
	struct stat member;
	size_t position = 0;
	uint64_t devid;
	const char *path;

	if (stat(target_path, &target))
		return 0;
	while (!zr_source_member_next(source, &position, &devid, &path)) {
		if (!path || stat(path, &member) || !same_device(&member, &target))
			continue;
		return complain(ZR_E_BUSY, "%s: is devid %llu of the source's file system",
				target_path, (unsigned long long)devid);
	}
	return 0;
}

int guard_target(const char *target_path)
{
	struct stat target;

	/* What does not exist is reported where it is opened. */
	return stat(target_path, &target) ? 0 : guard_device(target_path, &target);
}
