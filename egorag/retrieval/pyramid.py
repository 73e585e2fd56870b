"""The default retriever: a clip with its neighbourhoods of ±1, ±2 and ±4.

Adding neighbourhoods to a hybrid of words and meaning measured best of all structures on dialogue
turns, since a turn of 24 words seldom holds both what is asked about and what is asked; a clip of
117 words does, and its neighbours then only blur. So their weight falls with the words of the unit
(docs/design/retrieval.md has the table). What else each counts is fitted: ``pyramid.json``, by
``benchmarks/training/ranking.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egorag.question.plan import A_DAY, TOLD_WITHIN, Plan
from egorag.ranking.bm25 import (
    Lexicon,
    Scores,
    density,
    min_max,
    nearness,
    stretches,
    window_bounds,
    window_means,
)
from egorag.retrieval.before_after import Side, beside, find_anchor, within_named
from egorag.retrieval.candidates import Candidates, Chosen, gather
from egorag.retrieval.image_retrieval import ImageRetriever
from memory.store.view import View
from memory.types.core import Evidence, Memory, Span

REACHES = (1, 2, 4)
_ENOUGH_WORDS = 40.0  # a unit of so many words says by itself what it is about
_BLURRED = 0.6  # from this weight down, one of two adjacent clips may owe its place to the other
_TIME, _HOURS = 0.25, 1.0
_FIRST = 3  # clips that more like them are looked for
_BEST = 5  # clips that stand first whatever lies about them in time
_ASKS = re.compile(r"[?？][\"”’']*$")
_PARTS = {
    "lexical": ("words_0",),
    "semantic": ("meaning_0", "feedback"),
    "neighbours": ("words_", "meaning_"),
    "form": ("asks", "length"),
}
_ONE_DAY = 90_000.0  # seconds: 25 hours, the longest day
_NAMED = 1.2  # what lying in the days that were named counts: above the best elsewhere
_TOLD = 0.5  # what the weeks after count where somebody else's life is asked about


class PyramidRetriever:
    """Hybrid, hierarchical, causal; see the module.

    Args:
        pictures: an image–text embedder whose vectors the store holds; clips with a picture that
            clearly shows what is asked about then come forward.
    """

    name = "pyramid"

    def __init__(self, pictures: PictureEmbedder | None = None) -> None:
        self._looker = ImageRetriever(pictures)

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        """See `Retriever.retrieve`."""
        plan = within_named(plan)
        anchor = find_anchor(plan)
        plan = anchor.plan if anchor else plan
        looked = self._looker.look(view, plan)
        candidates = gather(view, plan, embedder, looked)
        if not candidates.memories or not (_speaks(candidates, plan) or _bounded(plan)):
            return []
        return fuse(candidates, plan, anchor.side if anchor else None, limit)


def fuse(
    candidates: Candidates, plan: Plan, side: Side | None, limit: int, among: Chosen | None = None
) -> list[Evidence]:
    """The best candidates by the sum of all signals, at most ``limit``.

    Args:
        candidates: all whose neighbourhoods count.
        plan: what is asked; where ``side`` is not None, the event beside which it lies.
        side: before or after that event.
        limit: how many are returned.
        among: leaves out those that are false, of the result only; None leaves out none.
    """
    memories = candidates.memories
    anything = plan.about_anything or _bounded(plan) or bool(candidates.semantic)
    lexicon = Lexicon(memories, candidates.frequency, candidates.total)
    signals = _signals(candidates, plan, lexicon)
    total = np.maximum(np.sum(list(signals.values()), axis=0), 0.0)
    own = signals["lexical"] + signals["semantic"]
    if side:
        total = signals["beside"] = beside(own, memories, side)
    if among is not None:
        total = np.where(among, total, -1.0)
    if side is None and neighbour_weight(lexicon.lengths) < _BLURRED:
        order = _spread(memories, total, own, limit)
    else:
        order = np.argsort(-total, kind="stable")[:limit].tolist()
    return [
        Evidence(
            memories[at],
            float(total[at]),
            {name: round(float(values[at]), 4) for name, values in signals.items()},
        )
        for at in order
        if total[at] > 0 or (total[at] == 0 and anything)
    ]


def _speaks(candidates: Candidates, plan: Plan) -> bool:
    """Whether anything found has to do with the question."""
    channels = (candidates.lexical, candidates.semantic, candidates.pictured)
    return bool(candidates.memories) and (plan.about_anything or any(channels))


def _bounded(plan: Plan) -> bool:
    """Whether the person named a day or less: then nothing in it is beside the point."""
    return plan.time is not None and plan.time.exact and plan.time.span.duration <= _ONE_DAY


def neighbour_weight(words: Scores) -> float:
    """How much a neighbourhood counts beside the unit, from the units' numbers of words."""
    return min(1.0, _ENOUGH_WORDS / max(1.0, float(np.median(words))))


@cache
def fitted_weights(with_meaning: bool) -> Mapping[str, float]:
    """What each feature counts, with an embedder or by words alone."""
    text = files("egorag.retrieval").joinpath("pyramid.json").read_text("utf-8")
    weights: Mapping[str, float] = json.loads(text)["meaning" if with_meaning else "words"]
    return weights


