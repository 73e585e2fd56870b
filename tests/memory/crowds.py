"""Faces and voices written by hand: prints are unit vectors at an angle, so closeness is in plain
sight. With the rule for dlib's prints, 19 degrees are near and 30 are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.db.row_mapping import print_id
from memory.store.store import Store
from memory.types.core import BiometricPrint, Clip, PrintKind, Sighting, Span, Utterance
from tests.memory.lives import NOON, add, recording

MODELS: dict[PrintKind, str] = {"face": "dlib-resnet-v1", "voice": "ge2e-1"}
TABLES = ("person", "print", "apart")


@dataclass(frozen=True, slots=True)
class Met:
    """A face or voice in a clip; ``start`` and ``end`` are seconds inside it."""

    angle: float  # degrees
    start: float = 0.0
    end: float = 30.0
    quality: float = 1.0
    kind: PrintKind = "face"
    says: str = ""


def direction(angle: float) -> NDArray[np.float32]:
    """The unit vector at this angle."""
    turn = np.radians(angle)
    return np.array([np.cos(turn), np.sin(turn), 0.0, 0.0], np.float32)


def clips(store: Store, count: int, name: str = "walk", start: float = NOON) -> list[Clip]:
    """A recording of so many clips, none of them captioned."""
    return add(store, recording(start, count, name), [""] * count)


def prints(clip: Clip, met: Iterable[Met]) -> list[BiometricPrint]:
    """The prints of what was met, numbered by kind."""
    found, numbers = [], {"face": 0, "voice": 0}
    for one in met:
        span = Span(clip.span.start + one.start, clip.span.start + min(one.start + 1, one.end))
        number = print_id(clip.id, one.kind, numbers[one.kind])
        numbers[one.kind] += 1
        box = (0.1, 0.1, 0.3, 0.4) if one.kind == "face" else None
        vector, model = direction(one.angle), MODELS[one.kind]
        found.append(
            BiometricPrint(number, one.kind, clip.id, span, vector, model, one.quality, box)
        )  # fmt: skip
    return found


def meet(store: Store, clip: Clip, *met: Met) -> list[int]:
    """Stores what was met in a clip, as the stages do. Returns the ids of the prints."""
    made = prints(clip, met)
    seen, said = [], []
    for one, found in zip(met, made, strict=True):
        span = Span(clip.span.start + one.start, clip.span.start + one.end)
        if one.kind == "face":
            seen.append(Sighting(span, "face", "face", 0.9, found.box, 1, found.id))
        else:
            said.append(Utterance(span, one.says or "hello", print_id=found.id))
    faces = [found for found in made if found.kind == "face"]
    voices = [found for found in made if found.kind == "voice"]
    store.perceptions.write_sightings("sights", "1", {clip.id: seen}, prints={clip.id: faces})
    store.perceptions.write_utterances("speech", "1", {clip.id: said}, prints={clip.id: voices})
    return [found.id for found in made]


def crowd(store: Store, met: Sequence[Sequence[Met]]) -> list[list[int]]:
    """One clip for each item, all prints given to people. Returns the prints of each clip."""
    made = clips(store, len(met))
    found = [meet(store, clip, *those) for clip, those in zip(made, met, strict=True)]
    store.people.assign([clip.id for clip in made])
    return found


def holder(store: Store, print_id: int) -> str:
    """The person who holds a print, or nothing."""
    found = store.database.rows("SELECT person_id FROM print WHERE id = ?", [print_id])
    return str(found[0]["person_id"])


def state(store: Store) -> list[str]:
    """Every row about people."""
    return [row for row in store.dump() if row.split(" ", 1)[0] in TABLES]
