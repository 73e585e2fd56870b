"""Texts made of what was perceived, made again after the owner has put something right."""

from __future__ import annotations

from collections.abc import Sequence

from app.models.model_set import ModelProvider, composed_captioner
from ingest.derived import events
from ingest.stages import pipeline
from ingest.stages.identity_stage import recaption
from memory.store import summary_builder
from memory.store.store import Store


class DerivedTexts:
    """Captions, events, summaries and vectors of a home."""

    def __init__(self, store: Store, brains: ModelProvider) -> None:
        """The embedder of ``brains`` is loaded when needed."""
        self._store, self._brains = store, brains
        self.captioner = composed_captioner()

    def recaption(self, clip_ids: Sequence[str]) -> int:
        """Caption clips again whose captions were composed. Returns how many."""
        return recaption(self._store, self.captioner, clip_ids)

    def rebuild(self) -> None:
        """Read events again and make stale summaries again."""
        events.rebuild(self._store)
        summary_builder.rebuild(self._store)

    def embed(self) -> int:
        """Give changed texts their vectors. Returns how many."""
        return pipeline.embed(self._store, self._brains.embedder())
