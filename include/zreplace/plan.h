/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a replace: which device extent goes to which zone, where every zone ends, which zones
 * are reset first. A plan is data; reading one does no I/O on devices.
 */
#ifndef ZREPLACE_PLAN_H
#define ZREPLACE_PLAN_H

#include <zreplace/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zr_plan;
struct zr_source;
struct zr_target;

/* Where a zone of the target ends when the source's zone reached further than the last extent. */
enum zr_plan_tail {
	ZR_TAIL_USED, /* at the end of the last used extent (default) */
	ZR_TAIL_SOURCE, /* where the source's zone ends */
};

/* What becomes of a tree-log that was not replayed. */
enum zr_plan_log {
	ZR_LOG_COPY, /* it is copied with all that it names, and the target's first mount replays it
		      */
	ZR_LOG_DROP, /* it is left out: what was fsynced since the last commit is lost */
};

/* How large the file system takes the target to be. */
enum zr_plan_resize {
	/* As large as the source, or as the target if that is smaller (default); a new layout is as
	 * large as the target in any case. */
	ZR_RESIZE_KEEP,
	ZR_RESIZE_MAX, /* as large as the target, in whole zones */
};

/* Which file system the target is for a kernel. */
enum zr_plan_uuid {
	ZR_UUID_KEEP, /* the source's: both are the same file system twice (default) */
	ZR_UUID_METADATA, /* another fsid in the superblock, while blocks keep the old one */
	ZR_UUID_NEW, /* another fsid in the superblock and in every tree block */
};

/* Whether extents get new logical addresses, which file systems without zones need. */
enum zr_plan_relayout_choice {
	ZR_RELAYOUT_AUTO, /* where nothing else is possible (default) */
	ZR_RELAYOUT_NEVER,
	ZR_RELAYOUT_ALWAYS,
};

/* How many copies of metadata a re-layout makes. */
enum zr_plan_metadata {
	ZR_METADATA_DUP, /* two (default) */
	ZR_METADATA_SINGLE,
};

/* What a plan is to be like. */
struct zr_plan_options {
	size_t size; /* sizeof(struct zr_plan_options) */
	enum zr_plan_tail tail;
	enum zr_plan_log log;
	enum zr_plan_resize resize;
	enum zr_plan_uuid uuid;
	uint8_t fsid[16]; /* of the target, if it gets another one; zeroes: a random one */
	uint32_t active_zones; /* limit of active zones to plan for, 0: what the target has */
	enum zr_plan_relayout_choice relayout;
	enum zr_plan_metadata metadata; /* of a re-layout */
	/* Nonzero: for a job with rescue, also if zones of the source have lost what is in them. */
	int rescue;
};

/* The state in which a target zone is left. */
enum zr_zone_end {
	ZR_END_EMPTY, /* nothing written */
	ZR_END_OPEN, /* written up to end, more can follow */
	ZR_END_FULL, /* written up to its capacity */
	ZR_END_FINISH, /* written up to end, then finished: the rest of it is unusable until
			  reclaimed */
	ZR_END_NO_WP, /* a conventional zone */
};

/* One device extent of the source and the target zone that receives it. */
struct zr_plan_zone {
	/* start of the device extent on the source, bytes; target_physical in a re-layout */
	uint64_t source_physical;
	uint64_t target_physical; /* start of the zone on the target, bytes */
	uint64_t logical; /* start of the block group */
	uint64_t len; /* of the device extent; one zone */
	uint64_t flags; /* BTRFS_BLOCK_GROUP_* of the block group */
	uint64_t used; /* bytes that its item counts, and those that only the tree-log names */
	uint64_t last; /* end of the last used extent, offset in the zone */
	uint64_t end; /* planned end of what is written, offset in the zone */
	uint64_t lost; /* bytes below the capacity that finishing makes unusable */
	uint32_t stripe; /* number of the stripe in its chunk */
	enum zr_zone_end state;
};

/* What a person or a program wants to know before the run. */
struct zr_plan_summary {
	uint8_t fsid[16]; /* of the source */
	uint8_t target_fsid[16];
	enum zr_plan_uuid uuid;
	uint64_t devid;
	uint64_t generation;
	uint64_t zone_size;
	uint64_t source_bytes; /* that the file system takes of the source device */
	uint64_t total_bytes; /* that it takes of the target */
	uint64_t target_bytes; /* size of the target device */
	uint64_t used_bytes; /* sum of used over all planned zones, copies counted */
	uint64_t fill_bytes; /* bytes of zeroes that are written besides */
	uint64_t lost_bytes; /* made unusable by finishing zones */
	uint32_t zones; /* device extents, each one zone */
	uint32_t zones_empty; /* of those, with nothing to write */
	uint32_t zones_finished;
	uint32_t zones_moved; /* with another address on the target than on the source */
	uint32_t resets; /* target zones that are reset first */
	uint32_t active; /* zones of the target that are active after the run */
	uint32_t max_active; /* limit that was planned for, 0: none */
	uint32_t superblocks; /* copies written */
	uint32_t log_trees; /* subvolumes with a tree-log; 0 if there is no log */
	uint32_t log_extents; /* blocks and data extents that the log names */
	enum zr_plan_log log;
};

