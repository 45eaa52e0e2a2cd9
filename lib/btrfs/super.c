// SPDX-License-Identifier: LGPL-2.1-or-later
#include "super.h"

#include "feature.h"
#include "ondisk.h"
#include "range.h"

#include <string.h>

typedef unsigned long long ull;

static const struct btrfs_super_block *on_disk(const uint8_t *raw)
{
	return (const struct btrfs_super_block *)raw;
}

int zr_super_is_magic(const uint8_t raw[ZR_SUPER_BYTES])
{
	return le64_get(on_disk(raw)->magic) == BTRFS_MAGIC;
}

uint64_t zr_super_generation(const uint8_t raw[ZR_SUPER_BYTES])
{
	return zr_super_is_magic(raw) ? le64_get(on_disk(raw)->generation) : 0;
}

static int check_csum(const uint8_t *raw, struct zr_error *err)
{
	uint16_t type = le16_get(on_disk(raw)->csum_type);

	if (type >= ZR_CSUM_TYPES)
		return zr_fail(err, ZR_E_FEATURE, "superblock: checksum type %u is not supported",
			       type);
	if (!zr_csum_matches(type, raw + BTRFS_CSUM_SIZE, ZR_SUPER_BYTES - BTRFS_CSUM_SIZE, raw))
		return zr_fail(err, ZR_E_CSUM, "superblock: %s checksum mismatch",
			       zr_csum_name(type));
	return 0;
}

static void decode_fields(const struct btrfs_super_block *disk, struct zr_super *super)
{
	super->flags = le64_get(disk->flags);
	super->generation = le64_get(disk->generation);
	super->root = le64_get(disk->root);
	super->chunk_root = le64_get(disk->chunk_root);
	super->log_root = le64_get(disk->log_root);
	super->root_level = disk->root_level;
	super->chunk_root_level = disk->chunk_root_level;
	super->log_root_level = disk->log_root_level;
	super->chunk_root_generation = le64_get(disk->chunk_root_generation);
	super->total_bytes = le64_get(disk->total_bytes);
	super->bytes_used = le64_get(disk->bytes_used);
	super->num_devices = le64_get(disk->num_devices);
	super->sectorsize = le32_get(disk->sectorsize);
	super->nodesize = le32_get(disk->nodesize);
	super->compat = le64_get(disk->compat_flags);
	super->compat_ro = le64_get(disk->compat_ro_flags);
	super->incompat = le64_get(disk->incompat_flags);
	super->csum_type = le16_get(disk->csum_type);
	super->devid = le64_get(disk->dev_item.devid);
	super->dev_total_bytes = le64_get(disk->dev_item.total_bytes);
	super->dev_bytes_used = le64_get(disk->dev_item.bytes_used);
	super->sys_chunks_size = le32_get(disk->sys_chunk_array_size);
}

static void decode_bytes(const struct btrfs_super_block *disk, struct zr_super *super)
{
	bool own = super->incompat & BTRFS_INCOMPAT_METADATA_UUID;

	memcpy(super->fsid, disk->fsid, BTRFS_UUID_SIZE);
	memcpy(super->metadata_uuid, own ? disk->metadata_uuid : disk->fsid, BTRFS_UUID_SIZE);
	memcpy(super->dev_uuid, disk->dev_item.uuid, BTRFS_UUID_SIZE);
	memcpy(super->label, disk->label, BTRFS_LABEL_SIZE);
	super->label[BTRFS_LABEL_SIZE] = '\0';
	memcpy(super->sys_chunks, disk->sys_chunk_array, BTRFS_SYSTEM_CHUNK_ARRAY_SIZE);
	memcpy(super->raw, disk, ZR_SUPER_BYTES);
}

static int check_sizes(const struct zr_super *super, const struct btrfs_super_block *disk,
		       struct zr_error *err)
{
	if (!zr_is_power_of_two(super->sectorsize) || super->sectorsize < 4096 ||
	    super->sectorsize > BTRFS_MAX_METADATA_BLOCKSIZE)
		return zr_fail(err, ZR_E_GEOM, "superblock: invalid sectorsize %u",
			       super->sectorsize);
	if (!zr_is_power_of_two(super->nodesize) || super->nodesize < super->sectorsize ||
	    super->nodesize > BTRFS_MAX_METADATA_BLOCKSIZE)
		return zr_fail(err, ZR_E_GEOM, "superblock: invalid nodesize %u", super->nodesize);
	if (le32_get(disk->leafsize) != super->nodesize)
		return zr_fail(err, ZR_E_GEOM, "superblock: invalid leafsize %u, expected %u",
			       le32_get(disk->leafsize), super->nodesize);
	if (super->sys_chunks_size > BTRFS_SYSTEM_CHUNK_ARRAY_SIZE)
		return zr_fail(
			err, ZR_E_SYSARRAY,
			"superblock: system chunk array too big, found %u expected at most %u",
			super->sys_chunks_size, BTRFS_SYSTEM_CHUNK_ARRAY_SIZE);
	if (super->sys_chunks_size < sizeof(struct btrfs_disk_key) + sizeof(struct btrfs_chunk) +
					     sizeof(struct btrfs_stripe))
		return zr_fail(err, ZR_E_SYSARRAY,
			       "superblock: system chunk array too small, found %u",
			       super->sys_chunks_size);
	return 0;
}

static int check_root(const char *name, uint64_t logical, uint8_t level,
		      const struct zr_super *super, struct zr_error *err)
{
	if (!zr_is_aligned(logical, super->sectorsize))
		return zr_fail(err, ZR_E_ALIGN, "superblock: %s block unaligned: %llu", name,
			       (ull)logical);
	if (level >= BTRFS_MAX_LEVEL)
		return zr_fail(err, ZR_E_LEVEL, "superblock: %s level too big: %u >= %u", name,
			       level, BTRFS_MAX_LEVEL);
	return 0;
}

