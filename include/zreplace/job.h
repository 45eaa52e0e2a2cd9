/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Doing it: a job carries a plan out, verification compares afterwards.
 */
#ifndef ZREPLACE_JOB_H
#define ZREPLACE_JOB_H

#include <zreplace/error.h>
#include <zreplace/finding.h>
#include <zreplace/plan.h>
#include <zreplace/source.h>
#include <zreplace/target.h>

struct zr_job;

/* How far a job is, what earlier runs did included. All figures but the zones are bytes. */
struct zr_progress {
	uint32_t zones_done;
	uint32_t zones;
	uint64_t copied; /* used bytes written to the target */
	uint64_t filled; /* zeroes written to gaps */
	uint64_t bytes; /* copied + filled when the job is done */
	struct zr_source_counters read;
	int resumed; /* nonzero: the job went on where an earlier run had stopped */
};

/* How a plan is carried out. */
struct zr_job_options {
	size_t size; /* sizeof(struct zr_job_options) */
	int force; /* nonzero: the target may hold data, which is lost */
	int restart; /* nonzero: an unfinished run on the target is given up and begun anew */
	int rescue; /* nonzero: go on where no copy of a block or sector is good */
	int serial; /* nonzero: one read or one write at a time, in one thread */
	uint32_t zones_in_flight; /* written at the same time; 0: as both are best served */
	/* Read and not yet written; 0: 32 MiB; never less than 8 MiB, or half a zone. */
	uint64_t queue_bytes;
	uint64_t rate; /* bytes written in a second at most; 0: no limit */
	/*
	 * Called by one thread at a time for each range of the source that was not good,
	 * what earlier runs found in zones that are complete included; may be NULL. It may ask for
	 * the range's owners.
	 */
	void (*finding)(const struct zr_finding *finding, void *context);
	/* Called between writes from the thread that runs the job; may be NULL. */
	void (*progress)(const struct zr_progress *progress, void *context);
	void *context;
};

/*
 * zr_job_new - a job for a plan
 * @job: filled with a job that zr_job_free() frees
 * @source, @target, @plan: lent until the job is freed; @plan was built from the other two
 * @options: NULL for the defaults
 *
 * Returns 0, -ZR_E_ARGUMENT for an options struct of an unknown size, -ZR_E_NO_MEMORY, or
 * -ZR_E_SYSARRAY or -ZR_E_DEVEXT for system chunks that are not those of the plan.
 */
int zr_job_new(struct zr_job **job, struct zr_source *source, struct zr_target *target,
	       const struct zr_plan *plan, const struct zr_job_options *options,
	       struct zr_error *err);

/*
 * zr_job_run - carry the plan out
 *
 * Goes on with an unfinished run if the target's journal says that it was one of the same source,
 * plan and target, and for a new layout of the same version of the library; a run of anything else
 * is refused with -ZR_E_OTHER_RUN unless restart is set, and one whose journal is damaged or of
 * another version with -ZR_E_JOURNAL unless restart or force is set. Otherwise it resets the
 * planned zones, copies every zone of the plan, reads all zone reports back, checks that the
 * source's superblock is unchanged, writes the superblocks with the primary last, and opens the
 * target as a file system. Until the primary superblock is written the target is no file system. In
 * a rescue, what no copy gives is copied as it is or becomes zeroes, which the counters damaged and
 * lost say; the blocks that say what is used must be readable all the same.
 *
 * Returns 0; -ZR_E_HOLDS_DATA if the target holds data, or was used since its run stopped, and
 * force is not set; -ZR_E_OTHER_RUN, -ZR_E_JOURNAL or -ZR_E_CANCELLED; -ZR_E_SOURCE_CHANGED; or
 * another negative code. Nothing of the source is changed in any case.
 */
int zr_job_run(struct zr_job *job, struct zr_error *err);

/*
 * zr_job_cancel - ask a running job to stop at the next block boundary
 * May be called from any thread and from a signal handler; zr_job_run() returns -ZR_E_CANCELLED.
 */
void zr_job_cancel(struct zr_job *job);

/*
 * zr_job_progress - the figures of a job, in a moment not long ago; of one that has returned, the
 * last ones
 * @progress: filled
 * May be called from any thread at any time until the job is freed; it waits for nobody.
 */
void zr_job_progress(const struct zr_job *job, struct zr_progress *progress);

/*
 * zr_job_free - free a job that is not running; NULL is allowed
 */
