# SPDX-License-Identifier: GPL-2.0-or-later
"""A device in files, with all that was changed in it, so that it can be taken back.

A prefix P stands for the zoned image P_zone_info.dump and P_zone_data.dump, or for the raw file P.img.
"""

import os

from . import fields

INFO_HEADER = 192
INFO_ZONE = 64
INFO = {
    "sectors": (0x20, 8),
    "blocks": (0x28, 8),
    "zone_size": (0x38, 8),
    "zone_sectors": (0x40, 4),
    "block_size": (0x44, 4),
    "zones": (0x4C, 4),
    "max_open": (0x50, 4),
    "max_active": (0x54, 4),
    "model": (0x58, 4),
    "first": (0x80, 4),
    "dumped": (0x84, 4),
}
ZONE = {
    "start": (0, 8),
    "length": (8, 8),
    "capacity": (16, 8),
    "wp": (24, 8),
    "type": (36, 4),
    "condition": (40, 4),
}
CONVENTIONAL, SEQUENTIAL = 1, 2
EMPTY, FULL = 1, 14


class File:
    """A file that remembers what it held."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "r+b", buffering=0)
        self.undone = []
        self.is_cut = False

    def read(self, at, size):
        return bytearray(os.pread(self.file.fileno(), size, at))

    def write(self, at, raw):
        self.undone.append((at, self.read(at, len(raw))))
        os.pwrite(self.file.fileno(), raw, at)

    def cut(self, size):
        """What is cut off does not come back."""
        os.truncate(self.path, size)
        self.is_cut = True

    def undo(self):
        for at, raw in reversed(self.undone):
            os.pwrite(self.file.fileno(), raw, at)
        self.undone = []


class Image:
    def __init__(self, prefix):
        raw = prefix + ".img"
        self.regular = os.path.exists(raw)
        self.name = raw if self.regular else prefix + "_zone_info.dump"
        self.data = File(raw if self.regular else prefix + "_zone_data.dump")
        self.info = None if self.regular else File(self.name)
        self.files = [self.data] if self.regular else [self.data, self.info]

    def zone_count(self):
        return fields.get(self.info.read(0, INFO_HEADER), INFO["zones"])

    def zone(self, number):
        raw = self.info.read(INFO_HEADER + number * INFO_ZONE, INFO_ZONE)
        return {name: fields.get(raw, place) for name, place in ZONE.items()}

    def set_zone(self, number, name, text):
        raw = self.info.read(INFO_HEADER + number * INFO_ZONE, INFO_ZONE)
        fields.put(raw, ZONE[name], text)
        self.info.write(INFO_HEADER + number * INFO_ZONE, raw)

    def set_info(self, name, text):
        raw = self.info.read(0, INFO_HEADER)
        fields.put(raw, INFO[name], text)
        self.info.write(0, raw)

    def undo(self):
        """Returns whether everything is as it was."""
        for file in self.files:
            file.undo()
        return not any(file.is_cut for file in self.files)

    def settle(self):
        """The state from which on each write is seen, however soon it comes."""
        for file in self.files:
            os.utime(file.path, ns=(0, 0))
        return self.state()

    def state(self):
        """Any write to a file moves its time of modification."""
        found = [os.stat(file.path) for file in self.files]
        return [(stat.st_size, stat.st_mtime_ns) for stat in found]
