// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_device.h"

#include "memory_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What a device returns where nothing was written is anything; this is what null_blk returns. */
#define UNWRITTEN 0xff
#define BLOCK 4096

static const struct zr_device_codes source_codes = {
	.read = ZR_E_SOURCE_READ,
	.write = ZR_E_INTERNAL,
	.flush = ZR_E_INTERNAL,
	.zones = ZR_E_SOURCE_ZONES,
};

static const struct zr_device_codes target_codes = {
	.read = ZR_E_TARGET_READ,
	.write = ZR_E_TARGET_WRITE,
	.flush = ZR_E_TARGET_FLUSH,
	.zones = ZR_E_TARGET_ZONES,
};

static struct memory_device *memory_of(struct zr_device *dev)
{
	return (struct memory_device *)dev;
}

static struct zr_zone *zone_at(const struct memory_device *memory, uint64_t physical)
{
	return &memory->zones[physical / MEMORY_ZONE_SIZE];
}

static void touch(struct memory_device *memory, uint64_t physical, size_t len)
{
	uint64_t *touched = &memory->touched[physical / MEMORY_ZONE_SIZE];
	uint64_t end = physical % MEMORY_ZONE_SIZE + len;

	*touched = *touched < end ? end : *touched;
}

/* Log an operation. Returns what becomes of it. */
static enum memory_effect begin(struct memory_device *memory, enum memory_kind kind,
				uint64_t physical, uint64_t len)
{
	struct memory_op op = { .kind = kind, .physical = physical, .len = len };

	if (memory->log_count == memory->log_room) {
		memory->log_room = memory->log_room ? memory->log_room * 2 : 256;
		memory->log = realloc(memory->log, memory->log_room * sizeof(op));
		if (!memory->log)
			abort();
	}
	memory->log[memory->log_count++] = op;
	if (memory->hook)
		memory->hook(memory, &op);
	return memory_fault_next(memory, &op);
}

static int injected(const struct memory_device *memory, int code, uint64_t physical,
		    struct zr_error *err)
{
	int sys_errno = memory->fault ? memory->fault->sys_errno : 0;

	return zr_fail_errno(err, code, sys_errno, "%s: physical %llu, injected failure",
			     memory->dev.path, (unsigned long long)physical);
}

static int report_zones(struct zr_device *dev, uint32_t first, uint32_t count,
			struct zr_zone *zones, struct zr_error *err)
{
	struct memory_device *memory = memory_of(dev);
	uint32_t i;

	if (begin(memory, MEMORY_REPORT, first * MEMORY_ZONE_SIZE, 0) != MEMORY_WORKS)
		return injected(memory, dev->codes->zones, first * MEMORY_ZONE_SIZE, err);
	for (i = 0; i < count; i++)
		zones[i] = memory->options.regular ? zr_zone_emulated(&dev->geo, first + i)
						   : memory->zones[first + i];
	return 0;
}

/* Bytes of a read from one zone that were written. */
static size_t readable(const struct zr_zone *zone, uint64_t physical, size_t len)
{
	uint64_t written = zone->start + zr_zone_written(zone);

	if (physical >= written)
		return 0;
	return written - physical < len ? (size_t)(written - physical) : len;
}

static void fetch(const struct memory_device *memory, uint64_t physical, uint8_t *to, size_t len)
{
	while (len) {
		const struct zr_zone *zone = zone_at(memory, physical);
		size_t part = (size_t)(zone->start + zone->len - physical);
		size_t good;

		part = part < len ? part : len;
		good = readable(zone, physical, part);
		memcpy(to, memory->bytes + physical, good);
		memset(to + good, UNWRITTEN, part - good);
		to += part;
		physical += part;
		len -= part;
	}
}

static int read_bytes(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		      struct zr_error *err)
{
	struct memory_device *memory = memory_of(dev);
	enum memory_effect effect = begin(memory, MEMORY_READ, physical, len);

	if (effect == MEMORY_FAILS_HALFWAY)
		fetch(memory, physical, buffer, len / 2 / BLOCK * BLOCK);
	if (effect == MEMORY_FAILS || effect == MEMORY_FAILS_HALFWAY ||
	    zone_at(memory, physical)->cond == ZR_COND_OFFLINE)
		return injected(memory, dev->codes->read, physical, err);
	fetch(memory, physical, buffer, len);
	if (effect == MEMORY_FLIPS)
		memory_fault_flip(memory->fault, physical, buffer, len);
	return 0;
}

static uint32_t count_active(const struct memory_device *memory)
{
	uint32_t active = 0;
	uint32_t i;

	for (i = 0; i < memory->options.zones; i++)
		active += zr_zone_is_active(&memory->zones[i]);
	return active;
}

static int break_rule(const struct memory_device *memory, uint64_t physical, const char *rule,
		      struct zr_error *err)
{
	return zr_fail(err, ZR_E_ZONE_RULE, "%s: physical %llu, %s", memory->dev.path,
		       (unsigned long long)physical, rule);
}

