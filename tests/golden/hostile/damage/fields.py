# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of what lies where: offset and size in bytes. Numbers are little-endian."""

SUPERBLOCK_SIZE = 4096
SYSTEM_CHUNKS = 0x32B
SYSTEM_CHUNKS_MAX = 2048

KEY = {"objectid": (0, 8), "type": (8, 1), "offset": (9, 8)}
KEY_SIZE = 17

DEV_ITEM = {
    "devid": (0, 8),
    "total_bytes": (8, 8),
    "bytes_used": (16, 8),
    "uuid": (66, 16),
    "fsid": (82, 16),
}

SUPERBLOCK = {
    "csum": (0, 32),
    "csum.rest": (4, 28),
    "fsid": (0x20, 16),
    "bytenr": (0x30, 8),
    "flags": (0x38, 8),
    "magic": (0x40, 8),
    "generation": (0x48, 8),
    "root": (0x50, 8),
    "chunk_root": (0x58, 8),
    "log_root": (0x60, 8),
    "total_bytes": (0x70, 8),
    "bytes_used": (0x78, 8),
    "num_devices": (0x88, 8),
    "sectorsize": (0x90, 4),
    "nodesize": (0x94, 4),
    "leafsize": (0x98, 4),
    "stripesize": (0x9C, 4),
    "sys_size": (0xA0, 4),
    "chunk_root_generation": (0xA4, 8),
    "compat": (0xAC, 8),
    "compat_ro": (0xB4, 8),
    "incompat": (0xBC, 8),
    "csum_type": (0xC4, 2),
    "root_level": (0xC6, 1),
    "chunk_root_level": (0xC7, 1),
    "log_root_level": (0xC8, 1),
    "label": (0x12B, 256),
    "cache_generation": (0x22B, 8),
    "metadata_uuid": (0x23B, 16),
    "backups": (0xB2B, 4 * 168),
}
SUPERBLOCK.update({"dev." + name: (0xC9 + at, size) for name, (at, size) in DEV_ITEM.items()})

HEADER_SIZE = 101
HEADER = {
    "fsid": (32, 16),
    "bytenr": (48, 8),
    "flags": (56, 8),
    "chunk_tree_uuid": (64, 16),
    "generation": (80, 8),
    "owner": (88, 8),
    "nritems": (96, 4),
    "level": (100, 1),
}

ITEM_SIZE = 25
ITEM = {**KEY, "at": (17, 4), "size": (21, 4)}

POINTER_SIZE = 33
POINTER = {**KEY, "blockptr": (17, 8), "generation": (25, 8)}

CHUNK_SIZE = 48
STRIPE_SIZE = 32
CHUNK = {
    "length": (0, 8),
    "owner": (8, 8),
    "stripe_len": (16, 8),
    "type": (24, 8),
    "sector_size": (40, 4),
    "num_stripes": (44, 2),
    "sub_stripes": (46, 2),
    "devid": (48, 8),
    "physical": (56, 8),
    "uuid": (64, 16),
    "devid.1": (80, 8),
    "physical.1": (88, 8),
}

# With the first of the back references, if it is one of data.
EXTENT = {
    "refs": (0, 8),
    "generation": (8, 8),
    "flags": (16, 8),
    "ref_type": (24, 1),
    "ref_root": (25, 8),
    "ref_inode": (33, 8),
    "ref_offset": (41, 8),
}

# Item types by name, with their number and the fields of their data.
TYPES = {
    "INODE": (1, {"nlink": (40, 4), "mode": (52, 4)}),
    "INODE_REF": (12, {"name_len": (8, 2), "name": (10, 1)}),
    "XATTR": (24, {"location": (0, 17), "name_len": (27, 2)}),
    "DIR_ITEM": (84, {"location": (0, 17), "name_len": (27, 2)}),
    "FILE_EXTENT": (108, {"kind": (20, 1), "disk_bytenr": (21, 8), "disk_num_bytes": (29, 8)}),
    "CSUM": (128, {"first": (0, 4)}),
    "ROOT": (132, {"generation": (160, 8), "bytenr": (176, 8), "drop_level": (237, 1), "level": (238, 1)}),
    "EXTENT": (168, EXTENT),
    "METADATA": (169, EXTENT),
    "BLOCK_GROUP": (192, {"used": (0, 8), "chunk_objectid": (8, 8), "flags": (16, 8)}),
    "FREE_INFO": (198, {"count": (0, 4), "flags": (4, 4)}),
    "FREE_EXTENT": (199, {}),
    "DEV_EXTENT": (204, {"chunk_tree": (0, 8), "chunk_objectid": (8, 8), "chunk": (16, 8), "length": (24, 8)}),
    "DEV_ITEM": (216, DEV_ITEM),
    "CHUNK": (228, CHUNK),
    "RAID_STRIPE": (230, {}),
    "BALANCE": (248, {}),
    "REPLACE": (250, {"state": (32, 8)}),
}

TREE_LOG = (1 << 64) - 6
TREES = {"root": 1, "extent": 2, "chunk": 3, "dev": 4, "fs": 5, "csum": 7, "free": 10, "group": 11}
SUPERBLOCK_TREES = {"root": "root", "chunk": "chunk_root", "log": "log_root"}


def get(raw, place, base=0):
    at, size = place
    return int.from_bytes(raw[base + at : base + at + size], "little")


def put(raw, place, text, base=0):
    """Store a number: N as it is, +N or -N relative to what is there, ^N with these bits inverted; or bytes, x:HEX*N."""
    at, size = place
    start = base + at
    if text.startswith("x:"):
        digits, _, times = text[2:].partition("*")
        new = bytes.fromhex(digits) * int(times or 1)
        raw[start : start + len(new)] = new
        return
    old = get(raw, place, base)
    number = int(text.lstrip("+-^"), 0)
    value = {"+": old + number, "-": old - number, "^": old ^ number}.get(text[0], number)
    raw[start : start + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
