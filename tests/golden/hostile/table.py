# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of everything hostile that the program is given: the file "rows".

A row is a number and what is wrong there. Below it, indented, is what sees to it; columns have " | " between them:

image NAME | FIXTURE [OPTION]... | DAMAGE ; DAMAGE... | END | MESSAGE
    plan and start are run on the damaged fixture. A damage that begins with "target" is done to an empty image that
    exists as the target. END is "done" or a word for a refusal; "late" before it says that only start finds out, and
    "incomplete" that start --rescue goes on.
journal NAME | DAMAGE ; DAMAGE... | COMMAND [OPTION]... | END | MESSAGE
    A target that was left half done is damaged, and one command is run on it.
command NAME | WORDS | END | MESSAGE
    A command line. SOURCE and TARGET stand for an image and one that does not exist yet.
test FILE FUNCTION
    A unit test does it, because no image can.
none REASON
    It does not concern this program.
"""

import re
from collections import namedtuple

ROWS = 121
COLUMNS = {"image": 5, "journal": 5, "command": 4}

Case = namedtuple("Case", "row kind name columns")
Note = namedtuple("Note", "row kind text")


def parse_line(row, line):
    kind, _, rest = line.strip().partition(" ")
    if kind not in COLUMNS:
        return Note(row, kind, rest)
    columns = [column.strip() for column in re.split(r"\s\|(?=\s|$)", rest)]
    return Case(row, kind, columns[0], columns[1:])


def read(path):
    entries = []
    rows = {}
    row = None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                entries.append(parse_line(row, line))
                continue
            number, text = line.split(maxsplit=1)
            row = int(number)
            rows.setdefault(row, []).append(text)
    return rows, entries


def names_a_test(top, text):
    """A unit test counts when it is defined and is in the list that main() runs."""
    file, _, function = text.partition(" ")
    try:
        with open(f"{top}/{file}", encoding="utf-8") as source:
            return len(re.findall(rf"\b{re.escape(function)}\b", source.read())) >= 2
    except FileNotFoundError:
        return False


def complaints(rows, entries, top):
    """What is wrong with the table itself."""
    for number in range(1, ROWS + 1):
        if len(rows.get(number, [])) != 1:
            yield f"row {number} is there {len(rows.get(number, []))} times"
        if not any(entry.row == number for entry in entries):
            yield f"row {number} has nothing below it"
    for number in sorted(set(rows) - set(range(1, ROWS + 1))):
        yield f"row {number} is one too many"
    cases = [entry for entry in entries if isinstance(entry, Case)]
    names = [case.name for case in cases]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: a name of two cases"
    for case in cases:
        if len(case.columns) + 1 != COLUMNS[case.kind]:
            yield f"{case.name}: {len(case.columns) + 1} columns, expected {COLUMNS[case.kind]}"
    for note in entries:
        if isinstance(note, Case):
            continue
        if note.kind not in ("test", "none") or not note.text:
            yield f"row {note.row}: '{note.kind} {note.text}' says nothing"
        if note.kind == "test" and not names_a_test(top, note.text):
            yield f"row {note.row}: there is no test {note.text}"
