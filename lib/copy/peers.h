/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a plan has to know of the other devices of the file system.
 */
#ifndef ZR_COPY_PEERS_H
#define ZR_COPY_PEERS_H

#include "group.h"
#include "plan.h"

/*
 * zr_peers_read - the stripes of all block groups that lie on other devices
 * @peers: filled with *@count of them, ascending by block group and stripe, which the caller frees;
 *         their zones are lent by the source
 *
 * Returns 0, -ZR_E_DEVEXT for a stripe beyond its device, or -ZR_E_NO_MEMORY.
 */
int zr_peers_read(const struct zr_source *source, const struct zr_group_list *list,
		  struct zr_plan_peer **peers, size_t *count, struct zr_error *err) ZR_NODISCARD;

#endif
