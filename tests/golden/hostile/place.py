# SPDX-License-Identifier: GPL-2.0-or-later
"""Where cases run: a folder with unpacked fixtures, and the program in it."""

import os
import resource
import subprocess
from collections import namedtuple

from damage import fields, words
from damage.image import CONVENTIONAL, EMPTY, INFO, INFO_HEADER, INFO_ZONE, SEQUENTIAL, ZONE, Image

SECONDS = 30
RESIDENT = 256 << 20

Result = namedtuple("Result", "status out message")


class Failure(Exception):
    pass


def require(truth, text):
    if not truth:
        raise Failure(text)


class Place:
    def __init__(self, folder, fixtures, program, measure):
        self.folder, self.fixtures, self.program, self.measure = folder, fixtures, program, measure
        self.images = {}
        os.makedirs(folder)
        os.chdir(folder)

    def fixture(self, name):
        """An unpacked fixture, as it was unpacked; take_back() undoes what is done to it."""
        if name not in self.images:
            subprocess.run(["tar", "-xJf", f"{self.fixtures}/{name}.tar.xz"], check=True)
            self.images[name] = Image(name)
        return self.images[name]

    def take_back(self, name):
        if not self.images[name].undo():
            del self.images[name]

    def run(self, *arguments):
        """Bounded in time, and in memory where the build lets it be measured."""
        try:
            done = subprocess.run(
                [self.program, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                encoding="utf-8",
                errors="backslashreplace",
            )
        except subprocess.TimeoutExpired:
            raise Failure(f"{arguments[0]}: takes more than {SECONDS} s") from None
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
        require(not self.measure or most < RESIDENT, f"{arguments[0]}: {most} bytes of memory")
        return Result(done.returncode, done.stdout, done.stderr)


def remove(prefix):
    for suffix in ("_zone_info.dump", "_zone_data.dump", ".img"):
        if os.path.exists(prefix + suffix):
            os.unlink(prefix + suffix)


def make_empty(prefix, like):
    """An image of the same geometry, all zones empty and sequential."""
    remove(prefix)
    info = like.info.read(0, INFO_HEADER + like.zone_count() * INFO_ZONE)
    for number in range(like.zone_count()):
        at = INFO_HEADER + number * INFO_ZONE
        start = fields.get(info, ZONE["start"], at)
        for name, value in (("wp", start), ("type", SEQUENTIAL), ("condition", EMPTY)):
            fields.put(info, ZONE[name], str(value), at)
    with open(prefix + "_zone_info.dump", "wb") as file:
        file.write(info)
    with open(prefix + "_zone_data.dump", "wb") as file:
        file.truncate(fields.get(info, INFO["sectors"]) * 512)
    return Image(prefix)


def copy(prefix, to):
    remove(to)
    for suffix in ("_zone_info.dump", "_zone_data.dump"):
        subprocess.run(["cp", "--sparse=always", prefix + suffix, to + suffix], check=True)
    return Image(to)


def damage(image, text):
    for part in filter(None, (part.strip() for part in text.split(" ; "))):
        words.apply(image, part)


def written(image, zone):
    """All that is in a zone."""
    if zone["condition"] == EMPTY:
        return b""
    if zone["type"] == CONVENTIONAL:
        return image.data.read(zone["start"], zone["length"])
    return image.data.read(zone["start"], zone["wp"] - zone["start"])


def has_superblock(image):
    """Whether a kernel or a tool could take anything in the superblock log for one."""
    return any(b"_BHRfS_M" in written(image, image.zone(number)) for number in (0, 1))


def empty_zones(image):
    return all(image.zone(number)["condition"] == EMPTY for number in range(image.zone_count()))
