/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device in memory: zoned, with the rules of sequential zones enforced, or regular. It keeps a
 * log of what was done to it, can spoil any operation, and calls a hook before each one, so that
 * tests can change it in the middle of a run.
 */
#ifndef ZR_TESTS_MEMORY_DEVICE_H
#define ZR_TESTS_MEMORY_DEVICE_H

#include "device.h"
#include "memory_fault.h"

#define MEMORY_ZONE_SIZE (4ULL << 20)

/* What a device looks like; zones begin empty. */
struct memory_options {
	uint32_t zones;
	uint64_t cap; /* of sequential zones; 0: the whole zone */
	uint32_t conventional; /* zones at the start of a zoned device */
	uint32_t max_active; /* 0: no limit */
	uint32_t offline; /* zone that is, 0: none */
	bool regular; /* no zones until zr_device_emulate() */
	bool source; /* errors are the source's, and it is open for reading */
};

enum memory_kind {
	MEMORY_REPORT,
	MEMORY_READ,
	MEMORY_WRITE,
	MEMORY_RESET,
	MEMORY_CLOSE,
	MEMORY_FINISH,
	MEMORY_FLUSH,
};

struct memory_op {
	enum memory_kind kind;
	uint64_t physical; /* of zone commands and reports the start of the first zone */
	uint64_t len; /* of reads and writes */
};

/* What a write or a zone command replaced; kept until the next flush that succeeds. */
struct memory_undo;

struct memory_device {
	struct zr_device dev;
	struct memory_options options;
	struct zr_zone *zones;
	uint8_t *bytes;
	uint64_t
		*touched; /* of each zone: end of what was placed or written since memory_clear() */
	struct memory_op *log;
	size_t log_count;
	size_t log_room;
	struct memory_fault *fault; /* NULL: nothing fails */
	void (*hook)(struct memory_device *memory, const struct memory_op *op); /* may be NULL */
	void *context; /* for the hook */
	struct memory_undo *undo; /* the newest one first */
	bool cached; /* the device has a cache, see memory_lose_cache() */
	bool drop_writes; /* writes are reported as done, and nothing happens */
	bool closed; /* the library closed it; memory stays until memory_free() */
};

/*
 * memory_new - a device of its own memory; ends the program when there is none
 * @path: what messages name, copied
 */
struct memory_device *memory_new(const struct memory_options *options, const char *path);

/*
 * memory_place - put bytes there without any rule, and raise the write pointer to their end
 */
void memory_place(struct memory_device *memory, uint64_t physical, const void *bytes, size_t len);

/*
 * memory_clear - give a device back its first state: empty zones, zeroes
 *
 * Only where operations and memory_place() stored something; bytes that a test stores by itself
 * stay.
 */
void memory_clear(struct memory_device *memory);

/*
 * memory_set_zone - set condition and write pointer of a zone
 * @written: offset of the write pointer, taken while the condition is an active one
 */
void memory_set_zone(struct memory_device *memory, uint32_t zone_no, enum zr_zone_cond cond,
		     uint64_t written);

/*
 * memory_freeze - from now on each store into the device's bytes ends the program
 */
void memory_freeze(struct memory_device *memory);
void memory_thaw(struct memory_device *memory);

/*
 * memory_count - operations of a kind in the log
 */
size_t memory_count(const struct memory_device *memory, enum memory_kind kind);

/*
 * memory_forget - empty the log
 */
void memory_forget(struct memory_device *memory);

/*
 * memory_lose_cache - what was not flushed is lost: zones and bytes go back to the last flush
 * memory_tear_write - of the last write that was not flushed, only the first half is there
 * memory_unflushed - how many zones hold something that was not flushed
 * memory_lose_zone - it is lost in one of these zones
 * memory_mix_cache - by chance, each zone goes back to any moment since the last flush; a write can
 *                    be there in part
 *
 * All need memory->cached, set before the operations. What is left is stable.
 */
void memory_lose_cache(struct memory_device *memory);
void memory_tear_write(struct memory_device *memory);
uint32_t memory_unflushed(const struct memory_device *memory);
void memory_lose_zone(struct memory_device *memory, uint32_t number);
void memory_mix_cache(struct memory_device *memory, uint64_t seed);

/*
 * memory_save - write the device to a file that zr_device_open() takes: a raw file, or a zoned
 * image
 * @path: for a zoned device it ends in "_zone_info.dump"
 *
 * Only what lies below the write pointers is written. Returns 0 or a negative code.
 */
int memory_save(const struct memory_device *memory, const char *path,
		struct zr_error *err) ZR_NODISCARD;

/*
 * memory_free - give the memory back, whether the library closed the device or not
 */
void memory_free(struct memory_device *memory);

#endif
