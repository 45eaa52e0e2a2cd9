/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The on-disk format of btrfs, as far as this library reads it. Names of structures and fields are
 * the kernel's (include/uapi/linux/btrfs_tree.h). All integers are little-endian byte structs, so
 * the layout has no padding and no alignment. Private to this room and to what edits blocks.
 */
#ifndef ZR_BTRFS_ONDISK_H
#define ZR_BTRFS_ONDISK_H

#include "le.h"

#include <assert.h>
#include <stddef.h>

#define BTRFS_MAGIC 0x4d5f53665248425fULL /* "_BHRfS_M" */
#define BTRFS_CSUM_SIZE 32
#define BTRFS_UUID_SIZE 16
#define BTRFS_LABEL_SIZE 256
#define BTRFS_SYSTEM_CHUNK_ARRAY_SIZE 2048
#define BTRFS_SUPER_INFO_SIZE 4096
#define BTRFS_STRIPE_LEN 65536
#define BTRFS_MAX_LEVEL 8
#define BTRFS_MAX_METADATA_BLOCKSIZE 65536

#define BTRFS_ROOT_TREE_OBJECTID 1ULL
#define BTRFS_EXTENT_TREE_OBJECTID 2ULL
#define BTRFS_CHUNK_TREE_OBJECTID 3ULL
#define BTRFS_DEV_TREE_OBJECTID 4ULL
#define BTRFS_CSUM_TREE_OBJECTID 7ULL
#define BTRFS_QUOTA_TREE_OBJECTID 8ULL
#define BTRFS_FREE_SPACE_TREE_OBJECTID 10ULL
#define BTRFS_BLOCK_GROUP_TREE_OBJECTID 11ULL
#define BTRFS_FS_TREE_OBJECTID 5ULL
#define BTRFS_FIRST_FREE_OBJECTID 256ULL
#define BTRFS_LAST_FREE_OBJECTID ((uint64_t)-256)
#define BTRFS_BALANCE_OBJECTID ((uint64_t)-4)
#define BTRFS_TREE_LOG_OBJECTID ((uint64_t)-6)
#define BTRFS_TREE_RELOC_OBJECTID ((uint64_t)-8)
#define BTRFS_FIRST_CHUNK_TREE_OBJECTID 256ULL
#define BTRFS_DEV_ITEMS_OBJECTID 1ULL
#define BTRFS_EXTENT_CSUM_OBJECTID ((uint64_t)-10)
#define BTRFS_FREE_SPACE_OBJECTID ((uint64_t)-11)
#define BTRFS_FREE_INO_OBJECTID ((uint64_t)-12)

#define BTRFS_INODE_ITEM_KEY 1
#define BTRFS_INODE_REF_KEY 12
#define BTRFS_INODE_EXTREF_KEY 13
#define BTRFS_EXTENT_DATA_KEY 108
#define BTRFS_ROOT_ITEM_KEY 132
#define BTRFS_ROOT_BACKREF_KEY 144
#define BTRFS_EXTENT_ITEM_KEY 168
#define BTRFS_METADATA_ITEM_KEY 169
#define BTRFS_EXTENT_OWNER_REF_KEY 172
#define BTRFS_TREE_BLOCK_REF_KEY 176
#define BTRFS_EXTENT_DATA_REF_KEY 178
#define BTRFS_EXTENT_REF_V0_KEY 180
#define BTRFS_SHARED_BLOCK_REF_KEY 182
#define BTRFS_SHARED_DATA_REF_KEY 184
#define BTRFS_BLOCK_GROUP_ITEM_KEY 192
#define BTRFS_FREE_SPACE_INFO_KEY 198
#define BTRFS_FREE_SPACE_EXTENT_KEY 199
#define BTRFS_DEV_EXTENT_KEY 204
#define BTRFS_DEV_ITEM_KEY 216
#define BTRFS_CHUNK_ITEM_KEY 228
#define BTRFS_QGROUP_STATUS_KEY 240
#define BTRFS_QGROUP_INFO_KEY 242
#define BTRFS_EXTENT_CSUM_KEY 128
#define BTRFS_TEMPORARY_ITEM_KEY 248
#define BTRFS_DEV_REPLACE_KEY 250

