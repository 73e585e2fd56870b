"""Units are scored against the question: its words, its meaning, how well the clip was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from egogpt.protocols.text_embedder import Embedder
from egorag.evidence.modality import modalities_asked
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.ranking.bm25 import rescaled
from egorag.ranking.lexical_relatedness import matched_terms
from memory.store.view import View

_EMBEDDED = 16  # units whose meaning is compared: a larger embedder does about 50 a second
_SPREAD = 0.12  # how far the cosines of units deviate where the weights were measured
_WORDS, _MEANING, _RANK, _CHANNEL = 0.50, 0.30, 0.10, 0.10
_CONFIRMED = 0.5  # of what the owner said to be the answer: as all words of the question together


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit, how well it bears on the question (0..1), and the question's words it speaks of.

    ``meaning`` is its likeness to the question (0..1) among the units that were compared.
    """

    unit: Unit
    score: float
    met: frozenset[str]
    meaning: float = 0.0


def score_units(
    plan: Plan,
    units: Sequence[Unit],
    weights: dict[str, float],
    embedder: Embedder | None,
    view: View,
) -> list[Scored]:
    """The units by how well they bear on the question, best first."""
    term_weights = dict.fromkeys(plan.terms, 0.3) | weights
    total = sum(term_weights.values()) or 1.0
    channel = modalities_asked(plan.query)
    rows = []
    for unit in units:
        met = frozenset(matched_terms(term_weights, unit.words))
        rows.append((unit, sum(term_weights[word] for word in met) / total, met))
    rows.sort(key=lambda row: -(_WORDS * row[1] + _RANK * row[0].rank))
    cosines = _cosines(view, plan, [row[0] for row in rows[:_EMBEDDED]], embedder)
    low, high = min(cosines.values(), default=0.0), max(cosines.values(), default=1.0)
    right = view.verdicts.right
    scored = [
        Scored(
            unit,
            _WORDS * share
            + _MEANING * cosines.get(at, 0.0)
            + _RANK * unit.rank
            + _CHANNEL * (unit.kind in channel)
            + _CONFIRMED * (unit.clip_id in right),
            met,
            max(0.0, cosines.get(at, 0.0) - low) / max(1e-6, high - low),
        )
        for at, (unit, share, met) in enumerate(rows)
    ]
    return sorted(scored, key=lambda item: (-item.score, item.unit.span))


def _cosines(
    view: View, plan: Plan, units: Sequence[Unit], embedder: Embedder | None
) -> dict[int, float]:
    """Position → likeness of the unit's meaning to the question's; kept vectors are not remade."""
    if embedder is None or not units:
        return {}
    asked = embedder.embed_query(plan.query)
    alone = [unit.alone_in for unit in units if unit.alone_in]
    compare_vectors = view.compare_vectors(asked, embedder.name, alone) if alone else {}
    cosines = {
        at: compare_vectors[unit.alone_in]
        for at, unit in enumerate(units)
        if unit.alone_in in compare_vectors
    }
    missing = [at for at in range(len(units)) if at not in cosines]
    if missing:
        fresh = np.asarray(embedder.embed_documents([units[at].phrase for at in missing]) @ asked)
        cosines |= dict(zip(missing, fresh.tolist()))
    comparable = np.clip(rescaled(np.array(list(cosines.values())), _SPREAD), 0.0, 1.0)
    return dict(zip(cosines, comparable.tolist()))
