// SPDX-License-Identifier: LGPL-2.1-or-later
#include "findings.h"

#include <stdio.h>
#include <string.h>

const char *zr_finding_name(enum zr_finding_kind kind)
{
	switch (kind) {
	case ZR_FINDING_REPAIRED:
		return "repaired";
	case ZR_FINDING_DAMAGED:
		return "damaged";
	case ZR_FINDING_UNVERIFIABLE:
		return "unverifiable";
	case ZR_FINDING_LOST:
		return "lost";
	case ZR_FINDING_REBUILT:
		return "rebuilt";
	}
	return "unknown";
}

/* Whether a finding goes on where another one ends. */
static bool continues(const struct zr_finding *last, const struct zr_finding *next)
{
	return !last->tree_block && last->kind == next->kind && last->code == next->code &&
	       last->extent == next->extent && last->has_csum == next->has_csum &&
	       last->devid == next->devid && last->physical + last->len == next->physical &&
	       last->logical + last->len == next->logical;
}

int zr_findings_add(struct zr_findings *findings, const struct zr_finding *finding,
		    struct zr_error *err)
{
	struct zr_finding *last = findings->count ? &findings->batch[findings->count - 1] : NULL;
	int rc = 0;

	if (last && continues(last, finding)) {
		last->len += finding->len;
		return 0;
	}
	if (findings->count == ZR_FINDINGS_BATCH)
		rc = zr_findings_flush(findings, err);
	if (!rc)
		findings->batch[findings->count++] = *finding;
	return rc;
}

int zr_findings_flush(struct zr_findings *findings, struct zr_error *err)
{
	size_t count = findings->count;
	size_t i;
	int rc;

	findings->count = 0;
	rc = zr_journal_findings(findings->journal, findings->zone, findings->batch, count, err);
	for (i = 0; i < count && !rc && findings->tell; i++) {
		if (findings->cancelled && atomic_load(findings->cancelled))
			return zr_fail(err, ZR_E_CANCELLED, "copy: cancelled at logical %llu",
				       (unsigned long long)findings->batch[i].logical);
		findings->tell(&findings->batch[i], findings->context);
	}
	return rc;
}

/* The first owner as text, and how many there are. */
struct names {
	char text[ZR_ERROR_TEXT_MAX];
	size_t count;
};

static void take_owner(const struct zr_owner *owner, void *context)
{
	struct names *names = context;

	if (names->count++)
		return;
	if (owner->inode)
		snprintf(names->text, sizeof(names->text),
			 "tree %lld inode %llu offset %llu, path '%s'", (long long)owner->tree,
			 (unsigned long long)owner->inode, (unsigned long long)owner->offset,
			 owner->path ? owner->path : "unknown");
	else
		snprintf(names->text, sizeof(names->text), "tree %lld level %u",
			 (long long)owner->tree, owner->level);
}

void zr_findings_name_owner(struct zr_source *source, struct zr_error *err)
{
	struct zr_error ignored = ZR_ERROR_INIT;
	enum zr_error_class class = err ? zr_error_class(err->code) : ZR_CLASS_NONE;
	struct names names = { .count = 0 };
	size_t len;

	if ((class != ZR_CLASS_CORRUPT && class != ZR_CLASS_SOURCE_IO) ||
	    err->logical == ZR_NOWHERE)
		return;
	/* Whatever keeps owners from being found, those that were found are named. */
	if (zr_source_owners(source, err->logical, 1, take_owner, &names, &ignored) < 0 &&
	    !names.count)
		return;
	len = strlen(err->text);
	if (names.count == 1)
		snprintf(err->text + len, sizeof(err->text) - len, "; used by %s", names.text);
	else if (names.count)
		snprintf(err->text + len, sizeof(err->text) - len, "; used by %s and %zu more",
			 names.text, names.count - 1);
}
