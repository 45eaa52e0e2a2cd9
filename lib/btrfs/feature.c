// SPDX-License-Identifier: LGPL-2.1-or-later
#include "feature.h"

#include <stddef.h>

enum field {
	INCOMPAT,
	COMPAT_RO,
	COMPAT,
	FLAGS,
	FIELDS,
};

static const char *const field_names[FIELDS] = {
	[INCOMPAT] = "incompat feature",
	[COMPAT_RO] = "compat_ro feature",
	[COMPAT] = "compat feature",
	[FLAGS] = "superblock flag",
};

struct feature {
	enum field field;
	unsigned int bit;
	const char *name;
	const char *refused; /* reason, or NULL for what is supported */
};

static const struct feature features[] = {
	{ INCOMPAT, 0, "mixed-backref", NULL },
	{ INCOMPAT, 1, "default-subvol", NULL },
	{ INCOMPAT, 2, "mixed-groups",
	  "zoned devices have no block groups of both data and metadata" },
	{ INCOMPAT, 3, "compress-lzo", NULL },
	{ INCOMPAT, 4, "compress-zstd", NULL },
	{ INCOMPAT, 5, "big-metadata", NULL },
	{ INCOMPAT, 6, "extended-iref", NULL },
	{ INCOMPAT, 7, "raid56", NULL },
	{ INCOMPAT, 8, "skinny-metadata", NULL },
	{ INCOMPAT, 9, "no-holes", NULL },
	{ INCOMPAT, 10, "metadata-uuid", NULL },
	{ INCOMPAT, 11, "raid1c34", NULL },
	{ INCOMPAT, 12, "zoned", NULL },
	{ INCOMPAT, 13, "extent-tree-v2", "an experimental format that still changes" },
	{ INCOMPAT, 14, "raid-stripe-tree", "only experimental kernels mount it" },
	{ INCOMPAT, 16, "simple-quota", NULL },
	{ INCOMPAT, 17, "remap-tree", "an experimental format that zoned kernels refuse" },
	{ COMPAT_RO, 0, "free-space-tree", NULL },
	{ COMPAT_RO, 1, "free-space-tree-valid", NULL },
	{ COMPAT_RO, 2, "verity", NULL },
	{ COMPAT_RO, 3, "block-group-tree", NULL },
	{ FLAGS, 0, "written", NULL },
	{ FLAGS, 1, "reloc", NULL },
	{ FLAGS, 2, "error", "the kernel found the file system damaged; run btrfs check first" },
	{ FLAGS, 32, "seeding", "a seed device is shared by other file systems" },
	{ FLAGS, 33, "metadump", "the device holds a metadata dump, not a file system" },
	{ FLAGS, 34, "metadump-v2", "the device holds a metadata dump, not a file system" },
	{ FLAGS, 35, "changing-fsid", "a change of the fsid was interrupted; finish it first" },
	{ FLAGS, 36, "changing-fsid-v2", "a change of the fsid was interrupted; finish it first" },
	{ FLAGS, 38, "changing-bg-tree", "a conversion was interrupted; finish it first" },
	{ FLAGS, 39, "changing-data-csum",
	  "a change of checksums was interrupted; finish it first" },
	{ FLAGS, 40, "changing-meta-csum",
	  "a change of checksums was interrupted; finish it first" },
};

static const struct feature *find(enum field field, unsigned int bit)
{
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (features[i].field == field && features[i].bit == bit)
			return &features[i];
	return NULL;
}

static int check_field(enum field field, uint64_t bits, struct zr_error *err)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		const struct feature *feature;

		if (!(bits & 1ULL << bit))
			continue;
		feature = find(field, bit);
		if (!feature)
			return zr_fail(err, ZR_E_FEATURE, "superblock: unknown %s bit %u (0x%llx)",
				       field_names[field], bit, 1ULL << bit);
		if (feature->refused)
			return zr_fail(err, ZR_E_FEATURE, "superblock: %s %s is not supported: %s",
				       field_names[field], feature->name, feature->refused);
	}
	return 0;
}

bool zr_super_is_zoned(const struct zr_super *super)
{
	return super->incompat & BTRFS_INCOMPAT_ZONED;
}

int zr_super_require_zoned(const struct zr_super *super, struct zr_error *err)
{
	if (zr_super_is_zoned(super))
		return 0;
	return zr_fail(err, ZR_E_FEATURE,
		       "superblock: the file system is not zoned (incompat feature zoned is not "
		       "set)");
}

int zr_features_check(const struct zr_super *super, struct zr_error *err)
{
	int rc = check_field(INCOMPAT, super->incompat, err);

	if (!rc)
		rc = check_field(COMPAT_RO, super->compat_ro, err);
	if (!rc)
		rc = check_field(COMPAT, super->compat, err);
	if (!rc)
		rc = check_field(FLAGS, super->flags, err);
	if (rc)
		return rc;
	if (zr_super_is_zoned(super) && super->incompat & BTRFS_INCOMPAT_RAID56)
		return zr_fail(err, ZR_E_FEATURE,
			       "superblock: incompat feature raid56 is not supported: zoned btrfs "
			       "has no such profile");
	return 0;
}
