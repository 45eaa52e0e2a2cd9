/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A re-layout as the facts of a plan: as if the new file system were there already, on a device
 * like the target with each block group in its place, and had only to be copied to it. So plans of
 * both kinds are made, proven and carried out alike.
 */
#ifndef ZR_COPY_RELAYOUT_FACTS_H
#define ZR_COPY_RELAYOUT_FACTS_H

#include "facts.h"
#include "relayout.h"

/*
 * zr_relayout_facts - fill in groups, device extents and zones of the new file system
 * @facts: list is read, and input has what is the source's; takes what zr_facts_free() frees
 *
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_relayout_facts(struct zr_facts *facts, const struct zr_relayout *relayout,
		      const struct zr_target *target, struct zr_error *err) ZR_NODISCARD;

#endif