/* What a re-layout changes. */
struct zr_plan_relayout {
	uint64_t groups_before; /* block groups of the source */
	uint64_t groups_after;
	uint64_t kept_blocks; /* tree blocks that are copied with new addresses */
	uint64_t made_blocks; /* tree blocks that are made anew */
	uint64_t nodatacow; /* inodes that lose the flag, counted once for each block they are in */
	uint64_t cache_bytes; /* free space cache that is left out */
	/* file extents without data that become holes, counted once for each block they are in */
	uint64_t holes;
	int quotas; /* nonzero: there are quotas, and the first mount counts them anew */
	uint64_t tail_bytes; /* at the ends of zones, too few for the extent that follows */
	uint64_t zones_free; /* usable zones of the target that stay empty */
	uint64_t zones_wanted; /* that a file system needs to be written to for long */
};

/* A superblock copy on the target. */
struct zr_plan_superblock {
	unsigned int mirror;
	uint64_t physical; /* where the 4096 bytes go */
	uint64_t bytenr; /* what the copy says in its bytenr field */
	bool sequential; /* first entry of a log zone; otherwise a fixed place */
};

/*
 * zr_plan_summary - the figures of a plan
 */
void zr_plan_summary(const struct zr_plan *plan, struct zr_plan_summary *summary);

/*
 * zr_plan_relayout - what a plan changes in the layout
 * @relayout: filled
 *
 * Returns 0, or 1 for a plan that leaves all logical addresses as they are.
 */
int zr_plan_relayout(const struct zr_plan *plan, struct zr_plan_relayout *relayout);

/*
 * zr_plan_zone_next - the zones of a plan, ascending by source_physical
 * @position: 0 before the first call; the function advances it
 *
 * Returns 0 with @zone lent until the plan is freed, or 1 at the end.
 */
int zr_plan_zone_next(const struct zr_plan *plan, size_t *position,
		      const struct zr_plan_zone **zone);

/*
 * zr_plan_reset_next - start of the target zones that are reset before anything is written,
 * ascending, bytes
 *
 * Returns 0 with @physical set, or 1 at the end.
 */
int zr_plan_reset_next(const struct zr_plan *plan, size_t *position, uint64_t *physical);

/*
 * zr_plan_wipe_next - ranges of conventional zones or of a regular target that are overwritten with
 * zeroes before anything else, so that no old signature is found there; ascending, bytes
 *
 * Returns 0 with @physical and @len set, or 1 at the end.
 */
int zr_plan_wipe_next(const struct zr_plan *plan, size_t *position, uint64_t *physical,
		      uint64_t *len);

/*
 * zr_plan_superblock_next - superblock copies in the order in which they are written: mirror 0 last
 *
 * Returns 0 with @superblock lent until the plan is freed, or 1 at the end.
 */
int zr_plan_superblock_next(const struct zr_plan *plan, size_t *position,
			    const struct zr_plan_superblock **superblock);

/*
 * zr_plan_zone_type, zr_plan_zone_profile - what a zone's block group holds ("data", "metadata",
 * "system") and how ("single", "dup"); lent for ever
 */
const char *zr_plan_zone_type(const struct zr_plan_zone *zone);
const char *zr_plan_zone_profile(const struct zr_plan_zone *zone);

/*
 * zr_plan_free - free a plan; NULL is allowed
 */
void zr_plan_free(struct zr_plan *plan);

/*
 * zr_plan_build - read the source's trees and both zone reports and make the plan
 * @plan: filled with a plan that the caller frees
 * @source: an open source
 * @target: an open target; nothing is written to it
 * @options: NULL for the defaults
 *
 * The plan has been checked when this returns 0.
 * Returns 0 or a negative code: -ZR_E_ARGUMENT for options that are not known, refusals of class
 * REFUSED, NO_SPACE, UNSUPPORTED or CORRUPT, and failures of the devices.
 */
int zr_plan_build(struct zr_plan **plan, struct zr_source *source, struct zr_target *target,
		  const struct zr_plan_options *options, struct zr_error *err);

/* How fast a source was read, at a few places. */
struct zr_read_probe {
	uint64_t bytes; /* that were read and timed */
	uint64_t nanoseconds; /* that reading them took */
	uint32_t places; /* that were tried */
	uint32_t failed; /* of those, that could not be read, which are not timed */
};

/*
 * zr_plan_probe - read the source at up to 16 places that a plan copies, up to 8 MiB at each, for
 * about five seconds at most
 * @plan: of @source
 * @probe: filled; all zero if the plan has nothing to copy
 *
 * What is read is not verified. The target, and whatever else uses the devices, can make a run
 * slower than the source is by itself.
 * Returns 0 or -ZR_E_NO_MEMORY.
 */
int zr_plan_probe(const struct zr_plan *plan, struct zr_source *source, struct zr_read_probe *probe,
		  struct zr_error *err);

#endif