def features(candidates: Candidates, lexicon: Lexicon) -> dict[str, Scores]:
    """What the candidates are weighed by. All lie in 0..1 but ``length``.

    ``words_N`` and ``meaning_N`` are of the window of ±N clips, ``feedback`` is the likeness to
    what stands first without it (Rocchio 1971), ``asks`` whether a clip ends in a question.
    """
    memories, own = candidates.memories, lexicon.lengths
    stretch, weight = stretches(memories), neighbour_weight(own)
    cosine = _cosines(candidates)
    found: dict[str, Scores] = {}
    for reach in (0, *REACHES):
        bounds, share = window_bounds(stretch, reach), weight if reach else 1.0
        found[f"words_{reach}"] = share * min_max(lexicon.bm25(bounds), 0.0)
        if cosine is not None:
            found[f"meaning_{reach}"] = share * min_max(window_means(cosine, bounds))
    if candidates.meant is not None:
        first = np.argsort(-np.sum(list(found.values()), axis=0), kind="stable")[:_FIRST]
        likeness = candidates.meant @ candidates.meant[first].mean(axis=0)
        found["feedback"] = min_max(likeness.astype(np.float64))
    found["asks"] = np.array([float(bool(_ASKS.search(memory.text))) for memory in memories])
    lengths = np.maximum(own, 1.0)
    found["length"] = np.log(lengths / np.median(lengths)) / 3
    return found


def _cosines(candidates: Candidates) -> Scores | None:
    """How near in meaning each candidate is to the question; None where nothing is known."""
    if candidates.meant is not None and candidates.asked is not None:
        return np.asarray(candidates.meant @ candidates.asked, np.float64)
    if not candidates.semantic:
        return None
    floor = min(candidates.semantic.values())
    return np.array([candidates.semantic.get(memory.id, floor) for memory in candidates.memories])


def _signals(candidates: Candidates, plan: Plan, lexicon: Lexicon) -> dict[str, Scores]:
    """Each signal's share of the score, in order of the memories."""
    memories = candidates.memories
    weights = fitted_weights(bool(candidates.semantic))
    signals = {name: np.zeros(len(memories)) for name in _PARTS}
    for name, values in features(candidates, lexicon).items():
        part = next(part for part, names in _PARTS.items() if name.startswith(names))
        signals[part] = signals[part] + weights.get(name, 0.0) * values
    base = np.sum(list(signals.values()), axis=0)
    lowest = min(0.0, float(base.min()))
    signals["form"] -= lowest  # no score is below zero
    base = base - lowest
    if candidates.pictured:
        clear = np.array([candidates.pictured.get(memory.id, 0.0) for memory in memories])
        signals["picture"] = _most(base) * clear
        base = base + signals["picture"]
    favours = plan.time is not None and plan.time_filter is None
    named = time_share(plan, memories) if favours else None
    signals["day"], signals["time"] = when(base, named, memories, weights["day"])
    return signals


def when(
    base: Scores, named: Scores | None, memories: Sequence[Memory], weight: float
) -> tuple[Scores, Scores]:
    """What being about a day from what else is found adds to each memory, and what lying in a time
    that is ``named`` does: where it counts more than 1, that is more than all else."""
    near = np.zeros(len(base)) if named is None else named
    day = weight * day_share(base + near * _most(base), memories)
    return day, near * np.where(near > 1, _most(base + day), _most(base))


def _most(scores: Scores) -> float:
    return max(1.0, float(scores.max()))


def day_share(total: Scores, memories: Sequence[Memory]) -> Scores:
    """0..1, how much of what is found lies within about a day of each, beyond its neighbourhood.

    What answers a question together was mostly said within days; what is found best stays first.
    """
    starts = np.array([memory.span.start for memory in memories])
    share = density(total, starts, stretches(memories))
    best = np.argsort(-total, kind="stable")[:_BEST]
    share[best[total[best] > 0]] = 1.0
    return share


def time_share(plan: Plan, memories: Sequence[Memory]) -> Scores:
    """How much lying in a time that only favours adds to each memory.

    Hours count for most, and half of that the rest of their day: who remembers the hour may err.
    """
    assert plan.time is not None
    span = plan.time.span
    later, share = (TOLD_WITHIN, _TOLD) if plan.of_another else (0.0, _TIME)
    near: Scores = np.array([nearness(memory.span, span, later) for memory in memories])
    if span.duration >= A_DAY:
        return _NAMED * _inside(memories, span) if plan.time.exact else share * near
    return _HOURS * (near + _inside(memories, plan.local.day_of(span))) / 2


def _inside(memories: Sequence[Memory], span: Span) -> Scores:
    return np.array([float(memory.span.overlaps(span)) for memory in memories])


def _spread(memories: Sequence[Memory], total: Scores, own: Scores, limit: int) -> list[int]:
    """Best first; a clip that stands high by the merit of a chosen neighbour waits."""
    chosen: list[int] = []
    waiting: list[int] = []
    for at in np.argsort(-total, kind="stable").tolist():
        if len(chosen) >= limit:
            break
        beside = [k for k in chosen if _adjacent(memories[k], memories[at])]
        (waiting if any(own[at] < 0.6 * own[k] for k in beside) else chosen).append(at)
    return (chosen + waiting)[:limit]


def _adjacent(memory: Memory, other: Memory) -> bool:
    longer = max(memory.span.duration, other.span.duration)
    return abs(memory.span.start - other.span.start) < 1.5 * longer
