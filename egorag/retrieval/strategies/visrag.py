"""VisRAG: clips are found by what was in the picture, not by what was written about it.

Source: "VisRAG" (ICLR 2025), section 3.2: pictures and questions in one space, no parsing between.
Where the store holds vectors of pictures (under the name of an image–text embedder), the cosine of
a clip's likest picture with the question ranks. Without them the key is what was recognised in the
picture: objects, what hands held, text in view, tags, and what was told of it, weighed by how sure
and how long.
Words of speech are no visual evidence: all that a clip's text adds is a small prior.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egogpt.text.tokens import content_stems
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores, min_max
from egorag.ranking.lexical_relatedness import related_terms
from egorag.retrieval.components.pool import Pool, draw_candidates, rank, widened
from egorag.retrieval.image_retrieval import ImageRetriever, pictured_memories
from memory.store.view import View
from memory.types.core import Evidence, Memory, Sighting, SightingKind

KINDS: dict[SightingKind, float] = {
    "object": 1.0,
    "place": 1.0,
    "hand": 1.0,
    "text": 1.0,
    "face": 1.0,
    "narration": 0.8,
    "tag": 0.6,
}
_LOOKED_AT = 300  # clips whose sights are read
_TEXT = 0.25  # what the clip's text adds
_BRIEF = 0.5  # share of a sight's weight that does not depend on how long it was in view


class VisRagRetriever:
    """Ranks by visual evidence; see the module.

    Args:
        pictures: an image–text embedder whose vectors the store holds.
    """

    name = "visrag"

    def __init__(self, pictures: PictureEmbedder | None = None) -> None:
        self._looker = ImageRetriever(pictures)

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        pool = draw_candidates(view, plan, embedder)
        seen = self._cosines(view, plan)
        pool = _with(view, plan, pool, seen)
        floor = min(seen.values(), default=0.0)
        cosine = np.array([seen.get(memory.id, floor) for memory in pool.memories])
        sights = sight_scores(view, plan, pool)
        signals = {"sights": sights, "text": _TEXT * pool.base}
        if seen:
            signals |= {"picture": min_max(cosine)}
        return rank(plan, pool, signals, limit)

    def _cosines(self, view: View, plan: Plan) -> dict[int, float]:
        """Memory id → cosine of its likest picture with the question; empty without vectors."""
        likest = self._looker.look(view, plan).by_clip()
        known = pictured_memories(view, likest)
        return {memory.id: likest[clip_id].cosine for clip_id, memory in known.items()}


def sight_scores(view: View, plan: Plan, pool: Pool) -> Scores:
    """How much of the question was in each clip's picture: 0..1, rare words counting more."""
    looked_at = np.argsort(-pool.base, kind="stable")[:_LOOKED_AT].tolist()
    meanings = _meanings(plan)
    seen = {at: _seen(view, pool.memories[at], meanings) for at in looked_at}
    spread = Counter(word for strengths in seen.values() for word in strengths)
    scores = np.zeros(len(pool.memories))
    for at, strengths in seen.items():
        scores[at] = sum(
            strength * math.log(1 + len(seen) / spread[word])
            for word, strength in strengths.items()
        )
    return min_max(np.round(scores, 9), 0.0)


def _meanings(plan: Plan) -> dict[str, frozenset[str]]:
    """For each word of the question the stems by which it may be recognised in a picture."""
    return {
        stem(word): frozenset({stem(word), *(stem(other) for other in related_terms(word))})
        for word in plan.terms
    }


def _seen(view: View, clip: Memory, word_meanings: dict[str, frozenset[str]]) -> dict[str, float]:
    """How strongly each word of the question was in view, 0..1; words that were not are absent."""
    totals: dict[str, float] = defaultdict(float)
    length = max(1.0, clip.span.duration)
    for sighting in view.sightings(clip.clip_id):
        if sighting.kind not in KINDS:
            continue
        words = content_stems(sighting.what)
        for word, meanings in word_meanings.items():
            if words & meanings:
                totals[word] += _strength(sighting, length)
    return {word: min(1.0, total) for word, total in totals.items()}


def _strength(sighting: Sighting, length: float) -> float:
    lasting = _BRIEF + (1 - _BRIEF) * min(1.0, sighting.span.duration / length)
    return KINDS[sighting.kind] * sighting.confidence * lasting


def _with(view: View, plan: Plan, pool: Pool, seen: dict[int, float]) -> Pool:
    """The pool with the clips that only their pictures bring."""
    if not seen:
        return pool
    known = {memory.id for memory in pool.memories}
    more = [m for m in map(view.memory, sorted(seen.keys() - known)) if m is not None]
    return widened(plan, pool, more)
