/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libblkid knows: signatures on a device, and the devices that carry a file system.
 */
#ifndef ZR_DEVICE_BLKID_H
#define ZR_DEVICE_BLKID_H

#include "error.h"

#include <stdint.h>

#define ZR_SIGNATURE_MAX 64

/* Names of what was found; empty if there is none. */
struct zr_signatures {
	char type[ZR_SIGNATURE_MAX]; /* of a file system or anything else with a superblock */
	char table[ZR_SIGNATURE_MAX]; /* of partitions */
};

/*
 * zr_signatures_probe - look for signatures on a block device or in a file
 *
 * Superblocks with bad checksums count too: what is damaged may still be of value.
 * Returns 0, or -@code when it cannot be probed.
 */
int zr_signatures_probe(const char *path, struct zr_signatures *found, int code,
			struct zr_error *err) ZR_NODISCARD;

/*
 * zr_devices_of - name each block device of this machine that carries a file system
 * @fsid: of a btrfs; all its devices carry the same
 * @found: called with the path of each one, lent for the call; what it does not return 0 for ends
 *         the search
 *
 * Returns 0, -ZR_E_NO_MEMORY, or what @found returned.
 */
int zr_devices_of(const uint8_t fsid[16],
		  int (*found)(void *owner, const char *path, struct zr_error *err), void *owner,
		  struct zr_error *err) ZR_NODISCARD;

#endif
