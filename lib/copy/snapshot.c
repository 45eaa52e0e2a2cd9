// SPDX-License-Identifier: LGPL-2.1-or-later
#include "snapshot.h"

#include <stdlib.h>
#include <time.h>
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

struct zr_snapshot {
	struct zr_progress progress;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

void zr_snapshot_publish(struct zr_snapshots *snapshots, const struct zr_progress *progress,
			 int now)
{
	uint64_t time = now_ns();
	struct zr_snapshot *old;
	struct zr_snapshot *snapshot;

	if (!now && time - snapshots->published_ns < INTERVAL_NS)
		return;
	snapshot = malloc(sizeof(*snapshot));
	if (!snapshot)
		return;
	snapshot->progress = *progress;
	snapshots->published_ns = time;
	old = atomic_exchange(&snapshots->current, snapshot);
	synchronize_rcu();
	AFTER_GRACE_PERIOD(old);
	free(old);
}

int zr_snapshot_read(const struct zr_snapshots *snapshots, struct zr_progress *progress)
{
	struct zr_snapshot *snapshot;

	rcu_read_lock();
	snapshot = atomic_load(&snapshots->current);
	if (snapshot)
		*progress = snapshot->progress;
	AFTER_READ(snapshot);
	rcu_read_unlock();
	return !snapshot;
}

void zr_snapshot_free(struct zr_snapshots *snapshots)
{
	free(atomic_exchange(&snapshots->current, NULL));
}