static int write_sequential(struct memory_device *memory, struct zr_zone *zone, uint64_t physical,
			    const void *buffer, size_t len, struct zr_error *err)
{
	uint32_t limit = memory->options.max_active;

	if (!zr_zone_is_writable(zone) || zone->cond == ZR_COND_FULL)
		return break_rule(memory, physical, "zone cannot be written", err);
	if (physical != zone->wp)
		return break_rule(memory, physical, "not at the write pointer", err);
	if (len > zone->start + zone->cap - physical)
		return break_rule(memory, physical, "beyond the capacity", err);
	if (!zr_zone_is_active(zone) && limit && count_active(memory) >= limit)
		return break_rule(memory, physical, "too many active zones", err);
	memcpy(memory->bytes + physical, buffer, len);
	zone->wp += len;
	zone->cond = ZR_COND_IMP_OPEN;
	if (zone->wp == zone->start + zone->cap)
		memory_set_zone(memory, (uint32_t)(zone - memory->zones), ZR_COND_FULL, 0);
	return 0;
}

static int store(struct memory_device *memory, uint64_t physical, const void *buffer, size_t len,
		 struct zr_error *err)
{
	struct zr_zone *zone = zone_at(memory, physical);

	memory_remember(memory, physical, len);
	touch(memory, physical, len);
	if (zr_zone_is_sequential(zone))
		return write_sequential(memory, zone, physical, buffer, len, err);
	if (!zr_zone_is_writable(zone))
		return break_rule(memory, physical, "zone cannot be written", err);
	memcpy(memory->bytes + physical, buffer, len);
	return 0;
}

/* The bit is wrong in the device, and right in what the caller still has. */
static int store_flipped(struct memory_device *memory, uint64_t physical, const void *buffer,
			 size_t len, struct zr_error *err)
{
	uint8_t *copy = malloc(len);
	int rc;

	if (!copy)
		abort();
	memcpy(copy, buffer, len);
	memory_fault_flip(memory->fault, physical, copy, len);
	rc = store(memory, physical, copy, len, err);
	free(copy);
	return rc;
}

static int write_bytes(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
		       struct zr_error *err)
{
	struct memory_device *memory = memory_of(dev);
	int rc = 0;

	switch (begin(memory, MEMORY_WRITE, physical, len)) {
	case MEMORY_DROPS:
		return 0;
	case MEMORY_FLIPS:
		return store_flipped(memory, physical, buffer, len, err);
	case MEMORY_WORKS:
		return memory->drop_writes ? 0 : store(memory, physical, buffer, len, err);
	case MEMORY_FAILS_HALFWAY:
		rc = store(memory, physical, buffer, len / 2 / BLOCK * BLOCK, err);
		break;
	default:
		break;
	}
	return rc ? rc : injected(memory, dev->codes->write, physical, err);
}

static int zone_command(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			struct zr_error *err)
{
	static const enum memory_kind kinds[] = {
		[ZR_OP_RESET] = MEMORY_RESET,
		[ZR_OP_CLOSE] = MEMORY_CLOSE,
		[ZR_OP_FINISH] = MEMORY_FINISH,
	};
	struct memory_device *memory = memory_of(dev);
	struct zr_zone *zone = &memory->zones[zone_no];

	if (begin(memory, kinds[op], zone->start, 0) != MEMORY_WORKS)
		return injected(memory, dev->codes->zones, zone->start, err);
	if (!zr_zone_is_sequential(zone) || !zr_zone_is_writable(zone))
		return break_rule(memory, zone->start, "zone takes no command", err);
	memory_remember(memory, zone->start, 0);
	if (op == ZR_OP_RESET)
		memory_set_zone(memory, zone_no, ZR_COND_EMPTY, 0);
	else if (op == ZR_OP_FINISH)
		memory_set_zone(memory, zone_no, ZR_COND_FULL, 0);
	else if (zr_zone_is_active(zone))
		zone->cond = ZR_COND_CLOSED;
	else if (zone->cond != ZR_COND_FULL)
		return break_rule(memory, zone->start, "zone is not open", err);
	return 0;
}

static int flush_data(struct zr_device *dev, struct zr_error *err)
{
	struct memory_device *memory = memory_of(dev);

	if (begin(memory, MEMORY_FLUSH, 0, 0) != MEMORY_WORKS)
		return injected(memory, dev->codes->flush, 0, err);
	memory_forget_undo(memory);
	return 0;
}

static void close_device(struct zr_device *dev)
{
	memory_of(dev)->closed = true;
}

