// SPDX-License-Identifier: LGPL-2.1-or-later
/* Comparing a target with its source, byte by byte of what is used. */
#include "verify.h"
#include "buffer.h"
#include "relayout.h"
#include "verify_relayout.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zreplace/job.h>

#define TEXT_MAX 900

void zr_verify_differ(struct zr_verify *verify, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	verify->result->differences++;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (verify->difference)
		verify->difference(text, verify->context);
}

/* Returns 1 for a difference, otherwise @rc with the record passed on. */
int zr_verify_failed(struct zr_verify *verify, struct zr_device *dev, int rc,
		     const struct zr_error *reason, struct zr_error *err)
{
	const struct zr_source target = { .dev = dev, .members = verify->a.source->members };

	if (zr_error_class(rc) == ZR_CLASS_CORRUPT) {
		zr_verify_differ(verify, "target: %s", reason->text);
		return 1;
	}
	if (err && !err->code) {
		*err = *reason;
		zr_source_name_device(&target, err);
	}
	return rc;
}

static int open_side(struct zr_verify_side *side, struct zr_error *err)
{
	side->buffer = zr_buffer_alloc(ZR_COMPARE_BYTES);
	if (!side->buffer)
		return zr_fail_nomem(err);
	zr_reader_init(&side->reader, side->source);
	return zr_groups_read(side->source, &side->list, err);
}

static void close_side(struct zr_verify_side *side)
{
	if (side->buffer)
		zr_reader_free(&side->reader);
	zr_groups_free(&side->list);
	free(side->buffer);
}

/* Whether two lists name the same block groups; without that nothing else can be compared. */
static bool same_groups(const struct zr_verify_side *a, const struct zr_verify_side *b)
{
	size_t i;

	if (a->list.group_count != b->list.group_count ||
	    a->list.extent_count != b->list.extent_count)
		return false;
	for (i = 0; i < a->list.group_count; i++) {
		const struct zr_group *first = &a->list.groups[i];
		const struct zr_group *second = &b->list.groups[i];

		if (memcmp(&first->item, &second->item, sizeof(first->item)) ||
		    first->last != second->last)
			return false;
	}
	for (i = 0; i < a->list.extent_count; i++)
		if (a->list.extents[i].group != b->list.extents[i].group ||
		    a->list.extents[i].stripe != b->list.extents[i].stripe)
			return false;
	return true;
}

static void differing_supers(struct zr_verify *verify)
{
	zr_verify_differ(verify,
			 "superblock: generation %" PRIu64 " on the source, %" PRIu64
			 " on the target, or other fields differ",
			 verify->a.source->super.generation, verify->b.source->super.generation);
}

/* A tree-log that was dropped is missing on the target, and that is no difference. */
static int compare_supers(struct zr_verify *verify, struct zr_error *err)
{
	const struct zr_super *from = &verify->a.source->super;
	const struct zr_super *to = &verify->b.source->super;
	uint8_t expected[ZR_SUPER_BYTES];
	int rc;

	memcpy(expected, from->raw, sizeof(expected));
	if (!to->log_root)
		zr_super_clear_log(expected);
	if (zr_verify_is_relayout(verify))
		zr_relayout_super_like(expected, to->raw);
	rc = zr_edit_super(&verify->editing.edit, expected, err);
	if (!rc && !zr_super_same(expected, to->raw))
		differing_supers(verify);
	return rc;
}

/* Of another state of the file system nothing else can be compared. */
static bool same_state(struct zr_verify *verify)
{
	const struct zr_super *from = &verify->a.source->super;
	const struct zr_super *to = &verify->b.source->super;

	if (from->generation == to->generation &&
	    (from->root == to->root || zr_verify_is_relayout(verify)) && from->devid == to->devid &&
	    (!to->log_root || from->log_root == to->log_root))
		return true;
	differing_supers(verify);
	return false;
}

