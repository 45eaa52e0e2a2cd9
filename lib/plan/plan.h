/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making and checking plans from facts, without I/O. The facts come from the rooms that read.
 */
#ifndef ZR_PLAN_PLAN_H
#define ZR_PLAN_PLAN_H

#include "error.h"
#include "relayout.h"
#include "zone.h"

#include <stdio.h>
#include <zreplace/plan.h>

/* A block group of the file system. */
struct zr_plan_group {
	uint64_t logical;
	uint64_t len;
	uint64_t flags; /* BTRFS_BLOCK_GROUP_* */
	uint64_t used;
	uint64_t last; /* offset of the end of the last used extent, 0 if there is none */
	uint16_t stripes; /* of its chunk, on all devices */
};

/* A device extent of the source device. */
struct zr_plan_extent {
	uint64_t physical;
	uint64_t len;
	uint32_t group; /* index into groups */
	uint32_t stripe; /* number of the stripe in the chunk */
};

/* A stripe on another device of the file system, which stays as it is. */
struct zr_plan_peer {
	uint64_t devid;
	uint32_t group; /* index into groups */
	uint32_t stripe;
	const struct zr_zone *zone; /* NULL if the device is missing */
	uint32_t max_active; /* limit of the device, 0: none */
	uint32_t active; /* zones of the device that are active now */
};

/* What the caller chose. */
struct zr_plan_choices {
	enum zr_plan_tail tail;
	enum zr_plan_resize resize;
	enum zr_plan_uuid uuid;
	uint8_t fsid[16]; /* of the target, unless it keeps the source's */
	uint32_t active_zones; /* limit to plan for, 0: the target's own */
	bool rescue; /* the plan is the same, if there is one */
};

struct zr_plan_input {
	uint8_t fsid[16];
	uint64_t devid;
	uint64_t generation;
	uint32_t sectorsize;
	uint32_t nodesize;
	uint64_t total_bytes; /* of the source's device item */
	uint64_t devices; /* of the file system */
	struct zr_geometry source;
	const struct zr_zone *source_zones; /* source.zone_count */
	struct zr_geometry target; /* a regular target has the source's zone size here */
	const struct zr_zone *target_zones; /* target.zone_count, as reported before the run */
	const char *source_path; /* for messages; NULL if it has none, and so is the next one */
	const char *target_path;
	const struct zr_plan_group *groups; /* ascending by logical */
	size_t group_count;
	const struct zr_plan_extent *extents; /* ascending by physical */
	size_t extent_count;
	const struct zr_plan_peer *peers; /* ascending by group, then by stripe */
	size_t peer_count;
	struct zr_plan_choices choices;
	enum zr_plan_log log;
	uint32_t log_trees;
	uint32_t log_extents;
	/*
	 * NULL for a replace. Otherwise what was made of the source, and all facts about the source
	 * are those of a device that has the new layout.
	 */
	const struct zr_relayout *relayout;
};

struct zr_plan_wipe {
	uint64_t physical;
	uint64_t len;
};

struct zr_plan {
	struct zr_plan_summary summary;
	struct zr_plan_choices choices; /* that it was made with */
	struct zr_plan_zone *zones;
	size_t zone_count;
	uint64_t *resets; /* physical start of target zones */
	size_t reset_count;
	struct zr_plan_wipe *wipes;
	size_t wipe_count;
	struct zr_plan_superblock superblocks[3];
	size_t superblock_count;
	struct zr_relayout *relayout; /* that it carries out, freed with it; NULL for a replace */
};

/*
 * zr_plan_make - make a plan from facts
 * @plan: filled with a plan that the caller frees with zr_plan_free()
 *
 * Refuses what a kernel would not mount, or what would fail on the way: too few usable zones, other
 * zone size, an extent beyond the target zone's capacity or beyond the source's write pointer, too
 * few active zones, a device extent in a superblock zone, peers whose zones end where the target's
 * cannot, and another layout or fsid where blocks of other devices would have to change. Each
 * message names what differs with both values.
 *
 * Relies on zr_zones_check() for both reports. Memory and time O(zones); where zones must be
 * finished, time O(n log n) in the block groups.
 *
 * Returns 0, or a negative code with nothing to free.
 */
int zr_plan_make(struct zr_plan **plan, const struct zr_plan_input *input,
		 struct zr_error *err) ZR_NODISCARD;

/*
 * zr_plan_check - prove a plan against the facts it was made from
 *
 * Written apart from zr_plan_make() and called before the first reset of every run: each device
 * extent is planned exactly once, ascending on both sides; every target zone is used once, is no
 * superblock zone and is reset first unless it is empty or conventional; last <= end <= capacity
 * and <= len; the file system is as large on the target as was chosen; the
 * stripes of a block group end alike, those on other devices included; the superblock zones are
 * reset; active zones and the one that is being written are within the limit; superblocks fit below
 * total_bytes with the primary last; wipes lie in conventional zones and cover each place of an old
 * superblock there; the summary says what the plan holds; a re-layout is what
 * zr_relayout_check() proves.
 *
 * Returns 0, -ZR_E_PLAN or -ZR_E_NO_MEMORY.
 */
int zr_plan_check(const struct zr_plan *plan, const struct zr_plan_input *input,
		  struct zr_error *err) ZR_NODISCARD;

/* The parts of a plan's text. */
enum zr_plan_part {
	ZR_PLAN_WHOLE,
	ZR_PLAN_LASTING, /* without what depends on the state in which the target was found */
};

/*
 * zr_plan_text - write a plan as text, one line per fact, for comparison by people and tests
 *
 * Flushes @out. Returns 0, or -1 when writing to @out failed.
 */
int zr_plan_text(const struct zr_plan *plan, enum zr_plan_part part, FILE *out);

/*
 * zr_plan_digest - BLAKE2b-256 of the lasting part: equal for plans that lead to the same target
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_plan_digest(const struct zr_plan *plan, uint8_t digest[32],
		   struct zr_error *err) ZR_NODISCARD;

#endif
