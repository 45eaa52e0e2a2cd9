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

struct zr_snapshot;

/* Written by one thread, read by any. */
struct zr_snapshots {
	_Atomic(struct zr_snapshot *)
		current; /* freed after a grace period; NULL before the first */
	uint64_t published_ns;
};

/*
 * zr_snapshot_publish - replace what readers get
 * @now: nonzero: in any case; otherwise not more than some times in a second
 *
 * Without memory readers get what they got before.
 */
void zr_snapshot_publish(struct zr_snapshots *snapshots, const struct zr_progress *progress,
			 int now);

/*
 * zr_snapshot_read - the last figures that were published; from any thread
 * Returns 0, or 1 when there are none.
 */
int zr_snapshot_read(const struct zr_snapshots *snapshots, struct zr_progress *progress);

/*
 * zr_snapshot_free - nobody reads any more
 */
void zr_snapshot_free(struct zr_snapshots *snapshots);

#endif
