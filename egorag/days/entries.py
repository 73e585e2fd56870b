"""Choose what is told of a day: what was agreed, where things went, what was said and held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from egogpt.text.caption_terms import FACE, HOLDING, NOTHING
from egogpt.text.directives import is_strange_name
from egorag.evidence.units import Unit, clip_units, join_views
from egorag.evidence.wearer import Wearer
from egorag.tasks.commitments import commitments
from egorag.wording.draft import MOST
from memory.store.summary_builder import salient
from memory.store.view import View
from memory.types.core import Memory, Span, Utterance
from memory.types.events import ObjectState

Kind = Literal["own", "other", "task", "asked", "left", "entry_noted", "held", "longest_seen"]
_HELD = 5.0  # seconds for which a thing must be held to be told
_SEEN = 2  # things in view that are told where nothing else can be


@dataclass(frozen=True, slots=True)
class DayEntry:
    """One thing to be told, as what, and the units or the state that it rests on."""

    kind: Kind
    units: tuple[Unit, ...]
    state: ObjectState | None = None

    @property
    def start(self) -> float:
        """When it was, in seconds UTC."""
        return self.units[0].span.start


@dataclass(frozen=True, slots=True)
class DayMaterial:
    """All units of a day's clips in order of time, and where the wearer put things."""

    units: tuple[Unit, ...]
    states: tuple[ObjectState, ...]
    wearer: Wearer


def read_day(view: View, clips: Sequence[Memory], wearer: Wearer) -> DayMaterial:
    """The material of clips, at least one."""
    units = [unit for clip in clips for unit in clip_units(view, clip)]
    period = Span(clips[0].span.start, max(clip.span.end for clip in clips))
    states = [s for s in view.object_states((), ("put",), period) if not s.doer]
    return DayMaterial(tuple(join_views(units)), tuple(states), wearer)


def people_met(material: DayMaterial) -> tuple[dict[str, Unit], dict[str, Unit]]:
    """Who was heard, and who was only seen: names, each with its first moment."""
    heard: dict[str, Unit] = {}
    seen: dict[str, Unit] = {}
    for unit in material.units:
        if unit.kind == "speech" and unit.speaker and not is_strange_name(unit.speaker):
            heard.setdefault(unit.speaker, unit)
        elif unit.kind == "face" and unit.what != FACE:
            seen.setdefault(unit.what, unit)
    others = material.wearer.others
    return (
        {name: heard[name] for name in others(heard)},
        {name: seen[name] for name in others(seen) if name not in heard},
    )


def entries(material: DayMaterial, most: int) -> list[DayEntry]:
    """What is told, in order of time: plans and places first, then what tells most."""
    speech = [unit for unit in material.units if unit.kind == "speech" and unit.what.strip()]
    chosen = _each_once([*_agreed(speech, material.wearer), *_placed(material)])[
        : -(-2 * most // 3)
    ]
    quotes = {unit.what for entry in chosen for unit in entry.units}
    rest = _telling([unit for unit in speech if unit.what not in quotes], most - len(chosen))
    chosen += [DayEntry(_speaks(unit, material.wearer), (unit,)) for unit in rest]
    noted = [u for u in material.units if u.kind == "caption" and u.what != NOTHING]
    chosen += [DayEntry("entry_noted", (unit,)) for unit in _telling(noted, most - len(chosen))]
    chosen += _held(material.units)[: max(0, most - len(chosen))]
    return _together(sorted(chosen or _seen(material.units), key=lambda entry: entry.start))


def _together(entries_in_order: Iterable[DayEntry]) -> list[DayEntry]:
    """The entries; what one person says in one minute without another between is one of them."""

    def turn(entry: DayEntry) -> tuple[str, str, float]:
        alone = entry.state is not None or entry.kind not in ("own", "other")
        return entry.kind, entry.units[0].who, entry.start if alone else entry.start // 60

    joined: list[DayEntry] = []
    for _, run in groupby(entries_in_order, key=turn):
        first, *more = run
        units = [*first.units, *(unit for entry in more for unit in entry.units)]
        parts = range(0, len(units), MOST) if more else [0]
        joined += [replace(first, units=tuple(units[n:][:MOST])) for n in parts]
    return joined


def _agreed(speech: Iterable[Unit], wearer: Wearer) -> Iterator[DayEntry]:
    """What the wearer means to do, and what others ask of the wearer."""
    for unit in speech:
        mine = wearer.speaks(unit)
        takes = {commitment.by for commitment in commitments(unit.what)}
        if mine and "own" in takes:
            yield DayEntry("task", (unit,))
        elif mine is False and "asked" in takes:
            yield DayEntry("asked", (unit,))


def _placed(material: DayMaterial) -> Iterator[DayEntry]:
    for state in material.states:
        unit = Unit(state.recording_id, state.clip_id, state.span, "speech", state.quote)
        yield DayEntry("left" if state.where else "own", (unit,), state)


def _each_once(candidates: Iterable[DayEntry]) -> list[DayEntry]:
    """The entries without those that quote what another has quoted."""
    return list({entry.units[0].what: entry for entry in candidates}.values())


def _telling(units: Sequence[Unit], most: int) -> list[Unit]:
    """The units that speak most of what all of them speak of; all where they are few."""
    if len(units) <= most:
        return list(units)
    texts = [Utterance(unit.span, unit.what, str(at)) for at, unit in enumerate(units)]
    return [units[int(text.speaker)] for text in salient(texts, max(0, most))]


def _speaks(unit: Unit, wearer: Wearer) -> Kind:
    return "own" if wearer.speaks(unit) else "other"


def _held(units: Iterable[Unit]) -> list[DayEntry]:
    """What the wearer held for a while, the longest first."""
    hands = [u for u in units if u.kind == "hand" and u.what.startswith(HOLDING)]
    lasting = [unit for unit in hands if unit.span.duration >= _HELD]
    return [DayEntry("held", (u,)) for u in sorted(lasting, key=lambda u: -u.span.duration)]


def _seen(units: Iterable[Unit]) -> list[DayEntry]:
    """What was longest in view, where nothing was said, noted or done with it."""
    views = sorted((u for u in units if u.kind == "object"), key=lambda u: -u.span.duration)
    longest = list({unit.what: unit for unit in reversed(views)}.values())[::-1][:_SEEN]
    return (
        [DayEntry("longest_seen", tuple(sorted(longest, key=lambda u: u.span)))] if longest else []
    )
