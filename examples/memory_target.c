// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * usage: memory_target SOURCE - a replace onto a zoned device that this program makes up: zones in
 * memory, with the rules of sequential zones. Says in the end how the zones were left.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zreplace/zreplace.h>

/* The zones as they are reported, and what was written to each; memory comes with the first byte.
 */
struct memory {
	uint32_t count;
	uint64_t zone_size;
	struct zr_zone *zones;
	unsigned char **bytes;
	pthread_mutex_t lock; /* zones are written by several threads at a time */
};

static int report(void *context, uint32_t first, uint32_t count, struct zr_zone *zones)
{
	struct memory *memory = context;

	memcpy(zones, memory->zones + first, count * sizeof(*zones));
	return 0;
}

static int read_bytes(void *context, uint64_t physical, void *buffer, size_t len)
{
	struct memory *memory = context;
	unsigned char *to = buffer;
	size_t i;

	for (i = 0; i < len; i++, physical++) {
		const unsigned char *bytes = memory->bytes[physical / memory->zone_size];

		to[i] = bytes ? bytes[physical % memory->zone_size] : 0;
	}
	return 0;
}

static int write_zone(struct memory *memory, uint32_t number, const void *buffer, size_t len)
{
	struct zr_zone *zone = &memory->zones[number];
	uint64_t offset = zone->wp - zone->start;

	if (zone->cond == ZR_COND_FULL || offset + len > zone->cap)
		return -EIO;
	if (!memory->bytes[number])
		memory->bytes[number] = calloc(1, memory->zone_size);
	if (!memory->bytes[number])
		return -ENOMEM;
	memcpy(memory->bytes[number] + offset, buffer, len);
	zone->wp += len;
	zone->cond = offset + len == zone->cap ? ZR_COND_FULL : ZR_COND_IMP_OPEN;
	return 0;
}

static int write_bytes(void *context, uint64_t physical, const void *buffer, size_t len)
{
	struct memory *memory = context;
	uint32_t number = (uint32_t)(physical / memory->zone_size);
	int rc = -EIO;

	pthread_mutex_lock(&memory->lock);
	if (memory->zones[number].wp == physical)
		rc = write_zone(memory, number, buffer, len);
	pthread_mutex_unlock(&memory->lock);
	return rc;
}

static int zone_command(void *context, enum zr_zone_op op, uint32_t number)
{
	struct memory *memory = context;
	struct zr_zone *zone = &memory->zones[number];

	pthread_mutex_lock(&memory->lock);
	if (op == ZR_OP_RESET) {
		zone->wp = zone->start;
		zone->cond = ZR_COND_EMPTY;
	} else if (op == ZR_OP_FINISH) {
		zone->wp = zone->start + zone->len;
		zone->cond = ZR_COND_FULL;
	} else if (zone->cond == ZR_COND_IMP_OPEN) {
		zone->cond = ZR_COND_CLOSED;
	}
	pthread_mutex_unlock(&memory->lock);
	return 0;
}

static int flush(void *context)
{
	(void)context;
	return 0;
}

static const struct zr_custom_ops memory_ops = {
	.size = sizeof(memory_ops),
	.report = report,
	.read = read_bytes,
	.write = write_bytes,
	.zone_op = zone_command,
	.flush = flush,
};

static int make_memory(struct memory *memory, const struct zr_source_info *info)
{
	uint32_t i;

	pthread_mutex_init(&memory->lock, NULL);
	memory->count = info->zone_count;
	memory->zone_size = info->zone_size;
	memory->zones = calloc(memory->count, sizeof(*memory->zones));
	memory->bytes = calloc(memory->count, sizeof(*memory->bytes));
	if (!memory->zones || !memory->bytes)
		return -1;
	for (i = 0; i < memory->count; i++) {
		struct zr_zone zone = {
			.start = i * memory->zone_size,
			.len = memory->zone_size,
			.cap = memory->zone_size,
			.wp = i * memory->zone_size,
			.type = ZR_ZONE_SEQUENTIAL,
			.cond = ZR_COND_EMPTY,
		};

		memory->zones[i] = zone;
	}
	return 0;
}

static int replace(struct zr_source *source, struct memory *memory, struct zr_error *err)
{
	const struct zr_target_options writable = { .size = sizeof(writable), .writable = 1 };
	const struct zr_custom_device device = {
		.size = sizeof(device),
		.ops = &memory_ops,
		.context = memory,
		.name = "memory",
		.bytes = memory->count * memory->zone_size,
		.zone_size = memory->zone_size,
		.logical_block = 4096,
	};
	struct zr_target *target = NULL;
	struct zr_plan *plan = NULL;
	struct zr_job *job = NULL;
	int rc = zr_target_open_custom(&target, &device, &writable, err);

	if (!rc)
		rc = zr_plan_build(&plan, source, target, NULL, err);
	if (!rc)
		rc = zr_job_new(&job, source, target, plan, NULL, err);
	if (!rc)
		rc = zr_job_run(job, err);
	zr_job_free(job);
	zr_plan_free(plan);
	zr_target_close(target);
	return rc;
}

int main(int argc, char **argv)
{
	struct zr_error err = ZR_ERROR_INIT;
	struct memory memory = { 0 };
	struct zr_source_info info;
	struct zr_source *source;
	uint32_t i;

	if (argc != 2)
		return 1;
	if (zr_source_open(&source, argv[1], NULL, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	zr_source_info(source, &info);
	if (make_memory(&memory, &info))
		return 1;
	if (replace(source, &memory, &err))
		fprintf(stderr, "%s\n", err.text);
	zr_source_close(source);
	for (i = 0; i < memory.count && !err.code; i++) {
		if (memory.bytes[i])
			printf("zone %" PRIu32 ": %" PRIu64 " bytes\n", i,
			       memory.zones[i].wp - memory.zones[i].start);
		free(memory.bytes[i]);
	}
	free(memory.zones);
	free(memory.bytes);
	return err.code ? 1 : 0;
}
