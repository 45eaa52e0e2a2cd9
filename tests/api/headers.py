# SPDX-License-Identifier: GPL-2.0-or-later
"""What the public headers declare, read as text."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
HEADERS = sorted((TOP / "include/zreplace").glob("*.h"))

TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/)"
    r"|(?P<directive>^#(?:[^\n]*\\\n)*[^\n]*$)"
    r"|(?P<statement>[^;{}/#]*(?:\{(?:[^{}]|\{[^{}]*\})*\}[^;{}]*)?;)",
    re.S | re.M,
)


def plain(text):
    """A declaration without comments and directives, on one line."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    return " ".join(text.split())


class Declaration:
    """A function, a type or a macro, and the comment that stands right before it."""

    def __init__(self, kind, name, text, comment, header):
        self.kind, self.name, self.text, self.comment, self.header = kind, name, text, comment, header

    def __str__(self):
        return f"{self.header.name}: {self.name}"


def classify(text):
    line = plain(text)
    if re.match(r"typedef\b", line):
        return "type", re.search(r"\(\*(\w+)\)|(\w+);$", line).group(1)
    aggregate = re.match(r"(struct|enum) (\w+) \{", line)
    if aggregate:
        return aggregate.group(1), aggregate.group(2)
    function = re.match(r"[\w *]*?\b(zr_\w+)\(", line)
    if function:
        return "function", function.group(1)
    return "other", line


def declarations(header):
    """In order. Declarations that follow each other without an empty line share the comment above them."""
    text = header.read_text()
    text = text[text.index("#define ZREPLACE_") :]
    comment = None
    for match in TOKEN.finditer(text):
        if match.group("comment"):
            comment = match.group("comment")
        if not match.group("statement"):
            continue
        kind, name = classify(match.group("statement"))
        yield Declaration(kind, name, match.group("statement"), comment, header)
        if text.startswith("\n\n", match.end()):
            comment = None


def functions():
    return sorted(d.name for h in HEADERS for d in declarations(h) if d.kind == "function")
