/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeping to a number of bytes in a second.
 */
#ifndef ZR_COPY_THROTTLE_H
#define ZR_COPY_THROTTLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct zr_throttle {
	uint64_t rate; /* bytes in a second; 0: no limit */
	uint64_t begun_ns; /* of the time that the bytes are counted from; 0 before the first */
	uint64_t bytes;
};

/*
 * zr_throttle_wait - account for bytes, and sleep as long as they are ahead of their time
 * @stop, @cancelled: either one ends the sleep; they are looked at ten times a second. May be NULL
 *
 * Time in which nothing was asked for is not made up for.
 */
void zr_throttle_wait(struct zr_throttle *throttle, uint64_t bytes, const atomic_bool *stop,
		      const atomic_bool *cancelled);

#endif
