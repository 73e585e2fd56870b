"""What speaks for each of several options, in numbers whose weights are fitted.

``options.json`` is made by ``benchmarks/training/options.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from egogpt.text.stemmer import stem
from egogpt.text.tokens import stems
from egorag.choices.evidence import NEGATED, OptionEvidence, own_words
from egorag.choices.people import people_scores, read_people
from egorag.choices.times import read_times, time_scores
from egorag.question.plan import Plan
from egorag.ranking.bm25 import Scores
from memory.store.view import View
from memory.types.core import Evidence, Span

_CLIPS = 5  # clips whose mean support is an option's
_PER_CLIPS = 20  # … one for so many found, where little is recorded
_RETRIEVED = 10  # clips of the question alone in which options' words are looked for


@dataclass(frozen=True, slots=True)
class OptionFeatures:
    """The features by name, one number an option each, and what the options name, if anything."""

    values: dict[str, Scores]
    spans: list[Span | None] | None = None
    people: list[list[str]] | None = None

    @property
    def kind(self) -> Literal["words", "times", "people"]:
        """What the options are told apart by."""
        if self.spans is not None:
            return "times"
        return "words" if self.people is None else "people"

    def scores(self, weights: Mapping[str, float]) -> Scores:
        """(options,): the weighted sums."""
        total: Scores = np.sum([weights[name] * row for name, row in self.values.items()], axis=0)
        return total


@cache
def fitted_weights() -> Mapping[str, float]:
    """What each feature counts."""
    text = files("egorag.choices").joinpath("options.json").read_text("utf-8")
    weights: Mapping[str, float] = json.loads(text)["weights"]
    return weights


def option_features(
    view: View,
    plan: Plan,
    found: OptionEvidence,
    evidence: Sequence[Evidence],
    choices: Sequence[str],
) -> OptionFeatures:
    """``support`` of the best clips; where options name ``times`` or ``people``, how they fit, else
    the words ``retrieved`` and the ``meaning`` of the one clip that comes nearest.

    ``evidence`` is what was retrieved for the question alone, best first.
    """
    values = {"support": _best_means(found.support())}
    spans = read_times(choices, plan.local)
    people = None if spans is not None else read_people(plan.text, choices)
    if spans is not None:
        values["times"] = _standardised(time_scores(found, spans, plan.local))
    elif people is not None:
        values["people"] = _standardised(people_scores(found, people))
        if NEGATED.search(plan.text):
            values = {name: -row for name, row in values.items()}
    else:
        values["retrieved"] = _words_retrieved(view, plan, evidence, choices)
        values["meaning"] = found.option_meaning.max(axis=1)
    return OptionFeatures(values, spans, people)


def _best_means(support: Scores) -> Scores:
    """Each option's mean over its best clips: one clip may be chance, many are noise."""
    most = max(1, min(_CLIPS, round(support.shape[1] / _PER_CLIPS)))
    means: Scores = np.sort(support, axis=1)[:, ::-1][:, :most].mean(axis=1)
    return means


def _words_retrieved(
    view: View, plan: Plan, evidence: Sequence[Evidence], choices: Sequence[str]
) -> Scores:
    """How rare those words are, together, that an option alone has and the clips hold."""
    held = set[str]().union(*(stems(item.memory.text) for item in evidence[:_RETRIEVED]))
    total = view.count_clips()
    rows = [{stem(word): word for word in words} for words in own_words(plan, choices)]
    return np.array(
        [
            sum(_rarity(view.count_text(row[root]), total) for root in row if root in held)
            for row in rows
        ]
    )


def _rarity(count: int, total: int) -> float:
    """The inverse document frequency of BM25 (Robertson & Zaragoza 2009)."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5)) if count <= total else 0.0


def _standardised(scores: Scores) -> Scores:
    """Scores with mean 0 and standard deviation 1; zeros where all are alike."""
    spread = float(scores.std())
    return np.zeros_like(scores) if spread < 1e-9 else (scores - scores.mean()) / spread
