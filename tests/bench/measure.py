# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands in turn, several rounds, and tables of medians."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Result:
    seconds: float
    cpu: float
    mib: float


@dataclass
class Contestant:
    command: list
    prepare: object = lambda: None
    is_peer: bool = False


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as control:
        control.write("3")


def run(command):
    """The result of one command, which begins without anything cached. GNU time is small enough to add no memory."""
    drop_caches()
    with tempfile.NamedTemporaryFile("r") as figures:
        begun = time.monotonic()
        ran = subprocess.run(
            ["/usr/bin/time", "-f", "%U %S %M", "-o", figures.name, *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - begun
        if ran.returncode:
            sys.exit(f"{' '.join(command)}: {ran.stderr}")
        user, system, kib = (float(word) for word in figures.read().split())
    return Result(seconds, user + system, kib / 1024)


def in_turn(contestants, rounds):
    """Lists of results by name."""
    found = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            contestant.prepare()
            found[name].append(run(contestant.command))
            print(f"{name}: {found[name][-1].seconds:.2f} s", file=sys.stderr, flush=True)
    return found


def ratios(found, name, peers):
    """Of each round: seconds to those of the fastest peer."""
    return [
        result.seconds / min(found[peer][i].seconds for peer in peers) for i, result in enumerate(found[name])
    ]


def table(title, found, contestants, mib=None):
    """Prints a table for a document. @mib: how much was worked on, for a rate."""
    peers = [name for name, contestant in contestants.items() if contestant.is_peer]
    print(f"\n{title}, {len(next(iter(found.values())))} rounds\n")
    print(f"| | seconds |{' MiB/s |' if mib else ''} ratio | CPU s | peak MiB |")
    print(f"|---|---|{'---|' if mib else ''}---|---|---|")
    for name, results in found.items():
        seconds = statistics.median(result.seconds for result in results)
        rate = f" {mib / seconds:.0f} |" if mib else ""
        print(
            f"| {name} | {seconds:.2f} |{rate} {statistics.median(ratios(found, name, peers)):.2f} "
            f"| {statistics.median(result.cpu for result in results):.2f} "
            f"| {statistics.median(result.mib for result in results):.0f} |",
            flush=True,
        )
