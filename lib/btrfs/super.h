/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The superblock in host byte order.
 */
#ifndef ZR_BTRFS_SUPER_H
#define ZR_BTRFS_SUPER_H

#include "csum.h"
#include "error.h"

#include <stdint.h>

#define ZR_SUPER_BYTES 4096
#define ZR_SYS_CHUNKS_MAX 2048

/* Kernels go on with what old programs made, and no program makes it any more. */
#define ZR_SIZE_REMEDY                                                                        \
	", no multiple of the sector size; \"btrfs rescue fix-device-size\" rounds sizes of " \
	"before btrfs-progs 4.13 down"

/*
 * What the superblock says, checked. All sizes and addresses are bytes.
 */
struct zr_super {
	uint8_t fsid[16];
	uint8_t metadata_uuid[16]; /* what tree blocks carry as fsid; equals fsid without the
				      feature */
	uint64_t flags;
	uint64_t generation;
	uint64_t root, chunk_root,
		log_root; /* logical addresses of tree roots; log_root may be 0 */
	uint8_t root_level, chunk_root_level, log_root_level;
	uint64_t chunk_root_generation;
	uint64_t total_bytes;
	uint64_t bytes_used;
	uint64_t num_devices;
	uint32_t sectorsize;
	uint32_t nodesize;
	uint64_t compat, compat_ro, incompat;
	enum zr_csum_type csum_type;
	uint64_t devid;
	uint8_t dev_uuid[16];
	uint64_t dev_total_bytes;
	uint64_t dev_bytes_used;
	char label[257]; /* as stored, may hold any byte; always terminated */
	uint32_t sys_chunks_size;
	uint8_t sys_chunks[ZR_SYS_CHUNKS_MAX];
	uint8_t raw[ZR_SUPER_BYTES]; /* the bytes it was decoded from */
};

/*
 * zr_super_is_magic - whether 4096 bytes carry the magic of a btrfs superblock; nothing else of
 * them is looked at
 */
int zr_super_is_magic(const uint8_t raw[ZR_SUPER_BYTES]);

/*
 * zr_super_generation - the generation of a superblock that has the magic, 0 for other bytes
 */
uint64_t zr_super_generation(const uint8_t raw[ZR_SUPER_BYTES]);

/*
 * zr_super_decode - check a superblock and convert it
 * @raw: the bytes as read
 * @bytenr: what its bytenr field must say, see zr_sb_offset()
 * @super: filled on success
 *
 * Checks magic, checksum and every field that is used later, as the kernel's
 * btrfs_validate_super() does; features are left to zr_features_check().
 * Returns 0, -ZR_E_NOT_BTRFS without the magic, or the code that fits the field.
 */
int zr_super_decode(const uint8_t raw[ZR_SUPER_BYTES], uint64_t bytenr, struct zr_super *super,
		    struct zr_error *err) ZR_NODISCARD;

/*
 * zr_super_seal_copy - make the copy of a superblock that belongs to another mirror
 * @raw: a superblock that zr_super_decode() accepted; its bytenr field and checksum are replaced
 */
void zr_super_seal_copy(uint8_t raw[ZR_SUPER_BYTES], uint64_t bytenr);

/*
 * zr_super_clear_log - take the tree-log out of a superblock; the checksum is not made anew
 * The kernel replays nothing then, and what was only fsynced since the last commit is gone.
 */
void zr_super_clear_log(uint8_t raw[ZR_SUPER_BYTES]);

/*
 * zr_super_clear_magic - make a superblock one that nobody takes for a file system; the rest stays
 * The kernel: btrfs_scratch_superblock().
 */
void zr_super_clear_magic(uint8_t raw[ZR_SUPER_BYTES]);

/*
 * zr_super_same - whether two superblocks describe the same state: all bytes but checksum and
 * bytenr
 */
bool zr_super_same(const uint8_t a[ZR_SUPER_BYTES], const uint8_t b[ZR_SUPER_BYTES]);

/*
 * zr_super_same_fs - the same for two devices of a file system, whose device items differ
 */
bool zr_super_same_fs(const uint8_t a[ZR_SUPER_BYTES], const uint8_t b[ZR_SUPER_BYTES]);

#endif
