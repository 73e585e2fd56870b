"""The home of another wearer as whoever asks may know it: in its grant, told of by name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from egogpt.text.tokens import is_numbered, stems
from egorag.across.third_person import in_third_person
from memory.repositories.events import SELF
from memory.store.view import View
from memory.types.core import (
    UNNAMED_FACE,
    Coverage,
    Level,
    Memory,
    Scope,
    Sighting,
    Span,
    Utterance,
)
from memory.types.events import Event, EventFilter, ObjectState, State
from memory.types.images import PictureHit

T = TypeVar("T")
_NUMBERED = re.compile(r"\bPerson \d+\b")


@dataclass(eq=False)
class OtherHome:
    """What a granted view tells, in the words of whoever asks.

    Once ``holds`` says no, it tells nothing more. Ids of memories are changed, since those of
    summaries depend on their time only and are the same in every home. Numbers of people without a
    name are not told: "Person 3" is somebody else in every home.
    """

    wearer: str
    view: View
    holds: Callable[[], bool] = lambda: True
    recordings: set[str] = field(default_factory=set)  # of which it has told something

    @cached_property
    def _salt(self) -> int:
        digest = hashlib.blake2b(self.wearer.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1

    @cached_property
    def _names(self) -> frozenset[str]:
        """What the home calls its wearer, in small letters."""
        return SELF | {name.lower() for name in self.view.wearer_names()}

    def within(self, scope: Scope, question: str) -> OtherHome:
        """The home without what lies outside ``scope``."""
        people = tuple(name for name in scope.people if not is_numbered(name.lower()))
        narrowed = self.view.within(replace(scope, people=people), question)
        holds = self.holds if people or not scope.people else lambda: False
        return OtherHome(self.wearer, narrowed, holds, self.recordings)

    def _ask(self, ask: Callable[[View], T], nothing: T) -> T:
        return ask(self.view) if self.holds() else nothing

    def _listed(self, ask: Callable[[View], list[T]]) -> list[T]:
        return ask(self.view) if self.holds() else []

    def told_of(self, text: str) -> str:
        """A text in which "I" is the wearer."""
        return in_third_person(_NUMBERED.sub("somebody", text), self.wearer)

    # Memories

    def memories(self, level: Level, span: Span | None) -> list[Memory]:
        """See ``View.memories``."""
        return self._told(self._listed(lambda view: view.memories(level, span)))

    def by_id(self, ids: Iterable[int]) -> list[Memory]:
        """See ``View.by_id``."""
        own = [number ^ self._salt for number in ids]
        return self._told(self._listed(lambda view: view.by_id(own)))

    def of_clips(self, clip_ids: Iterable[str]) -> list[Memory]:
        """See ``View.of_clips``."""
        return self._told(self._listed(lambda view: view.of_clips(clip_ids)))

    def _told(self, memories: Iterable[Memory]) -> list[Memory]:
        told = [
            replace(
                memory,
                id=memory.id ^ self._salt,
                text=self.told_of(memory.text),
                source_ids=tuple(source ^ self._salt for source in memory.source_ids),
                wearer=self.wearer,
            )
            for memory in memories
        ]
        self.recordings.update(memory.recording_id for memory in told)
        return told

    # Search

    def search_text(
        self, terms: Sequence[str], level: Level, span: Span | None, limit: int
    ) -> dict[int, float]:
        """See ``View.search_text``."""
        return self._salted(self._ask(lambda v: v.search_text(terms, level, span, limit), {}))

    def count_text(self, term: str, level: Level) -> int:
        """See ``View.count_text``; all that the wearer tells holds their name."""
        if term in stems(self.wearer) and level == "clip":
            return self.count_clips(None)
        return self._ask(lambda view: view.count_text(term, level), 0)

    def search_vectors(
        self, vector: NDArray[np.float32], model: str, level: Level, span: Span | None, limit: int
    ) -> dict[int, float]:
        """See ``View.search_vectors``."""
        return self._salted(
            self._ask(lambda view: view.search_vectors(vector, model, level, span, limit), {})
        )

    def compare_vectors(
        self, vector: NDArray[np.float32], model: str, ids: Sequence[int]
    ) -> dict[int, float]:
        """See ``View.compare_vectors``."""
        own = [number ^ self._salt for number in ids]
        return self._salted(self._ask(lambda view: view.compare_vectors(vector, model, own), {}))

    def vectors(
        self, model: str, dimension: int, ids: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See ``View.vectors``."""
        own = [number ^ self._salt for number in ids]
        nothing = np.zeros(0, np.int64), np.zeros((0, dimension), np.float32)
        known, vectors = self._ask(lambda view: view.vectors(model, dimension, own), nothing)
        return known ^ self._salt, vectors

    def search_pictures(
        self, vector: NDArray[np.float32], model: str, span: Span | None, limit: int
    ) -> list[PictureHit]:
        """See ``View.search_pictures``."""
        return self._listed(lambda view: view.search_pictures(vector, model, span, limit))

    def _salted(self, scores: Mapping[int, float]) -> dict[int, float]:
        return {number ^ self._salt: score for number, score in scores.items()}

    # Clips

    def utterances(self, clip_id: str) -> list[Utterance]:
        """See ``View.utterances``. Words stay as they were said."""
        spoken = self._listed(lambda view: view.utterances(clip_id))
        device = self._wearers_device(clip_id) if spoken else None
        return [
            replace(one, speaker=self._speaker(one.speaker, one.print_id, device), voice="")
            for one in spoken
        ]

    def _wearers_device(self, clip_id: str) -> str | None:
        """The device of imported lines, which are the wearer's own account; None of a film."""
        of = {memory.recording_id for memory in self.view.of_clips([clip_id])}
        recordings = (one for one in self.view.recordings() if one.id in of)
        return next((one.device.lower() for one in recordings if one.kind == "import"), None)

    def _speaker(self, name: str, print_id: int, device: str | None) -> str:
        """Who speaks, by name; the wearer, where lines are theirs; empty where nobody knows."""
        if device is None or (not name and print_id):
            return self._called(name)
        return self.wearer if name.lower() in device else self._called(name)

    def sightings(self, clip_id: str) -> list[Sighting]:
        """See ``View.sightings``."""
        seen = self._listed(lambda view: view.sightings(clip_id))
        told = {
            one.what: UNNAMED_FACE if one.kind == "face" else self.told_of(one.what)
            for one in seen
            if one.kind == "narration" or is_numbered(one.what.lower())
        }
        return [replace(one, what=told.get(one.what, one.what)) for one in seen]

    def _called(self, name: str) -> str:
        if is_numbered(name.lower()):
            return ""
        return self.wearer if name.lower() in self._names else name

    # What was done

    def events(self, criteria: EventFilter) -> list[Event]:
        """See ``View.events``: the wearer is asked for by name, and nobody here is "I"."""
        if criteria.doer == "":
            return []
        if criteria.doer is not None and criteria.doer.lower() == self.wearer.lower():
            criteria = replace(criteria, doer="")
        return [self._done(event) for event in self._listed(lambda view: view.events(criteria))]

    def _done(self, event: Event) -> Event:
        self.recordings.add(event.recording_id)
        return replace(
            event,
            doer=self._called(event.doer or self.wearer),
            people=tuple(filter(None, map(self._called, event.people))),
            quote=self._words_of(event.doer, event.quote),
        )

    def _words_of(self, doer: str, quote: str) -> str:
        """What tells of a deed: "I" is the wearer, unless it was somebody else who said it."""
        return self.told_of(quote) if not doer or doer.lower() in self._names else quote

    def object_states(
        self, objects: Sequence[str], states: Sequence[State], span: Span | None
    ) -> list[ObjectState]:
        """See ``View.object_states``."""
        known = self._listed(lambda view: view.object_states(objects, states, span))
        self.recordings.update(state.recording_id for state in known)
        return [
            replace(
                state,
                doer=self._called(state.doer or self.wearer),
                where=self._words_of(state.doer, state.where),
                quote=self._words_of(state.doer, state.quote),
            )
            for state in known
        ]

    # How much there is

    def count_clips(self, span: Span | None) -> int:
        """See ``View.count_clips``."""
        return self._ask(lambda view: view.count_clips(span), 0)

    def coverage(self, span: Span | None) -> Coverage:
        """See ``View.coverage``."""
        coverage = self._ask(lambda view: view.coverage(span), Coverage())
        return replace(coverage, wearer=self.wearer)
