// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify_memory.h"

static struct memory_device *opened;

int __wrap_zr_device_open(struct zr_device **dev, const char *path, enum zr_device_role role,
			  struct zr_error *err);

int __wrap_zr_device_open(struct zr_device **dev, const char *path, enum zr_device_role role,
			  struct zr_error *err)
{
	if (role != ZR_ROLE_TARGET_READ)
		return zr_fail(err, ZR_E_OPEN, "%s: only to be read", path);
	*dev = &opened->dev;
	return 0;
}

static int verify(struct tiny_run *run, zr_difference_fn told, void *context,
		  struct zr_verify_result *result, struct zr_error *err)
{
	opened = run->to;
	return zr_verify_run(run->source, run->to->dev.path, told, context, result, err);
}

int verify_memory_told(struct tiny_run *run, zr_difference_fn told, void *context,
		       struct zr_error *err)
{
	struct zr_verify_result result;

	return verify(run, told, context, &result, err);
}

int verify_memory_result(struct tiny_run *run, struct zr_verify_result *result,
			 struct zr_error *err)
{
	return verify(run, NULL, NULL, result, err);
}

int verify_memory(struct tiny_run *run, struct zr_error *err)
{
	return verify_memory_told(run, NULL, NULL, err);
}
