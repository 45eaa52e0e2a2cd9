// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Devices behind one file descriptor: whole transfers, and flushes that stay failed.
 */
#include "backend.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static_assert(sizeof(off_t) == 8, "files larger than 2 GiB need a 64-bit off_t");

int zr_open_direct(const char *path, int flags)
{
	int fd = open(path, flags | O_DIRECT);

	return fd < 0 && errno == EINVAL ? open(path, flags) : fd;
}

int zr_file_lock(int fd, const char *path, bool exclusive, struct zr_error *err)
{
	if (!flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB))
		return 0;
	return zr_open_fail(path, errno == EWOULDBLOCK ? EBUSY : errno, err);
}

int zr_gone_or(int fd, int sys_errno)
{
	struct stat st;

	if (!fstat(fd, &st) && S_ISBLK(st.st_mode) && !lseek(fd, 0, SEEK_END))
		return ENODEV;
	return sys_errno;
}

int zr_file_read(struct zr_device *dev, int fd, uint64_t physical, void *buffer, size_t len,
		 struct zr_error *err)
{
	uint8_t *to = buffer;
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, to + done, len - done, (off_t)(physical + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return zr_device_fail(dev, physical + done, dev->codes->read,
					      zr_gone_or(fd, errno), err, "read",
					      "failed, found %zu expected %zu bytes", done, len);
		if (n == 0)
			return zr_device_fail(
				dev, physical + done, dev->codes->read, zr_gone_or(fd, 0), err,
				"read", "end of data, found %zu expected %zu bytes", done, len);
		done += (size_t)n;
	}
	return 0;
}

/* The kernel says with unusual numbers, whose texts mislead, that a zoned device is at a limit. */
static const char *write_failure(int sys_errno)
{
	switch (sys_errno) {
	case ETOOMANYREFS:
		return "too many open zones";
	case EOVERFLOW:
		return "too many active zones";
	default:
		return "failed";
	}
}

int zr_file_write(struct zr_device *dev, int fd, uint64_t physical, const void *buffer, size_t len,
		  struct zr_error *err)
{
	const uint8_t *from = buffer;
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, from + done, len - done, (off_t)(physical + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return zr_device_fail(dev, physical + done, dev->codes->write,
					      zr_gone_or(fd, errno), err, "write",
					      "%s, found %zu expected %zu bytes",
					      write_failure(errno), done, len);
		if (n == 0)
			return zr_device_fail(dev, physical + done, dev->codes->write, 0, err,
					      "write", "no progress, found %zu expected %zu bytes",
					      done, len);
		done += (size_t)n;
	}
	return 0;
}

int zr_file_sync(struct zr_device *dev, int fd, struct zr_error *err)
{
	if (dev->flush_failed)
		return zr_fail(err, dev->codes->flush, "flush: %s, an earlier flush failed",
			       dev->path);
	if (!fdatasync(fd))
		return 0;
	dev->flush_failed = true;
	return zr_fail_errno(err, dev->codes->flush, zr_gone_or(fd, errno), "flush: %s, failed",
			     dev->path);
}
