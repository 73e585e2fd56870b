"""Trace how many files a film, or a question, passes through.

    python -m benchmarks.trips                 both trips, as tables
    python -m benchmarks.trips film --edges 20  the film, and who calls whom most often
    python -m benchmarks.trips --json          the figures alone

Traces what this thread calls in our own packages. An *entry* is a call (or the next item of a
generator) from one of our files into another; a *return* is an entry into a file seen before.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "ingest", "egogpt", "egorag", "memory", "kernels")
BEFORE, QUESTION = "What did I take to the station?", "When did I use my phone?"
ASKED_AT = 1_767_300_000.0  # 2026-01-01, 20:40 UTC
LINES = (
    {"start": "2026-01-01T10:00:00+00:00", "text": "I made a cup of tea."},
    {"start": "2026-01-01T10:30:00+00:00", "text": "I used my phone to write to Anna."},
    {"start": "2026-01-01T11:00:00+00:00", "text": "I took the bus to the station."},
)


@dataclass
class Trip:
    """What was called: functions by file, entries by (from, to), and the deepest stack."""

    root: Path
    packages: Sequence[str]
    functions: dict[str, set[CodeType]] = field(default_factory=dict)
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)
    depth: int = 0
    _stack: list[str] = field(default_factory=list)
    _names: dict[CodeType, str | None] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """Calls from one file into another."""
        return self.edges.total()

    @property
    def returns(self) -> int:
        """Entries into a file that was entered before."""
        return self.entries - len({callee for _, callee in self.edges})

    def summary(self) -> dict[str, int]:
        """The figures by name."""
        return {
            "files": len(self.functions),
            "functions": sum(map(len, self.functions.values())),
            "entries": self.entries,
            "returns": self.returns,
            "depth": self.depth,
        }

    def by_package(self) -> dict[str, tuple[int, int]]:
        """Files of each package, and entries into them."""
        entries: Counter[str] = Counter()
        for (_, callee), number in self.edges.items():
            entries[callee.split("/")[0]] += number
        files = Counter(name.split("/")[0] for name in self.functions)
        return {package: (files[package], entries[package]) for package, _ in files.most_common()}

    def profile(self, frame: FrameType, event: str, _: object) -> None:
        """For ``sys.setprofile``: follows calls and returns of our own functions."""
        if event not in ("call", "return") or (name := self._file(frame.f_code)) is None:
            return
        if event == "return":
            if self._stack:  # those that were called before the tracing began also return
                self._stack.pop()
            return
        caller = self._stack[-1] if self._stack else ""
        if caller != name:
            self.edges[caller, name] += 1
        self._stack.append(name)
        self.depth = max(self.depth, len(self._stack))
        self.functions.setdefault(name, set()).add(frame.f_code)

    def _file(self, code: CodeType) -> str | None:
        """The file of a function of ours, relative to the root; None for any other code."""
        if code not in self._names:
            path = Path(code.co_filename)
            inside = path.is_relative_to(self.root) and code.co_name != "<module>"
            name = path.relative_to(self.root).as_posix() if inside else ""
            self._names[code] = name if name.split("/")[0] in self.packages else None
        return self._names[code]


@contextmanager
def traced(root: Path = ROOT, packages: Sequence[str] = PACKAGES) -> Iterator[Trip]:
    """Trace what this thread calls in ``packages`` below ``root`` until the block ends."""
    trip = Trip(root, packages)
    before = sys.getprofile()
    sys.setprofile(trip.profile)
    try:
        yield trip
    finally:
        sys.setprofile(before)


def film_trip(folder: Path) -> Trip:
    """A new home opens and takes in a film of 4 s, without any weights."""
    from app.assistant import Assistant
    from app.core.settings import Settings
    from benchmarks.media.ingest_media import Recipe, encode, walk

    recipe = Recipe("film", width=160, height=120, fps=10, gop=10, rate=200_000, seconds=4)
    film = encode(folder / "film.mp4", walk(recipe), recipe)
    with traced() as trip:
        life = Assistant.open(Settings(folder / "home", preset="small", weights=folder / "none"))
        life.ingest([film])
    life.close()
    return trip


def question_trip(folder: Path) -> Trip:
    """``QUESTION`` is answered without any weights from a home of three imported lines.

    Another question was asked before it: the first of a process reads the tables of the languages.
    """
    from app.assistant import Assistant
    from app.core.settings import Settings

    lines = folder / "lines.jsonl"
    lines.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    life = Assistant.open(Settings(folder / "home", preset="small", weights=folder / "none"))
    life.import_text([lines])
    life.ask(BEFORE, at=ASKED_AT)
    with traced() as trip:
        life.ask(QUESTION, at=ASKED_AT)
    life.close()
    return trip


TRIPS: dict[str, Callable[[Path], Trip]] = {"film": film_trip, "question": question_trip}


def take(name: str) -> Trip:
    """The trip of this name, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return TRIPS[name](Path(folder))


def report(name: str, trip: Trip, edges: int) -> str:
    """The figures as text: the sum, a row a package, and the ``edges`` most often walked."""
    lines = [f"{name}: " + ", ".join(f"{value} {key}" for key, value in trip.summary().items())]
    lines.append(f"  {'package':10}{'files':>6}{'entries':>9}")
    for package, (files, entries) in trip.by_package().items():
        lines.append(f"  {package:10}{files:>6}{entries:>9}")
    for (caller, callee), number in trip.edges.most_common(edges):
        lines.append(f"  {number:5}  {caller or '(outside)'} -> {callee}")
    return "\n".join(lines)


def main(arguments: Sequence[str], say: Callable[[str], object] = print) -> int:
    """The command line. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trips", description=__doc__)
    parser.add_argument("trips", nargs="*", choices=[*TRIPS, []], help="which (default: both)")
    parser.add_argument("--edges", type=int, default=0, help="how many pairs of files to list")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    asked = parser.parse_args(arguments)
    trips = {name: take(name) for name in asked.trips or TRIPS}
    if asked.json:
        say(json.dumps({name: trip.summary() for name, trip in trips.items()}))
    else:
        say("\n\n".join(report(name, trip, asked.edges) for name, trip in trips.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
