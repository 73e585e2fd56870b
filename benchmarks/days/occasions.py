"""Lives as occasions: the people, places, things and activities that a clip tells of together.

Read off lines by the event reader of the product, as a home's event and object rows are.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from egorag.handlers.usual import place_key
from ingest.derived.events import extract_events
from memory.types.core import Span
from memory.types.events import Event, Line
from memory.types.timezones import zone

NodeKind: TypeAlias = Literal["person", "place", "thing", "activity", "hour"]
Node: TypeAlias = tuple[NodeKind, str]
_TRIPS = frozenset({"visiting places", "travelling"})  # their object is a place


@dataclass(frozen=True, slots=True)
class Occasion:
    """What one clip tells of together, and the day by the wearer's clock."""

    day: date
    nodes: frozenset[Node]


def occasions(lines: Iterable[Line], timezone: str, *, hours: bool = True) -> list[Occasion]:
    """The occasions of a life with at least two nodes, in order of time; without hours where the
    lines have only a date."""
    read = list(lines)
    events, states = extract_events(read)
    nodes: dict[str, set[Node]] = defaultdict(set)
    for event in events:
        for clip in event.clip_ids:
            nodes[clip].update(_of_event(event))
    for state in states:
        if state.state in ("put", "seen"):
            nodes[state.clip_id] |= {("thing", state.object), *_place(state.where)}
    begins: dict[str, float] = {}
    for line in read:
        begins.setdefault(line.clip_id, line.span.start)
        if line.speaker and nodes.get(line.clip_id):
            nodes[line.clip_id].add(("person", line.speaker))
    found = []
    for clip, begin in sorted(begins.items(), key=lambda item: item[1]):
        local = datetime.fromtimestamp(begin, zone(timezone))
        together: set[Node] = set(nodes.get(clip, ()))
        if together and hours:
            together.add(("hour", f"{local.hour:02}"))
        if len(together) > 1:
            found.append(Occasion(local.date(), frozenset(together)))
    return found


def _of_event(event: Event) -> Iterator[Node]:
    if event.doer:  # what others did tells of nobody's company
        return
    yield "activity", event.activity
    yield from (("person", name) for name in event.people if name[:1].isupper())
    yield from _place(event.place or (event.object if event.activity in _TRIPS else ""))


def _place(where: str) -> Iterator[Node]:
    if name := place_key(where):
        yield "place", name


def lifebench_lines(path: Path, wearer: str) -> Iterator[Line]:
    """LifeBench's messages, notes, photos and calls; each line is a clip."""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(text)
        span = Span(*(datetime.fromisoformat(row[edge]).timestamp() for edge in ("start", "end")))
        speaker = row.get("speaker", "")
        yield Line(
            str(number),
            row["start"][:10],
            span,
            row.get("caption") or row["text"],
            "" if speaker == wearer else speaker,
            "caption" in row,
        )
