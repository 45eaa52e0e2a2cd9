# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage in words.

super NAME VALUE...             fields of the current superblock
entry ADDRESS [NAME VALUE]...   a copy of it at another address
system NAME VALUE               a field of the first system chunk
system+ NAME VALUE              a second system chunk like the first, with one difference
header TREE PATH NAME VALUE     a field of a block's header; PATH is "." for the root, ".0" for its first child
pointer TREE SLOT NAME VALUE    a field of a pointer in the root
item TREE KEY NAME VALUE...     fields of an item's data; KEY is OBJECTID,TYPE,OFFSET, "*" fits all
head TREE KEY NAME VALUE        a field of an item's head
resize TREE KEY SIZE            the data of an item cut, or zeroes behind it
remove TREE KEY                 an item less
insert TREE KEY SIZE [NAME VALUE]...   another item, of zeroes
twin TREE KEY KEY [NAME VALUE]...      another item, with the data of the first key's
break TREE PATH                 a byte of a block, whose checksum stays as it was
flip LOGICAL                    a byte of data
zone N NAME VALUE               a field of a zone in the info file
info NAME VALUE                 a field of the header of the info file
cut data|info SIZE              the end of a file is missing
journal SLOT [NAME VALUE]...    fields of a record of the journal
journal-copy SLOT SLOT          a record over another one
journal-fill SLOT BYTE          garbage instead of a record

VALUE is a number, +N or -N relative to what is there, ^N with bits of it inverted, or x:HEX for bytes, with *N behind it N times. TREE is one of
root, extent, chunk, dev, fs, csum, free, group, log and logged (the first tree that the log has); with "/N" behind it
only copy N of the block is changed. Everything that has a checksum gets a new one, unless the checksum itself is what is
damaged.
"""

from . import fields, journal, superblock, tree


def open_tree(image, text):
    name, _, copy = text.partition("/")
    return tree.Tree(image, name), [int(copy)] if copy else None


def parse_key(text):
    objectid, kind, offset = text.split(",")
    number = fields.TYPES[kind][0] if kind in fields.TYPES else kind
    return tuple(None if word == "*" else int(word) for word in (objectid, number, offset))


def places_of(kind):
    for number, places in fields.TYPES.values():
        if number == kind:
            return places
    return {}


def header(image, name, path, field, text):
    found, copies = open_tree(image, name)
    logical = found.at(path)
    block = found.read(logical)
    fields.put(block, fields.HEADER[field], text)
    found.write(logical, block, copies)


def pointer(image, name, slot, field, text):
    found, copies = open_tree(image, name)
    block = found.read(found.root)
    fields.put(block, fields.POINTER[field], text, fields.HEADER_SIZE + int(slot) * fields.POINTER_SIZE)
    found.write(found.root, block, copies)


def head(image, name, key, field, text):
    found, copies = open_tree(image, name)
    logical, block, slot = found.find_leaf(parse_key(key))
    fields.put(block, fields.ITEM[field], text, fields.HEADER_SIZE + slot * fields.ITEM_SIZE)
    found.write(logical, block, copies)


def change_items(image, name, key, change):
    """Call change with the list of a leaf's items and the slot of the key."""
    found, copies = open_tree(image, name)
    logical, block, slot = found.find_leaf(parse_key(key))
    items = list(tree.items(block))
    change(items, slot)
    tree.repack(block, items)
    found.write(logical, block, copies)


def put_fields(kind, data, words):
    for field, text in zip(words[::2], words[1::2]):
        fields.put(data, places_of(kind)[field], text)


def item(image, name, key, *words):
    change_items(image, name, key, lambda items, slot: put_fields(items[slot][0][1], items[slot][1], words))


def resize(image, name, key, size):
    def change(items, slot):
        found, data = items[slot]
        items[slot] = (found, data[: int(size)].ljust(int(size), b"\0"))

    change_items(image, name, key, change)


def remove(image, name, key):
    change_items(image, name, key, lambda items, slot: items.pop(slot))


def add(items, key, data):
    items.append((key, data))
    items.sort(key=lambda entry: entry[0])


def insert(image, name, key, size, *words):
    new = parse_key(key)
    data = bytearray(int(size))
    put_fields(new[1], data, words)
    change_items(image, name, "*,*,*", lambda items, _: add(items, new, data))


def twin(image, name, key, new, *words):
    def change(items, slot):
        data = bytearray(items[slot][1])
        put_fields(items[slot][0][1], data, words)
        add(items, parse_key(new), data)

    change_items(image, name, key, change)


def break_block(image, name, path):
    found, copies = open_tree(image, name)
    logical = found.at(path)
    block = found.read(logical)
    block[200] ^= 1
    found.write(logical, block, copies, sealed=False)


def flip(image, logical):
    for place in tree.Chunks(image).places(int(logical)):
        byte = image.data.read(place, 1)
        byte[0] ^= 1
        image.data.write(place, byte)


def cut(image, what, size):
    (image.data if what == "data" else image.info).cut(int(size))


VERBS = {
    "super": superblock.change,
    "entry": superblock.copy,
    "system": superblock.change_system,
    "system+": superblock.append_system,
    "header": header,
    "pointer": pointer,
    "head": head,
    "item": item,
    "resize": resize,
    "remove": remove,
    "insert": insert,
    "twin": twin,
    "break": break_block,
    "flip": flip,
    "zone": lambda image, number, name, text: image.set_zone(int(number), name, text),
    "info": lambda image, name, text: image.set_info(name, text),
    "cut": cut,
    "journal": journal.change,
    "journal-copy": journal.copy,
    "journal-fill": journal.fill,
}


def apply(image, text):
    verb, *words = text.split()
    VERBS[verb](image, *words)