#define BTRFS_HEADER_FLAG_WRITTEN 1ULL
#define BTRFS_MIXED_BACKREF_REV 1ULL

#define BTRFS_EXTENT_FLAG_DATA 0x1ULL
#define BTRFS_EXTENT_FLAG_TREE_BLOCK 0x2ULL
#define BTRFS_BLOCK_FLAG_FULL_BACKREF 0x100ULL

/* Key of every item and pointer. */
struct btrfs_disk_key {
	struct le64 objectid;
	uint8_t type;
	struct le64 offset;
};
static_assert(sizeof(struct btrfs_disk_key) == 17, "disk key");

/* Start of every tree block. */
struct btrfs_header {
	uint8_t csum[BTRFS_CSUM_SIZE];
	uint8_t fsid[BTRFS_UUID_SIZE]; /* the metadata UUID */
	struct le64 bytenr;
	struct le64 flags; /* the top byte is the back reference revision */
	uint8_t chunk_tree_uuid[BTRFS_UUID_SIZE];
	struct le64 generation;
	struct le64 owner;
	struct le32 nritems;
	uint8_t level;
};
static_assert(sizeof(struct btrfs_header) == 101, "header");

/* In a leaf, behind the header; the data lies at the end of the leaf, packed from the end. */
struct btrfs_item {
	struct btrfs_disk_key key;
	struct le32 offset; /* of the data, from the end of the header */
	struct le32 size;
};
static_assert(sizeof(struct btrfs_item) == 25, "item");

/* In a node, behind the header. */
struct btrfs_key_ptr {
	struct btrfs_disk_key key;
	struct le64 blockptr;
	struct le64 generation;
};
static_assert(sizeof(struct btrfs_key_ptr) == 33, "key pointer");

/* Chunk tree: (1, DEV_ITEM, devid); also in the superblock. */
struct btrfs_dev_item {
	struct le64 devid;
	struct le64 total_bytes;
	struct le64 bytes_used;
	struct le32 io_align;
	struct le32 io_width;
	struct le32 sector_size;
	struct le64 type;
	struct le64 generation;
	struct le64 start_offset;
	struct le32 dev_group;
	uint8_t seek_speed;
	uint8_t bandwidth;
	uint8_t uuid[BTRFS_UUID_SIZE];
	uint8_t fsid[BTRFS_UUID_SIZE];
};
static_assert(sizeof(struct btrfs_dev_item) == 98, "device item");

struct btrfs_stripe {
	struct le64 devid;
	struct le64 offset;
	uint8_t dev_uuid[BTRFS_UUID_SIZE];
};
static_assert(sizeof(struct btrfs_stripe) == 32, "stripe");

/* Chunk tree: (256, CHUNK_ITEM, logical); also in the system chunk array. Stripes follow. */
struct btrfs_chunk {
	struct le64 length;
	struct le64 owner;
	struct le64 stripe_len;
	struct le64 type;
	struct le32 io_align;
	struct le32 io_width;
	struct le32 sector_size;
	struct le16 num_stripes;
	struct le16 sub_stripes;
};
static_assert(sizeof(struct btrfs_chunk) == 48, "chunk without stripes");

/* Device tree: (devid, DEV_EXTENT, physical). */
struct btrfs_dev_extent {
	struct le64 chunk_tree;
	struct le64 chunk_objectid;
	struct le64 chunk_offset;
	struct le64 length;
	uint8_t chunk_tree_uuid[BTRFS_UUID_SIZE];
};
static_assert(sizeof(struct btrfs_dev_extent) == 48, "device extent");

/* Extent tree: (logical, EXTENT_ITEM, length) or (logical, METADATA_ITEM, level). */
struct btrfs_extent_item {
	struct le64 refs;
	struct le64 generation;
	struct le64 flags;
};
static_assert(sizeof(struct btrfs_extent_item) == 24, "extent item");

/* Behind the extent item of a tree block when the key is EXTENT_ITEM. */
struct btrfs_tree_block_info {
	struct btrfs_disk_key key;
	uint8_t level;
};
static_assert(sizeof(struct btrfs_tree_block_info) == 18, "tree block info");

