# SPDX-License-Identifier: GPL-2.0-or-later
"""The current superblock, its array of system chunks, and copies of it in the log."""

from . import checksum, fields
from .image import CONVENTIONAL, FULL

SIZE = fields.SUPERBLOCK_SIZE
REGULAR_PLACE = 65536


def place(image):
    """The fixtures have their newest superblock in the first log zone, or at a fixed place."""
    if image.regular:
        return REGULAR_PLACE
    first = image.zone(0)
    if first["type"] == CONVENTIONAL:
        return first["start"]
    end = first["start"] + first["capacity"] if first["condition"] == FULL else first["wp"]
    return end // SIZE * SIZE - SIZE


def read(image):
    return image.data.read(place(image), SIZE)


def get(image, name):
    return fields.get(read(image), fields.SUPERBLOCK[name])


def put_all(raw, words):
    """NAME VALUE NAME VALUE..., then the checksum, unless it was one of them."""
    for name, text in zip(words[::2], words[1::2]):
        fields.put(raw, fields.SUPERBLOCK[name], text)
    kind = fields.get(raw, fields.SUPERBLOCK["csum_type"])
    if not {"csum", "csum.rest"} & set(words[::2]):
        checksum.seal(raw, kind if kind in checksum.KINDS else 0)


def change(image, *words):
    raw = read(image)
    put_all(raw, words)
    image.data.write(place(image), raw)


def copy(image, at, *words):
    raw = read(image)
    put_all(raw, words)
    image.data.write(int(at, 0), raw)


def system_place(name):
    if name.startswith("key."):
        return fields.KEY[name[4:]]
    at, size = fields.CHUNK[name]
    return at + fields.KEY_SIZE, size


def change_system(image, name, text):
    raw = read(image)
    fields.put(raw, system_place(name), text, fields.SYSTEM_CHUNKS)
    put_all(raw, ())
    image.data.write(place(image), raw)


def append_system(image, name, text):
    """The first entry once more behind itself, with one difference."""
    raw = read(image)
    size = fields.get(raw, fields.SUPERBLOCK["sys_size"])
    start = fields.SYSTEM_CHUNKS
    raw[start + size : start + 2 * size] = raw[start : start + size]
    fields.put(raw, system_place(name), text, start + size)
    put_all(raw, ("sys_size", str(2 * size)))
    image.data.write(place(image), raw)
