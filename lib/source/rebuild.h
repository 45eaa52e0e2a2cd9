/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Data of RAID5 and RAID6 from the other stripes of its row, as far as some are lost: because their
 * devices are missing, or because the caller suspects them.
 */
#ifndef ZR_SOURCE_REBUILD_H
#define ZR_SOURCE_REBUILD_H

#include "source.h"

/*
 * zr_rebuild_suspect - the place that is bad if a way that was not the first gives what is good
 *
 * That of the byte, or if its device is missing, that in the stripe which the way suspects beside.
 */
void zr_rebuild_suspect(const struct zr_source *source, const struct zr_mapped_chunk *chunk,
			uint64_t logical, uint16_t way, struct zr_place *place);

/*
 * zr_rebuild_read - make bytes of one stripe element
 * @way: as for zr_chunk_read(), one that makes them, see zr_chunk_is_made()
 * @len: not beyond the end of the element
 *
 * Returns 0, -ZR_E_MISSING if more is lost than parity makes up for, -ZR_E_NO_MEMORY, or as
 * zr_source_read().
 */
int zr_rebuild_read(struct zr_source *source, const struct zr_mapped_chunk *chunk, uint64_t logical,
		    uint16_t way, void *buffer, size_t len, struct zr_error *err) ZR_NODISCARD;

/*
 * zr_rebuild_again - make bytes of Q that a way made of P
 * @way, @len: as for zr_rebuild_read()
 *
 * Returns 0; 1 if there is no Q, or all of the row that is left was needed for the first time; or a
 * failure as of zr_rebuild_read().
 */
int zr_rebuild_again(struct zr_source *source, const struct zr_mapped_chunk *chunk,
		     uint64_t logical, uint16_t way, void *buffer, size_t len,
		     struct zr_error *err) ZR_NODISCARD;

#endif
