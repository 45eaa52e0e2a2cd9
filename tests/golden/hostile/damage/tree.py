# SPDX-License-Identifier: GPL-2.0-or-later
"""Tree blocks: finding them, and writing them back to all of their copies."""

from . import checksum, fields, superblock


class Chunks:
    """From logical to physical addresses."""

    def __init__(self, image):
        self.list = []
        self.add_system(superblock.read(image))
        for key, data in leaves(image, self, superblock.get(image, "chunk_root")):
            if key[1] == fields.TYPES["CHUNK"][0]:
                self.add(key[2], data)

    def add_system(self, raw):
        at = fields.SYSTEM_CHUNKS
        end = at + fields.get(raw, fields.SUPERBLOCK["sys_size"])
        while at < end:
            start = fields.get(raw, fields.KEY["offset"], at)
            at += fields.KEY_SIZE
            at += self.add(start, raw[at:end])

    def add(self, start, data):
        count = fields.get(data, fields.CHUNK["num_stripes"])
        places = [fields.get(data, fields.CHUNK["physical"], i * fields.STRIPE_SIZE) for i in range(count)]
        self.list.append((start, fields.get(data, fields.CHUNK["length"]), places))
        return fields.CHUNK_SIZE + count * fields.STRIPE_SIZE

    def places(self, logical):
        for start, length, places in self.list:
            if start <= logical < start + length:
                return [place + logical - start for place in places]
        raise LookupError(f"logical {logical} lies in no chunk")


def read_block(image, chunks, logical):
    return image.data.read(chunks.places(logical)[0], superblock.get(image, "nodesize"))


def count(block):
    return fields.get(block, fields.HEADER["nritems"])


def level(block):
    return fields.get(block, fields.HEADER["level"])


def key_at(block, at):
    return tuple(fields.get(block, fields.KEY[name], at) for name in ("objectid", "type", "offset"))


def items(block):
    for i in range(count(block)):
        at = fields.HEADER_SIZE + i * fields.ITEM_SIZE
        start = fields.HEADER_SIZE + fields.get(block, fields.ITEM["at"], at)
        yield key_at(block, at), block[start : start + fields.get(block, fields.ITEM["size"], at)]


def children(block):
    for i in range(count(block)):
        yield fields.get(block, fields.POINTER["blockptr"], fields.HEADER_SIZE + i * fields.POINTER_SIZE)


def leaves(image, chunks, logical):
    """Keys and data of all items below a block."""
    block = read_block(image, chunks, logical)
    if not level(block):
        yield from items(block)
        return
    for child in children(block):
        yield from leaves(image, chunks, child)


class Tree:
    def __init__(self, image, name):
        self.image = image
        self.chunks = Chunks(image)
        self.kind = superblock.get(image, "csum_type")
        self.root = self.find_root(name)

    def find_root(self, name):
        if name in fields.SUPERBLOCK_TREES:
            return superblock.get(self.image, fields.SUPERBLOCK_TREES[name])
        number, places = fields.TYPES["ROOT"]
        above, wanted = ("log_root", fields.TREE_LOG) if name == "logged" else ("root", fields.TREES[name])
        for key, data in leaves(self.image, self.chunks, superblock.get(self.image, above)):
            if key[:2] == (wanted, number):
                return fields.get(data, places["bytenr"])
        raise LookupError(f"no tree {name}")

    def read(self, logical):
        return read_block(self.image, self.chunks, logical)

    def write(self, logical, block, copies=None, sealed=True):
        if sealed:
            checksum.seal(block, self.kind)
        for number, place in enumerate(self.chunks.places(logical)):
            if copies is None or number in copies:
                self.image.data.write(place, block)

    def at(self, path):
        """The address of a block: "." is the root, ".0.2" the third child of its first child."""
        logical = self.root
        for number in path.split(".")[1:]:
            if number:
                logical = list(children(self.read(logical)))[int(number)]
        return logical

    def find_leaf(self, wanted, logical=None):
        """Address, block and slot of the first item that fits; None in a wanted key fits all."""
        logical = self.root if logical is None else logical
        block = self.read(logical)
        if level(block):
            for child in children(block):
                found = self.find_leaf(wanted, child)
                if found:
                    return found
            return None
        for slot, (key, _) in enumerate(items(block)):
            if all(want is None or want == have for want, have in zip(wanted, key)):
                return logical, block, slot
        return None


def repack(block, new):
    """Make a leaf of these keys and data."""
    end = len(block)
    for slot, (key, data) in enumerate(new):
        end -= len(data)
        at = fields.HEADER_SIZE + slot * fields.ITEM_SIZE
        assert at + fields.ITEM_SIZE <= end, "the leaf is full"
        for name, value in zip(("objectid", "type", "offset"), key):
            fields.put(block, fields.KEY[name], str(value), at)
        fields.put(block, fields.ITEM["at"], str(end - fields.HEADER_SIZE), at)
        fields.put(block, fields.ITEM["size"], str(len(data)), at)
        block[end : end + len(data)] = data
    fields.put(block, fields.HEADER["nritems"], str(len(new)))
