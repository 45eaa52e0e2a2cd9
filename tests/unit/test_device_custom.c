// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices that the caller serves: what is asked of them, and what becomes of their failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "custom.h"
#include "tiny_fs.h"

#define ZONE MEMORY_ZONE_SIZE

/* Serves a device in memory; any function can be made to fail. */
struct server {
	struct memory_device *memory;
	int result; /* of every function when it is not 0 */
	int closed;
	int flushes;
};

static int report(void *context, uint32_t first, uint32_t count, struct zr_zone *zones)
{
	struct server *server = context;

	memcpy(zones, server->memory->zones + first, count * sizeof(*zones));
	return server->result;
}

static int read_bytes(void *context, uint64_t physical, void *buffer, size_t len)
{
	struct server *server = context;

	memcpy(buffer, server->memory->bytes + physical, len);
	return server->result;
}

static int write_bytes(void *context, uint64_t physical, const void *buffer, size_t len)
{
	struct server *server = context;

	if (!server->result)
		memory_place(server->memory, physical, buffer, len);
	return server->result;
}

static int zone_op(void *context, enum zr_zone_op op, uint32_t zone)
{
	struct server *server = context;

	if (!server->result && op == ZR_OP_RESET)
		memory_set_zone(server->memory, zone, ZR_COND_EMPTY, 0);
	return server->result;
}

static int flush(void *context)
{
	struct server *server = context;

	server->flushes++;
	return server->result;
}

static void close_server(void *context)
{
	struct server *server = context;

	server->closed++;
}

static struct zr_custom_ops all_ops(void)
{
	const struct zr_custom_ops ops = {
		.size = sizeof(ops),
		.report = report,
		.read = read_bytes,
		.write = write_bytes,
		.zone_op = zone_op,
		.flush = flush,
		.close = close_server,
	};

	return ops;
}

static struct zr_custom_device describe(struct server *server, const struct zr_custom_ops *ops,
					bool regular)
{
	const struct memory_options options = { .zones = TINY_ZONES, .regular = regular };
	const struct zr_custom_device device = {
		.size = sizeof(device),
		.ops = ops,
		.context = server,
		.name = "served",
		.bytes = TINY_ZONES * ZONE,
		.zone_size = regular ? 0 : ZONE,
		.logical_block = 4096,
	};

	memset(server, 0, sizeof(*server));
	server->memory = memory_new(&options, "served");
	return device;
}

static void test_source(void **state)
{
	struct zr_error err = ZR_ERROR_INIT;
	int regular;

	(void)state;
	for (regular = 0; regular < 2; regular++) {
		const struct zr_custom_ops ops = all_ops();
		struct tiny_fs *fs = tiny_new(NULL);
		struct server server;
		struct zr_custom_device device = describe(&server, &ops, regular);
		struct zr_source_info info;
		struct zr_source *source;

		tiny_write(fs, server.memory);
		if (zr_source_open_custom(&source, &device, NULL, &err))
			fail_msg("%s", err.text);
		zr_source_info(source, &info);
		assert_string_equal(info.path, "served");
		assert_int_equal(info.generation, TINY_GENERATION);
		assert_int_equal(info.zone_count, TINY_ZONES);
		zr_source_close(source);
		assert_int_equal(server.closed, 1);
		memory_free(server.memory);
		tiny_free(fs);
	}
}

static void test_failures_have_the_code_of_their_side(void **state)
{
	const struct zr_custom_ops ops = all_ops();
	struct zr_error err = ZR_ERROR_INIT;
	struct server server;
	struct zr_custom_device device = describe(&server, &ops, false);
	struct zr_target_options options = { .size = sizeof(options), .writable = 1 };
	struct zr_source *source;
	struct zr_target *target;

	(void)state;
	server.result = -EPROTO;
	assert_int_equal(zr_source_open_custom(&source, &device, NULL, &err), -ZR_E_SOURCE_ZONES);
	assert_int_equal(err.sys_errno, EPROTO);
	assert_int_equal(server.closed, 1);
	assert_int_equal(zr_target_open_custom(&target, &device, &options, NULL),
			 -ZR_E_TARGET_ZONES);
	assert_int_equal(server.closed, 2);
	memory_free(server.memory);
}

static void test_lost_flush_stays_lost(void **state)
{
	const struct zr_custom_ops ops = all_ops();
	struct server server;
	struct zr_custom_device device = describe(&server, &ops, false);
	struct zr_device *dev;

	(void)state;
	assert_int_equal(zr_custom_open(&dev, &device, ZR_ROLE_TARGET, NULL), 0);
	server.result = -EIO;
	assert_int_equal(zr_device_flush(dev, NULL), -ZR_E_TARGET_FLUSH);
	server.result = 0;
	assert_int_equal(zr_device_flush(dev, NULL), -ZR_E_TARGET_FLUSH);
	assert_int_equal(server.flushes, 1);
	zr_device_close(dev);
	memory_free(server.memory);
}

static void test_missing_functions(void **state)
{
	struct zr_target_options options = { .size = sizeof(options), .writable = 1 };
	struct zr_target *target;
	struct zr_source *source;
	struct server server;
	int missing;

	(void)state;
	for (missing = 0; missing < 5; missing++) {
		struct zr_custom_ops ops = all_ops();
		struct zr_custom_device device = describe(&server, &ops, false);

		ops.read = missing == 0 ? NULL : ops.read;
		ops.report = missing == 1 ? NULL : ops.report;
		ops.write = missing == 2 ? NULL : ops.write;
		ops.flush = missing == 3 ? NULL : ops.flush;
		ops.zone_op = missing == 4 ? NULL : ops.zone_op;
		assert_int_equal(zr_target_open_custom(&target, &device, &options, NULL),
				 -ZR_E_ARGUMENT);
		if (missing < 2)
			assert_int_equal(zr_source_open_custom(&source, &device, NULL, NULL),
					 -ZR_E_ARGUMENT);
		assert_int_equal(server.closed, 0);
		memory_free(server.memory);
	}
}

static void test_impossible_devices(void **state)
{
	const struct zr_custom_ops ops = all_ops();
	struct server server;
	struct zr_custom_device device = describe(&server, &ops, false);
	struct zr_source *source;

	(void)state;
	device.logical_block = 100;
	assert_int_equal(zr_source_open_custom(&source, &device, NULL, NULL), -ZR_E_GEOMETRY);
	device.logical_block = 4096;
	device.bytes = UINT64_MAX / 4096 * 4096;
	device.zone_size = 4096;
	assert_int_equal(zr_source_open_custom(&source, &device, NULL, NULL), -ZR_E_GEOMETRY);
	assert_int_equal(server.closed, 2);
	memory_free(server.memory);
}

/* What cannot be probed may hold anything. */
static void test_contents(void **state)
{
	const struct zr_custom_ops ops = all_ops();
	char text[ZR_CONTENTS_MAX];
	int regular;

	(void)state;
	for (regular = 0; regular < 2; regular++) {
		struct server server;
		struct zr_custom_device device = describe(&server, &ops, regular);
		struct zr_target *target;

		assert_int_equal(zr_target_open_custom(&target, &device, NULL, NULL), 0);
		assert_int_equal(zr_target_contents(target, text, NULL), 0);
		assert_int_equal(text[0] != '\0', regular);
		zr_target_close(target);
		memory_free(server.memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_failures_have_the_code_of_their_side),
		cmocka_unit_test(test_lost_flush_stays_lost),
		cmocka_unit_test(test_missing_functions),
		cmocka_unit_test(test_impossible_devices),
		cmocka_unit_test(test_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
