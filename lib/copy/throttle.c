// SPDX-License-Identifier: LGPL-2.1-or-later
#include "throttle.h"

#include "clock.h"
#include "range.h"

#define NAP_NS (ZR_SECOND_NS / 10)

/* When the bytes are due. Both factors are split, since their product may not fit. */
static uint64_t due_ns(const struct zr_throttle *throttle)
{
	uint64_t seconds = throttle->bytes / throttle->rate;
	uint64_t rest = throttle->bytes % throttle->rate;

	return throttle->begun_ns + seconds * ZR_SECOND_NS +
	       (uint64_t)((double)rest / (double)throttle->rate * (double)ZR_SECOND_NS);
}

static void begin(struct zr_throttle *throttle, uint64_t now)
{
	throttle->begun_ns = now;
	throttle->bytes = 0;
}

static bool is_set(const atomic_bool *flag)
{
	return flag && atomic_load(flag);
}

void zr_throttle_wait(struct zr_throttle *throttle, uint64_t bytes, const atomic_bool *stop,
		      const atomic_bool *cancelled)
{
	uint64_t now = zr_clock_ns();

	if (!throttle->rate)
		return;
	if (!throttle->begun_ns || now > due_ns(throttle) + ZR_SECOND_NS)
		begin(throttle, now);
	throttle->bytes += bytes;
	while (now < due_ns(throttle) && !is_set(stop) && !is_set(cancelled)) {
		uint64_t nap = zr_min64(due_ns(throttle) - now, NAP_NS);
		const struct timespec pause = { .tv_nsec = (long)nap };

		nanosleep(&pause, NULL);
		now = zr_clock_ns();
	}
}
