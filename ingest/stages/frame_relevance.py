"""Relevance of a clip's frames to what the owner has asked lately, by what is known already.

Nothing is looked at for it: words are compared with what was seen and said around a frame, and
the vectors of kept pictures, where there are any, with the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.quota.known_text import known_of
from egogpt.quota.query import Query, decouple_query
from egogpt.quota.scorer_combinators import BestOf, NormalizedScorer
from egogpt.quota.scorers import FrameScorer, KnownScorer, VectorScorer
from memory.types.core import Frame, Observation

if TYPE_CHECKING:
    from memory.store.store import Store

_CONVERSATIONS, _QUESTIONS, _PHRASES = 10, 20, 24


def recent_query(store: Store) -> Query:
    """What the owner's last questions look for, the latest first."""
    questions = [
        turn.question
        for conversation in store.conversations.latest(_CONVERSATIONS)
        for turn in reversed(store.conversations.turns(conversation.id))
    ]
    taken_apart = [decouple_query(question) for question in questions[:_QUESTIONS]]
    objects = dict.fromkeys(phrase for query in taken_apart for phrase in query.objects)
    events = dict.fromkeys(phrase for query in taken_apart for phrase in query.events)
    return Query("", tuple(objects)[:_PHRASES], tuple(events)[:_PHRASES])


def known_scorer(
    store: Store, observation: Observation, caption: str, pictures: PictureEmbedder | None
) -> FrameScorer:
    """Scores frames of a clip by what is known of them."""
    scorers: list[FrameScorer] = [KnownScorer(known_of([observation], [caption]))]
    if pictures is not None:
        vectors = store.pictures.of_clip(pictures.name, observation.clip.id)
        if vectors:
            scorers.append(NormalizedScorer(VectorScorer(vectors, pictures)))
    return BestOf(scorers)


def frame_relevance(
    store: Store,
    observation: Observation,
    frames: Sequence[Frame],
    query: Query,
    pictures: PictureEmbedder | None,
) -> tuple[float, ...]:
    """0 to 1 for each frame; empty where nothing was asked, or no frame fits it better."""
    if not query.phrases or len(frames) < 2:
        return ()
    scores = known_scorer(store, observation, "", pictures).score(frames, query)
    return tuple(scores.tolist()) if float(np.ptp(scores)) > 0 else ()
