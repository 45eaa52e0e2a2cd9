# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of the journal that a run keeps on its target."""

from . import checksum, fields
from .image import SEQUENTIAL

SIZE = 4096
FIXED_PLACE = 1 << 20
FIELDS = {
    "csum": (0, 32),
    "magic": (32, 8),
    "version": (40, 4),
    "kind": (44, 4),
    "sequence": (48, 8),
    "run": (72, 16),
    "fsid": (88, 16),
    "dev_uuid": (104, 16),
    "devid": (120, 8),
    "generation": (128, 8),
    "super": (136, 32),
    "plan": (168, 32),
    "target_bytes": (200, 8),
    "zones": (208, 4),
    "source": (212, 256),
    # Of a record of progress.
    "done": (88, 4),
    "copied": (92, 8),
    # Of a record of findings: their number, and the first of them.
    "count": (88, 4),
    "finding.zone": (92, 4),
    "finding.kind": (96, 1),
    "finding.code": (100, 4),
    "finding.logical": (120, 8),
    "finding.len": (128, 8),
}


def place(image, slot):
    if not image.regular and image.zone(0)["type"] == SEQUENTIAL:
        return image.zone(1)["start"] + slot * SIZE
    return FIXED_PLACE + slot * SIZE


def change(image, slot, *words):
    at = place(image, int(slot))
    raw = image.data.read(at, SIZE)
    for name, text in zip(words[::2], words[1::2]):
        fields.put(raw, FIELDS[name], text)
    if "csum" not in words[::2]:
        raw[:32] = checksum.blake2b(raw[32:])
    image.data.write(at, raw)


def copy(image, slot, to):
    image.data.write(place(image, int(to)), image.data.read(place(image, int(slot)), SIZE))


def fill(image, slot, byte):
    image.data.write(place(image, int(slot)), bytes([int(byte, 0)]) * SIZE)
