// SPDX-License-Identifier: LGPL-2.1-or-later
#include "snapshot.h"

#include "clock.h"

#include <urcu-bp.h>

/* ThreadSanitizer does not see into liburcu, and has to be told what a grace period orders. */
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#define AFTER_READ(pointer) __tsan_release(pointer)
#define AFTER_GRACE_PERIOD(pointer) __tsan_acquire(pointer)
#else
#define AFTER_READ(pointer) ((void)(pointer))
#define AFTER_GRACE_PERIOD(pointer) ((void)(pointer))
#endif

#define INTERVAL_NS 100000000ULL

void zr_snapshot_publish(struct zr_snapshots *snapshots, const struct zr_progress *progress,
			 int now)
{
	uint64_t time = zr_clock_ns();
	struct zr_snapshot *old = atomic_load(&snapshots->current);
	struct zr_snapshot *next = &snapshots->pair[old == &snapshots->pair[0]];

	if (!now && time - snapshots->published_ns < INTERVAL_NS)
		return;
	next->progress = *progress;
	snapshots->published_ns = time;
	atomic_store(&snapshots->current, next);
	/* The next time the old one is written, and nobody reads it any more. */
	synchronize_rcu();
	AFTER_GRACE_PERIOD(old);
}

void zr_snapshot_read(const struct zr_snapshots *snapshots, struct zr_progress *progress)
{
	struct zr_snapshot *snapshot;

	rcu_read_lock();
	snapshot = atomic_load(&snapshots->current);
	*progress = snapshot->progress;
	AFTER_READ(snapshot);
	rcu_read_unlock();
}