/*
 * One operation at a time, on all devices, since they may share a fault, and a hook may look at any
 * of them.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int report_locked(struct zr_device *dev, uint32_t first, uint32_t count,
			 struct zr_zone *zones, struct zr_error *err)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = report_zones(dev, first, count, zones, err);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int read_locked(struct zr_device *dev, uint64_t physical, void *buffer, size_t len,
		       struct zr_error *err)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = read_bytes(dev, physical, buffer, len, err);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int write_locked(struct zr_device *dev, uint64_t physical, const void *buffer, size_t len,
			struct zr_error *err)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = write_bytes(dev, physical, buffer, len, err);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int command_locked(struct zr_device *dev, enum zr_zone_op op, uint32_t zone_no,
			  struct zr_error *err)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = zone_command(dev, op, zone_no, err);
	pthread_mutex_unlock(&lock);
	return rc;
}

static int flush_locked(struct zr_device *dev, struct zr_error *err)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = flush_data(dev, err);
	pthread_mutex_unlock(&lock);
	return rc;
}

static const struct zr_device_ops memory_ops = {
	.report = report_locked,
	.read = read_locked,
	.write = write_locked,
	.zone_op = command_locked,
	.flush = flush_locked,
	.close = close_device,
};

static void make_zones(struct memory_device *memory)
{
	uint32_t i;

	for (i = 0; i < memory->options.zones; i++) {
		struct zr_zone *zone = &memory->zones[i];
		bool none = memory->options.regular || i < memory->options.conventional;

		zone->start = i * MEMORY_ZONE_SIZE;
		zone->len = MEMORY_ZONE_SIZE;
		zone->cap = none || !memory->options.cap ? zone->len : memory->options.cap;
		zone->wp = none ? zone->start + zone->len : zone->start;
		zone->type = none ? ZR_ZONE_CONVENTIONAL : ZR_ZONE_SEQUENTIAL;
		zone->cond = none ? ZR_COND_NOT_WP : ZR_COND_EMPTY;
		if (i && i == memory->options.offline)
			zone->cond = ZR_COND_OFFLINE;
	}
}

static void make_geometry(struct memory_device *memory)
{
	struct zr_geometry *geo = &memory->dev.geo;

	geo->size = memory->options.zones * MEMORY_ZONE_SIZE;
	geo->logical_block = 4096;
	geo->model = ZR_MODEL_REGULAR;
	if (memory->options.regular)
		return;
	geo->model = ZR_MODEL_HOST_MANAGED;
	geo->zone_size = MEMORY_ZONE_SIZE;
	geo->zone_count = memory->options.zones;
	geo->max_active = memory->options.max_active;
}

struct memory_device *memory_new(const struct memory_options *options, const char *path)
{
	struct memory_device *memory = calloc(1, sizeof(*memory));

	if (!memory)
		abort();
	memory->options = *options;
	memory->zones = calloc(options->zones, sizeof(*memory->zones));
	memory->touched = calloc(options->zones, sizeof(*memory->touched));
	memory->dev.ops = &memory_ops;
	memory->dev.codes = options->source ? &source_codes : &target_codes;
	memory->dev.path = strdup(path);
	memory->dev.model = strdup("");
	memory->dev.writable = !options->source;
	make_geometry(memory);
	memory->bytes = mmap(NULL, memory->dev.geo.size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!memory->zones || !memory->touched || !memory->dev.path || !memory->dev.model ||
	    memory->bytes == MAP_FAILED)
		abort();
	make_zones(memory);
	return memory;
}

void memory_clear(struct memory_device *memory)
{
	uint32_t i;

	for (i = 0; i < memory->options.zones; i++) {
		memset(memory->bytes + i * MEMORY_ZONE_SIZE, 0, memory->touched[i]);
		memory->touched[i] = 0;
	}
	memory_forget_undo(memory);
	make_zones(memory);
}

void memory_place(struct memory_device *memory, uint64_t physical, const void *bytes, size_t len)
{
	struct zr_zone *zone = zone_at(memory, physical);

	touch(memory, physical, len);
	memcpy(memory->bytes + physical, bytes, len);
	if (!zr_zone_is_sequential(zone) || zone->cond == ZR_COND_FULL)
		return;
	if (zone->cond != ZR_COND_OFFLINE)
		zone->cond = ZR_COND_CLOSED;
	if (zone->wp < physical + len)
		zone->wp = physical + len;
}

void memory_set_zone(struct memory_device *memory, uint32_t zone_no, enum zr_zone_cond cond,
		     uint64_t written)
{
	struct zr_zone *zone = &memory->zones[zone_no];

	zone->cond = cond;
	if (cond == ZR_COND_EMPTY)
		zone->wp = zone->start;
	else if (cond == ZR_COND_FULL)
		zone->wp = zone->start + zone->len;
	else
		zone->wp = zone->start + written;
}

void memory_freeze(struct memory_device *memory)
{
	if (mprotect(memory->bytes, memory->dev.geo.size, PROT_READ))
		abort();
}

void memory_thaw(struct memory_device *memory)
{
	if (mprotect(memory->bytes, memory->dev.geo.size, PROT_READ | PROT_WRITE))
		abort();
}

size_t memory_count(const struct memory_device *memory, enum memory_kind kind)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < memory->log_count; i++)
		count += memory->log[i].kind == kind;
	return count;
}

void memory_forget(struct memory_device *memory)
{
	memory->log_count = 0;
}

void memory_free(struct memory_device *memory)
{
	if (!memory)
		return;
	memory_forget_undo(memory);
	munmap(memory->bytes, memory->options.zones * MEMORY_ZONE_SIZE);
	free(memory->dev.path);
	free(memory->dev.model);
	free(memory->zones);
	free(memory->touched);
	free(memory->log);
	free(memory);
}
