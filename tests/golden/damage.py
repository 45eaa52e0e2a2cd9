#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Change a fixture in one place, so that a refusal can be seen.

usage: damage.py super IMAGE-PREFIX OFFSET HEX      bytes of the current superblock, checksum made anew
       damage.py tree IMAGE-PREFIX FIELD            one byte in every copy of the tree block that the superblock's FIELD
                                                    (chunk_root or root) names
       damage.py zone IMAGE-PREFIX ZONE TYPE COND   type and condition of a zone in the info file

IMAGE-PREFIX stands for IMAGE-PREFIX_zone_info.dump and IMAGE-PREFIX_zone_data.dump. Superblocks have crc32c.
"""

import struct
import sys

SUPER = 4096
INFO_HEADER = 192
INFO_ZONE = 64
CONDITION_FULL = 0xE


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def zones(prefix):
    with open(prefix + "_zone_info.dump", "rb") as info:
        info.seek(INFO_HEADER)
        while record := info.read(INFO_ZONE):
            yield struct.unpack("<QQQQIII", record[:44])


def super_place(prefix):
    """The fixtures used here have their newest superblock in the first log zone, or a conventional one."""
    start, _, capacity, pointer, _, kind, condition = next(zones(prefix))
    if kind == 1:
        return start
    return (start + capacity if condition == CONDITION_FULL else pointer) - SUPER


def damage_super(prefix, offset, text):
    place = super_place(prefix)
    with open(prefix + "_zone_data.dump", "r+b") as data:
        data.seek(place)
        raw = bytearray(data.read(SUPER))
        new = bytes.fromhex(text)
        raw[offset : offset + len(new)] = new
        raw[0:4] = struct.pack("<I", crc32c(raw[32:]))
        data.seek(place)
        data.write(raw)


def chunk_places(raw, logical):
    """Physical places of a logical address, by the system chunk array."""
    at, end = 0x32B, 0x32B + struct.unpack_from("<I", raw, 0xA0)[0]
    while at < end:
        start = struct.unpack_from("<Q", raw, at + 9)[0]
        length = struct.unpack_from("<Q", raw, at + 17)[0]
        stripes = struct.unpack_from("<H", raw, at + 17 + 44)[0]
        if start <= logical < start + length:
            for i in range(stripes):
                yield struct.unpack_from("<Q", raw, at + 17 + 48 + 32 * i + 8)[0] + logical - start
        at += 17 + 48 + 32 * stripes


def damage_tree(prefix, field):
    with open(prefix + "_zone_data.dump", "r+b") as data:
        data.seek(super_place(prefix))
        raw = data.read(SUPER)
        logical = struct.unpack_from("<Q", raw, {"root": 0x50, "chunk_root": 0x58}[field])[0]
        for place in chunk_places(raw, logical):
            data.seek(place + 200)
            byte = data.read(1)[0]
            data.seek(place + 200)
            data.write(bytes([byte ^ 1]))


def damage_zone(prefix, number, kind, condition):
    with open(prefix + "_zone_info.dump", "r+b") as info:
        info.seek(INFO_HEADER + number * INFO_ZONE + 36)
        info.write(struct.pack("<II", kind, condition))


def main(arguments):
    what, prefix, *rest = arguments
    if what == "super":
        damage_super(prefix, int(rest[0], 0), rest[1])
    elif what == "tree":
        damage_tree(prefix, rest[0])
    elif what == "zone":
        damage_zone(prefix, *(int(word, 0) for word in rest))
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
