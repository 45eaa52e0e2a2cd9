/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The figures of a run for whoever asks, while the run goes on: a reader never waits for the copy,
 * and the copy never for a reader.
 */
#ifndef ZR_COPY_SNAPSHOT_H
#define ZR_COPY_SNAPSHOT_H

#include <stdatomic.h>
#include <stdint.h>
#include <zreplace/job.h>

struct zr_snapshot {
	struct zr_progress progress;
};

/* Written by one thread, read by any. All zeroes is a good beginning for the first to publish. */
struct zr_snapshots {
	struct zr_snapshot
		pair[2]; /* one to read, one to write; they change after a grace period */
	_Atomic(struct zr_snapshot *) current; /* the one to read */
	uint64_t published_ns;
};

/*
 * zr_snapshot_publish - replace what readers get
 * @now: nonzero: in any case; otherwise not more than some times in a second
 */
void zr_snapshot_publish(struct zr_snapshots *snapshots, const struct zr_progress *progress,
			 int now);

/*
 * zr_snapshot_read - the last figures that were published, of which there are some; from any thread
 */
void zr_snapshot_read(const struct zr_snapshots *snapshots, struct zr_progress *progress);

#endif
