"""Moments for some words, as the retriever ranks them: no answer is written, nothing is judged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from egorag.local_time import LocalTime
from egorag.meaning import EmbedderFailed, Meaning
from egorag.plan import Plan, plan_of
from egorag.registry import DEFAULT, load_retriever
from egorag.time_reference import TimeReference
from memory.types import Evidence, Span
from memory.view import View

if TYPE_CHECKING:
    from app.assistant import Assistant

_log = logging.getLogger(__name__)

Find = Callable[[str, Span | None, int], list[Evidence]]


def finder(assistant: Assistant) -> Find:
    """Finds moments in a home: words, a span to stay in or None, and how many at most."""
    retriever = load_retriever(assistant.settings.retriever or DEFAULT)

    def find(query: str, within: Span | None, limit: int) -> list[Evidence]:
        now = time.time()
        view = assistant.store.as_of(now)
        plan = _within(plan_of(query, LocalTime.of(now, assistant.timezone)), within)
        embedder = assistant.brains.embedder()
        with assistant.by_choice.making_way():
            try:
                meaning = None if embedder is None else Meaning(embedder)
                found = retriever.retrieve(view, plan, meaning, limit)
            except EmbedderFailed:
                _log.warning("the text embedder failed; words alone are searched", exc_info=True)
                found = retriever.retrieve(view, plan, None, limit)
        return _clips(view, found, within)[:limit]

    return find


def _within(plan: Plan, within: Span | None) -> Plan:
    """The plan with the span that was given instead of one that its words may name."""
    return plan if within is None else replace(plan, time=TimeReference(within, "", exact=True))


def _clips(view: View, found: list[Evidence], within: Span | None) -> list[Evidence]:
    """The clips among what was found: a summary is no moment that can be watched."""
    return [
        one
        for one in found
        if one.memory.clip_id and (within is None or one.memory.span.overlaps(within))
    ]
