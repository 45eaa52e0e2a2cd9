/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing a file system on its way to another device: where its device extents lie, how large it
 * takes the device to be, and its UUID. Logical addresses, generations and the number and order of
 * items stay as they are, so that no block changes its place and no tree its root.
 *
 * What names a physical address: stripes of chunk items, in the chunk tree and in the superblock's
 * system chunk array, and keys of device extents, in leaves of the device tree and in the nodes
 * above them. Each of them is mapped by itself. That keeps all keys in order only if the moves do.
 */
#ifndef ZR_BTRFS_EDIT_H
#define ZR_BTRFS_EDIT_H

#include "check.h"
#include "super.h"
#include "translate.h"

struct zr_move {
	uint64_t from; /* physical start of a device extent on the source, bytes */
	uint64_t to; /* on the target */
};

struct zr_edit {
	uint64_t devid; /* of the device whose extents move and whose size changes */
	uint64_t total_bytes; /* of its device item on the target */
	uint64_t growth; /* what is added to it, modulo 2^64, so that a loss is possible */
	const struct zr_move *moves; /* of all its device extents; both members ascend */
	size_t move_count;
	bool layout; /* whether a device extent moves or the size changes */
	bool new_fsid; /* whether the superblock gets another fsid */
	bool new_blocks; /* whether tree blocks and device items get it too */
	uint8_t fsid[16]; /* with new_fsid */
	/*
	 * Where logical addresses go, and then nothing above says anything about blocks; NULL if
	 * they stay.
	 */
	const struct zr_translation *translation;
};

/*
 * zr_edit_block - change a tree block in place and make its checksum anew, if anything in it is to
 * be changed
 * @ctx: of the source and the block's transaction
 * @bytes: a block that zr_block_identify() accepted
 *
 * What is interpreted goes through the tree checker before and after the change.
 * Returns 0; a code of zr_block_check(); -ZR_E_DEVEXT for a stripe or a device extent that no move
 * names; -ZR_E_DEV for a device item of another size. The block is not to be used after a failure.
 */
int zr_edit_block(const struct zr_edit *edit, const struct zr_check_context *ctx, uint8_t *bytes,
		  struct zr_error *err) ZR_NODISCARD;

/*
 * zr_edit_super - the same for a superblock; bytenr and checksum are left for zr_super_seal_copy()
 * @raw: a superblock that zr_super_decode() accepted
 *
 * A new fsid without new blocks makes the old one the metadata UUID, which blocks go on to carry.
 * Returns 0, -ZR_E_SYSARRAY or -ZR_E_DEVEXT.
 */
int zr_edit_super(const struct zr_edit *edit, uint8_t raw[ZR_SUPER_BYTES],
		  struct zr_error *err) ZR_NODISCARD;

#endif
