// SPDX-License-Identifier: LGPL-2.1-or-later
/* The order of an audit: zones, superblocks, trees, block groups. */
#include "audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int zr_audit_pass(int rc, const struct zr_error *reason, struct zr_error *err)
{
	if (err && !err->code)
		*err = *reason;
	return rc;
}

/*
 * Metadata that contradicts itself is what an audit is for.
 * Returns 0 after telling it, otherwise @rc with the record passed on.
 */
static int trees_failed(struct zr_audit *audit, int rc, const struct zr_error *reason,
			struct zr_error *err)
{
	if (zr_error_class(rc) == ZR_CLASS_CORRUPT) {
		zr_audit_find_trees(audit, reason);
		return 0;
	}
	return zr_audit_pass(rc, reason, err);
}

static int read_zones(struct zr_audit *audit, struct zr_error *err)
{
	return audit->zones ? 0 : zr_device_zones(audit->dev, &audit->zones, err);
}

static void read_log(struct zr_audit *audit)
{
	struct zr_error reason = ZR_ERROR_INIT;

	if (!zr_log_read(audit->source, true, &reason))
		return;
	audit->source->log.used = false;
	zr_audit_find(audit, ZR_CHECK_TREE_LOG, ZR_AUDIT_NOWHERE, "%s", reason.text);
}

/* Copies on a device that is not there are not compared with those that are. */
static void find_missing(struct zr_audit *audit)
{
	size_t position = 0;
	uint64_t devid;
	const char *path;

	while (!zr_source_member_next(audit->source, &position, &devid, &path)) {
		if (path)
			continue;
		audit->summary->complete = 0;
		zr_audit_find(audit, ZR_CHECK_MEMBER_MISSING, ZR_AUDIT_NOWHERE,
			      "devid %llu is missing, and what is on it was not compared",
			      (unsigned long long)devid);
	}
}

static int audit_block_groups(struct zr_audit *audit, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc;

	read_log(audit);
	rc = zr_groups_read(audit->source, &audit->list, &reason);
	if (rc)
		return trees_failed(audit, rc, &reason, err);
	zr_audit_groups(audit);
	zr_audit_reserve(audit);
	return zr_audit_unused(audit, err);
}

static int audit_trees(struct zr_audit *audit, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	int rc = zr_members_open(&audit->members, audit->dev, audit->options, &reason);

	if (!rc)
		rc = zr_source_open_kept(&audit->source, audit->dev, audit->members, &reason);
	if (rc)
		return trees_failed(audit, rc, &reason, err);
	rc = read_zones(audit, err);
	if (!rc && audit->dev->geo.model == ZR_MODEL_REGULAR)
		zr_audit_limits(audit);
	if (!rc)
		find_missing(audit);
	if (!rc)
		rc = audit_block_groups(audit, err);
	zr_groups_free(&audit->list);
	zr_source_release(audit->source);
	return rc;
}

static int audit_all(struct zr_audit *audit, struct zr_error *err)
{
	/* The zones of a regular device are known when its trees are. */
	bool zoned = audit->dev->geo.model != ZR_MODEL_REGULAR;
	int rc = zoned ? read_zones(audit, err) : 0;

	if (!rc && zoned)
		zr_audit_limits(audit);
	if (!rc)
		rc = zr_audit_supers(audit, err);
	if (!rc && audit->summary->has_super)
		rc = audit_trees(audit, err);
	return rc;
}

static void name_device(const struct zr_audit *audit, struct zr_error *err)
{
	const struct zr_source source = { .dev = audit->dev, .members = audit->members };

	zr_source_name_device(&source, err);
}

int zr_audit_device(struct zr_device *dev, const struct zr_source_options *options,
		    const struct zr_check_listener *listener, struct zr_check_summary *summary,
		    struct zr_error *err)
{
	struct zr_audit audit = {
		.dev = dev,
		.options = options,
		.listener = listener,
		.summary = summary,
	};
	int rc;

	memset(summary, 0, sizeof(*summary));
	snprintf(summary->model, sizeof(summary->model), "%s", dev->model);
	summary->device_bytes = dev->geo.size;
	summary->zoned = dev->geo.model == ZR_MODEL_HOST_MANAGED;
	summary->max_active = dev->geo.max_active;
	summary->complete = 1;
	rc = audit_all(&audit, err);
	if (rc)
		name_device(&audit, err);
	if (rc || !summary->has_super)
		summary->complete = 0;
	zr_members_free(audit.members);
	free(audit.zones);
	return rc;
}

int zr_check_run(const char *path, const struct zr_source_options *options,
		 const struct zr_check_listener *listener, struct zr_check_summary *summary,
		 struct zr_error *err)
{
	struct zr_device *dev;
	int rc;

	memset(summary, 0, sizeof(*summary));
	if (listener && listener->size != sizeof(*listener))
		return zr_fail(err, ZR_E_ARGUMENT,
			       "check: listener of unknown size, found %zu expected %zu",
			       listener->size, sizeof(*listener));
	rc = zr_device_open(&dev, path, ZR_ROLE_SOURCE, err);
	if (rc)
		return rc;
	rc = zr_audit_device(dev, options, listener, summary, err);
	zr_device_close(dev);
	return rc;
}
