/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zones as devices report them. Everything is in bytes.
 */
#ifndef ZREPLACE_ZONE_H
#define ZREPLACE_ZONE_H

#include <stdint.h>

/* The numbers are those of enum blk_zone_type. */
enum zr_zone_type {
	ZR_ZONE_CONVENTIONAL = 1,
	ZR_ZONE_SEQUENTIAL = 2,
};

/* The numbers are those of enum blk_zone_cond. */
enum zr_zone_cond {
	ZR_COND_NOT_WP = 0x0,
	ZR_COND_EMPTY = 0x1,
	ZR_COND_IMP_OPEN = 0x2,
	ZR_COND_EXP_OPEN = 0x3,
	ZR_COND_CLOSED = 0x4,
	ZR_COND_READONLY = 0xd,
	ZR_COND_FULL = 0xe,
	ZR_COND_OFFLINE = 0xf,
};

/* A zone. */
struct zr_zone {
	uint64_t start; /* first byte */
	uint64_t len; /* address span; the last zone of a device may be shorter than the others */
	uint64_t cap; /* writable bytes from start, <= len */
	uint64_t wp; /* as reported; only meaningful while the zone is active */
	enum zr_zone_type type;
	enum zr_zone_cond cond;
};

/* Commands to one sequential zone. */
enum zr_zone_op {
	ZR_OP_RESET, /* any writable zone becomes empty */
	ZR_OP_CLOSE, /* an open one is closed; nothing happens to another one */
	ZR_OP_FINISH, /* an active or empty one becomes full; nothing happens to a full one */
};

#endif