/*
 * Extent tree: (logical, EXTENT_DATA_REF, hash); also inside an extent item behind a type byte. The
 * other kinds of back references are a tree or a parent's address, SHARED_DATA_REF with a count.
 */
struct btrfs_extent_data_ref {
	struct le64 root;
	struct le64 objectid; /* inode */
	struct le64 offset;
	struct le32 count;
};
static_assert(sizeof(struct btrfs_extent_data_ref) == 28, "extent data reference");

/* Subvolume trees: (inode, INODE_ITEM, 0); also at the start of a root item. */
struct btrfs_inode_item {
	struct le64 generation;
	struct le64 transid;
	struct le64 size;
	struct le64 nbytes;
	struct le64 block_group;
	struct le32 nlink;
	struct le32 uid;
	struct le32 gid;
	struct le32 mode;
	struct le64 rdev;
	struct le64 flags;
	struct le64 sequence;
	struct le64 reserved[4];
	uint8_t times[48];
};
static_assert(sizeof(struct btrfs_inode_item) == 160, "inode item");
static_assert(offsetof(struct btrfs_inode_item, flags) == 64, "inode flags");
#define BTRFS_INODE_NODATACOW 0x2ULL
#define BTRFS_INODE_PREALLOC 0x10ULL

/* Subvolume trees: (inode, INODE_REF, directory). The name follows. */
struct btrfs_inode_ref {
	struct le64 index;
	struct le16 name_len;
};
static_assert(sizeof(struct btrfs_inode_ref) == 10, "inode reference");

/* Subvolume trees: (inode, INODE_EXTREF, hash), for names that INODE_REF has no room for. */
struct btrfs_inode_extref {
	struct le64 parent_objectid;
	struct le64 index;
	struct le16 name_len;
};
static_assert(sizeof(struct btrfs_inode_extref) == 18, "extended inode reference");

/* Root tree: (subvolume, ROOT_BACKREF, subvolume that it is in). The name follows. */
struct btrfs_root_ref {
	struct le64 dirid;
	struct le64 sequence;
	struct le16 name_len;
};
static_assert(sizeof(struct btrfs_root_ref) == 18, "root reference");

/* Extent tree or block group tree: (logical, BLOCK_GROUP_ITEM, length). */
struct btrfs_block_group_item {
	struct le64 used;
	struct le64 chunk_objectid;
	struct le64 flags;
};
static_assert(sizeof(struct btrfs_block_group_item) == 24, "block group item");

/* Free space tree: (logical, FREE_SPACE_INFO, length), one for each block group. */
struct btrfs_free_space_info {
	struct le32 extent_count;
	struct le32 flags;
};
static_assert(sizeof(struct btrfs_free_space_info) == 8, "free space info");

/*
 * Root tree: (tree, ROOT_ITEM, 0 or transid). Old items end before generation_v2.
 */
struct btrfs_root_item {
	struct btrfs_inode_item inode;
	struct le64 generation;
	struct le64 root_dirid;
	struct le64 bytenr;
	struct le64 byte_limit;
	struct le64 bytes_used;
	struct le64 last_snapshot;
	struct le64 flags;
	struct le32 refs;
	struct btrfs_disk_key drop_progress;
	uint8_t drop_level;
	uint8_t level;
	struct le64 generation_v2;
	uint8_t uuid[BTRFS_UUID_SIZE];
	uint8_t parent_uuid[BTRFS_UUID_SIZE];
	uint8_t received_uuid[BTRFS_UUID_SIZE];
	struct le64 transids[4];
	uint8_t times[48];
	struct le64 reserved[8];
};
static_assert(offsetof(struct btrfs_root_item, level) == 238, "root item level");
static_assert(sizeof(struct btrfs_root_item) == 439, "root item");
#define BTRFS_ROOT_ITEM_LEGACY_SIZE 239

/*
 * Subvolume and log trees: (inode, EXTENT_DATA, offset in the file). An inline extent ends behind
 * type, and its data follows.
 */