/* What only the tree-log names is compared if it was copied. */
static int read_log(struct zr_source *source, bool copied, struct zr_error *err)
{
	int rc = copied ? zr_log_read(source, true, err) : 0;

	source->log.used = copied;
	return rc;
}

static int open_target_side(struct zr_verify *verify, bool log, struct zr_error *err)
{
	int rc = zr_log_read(verify->b.source, log, err);

	return rc ? rc : open_side(&verify->b, err);
}

static int compare_layouts(struct zr_verify *verify, struct zr_error *err)
{
	int rc;

	zr_editing_fsid(&verify->editing.edit, &verify->a.source->super, &verify->b.source->super);
	rc = compare_supers(verify, err);
	if (!rc)
		rc = zr_verify_relayout(verify, err);
	return rc ? rc : zr_verify_target(verify, err);
}

static int compare_sides(struct zr_verify *verify, struct zr_error *err)
{
	struct zr_error reason = ZR_ERROR_INIT;
	bool log = verify->b.source->super.log_root;
	int rc;

	verify->result->devices =
		zr_verify_is_relayout(verify) ? (uint32_t)verify->a.source->super.num_devices : 1;
	if (!zr_verify_is_relayout(verify)) {
		rc = zr_source_require_zoned(verify->a.source, err);
		if (rc)
			return rc;
	}
	if (!same_state(verify))
		return 0;
	rc = read_log(verify->a.source, log, err);
	if (!rc)
		rc = open_side(&verify->a, err);
	if (rc)
		return rc;
	/* What is bad on the source was copied as it is, or as zeroes. */
	verify->a.reader.reading.rescue = true;
	rc = open_target_side(verify, log, &reason);
	if (rc) {
		rc = zr_verify_failed(verify, verify->b.source->dev, rc, &reason, err);
		return rc < 0 ? rc : 0;
	}
	if (zr_verify_is_relayout(verify))
		return compare_layouts(verify, err);
	if (!same_groups(&verify->a, &verify->b)) {
		zr_verify_differ(
			verify, "block groups: the trees of source and target list different ones");
		return 0;
	}
	rc = zr_editing_found(&verify->editing, verify->a.source, &verify->a.list, verify->b.source,
			      &verify->b.list, err);
	if (!rc)
		rc = compare_supers(verify, err);
	verify->a.reader.reading.edit = &verify->editing.edit;
	if (!rc)
		rc = zr_verify_contents(verify, err);
	return rc ? rc : zr_verify_target(verify, err);
}

int zr_verify_run(struct zr_source *source, const char *target_path, zr_difference_fn difference,
		  void *context, struct zr_verify_result *result, struct zr_error *err)
{
	struct zr_verify verify = {
		.a.source = source,
		.difference = difference,
		.context = context,
		.result = result,
	};
	struct zr_error reason = ZR_ERROR_INIT;
	uint64_t lost = source->counters.lost;
	struct zr_device *dev;
	int rc;

	memset(result, 0, sizeof(*result));
	rc = zr_device_open(&dev, target_path, ZR_ROLE_TARGET_READ, err);
	if (rc)
		return rc;
	rc = zr_source_open_kept(&verify.b.source, dev, source->members, &reason);
	if (rc) {
		rc = zr_verify_failed(&verify, dev, rc, &reason, err);
	} else {
		rc = compare_sides(&verify, err);
		close_side(&verify.a);
		close_side(&verify.b);
		zr_editing_free(&verify.editing);
		result->read = verify.b.source->counters;
		result->unread = source->counters.lost - lost;
		zr_source_release(verify.b.source);
	}
	zr_device_close(dev);
	if (rc < 0 && err && !zr_error_names(err, target_path))
		zr_source_name_device(source, err);
	if (rc >= 0 && result->differences)
		rc = zr_fail(err, ZR_E_DIFFERENT, "%s: %u difference%s from the source",
			     target_path, result->differences, result->differences == 1 ? "" : "s");
	return rc;
}
