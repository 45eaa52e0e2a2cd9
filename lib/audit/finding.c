// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What can be found, and what kernels say to it. Messages are facts of fs/btrfs/zoned.c,
 * fs/btrfs/disk-io.c and fs/btrfs/volumes.c; where a mount fails before the kernel logs anything,
 * they are those of mount(8).
 */
#include "audit.h"

#include <stdio.h>

#define TEXT_MAX 800

struct kind {
	const char *name;
	enum zr_check_severity severity;
};

static const struct kind kinds[] = {
#define KIND(kind, name, severity) { name, ZR_CHECK_##severity },
	ZR_CHECK_KINDS(KIND)
#undef KIND
};

#define ALL(text)                \
	{                        \
		text, text, text \
	}

static const char *const refusals[][ZR_KERNELS] = {
	[ZR_CHECK_SUPER_LOG] = ALL("mount: Structure needs cleaning"),
	[ZR_CHECK_SUPER_NONE] = ALL("mount: wrong fs type, bad option, bad superblock"),
	[ZR_CHECK_SUPER_CSUM] = ALL("superblock checksum mismatch"),
	[ZR_CHECK_SUPER_FIELD] = ALL("superblock contains fatal errors"),
	[ZR_CHECK_COPY_LOG] = ALL("zoned: super block log zone corrupted"),
	[ZR_CHECK_LIMIT_LOW] = { "max active zones", "max active zones", NULL },
	[ZR_CHECK_LIMIT_EXCEEDED] = ALL("exceeds max_active_zones"),
	[ZR_CHECK_LIMIT_LATER] = { NULL, NULL, "exceeds max_active_zones" },
	[ZR_CHECK_FEW_ZONES] = { NULL, NULL, "zoned: not enough zones to mount filesystem" },
	[ZR_CHECK_TREE_LOG] = ALL("failed to read log tree"),
	[ZR_CHECK_EXTENT_UNALIGNED] = ALL("is not aligned to device zone"),
	[ZR_CHECK_GROUP_ON_SUPER] = ALL("must not contain super block"),
	[ZR_CHECK_PROFILE] = { "not yet supported", NULL, NULL },
	[ZR_CHECK_DATA_PROFILE] = { "not yet supported", "needs raid-stripe-tree",
				    "needs raid-stripe-tree" },
	[ZR_CHECK_POINTER_LOST] = ALL("zoned: cannot recover write pointer"),
	[ZR_CHECK_FIRST_MIRROR_LOST] = { NULL, "zoned: write pointer offset mismatch of zones",
					 "zoned: write pointer offset mismatch of zones" },
	[ZR_CHECK_POINTER_DIFFERS] = ALL("zoned: write pointer offset mismatch of zones"),
	[ZR_CHECK_POINTER_MIXED] = { "zoned: write pointer offset mismatch of zones", NULL, NULL },
	[ZR_CHECK_POINTER_BEHIND_MIXED] = ALL("zoned: got wrong write pointer"),
	[ZR_CHECK_DEAD_ZONE] = ALL(NULL),
};

static const char *const advice[] = {
	[ZR_CHECK_SUPER_LOG] =
		"keep a copy of both zones, then reset the one without the newest entry",
	[ZR_CHECK_SUPER_TOOLS] = "mount by the name of the device; the next superblocks end it",
	[ZR_CHECK_COPY_LOG] =
		"reset both zones of the pair with blkzone; the kernel writes it anew",
	[ZR_CHECK_COPY_BEYOND] = "reset the pair with blkzone before the file system grows there",
	[ZR_CHECK_LIMIT_NEAR] = "finish a data zone with little room left, or delete and balance",
	[ZR_CHECK_TREES] = "look at it with 'btrfs check'",
	[ZR_CHECK_TREE_LOG] = "'btrfs rescue zero-log' gives up what was fsynced last",
	[ZR_CHECK_FIRST_MIRROR_LOST] =
		"mounted with -o degraded it works; btrfs-zreplace copies the device anew",
	[ZR_CHECK_MIRROR_LOST] = "btrfs-zreplace copies the device anew",
	[ZR_CHECK_POINTER_DIFFERS] =
		"btrfs-zreplace copies such a file system, and ends both zones alike",
	[ZR_CHECK_POINTER_BEHIND] = "do not mount it for writing: used blocks would be overwritten",
	[ZR_CHECK_LEFTOVER] = "reset it with blkzone to get the space back",
	[ZR_CHECK_DEAD_ZONE] = NULL,
};

/* Why reading the trees failed, and what kernels say then. */
static const struct {
	int code;
	const char *message;
} tree_refusals[] = {
	{ ZR_E_DEV, "failed to read chunk tree" },
	{ ZR_E_CHUNK, "failed to read chunk tree" },
	{ ZR_E_SYSARRAY, "failed to read" },
	{ ZR_E_DEVEXT, "failed to verify dev extents against chunks" },
	{ ZR_E_BLOCK_GROUP, "failed to read block groups" },
};

const char *zr_check_kind_name(enum zr_check_kind kind)
{
	return (size_t)kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[kind].name : "unknown";
}

const char *zr_check_severity_name(enum zr_check_severity severity)
{
	switch (severity) {
	case ZR_CHECK_NOTE:
		return "note";
	case ZR_CHECK_WARNING:
		return "warning";
	case ZR_CHECK_ERROR:
		return "error";
	}
	return "unknown";
}

const char *zr_kernel_name(enum zr_kernel kernel)
{
	switch (kernel) {
	case ZR_KERNEL_6_1:
		return "6.1";
	case ZR_KERNEL_6_12:
		return "6.12";
	case ZR_KERNEL_LATER:
		return "later";
	case ZR_KERNELS:
		break;
	}
	return "unknown";
}

static void tell(struct zr_audit *audit, const struct zr_check_finding *finding)
{
	uint32_t *const counts[] = {
		[ZR_CHECK_NOTE] = &audit->summary->notes,
		[ZR_CHECK_WARNING] = &audit->summary->warnings,
		[ZR_CHECK_ERROR] = &audit->summary->errors,
	};

	(*counts[finding->severity])++;
	if (audit->listener && audit->listener->finding)
		audit->listener->finding(finding, audit->listener->context);
}

void zr_audit_find(struct zr_audit *audit, enum zr_check_kind kind, struct zr_audit_place place,
		   const char *fmt, ...)
{
	struct zr_check_finding finding = {
		.kind = kind,
		.severity = kinds[kind].severity,
		.zone = place.zone,
		.logical = place.logical,
		.advice = advice[kind],
	};
	char text[TEXT_MAX];
	va_list ap;
	int i;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	finding.text = text;
	for (i = 0; i < ZR_KERNELS; i++)
		finding.refusal[i] = refusals[kind][i];
	tell(audit, &finding);
}

void zr_audit_find_trees(struct zr_audit *audit, const struct zr_error *reason)
{
	struct zr_check_finding finding = {
		.kind = ZR_CHECK_TREES,
		.severity = ZR_CHECK_ERROR,
		.zone = ZR_NOWHERE,
		.logical = ZR_NOWHERE,
		.text = reason->text,
		.advice = advice[ZR_CHECK_TREES],
	};
	size_t i;
	int k;

	for (i = 0; i < sizeof(tree_refusals) / sizeof(tree_refusals[0]); i++)
		for (k = 0; k < ZR_KERNELS && tree_refusals[i].code == reason->code; k++)
			finding.refusal[k] = tree_refusals[i].message;
	audit->summary->complete = 0;
	tell(audit, &finding);
}
