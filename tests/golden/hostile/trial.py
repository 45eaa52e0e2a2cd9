# SPDX-License-Identifier: GPL-2.0-or-later
"""Running one case of the table."""

import os
import re
import shlex

from damage.image import Image
from place import copy, damage, empty_zones, has_superblock, make_empty, remove, require

SOURCE_DAMAGED = "; the source is damaged there; look at it with 'btrfs check'"

# How a run ends: exit status, and what follows the message.
ENDS = {
    "done": (0, ""),
    "incomplete": (2, ""),
    "damaged": (4, SOURCE_DAMAGED),
    "bad": (4, "; the source is bad there; 'start --rescue' goes on where it can"),
    "refused": (4, ""),
    "occupied": (4, "; use -f to overwrite it"),
    "foreign": (4, "; use --restart to begin anew, or 'cancel' to empty the target"),
    "zones": (1, "; the source is untouched"),
    "failed": (1, ""),
    "differs": (3, "; unless one of both was mounted since, 'start -f' copies anew"),
    "small": (4, "; 'btrfs balance start -dusage=50' on the source may help, or take another target"),
    "short": (4, "; or take a target whose zones take more"),
    "missing": (4, "; bring that device back, or name it with --device"),
}
QUIET = ("done", "incomplete")
TARGET = "target_zone_info.dump"


def compare(what, result, end, message, source=None):
    """Exactly one line on standard error, or none and the message in the output. What names no file is said of the source."""
    status, advice = ENDS[end]
    found = result.message.strip()
    if source and end not in QUIET and not re.search(r"\w\.(dump|img)\b", message):
        message = f"{source}: {message}"
    require(result.status == status, f"{what}: exit status {result.status}, expected {status}: {found}")
    expected = "" if end in QUIET else f"ERROR: {message}{advice}\n"
    require(result.message == expected, f"{what}: found    {found}\n  expected {expected.strip()}")
    require(end not in QUIET or message in result.out, f"{what}: not in the output: {message}\n{result.out}")


def split_damage(text):
    parts = [part.strip() for part in text.split(" ; ")]
    on_target = [part.removeprefix("target ") for part in parts if part.startswith("target ")]
    return " ; ".join(part for part in parts if not part.startswith("target ")), " ; ".join(on_target)


def run_both(place, source, target, options, end, message):
    late = end.startswith("late ")
    end = end.removeprefix("late ")
    before = target and target.settle()
    planned = late or end in QUIET
    plan = place.run("plan", *options, source.name, TARGET)
    compare("plan", plan, "done" if planned else end, "" if planned else message, source.name)
    require((target and target.state()) == before, "plan: the target changed")
    require(target or not os.path.exists(TARGET), "plan: the target was made")
    rescue = ["--rescue"] if end == "incomplete" else []
    compare("start", place.run("start", *rescue, *options, source.name, TARGET), end, message, source.name)
    if end in QUIET:
        compare("verify", place.run("verify", source.name, TARGET), "done", "")
    elif late:
        found = os.path.exists(TARGET) and has_superblock(Image("target"))
        require(not found, "start: the target looks like a file system")
    else:
        require((target and target.state()) == before, "start: the target changed")
        require(target or not os.path.exists(TARGET), "start: the target was made")


def run_image(place, case):
    fixture, text, end, message = case.columns
    name, *options = fixture.split()
    source = place.fixture(name)
    on_source, on_target = split_damage(text)
    remove("target")
    try:
        target = make_empty("target", source) if on_target else None
        damage(source, on_source)
        if target:
            damage(target, on_target)
        before = source.settle()
        run_both(place, source, target, options, end, message)
        require(source.state() == before, "the source changed")
    finally:
        place.take_back(name)


# Data in the last zone of "dup" that is copied, so that a run stops there and leaves its journal.
LAST_DATA = "flip 41943040"


def make_half_done(place, source):
    """A target with a journal that counts all zones before that one: in parallel the last of them may not be noted yet."""
    try:
        damage(source, LAST_DATA)
        result = place.run("start", "-q", "--serial", source.name, "half_zone_info.dump")
    finally:
        source.undo()
    if result.status != ENDS["damaged"][0]:
        remove("half")
    require(os.path.exists("half_zone_info.dump"), f"half done: {result.message}")


def run_journal(place, case):
    text, command, end, message = case.columns
    source = place.fixture("dup")
    if not os.path.exists("half_zone_info.dump"):
        make_half_done(place, source)
    target = copy("half", "target")
    damage(target, text)
    name, *options = command.split()
    operands = [TARGET] if name in ("status", "cancel") else [source.name, TARGET]
    before = target.settle(), source.settle()
    result = place.run(name, *options, *operands)
    compare(name, result, end, message, None if name in ("status", "cancel") else source.name)
    require(source.state() == before[1], "the source changed")
    if end != "done" or name == "status":
        require(target.state() == before[0], "the target changed")
    elif name == "cancel":
        require(empty_zones(target), "not all zones are empty")
    else:
        compare("verify", place.run("verify", source.name, TARGET), "done", "")


def run_command(place, case):
    text, end, message = case.columns
    source = place.fixture("dup")
    remove("target")
    names = {"SOURCE": source.name, "TARGET": TARGET}
    before = source.settle()
    result = place.run(*[names.get(word, word) for word in shlex.split(text)])
    compare("command", result, end, message)
    require(source.state() == before, "the source changed")
    require(not os.path.exists(TARGET), "the target was made")


KINDS = {"image": run_image, "journal": run_journal, "command": run_command}
