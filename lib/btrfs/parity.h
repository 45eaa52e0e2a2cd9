/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parity: how one data stripe of a row is made of the others. A row has n data stripes D(i), then
 * P, the sum of all D(i), and in RAID6 Q, the sum of all 2^i * D(i), in the Galois field of 2^8
 * elements with the polynomial 0x11d. Stripes are numbered in this order: D(i) is i, P is n, Q is
 * n + 1. The kernel: lib/raid6.
 */
#ifndef ZR_BTRFS_PARITY_H
#define ZR_BTRFS_PARITY_H

#include <stddef.h>
#include <stdint.h>

/* Data stripes of a row in RAID6, above which powers of two come twice. */
#define ZR_PARITY_DATA_MAX 255

#define ZR_PARITY_NONE UINT16_MAX

/*
 * zr_parity_factor - what a stripe is multiplied by in the sum that gives a lost one
 * @data: data stripes of the row
 * @lost: the data stripe that is wanted
 * @other: another stripe that is lost too, or ZR_PARITY_NONE; only a row with Q can have one
 * @stripe: any stripe of the row
 *
 * Returns 0 for a stripe that is not needed, as are the lost ones.
 */
uint8_t zr_parity_factor(uint16_t data, uint16_t lost, uint16_t other, uint16_t stripe);

/*
 * zr_parity_add - add a stripe's bytes, multiplied by a factor, to a sum
 * @len: at most INT_MAX
 */
void zr_parity_add(void *sum, const void *bytes, size_t len, uint8_t factor);

#endif