void zr_job_free(struct zr_job *job);

/* What the journal of an unfinished run says. */
struct zr_run_status {
	uint8_t fsid[16];
	uint64_t devid;
	uint64_t generation;
	char source[256]; /* path as it was named */
	char version[32]; /* of the library that began the run */
	uint32_t zones; /* planned */
	uint32_t zones_done;
	uint64_t copied;
	uint64_t filled;
	uint64_t repaired;
	uint64_t damaged;
	uint64_t lost;
};

/*
 * zr_run_status - what a half-done target holds
 * @target: an open target; nothing is written
 *
 * Returns 0, -ZR_E_NO_RUN, -ZR_E_JOURNAL when there is one whose journal is damaged or of another
 * version, or a code of class TARGET_IO.
 */
int zr_run_status(struct zr_target *target, struct zr_run_status *status, struct zr_error *err);

/*
 * zr_run_matches - whether a job of a plan goes on with the run that a target holds
 * @source, @target, @plan: as for zr_job_new()
 *
 * Returns 0, -ZR_E_OTHER_RUN with what differs, -ZR_E_HOLDS_DATA if the target was used since, or a
 * code of zr_run_status().
 */
int zr_run_matches(struct zr_source *source, struct zr_target *target, const struct zr_plan *plan,
		   struct zr_error *err);

/*
 * zr_run_discard - give a half-done target back empty
 * @target: opened writable
 *
 * Resets every zone that holds data and wipes the places of superblocks; the journal, in whatever
 * condition it is, goes last, so that an interrupted discard can be repeated.
 * Returns 0, -ZR_E_NO_RUN when no journal says that a run of this library made what is there,
 * -ZR_E_HOLDS_DATA when the target was used since, or a code of class TARGET_IO.
 */
int zr_run_discard(struct zr_target *target, struct zr_error *err);

/* The figures of a comparison. */
struct zr_verify_result {
	uint32_t zones; /* device extents compared */
	uint32_t differences; /* lines that were told */
	uint32_t devices; /* that the target stands for: of a new layout all, else 1 */
	uint64_t bytes; /* used bytes that are equal */
	uint64_t unread; /* of these, bytes that the source does not give, and the target has zeroes
			  */
	struct zr_source_counters read; /* of the target */
};

/* Called for each difference with one line of text; the text is lent for the call. */
typedef void (*zr_difference_fn)(const char *text, void *context);

/*
 * zr_verify_run - compare the target of a finished replace with its source
 * @source: open source
 * @target_path: as for zr_target_open()
 * @difference: may be NULL
 * @result: filled
 *
 * Opens the target as a file system of its own and compares superblocks, chunks, block groups and
 * every used byte of every device extent; the target's bytes are verified against its own checksums
 * as well, and its write pointers against the last extents and between the copies of a block group.
 * All superblock copies must be the same, and zones of no block group empty. What is bad on the
 * source must be equally bad on the target.
 * Returns 0 when nothing differs, -ZR_E_DIFFERENT, or the failure that kept it from comparing.
 */
int zr_verify_run(struct zr_source *source, const char *target_path, zr_difference_fn difference,
		  void *context, struct zr_verify_result *result, struct zr_error *err);

/*
 * zr_source_retire - compare a target with its source, and take the superblocks of the source away
 * @source_path, @options, @target_path: as for zr_source_open() and zr_target_open(); neither is
 *                                       open
 * @difference, @context, @result: as for zr_verify_run()
 *
 * The only function that writes to a source, and only when nothing differs: the zones of all pairs
 * of superblock logs that the device has are reset, superblocks at fixed places lose their magic.
 * The primary one goes last, so that an interrupted call can be repeated. The kernel does the same
 * at the end of a replace: btrfs_scratch_superblocks(). Where the target is a new layout of several
 * devices, all of them that are there lose theirs, the source itself last; a call that was
 * interrupted between two of them can be repeated only if the rest can be read without the first.
 * Returns 0; a code of zr_source_open() or zr_verify_run(); -ZR_E_SOURCE_BAD when the source has
 * bad blocks, which the target cannot have; -ZR_E_ARGUMENT if one of what would lose its
 * superblocks is the target; -ZR_E_SOURCE_CHANGED or a failure of the source.
 */
int zr_source_retire(const char *source_path, const struct zr_source_options *options,
		     const char *target_path, zr_difference_fn difference, void *context,
		     struct zr_verify_result *result, struct zr_error *err);

#endif