struct btrfs_file_extent_item {
	struct le64 generation;
	struct le64 ram_bytes;
	uint8_t compression;
	uint8_t encryption;
	struct le16 other_encoding;
	uint8_t type;
	struct le64 disk_bytenr; /* logical; 0 for a hole */
	struct le64 disk_num_bytes;
	struct le64 offset;
	struct le64 num_bytes;
};
static_assert(sizeof(struct btrfs_file_extent_item) == 53, "file extent item");
#define BTRFS_FILE_EXTENT_INLINE 0
#define BTRFS_FILE_EXTENT_REG 1
#define BTRFS_FILE_EXTENT_PREALLOC 2

/* Quota tree: (0, QGROUP_STATUS, 0). Simple quotas have a member more. */
struct btrfs_qgroup_status_item {
	struct le64 version;
	struct le64 generation;
	struct le64 flags;
	struct le64 rescan;
};
static_assert(sizeof(struct btrfs_qgroup_status_item) == 32, "quota status item");
#define BTRFS_QGROUP_STATUS_FLAG_RESCAN 0x2ULL
#define BTRFS_QGROUP_STATUS_FLAG_INCONSISTENT 0x4ULL

/* Quota tree: (0, QGROUP_INFO, group). */
struct btrfs_qgroup_info_item {
	struct le64 generation;
	struct le64 counts[4];
};
static_assert(sizeof(struct btrfs_qgroup_info_item) == 40, "quota info item");

/* Device tree: (0, DEV_REPLACE, 0). */
struct btrfs_dev_replace_item {
	struct le64 src_devid;
	struct le64 cursor_left;
	struct le64 cursor_right;
	struct le64 cont_reading_from_srcdev_mode;
	struct le64 replace_state;
	struct le64 time_started;
	struct le64 time_stopped;
	struct le64 num_write_errors;
	struct le64 num_uncorrectable_read_errors;
};
static_assert(sizeof(struct btrfs_dev_replace_item) == 72, "device replace item");
#define BTRFS_DEV_REPLACE_STARTED 1
#define BTRFS_DEV_REPLACE_SUSPENDED 4

/* 4096 bytes at the places that lib/zone/sblog.h names. */
struct btrfs_super_block {
	uint8_t csum[BTRFS_CSUM_SIZE];
	uint8_t fsid[BTRFS_UUID_SIZE];
	struct le64 bytenr;
	struct le64 flags;
	struct le64 magic;
	struct le64 generation;
	struct le64 root;
	struct le64 chunk_root;
	struct le64 log_root;
	struct le64 unused_log_root_transid;
	struct le64 total_bytes;
	struct le64 bytes_used;
	struct le64 root_dir_objectid;
	struct le64 num_devices;
	struct le32 sectorsize;
	struct le32 nodesize;
	struct le32 leafsize;
	struct le32 stripesize;
	struct le32 sys_chunk_array_size;
	struct le64 chunk_root_generation;
	struct le64 compat_flags;
	struct le64 compat_ro_flags;
	struct le64 incompat_flags;
	struct le16 csum_type;
	uint8_t root_level;
	uint8_t chunk_root_level;
	uint8_t log_root_level;
	struct btrfs_dev_item dev_item;
	uint8_t label[BTRFS_LABEL_SIZE];
	struct le64 cache_generation;
	struct le64 uuid_tree_generation;
	uint8_t metadata_uuid[BTRFS_UUID_SIZE];
	struct le64 nr_global_roots;
	uint8_t reserved[216];
	uint8_t sys_chunk_array[BTRFS_SYSTEM_CHUNK_ARRAY_SIZE];
	uint8_t super_roots[4][168];
	uint8_t padding[565];
};
static_assert(sizeof(struct btrfs_super_block) == BTRFS_SUPER_INFO_SIZE, "superblock");
static_assert(offsetof(struct btrfs_super_block, dev_item) == 0xc9, "superblock device item");
static_assert(offsetof(struct btrfs_super_block, metadata_uuid) == 0x23b, "metadata UUID");
static_assert(offsetof(struct btrfs_super_block, sys_chunk_array) == 0x32b, "system chunk array");
static_assert(offsetof(struct btrfs_super_block, super_roots) == 0xb2b, "backup roots");

#endif
