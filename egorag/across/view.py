"""Several homes as one view: every home is searched, and all that is found is scored at once.

others = [OtherHome("Alice", alice.as_of(now).granted(scope))]
view = AcrossView(store.as_of(now), others, asker="Jake")

Scores of a home are stretched to what the home holds, so that those of two homes cannot be compared
and merging them, or their ranks, picks the wrong moments. Here the homes first agree on how rare
each word is (``count_text``, ``count_clips``), then give candidates; whoever ranks a view's
memories ranks those of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from egorag.across.occasions import once
from egorag.across.other_home import OtherHome
from memory.store.view import View
from memory.types.core import (
    Coverage,
    Level,
    Memory,
    Scope,
    Sighting,
    Span,
    Utterance,
    merge_spans,
)
from memory.types.events import Event, EventFilter, ObjectState, State
from memory.types.images import PictureHit

# Reads of the asker's own home alone: its words, devices, names, and summaries.
OF_ASKER = frozenset(
    """passages moments verdicts sentence_sources terms_like vector_spread whiten picture_spread
    names_self speakers objects_put recordings recording""".split()
)


class AcrossView(View):
    """The asker's own home, and those of others.

    A recording that several homes hold is told of once, from the first. Reads that tell of a home
    as a whole (its words, devices, names) are of the asker's own.
    """

    def __init__(self, own: View, others: Iterable[OtherHome], asker: str = "") -> None:
        """Reads in ``OF_ASKER`` alone are those of ``View``, of one home.

        ``asker`` is the name by which others know whoever asks.
        """
        super().__init__(
            own._database, own._vectors, own._pictures, own._days, own.asked_at, own._narrowing
        )
        self._own, self._others, self._asker = own, tuple(others), asker
        self._homes: tuple[View | OtherHome, ...] = (own, *self._others)

    def within(self, scope: Scope, question: str) -> AcrossView:
        """All homes within the scope; verdicts are the asker's."""
        others = [home.within(scope, question) for home in self._others]
        return AcrossView(self._own.within(scope, question), others, self._asker)

    def granted(self, grant: Scope) -> View:
        """Nobody grants what is somebody else's: the asker's own home within the grant."""
        return self._own.granted(grant)

    def wearer_of(self, recording_id: str) -> str:
        """See ``View.wearer_of``."""
        if self.recording(recording_id) is not None:
            return ""
        told = (home.wearer for home in self._others if recording_id in home.recordings)
        return next(told, "")

    def of_asker(self) -> View:
        """See ``View.of_asker``; the asker's name stays known."""
        return AcrossView(self._own, (), self._asker)

    def other_wearers(self) -> tuple[str, ...]:
        """See ``View.other_wearers``."""
        return tuple(home.wearer for home in self._others)

    # Memories

    def memories(self, level: Level, span: Span | None = None) -> list[Memory]:
        """See ``View.memories``."""
        return _merged(home.memories(level, span) for home in self._homes)

    def memory(self, memory_id: int) -> Memory | None:
        """See ``View.memory``."""
        return next(iter(self.by_id([memory_id])), None)

    def by_id(self, ids: Iterable[int]) -> list[Memory]:
        """See ``View.by_id``."""
        numbers = list(ids)
        return _merged(home.by_id(numbers) for home in self._homes)

    def of_clips(self, clip_ids: Iterable[str]) -> list[Memory]:
        """See ``View.of_clips``."""
        ids = list(clip_ids)
        return _merged(home.of_clips(ids) for home in self._homes)

    # Search

    def search_text(
        self,
        terms: Sequence[str],
        level: Level = "clip",
        span: Span | None = None,
        limit: int = 500,
    ) -> dict[int, float]:
        """See ``View.search_text``; candidates, whose scores compare within a home."""
        return _best((home.search_text(terms, level, span, limit) for home in self._homes), limit)

    def count_text(self, term: str, level: Level = "clip") -> int:
        """See ``View.count_text``."""
        return sum(home.count_text(term, level) for home in self._homes)

    def search_vectors(
        self,
        vector: NDArray[np.float32],
        model: str,
        level: Level = "clip",
        span: Span | None = None,
        limit: int = 500,
    ) -> dict[int, float]:
        """See ``View.search_vectors``. A home with vectors of other models is found by words."""
        found = (home.search_vectors(vector, model, level, span, limit) for home in self._homes)
        return _best(found, limit)

    def compare_vectors(
        self, vector: NDArray[np.float32], model: str, ids: Sequence[int]
    ) -> dict[int, float]:
        """See ``View.compare_vectors``."""
        found = (home.compare_vectors(vector, model, ids) for home in self._homes)
        return _best(found, len(ids))

    def vectors(
        self, model: str, dimension: int, ids: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """See ``View.vectors``."""
        known, vectors = zip(*(home.vectors(model, dimension, ids) for home in self._homes))
        return np.concatenate(known), np.concatenate(vectors)

    def search_pictures(
        self, vector: NDArray[np.float32], model: str, span: Span | None = None, limit: int = 500
    ) -> list[PictureHit]:
        """See ``View.search_pictures``."""
        found = (home.search_pictures(vector, model, span, limit) for home in self._homes)
        return sorted(chain.from_iterable(found), key=lambda hit: -hit.cosine)[:limit]

    # Clips

    def utterances(self, clip_id: str) -> list[Utterance]:
        """See ``View.utterances``."""
        return next(filter(None, (home.utterances(clip_id) for home in self._homes)), [])

    def sightings(self, clip_id: str) -> list[Sighting]:
        """See ``View.sightings``."""
        return next(filter(None, (home.sightings(clip_id) for home in self._homes)), [])

    def names_in_import(self, recording_id: str) -> frozenset[str] | None:
        """See ``View.names_in_import``; the asker's, since others are told by their names."""
        return self._own.names_in_import(recording_id)

    def wearer_names(self) -> frozenset[str]:
        """See ``View.wearer_names``; those of the asker."""
        return super().wearer_names() | ({self._asker} if self._asker else set())

    # What was done

    def events(self, criteria: EventFilter) -> list[Event]:
        """See ``View.events``. What several cameras saw of one occasion is told once."""
        mine = {"", self._asker} if self._is_asker(criteria.doer) else {criteria.doer}
        own = [one for doer in mine for one in self._own.events(replace(criteria, doer=doer))]
        others = chain.from_iterable(home.events(criteria) for home in self._others)
        return once(map(self._asked, own), map(self._asked, others), self._asker)

    def _is_asker(self, doer: str | None) -> bool:
        return doer is not None and doer.lower() in ("", self._asker.lower())

    def _asked(self, event: Event) -> Event:
        """The event, of whose doer nothing is said where it is whoever asks."""
        return replace(event, doer="") if self._is_asker(event.doer) else event

    def object_states(
        self, objects: Sequence[str], states: Sequence[State], span: Span | None = None
    ) -> list[ObjectState]:
        """See ``View.object_states``."""
        known = [one for home in self._homes for one in home.object_states(objects, states, span)]
        return sorted(known, key=lambda state: -state.span.start)

    # How much there is

    def coverage(self, span: Span | None = None) -> Coverage:
        """See ``View.coverage``; what any camera recorded."""
        parts = [home.coverage(span) for home in self._homes]
        return Coverage(
            merge_spans(one for part in parts for one in part.indexed),
            merge_spans(one for part in parts for one in part.pending),
        )

    def coverage_by_wearer(self, span: Span | None = None) -> tuple[Coverage, ...]:
        """See ``View.coverage_by_wearer``."""
        others = (home.coverage(span) for home in self._others)
        return (replace(self._own.coverage(span), wearer=""), *others)

    def count_clips(self, span: Span | None = None) -> int:
        """See ``View.count_clips``."""
        return sum(home.count_clips(span) for home in self._homes)


def _merged(parts: Iterable[Iterable[Memory]]) -> list[Memory]:
    """All memories in order of time; of a clip that several homes hold, that of the first."""
    seen: set[str] = set()
    found: list[Memory] = []
    for part in parts:
        new = [memory for memory in part if not memory.clip_id or memory.clip_id not in seen]
        seen |= {memory.clip_id for memory in new}
        found += new
    return sorted(found, key=lambda memory: (memory.span.start, memory.id))


def _best(parts: Iterable[dict[int, float]], limit: int) -> dict[int, float]:
    scores = {number: score for part in parts for number, score in part.items()}
    return dict(sorted(scores.items(), key=lambda item: -item[1])[:limit])