static int check_roots(const struct zr_super *super, struct zr_error *err)
{
	int rc = check_root("tree_root", super->root, super->root_level, super, err);

	if (!rc)
		rc = check_root("chunk_root", super->chunk_root, super->chunk_root_level, super,
				err);
	if (!rc)
		rc = check_root("log_root", super->log_root, super->log_root_level, super, err);
	if (rc)
		return rc;
	if (!super->root || !super->chunk_root)
		return zr_fail(err, ZR_E_RANGE,
			       "superblock: tree_root %llu or chunk_root %llu is 0",
			       (ull)super->root, (ull)super->chunk_root);
	if (!super->generation || super->generation >= UINT64_MAX - 1 ||
	    super->chunk_root_generation > super->generation)
		return zr_fail(
			err, ZR_E_GENERATION,
			"superblock: generation %llu below chunk root generation %llu or invalid",
			(ull)super->generation, (ull)super->chunk_root_generation);
	return 0;
}

static int check_totals(const struct zr_super *super, struct zr_error *err)
{
	if (!super->total_bytes || super->total_bytes > INT64_MAX ||
	    super->total_bytes < super->dev_total_bytes)
		return zr_fail(err, ZR_E_RANGE,
			       "superblock: invalid total_bytes %llu, device item has %llu",
			       (ull)super->total_bytes, (ull)super->dev_total_bytes);
	if (super->bytes_used > super->total_bytes || super->bytes_used < 6ULL * super->nodesize)
		return zr_fail(
			err, ZR_E_RANGE,
			"superblock: bytes_used %llu below six nodes or above total_bytes %llu",
			(ull)super->bytes_used, (ull)super->total_bytes);
	if (!super->num_devices || super->num_devices > (1ULL << 31))
		return zr_fail(err, ZR_E_RANGE, "superblock: invalid number of devices %llu",
			       (ull)super->num_devices);
	if (!super->dev_total_bytes || !zr_is_aligned(super->dev_total_bytes, super->sectorsize))
		return zr_fail(err, ZR_E_DEV, "superblock: invalid device total_bytes %llu%s",
			       (ull)super->dev_total_bytes,
			       super->dev_total_bytes ? ZR_SIZE_REMEDY : "");
	return 0;
}

static int check_identity(const struct zr_super *super, const struct btrfs_super_block *disk,
			  uint64_t bytenr, struct zr_error *err)
{
	if (le64_get(disk->bytenr) != bytenr)
		return zr_fail(err, ZR_E_OFFSET,
			       "superblock: super offset mismatch, found %llu expected %llu",
			       (ull)le64_get(disk->bytenr), (ull)bytenr);
	if (memcmp(disk->dev_item.fsid, super->metadata_uuid, BTRFS_UUID_SIZE))
		return zr_fail(err, ZR_E_UUID,
			       "superblock: dev_item UUID does not match metadata fsid");
	if (!super->devid)
		return zr_fail(err, ZR_E_DEV,
			       "superblock: device id 0 is the target of an unfinished replace");
	return 0;
}

int zr_super_decode(const uint8_t raw[ZR_SUPER_BYTES], uint64_t bytenr, struct zr_super *super,
		    struct zr_error *err)
{
	const struct btrfs_super_block *disk = on_disk(raw);
	int rc;

	if (!zr_super_is_magic(raw))
		return zr_fail(err, ZR_E_NOT_BTRFS, "superblock: no btrfs magic");
	rc = check_csum(raw, err);
	if (rc)
		return rc;
	decode_fields(disk, super);
	decode_bytes(disk, super);
	rc = check_identity(super, disk, bytenr, err);
	if (!rc)
		rc = check_sizes(super, disk, err);
	if (!rc)
		rc = check_roots(super, err);
	if (!rc)
		rc = check_totals(super, err);
	return rc;
}

void zr_super_seal_copy(uint8_t raw[ZR_SUPER_BYTES], uint64_t bytenr)
{
	struct btrfs_super_block *disk = (struct btrfs_super_block *)raw;

	disk->bytenr = le64_set(bytenr);
	zr_csum(le16_get(disk->csum_type), raw + BTRFS_CSUM_SIZE, ZR_SUPER_BYTES - BTRFS_CSUM_SIZE,
		disk->csum);
}

void zr_super_clear_log(uint8_t raw[ZR_SUPER_BYTES])
{
	struct btrfs_super_block *disk = (struct btrfs_super_block *)raw;

	disk->log_root = le64_set(0);
	disk->log_root_level = 0;
}

void zr_super_clear_magic(uint8_t raw[ZR_SUPER_BYTES])
{
	((struct btrfs_super_block *)raw)->magic = le64_set(0);
}

bool zr_super_same(const uint8_t a[ZR_SUPER_BYTES], const uint8_t b[ZR_SUPER_BYTES])
{
	const size_t rest = offsetof(struct btrfs_super_block, flags);

	return !memcmp(on_disk(a)->fsid, on_disk(b)->fsid, BTRFS_UUID_SIZE) &&
	       !memcmp(a + rest, b + rest, ZR_SUPER_BYTES - rest);
}

bool zr_super_same_fs(const uint8_t a[ZR_SUPER_BYTES], const uint8_t b[ZR_SUPER_BYTES])
{
	struct btrfs_super_block other = *on_disk(b);

	other.dev_item = on_disk(a)->dev_item;
	return zr_super_same(a, (const uint8_t *)&other);
}
